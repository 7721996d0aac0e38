/** The changes of one ring: how many the content had by its end, and whose node made the last. */
export interface Change {
  readonly ring: string;
  readonly count: number;
  readonly node: number;
}

/** Rings that are remembered; a side that was away for more counts as one that has changed the content too. */
const RINGS = 16;

/**
 * Which changes a content has seen, as far as it takes to tell, when partitions meet, whether one content came of another one
 * or both were changed apart. All members of a ring (and of its transitional configuration) see its changes in one order, so a
 * ring and a count name a content.
 */
export class History implements Iterable<Change> {
  /** The last one is of the present content. */
  private readonly changes: Change[] = [];

  get last(): Change | undefined {
    return this.changes.at(-1);
  }

  [Symbol.iterator](): Iterator<Change> {
    return this.changes[Symbol.iterator]();
  }

  /** A client of this node has changed the content, in this ring. */
  changed(ring: string, node: number): void {
    const { last } = this;
    if (last?.ring === ring) this.changes.pop();
    this.add({ ring, count: (last?.count ?? 0) + 1, node });
  }

  add(change: Change): void {
    this.changes.push(change);
    if (this.changes.length > RINGS) this.changes.shift();
  }

  isSame({ last }: History): boolean {
    const mine = this.last;
    return mine?.ring === last?.ring && mine?.count === last?.count && mine?.node === last?.node;
  }

  /** Whether this content came of the other one, or is it. */
  includes({ last }: History): boolean {
    if (last === undefined) return true;
    const mine = this.changes.find(({ ring }) => ring === last.ring);
    return mine !== undefined && (mine.count > last.count || (mine.count === last.count && mine.node === last.node));
  }

  /** The other content is given up for this one: who still has it, has an older one. */
  replaces({ last }: History): void {
    const mine = this.changes.pop();
    if (mine === undefined || last === undefined) return;
    if (last.ring !== mine.ring) this.add(last);
    this.add(mine);
  }
}

import { SaError } from 'chorale/sdk';

const LAST = 0xffff_ffff;
/** Spreads the prefixes of one run; odd, so that none comes twice before all have come. */
const NEXT_PREFIX = 0x9e37_79b1;

/**
 * Ids for events and channels, unique in the cluster: above, a prefix that an engine's life has drawn by lot, below, a count.
 * Every node knows the last count of every prefix it has heard of. So a branch of a merge can say whether it ever had what
 * has a given id.
 */
export class EventIds {
  private readonly last = new Map<number, number>();

  /** The next id for what a client of this life of an engine makes. */
  next(run: number): bigint {
    let prefix = run >>> 0;
    while (this.last.get(prefix) === LAST) {
      prefix = (prefix + NEXT_PREFIX) >>> 0;
      if (prefix === run) throw new SaError('ERR_NO_RESOURCES', 'there are no ids left');
    }
    // Ids up to 1000 are reserved.
    if (prefix === 0) prefix = NEXT_PREFIX;
    const count = (this.last.get(prefix) ?? 0) + 1;
    this.last.set(prefix, count);
    return (BigInt(prefix) << 32n) | BigInt(count);
  }

  /** Whether an id that this or another branch has given was heard of here. */
  knows(id: bigint): boolean {
    return Number(id & 0xffff_ffffn) <= (this.last.get(Number(id >> 32n)) ?? 0);
  }

  /** Has heard of this id's prefix up to `last`. */
  heard(prefix: number, last: number): void {
    if (last > (this.last.get(prefix) ?? 0)) this.last.set(prefix, last);
  }

  /** By prefix, the last count. */
  entries(): IterableIterator<[number, number]> {
    return this.last.entries();
  }
}

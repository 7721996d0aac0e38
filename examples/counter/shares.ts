import type { Share } from './messages.proto.js';

/** Sums stay exact up to here. */
const MOST = Number.MAX_SAFE_INTEGER;

/**
 * What every run of every node has added to every counter. A counter's value is the sum of its shares. A share only
 * grows, and only by messages of its own run, in one order on every node; so of two states of a share the larger one is
 * the later one, and taking the larger one of each merges the states of two partitions without losing or doubling
 * anything.
 */
export class Shares {
  private readonly shares = new Map<string, Share>();
  private readonly values = new Map<string, number>();

  get counters(): ReadonlyMap<string, number> {
    return this.values;
  }

  value(counter: string): number {
    return this.values.get(counter) ?? 0;
  }

  /** Whether an addition leaves everything exact. */
  takes(counter: string, node: number, run: number, amount: number): boolean {
    const share = this.shares.get(keyOf(counter, node, run));
    const most = Math.max(share?.added ?? 0, share?.taken ?? 0, Math.abs(this.value(counter)));
    return most + Math.abs(amount) <= MOST;
  }

  add(counter: string, node: number, run: number, amount: number): void {
    const key = keyOf(counter, node, run);
    const share = this.shares.get(key) ?? { counter, node, run, added: 0, taken: 0 };
    if (amount > 0) share.added += amount;
    else share.taken -= amount;
    this.shares.set(key, share);
    this.values.set(counter, this.value(counter) + amount);
  }

  /** Takes the later state of a share. */
  merge(other: Share): void {
    const key = keyOf(other.counter, other.node, other.run);
    const mine = this.shares.get(key);
    const merged = {
      ...other,
      added: Math.max(other.added, mine?.added ?? 0),
      taken: Math.max(other.taken, mine?.taken ?? 0),
    };
    const grown = merged.added - merged.taken - ((mine?.added ?? 0) - (mine?.taken ?? 0));
    this.shares.set(key, merged);
    this.values.set(other.counter, this.value(other.counter) + grown);
  }

  /** Copies of all shares. */
  list(): Share[] {
    return [...this.shares.values()].map((share) => ({ ...share }));
  }
}

function keyOf(counter: string, node: number, run: number): string {
  return `${node}.${run}.${counter}`;
}

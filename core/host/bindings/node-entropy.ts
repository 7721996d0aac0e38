import { getRandomValues } from 'node:crypto';
import type { Entropy } from '../../base/entropy.js';

const POOL = 256;
const TWO_32 = 2 ** 32;

/** The Entropy of a running node: the operating system's random numbers, fetched 256 at a time. */
export class NodeEntropy implements Entropy {
  private readonly pool = new Uint32Array(POOL);
  private used = POOL;

  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > TWO_32) {
      throw new RangeError(`the limit of a random number is a whole number from 1 to 2^32, not ${limit}`);
    }
    // Numbers past the last whole multiple of the limit are thrown away, so that each result is as likely as the others.
    const fair = TWO_32 - (TWO_32 % limit);
    for (;;) {
      if (this.used === POOL) {
        getRandomValues(this.pool);
        this.used = 0;
      }
      const number = this.pool[this.used++]!;
      if (number < fair) return number % limit;
    }
  }
}

import type { Entropy } from '../base/entropy.js';

const TWO_32 = 2 ** 32;

/** One step of splitmix32: spreads a seed over the generator's state. */
function splitmix(state: { value: number }): number {
  state.value = (state.value + 0x9e3779b9) | 0;
  let z = state.value;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/**
 * The simulator's source of chance: xoshiro128** by Blackman and Vigna, in our own words. The same seed gives the same
 * numbers for ever: a seed in a regression test depends on it, so the algorithm must not change.
 *
 * `split` makes an independent generator by name, so that one part of a simulation can draw more or fewer numbers without
 * changing what another part sees.
 */
export class Random implements Entropy {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private readonly key: number;

  constructor(seed: number, label = '') {
    const state = { value: (seed ^ Math.imul(Math.floor(seed / TWO_32), 0x27d4eb2f)) | 0 };
    for (let i = 0; i < label.length; i++) state.value = Math.imul(state.value ^ label.charCodeAt(i), 0x01000193);
    this.key = state.value;
    this.a = splitmix(state);
    this.b = splitmix(state);
    this.c = splitmix(state);
    this.d = splitmix(state) | 1;
  }

  /** An independent generator; the same name gives the same one, whatever was drawn here meanwhile. */
  split(label: string): Random {
    return new Random(this.key >>> 0, label);
  }

  /** A whole number from 0 to 2^32 - 1. */
  u32(): number {
    const product = Math.imul(this.b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  below(limit: number): number {
    if (limit < 2) return 0;
    const fair = TWO_32 - (TWO_32 % limit);
    for (;;) {
      const number = this.u32();
      if (number < fair) return number % limit;
    }
  }

  /** A fraction, 0 <= x < 1. */
  fraction(): number {
    return this.u32() / TWO_32;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** A number, low <= x < high, each as likely. */
  uniform(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** A number, low <= x < high, each order of magnitude as likely. */
  logUniform(low: number, high: number): number {
    return low * Math.exp(this.fraction() * Math.log(high / low));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  /** Waiting times of independent events that come `mean` apart on average. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** At least `least`, rarely very much more (Pareto, shape 1.2), at most `most`. */
  heavyTail(least: number, most: number): number {
    return Math.min(most, least / Math.pow(1 - this.fraction(), 1 / 1.2));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Picks by weight; a weight of 0 is never picked. At least one has to be more. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let rest = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      if (weight > 0 && rest < weight) return name;
      rest -= weight;
    }
    return entries.findLast(([, weight]) => weight > 0)![0];
  }

  /** A copy in random order. */
  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}

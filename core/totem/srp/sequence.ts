/**
 * Sequence numbers of messages and tokens are u32 and wrap around. Two of them are compared by their distance, which is
 * right as long as they are less than 2^31 apart; the protocol keeps them within 2^14.
 */

/** a is before b. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** a is b or before it. */
export function notAfter(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

/** How many steps lead from a to b: a u32. */
export function distance(a: number, b: number): number {
  return (b - a) >>> 0;
}

export function next(seq: number): number {
  return (seq + 1) >>> 0;
}

export function earlier(a: number, b: number): number {
  return before(a, b) ? a : b;
}

export function later(a: number, b: number): number {
  return before(a, b) ? b : a;
}

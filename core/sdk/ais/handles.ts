import type { Entropy } from '../../base/entropy.js';
import { SaError } from './error.js';

/** A kind of handle. Handles of one kind are no handles of another, whatever their number. */
export class HandleType<T extends object> {
  /** Only for the compiler: kinds with different objects are different types. */
  declare readonly object: T;

  /** `what` it is the handle of, in errors: "lock resource". */
  constructor(readonly what: string) {}
}

interface Entry {
  readonly type: HandleType<object>;
  readonly object: object;
  readonly check: number;
}

const INDEX_BITS = 32n;
const INDEX_MASK = (1n << INDEX_BITS) - 1n;

/**
 * Handles of 64 bits: the index of an entry below, a random check value above it. A number that was never issued, or whose
 * entry was destroyed, is recognized even if the entry is in use again. 0 is never a handle.
 */
export class HandleDatabase {
  private readonly entries: (Entry | undefined)[] = [];
  private readonly free: number[] = [];

  constructor(private readonly entropy: Entropy) {}

  /** How many handles there are. */
  get size(): number {
    return this.entries.length - this.free.length;
  }

  create<T extends object>(type: HandleType<T>, object: T): bigint {
    const index = this.free.pop() ?? this.entries.length;
    const check = 1 + this.entropy.below(2 ** 32 - 1);
    this.entries[index] = { type, object, check };
    return (BigInt(check) << INDEX_BITS) | BigInt(index);
  }

  /** What the handle stands for, or undefined. */
  find<T extends object>(type: HandleType<T>, handle: bigint): T | undefined {
    const entry = this.entry(handle);
    return entry !== undefined && entry.type === type ? (entry.object as T) : undefined;
  }

  /** What the handle stands for. Throws ERR_BAD_HANDLE. */
  get<T extends object>(type: HandleType<T>, handle: bigint): T {
    const object = this.find(type, handle);
    if (object === undefined) throw badHandle(type.what);
    return object;
  }

  /** The handle is none from now on. Destroying it twice is harmless. */
  destroy(handle: bigint): void {
    if (this.entry(handle) === undefined) return;
    const index = Number(handle & INDEX_MASK);
    this.entries[index] = undefined;
    this.free.push(index);
  }

  private entry(handle: bigint): Entry | undefined {
    if (typeof handle !== 'bigint' || handle <= 0n) return undefined;
    const entry = this.entries[Number(handle & INDEX_MASK)];
    return entry !== undefined && BigInt(entry.check) === handle >> INDEX_BITS ? entry : undefined;
  }
}

/** ERR_BAD_HANDLE for the handle of a `what`. */
export function badHandle(what: string): SaError {
  return new SaError('ERR_BAD_HANDLE', `this is no ${what}, or it was closed or finalized; open a new one`);
}

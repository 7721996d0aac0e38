/** Bytes of the smallest block; the others are powers of two. */
const LEAST_BYTES = 64 * 1024;
/** Bytes of idle blocks that are kept for the next client; the others are left to the garbage collector. */
const IDLE_BYTES = 8 * 1024 * 1024;

/** Blocks of memory that are lent out again and again. */
export class BlockPool {
  /** Idle blocks by the logarithm of their size. */
  private readonly idle: Uint8Array[][] = [];
  private idleBytes = 0;

  /** A block of at least `length` bytes, with anything in it. */
  take(length: number): Uint8Array {
    const size = sizeFor(length);
    const block = this.idle[Math.log2(size)]?.pop();
    if (block === undefined) return new Uint8Array(size);
    this.idleBytes -= size;
    return block;
  }

  give(block: Uint8Array): void {
    if (this.idleBytes + block.length > IDLE_BYTES) return;
    this.idleBytes += block.length;
    (this.idle[Math.log2(block.length)] ??= []).push(block);
  }
}

function sizeFor(length: number): number {
  return length <= LEAST_BYTES ? LEAST_BYTES : 2 ** Math.ceil(Math.log2(length));
}

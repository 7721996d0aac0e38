/** What is longer gets memory of its own. */
const LONGEST_BYTES = 2048;
const BLOCK_BYTES = 16 * 1024;

/**
 * Copies of messages that are the receiver's to keep. Short ones share blocks: memory of its own costs the garbage collector
 * far more than the bytes of a short message. Whoever keeps one keeps its block.
 */
export class Slab {
  private block = new Uint8Array(0);
  private at = 0;

  /** `length` bytes from `offset` of `bytes`, copied. */
  copy(bytes: Uint8Array, offset: number, length: number): Uint8Array {
    if (length > LONGEST_BYTES) return bytes.slice(offset, offset + length);
    if (this.at + length > this.block.length) {
      this.block = new Uint8Array(BLOCK_BYTES);
      this.at = 0;
    }
    const start = this.at;
    // The next one begins where numbers of any size may.
    this.at = (start + length + 7) & ~7;
    const copy = this.block.subarray(start, start + length);
    copy.set(bytes.subarray(offset, offset + length));
    return copy;
  }
}

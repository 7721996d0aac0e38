/** Thrown by a read past the end of a message; whoever routes messages counts it and drops the message. */
export class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

const empty = new Uint8Array(0);
const emptyData = new DataView(empty.buffer);

/**
 * One received message, read in place. The same object is shown to every handler again and again: it is valid until
 * the handler returns, and so are the arrays `subarray` gives. Whoever keeps something copies it.
 *
 * Offsets count from the start of the message. Integers are in the sender's byte order, which the view knows.
 * Every read is checked against the message's length.
 */
export class MessageView {
  bytes: Uint8Array = empty;
  private data: DataView = emptyData;
  /** Position of the message in `bytes`. */
  offset = 0;
  length = 0;
  littleEndian = true;

  /** Points the view at `length` bytes from `offset` of `bytes`; `data` is a DataView over all of `bytes`. */
  set(bytes: Uint8Array, data: DataView, offset: number, length: number, littleEndian: boolean): this {
    this.bytes = bytes;
    this.data = data;
    this.offset = offset;
    this.length = length;
    this.littleEndian = littleEndian;
    return this;
  }

  /** A view over an array of its own; for tests and for messages that did not come from the ring. */
  static over(bytes: Uint8Array, littleEndian = true): MessageView {
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new MessageView().set(bytes, data, 0, bytes.length, littleEndian);
  }

  u8(at: number): number {
    return this.data.getUint8(this.check(at, 1));
  }

  u16(at: number): number {
    return this.data.getUint16(this.check(at, 2), this.littleEndian);
  }

  u32(at: number): number {
    return this.data.getUint32(this.check(at, 4), this.littleEndian);
  }

  i32(at: number): number {
    return this.data.getInt32(this.check(at, 4), this.littleEndian);
  }

  u64(at: number): bigint {
    return this.data.getBigUint64(this.check(at, 8), this.littleEndian);
  }

  /** A copy of `length` bytes from `at`, the caller's to keep. */
  copy(at: number, length: number): Uint8Array {
    const start = this.check(at, length);
    // Not this.bytes.slice: that of a Buffer is no copy.
    return Uint8Array.prototype.slice.call(this.bytes, start, start + length);
  }

  /** `length` bytes from `at` in place: valid until the handler returns. */
  subarray(at: number, length: number): Uint8Array {
    const start = this.check(at, length);
    return this.bytes.subarray(start, start + length);
  }

  private check(at: number, size: number): number {
    if (at < 0 || size < 0 || at + size > this.length) {
      throw new MalformedMessage(`${size} bytes at ${at} are past the end of a message of ${this.length} bytes`);
    }
    return this.offset + at;
  }
}

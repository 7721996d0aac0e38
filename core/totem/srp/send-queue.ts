/** A queue of filled frames waiting for the token: numbers in a ring buffer, nothing allocated a message. */
export class SendQueue {
  private frame: Int32Array;
  private bytes: Int32Array;
  private head = 0;
  private count = 0;

  /** `capacity` frames are taken from above; what `append` and `unshift` put in may exceed it for a while. */
  constructor(private readonly capacity: number) {
    this.frame = new Int32Array(capacity);
    this.bytes = new Int32Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  get available(): number {
    return Math.max(0, this.capacity - this.count);
  }

  push(frame: number, bytes: number): void {
    if (this.count === this.frame.length) this.grow();
    const i = (this.head + this.count) % this.frame.length;
    this.frame[i] = frame;
    this.bytes[i] = bytes;
    this.count++;
  }

  /** Puts a frame in front of all others. */
  unshift(frame: number, bytes: number): void {
    if (this.count === this.frame.length) this.grow();
    this.head = (this.head + this.frame.length - 1) % this.frame.length;
    this.frame[this.head] = frame;
    this.bytes[this.head] = bytes;
    this.count++;
  }

  /** Bytes of the first frame: its MCAST header and payload. */
  get firstBytes(): number {
    return this.bytes[this.head]!;
  }

  /** Takes the first frame; there is one. */
  shift(): number {
    const frame = this.frame[this.head]!;
    this.head = (this.head + 1) % this.frame.length;
    this.count--;
    return frame;
  }

  /** Moves everything of another queue behind this one's. */
  append(other: SendQueue): void {
    while (other.count > 0) {
      const bytes = other.firstBytes;
      this.push(other.shift(), bytes);
    }
  }

  private grow(): void {
    const length = this.frame.length;
    this.frame = unrolled(this.frame, this.head, new Int32Array(2 * length));
    this.bytes = unrolled(this.bytes, this.head, new Int32Array(2 * length));
    this.head = 0;
  }
}

function unrolled(ring: Int32Array, head: number, into: Int32Array): Int32Array {
  into.set(ring.subarray(head));
  into.set(ring.subarray(0, head), ring.length - head);
  return into;
}

import type { SaTime } from 'chorale/sdk';

const EMPTY = new Uint8Array(0);
/** The most bytes that a section takes beyond its content, to grow into. */
const MOST_SPARE = 16 * 1024 * 1024;

/** A section: bytes with an id, which is a string of one character a byte here. */
export class Section {
  /** When it was created, written or overwritten last. */
  lastUpdate: SaTime = 0n;
  /** At least `size` bytes; what is beyond may be anything. */
  private bytes: Uint8Array = EMPTY;
  private length = 0;

  constructor(
    readonly id: string,
    public expiration: SaTime,
  ) {}

  get size(): number {
    return this.length;
  }

  /** In place: changes with the section. */
  get data(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Replaces the content. The bytes given are the section's from now on. */
  overwrite(data: Uint8Array): void {
    this.bytes = data;
    this.length = data.length;
  }

  /** Grows as far as it has to; bytes that nobody wrote are zero. */
  write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    const end = offset + data.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length + Math.min(this.bytes.length, MOST_SPARE)));
      grown.set(this.data);
      this.bytes = grown;
    } else if (offset > this.length) this.bytes.fill(0, this.length, offset);
    this.bytes.set(data, offset);
    this.length = Math.max(this.length, end);
  }
}

import { MOST_FIELD_BYTES } from './format.js';

/** The bytes end, or are no record, where one should be. `cut`: they end in the middle of one. */
export class BadRecord extends Error {
  override name = 'BadRecord';
  constructor(
    message: string,
    readonly cut = false,
  ) {
    super(message);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads records, one field after the other; every read is checked. */
export class RecordCursor {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    public end: number,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The next tag, which stays; -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  tag(): number {
    if (this.at >= this.end) throw new BadRecord('it ends where a record should begin', true);
    return this.bytes[this.at++]!;
  }

  /** At most `most`. */
  number(most = Number.MAX_SAFE_INTEGER): number {
    let number = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.end) throw new BadRecord('it ends within a number', true);
      const byte = this.bytes[this.at++]!;
      number += (byte & 0x7f) * scale;
      if (number > most) throw new BadRecord(`a number is above ${most}`);
      if (byte < 0x80) return number;
      scale *= 0x80;
    }
  }

  /** A byte string, in place. */
  field(most = MOST_FIELD_BYTES): Uint8Array {
    const length = this.number(most);
    if (this.at + length > this.end) throw new BadRecord('it ends within a byte string', true);
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  text(): string {
    const bytes = this.field();
    try {
      return decoder.decode(bytes);
    } catch {
      throw new BadRecord('a text is not UTF-8');
    }
  }
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** A running fingerprint of everything that happens in a run: two runs of one seed have the same. */
export class Digest {
  private a = 0x811c9dc5;
  private b = 0x2545f491;

  word(value: number): void {
    this.a = Math.imul(this.a ^ value, 0x01000193);
    this.b = Math.imul(this.b ^ (value >>> 15) ^ value, 0x85ebca6b);
    this.b = (this.b << 13) | (this.b >>> 19);
  }

  /** A number with its fraction, such as a time. */
  number(value: number): void {
    float[0] = value;
    this.word(words[0]!);
    this.word(words[1]!);
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }

  bytes(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) this.word(bytes[i]!);
  }

  /** Goes on from where another one was: `hex` is its sixteen digits. */
  resume(hex: string): void {
    this.a = Number.parseInt(hex.slice(0, 8), 16) | 0;
    this.b = Number.parseInt(hex.slice(8), 16) | 0;
  }

  /** Sixteen hexadecimal digits. */
  get hex(): string {
    return [this.a, this.b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

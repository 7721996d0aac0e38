import { OUTPUTS } from './format.js';

const SPREAD = 0x9e3779b1 | 0;

/** Running digests of what a node does to the outside, one a kind. They find differences; they keep no secrets. */
export class OutputDigest {
  /** By position in OUTPUTS. */
  readonly counts = new Float64Array(OUTPUTS.length);
  readonly hashes = new Int32Array(OUTPUTS.length);

  /** One more output of a kind, with a number that belongs to it. */
  begin(kind: number, number: number): void {
    this.counts[kind]!++;
    this.number(kind, number);
  }

  /** A 32-bit number of the output begun last. */
  number(kind: number, number: number): void {
    const hash = Math.imul(this.hashes[kind]! ^ number, SPREAD);
    this.hashes[kind] = hash ^ (hash >>> 15);
  }

  /** `length` bytes from `offset` of what `view` shows. */
  view(kind: number, view: DataView, offset: number, length: number): void {
    let hash = this.hashes[kind]! ^ length;
    const end = offset + length;
    for (; offset + 4 <= end; offset += 4) {
      hash = Math.imul(hash ^ view.getInt32(offset, true), SPREAD);
      hash ^= hash >>> 15;
    }
    for (; offset < end; offset++) {
      hash = Math.imul(hash ^ view.getUint8(offset), SPREAD);
      hash ^= hash >>> 15;
    }
    this.hashes[kind] = hash;
  }

  /** All bytes of an array. */
  bytes(kind: number, bytes: Uint8Array): void {
    let hash = this.hashes[kind]! ^ bytes.length;
    for (let i = 0; i < bytes.length; i++) {
      hash = Math.imul(hash ^ bytes[i]!, SPREAD);
      hash ^= hash >>> 15;
    }
    this.hashes[kind] = hash;
  }

  /** All bytes of a message in parts. */
  parts(kind: number, parts: readonly Uint8Array[]): void {
    for (const part of parts) this.bytes(kind, part);
  }
}

/** Positions in OUTPUTS. */
export const Output = { FRAMES: 0, CLIENTS: 1, STORE: 2, MEMBERSHIP: 3 } as const;

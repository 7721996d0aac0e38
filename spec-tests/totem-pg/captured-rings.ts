import { readCapture } from '../support/pcap.js';

/** A first transmission or retransmission of a normal MCAST message. */
export interface CapturedFrame {
  readonly sender: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** One ring of a capture: what was sent on it in its agreed order, each message once. */
export interface CapturedRing {
  readonly representative: number;
  readonly seq: number;
  readonly frames: readonly CapturedFrame[];
  readonly senders: readonly number[];
}

export interface CapturedRings {
  readonly rings: readonly CapturedRing[];
  /** Old messages inside the recovery messages of another ring. */
  readonly recovered: readonly CapturedFrame[];
}

const MCAST = 1;
const ENCAPSULATED = 1;
const HEADER_BYTES = 45;

/** The MCAST messages of a capture of little-endian nodes (totem.md 3.2), ring by ring. */
export function capturedRings(file: string): CapturedRings {
  const rings = new Map<string, { representative: number; seq: number; frames: Map<number, CapturedFrame> }>();
  const recovered: CapturedFrame[] = [];
  for (const { payload: message } of readCapture(file)) {
    if (message[3] !== MCAST) continue;
    if (message[4] === ENCAPSULATED) {
      recovered.push(frameOf(message.subarray(HEADER_BYTES)));
      continue;
    }
    const view = new DataView(message.buffer, message.byteOffset);
    const representative = view.getUint32(25, true);
    const seq = Number(view.getBigUint64(29, true));
    const name = `${representative}.${seq}`;
    const ring = rings.get(name) ?? { representative, seq, frames: new Map<number, CapturedFrame>() };
    rings.set(name, ring);
    const frame = frameOf(message);
    ring.frames.set(frame.seq, frame);
  }
  return {
    recovered,
    rings: [...rings.values()].map(({ representative, seq, frames }) => {
      const ordered = [...frames.values()].sort((a, b) => a.seq - b.seq);
      const senders = [...new Set(ordered.map(({ sender }) => sender))].sort((a, b) => a - b);
      return { representative, seq, frames: ordered, senders };
    }),
  };
}

function frameOf(message: Uint8Array): CapturedFrame {
  const view = new DataView(message.buffer, message.byteOffset);
  return { sender: view.getUint32(5, true), seq: view.getUint32(17, true), payload: message.slice(HEADER_BYTES) };
}

/** The same payload as a node of the other byte order would have written it, as far as the packing layer reads it. */
export function swapPacket(payload: Uint8Array): Uint8Array {
  const swapped = payload.slice();
  const from = new DataView(payload.buffer, payload.byteOffset);
  const to = new DataView(swapped.buffer);
  const count = from.getUint16(6, true);
  let at = 8 + 2 * count;
  let begins = payload[5] === 0;
  for (let i = 0; i < count; i++) {
    const length = from.getUint16(8 + 2 * i, true);
    to.setUint16(8 + 2 * i, length, false);
    if (begins) {
      const names = from.getUint16(at, true);
      for (let j = 0; j <= names; j++) to.setUint16(at + 2 * j, from.getUint16(at + 2 * j, true), false);
    }
    begins = true;
    at += length;
  }
  to.setUint16(6, count, false);
  return swapped;
}

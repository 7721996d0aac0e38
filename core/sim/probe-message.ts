import type { MessageView } from '../base/message-view.js';

/**
 * What the simulator's messages carry: enough to know a message by itself, and to see that it is whole.
 * u32 number of the message, u32 process, u32 length, then bytes that follow from the number. All little-endian, whatever
 * the byte order of the sender.
 */
export const PROBE_HEADER_BYTES = 12;

export interface ProbeMessage {
  readonly message: number;
  readonly process: number;
  /** What is wrong with it; missing if it is whole. */
  readonly damage?: string;
}

/** Writes a message of `length` bytes, at least PROBE_HEADER_BYTES, with `body` behind its header. */
export function encodeProbeMessage(message: number, process: number, length: number, body?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, message, true);
  view.setUint32(4, process, true);
  view.setUint32(8, length, true);
  const filled = PROBE_HEADER_BYTES + (body?.length ?? 0);
  if (body !== undefined) bytes.set(body, PROBE_HEADER_BYTES);
  if (filled < length) bytes.set(contents(message, length).subarray(filled, length), filled);
  return bytes;
}

/** Reads the message that begins at `at`; `bodyBytes` behind its header are the sender's own. */
export function decodeProbeMessage(view: MessageView, at: number, bodyBytes = 0): ProbeMessage | undefined {
  const length = view.length - at;
  if (length < PROBE_HEADER_BYTES) return undefined;
  const { bytes } = view;
  const start = view.offset + at;
  const message = u32(bytes, start);
  const process = u32(bytes, start + 4);
  const announced = u32(bytes, start + 8);
  if (announced !== length) return { message, process, damage: `${length} bytes in place of ${announced}` };
  const filled = PROBE_HEADER_BYTES + bodyBytes;
  if (filled >= length) return { message, process };
  const expected = contents(message, length);
  if (Buffer.compare(bytes.subarray(start + filled, start + length), expected.subarray(filled, length)) === 0) {
    return { message, process };
  }
  const wrong = expected.findIndex((byte, i) => i >= filled && byte !== bytes[start + i]);
  return { message, process, damage: `byte ${wrong} of ${length} is wrong` };
}

/** What messages contain, by the number that their own one comes to: each as long as it was needed. */
const known: Uint8Array[] = [];
const LEAST_KNOWN_BYTES = 4096;

/** The contents of a message, `length` bytes or more from its beginning; other messages have others. */
function contents(message: number, length: number): Uint8Array {
  const key = (message * 31) & 0xff;
  const found = known[key];
  if (found !== undefined && found.length >= length) return found;
  const bytes = new Uint8Array(Math.max(LEAST_KNOWN_BYTES, 2 * length));
  for (let at = 0; at < bytes.length; at++) bytes[at] = key + at * 7 + (at >> 8);
  return (known[key] = bytes);
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

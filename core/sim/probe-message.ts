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
  for (let i = filled; i < length; i++) bytes[i] = fill(message, i);
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
  for (let i = PROBE_HEADER_BYTES + bodyBytes; i < length; i++) {
    if (bytes[start + i] !== fill(message, i)) return { message, process, damage: `byte ${i} of ${length} is wrong` };
  }
  return { message, process };
}

function fill(message: number, at: number): number {
  return (message * 31 + at * 7 + (at >> 8)) & 0xff;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

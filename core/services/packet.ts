import { CsErrorCode } from '../base/errors.js';
import type { MessageView } from '../base/message-view.js';
import type { RingId } from '../totem/ring.js';

/** The header of requests and of ring messages: i32 id at 0, i32 size at 8, each padded to 8 bytes. */
export const REQUEST_HEADER = 16;
/** The header of responses and events: the same, then i32 error at 16. */
export const RESPONSE_HEADER = 24;

/**
 * A message being written: zero-filled and little-endian, which is the byte order of every host Chorale runs on.
 * Offsets count from the start of the message, its header included, as in the tables of the protocol.
 */
export class Packet {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** What follows the 16-byte header: what a service gives to `ServiceRing.multicast`. */
  get body(): Uint8Array {
    return this.bytes.subarray(REQUEST_HEADER);
  }

  u8(at: number, value: number): this {
    this.view.setUint8(at, value);
    return this;
  }

  u16(at: number, value: number): this {
    this.view.setUint16(at, value, true);
    return this;
  }

  u32(at: number, value: number): this {
    this.view.setUint32(at, value, true);
    return this;
  }

  u64(at: number, value: number | bigint): this {
    this.view.setBigUint64(at, BigInt(value), true);
    return this;
  }

  /** u32s one after another, from `at`. */
  u32s(at: number, values: readonly number[]): this {
    values.forEach((value, index) => this.view.setUint32(at + 4 * index, value, true));
    return this;
  }

  put(at: number, bytes: Uint8Array): this {
    this.bytes.set(bytes, at);
    return this;
  }

  /** Text as its UTF-8 bytes, cut to what `room` holds. */
  text(at: number, value: string, room: number): this {
    this.bytes.set(encoder.encode(value).subarray(0, room), at);
    return this;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A ring message of `size` bytes; the host writes its header. */
export function ringMessage(size: number): Packet {
  return new Packet(size);
}

/** A response with its header filled in. */
export function response(id: number, error: number = CsErrorCode.OK, size = RESPONSE_HEADER): Packet {
  return new Packet(size).u32(0, id).u32(8, size).u32(16, error);
}

/** An event with its header filled in. */
export function event(id: number, size: number): Packet {
  return response(id, CsErrorCode.OK, size);
}

/** A request with its header filled in. */
export function request(id: number, size = REQUEST_HEADER): Packet {
  return new Packet(size).u32(0, id).u32(8, size);
}

/** The text in a field of `room` bytes, up to its first zero byte. */
export function textAt(message: MessageView, at: number, room: number): string {
  const field = message.subarray(at, room);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

/** `count` u32s from `at`. Nothing of that size is made before they are known to be there. */
export function u32sAt(message: MessageView, at: number, count: number): number[] {
  message.subarray(at, Math.min(4 * count, message.length + 1));
  return Array.from({ length: count }, (_, i) => message.u32(at + 4 * i));
}

/** A ring's id as clients get it: u32 representative, u64 sequence number from 8. */
export function ringIdAt(message: MessageView, at: number): RingId {
  return { representative: message.u32(at), seq: Number(message.u64(at + 8)) };
}

import { CsErrorCode } from '../base/errors.js';
import { REQUEST_HEADER_BYTES, RESPONSE_HEADER_BYTES } from '../base/client-message.js';
import { MalformedMessage } from '../base/message-view.js';

/*
 * What a client library and its engine say to each other, over libqb's framing:
 *
 * - a request: header {id = the operation's}, u32 call, u32 zero, the body. No request has a response in libqb's sense, so
 *   that a client may have any number under way;
 * - a completion, event 0: header {id 0, error}, u32 call, u32 zero, the body;
 * - a notice, event 1 and up: header {id = the notice's}, the body.
 *
 * Completions and notices come in the one order in which the engine produced them.
 */

/** A type of message, as `chorale proto` makes them. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  /** What it gives is the caller's to keep. Throws an error named MalformedMessage. */
  decode(bytes: Uint8Array): T;
  /** Like `decode`, but bytes in what it gives may stay in the memory of `bytes`. */
  view?(bytes: Uint8Array): T;
  /** What `encode` gives, in pieces, so that large ones need not be copied. */
  parts?(message: T): readonly Uint8Array[];
}

/** What a message is sent as. Good as long as the message is not changed. */
export function partsOf<T>(codec: Codec<T>, message: T): readonly Uint8Array[] {
  return codec.parts === undefined ? [codec.encode(message)] : codec.parts(message);
}

/** Reads a message whose memory stays as it is as long as the result is used. Throws what `decode` throws. */
export function viewed<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return codec.view === undefined ? codec.decode(bytes) : codec.view(bytes);
}

/** A message without fields. */
export type Nothing = Record<string, never>;
export const Nothing: Codec<Nothing> = {
  encode: () => new Uint8Array(0),
  decode: () => ({}),
};

/** One thing that a client may ask of its service: declared once, served by the engine, called by the client library. */
export interface Operation<Q, R> {
  /** Its request id: whole numbers from 0 without gaps. */
  readonly id: number;
  /**
   * `ordered`: multicast, and done by all nodes at the same place of the order; it waits while the ring is full or the
   * services synchronize. `local`: done at once, by this node alone; it changes no replicated state.
   */
  readonly kind: 'ordered' | 'local';
  readonly request: Codec<Q>;
  readonly reply: Codec<R>;
  /** Of an ordered one: no node does it before all members have it, so what was answered outlives any node. */
  readonly safe?: boolean;
  /** Bytes of the request stay where they came: the handler copies what it keeps. For operations with much data. */
  readonly inPlace?: boolean;
}

/** How an ordered operation is done. */
export type OrderedOptions = Pick<Operation<unknown, unknown>, 'safe' | 'inPlace'>;

export function ordered<Q, R>(
  id: number,
  request: Codec<Q>,
  reply: Codec<R>,
  { safe = false, inPlace = false }: OrderedOptions = {},
): Operation<Q, R> {
  return { id, kind: 'ordered', request, reply, safe, inPlace };
}

export function local<Q, R>(id: number, request: Codec<Q>, reply: Codec<R>): Operation<Q, R> {
  return { id, kind: 'local', request, reply };
}

/** Something that an engine tells a client on its own account. */
export interface Notice<B> {
  /** From 1. */
  readonly id: number;
  readonly body: Codec<B>;
}

export function notice<B>(id: number, body: Codec<B>): Notice<B> {
  return { id, body };
}

const COMPLETION = 0;
const CALL_BYTES = 8;

/** Requests up to this length need no memory of their own. */
const SHORT_REQUEST_BYTES = 4096;
const REQUEST_HEAD_BYTES = REQUEST_HEADER_BYTES + CALL_BYTES;

/** Makes requests. One is good until the next is made. */
export class RequestWriter {
  private readonly short = new Uint8Array(SHORT_REQUEST_BYTES);
  private readonly shortData = new DataView(this.short.buffer);

  encode<Q>(operation: Pick<Operation<Q, unknown>, 'id' | 'request'>, call: number, request: Q): Uint8Array {
    const parts = partsOf(operation.request, request);
    const length = lengthOf(parts, REQUEST_HEAD_BYTES);
    const isShort = length <= SHORT_REQUEST_BYTES;
    const message = isShort ? this.short : new Uint8Array(length);
    const data = isShort ? this.shortData : new DataView(message.buffer);
    data.setInt32(0, operation.id, true);
    data.setInt32(8, length, true);
    data.setUint32(REQUEST_HEADER_BYTES, call, true);
    let at = REQUEST_HEAD_BYTES;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    return isShort ? message.subarray(0, length) : message;
  }
}

/** The call's number of a request whose libqb header is checked. Throws MalformedMessage. */
export function callOf(message: Uint8Array): number {
  if (message.length < REQUEST_HEAD_BYTES) throw new MalformedMessage('a request without a call');
  return u32(message, REQUEST_HEADER_BYTES);
}

/** The body of a request, in place. */
export function requestBody(message: Uint8Array): Uint8Array {
  return message.subarray(REQUEST_HEAD_BYTES);
}

/** Makes what an engine sends to clients. The parts of one are good until the next is made. */
export class EventWriter {
  private readonly completionHead = eventHead(CALL_BYTES);
  private readonly noticeHead = eventHead(0);

  /** `body` is empty for an error, a SaAisErrorT. */
  completion(call: number, body: readonly Uint8Array[], error: number = CsErrorCode.OK): readonly Uint8Array[] {
    const { bytes, data } = this.completionHead;
    data.setInt32(8, lengthOf(body, bytes.length), true);
    data.setInt32(16, error, true);
    data.setUint32(RESPONSE_HEADER_BYTES, call, true);
    return [bytes, ...body];
  }

  notice<B>(what: Notice<B>, body: B): readonly Uint8Array[] {
    const { bytes, data } = this.noticeHead;
    const parts = partsOf(what.body, body);
    data.setInt32(0, what.id, true);
    data.setInt32(8, lengthOf(parts, bytes.length), true);
    data.setInt32(16, CsErrorCode.OK, true);
    return [bytes, ...parts];
  }
}

function lengthOf(parts: readonly Uint8Array[], head: number): number {
  let length = head;
  for (const part of parts) length += part.length;
  return length;
}

function eventHead(more: number): { readonly bytes: Uint8Array; readonly data: DataView } {
  const bytes = new Uint8Array(RESPONSE_HEADER_BYTES + more);
  return { bytes, data: new DataView(bytes.buffer) };
}

/** What an engine sent: a completion, or a notice. */
export type EngineMessage =
  | { readonly kind: 'completion'; readonly call: number; readonly error: number; readonly body: Uint8Array }
  | { readonly kind: 'notice'; readonly id: number; readonly body: Uint8Array };

/** The body is in place. Throws MalformedMessage. */
export function decodeEvent(message: Uint8Array): EngineMessage {
  if (message.length < RESPONSE_HEADER_BYTES) throw new MalformedMessage('an event without a header');
  const id = u32(message, 0);
  if (id !== COMPLETION) return { kind: 'notice', id, body: message.subarray(RESPONSE_HEADER_BYTES) };
  if (message.length < RESPONSE_HEADER_BYTES + CALL_BYTES) throw new MalformedMessage('a completion without a call');
  const body = message.subarray(RESPONSE_HEADER_BYTES + CALL_BYTES);
  return { kind: 'completion', call: u32(message, RESPONSE_HEADER_BYTES), error: u32(message, 16), body };
}

/** Without a DataView, which costs more than what it reads. */
function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

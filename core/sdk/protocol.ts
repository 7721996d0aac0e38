import { CsErrorCode } from '../base/errors.js';
import { REQUEST_HEADER_BYTES, RESPONSE_HEADER_BYTES, requestMessage } from '../base/client-message.js';
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
  /** Throws an error named MalformedMessage. */
  decode(bytes: Uint8Array): T;
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
}

export function ordered<Q, R>(
  id: number,
  request: Codec<Q>,
  reply: Codec<R>,
  { safe = false }: { readonly safe?: boolean } = {},
): Operation<Q, R> {
  return { id, kind: 'ordered', request, reply, safe };
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

export function encodeRequest<Q>(operation: Operation<Q, unknown>, call: number, request: Q): Uint8Array {
  const body = operation.request.encode(request);
  const message = requestMessage(operation.id, new Uint8Array(CALL_BYTES + body.length));
  dataOf(message).setUint32(REQUEST_HEADER_BYTES, call, true);
  message.set(body, REQUEST_HEADER_BYTES + CALL_BYTES);
  return message;
}

/** The call's number and the body of a request, whose libqb header is checked; the body is in place. */
export function decodeRequest(message: Uint8Array): { call: number; body: Uint8Array } {
  if (message.length < REQUEST_HEADER_BYTES + CALL_BYTES) throw new MalformedMessage('a request without a call');
  const call = dataOf(message).getUint32(REQUEST_HEADER_BYTES, true);
  return { call, body: message.subarray(REQUEST_HEADER_BYTES + CALL_BYTES) };
}

/** `body` is missing for an error, a SaAisErrorT. */
export function encodeCompletion(
  call: number,
  body: Uint8Array | undefined,
  error: number = CsErrorCode.OK,
): Uint8Array {
  const size = CALL_BYTES + (body?.length ?? 0);
  const message = event(COMPLETION, size, error);
  dataOf(message).setUint32(RESPONSE_HEADER_BYTES, call, true);
  if (body !== undefined) message.set(body, RESPONSE_HEADER_BYTES + CALL_BYTES);
  return message;
}

export function encodeNotice<B>(what: Notice<B>, body: B): Uint8Array {
  const bytes = what.body.encode(body);
  const message = event(what.id, bytes.length, CsErrorCode.OK);
  message.set(bytes, RESPONSE_HEADER_BYTES);
  return message;
}

/** What an engine sent: a completion, or a notice. */
export type EngineMessage =
  | { readonly kind: 'completion'; readonly call: number; readonly error: number; readonly body: Uint8Array }
  | { readonly kind: 'notice'; readonly id: number; readonly body: Uint8Array };

/** Throws MalformedMessage. */
export function decodeEvent(message: Uint8Array): EngineMessage {
  if (message.length < RESPONSE_HEADER_BYTES) throw new MalformedMessage('an event without a header');
  const data = dataOf(message);
  const id = data.getInt32(0, true);
  const body = message.subarray(RESPONSE_HEADER_BYTES);
  if (id !== COMPLETION) return { kind: 'notice', id, body };
  if (body.length < CALL_BYTES) throw new MalformedMessage('a completion without a call');
  const call = data.getUint32(RESPONSE_HEADER_BYTES, true);
  return { kind: 'completion', call, error: data.getInt32(16, true), body: body.subarray(CALL_BYTES) };
}

function event(id: number, bodyBytes: number, error: number): Uint8Array {
  const message = new Uint8Array(RESPONSE_HEADER_BYTES + bodyBytes);
  const data = dataOf(message);
  data.setInt32(0, id, true);
  data.setInt32(8, message.length, true);
  data.setInt32(16, error, true);
  return message;
}

function dataOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import { CsError, CsErrorCode } from './errors.js';

/** Request header: i32 id at 0, i32 size at 8. */
export const REQUEST_HEADER_BYTES = 16;
/** Response and event header: the same, and i32 error at 16. */
export const RESPONSE_HEADER_BYTES = 24;

const nothing = new Uint8Array(0);

/** A request as a client sends it: its header, then `body`. */
export function requestMessage(id: number, body: Uint8Array = nothing): Uint8Array {
  const message = new Uint8Array(REQUEST_HEADER_BYTES + body.length);
  const view = new DataView(message.buffer);
  view.setInt32(0, id, true);
  view.setInt32(8, message.length, true);
  message.set(body, REQUEST_HEADER_BYTES);
  return message;
}

/** A response or an event as an engine sends it: its header with a cs_error_t, then `body`. */
export function responseMessage(id: number, body: Uint8Array = nothing, error: number = CsErrorCode.OK): Uint8Array {
  const message = new Uint8Array(RESPONSE_HEADER_BYTES + body.length);
  const view = new DataView(message.buffer);
  view.setInt32(0, id, true);
  view.setInt32(8, message.length, true);
  view.setInt32(16, error, true);
  message.set(body, RESPONSE_HEADER_BYTES);
  return message;
}

/** The id of a request, response or event. */
export function messageId(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset, message.byteLength).getInt32(0, true);
}

/**
 * What follows the header of a response or event, in place. Throws a CsError if the response says that the request
 * failed; `what` begins its text.
 */
export function responseBody(message: Uint8Array, what: string): Uint8Array {
  if (message.length < RESPONSE_HEADER_BYTES) {
    throw new CsError('ERR_MESSAGE_ERROR', `${what}: an answer of ${message.length} bytes came; report this`);
  }
  const error = new DataView(message.buffer, message.byteOffset, message.byteLength).getInt32(16, true);
  if (error !== CsErrorCode.OK) throw new CsError(error, `${what}: ${ADVICE.get(error) ?? "see the daemon's log"}`);
  return message.subarray(RESPONSE_HEADER_BYTES);
}

const ADVICE = new Map<number, string>([
  [CsErrorCode.ERR_TRY_AGAIN, 'the node is busy with a change of the membership or with other messages; try again'],
  [CsErrorCode.ERR_INVALID_PARAM, 'the service did not understand the request; client and daemon have to match'],
  [CsErrorCode.ERR_LIBRARY, "the service has failed; see the daemon's log"],
]);

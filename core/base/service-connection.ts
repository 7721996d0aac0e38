/**
 * A client's connection to one service of a node, whatever carries it (a socket, shared memory, or a call within the
 * process). A service's client library is written against this alone.
 *
 * Messages are libqb's: a request starts with a 16-byte header {i32 id at 0, i32 size at 8}, a response or event with a
 * 24-byte header {i32 id at 0, i32 size at 8, i32 error at 16}. Sizes count the whole message. Integers are in the host's
 * byte order. Responses and events travel apart: an event is never taken for an answer.
 */
export interface ServiceConnection {
  /**
   * Sends one request and waits for its response, which is the caller's to keep. A connection has one request under way,
   * as in libqb: later requests and messages wait for their turn, in order. The bytes may not be changed before the
   * promise is settled. Rejects with a CsError when the connection ends first; an error code in the response is no
   * rejection.
   */
  request(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Sends one message that has no response. The bytes are copied before it returns. Throws CS_ERR_TRY_AGAIN and takes
   * nothing when too much waits to be sent: await `writable()` and send it again. Throws CS_ERR_LIBRARY once closed.
   */
  send(message: Uint8Array): void;
  /** Resolves when `send` takes messages (at once if it does now). Rejects with a CsError when the connection ends first. */
  writable(): Promise<void>;
  /** Takes the events, whole and in order, each the listener's to keep. One listener; events before it is set wait for it. */
  onEvent(listener: (message: Uint8Array) => void): void;
  /**
   * No more events until `resumeEvents`: they wait with the service, or on the way to it, not here. A few that have come
   * already may still be given. Pausing twice is pausing once.
   */
  pauseEvents(): void;
  resumeEvents(): void;
  /** Called once when the connection has ended; `reason` is missing if `close` of this side ended it. */
  onClose(listener: (reason?: Error) => void): void;
  /** Ends the connection; waiting requests are rejected. Closing twice is harmless. */
  close(): void;
}

import type { ConnectionResponse } from './handshake.js';

/** What `Carrier.take` returns instead of a length. */
export const NO_MESSAGE = -1;
export const BAD_MESSAGE = -2;

/** One connection's way for messages: shared memory or datagram sockets. */
export interface Carrier {
  /** What the client is told of it. */
  readonly offer: ConnectionResponse;
  /** From now on the poller tells of requests. Called once, after the offer has been sent. */
  attach(): void;
  /** Copies the next request to the beginning of `into`: its length, NO_MESSAGE, or BAD_MESSAGE. */
  take(into: Uint8Array): number;
  /** There may be more to `take`. */
  readonly more: boolean;
  /** What the poller told of is not taken now; it will not be told again. */
  postpone(): void;
  /** False, and nothing is sent: there is no room now. */
  respond(parts: readonly Uint8Array[]): boolean;
  event(parts: readonly Uint8Array[]): boolean;
  /** May the client send? A FlowControl value. */
  setFlowControl(value: number): void;
  /** Why the connection cannot go on, if it cannot. */
  readonly fault: string | undefined;
  /** Takes everything away, files too. */
  close(): void;
}

/** Whose connection it is, and where its files are. */
export interface CarrierOptions {
  readonly service: string;
  /** The connection's own directory; it exists. */
  readonly directory: string;
  /** The stream socket. */
  readonly socket: number;
  /** Bytes. */
  readonly maxMessage: number;
  readonly uid: number;
  readonly gid: number;
}

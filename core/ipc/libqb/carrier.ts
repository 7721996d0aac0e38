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
  /** Shows the next request: its length (`bytes`, `data` and `offset` say where), NO_MESSAGE, or BAD_MESSAGE. */
  next(): number;
  /** The request shown: its memory, a view of all of that, and where in it. */
  readonly bytes: Uint8Array;
  readonly data: DataView;
  readonly offset: number;
  /** The client can change what is shown at any time. */
  readonly shared: boolean;
  /** The request shown has to wait: it is shown until `done`. */
  keep(): void;
  /** The request shown is handled: its memory is the client's, or the next one's. */
  done(): void;
  /** There may be a `next`. */
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

/** Memory of the daemon's own for requests that come as datagrams, one for all connections. */
export interface Scratch {
  readonly bytes: Uint8Array;
  readonly data: DataView;
}

/** Whose connection it is, and where its files are. */
export interface CarrierOptions {
  readonly service: string;
  /** The connection's own directory; it exists. */
  readonly directory: string;
  /** The stream socket. */
  readonly socket: number;
  readonly scratch: Scratch;
  /** Bytes. */
  readonly maxMessage: number;
  readonly uid: number;
  readonly gid: number;
}

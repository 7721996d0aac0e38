import type { FrameMemory } from './frame-memory.js';

/** Frames that arrived together. The arrays are reused: read them before returning. */
export interface FrameBatch {
  count: number;
  /** Frame numbers of FrameMemory; each belongs to the receiver from now on. */
  readonly frames: Int32Array;
  /** Bytes of each frame. */
  readonly lengths: Int32Array;
}

/** Who takes what a transport receives: the ring. */
export interface FrameReceiver {
  /**
   * Every datagram of one wake-up. Where data and tokens come on different sockets or from different ports, the data of the
   * wake-up comes first, so that a token never overtakes multicasts that were sent before it.
   */
  receive(batch: FrameBatch): void;
  /** The local address appeared on an interface that is up, or went away. Called once after `open` with the first answer. */
  interfaceChanged(up: boolean): void;
}

/** A node as the transport reaches it. */
export interface Peer {
  readonly nodeId: number;
  /** Numeric IPv4 or IPv6 address. */
  readonly address: string;
}

/**
 * What carries frames between nodes. It knows no protocol. A new driver implements this and nothing else.
 *
 * Sends are queued and leave together at `flush`, in the order they were queued. A frame may not be changed or released
 * between being queued and the next flush. After the flush it is the caller's again: a transport keeps no frame.
 */
export interface Transport {
  readonly frames: FrameMemory;
  /** Counters by name, each a number that only grows: datagrams, bytes, and one for every reason to drop. */
  readonly counters: Readonly<Record<string, number>>;
  /** Bytes that the system granted to what messages wait in until they are read; missing: not known. */
  readonly receiveBuffer?: number;
  /** Starts to receive. Frames are handed over from the event loop, never from inside another call. */
  open(receiver: FrameReceiver): void;
  /** Who is sent to and listened to; this node is among them. May change while open (configuration reload). */
  setPeers(peers: readonly Peer[]): void;
  /** Queues a copy for every other peer; with `toSelf` this node receives a copy too, on a later turn of the event loop. */
  multicast(frame: number, length: number, toSelf: boolean): void;
  /** Queues a frame for one node. To itself it comes back on a later turn. False if the node is no peer. */
  unicast(frame: number, length: number, nodeId: number): boolean;
  flush(): void;
  /** Takes what has arrived but was not handed over yet and throws it away; returns how many frames that were. */
  discardPending(): number;
  close(): void;
}

import type { FrameMemory } from '../../net/frame-memory.js';
import type { Configuration, Guarantee } from '../ring.js';

export { MCAST_HEADER_BYTES } from '../wire/mcast.js';

/** What the packing layer (pg) needs of the ring protocol (srp) below it. */
export interface RingPort {
  readonly nodeId: number;
  readonly frames: FrameMemory;
  /** Most payload bytes of a frame: netmtu - 90 (1410 by default), so that an encapsulated copy still fits. */
  readonly payloadBytes: number;
  /** Free places in the send queue now in use. */
  readonly available: number;
  /**
   * Gives a filled frame to the ring: `length` payload bytes from MCAST_HEADER_BYTES of the frame. The ring writes the
   * header, owns the frame and sends it at a token visit. It goes to the queue now in use: the normal one or, between a
   * regular configuration and the end of its synchronization, the transitional one. Only when `available` > 0.
   */
  enqueue(frame: number, length: number, guarantee: Guarantee): void;
  /** As `enqueue`, but in front of everything in the queue in use, which takes it also when it is full. */
  prepend(frame: number, length: number, guarantee: Guarantee): void;
  /** While `paused`, the token is passed on without frames of the queues; everything else goes on. */
  pauseSending(paused: boolean): void;
  /** Something is waiting that has not been enqueued yet (a partly filled frame): a held token must be released. */
  wantToken(): void;
  afterToken(listener: () => boolean): void;
  /** Synchronization of the last regular configuration is complete: the normal queue is in use again. */
  synchronized(): void;
  start(listener: RingPortListener): void;
  leave(): void;
}

/** What the ring protocol calls in the packing layer, all in the agreed order. */
export interface RingPortListener {
  /** The token is here and messages are about to be sent: enqueue what is partly filled. */
  tokenReceived(): void;
  /** A frame's payload, in place: `length` bytes at `offset` of the frame memory. Valid until it returns. */
  deliver(offset: number, length: number, sender: number, littleEndian: boolean): void;
  configuration(configuration: Configuration): void;
  /**
   * The send queue is about to change: with `transitional` true to the second one, just before the messages that end the
   * old configuration; with false back to the normal one (synchronization is complete). Enqueue what is partly filled
   * before returning: it belongs to the queue that is still in use during this call.
   */
  queueChanging(transitional: boolean): void;
  /** The regular configuration event comes next: from now on, until synchronized, assemble in the second set. */
  assemblyChanging(): void;
}

import type { FrameMemory } from '../../net/frame-memory.js';
import type { RingId } from '../ring.js';
import { later, next, notAfter } from './sequence.js';
import { SortQueue } from './sort-queue.js';

/** The order of messages on one ring, as far as this node has it. */
export class RingOrder {
  readonly queue: SortQueue;
  ringId: RingId = { representative: 0, seq: 0 };
  /** Everything up to here has been received. */
  aru = 0;
  /** Highest sequence number seen. */
  highSeq = 0;
  /** Everything up to here has been delivered. */
  highDelivered = 0;
  /** The token's aru at the visit before. */
  lastAru = 0;
  /** Every member has everything up to here: the token said so in two successive rotations. */
  safeThrough = 0;

  constructor(frames: FrameMemory) {
    this.queue = new SortQueue(frames);
  }

  /** Forgets everything and starts the order of a new ring after `seq`. */
  reset(ringId: RingId, seq: number): void {
    this.ringId = ringId;
    this.queue.reset(seq);
    this.aru = this.highSeq = this.highDelivered = this.lastAru = this.safeThrough = seq;
  }

  /** Whether a message is wanted: it is not known already and within the window. */
  lacks(seq: number): boolean {
    return !notAfter(seq, this.aru) && this.queue.inRange(seq) && !this.queue.has(seq);
  }

  /** Takes a frame into the order; false, and the frame stays the caller's, if the order does not lack it. */
  insert(seq: number, frame: number, start: number, bytes: number): boolean {
    if (!this.lacks(seq)) return false;
    this.queue.add(seq, frame, start, bytes);
    this.highSeq = later(this.highSeq, seq);
    return true;
  }

  /** Moves aru over everything that follows it without a gap. */
  advanceAru(): void {
    while (this.aru !== this.highSeq && this.queue.has(next(this.aru))) this.aru = next(this.aru);
  }
}

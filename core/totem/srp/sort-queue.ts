import type { FrameMemory } from '../../net/frame-memory.js';
import { distance } from './sequence.js';

/** Messages a ring may have under way: Corosync aborts when a member falls this far behind. A power of two. */
export const WINDOW = 16384;
const MASK = WINDOW - 1;

/**
 * The frames of one ring by sequence number: those after `released` and at most WINDOW - 1 ahead of it. It owns its
 * frames until they are released or taken.
 */
export class SortQueue {
  private readonly frame = new Int32Array(WINDOW).fill(-1);
  private readonly start = new Uint8Array(WINDOW);
  private readonly bytes = new Int32Array(WINDOW);
  private readonly misses = new Uint32Array(WINDOW);
  /** Everything up to here was released. */
  private released = 0;
  /** Frames held now. */
  private held = 0;

  constructor(private readonly frames: FrameMemory) {}

  /** Releases everything and starts anew after `seq`. */
  reset(seq: number): void {
    for (let i = 0; this.held > 0 && i < WINDOW; i++) if (this.frame[i]! >= 0) this.drop(i);
    this.misses.fill(0);
    this.released = seq;
  }

  get size(): number {
    return this.held;
  }

  get lastReleased(): number {
    return this.released;
  }

  inRange(seq: number): boolean {
    const ahead = distance(this.released, seq);
    return ahead >= 1 && ahead < WINDOW;
  }

  has(seq: number): boolean {
    return this.frame[seq & MASK]! >= 0 && this.inRange(seq);
  }

  /** Keeps a frame; the caller has checked `inRange` and `has`. `start` is where its MCAST header begins in the frame. */
  add(seq: number, frame: number, start: number, bytes: number): void {
    const i = seq & MASK;
    this.frame[i] = frame;
    this.start[i] = start;
    this.bytes[i] = bytes;
    this.misses[i] = 0;
    this.held++;
  }

  frameAt(seq: number): number {
    return this.frame[seq & MASK]!;
  }

  /** Where the message's MCAST header is in the frame memory. */
  offsetAt(seq: number): number {
    const i = seq & MASK;
    return this.frames.offsetOf(this.frame[i]!) + this.start[i]!;
  }

  startAt(seq: number): number {
    return this.start[seq & MASK]!;
  }

  /** Bytes from the MCAST header to the frame's end. */
  bytesAt(seq: number): number {
    return this.bytes[seq & MASK]!;
  }

  /** Counts that `seq` was found missing once more and returns how often that was. */
  miss(seq: number): number {
    const i = seq & MASK;
    const misses = this.misses[i]! + 1;
    this.misses[i] = misses;
    return misses;
  }

  /** Gives the frame to the caller; the place is empty afterwards. */
  take(seq: number): number {
    const i = seq & MASK;
    const frame = this.frame[i]!;
    this.frame[i] = -1;
    this.held--;
    return frame;
  }

  /** Releases everything up to `seq`, which is not before what was released already. */
  releaseTo(seq: number): void {
    while (this.released !== seq) {
      this.released = (this.released + 1) >>> 0;
      const i = this.released & MASK;
      this.misses[i] = 0;
      if (this.frame[i]! >= 0) this.drop(i);
    }
  }

  private drop(i: number): void {
    this.frames.release(this.frame[i]!);
    this.frame[i] = -1;
    this.held--;
  }
}

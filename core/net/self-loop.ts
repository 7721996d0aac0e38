import type { FrameMemory } from './frame-memory.js';
import type { FrameBatch } from './transport.js';

interface Queue {
  count: number;
  frames: Int32Array;
  lengths: Int32Array;
}

function emptyQueue(entries: number): Queue {
  return { count: 0, frames: new Int32Array(entries), lengths: new Int32Array(entries) };
}

function grow(queue: Queue): void {
  const { frames, lengths } = queue;
  queue.frames = new Int32Array(frames.length * 2);
  queue.lengths = new Int32Array(lengths.length * 2);
  queue.frames.set(frames);
  queue.lengths.set(lengths);
}

/**
 * The way of a node's frames to itself: copied into frames of their own, handed over on a later turn of the event loop,
 * in the order they were sent. It needs no network, so it works while the interface is down.
 */
export class SelfLoop {
  private readonly frames: FrameMemory;
  private readonly handOver: (batch: FrameBatch) => void;
  /** Filled by `add`. */
  private waiting = emptyQueue(64);
  /** Being handed over. */
  private leaving = emptyQueue(64);
  private turn: NodeJS.Immediate | undefined;
  private readonly onTurn = (): void => {
    this.turn = undefined;
    this.deliver();
  };

  constructor(frames: FrameMemory, handOver: (batch: FrameBatch) => void) {
    this.frames = frames;
    this.handOver = handOver;
  }

  /** Copies a frame; false if there is no memory for the copy. */
  add(frame: number, length: number): boolean {
    const copy = this.frames.allocate(length);
    if (copy === -1) return false;
    const from = this.frames.offsetOf(frame);
    this.frames.bytes.copyWithin(this.frames.offsetOf(copy), from, from + length);
    const queue = this.waiting;
    if (queue.count === queue.frames.length) grow(queue);
    queue.frames[queue.count] = copy;
    queue.lengths[queue.count] = length;
    queue.count++;
    return true;
  }

  get pending(): number {
    return this.waiting.count;
  }

  /** Has what was added handed over on the next turn. */
  schedule(): void {
    if (this.waiting.count > 0) this.turn ??= setImmediate(this.onTurn);
  }

  /** Hands over what waits. To be called from the event loop only. */
  deliver(): void {
    if (this.waiting.count === 0) return;
    const batch = this.waiting;
    this.waiting = this.leaving;
    this.leaving = batch;
    this.waiting.count = 0;
    this.handOver(batch);
  }

  /** Throws away what waits; returns how many frames. */
  discard(): number {
    const count = this.waiting.count;
    for (let i = 0; i < count; i++) this.frames.release(this.waiting.frames[i]!);
    this.waiting.count = 0;
    if (this.turn !== undefined) clearImmediate(this.turn);
    this.turn = undefined;
    return count;
  }
}

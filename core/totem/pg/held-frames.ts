import type { Guarantee } from '../ring.js';
import type { RingPort } from '../srp/port.js';

/** Filled frames that wait for the normal queue to be in use again, in order. */
export class HeldFrames {
  private waiting: { frame: number; length: number; guarantee: Guarantee }[] = [];

  constructor(private readonly port: RingPort) {}

  get count(): number {
    return this.waiting.length;
  }

  add(frame: number, length: number, guarantee: Guarantee): void {
    this.waiting.push({ frame, length, guarantee });
  }

  /** Gives all of them to the queue now in use, which has places for them. */
  enqueue(): void {
    for (const { frame, length, guarantee } of this.waiting) this.port.enqueue(frame, length, guarantee);
    this.waiting = [];
  }

  /** Gives their memory back. */
  discard(): void {
    for (const { frame } of this.waiting) this.port.frames.release(frame);
    this.waiting = [];
  }
}

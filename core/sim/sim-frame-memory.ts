import { FrameMemory, LARGE_FRAME_BYTES } from '../net/frame-memory.js';
import type { FrameBuffers } from '../net/frame-memory.js';

/** Bytes overwritten when a frame is released, so that who reads it afterwards finds rubbish: more than any header. */
const POISON_BYTES = 64;
const POISON = 0xdb;

/**
 * Frame memory that watches over the rule of ownership: a frame is released exactly once, and not read afterwards.
 * Arenas are large and many nodes live in a run, so `recycle` gives them to later nodes, cleared.
 */
export class SimFrameMemory extends FrameMemory {
  private static readonly idle = new Map<string, SimFrameMemory[]>();

  /** Frames in use. */
  inUse = 0;
  /** Frames that were released without being in use: each is a bug of the engine. */
  wrongReleases = 0;
  private readonly taken: Uint8Array;
  private highest = -1;

  private constructor(
    private readonly buffers: FrameBuffers,
    private readonly key: string,
  ) {
    super(buffers);
    this.taken = new Uint8Array(buffers.slots + buffers.largeSlots);
  }

  static take(slotBytes: number, slots: number, largeSlots: number): SimFrameMemory {
    const key = `${slotBytes} ${slots} ${largeSlots}`;
    const idle = this.idle.get(key)?.pop();
    if (idle !== undefined) return idle;
    const buffers: FrameBuffers = {
      arena: new ArrayBuffer(slots * slotBytes + largeSlots * LARGE_FRAME_BYTES),
      freeSmall: new Int32Array(slots + 1),
      freeLarge: new Int32Array(largeSlots + 1),
      slotBytes,
      slots,
      largeSlots,
    };
    const memory = new SimFrameMemory(buffers, key);
    memory.clear();
    return memory;
  }

  override allocate(length: number): number {
    const frame = super.allocate(length);
    if (frame < 0) return frame;
    this.taken[frame] = 1;
    this.inUse++;
    if (frame < this.buffers.slots && frame > this.highest) this.highest = frame;
    return frame;
  }

  override release(frame: number): void {
    if (this.taken[frame] !== 1) {
      this.wrongReleases++;
      return;
    }
    this.taken[frame] = 0;
    this.inUse--;
    const offset = this.offsetOf(frame);
    this.bytes.fill(POISON, offset, offset + POISON_BYTES);
    super.release(frame);
  }

  /** For the next node; this one is gone. */
  recycle(): void {
    this.clear();
    const list = SimFrameMemory.idle.get(this.key);
    if (list === undefined) SimFrameMemory.idle.set(this.key, [this]);
    else list.push(this);
  }

  private clear(): void {
    const { slots, largeSlots, slotBytes, freeSmall, freeLarge } = this.buffers;
    this.bytes.fill(0, 0, (this.highest + 1) * slotBytes);
    this.bytes.fill(0, slots * slotBytes);
    for (let i = 0; i < slots; i++) freeSmall[i + 1] = slots - 1 - i;
    for (let i = 0; i < largeSlots; i++) freeLarge[i + 1] = slots + largeSlots - 1 - i;
    freeSmall[0] = slots;
    freeLarge[0] = largeSlots;
    this.taken.fill(0);
    this.inUse = 0;
    this.wrongReleases = 0;
    this.highest = -1;
  }
}

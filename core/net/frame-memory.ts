/** Largest UDP payload and so the size of a large frame's place. */
export const LARGE_FRAME_BYTES = 65536;

/** The buffers a driver lends to `FrameMemory`. */
export interface FrameBuffers {
  /** `slots` places of `slotBytes`, then `largeSlots` places of LARGE_FRAME_BYTES. */
  readonly arena: ArrayBuffer;
  /** A stack of free small frames: entry 0 is how many there are, entries 1.. their numbers. */
  readonly freeSmall: Int32Array;
  /** The same for the large frames. */
  readonly freeLarge: Int32Array;
  /** Bytes of a small place; a multiple of 64. */
  readonly slotBytes: number;
  readonly slots: number;
  readonly largeSlots: number;
}

/**
 * The memory that all frames of one node live in, owned by its driver. A frame is a number; its bytes are at
 * `offsetOf(frame)` of `bytes`. Received frames are written here by the driver and read in place; frames to send are
 * filled here once. A frame has one owner at a time, who gives it on or releases it exactly once.
 *
 * The free stacks are plain shared memory: native code and JavaScript run in turn on one thread, so taking and
 * releasing a frame crosses no border.
 */
export class FrameMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly slotBytes: number;
  /** What this memory was made of; whoever shares it allocates and releases in it too. */
  readonly lent: FrameBuffers;
  private readonly slots: number;
  private readonly largeBase: number;
  private readonly freeSmall: Int32Array;
  private readonly freeLarge: Int32Array;

  constructor(buffers: FrameBuffers) {
    this.bytes = new Uint8Array(buffers.arena);
    this.view = new DataView(buffers.arena);
    this.slotBytes = buffers.slotBytes;
    this.lent = buffers;
    this.slots = buffers.slots;
    this.largeBase = buffers.slots * buffers.slotBytes;
    this.freeSmall = buffers.freeSmall;
    this.freeLarge = buffers.freeLarge;
  }

  /** Plain JavaScript memory with every frame free: what the simulator and the tests use. */
  static create(slotBytes: number, slots: number, largeSlots: number): FrameMemory {
    const arena = new ArrayBuffer(slots * slotBytes + largeSlots * LARGE_FRAME_BYTES);
    const freeSmall = new Int32Array(slots + 1);
    const freeLarge = new Int32Array(largeSlots + 1);
    for (let i = 0; i < slots; i++) freeSmall[i + 1] = slots - 1 - i;
    for (let i = 0; i < largeSlots; i++) freeLarge[i + 1] = slots + largeSlots - 1 - i;
    freeSmall[0] = slots;
    freeLarge[0] = largeSlots;
    return new FrameMemory({ arena, freeSmall, freeLarge, slotBytes, slots, largeSlots });
  }

  /** Takes a frame with room for `length` bytes (at most LARGE_FRAME_BYTES), or -1 when none is free. */
  allocate(length: number): number {
    const stack = length <= this.slotBytes ? this.freeSmall : this.freeLarge;
    const count = stack[0]!;
    if (count === 0 || length > LARGE_FRAME_BYTES) return -1;
    stack[0] = count - 1;
    return stack[count]!;
  }

  release(frame: number): void {
    const stack = frame < this.slots ? this.freeSmall : this.freeLarge;
    const count = stack[0]! + 1;
    stack[count] = frame;
    stack[0] = count;
  }

  offsetOf(frame: number): number {
    return frame < this.slots ? frame * this.slotBytes : this.largeBase + (frame - this.slots) * LARGE_FRAME_BYTES;
  }

  /** Free small frames left; what back-pressure is decided on. */
  get free(): number {
    return this.freeSmall[0]!;
  }
}

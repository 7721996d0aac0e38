import { FrameMemory, LARGE_FRAME_BYTES } from '../../core/net/frame-memory.js';
import type { FrameReceiver, Transport } from '../../core/net/transport.js';

/** Frame memory whose free places can be counted and checked for a frame released twice. */
export class WatchedMemory extends FrameMemory {
  private constructor(
    private readonly small: Int32Array,
    private readonly large: Int32Array,
    arena: ArrayBuffer,
    slotBytes: number,
    slots: number,
    largeSlots: number,
  ) {
    super({ arena, freeSmall: small, freeLarge: large, slotBytes, slots, largeSlots });
  }

  static watched(slotBytes: number, slots: number, largeSlots: number): WatchedMemory {
    const arena = new ArrayBuffer(slots * slotBytes + largeSlots * LARGE_FRAME_BYTES);
    // Room above the stacks: a frame released twice shows as a count above the number of frames, not as a lost write.
    const small = new Int32Array(2 * slots + 1);
    const large = new Int32Array(2 * largeSlots + 1);
    for (let i = 0; i < slots; i++) small[i + 1] = slots - 1 - i;
    for (let i = 0; i < largeSlots; i++) large[i + 1] = slots + largeSlots - 1 - i;
    small[0] = slots;
    large[0] = largeSlots;
    return new WatchedMemory(small, large, arena, slotBytes, slots, largeSlots);
  }

  /** Free frames of both sizes. Throws if a frame is free twice. */
  get freeFrames(): number {
    for (const stack of [this.small, this.large]) {
      const free = stack.subarray(1, 1 + stack[0]!);
      if (new Set(free).size !== free.length) throw new Error('a frame was released twice');
    }
    return this.small[0]! + this.large[0]!;
  }
}

/** A frame the node under test sent. */
export interface Sent {
  readonly to: number | 'all';
  readonly bytes: Uint8Array;
}

/** A transport that keeps what is sent, for a script to look at, and delivers what the script says. */
export class ScriptedTransport implements Transport {
  readonly counters: Record<string, number> = {};
  receiver: FrameReceiver | undefined;
  closed = false;
  sent: Sent[] = [];
  /** What the node sent to itself and did not get back yet. */
  readonly toSelf: Uint8Array[] = [];
  /** What `discardPending` finds. */
  pending = 0;
  private queued: { frame: number; to: number | 'all'; self: boolean; bytes: Uint8Array }[] = [];
  /** The last frame sent of each type. */
  readonly last = new Map<number, Sent>();

  constructor(
    readonly frames: FrameMemory,
    private readonly nodeId: number,
    private readonly peers: readonly number[],
  ) {}

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
  }

  setPeers(): void {}

  multicast(frame: number, length: number, self: boolean): void {
    this.queue(frame, length, 'all', self);
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    if (!this.peers.includes(nodeId)) return false;
    this.queue(frame, length, nodeId, nodeId === this.nodeId);
    return true;
  }

  private queue(frame: number, length: number, to: number | 'all', self: boolean): void {
    if (this.closed) throw new Error('the ring sends after it closed its transport');
    const offset = this.frames.offsetOf(frame);
    this.queued.push({ frame, to, self, bytes: this.frames.bytes.slice(offset, offset + length) });
  }

  flush(): void {
    for (const { frame, to, self, bytes } of this.queued) {
      const offset = this.frames.offsetOf(frame);
      if (Buffer.compare(bytes, this.frames.bytes.subarray(offset, offset + bytes.length)) !== 0) {
        throw new Error('a frame was changed between being queued and the flush');
      }
      const sent = { to, bytes };
      this.sent.push(sent);
      this.last.set(bytes[3]!, sent);
      if (self) this.toSelf.push(bytes);
    }
    this.queued = [];
  }

  discardPending(): number {
    const { pending } = this;
    this.pending = 0;
    return pending;
  }

  close(): void {
    this.closed = true;
  }
}

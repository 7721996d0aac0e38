import { FrameMemory } from '../../core/net/frame-memory.js';
import type { Guarantee, RingId } from '../../core/totem/ring.js';
import { MCAST_HEADER_BYTES } from '../../core/totem/srp/port.js';
import type { RingPort, RingPortListener } from '../../core/totem/srp/port.js';

/** A frame's payload in the one order of its ring. */
export interface SentFrame {
  readonly sender: number;
  readonly payload: Uint8Array;
  readonly guarantee: Guarantee;
  readonly littleEndian: boolean;
  /** Whether it came from the second queue. */
  readonly transitional: boolean;
}

interface QueuedFrame {
  readonly frame: number;
  readonly length: number;
  readonly guarantee: Guarantee;
}

/** What all members of one ring have been sent. */
export interface FakeOrder {
  readonly ringId: RingId;
  readonly members: readonly number[];
  readonly frames: SentFrame[];
}

export interface FakePortOptions {
  /** Places in each of the two send queues. */
  readonly capacity?: number;
  readonly payloadBytes?: number;
  readonly littleEndian?: boolean;
  /** Small frames of the memory. */
  readonly slots?: number;
}

/** One node's end of a fake ring: the ring protocol's side of the contract, and a check of the packing layer's side. */
export class FakePort implements RingPort {
  readonly frames: FrameMemory;
  readonly payloadBytes: number;
  readonly littleEndian: boolean;
  /** Who else sees everything that this node's listener sees, before it. */
  readonly observers: RingPortListener[] = [];
  listener: RingPortListener | undefined;
  order: FakeOrder | undefined;
  /** How many frames of `order` are delivered here. */
  delivered = 0;
  tokensWanted = 0;
  left = false;
  /** Whether the packing layer has asked to send nothing. */
  paused = false;
  /** Frames that waited in the second queue when synchronization was complete. */
  leftOver = 0;
  transitional = false;
  private normalQueue: QueuedFrame[] = [];
  private transitionalQueue: QueuedFrame[] = [];
  private tokenListeners: (() => boolean)[] = [];
  private readonly capacity: number;

  constructor(
    readonly nodeId: number,
    options: FakePortOptions = {},
  ) {
    this.capacity = options.capacity ?? 2974;
    this.payloadBytes = options.payloadBytes ?? 1410;
    this.littleEndian = options.littleEndian ?? true;
    const slotBytes = Math.ceil((MCAST_HEADER_BYTES + this.payloadBytes) / 64) * 64;
    this.frames = FrameMemory.create(slotBytes, options.slots ?? 2 * this.capacity + 8, 0);
    // What was in memory before must not matter.
    this.frames.bytes.fill(0xa5);
  }

  get queue(): QueuedFrame[] {
    return this.transitional ? this.transitionalQueue : this.normalQueue;
  }

  get queued(): number {
    return this.normalQueue.length + this.transitionalQueue.length;
  }

  /** Whether nothing will happen here before somebody sends. */
  get quiet(): boolean {
    const { order } = this;
    if (order === undefined || this.left) return true;
    return this.queued === 0 && this.tokenListeners.length === 0 && this.delivered === order.frames.length;
  }

  get available(): number {
    return Math.max(0, this.capacity - this.queue.length);
  }

  enqueue(frame: number, length: number, guarantee: Guarantee): void {
    if (this.available === 0) throw new Error('a frame was enqueued in a full queue');
    if (length > this.payloadBytes) throw new Error(`a payload of ${length} bytes is too long`);
    this.queue.push({ frame, length, guarantee });
  }

  prepend(frame: number, length: number, guarantee: Guarantee): void {
    if (length > this.payloadBytes) throw new Error(`a payload of ${length} bytes is too long`);
    this.queue.unshift({ frame, length, guarantee });
  }

  pauseSending(paused: boolean): void {
    this.paused = paused;
  }

  wantToken(): void {
    this.tokensWanted++;
  }

  afterToken(listener: () => boolean): void {
    this.tokenListeners.push(listener);
  }

  synchronized(): void {
    if (!this.transitional) return;
    this.notify((to) => to.queueChanging(false));
    this.transitional = false;
    this.leftOver += this.transitionalQueue.length;
    this.normalQueue.push(...this.transitionalQueue.splice(0));
  }

  start(listener: RingPortListener): void {
    this.listener = listener;
  }

  leave(): void {
    this.left = true;
  }

  notify(call: (to: RingPortListener) => void): void {
    for (const observer of this.observers) call(observer);
    if (this.listener !== undefined) call(this.listener);
  }

  /** The token is here: at most `allowed` frames go. */
  visit(allowed: number): void {
    this.notify((to) => to.tokenReceived());
    for (const { frame, length, guarantee } of this.queue.splice(0, this.paused ? 0 : allowed)) {
      const start = this.frames.offsetOf(frame) + MCAST_HEADER_BYTES;
      const payload = this.frames.bytes.slice(start, start + length);
      this.frames.release(frame);
      const { nodeId: sender, littleEndian, transitional } = this;
      this.order!.frames.push({ sender, payload, guarantee, littleEndian, transitional });
    }
  }

  /** The token was passed on. */
  passed(): void {
    const kept = this.tokenListeners.splice(0).filter((listener) => listener());
    this.tokenListeners.unshift(...kept);
  }

  /** Delivers the next frames of the order. */
  deliverNext(count: number): void {
    for (let i = 0; i < count && this.delivered < this.order!.frames.length; i++) {
      this.deliver(this.order!.frames[this.delivered++]!);
    }
  }

  deliver({ payload, sender, littleEndian }: Pick<SentFrame, 'payload' | 'sender' | 'littleEndian'>): void {
    const frame = this.frames.allocate(MCAST_HEADER_BYTES + payload.length);
    if (frame < 0) throw new Error('no frame memory to receive with');
    const offset = this.frames.offsetOf(frame) + MCAST_HEADER_BYTES;
    this.frames.bytes.set(payload, offset);
    this.notify((to) => to.deliver(offset, payload.length, sender, littleEndian));
    this.frames.release(frame);
  }

  /**
   * The membership change as this node sees it. `companions` come with it from the old ring; `certain` frames of its order
   * are delivered before the transitional event.
   */
  install(order: FakeOrder, companions: readonly number[], certain: number): void {
    const old = this.order;
    const cohort = new Set(companions);
    const { ringId, members } = order;
    if (old !== undefined) this.deliverNext(certain - this.delivered);
    const left = old === undefined ? [] : old.members.filter((node) => !cohort.has(node));
    const joined = members.filter((node) => !cohort.has(node));
    this.notify((to) => to.configuration({ kind: 'transitional', ringId, members: companions, left, joined: [] }));
    if (!this.transitional) {
      this.notify((to) => to.queueChanging(true));
      this.transitional = true;
    }
    if (old !== undefined) {
      // What those sent who are no longer here, and nobody who is here has got, is lost.
      for (const frame of old.frames.slice(this.delivered)) if (cohort.has(frame.sender)) this.deliver(frame);
    }
    this.notify((to) => to.assemblyChanging());
    this.order = order;
    this.delivered = 0;
    this.notify((to) => to.configuration({ kind: 'regular', ringId, members, left: [], joined }));
  }
}

/** Rings without a protocol: one order of frames a ring, seen by every member at its own pace. */
export class FakeRings {
  /** Every order there was, oldest first. */
  readonly orders: FakeOrder[] = [];
  private seq = 0;

  constructor(readonly ports: readonly FakePort[]) {}

  port(nodeId: number): FakePort {
    return this.ports.find((port) => port.nodeId === nodeId)!;
  }

  /** Splits or merges: each group of node ids becomes a ring. Nodes in no group stay as they are, and hear nobody. */
  form(...groups: readonly (readonly number[])[]): void {
    const seq = (this.seq += 4);
    const plans = groups.map((group) => {
      const members = [...group].sort((a, b) => a - b);
      const order: FakeOrder = { ringId: { representative: members[0]!, seq }, members, frames: [] };
      this.orders.push(order);
      const ports = members.map((node) => this.port(node));
      return ports.map((port) => {
        const cohort = port.order === undefined ? [] : ports.filter((other) => other.order === port.order);
        const companions = cohort.map((other) => other.nodeId);
        const certain = Math.max(0, ...cohort.map((other) => other.delivered));
        return () => port.install(order, companions, certain);
      });
    });
    for (const install of plans.flat()) install();
  }

  /** One rotation of each ring's token; `allowed` and `delivered` say how many frames a node may send and gets. */
  rotate(allowed: () => number = () => 17, delivered: () => number = () => Infinity): void {
    for (const port of this.ports) {
      if (port.order === undefined || port.left) continue;
      port.visit(allowed());
      port.deliverNext(delivered());
      port.passed();
    }
  }

  /** Rotates until nothing is queued, awaited or undelivered anywhere. */
  settle(limit = 20_000): void {
    for (let i = 0, before = -1; i < limit; i++) {
      this.rotate();
      const sent = this.orders.reduce((sum, { frames }) => sum + frames.length, 0);
      if (sent === before && this.ports.every((port) => port.quiet)) return;
      before = sent;
    }
    throw new Error('the rings do not come to rest');
  }
}

import { LARGE_FRAME_BYTES } from '../net/frame-memory.js';
import type { FrameReceiver, Peer, Transport } from '../net/transport.js';
import type { VirtualNetwork } from './network.js';
import type { Packet } from './packet.js';
import type { Happening } from './scheduler.js';
import type { SimFrameMemory } from './sim-frame-memory.js';

/** The first look at the interface after `open`. */
const FIRST_CHECK_MS = 100;

/** A socket's receive queue. */
class ReceiveQueue {
  private packets: Packet[] = [];
  private head = 0;

  get length(): number {
    return this.packets.length - this.head;
  }

  push(packet: Packet): void {
    this.packets.push(packet);
  }

  shift(): Packet {
    const packet = this.packets[this.head++]!;
    if (this.head === this.packets.length) {
      this.packets.length = 0;
      this.head = 0;
    } else if (this.head > 1024) {
      this.packets = this.packets.slice(this.head);
      this.head = 0;
    }
    return packet;
  }
}

/** A simulated node's transport: the contract of core/net/transport.ts on the virtual network. */
export class VirtualTransport implements Transport, Happening {
  readonly counters = {
    received: 0,
    sent: 0,
    queueOverflow: 0,
    noFrame: 0,
    discarded: 0,
    sendNoPeer: 0,
    sendInterfaceDown: 0,
  };
  /** Multicasts, and on `udpu` everything. */
  private readonly data = new ReceiveQueue();
  private readonly unicasts = new ReceiveQueue();
  private readonly batch: { count: number; readonly frames: Int32Array; readonly lengths: Int32Array };
  private readonly queued: { frame: number; length: number; to: number }[] = [];
  private queuedCount = 0;
  private peers: number[] = [];
  private receiver: FrameReceiver | undefined;
  private opened = false;
  private closed = false;
  private isPaused = false;
  private wakePending = false;
  private interfaceUp: boolean | undefined;

  /**
   * `positionOf`: a node's position by its id. `guard` runs what the receiver does; it decides what becomes of an
   * exception.
   */
  constructor(
    readonly frames: SimFrameMemory,
    private readonly network: VirtualNetwork,
    private readonly node: number,
    private readonly positionOf: ReadonlyMap<number, number>,
    private readonly guard: (callback: () => void) => void,
  ) {
    const { batchMost } = network.traits;
    this.batch = { count: 0, frames: new Int32Array(batchMost), lengths: new Int32Array(batchMost) };
    this.peers = [...positionOf.values()].filter((position) => position !== node);
  }

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
    this.opened = true;
    this.network.attach(this.node, this);
    this.checkInterface(FIRST_CHECK_MS);
  }

  setPeers(peers: readonly Peer[]): void {
    this.peers = peers.map((peer) => this.positionOf.get(peer.nodeId)!).filter((position) => position !== this.node);
  }

  multicast(frame: number, length: number, toSelf: boolean): void {
    if (this.closed) return;
    if (toSelf) this.loop(frame, length, false);
    this.queue(frame, length, -1);
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    if (this.closed) return false;
    const to = this.positionOf.get(nodeId);
    if (to === this.node) {
      this.loop(frame, length, true);
      return true;
    }
    if (to === undefined || !this.peers.includes(to)) {
      this.counters.sendNoPeer++;
      return false;
    }
    this.queue(frame, length, to);
    return true;
  }

  flush(): void {
    const { network, node } = this;
    if (this.queuedCount === 0) return;
    for (let i = 0; i < this.queuedCount; i++) {
      const { frame, length, to } = this.queued[i]!;
      if (!network.conditions.isUp(node)) {
        this.counters.sendInterfaceDown++;
        continue;
      }
      this.counters.sent++;
      const packet = network.pool.capture(this.frames.bytes, this.frames.offsetOf(frame), length, node, to >= 0);
      if (to < 0) network.multicast(packet, this.peers);
      else network.unicast(packet, to);
    }
    this.queuedCount = 0;
    network.flush(node);
  }

  discardPending(): number {
    const discarded = this.empty();
    this.counters.discarded += discarded;
    return discarded;
  }

  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    this.empty();
    if (this.opened) this.network.attach(this.node, undefined);
  }

  /** The process dies: what was not flushed is not sent. */
  kill(): void {
    this.queuedCount = 0;
    this.close();
  }

  /** The process does not run: frames wait. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.wakeAt(this.network.scheduler.now);
  }

  /** Has the interface looked at after `delayMs`, and the receiver told if it changed. */
  checkInterface(delayMs: number): void {
    const { scheduler } = this.network;
    scheduler.call(scheduler.now + delayMs, () => {
      if (this.closed) return;
      if (this.isPaused) {
        this.checkInterface(delayMs);
        return;
      }
      const up = this.network.conditions.isUp(this.node);
      if (up === this.interfaceUp) return;
      this.interfaceUp = up;
      this.guard(() => this.receiver!.interfaceChanged(up));
    });
  }

  arrive(packet: Packet): void {
    const { network } = this;
    const { style, queueFrames, wakeMs } = network.traits;
    const queue = style === 'udp' && packet.unicast ? this.unicasts : this.data;
    if (queue.length >= Math.min(queueFrames, network.conditions.queueLimit(this.node))) {
      this.counters.queueOverflow++;
      network.lose(packet, this.node, 'queueOverflow');
      return;
    }
    queue.push(packet);
    this.wakeAt(network.scheduler.now + Math.max(wakeMs, network.conditions.readDelayMs(this.node)));
  }

  /** The process wakes up and takes what is there, a batch at a time. */
  happen(): void {
    this.wakePending = false;
    if (this.closed || this.isPaused) return;
    const { batch, data, network, unicasts } = this;
    batch.count = 0;
    while (data.length > 0 && batch.count < batch.frames.length) this.take(data.shift());
    while (unicasts.length > 0 && batch.count < batch.frames.length) this.take(unicasts.shift());
    if (data.length + unicasts.length > 0) {
      this.wakeAt(network.scheduler.now + network.conditions.readDelayMs(this.node));
    }
    if (batch.count > 0) this.guard(this.handOver);
  }

  private readonly handOver = (): void => this.receiver!.receive(this.batch);

  private wakeAt(time: number): void {
    if (this.wakePending || this.isPaused) return;
    this.wakePending = true;
    this.network.scheduler.at(time, this);
  }

  /** Copies a frame into memory, as the kernel does when it is read. */
  private take(packet: Packet): void {
    const { batch, frames } = this;
    const frame = packet.length > LARGE_FRAME_BYTES ? -1 : frames.allocate(packet.length);
    if (frame < 0) {
      this.counters.noFrame++;
      this.network.lose(packet, this.node, 'noFrame');
      return;
    }
    frames.bytes.set(packet.bytes.subarray(0, packet.length), frames.offsetOf(frame));
    batch.frames[batch.count] = frame;
    batch.lengths[batch.count] = packet.length;
    batch.count++;
    this.counters.received++;
    this.network.pool.done(packet);
  }

  private queue(frame: number, length: number, to: number): void {
    const entry = (this.queued[this.queuedCount] ??= { frame: 0, length: 0, to: 0 });
    entry.frame = frame;
    entry.length = length;
    entry.to = to;
    this.queuedCount++;
  }

  private loop(frame: number, length: number, unicast: boolean): void {
    const offset = this.frames.offsetOf(frame);
    this.network.loop(this.network.pool.capture(this.frames.bytes, offset, length, this.node, unicast));
  }

  private empty(): number {
    let count = 0;
    for (const queue of [this.data, this.unicasts]) {
      while (queue.length > 0) {
        this.network.pool.done(queue.shift());
        count++;
      }
    }
    return count;
  }
}

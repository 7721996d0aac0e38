import type { Clock, Timer } from '../../core/base/clock.js';
import type { LoggerOf } from '../../core/base/logger.js';
import type { Store } from '../../core/base/store.js';
import { ChoraleNode } from '../../core/host/node.js';
import type { NodeBindings } from '../../core/host/node.js';
import type { NodeOptions } from '../../core/host/node-options.js';
import type { StartError } from '../../core/host/errors.js';
import type { LoadRequest } from '../../core/host/plugin-instance.js';
import { FrameMemory } from '../../core/net/frame-memory.js';
import type { FrameBatch, FrameReceiver, Transport } from '../../core/net/transport.js';
import { seededRandom } from '../support/ring-fake.js';

/** Virtual time: nothing happens until it is moved. */
export class VirtualClock implements Clock {
  private time = 0;
  private order = 0;
  private readonly due: { at: number; order: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  at(delayMs: number, run: () => void): () => void {
    const event = { at: this.time + delayMs, order: this.order++, run };
    let index = this.due.length;
    while (index > 0 && this.due[index - 1]!.at > event.at) index--;
    this.due.splice(index, 0, event);
    return () => {
      const found = this.due.indexOf(event);
      if (found >= 0) this.due.splice(found, 1);
    };
  }

  timer(onExpiry: () => void): Timer {
    let cancel: (() => void) | undefined;
    const timer = {
      get running(): boolean {
        return cancel !== undefined;
      },
      start: (delayMs: number): void => {
        cancel?.();
        cancel = this.at(delayMs, () => {
          cancel = undefined;
          onExpiry();
        });
      },
      stop: (): void => {
        cancel?.();
        cancel = undefined;
      },
    };
    return timer;
  }

  /** Moves time on; promises that are settled meanwhile run between the events. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (let steps = 1; this.due.length > 0 && this.due[0]!.at <= end; steps++) {
      const event = this.due.shift()!;
      this.time = event.at;
      event.run();
      if (steps % 16 === 0) await Promise.resolve();
    }
    this.time = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const LATENCY_MS = 0.2;

class MemoryTransport implements Transport {
  readonly frames = FrameMemory.create(2048, 4096, 16);
  readonly counters = { sent: 0 };
  private receiver: FrameReceiver | undefined;

  constructor(
    private readonly cluster: TestCluster,
    readonly nodeId: number,
  ) {}

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
    this.cluster.clock.at(1, () => this.receiver?.interfaceChanged(true));
  }

  setPeers(): void {
    // Everybody in the cluster is a peer.
  }

  multicast(frame: number, length: number, toSelf: boolean): void {
    for (const other of this.cluster.transports.values()) {
      if (other !== this || toSelf) this.send(other, frame, length);
    }
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    const other = this.cluster.transports.get(nodeId);
    if (other !== undefined) this.send(other, frame, length);
    return true;
  }

  flush(): void {
    // What is sent has been copied already.
  }

  discardPending(): number {
    return 0;
  }

  close(): void {
    this.receiver = undefined;
    if (this.cluster.transports.get(this.nodeId) === this) this.cluster.transports.delete(this.nodeId);
  }

  private send(other: MemoryTransport, frame: number, length: number): void {
    if (this.receiver === undefined || !this.cluster.connected(this.nodeId, other.nodeId)) return;
    this.counters.sent++;
    const offset = this.frames.offsetOf(frame);
    const bytes = this.frames.bytes.slice(offset, offset + length);
    this.cluster.clock.at(other === this ? 0 : LATENCY_MS, () => other.arrive(bytes));
  }

  private arrive(bytes: Uint8Array): void {
    if (this.receiver === undefined) return;
    const frame = this.frames.allocate(bytes.length);
    if (frame < 0) return;
    this.frames.bytes.set(bytes, this.frames.offsetOf(frame));
    const batch: FrameBatch = { count: 1, frames: Int32Array.of(frame), lengths: Int32Array.of(bytes.length) };
    this.receiver.receive(batch);
  }
}

export class MemoryStore implements Store {
  readonly entries = new Map<string, Uint8Array>();
  failing = false;

  load(key: string): Uint8Array | undefined {
    return this.entries.get(key)?.slice();
  }

  save(key: string, bytes: Uint8Array): void {
    if (this.failing) throw new Error(`cannot write ${key}: the disk is full. Free some space.`);
    this.entries.set(key, bytes.slice());
  }
}

/** Whole nodes in this process, on a virtual network and clock. */
export class TestCluster {
  readonly clock = new VirtualClock();
  readonly transports = new Map<number, MemoryTransport>();
  readonly nodes = new Map<number, ChoraleNode>();
  readonly stores = new Map<number, MemoryStore>();
  readonly logs: string[] = [];
  readonly fatal: StartError[] = [];
  private readonly random = seededRandom(1);
  private groups: number[][] = [];

  constructor(
    private readonly nodeIds: readonly number[],
    private readonly plugins: (nodeId: number) => readonly LoadRequest[],
    private readonly options: Partial<NodeOptions> = {},
  ) {
    for (const nodeId of nodeIds) this.stores.set(nodeId, new MemoryStore());
  }

  make(nodeId: number, plugins: readonly LoadRequest[] = this.plugins(nodeId)): ChoraleNode {
    const transport = new MemoryTransport(this, nodeId);
    const node = this.build({
      transport,
      clock: this.clock,
      entropy: { below: (limit) => this.random(limit) },
      store: this.stores.get(nodeId)!,
      loggerOf: this.loggerOf(nodeId),
      options: {
        nodeId,
        peers: this.nodeIds.map((id) => ({ nodeId: id, address: `10.0.0.${id}` })),
        ...this.options,
      },
      plugins,
      fatal: (error) => this.fatal.push(error),
    });
    this.transports.set(nodeId, transport);
    this.nodes.set(nodeId, node);
    return node;
  }

  protected build(bindings: NodeBindings): ChoraleNode {
    return new ChoraleNode(bindings);
  }

  start(nodeId: number): ChoraleNode {
    const node = this.make(nodeId);
    node.start();
    return node;
  }

  startAll(): ChoraleNode[] {
    return this.nodeIds.map((nodeId) => this.start(nodeId));
  }

  node(nodeId: number): ChoraleNode {
    return this.nodes.get(nodeId)!;
  }

  /** Only nodes of one group reach each other; without groups, all do. */
  partition(...groups: number[][]): void {
    this.groups = groups;
  }

  connected(a: number, b: number): boolean {
    return a === b || this.groups.length === 0 || this.groups.some((group) => group.includes(a) && group.includes(b));
  }

  /** Moves time on until `done`, at most `limitMs`. */
  async until(done: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    for (let waited = 0; !done(); waited += 5) {
      if (waited >= limitMs) throw new Error(`not within ${limitMs} ms: ${what}\n${this.logs.slice(-30).join('\n')}`);
      await this.clock.advance(5);
    }
  }

  /** Until these nodes, and no others, are one synchronized ring. */
  async formed(...nodeIds: number[]): Promise<void> {
    await this.until(
      () =>
        nodeIds.every((nodeId) => {
          const { state, members, ringId } = this.node(nodeId).status;
          return (
            state === 'operational' &&
            members.join() === nodeIds.join() &&
            ringId === this.node(nodeIds[0]!).status.ringId
          );
        }),
      `a ring of ${nodeIds.join(', ')}`,
    );
  }

  private loggerOf(nodeId: number): LoggerOf {
    return (subsystem) => ({
      enabled: () => true,
      log: (severity, text) => this.logs.push(`${nodeId} ${subsystem} ${severity} ${text}`),
    });
  }
}

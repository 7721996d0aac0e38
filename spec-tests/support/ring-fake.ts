import { MessageView } from '../../core/base/message-view.js';
import type { ServiceEngine, ServiceRing } from '../../core/host/service-engine.js';
import type { Configuration, RingId } from '../../core/totem/ring.js';

/** A random whole number below the limit. */
export type Random = (limit: number) => number;

/** A small repeatable generator (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

type Entry =
  | { readonly sender: number; readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly sender: number; readonly kind: 'barrier' };

interface Ring {
  readonly id: RingId;
  readonly members: readonly number[];
  /** The one order: a node delivers from its own position on. */
  readonly log: Entry[];
}

interface SyncRun {
  /** -1 while the nodes tell each other their services, then the position in `phases`. */
  index: number;
  state: 'process' | 'barrier';
  readonly phases: readonly ServiceEngine[];
  readonly marks: Set<number>;
}

/** One node: its engines, its place in the order, its queues. */
export class FakeNode {
  readonly engines = new Map<number, ServiceEngine>();
  ring: Ring | undefined;
  position = 0;
  sync: SyncRun | undefined;
  alive = true;
  /** What waits for the ring; what is multicast before the first ring and while services synchronize goes first. */
  readonly queue: Entry[] = [];
  readonly syncQueue: Entry[] = [];
  waiters: (() => void)[] = [];
  /** Every message delivered, in order: sender, id, bytes in hexadecimal; and every regular configuration. */
  readonly history: string[] = [];
  /** Called behind every place of the order that this node has passed. */
  passed: ((ring: string, position: number) => void) | undefined;

  constructor(
    readonly id: number,
    private readonly queueLimit: number,
  ) {}

  /** From the first ring on, until the services are synchronized on the last. */
  synchronizing = false;

  /** The ring as the service of that id sees it. */
  ringOf(serviceId: number): ServiceRing {
    const synchronizing = (): boolean => this.synchronizing;
    return {
      nodeId: this.id,
      multicast: (fn, parts) => this.multicast((serviceId << 16) | fn, parts),
      canMulticast: () => this.hasRoom,
      get synchronizing() {
        return synchronizing();
      },
      whenRoom: (listener) => this.waiters.push(listener),
    };
  }

  add<T extends ServiceEngine>(engine: T): T {
    this.engines.set(engine.id, engine);
    return engine;
  }

  private get outgoing(): Entry[] {
    return this.ring === undefined || this.synchronizing ? this.syncQueue : this.queue;
  }

  private get hasRoom(): boolean {
    return this.alive && this.outgoing.length < this.queueLimit;
  }

  private multicast(id: number, parts: readonly Uint8Array[]): boolean {
    if (!this.hasRoom) return false;
    const bytes = Buffer.concat([Buffer.alloc(16), ...parts]);
    bytes.writeInt32LE(id, 0);
    bytes.writeInt32LE(bytes.length, 8);
    this.outgoing.push({ sender: this.id, kind: 'message', bytes: new Uint8Array(bytes) });
    return true;
  }
}

export interface FakeClusterOptions {
  readonly nodes: readonly number[];
  readonly random: Random;
  /** Messages a node's queue holds before it is full. */
  readonly queueLimit?: number;
}

/**
 * Several nodes on rings that order their messages: what Totem and the synchronization engine do, without their
 * protocol. Every step is chosen at random: a queued message gets its place in the order, a node delivers its next, a
 * token passes. Membership changes obey extended virtual synchrony: who moves from ring to ring together has delivered
 * the same, and a sender always delivers its own.
 */
export class FakeCluster {
  readonly nodes: FakeNode[];
  private readonly random: Random;
  private readonly queueLimit: number;
  private seq = 0;

  constructor(options: FakeClusterOptions) {
    this.random = options.random;
    this.queueLimit = options.queueLimit ?? 1000;
    this.nodes = options.nodes.map((id) => new FakeNode(id, this.queueLimit));
  }

  node(id: number): FakeNode {
    const found = this.nodes.find((node) => node.id === id);
    if (!found) throw new Error(`no node ${id}`);
    return found;
  }

  /** A node with nothing in it takes the place of one that crashed. */
  restart(id: number): FakeNode {
    const node = new FakeNode(id, this.queueLimit);
    this.nodes[this.nodes.findIndex((other) => other.id === id)] = node;
    return node;
  }

  /** The sequence number that the next rings get. */
  nextRing(seq: number): void {
    this.seq = seq - 4;
  }

  /** Starts the engines of every node. */
  start(): void {
    for (const node of this.nodes) for (const engine of node.engines.values()) engine.start?.();
  }

  /** One random thing that can happen. False if nothing but token passes can. */
  step(): boolean {
    const alive = this.nodes.filter((node) => node.alive && node.ring);
    const senders = alive.filter((node) => this.nextToSend(node) !== undefined);
    const receivers = alive.filter((node) => node.position < node.ring!.log.length);
    const total = senders.length + receivers.length;
    const choice = this.random(total + 1);
    if (choice < senders.length) this.sendOne(senders[choice]!);
    else if (choice < total) this.deliverOne(receivers[choice - senders.length]!);
    else for (const node of alive) this.tokenPassed(node);
    return total > 0;
  }

  /** Steps until nothing is left to happen. */
  settle(): void {
    let quiet = 0;
    for (let steps = 0; quiet < 20; steps++) {
      if (steps > 1_000_000) throw new Error('the cluster does not come to rest');
      quiet = this.step() ? 0 : quiet + 1;
    }
  }

  /** Steps at most that often. */
  run(steps: number): void {
    for (let i = 0; i < steps; i++) this.step();
  }

  /** Forms these rings; a node in none of them has crashed. Nodes of one old ring deliver its rest alike. */
  reform(...components: readonly (readonly number[])[]): void {
    for (const node of this.nodes) node.alive = components.some((ids) => ids.includes(node.id));
    const seq = (this.seq += 4);
    for (const ids of components) {
      const members = [...ids].sort((a, b) => a - b).map((id) => this.node(id));
      const ring = { id: { representative: members[0]!.id, seq }, members: members.map(({ id }) => id), log: [] };
      const groups = new Map<Ring | undefined, FakeNode[]>();
      for (const node of members) groups.set(node.ring, [...(groups.get(node.ring) ?? []), node]);
      for (const [old, together] of groups) this.leaveRing(old, together, ring);
      for (const [old, together] of groups) {
        const came = old ? together.map(({ id }) => id) : [];
        for (const node of together) this.enterRing(node, came, ring);
      }
    }
  }

  private leaveRing(old: Ring | undefined, together: readonly FakeNode[], ring: Ring): void {
    if (!old) {
      for (const node of together) this.configuration(node, transitional(ring, [], []));
      return;
    }
    const ids = together.map(({ id }) => id);
    const furthest = Math.max(...together.map(({ position }) => position));
    let least = old.log.length;
    while (least > furthest && !ids.includes(old.log[least - 1]!.sender)) least--;
    const end = least + this.random(old.log.length - least + 1);
    const left = old.members.filter((id) => !ids.includes(id));
    for (const node of together) while (node.position < furthest) this.deliverOne(node);
    for (const node of together) {
      this.configuration(node, transitional(ring, ids, left));
      this.abortSync(node);
      while (node.position < end) this.deliverOne(node);
    }
  }

  private enterRing(node: FakeNode, together: readonly number[], ring: Ring): void {
    node.ring = ring;
    node.position = 0;
    const joined = ring.members.filter((id) => !together.includes(id));
    node.history.push(`ring ${ring.id.representative}.${ring.id.seq}`);
    this.configuration(node, { kind: 'regular', ringId: ring.id, members: ring.members, left: [], joined });
    const phases = [...node.engines.values()].filter(({ sync }) => sync).sort((a, b) => a.id - b.id);
    node.synchronizing = true;
    node.sync = { index: -1, state: 'barrier', phases, marks: new Set() };
    node.syncQueue.push({ sender: node.id, kind: 'barrier' });
    for (const { sync } of phases) sync!.syncInit(together, ring.members, ring.id);
  }

  private configuration(node: FakeNode, configuration: Configuration): void {
    for (const engine of node.engines.values()) engine.configurationChanged?.(configuration);
  }

  private abortSync(node: FakeNode): void {
    const { sync } = node;
    if (!sync) return;
    sync.phases[sync.index]?.sync?.syncAbort();
    node.sync = undefined;
    for (let i = node.syncQueue.length - 1; i >= 0; i--) {
      if (node.syncQueue[i]!.kind === 'barrier') node.syncQueue.splice(i, 1);
    }
  }

  private nextToSend(node: FakeNode): Entry[] | undefined {
    if (node.syncQueue.length > 0) return node.syncQueue;
    return node.synchronizing || node.queue.length === 0 ? undefined : node.queue;
  }

  private sendOne(node: FakeNode): void {
    node.ring!.log.push(this.nextToSend(node)!.shift()!);
  }

  private deliverOne(node: FakeNode): void {
    const entry = node.ring!.log[node.position++]!;
    if (entry.kind === 'barrier') this.barrier(node, entry.sender);
    else this.message(node, entry);
    const { id } = node.ring!;
    node.passed?.(`${id.representative}.${id.seq}`, node.position);
  }

  private message(node: FakeNode, { sender, bytes }: Extract<Entry, { kind: 'message' }>): void {
    const view = MessageView.over(bytes);
    const id = view.i32(0);
    node.history.push(`${sender} ${Buffer.from(bytes).toString('hex')}`);
    node.engines.get(id >> 16)?.messages[id & 0xffff]?.(view, sender);
  }

  private barrier(node: FakeNode, sender: number): void {
    const { sync } = node;
    if (!sync) return;
    sync.marks.add(sender);
    if (sync.marks.size < node.ring!.members.length) return;
    sync.phases[sync.index]?.sync?.syncActivate();
    sync.marks.clear();
    sync.index++;
    sync.state = 'process';
    if (sync.index < sync.phases.length) return;
    node.sync = undefined;
    node.synchronizing = false;
  }

  private tokenPassed(node: FakeNode): void {
    for (const waiter of node.waiters.splice(0)) waiter();
    const { sync } = node;
    if (sync?.state !== 'process' || !sync.phases[sync.index]!.sync!.syncProcess()) return;
    sync.state = 'barrier';
    node.syncQueue.push({ sender: node.id, kind: 'barrier' });
  }
}

function transitional(ring: Ring, members: readonly number[], left: readonly number[]): Configuration {
  return { kind: 'transitional', ringId: ring.id, members, left, joined: [] };
}

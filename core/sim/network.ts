import type { Conditions } from './conditions.js';
import type { Packet } from './packet.js';
import { PacketPool } from './packet.js';
import type { Random } from './random.js';
import type { Happening, Scheduler } from './scheduler.js';

/** How the network behaves without faults. */
export interface NetworkTraits {
  /**
   * `udpu`: each node has one socket and receives in the order of arrival. `udp`: multicasts and unicasts come on
   * different sockets, and what came on the first is handed over first.
   */
  readonly style: 'udpu' | 'udp';
  /** Least time from one node to another, and the mean of what comes on top of it. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Time from a node to itself. */
  readonly selfLatencyMs: number;
  /** From the arrival of a frame until the process runs: more frames come together. */
  readonly wakeMs: number;
  /** Most frames handed over at once. */
  readonly batchMost: number;
  /** Most frames in a socket's receive queue; more are dropped. */
  readonly queueFrames: number;
}

const LATE_COPY_MS = 3000;

/** Where frames for a node go: the transport of its process that runs now. */
export interface Endpoint {
  /** A frame has arrived; whoever takes it calls `network.pool.done` when it has been read. */
  arrive(packet: Packet): void;
}

/** Sees every frame that is sent, and what becomes of every copy. */
export interface NetworkObserver {
  /** `to`: a node's position, or -1 for a multicast. */
  sent(packet: Packet, to: number): void;
  arrived(packet: Packet, to: number): void;
  lost(packet: Packet, to: number, why: string): void;
}

/** Frames that travel together from one node to another. */
class Burst implements Happening {
  readonly packets: Packet[] = [];
  to = 0;

  constructor(private readonly network: VirtualNetwork) {}

  happen(): void {
    this.network.arrived(this);
  }
}

/**
 * The network between simulated nodes. Without faults it is a good local network: what one node sends another arrives in
 * order, a short time later. What was flushed together arrives together.
 *
 * Nodes are known by their positions 0, 1 ...
 */
export class VirtualNetwork {
  readonly pool = new PacketPool();
  private readonly endpoints: (Endpoint | undefined)[];
  /** When the last frame of a directed link arrives: the next does not before. */
  private readonly lastArrival: Float64Array;
  private readonly idleBursts: Burst[] = [];
  /** The bursts being put together by destination. */
  private readonly filling: (Burst | undefined)[];
  private readonly extraDelay: Float64Array;

  constructor(
    readonly scheduler: Scheduler,
    readonly traits: NetworkTraits,
    readonly conditions: Conditions,
    private readonly random: Random,
    private readonly nodes: number,
    private readonly observer: NetworkObserver,
  ) {
    this.endpoints = new Array<Endpoint | undefined>(nodes).fill(undefined);
    this.filling = new Array<Burst | undefined>(nodes).fill(undefined);
    this.lastArrival = new Float64Array(nodes * nodes);
    this.extraDelay = new Float64Array(nodes);
  }

  /** From now on frames for the node go there; with undefined they are lost: no process has the port open. */
  attach(node: number, endpoint: Endpoint | undefined): void {
    this.endpoints[node] = endpoint;
  }

  /** Sends a frame to one node; it leaves with `flush`. */
  unicast(packet: Packet, to: number): void {
    packet.copies++;
    this.observer.sent(packet, to);
    this.route(packet, to);
    this.pool.done(packet);
  }

  /** Sends a frame to all of `to`; it leaves with `flush`. */
  multicast(packet: Packet, to: readonly number[]): void {
    packet.copies++;
    this.observer.sent(packet, -1);
    for (let i = 0; i < to.length; i++) this.route(packet, to[i]!);
    this.pool.done(packet);
  }

  /** A node's frame to itself: it knows no fault. */
  loop(packet: Packet): void {
    const burst = this.burstTo(packet.from);
    packet.copies++;
    burst.packets.push(packet);
    this.scheduler.at(this.scheduler.now + this.traits.selfLatencyMs, burst);
  }

  /** Everything node `from` sent since the last flush leaves. */
  flush(from: number): void {
    for (let to = 0; to < this.nodes; to++) {
      const burst = this.filling[to];
      if (burst === undefined) continue;
      this.filling[to] = undefined;
      const link = from * this.nodes + to;
      const time = this.scheduler.now + this.latency() + this.extraDelay[to]!;
      this.extraDelay[to] = 0;
      const arrival = Math.max(time, this.lastArrival[link]!);
      this.lastArrival[link] = arrival;
      this.scheduler.at(arrival, burst);
    }
  }

  /** @internal */
  arrived(burst: Burst): void {
    const { packets, to } = burst;
    const endpoint = this.endpoints[to];
    const isUp = this.conditions.isUp(to);
    for (let i = 0; i < packets.length; i++) {
      const packet = packets[i]!;
      if (endpoint !== undefined && (isUp || packet.from === to)) {
        this.observer.arrived(packet, to);
        endpoint.arrive(packet);
      } else this.lose(packet, to, endpoint === undefined ? 'nobody' : 'linkDown');
    }
    packets.length = 0;
    this.idleBursts.push(burst);
  }

  /** A copy is gone. */
  lose(packet: Packet, to: number, why: string): void {
    this.observer.lost(packet, to, why);
    this.pool.done(packet);
  }

  private route(packet: Packet, to: number): void {
    const fate = this.conditions.fateOf(packet.from, to, packet.type, packet.length);
    if (fate.lost !== '') {
      packet.copies++;
      this.lose(packet, to, fate.lost);
      return;
    }
    const { twice, overtakenMs } = fate;
    const sent = fate.corrupt === '' ? packet : this.pool.damaged(packet, fate.corrupt, this.random);
    if (fate.delayMs > this.extraDelay[to]!) this.extraDelay[to] = fate.delayMs;
    if (overtakenMs > 0) this.sendAlone(sent, to, overtakenMs + fate.delayMs);
    else {
      const burst = (this.filling[to] ??= this.burstTo(to));
      sent.copies++;
      burst.packets.push(sent);
    }
    if (twice) this.sendAlone(sent, to, this.copyDelay());
  }

  /** Most copies come soon. Some come when what they were for is long over: in another ring, to another life. */
  private copyDelay(): number {
    const { random, traits } = this;
    if (random.chance(0.1)) return random.uniform(0, LATE_COPY_MS);
    return random.exponential(5 * (traits.latencyMs + traits.jitterMs));
  }

  /** A frame that travels by itself, in no order with others. */
  private sendAlone(packet: Packet, to: number, delayMs: number): void {
    const burst = this.burstTo(to);
    packet.copies++;
    burst.packets.push(packet);
    this.scheduler.at(this.scheduler.now + this.latency() + delayMs, burst);
  }

  private burstTo(to: number): Burst {
    const burst = this.idleBursts.pop() ?? new Burst(this);
    burst.to = to;
    return burst;
  }

  private latency(): number {
    const { latencyMs, jitterMs } = this.traits;
    return jitterMs > 0 ? latencyMs + this.random.exponential(jitterMs) : latencyMs;
  }
}

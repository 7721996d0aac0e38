import { FrameMemory } from './frame-memory.js';
import { InterfaceWatch } from './interface-watch.js';
import type { NativeDestination, NativeSocketOptions, NativeUdpEndpoints, UdpAddon } from './native.js';
import { loadNative, TRANSMIT_FIELDS } from './native.js';
import type { TransportOptions } from './options.js';
import { DEFAULT_BIND_ATTEMPTS, DEFAULT_LARGE_SLOTS, DEFAULT_SLOTS, slotBytesFor } from './options.js';
import { SelfLoop } from './self-loop.js';
import type { FrameBatch, FrameReceiver, Peer, Transport } from './transport.js';

/** Bytes of IP and UDP headers that `netmtu` counts in (IPv4; IPv6 has 20 more). */
const HEADER_BYTES = 28;

/**
 * What `udpu` and `udp` have in common: frame memory, the native endpoints and their transmit queue, the loop to this
 * node itself, the watch on the interface. A kind of transport adds which sockets there are and who is sent to.
 */
export abstract class UdpTransport implements Transport {
  readonly frames: FrameMemory;
  readonly counters: Readonly<Record<string, number>>;
  protected readonly native: UdpAddon;
  protected readonly endpoints: NativeUdpEndpoints;
  protected readonly options: TransportOptions;
  /** Socket and destination of a multicast, socket of a unicast: set by `bindSockets` and `destinationsFor`. */
  protected multicastSocket = 0;
  protected unicastSocket = 0;
  protected multicastTo = 0;

  /** Of the socket that messages come on. */
  receiveBuffer = 0;

  private readonly selfLoop: SelfLoop;
  private readonly watch: InterfaceWatch;
  private readonly received: { count: number; readonly frames: Int32Array; readonly lengths: Int32Array };
  private readonly transmit: Int32Array;
  private readonly transmitMost: number;
  private readonly destinationOf = new Map<number, number>();
  private receiver: FrameReceiver | undefined;
  private queued = 0;
  private closed = false;
  /** Frames of `received` that are not the receiver's yet. */
  private unclaimed = 0;
  /** Index of the interface that the sockets were last set up for; 0 after it was down. */
  private interfaceIndex: number | undefined;
  private selfFrames = 0;
  private selfNoFrame = 0;
  private selfDiscarded = 0;
  private notPeer = 0;
  private interfaceDown = 0;

  protected constructor(options: TransportOptions, native: UdpAddon = loadNative()) {
    this.options = options;
    this.native = native;
    const arena = new this.native.Arena(
      slotBytesFor(options.netmtu),
      options.slots ?? DEFAULT_SLOTS,
      options.largeSlots ?? DEFAULT_LARGE_SLOTS,
    );
    this.frames = new FrameMemory(arena);
    this.endpoints = new this.native.UdpEndpoints(arena, (count) => this.arrived(count));
    this.transmit = this.endpoints.transmit;
    this.transmitMost = this.transmit.length / TRANSMIT_FIELDS;
    this.received = { count: 0, frames: this.endpoints.frames, lengths: this.endpoints.lengths };
    this.selfLoop = new SelfLoop(this.frames, (batch) => this.handOver(batch));
    this.watch = new InterfaceWatch(
      options.downcheck,
      () => this.interfaceUp(),
      (up) => this.receiver!.interfaceChanged(up),
    );
    this.counters = this.describeCounters();
  }

  /** Opens the sockets; each with `bindSocket`. */
  abstract bindSockets(): Promise<void>;
  /** The destinations of these peers, and by node id which of them a unicast takes. */
  protected abstract destinationsFor(peers: readonly Peer[], unicast: Map<number, number>): NativeDestination[];
  /** The local address came back: what is bound to the interface, not to the address, is set up again. */
  protected abstract interfaceReturned(): void;
  /** Whether datagrams of others than the peers are dropped. */
  protected abstract get peersOnly(): boolean;

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
    this.endpoints.start();
    this.watch.start(this.options.firstCheck);
  }

  setPeers(peers: readonly Peer[]): void {
    this.sendQueued();
    const unicast = new Map<number, number>();
    const others = peers.filter((peer) => peer.nodeId !== this.options.nodeId);
    this.endpoints.setDestinations(this.destinationsFor(others, unicast));
    this.endpoints.setSources(
      others.map((peer) => peer.address),
      this.peersOnly,
    );
    this.destinationOf.clear();
    for (const [nodeId, destination] of unicast) this.destinationOf.set(nodeId, destination);
  }

  multicast(frame: number, length: number, toSelf: boolean): void {
    if (this.closed) return;
    if (toSelf) this.loopBack(frame, length);
    this.queue(frame, length, this.multicastTo, this.multicastSocket);
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    if (this.closed) return false;
    if (nodeId === this.options.nodeId) {
      this.loopBack(frame, length);
      return true;
    }
    const destination = this.destinationOf.get(nodeId);
    if (destination === undefined) {
      this.notPeer++;
      return false;
    }
    this.queue(frame, length, destination, this.unicastSocket);
    return true;
  }

  flush(): void {
    this.sendQueued();
    this.selfLoop.schedule();
  }

  discardPending(): number {
    if (this.closed) return 0;
    const looped = this.selfLoop.discard() + this.releaseUnclaimed();
    this.selfDiscarded += looped;
    return looped + this.endpoints.discardPending();
  }

  close(): void {
    if (this.closed) return;
    this.sendQueued();
    this.closed = true;
    this.watch.stop();
    this.selfLoop.discard();
    this.releaseUnclaimed();
    this.endpoints.close();
  }

  /** Binds a socket, trying again while another program has its place. Errors say what to look at. */
  protected async bindSocket(options: NativeSocketOptions): Promise<number> {
    const attempts = this.options.bindAttempts ?? DEFAULT_BIND_ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      try {
        const { socket, receiveBuffer } = this.endpoints.bind({
          ...options,
          scopeOf: this.options.localAddress,
          coalesce: options.role === 'data' && this.options.segmentation !== false,
          segmentMost: this.options.segmentation === false ? 0 : this.options.netmtu - HEADER_BYTES,
        });
        if (options.role === 'data') this.receiveBuffer = receiveBuffer;
        return socket;
      } catch (error) {
        // Only the system's refusals can pass; a mistake in the options stays one.
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        if (attempt >= attempts) throw this.cannotBind(options, attempt, error as NodeJS.ErrnoException);
      }
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }

  private cannotBind(options: NativeSocketOptions, attempts: number, error: NodeJS.ErrnoException): Error {
    const advice =
      error.code === 'EADDRINUSE'
        ? 'Another program uses this port: stop it, or set another totem.interface.mcastport.'
        : error.code === 'EADDRNOTAVAIL'
          ? 'No interface of this machine has this address: bring it up, or correct ring0_addr in the nodelist.'
          : 'See that the address and the port are allowed to this process.';
    return new Error(
      `Cannot bind UDP ${options.address} port ${options.port} after ${attempts} attempts: ${error.message}. ${advice}`,
      { cause: error },
    );
  }

  private queue(frame: number, length: number, destination: number, socket: number): void {
    if (!this.watch.up) {
      this.interfaceDown++;
      return;
    }
    if (this.queued === this.transmitMost) this.sendQueued();
    const at = this.queued++ * TRANSMIT_FIELDS;
    this.transmit[at] = frame;
    this.transmit[at + 1] = length;
    this.transmit[at + 2] = destination;
    this.transmit[at + 3] = socket;
  }

  private sendQueued(): void {
    if (this.queued === 0) return;
    this.endpoints.flush(this.queued);
    this.queued = 0;
  }

  private loopBack(frame: number, length: number): void {
    if (this.selfLoop.add(frame, length)) this.selfFrames++;
    else this.selfNoFrame++;
  }

  /** `count` datagrams are described in the shared arrays. */
  private arrived(count: number): void {
    this.unclaimed = count;
    // What this node sent itself before is older than anything the others answered to it.
    this.selfLoop.deliver();
    this.received.count = this.unclaimed;
    this.unclaimed = 0;
    if (this.received.count > 0) this.handOver(this.received);
  }

  private handOver(batch: FrameBatch): void {
    this.receiver!.receive(batch);
  }

  private releaseUnclaimed(): number {
    const count = this.unclaimed;
    for (let i = 0; i < count; i++) this.frames.release(this.received.frames[i]!);
    this.unclaimed = 0;
    return count;
  }

  private interfaceUp(): boolean {
    const found = this.native.interfaceOf(this.options.localAddress);
    if (found?.up !== true) {
      this.interfaceIndex = 0;
      return false;
    }
    const before = this.interfaceIndex;
    if (before !== undefined && before !== found.index) this.interfaceReturned();
    this.interfaceIndex = found.index;
    return true;
  }

  private describeCounters(): Readonly<Record<string, number>> {
    const { counters } = this.endpoints;
    const read: Record<string, () => number> = {};
    this.native.counterNames.forEach((name, place) => (read[name] = () => counters[place]!));
    read['selfFrames'] = () => this.selfFrames;
    read['selfNoFrame'] = () => this.selfNoFrame;
    read['selfDiscarded'] = () => this.selfDiscarded;
    read['sendNoPeer'] = () => this.notPeer;
    read['sendInterfaceDown'] = () => this.interfaceDown;
    read['interfaceCheckFailures'] = () => this.watch.failures;
    const described = {};
    for (const [name, get] of Object.entries(read)) Object.defineProperty(described, name, { get, enumerable: true });
    return described;
  }
}

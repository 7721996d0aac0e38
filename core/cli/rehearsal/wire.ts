import { LARGE_FRAME_BYTES } from '../../net/frame-memory.js';
import type { FrameBuffers } from '../../net/frame-memory.js';
import type {
  NativeDestination,
  NativeSocket,
  NativeUdpEndpoints,
  NativeSocketOptions,
  UdpAddon,
} from '../../net/native.js';
import { ALL_DESTINATIONS, TRANSMIT_FIELDS } from '../../net/native.js';

const TRANSMIT_MOST = 1024;
const RECEIVE_MOST = 1040;

/** What a node sent, on its way to another one of the same process. */
interface Datagram {
  readonly to: RehearsedEndpoints;
  readonly bytes: Uint8Array;
}

/** Memory of frames as the addon makes it, without the addon. */
class RehearsedArena implements FrameBuffers {
  readonly arena: ArrayBuffer;
  readonly freeSmall: Int32Array;
  readonly freeLarge: Int32Array;

  constructor(
    readonly slotBytes: number,
    readonly slots: number,
    readonly largeSlots: number,
  ) {
    this.arena = new ArrayBuffer(slots * slotBytes + largeSlots * LARGE_FRAME_BYTES);
    this.freeSmall = Int32Array.from({ length: slots + 1 }, (_, i) => (i === 0 ? slots : slots - i));
    this.freeLarge = Int32Array.from({ length: largeSlots + 1 }, (_, i) =>
      i === 0 ? largeSlots : slots + largeSlots - i,
    );
  }
}

/** Stands in for the sockets of one node. */
class RehearsedEndpoints implements NativeUdpEndpoints {
  readonly frames = new Int32Array(RECEIVE_MOST);
  readonly lengths = new Int32Array(RECEIVE_MOST);
  readonly sources = new Int32Array(RECEIVE_MOST);
  readonly sockets = new Int32Array(RECEIVE_MOST);
  readonly transmit = new Int32Array(TRANSMIT_MOST * TRANSMIT_FIELDS);
  readonly counters = new Float64Array(1);
  private readonly memory: Uint8Array;
  private destinations: readonly NativeDestination[] = [];
  private bound = 0;

  constructor(
    private readonly wire: RehearsalWire,
    private readonly buffers: FrameBuffers,
    private readonly onReceive: (count: number) => void,
  ) {
    this.memory = new Uint8Array(buffers.arena);
  }

  bind({ address, role }: NativeSocketOptions): NativeSocket {
    if (role !== 'send') this.wire.nodes.set(address, this);
    return { socket: this.bound++, port: 1, receiveBuffer: 0, sendBuffer: 0, coalesces: false };
  }

  setDestinations(destinations: readonly NativeDestination[]): void {
    this.destinations = destinations;
  }

  flush(count: number): void {
    const { transmit, buffers } = this;
    for (let i = 0; i < count; i++) {
      const frame = transmit[i * TRANSMIT_FIELDS]!;
      const at = frame * buffers.slotBytes;
      const bytes = this.memory.slice(at, at + transmit[i * TRANSMIT_FIELDS + 1]!);
      const to = transmit[i * TRANSMIT_FIELDS + 2]!;
      const all = to === ALL_DESTINATIONS ? this.destinations : [this.destinations[to]!];
      for (const { address } of all) {
        const node = this.wire.nodes.get(address);
        if (node !== undefined) this.wire.underWay.push({ to: node, bytes });
      }
    }
  }

  /** Receives what `datagrams` brings. */
  receive(datagrams: readonly Datagram[]): void {
    const { freeSmall, slotBytes } = this.buffers;
    let count = 0;
    for (const { bytes } of datagrams) {
      const free = freeSmall[0]!;
      if (free === 0 || count === RECEIVE_MOST) break;
      const frame = freeSmall[free]!;
      freeSmall[0] = free - 1;
      this.memory.set(bytes, frame * slotBytes);
      this.frames[count] = frame;
      this.lengths[count] = bytes.length;
      count++;
    }
    if (count > 0) this.onReceive(count);
  }

  discardPending(): number {
    return 0;
  }

  setSources(): void {
    // Only nodes of this process send.
  }

  start(): void {
    // Nothing comes by itself.
  }

  close(): void {
    // Nothing is open.
  }

  joinGroup(): void {
    throw new Error('a rehearsal has no groups');
  }

  leaveGroup(): void {
    throw new Error('a rehearsal has no groups');
  }

  setMulticast(): void {
    throw new Error('a rehearsal has no groups');
  }

  dropOwn(): void {
    throw new Error('a rehearsal has no groups');
  }
}

/** Carries the frames of the nodes of a rehearsal from one to the other, in the order in which they were sent. */
export class RehearsalWire {
  /** By address. */
  readonly nodes = new Map<string, RehearsedEndpoints>();
  underWay: Datagram[] = [];
  /** Nodes that have looked at their interface, which is when they begin to form a ring. */
  begun = 0;
  private closed = false;

  /** What a transport takes for the addon. */
  get addon(): UdpAddon {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const wire = this;
    class Endpoints extends RehearsedEndpoints {
      constructor(arena: FrameBuffers, onReceive: (count: number) => void) {
        super(wire, arena, onReceive);
      }
    }
    return {
      Arena: RehearsedArena,
      UdpEndpoints: Endpoints,
      counterNames: [],
      interfaceOf: () => {
        this.begun++;
        return { name: 'rehearsal', index: 1, up: true, multicast: true };
      },
    };
  }

  /** Hands over what is under way to one node, in one batch; false if nothing is. */
  step(): boolean {
    if (this.closed || this.underWay.length === 0) return false;
    const { to } = this.underWay[0]!;
    const batch = this.underWay.filter((datagram) => datagram.to === to);
    this.underWay = this.underWay.filter((datagram) => datagram.to !== to);
    to.receive(batch);
    return true;
  }

  close(): void {
    this.closed = true;
    this.underWay = [];
  }
}

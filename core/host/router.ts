import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { MessageView } from '../base/message-view.js';
import { Guarantee } from '../totem/ring.js';
import type { Group, Totem } from '../totem/ring.js';
import { RateLimitedLog } from './rate-limit.js';
import { SERVICE_ID_LIMIT } from './service-engine.js';
import type { ServiceRing } from './service-engine.js';

/** The group of Totem that carries the services' messages. */
export const SERVICE_GROUP = 'a';
/** Request header of every message: i32 id at 0, i32 size at 8. */
export const HEADER_BYTES = 16;

/** What the router calls for one service. */
export interface MessageTarget {
  readonly id: number;
  readonly name: string;
  /** How many message handlers there are. */
  readonly functions: number;
  readonly counters: FunctionCounters;
  /** Hands one message to handler `fn` (below `functions`). Throws MalformedMessage only. */
  deliver(fn: number, message: MessageView, sender: number): void;
}

/** What was not delivered, by reason; each only grows. */
export interface RouterCounters {
  /** For a service that this node does not have: not an error, Corosync ignores it too. */
  unknownService: number;
  /** For a function that the service does not have. */
  unknownFunction: number;
  /** Too short for a header, or with a size that is not the message's. */
  badHeader: number;
  /** Refused by the handler while reading. */
  malformed: number;
}

/** Messages received and sent by function number, as `runtime.services.NAME.FN.rx` and `.tx`. */
export interface FunctionCounters {
  readonly rx: Float64Array;
  readonly tx: Float64Array;
}

/** What decides whether a service may send. */
export interface RingGate {
  /** The service runs. If not, a multicast takes nothing. */
  readonly open: boolean;
  /** Counts the messages sent by function number; its length is the number of functions. */
  readonly tx: Float64Array;
  /** Runs a callback of the service unless it has ended. */
  run(callback: () => void): void;
}

/**
 * Carries messages between the ring and the services: the id of a message is `service id << 16 | function`.
 * It keeps the rule that nothing that comes from outside harms anything but itself.
 */
export class Router {
  readonly counters: RouterCounters = { unknownService: 0, unknownFunction: 0, badHeader: 0, malformed: 0 };
  private readonly routes = new Array<MessageTarget | undefined>(SERVICE_ID_LIMIT).fill(undefined);
  /** The services are being synchronized; the node sets it. */
  synchronizing = false;
  private readonly limited: RateLimitedLog;
  private readonly group: Group;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly totem: Totem,
    clock: Clock,
    log: Logger,
    /** This node's byte order, in which it writes; true if not given. */
    private readonly littleEndian = true,
  ) {
    this.limited = new RateLimitedLog(log, clock);
    this.group = totem.join(SERVICE_GROUP, (message, sender) => this.receive(message, sender));
  }

  /** From now on the target gets its messages. */
  attach(target: MessageTarget): void {
    this.routes[target.id] = target;
  }

  /** The service's messages are ignored from now on. */
  detach(id: number): void {
    this.routes[id] = undefined;
  }

  /** What service `id` sends with. */
  ringOf(id: number, gate: RingGate): ServiceRing {
    return new RoutedRing(this, this.totem, this.group, id, gate, this.littleEndian);
  }

  /** Whether a service's message of `length` bytes, without its header, would be taken now. */
  canMulticast(length: number): boolean {
    return this.totem.canMulticast(HEADER_BYTES + length);
  }

  /** Calls `listener` once, after the next token has passed. */
  whenRoom(listener: () => void): void {
    if (this.waiting.push(listener) > 1) return;
    this.totem.afterToken(() => {
      const waiting = this.waiting;
      this.waiting = [];
      for (const waiter of waiting) waiter();
      return false;
    });
  }

  private receive(message: MessageView, sender: number): void {
    if (message.length < HEADER_BYTES) {
      this.badHeader(sender, `${message.length} bytes are no message header`);
      return;
    }
    const id = message.u32(0);
    const size = message.i32(8);
    if (size !== message.length) {
      this.badHeader(sender, `the header says ${size} bytes, the message has ${message.length}`);
      return;
    }
    const service = id >>> 16;
    const target = service < SERVICE_ID_LIMIT ? this.routes[service] : undefined;
    if (target === undefined) {
      this.counters.unknownService++;
      return;
    }
    const fn = id & 0xffff;
    if (fn >= target.functions) {
      this.counters.unknownFunction++;
      this.limited.write('warning', `fn ${service} ${sender}`, () => {
        const has = `${target.name} of this node has functions 0 to ${target.functions - 1}`;
        return `node ${sender} sent message ${fn} of service ${target.name}: ignored (${has}; is that node newer?)`;
      });
      return;
    }
    target.counters.rx[fn]!++;
    try {
      target.deliver(fn, message, sender);
    } catch (error) {
      this.counters.malformed++;
      this.limited.write('warning', `malformed ${id} ${sender}`, () => {
        return `node ${sender} sent a malformed message ${fn} of service ${target.name}, dropped: ${(error as Error).message}`;
      });
    }
  }

  private badHeader(sender: number, what: string): void {
    this.counters.badHeader++;
    this.limited.write('warning', `header ${sender}`, () => `message from node ${sender} dropped: ${what}`);
  }
}

const nothing = new Uint8Array(0);

/** One service's sending side. The header and the list of parts are made once and reused for every message. */
class RoutedRing implements ServiceRing {
  private readonly header = new Uint8Array(HEADER_BYTES);
  private readonly view = new DataView(this.header.buffer);
  /** A reused list by its number of parts: its first entry is the header. */
  private readonly lists: Uint8Array[][] = [];

  constructor(
    private readonly router: Router,
    private readonly totem: Totem,
    private readonly group: Group,
    private readonly service: number,
    private readonly gate: RingGate,
    private readonly littleEndian: boolean,
  ) {}

  get nodeId(): number {
    return this.totem.nodeId;
  }

  get synchronizing(): boolean {
    return this.router.synchronizing;
  }

  whenRoom(listener: () => void): void {
    this.router.whenRoom(() => this.gate.run(listener));
  }

  canMulticast(length: number): boolean {
    return this.gate.open && this.router.canMulticast(length);
  }

  multicast(fn: number, parts: readonly Uint8Array[], guarantee: Guarantee = Guarantee.AGREED): boolean {
    if (!this.gate.open) return false;
    const { tx } = this.gate;
    if (!(fn >= 0 && fn < tx.length)) {
      throw new RangeError(`service ${this.service} has no message function ${fn}: it has ${tx.length} handlers`);
    }
    const list = (this.lists[parts.length] ??= new Array<Uint8Array>(parts.length + 1).fill(nothing));
    let size = HEADER_BYTES;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      size += part.length;
      list[i + 1] = part;
    }
    this.view.setUint32(0, (this.service << 16) | fn, this.littleEndian);
    this.view.setInt32(8, size, this.littleEndian);
    list[0] = this.header;
    const taken = this.group.multicast(list, guarantee);
    for (let i = 1; i < list.length; i++) list[i] = nothing;
    if (taken) tx[fn]!++;
    return taken;
  }
}

import { REQUEST_HEADER_BYTES } from '../../base/client-message.js';
import type { ChannelLoad, ClientChannel, ClientPort, Credentials } from '../../host/client-hub.js';
import { BAD_MESSAGE, NO_MESSAGE } from './carrier.js';
import type { Carrier } from './carrier.js';
import { FlowControl } from './layout.js';
import { MessageQueue } from './message-queue.js';
import type { QueueBudget } from './message-queue.js';

/** The request id with which a client asks to be disconnected (ipc.md 2). */
const DISCONNECT = -3;

/** What a connection asks of the server. */
export interface ConnectionHost {
  /** A request of any connection is being handled. */
  handling: boolean;
  readonly budget: QueueBudget;
  /** Requests of one client that are handled before it is another one's turn. */
  readonly requestsAtOnce: number;
  /** Messages wait in the connection's queues: `flush` is due soon. */
  queued(connection: Connection): void;
  /** The connection is `ready`: `serve` is due soon. */
  due(connection: Connection): void;
  /** Its client is to be cut off, for a reason that is logged; later, because the node may be in the middle of something. */
  drop(connection: Connection, why: string): void;
  /** The host has ended it: it is to be taken away. */
  ended(connection: Connection): void;
}

/** A connection as plain data, for statistics. */
export interface ConnectionStatus extends ChannelLoad {
  readonly service: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the client, as /proc names it. */
  readonly procname: string;
  readonly requests: number;
  readonly responses: number;
  readonly events: number;
  readonly queuedBytes: number;
  /** The flow control value, and how often it was set to another one than 0. */
  readonly flowControl: number;
  readonly flowControlCount: number;
}

/** One client of one service, the server's side. It never waits for the client. */
export class Connection implements ClientChannel {
  /** Requests wait that the last round had no budget for. */
  ready = false;
  /** The client is gone; what it sent before is still handled. */
  dying = false;
  /** Rounds it has had since then. */
  lastRounds = 0;
  open = true;
  readonly load: ChannelLoad;
  private port: ClientPort | undefined;
  private carrier: Carrier | undefined;
  private readonly responses: MessageQueue;
  private readonly events: MessageQueue;
  /** Length of a request that waits for the ring, -1 if none does, and whether it may go now. */
  private held = -1;
  private resumed = false;
  /** It is being cut off: nothing goes in or out any more. */
  private cut = false;
  private flowControl: number = FlowControl.OPEN;
  private lagging = false;
  private readonly counts = { requests: 0, responses: 0, events: 0, sendRetries: 0, flowControl: 0 };

  constructor(
    private readonly host: ConnectionHost,
    readonly service: string,
    readonly socket: number,
    readonly credentials: Credentials,
    readonly procname: string,
  ) {
    this.responses = new MessageQueue(host.budget);
    this.events = new MessageQueue(host.budget);
    const { counts, responses, events } = this;
    this.load = {
      get queued() {
        return responses.length + events.length;
      },
      get sendRetries() {
        return counts.sendRetries;
      },
      receiveRetries: 0,
    };
  }

  /** Requests can come from now on, and what was said before goes out. Flow control is open until its next change. */
  attach(port: ClientPort, carrier: Carrier): void {
    this.port = port;
    this.carrier = carrier;
    carrier.attach();
    this.flush();
  }

  get name(): string {
    return `client ${this.credentials.pid} (${this.procname}) of service ${this.service}`;
  }

  get queuedBytes(): number {
    return this.responses.bytes + this.events.bytes;
  }

  get status(): ConnectionStatus {
    const { counts, credentials, load } = this;
    return {
      service: this.service,
      ...credentials,
      procname: this.procname,
      requests: counts.requests,
      responses: counts.responses,
      events: counts.events,
      queued: load.queued,
      sendRetries: load.sendRetries,
      receiveRetries: load.receiveRetries,
      queuedBytes: this.queuedBytes,
      flowControl: this.flowControlWord,
      flowControlCount: counts.flowControl,
    };
  }

  /** Handles what is there, up to the host's limit. `ready` tells whether there is more that could be handled now. */
  serve(): void {
    this.ready = false;
    if (this.blocked) {
      this.carrier?.postpone();
      return;
    }
    const most = this.host.requestsAtOnce;
    for (let done = 0; this.open && !this.blocked; done++) {
      if (done >= most) {
        this.ready = this.held >= 0 || this.carrier!.more;
        break;
      }
      if (!this.next()) break;
    }
    if (this.open && this.carrier!.fault !== undefined) this.host.drop(this, this.carrier!.fault);
  }

  private get blocked(): boolean {
    return this.cut || this.flowControl !== FlowControl.OPEN || (this.held >= 0 && !this.resumed);
  }

  respond(parts: readonly Uint8Array[]): void {
    if (this.cut) return;
    this.counts.responses++;
    if (this.carrier !== undefined && this.responses.length === 0 && this.carrier.respond(parts)) return;
    this.queue(this.responses, parts);
  }

  event(parts: readonly Uint8Array[]): void {
    if (this.cut) return;
    this.counts.events++;
    if (this.carrier !== undefined && this.events.length === 0 && this.carrier.event(parts)) return;
    this.queue(this.events, parts);
  }

  resume(): void {
    this.resumed = true;
    if (!this.open || this.cut) return;
    if (!this.host.handling) this.serve();
    else this.ready = true;
    if (this.ready) this.host.due(this);
  }

  /** The host has closed its side already. */
  end(): void {
    if (!this.open) return;
    this.port = undefined;
    this.flush();
    this.host.ended(this);
  }

  /** Nothing goes in or out any more. */
  cutOff(): void {
    this.cut = true;
    this.responses.clear();
    this.events.clear();
  }

  setFlowControl(value: number): void {
    if (value === this.flowControl) return;
    if (value !== FlowControl.OPEN) this.counts.flowControl++;
    this.flowControl = value;
    this.carrier?.setFlowControl(this.flowControlWord);
    this.ready = this.carrier !== undefined && !this.blocked && (this.held >= 0 || this.carrier.more);
    if (this.ready) this.host.due(this);
  }

  /**
   * So much waits for the client that it may not multicast more, or it would have to be cut off in the end. What it has sent is
   * handled all the same: it may be waiting for a response before it reads events.
   */
  set behind(value: boolean) {
    if (value === this.lagging) return;
    if (value) this.counts.flowControl++;
    this.lagging = value;
    this.carrier?.setFlowControl(this.flowControlWord);
  }

  /** What the client is told. */
  private get flowControlWord(): number {
    return this.lagging && this.flowControl === FlowControl.OPEN ? FlowControl.LIMITED : this.flowControl;
  }

  /** Moves what waits to the client as far as there is room. True: nothing waits any more. */
  flush(): boolean {
    const { carrier, counts } = this;
    if (!this.open || this.cut || carrier === undefined) return true;
    const one: Uint8Array[] = [];
    for (const queue of [this.responses, this.events]) {
      while (queue.length > 0) {
        one[0] = queue.first;
        if (!(queue === this.responses ? carrier.respond(one) : carrier.event(one))) {
          counts.sendRetries++;
          break;
        }
        queue.shift();
      }
    }
    if (carrier.fault !== undefined) {
      this.host.drop(this, carrier.fault);
      return true;
    }
    return this.queuedBytes === 0;
  }

  /** Takes everything away: the service is told that the client is gone. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.responses.clear();
    this.events.clear();
    this.held = -1;
    this.port?.close();
    this.carrier?.close();
    this.carrier = undefined;
  }

  /** Handles one request; false: there is none. */
  private next(): boolean {
    if (this.held >= 0) {
      this.offer(this.held);
      return true;
    }
    const carrier = this.carrier!;
    const length = carrier.next();
    if (length === NO_MESSAGE) return false;
    if (length === BAD_MESSAGE) {
      this.host.drop(this, 'its request is no complete message: it has damaged the shared memory');
      return false;
    }
    if (length >= REQUEST_HEADER_BYTES && carrier.data.getInt32(carrier.offset, true) === DISCONNECT) {
      this.host.ended(this);
      return false;
    }
    this.counts.requests++;
    this.offer(length);
    return true;
  }

  private offer(length: number): void {
    const { host } = this;
    const carrier = this.carrier!;
    this.resumed = false;
    host.handling = true;
    const done = this.port!.request(carrier.bytes, carrier.data, carrier.offset, length, carrier.shared);
    host.handling = false;
    // The request may have ended the connection, and its memory is gone then.
    if (!this.open) return;
    if (done) {
      this.held = -1;
      carrier.done();
    } else if (this.held < 0) {
      this.held = length;
      carrier.keep();
    }
  }

  private queue(queue: MessageQueue, parts: readonly Uint8Array[]): void {
    if (!this.open) return;
    queue.push(parts);
    this.host.queued(this);
  }
}

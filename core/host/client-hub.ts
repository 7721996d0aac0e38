import { REQUEST_HEADER_BYTES, responseMessage } from '../base/client-message.js';
import { CsError, CsErrorCode } from '../base/errors.js';
import { MessageView } from '../base/message-view.js';
import { messageOf } from './errors.js';
import type { Client } from './service-engine.js';

/** The longest request and the longest response or event: what Corosync's client libraries ask for. */
export const MAX_CLIENT_MESSAGE_BYTES = 1024 * 1024;

/** What a service's message may be longer than the request it comes from. */
const ROOM_TO_SPARE_BYTES = 256;

/** Up to this length a request is copied byte by byte: that is cheaper than a view for TypedArray.set. */
const SHORT_BYTES = 256;

/** A service as its clients see it: a service engine, or a part of the daemon that needs no ring. */
export interface ClientService {
  readonly name: string;
  /** Clients are let in before the node has synchronized for the first time. */
  readonly alwaysOpen: boolean;
  /** Request `id` multicasts: it waits, or is refused, while the ring takes nothing. */
  isFlowControlled(id: number): boolean;
  /** Request `id` never has a response. */
  isUnanswered(id: number): boolean;
  /** Request `id` is kept while the ring takes nothing; others are refused. */
  isKept(id: number): boolean;
  /** Request `id` may be shown in memory that the client can change; false if missing. */
  readsOnce?(id: number): boolean;
  /** Throws a CsError to refuse the client. */
  clientConnected(client: Client): void;
  clientDisconnected(client: Client): void;
  /** Throws a CsError that becomes the response; a RequestFailure ends the connection besides. */
  request(id: number, client: Client, request: MessageView): void;
}

/** Who a client is. A transport that cannot ask the kernel gives what it knows and says so in its documentation. */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What a channel says of its queues: libqb's connection statistics. */
export interface ChannelLoad {
  /** Events that wait for the client. */
  readonly queued: number;
  /** Times that a message to the client, or one of it, had to be tried again. */
  readonly sendRetries: number;
  readonly receiveRetries: number;
}

/** What a transport of clients offers for one connection. */
export interface ClientChannel {
  /** Sends one response; the parts are copied before it returns. */
  respond(parts: readonly Uint8Array[]): void;
  /** Queues one event; the parts are copied before it returns. */
  event(parts: readonly Uint8Array[]): void;
  /** Missing for a channel that queues nothing itself. */
  readonly load?: ChannelLoad;
  /** A request that had to wait may go now: offer it again, then the later ones. */
  resume(): void;
  /** The host ends the connection: what was answered so far may still be sent. */
  end(reason: CsError): void;
}

/** One client's connection as what carries it sees it. */
export interface ClientPort {
  readonly service: { readonly name: string };
  readonly pid: number;
  /** See `ClientSession.request`. */
  request(bytes: Uint8Array, data: DataView, offset: number, length: number, shared?: boolean): boolean;
  /** The client is gone. */
  close(): void;
}

/** Where what carries clients lets them in. */
export interface ClientGate {
  /** Connects a client. Throws a CsError that says why not; nothing is left behind then. */
  open(service: string, credentials: Credentials, channel: ClientChannel): ClientPort;
}

/** A request handler threw what it may not throw: the client is answered ERR_LIBRARY and cut off. */
export class RequestFailure extends CsError {
  constructor(advice: string) {
    super('ERR_LIBRARY', advice);
  }
}

/** What the hub asks of the ring. */
export interface RingRoom {
  readonly synchronizing: boolean;
  /** Whether a message of `length` bytes would be taken now. */
  canMulticast(length: number): boolean;
  /** Calls `listener` once, after the next token has passed. */
  whenRoom(listener: () => void): void;
}

/** What is told of clients that connect and go. */
export interface ClientFollower {
  connected(session: ClientSession): void;
  disconnected(session: ClientSession): void;
}

/**
 * All client connections of a node, whatever carries them: who may connect, which request may be handled now, and what
 * a client is told if not. The order of the checks is that of Corosync's IPC layer.
 */
export class ClientHub implements ClientGate {
  /** The first synchronization is complete: clients are let in from now on. */
  ready = false;
  private readonly services = new Map<string, ClientService>();
  /** Services that have failed, by name, with what their clients are told. */
  private readonly failed = new Map<string, CsError>();
  private readonly sessions = new Set<ClientSession>();
  /** @internal The one view that all requests are shown through, in turn. */
  readonly view = new MessageView();
  private scratch: { readonly bytes: Uint8Array; readonly data: DataView } | undefined;
  private held: ClientSession[] = [];
  private armed = false;
  private lastId = 0;
  private follower: ClientFollower | undefined;

  constructor(readonly room: RingRoom) {}

  register(service: ClientService): void {
    this.failed.delete(service.name);
    this.services.set(service.name, service);
  }

  /** A service has failed: its clients are disconnected, and who comes is told so until it is there again or unregistered. */
  fail(service: ClientService, reason: CsError): void {
    this.unregister(service, reason);
    this.failed.set(service.name, reason);
  }

  /** Clients are refused from now on; those it has are disconnected. */
  unregister(service: ClientService, reason: CsError): void {
    this.failed.delete(service.name);
    if (this.services.get(service.name) === service) this.services.delete(service.name);
    for (const session of this.sessions) if (session.service === service) session.end(reason);
  }

  /** The names that clients are answered at, also those of services that have failed. */
  get serviceNames(): string[] {
    return [...this.services.keys(), ...this.failed.keys()];
  }

  /** Everyone who is connected, the longest first. */
  get clients(): Iterable<ClientSession> {
    return this.sessions;
  }

  /** One may follow who connects and who goes. */
  follow(follower: ClientFollower): void {
    this.follower = follower;
  }

  /** How many clients are connected to `service`, or to all. */
  clientCount(service?: ClientService): number {
    if (service === undefined) return this.sessions.size;
    let count = 0;
    for (const session of this.sessions) if (session.service === service) count++;
    return count;
  }

  /** Connects a client. Throws a CsError that says why not; nothing is left behind then. */
  open(name: string, credentials: Credentials, channel: ClientChannel): ClientSession {
    const failure = this.failed.get(name);
    if (failure !== undefined) throw failure;
    const service = this.services.get(name);
    if (service === undefined) {
      const known = this.serviceNames.join(', ') || 'none';
      throw new CsError('ERR_NOT_SUPPORTED', `this node has no service "${name}" for clients (it has: ${known})`);
    }
    if (!this.ready && !service.alwaysOpen) {
      throw new CsError('ERR_TRY_AGAIN', 'the node has not joined a ring and synchronized yet; try again in a second');
    }
    const session = new ClientSession(this, service, ++this.lastId, credentials, channel);
    service.clientConnected(session);
    this.sessions.add(session);
    this.follower?.connected(session);
    return session;
  }

  /** Synchronization is complete or the ring has room: waiting requests go, those first that got nothing last time. */
  resume(): void {
    const held = this.held;
    this.held = [];
    const starved: ClientSession[] = [];
    const served: ClientSession[] = [];
    for (const session of held) {
      const before = session.handled;
      session.retry();
      if (!session.waiting) continue;
      (session.handled === before ? starved : served).push(session);
    }
    this.held = [...starved, ...served];
    this.wait();
  }

  /** @internal The view over a copy of what it shows. */
  copied(view: MessageView): MessageView {
    const { bytes, offset, length } = view;
    const { bytes: own, data } = (this.scratch ??= newScratch());
    if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) own[i] = bytes[offset + i]!;
    else own.set(bytes.subarray(offset, offset + length));
    return view.set(own, data, 0, length, true);
  }

  /** @internal */
  hold(session: ClientSession): void {
    if (!this.held.includes(session)) this.held.push(session);
    this.wait();
  }

  /** @internal */
  remove(session: ClientSession): void {
    if (this.sessions.delete(session)) this.follower?.disconnected(session);
    this.held = this.held.filter((held) => held !== session);
  }

  private wait(): void {
    if (this.held.length === 0 || this.armed) return;
    this.armed = true;
    this.room.whenRoom(() => {
      this.armed = false;
      this.resume();
    });
  }
}

/** One client of one service. */
export class ClientSession implements Client, ClientPort {
  /** A request of it waits for the ring. */
  waiting = false;
  /** Requests handled so far. */
  handled = 0;
  /** Responses and events given to the channel. */
  responses = 0;
  events = 0;
  /** Requests that had to wait for the ring or were refused because it took nothing, and those that were malformed. */
  delayed = 0;
  invalid = 0;
  private open = true;

  constructor(
    private readonly hub: ClientHub,
    readonly service: ClientService,
    readonly id: number,
    private readonly credentials: Credentials,
    private readonly channel: ClientChannel,
  ) {}

  get pid(): number {
    return this.credentials.pid;
  }

  get uid(): number {
    return this.credentials.uid;
  }

  get gid(): number {
    return this.credentials.gid;
  }

  /** What the channel says of its queues. */
  get load(): ChannelLoad | undefined {
    return this.channel.load;
  }

  respond(parts: readonly Uint8Array[]): void {
    if (!this.open) return;
    this.responses++;
    this.channel.respond(parts);
  }

  event(parts: readonly Uint8Array[]): void {
    if (!this.open) return;
    this.events++;
    this.channel.event(parts);
  }

  /**
   * Handles one request, header included: `length` bytes from `offset` of `bytes`, which `data` is a DataView over. False:
   * it has to wait; offer it again when the channel's `resume` is called, and nothing else before. True: it is done,
   * answered or not, and its bytes are free. `shared`: the client can change the bytes at any time.
   */
  request(bytes: Uint8Array, data: DataView, offset: number, length: number, shared = false): boolean {
    if (!this.open) return true;
    if (length < REQUEST_HEADER_BYTES) return this.malformed();
    let request = this.hub.view.set(bytes, data, offset, length, true);
    // Whatever is decided by the id is decided by this one reading of it.
    let id = request.u32(0);
    if (shared && this.service.readsOnce?.(id) !== true) {
      request = this.hub.copied(request);
      id = request.u32(0);
    }
    if (request.i32(8) !== length) return this.malformed();
    if (this.service.isFlowControlled(id) && !this.ringTakes(length)) {
      this.delayed++;
      if (this.service.isKept(id)) {
        this.waiting = true;
        this.hub.hold(this);
        return false;
      }
      this.answer(CsErrorCode.ERR_TRY_AGAIN);
      return true;
    }
    this.handled++;
    try {
      this.service.request(id, this, request);
    } catch (error) {
      const refusal = error instanceof CsError ? error : new RequestFailure(messageOf(error));
      if (!this.service.isUnanswered(id)) this.answer(refusal.code);
      if (refusal instanceof RequestFailure) this.end(refusal);
    }
    return true;
  }

  /** @internal */
  retry(): void {
    this.waiting = false;
    if (this.open) this.channel.resume();
  }

  /** The host disconnects the client. */
  end(reason: CsError): void {
    if (!this.open) return;
    this.channel.end(reason);
    this.close();
  }

  /** The client is gone. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.waiting = false;
    this.hub.remove(this);
    this.service.clientDisconnected(this);
  }

  private malformed(): true {
    this.invalid++;
    this.end(new CsError('ERR_INVALID_PARAM', 'a request without a valid header came; use the client library'));
    return true;
  }

  private ringTakes(length: number): boolean {
    return !this.hub.room.synchronizing && this.hub.room.canMulticast(length + ROOM_TO_SPARE_BYTES);
  }

  /** A response of the host itself: id 0, no body. */
  private answer(code: number): void {
    this.respond([responseMessage(0, undefined, code)]);
  }
}

function newScratch(): { readonly bytes: Uint8Array; readonly data: DataView } {
  const bytes = new Uint8Array(MAX_CLIENT_MESSAGE_BYTES);
  return { bytes, data: new DataView(bytes.buffer) };
}

import type { Clock } from '../../base/clock.js';
import type { Entropy } from '../../base/entropy.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { Logger } from '../../base/logger.js';
import type { PluginContext, QuorumView } from '../../host/plugin.js';
import type { PluginMachine } from '../../host/plugin-machine.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import { Outbox } from '../../services/outbox.js';
import type { SyncParticipant } from '../../sync/participant.js';
import { Guarantee } from '../../totem/ring.js';
import type { MessageReceiver, RingId } from '../../totem/ring.js';
import { SaError, SaErrorCode } from '../ais/error.js';
import type { SaErrorName } from '../ais/error.js';
import { EventWriter, callOf, partsOf, requestBody, viewed } from '../protocol.js';
import type { Notice, Operation } from '../protocol.js';
import { Expiries } from './expiries.js';
import { Expired, Gone } from './messages.proto.js';
import { nodeOfOwner, ownerId, runOfOwner } from './owner.js';
import type { OwnerId } from './owner.js';
import { StateTransfer, bodyOf } from './state-transfer.js';
import type { Branch, Participant, TransferResult } from './state-transfer.js';

/** Functions on the ring. */
const Fn = { OPERATION: 0, GONE: 1, EXPIRED: 2, HELLO: 3, CHUNK: 4 } as const;

/** u32 operation, u32 call, u32 connection, u32 run, i64 time, all little-endian; the operation's request follows. */
const OPERATION_BYTES = 24;

/** What a handler returns that answers later, with `reply` or `refuse`. */
export const LATER = Symbol('later');

/** Where a reply goes: one call of one client. Plain data, so that it can be part of the replicated state. */
export interface ReplyTo {
  readonly owner: OwnerId;
  readonly call: number;
}

/** What an ordered operation is done with: the same on every node. */
export interface OrderedContext extends ReplyTo {
  /** The node the client is connected to. */
  readonly node: number;
  /** When that node sent it, in nanoseconds since 1970 on its clock. */
  readonly time: bigint;
  /** The number of this message: on all nodes the same, higher than any before. */
  readonly sequence: number;
}

/** The end of a synchronization, the same on every node but for `replaced`. */
export interface Activation {
  readonly ringId: RingId;
  /** The members that have the service, by node id, ascending. */
  readonly participants: ReadonlyMap<number, Participant>;
  /** The state was merged from those of several branches. */
  readonly merged: boolean;
  /** This node's state is another one than before: what this node alone derived from it has to be made anew. */
  readonly replaced: boolean;
}

export interface EngineIdentity {
  readonly id: number;
  readonly name: string;
  /** Start order, low first; 10 if not given. */
  readonly priority?: number;
  /** What `ver` in the configuration has to be; 0 if not given. */
  readonly version?: number;
}

type OrderedHandler = (request: Uint8Array, context: OrderedContext) => void;

/**
 * The engine of a service with replicated state `S`. What is the same in all of them is here:
 *
 * - operations that clients declare (`serve`): ordered ones are multicast and done by every node, local ones at once;
 * - replies and notices to clients of this node (`reply`, `refuse`, `notify`), which do nothing on other nodes;
 * - clients and nodes that are gone (`ownersGone`);
 * - the exchange of state in synchronization (`snapshot`, `stage`, `load`, `merge`);
 * - times that pass for all nodes at once (`expiries`, `expired`).
 *
 * A subclass keeps the rule of every engine: the state changes by what is the same on all nodes, alone.
 */
export abstract class ReplicatedEngine<S> implements ServiceEngine, SyncParticipant {
  readonly id: number;
  readonly name: string;
  readonly priority: number;
  readonly version: number;
  readonly sync = this;
  readonly messages: readonly MessageReceiver[];
  readonly requests: (RequestHandler | undefined)[] = [];
  readonly flowControlled = new Set<number>();
  readonly unanswered = new Set<number>();

  protected readonly ring: ServiceRing;
  protected readonly clock: Clock;
  protected readonly log: Logger;
  protected readonly machine: PluginMachine;
  protected readonly nodeId: number;
  protected readonly expiries: Expiries;
  /** The replicated state. */
  protected state: S;
  /** Members that have the service, as of the last synchronization, without those that have stopped it since. */
  protected participants: ReadonlyMap<number, Participant> = new Map();

  private readonly quorum: QuorumView;
  private readonly run: number;
  private readonly transfer: StateTransfer<S>;
  private readonly outbox: Outbox;
  private readonly events = new EventWriter();
  private readonly ordered: (OrderedHandler | undefined)[] = [];
  private readonly clients = new Map<OwnerId, Client>();
  private readonly owners = new Map<Client, OwnerId>();
  /** Clients of this node that other nodes know of. */
  private readonly known = new Set<OwnerId>();
  /** Runs of engines that have stopped since the last synchronization began, by node. */
  private readonly stopped = new Map<number, number>();
  private readonly header = new Uint8Array(OPERATION_BYTES);
  private readonly headerData = new DataView(this.header.buffer);
  private sequence = 0;

  constructor(context: PluginContext, identity: EngineIdentity, initial: S) {
    const { id, name, priority = 10, version = 0 } = identity;
    this.id = id;
    this.name = name;
    this.priority = priority;
    this.version = version;
    this.ring = context.ring;
    this.clock = context.clock;
    this.log = context.log;
    this.machine = context.machine;
    this.nodeId = context.nodeId;
    this.quorum = context.quorum;
    this.run = newRun(context.entropy);
    this.outbox = new Outbox(this.ring, true);
    this.expiries = new Expiries({
      clock: this.clock,
      rank: () => [...this.participants.keys()].indexOf(this.nodeId),
      announce: (key, stamp) => this.outbox.send(Fn.EXPIRED, Expired.encode({ key, stamp })),
    });
    this.transfer = new StateTransfer(this.transferSource());
    this.messages = [
      (message, sender) => this.operationCame(bodyOf(message), sender),
      (message, sender) => this.gone(Gone.decode(bodyOf(message)), sender),
      (message) => this.expiredCame(Expired.decode(bodyOf(message))),
      (message, sender) => this.transfer.hello(bodyOf(message), sender),
      (message, sender) => this.transfer.chunk(bodyOf(message), sender),
    ];
    this.state = initial;
  }

  // What a service writes

  /** An empty state. */
  protected abstract stage(): S;

  /** A state as records of any length, in an order that `load` can take them in. A generator is read bit by bit. */
  protected abstract snapshot(state: S): Iterable<Uint8Array>;

  /** Adds a record of a snapshot to a stage. */
  protected abstract load(stage: S, record: Uint8Array): void;

  /**
   * One state from those of branches that changed apart, the same on every node: by the states and their order alone. The
   * states given may be changed and used. Nothing may be granted or sent here: `ownersGone` and `activated` follow.
   *
   * Branches may know the same owner: only the branch whose `nodes` hold the owner's node speaks for it (`speaksFor`).
   */
  protected abstract merge(branches: readonly Branch<S>[]): S;

  /** These clients are gone, here or anywhere: drop what belonged to them, and go on with what waited for them. */
  protected abstract ownersGone(isGone: (owner: OwnerId) => boolean): void;

  /** The state agrees on all members again, and owners that are gone are dropped. */
  protected activated?(activation: Activation): void;

  /**
   * The time of `key`, set with `expiries.start`, has come: at the same place of the order on all nodes. The key may be of
   * something that a merge has dropped.
   */
  protected expired?(key: string, sequence: number): void;

  /** What the members learn of this one at each synchronization. */
  protected announcement(): Uint8Array {
    return nothing;
  }

  /** A member stopped its engine without leaving the ring; `ownersGone` was called for its clients. */
  protected nodeStopped?(node: number): void;

  /** A client of this node has gone: drop what only this node knows of it. `ownersGone` follows for what all know. */
  protected clientGone?(owner: OwnerId): void;

  // What a service uses

  /**
   * Serves an ordered operation: `handle` is called on every node at the same place of the order. What it returns, or the
   * SaError it throws, goes to the client; LATER: `reply` or `refuse` will. It throws before it changes anything.
   */
  protected serve<Q, R>(
    operation: Operation<Q, R>,
    handle: (request: Q, context: OrderedContext) => R | typeof LATER,
  ): void {
    if (operation.kind !== 'ordered') throw new Error(`operation ${operation.id} is local: use serveLocal`);
    this.flowControlled.add(operation.id);
    const { request } = operation;
    this.ordered[operation.id] = (body, context) => {
      const reply = handle(operation.inPlace === true ? viewed(request, body) : request.decode(body), context);
      if (reply !== LATER) this.reply(context, operation, reply);
    };
    this.answer(operation.id, (owner, call, body) => {
      // Refused here if it cannot be read, so that what is multicast can be.
      viewed(request, body);
      this.known.add(owner);
      if (!this.send(operation, call, this.clients.get(owner)!.id, body)) {
        throw new SaError('ERR_TRY_AGAIN', 'the ring is busy');
      }
    });
  }

  /** Serves a local operation: `handle` is called on this node alone, at once. */
  protected serveLocal<Q, R>(operation: Operation<Q, R>, handle: (request: Q, to: ReplyTo) => R | typeof LATER): void {
    if (operation.kind !== 'local') throw new Error(`operation ${operation.id} is ordered: use serve`);
    this.answer(operation.id, (owner, call, body) => {
      const to = { owner, call };
      const reply = handle(operation.request.decode(body), to);
      if (reply !== LATER) this.reply(to, operation, reply);
    });
  }

  /** Answers a call, if its client is connected to this node. Each call is answered once. */
  protected reply<R>(to: ReplyTo, operation: Pick<Operation<unknown, R>, 'reply'>, reply: R): void {
    const client = this.clients.get(to.owner);
    if (client !== undefined) client.event(this.events.completion(to.call, partsOf(operation.reply, reply)));
  }

  /** Answers a call with an error, if its client is connected to this node. */
  protected refuse(to: ReplyTo, error: SaErrorName): void {
    this.fail(to, SaErrorCode[error]);
  }

  /** Tells a client something, if it is connected to this node. */
  protected notify<B>(owner: OwnerId, what: Notice<B>, body: B): void {
    const client = this.clients.get(owner);
    if (client !== undefined) client.event(this.events.notice(what, body));
  }

  /** Has an ordered operation done on this node's own account: nobody is answered. It goes out as soon as it can. */
  protected command<Q>(operation: Operation<Q, unknown>, request: Q): void {
    const body = operation.request.encode(request);
    const message = new Uint8Array(OPERATION_BYTES + body.length);
    this.writeHeader(operation.id, 0, 0);
    message.set(this.header);
    message.set(body, OPERATION_BYTES);
    this.outbox.send(Fn.OPERATION, message);
  }

  /** Whether the client is connected to this node. */
  protected isLocal(owner: OwnerId): boolean {
    return this.clients.has(owner);
  }

  // The host's side

  clientConnected(client: Client): void {
    const owner = ownerId(this.nodeId, this.run, client.id);
    this.clients.set(owner, client);
    this.owners.set(client, owner);
  }

  clientDisconnected(client: Client): void {
    const owner = this.owners.get(client);
    if (owner === undefined) return;
    this.owners.delete(client);
    this.clients.delete(owner);
    this.clientGone?.(owner);
    if (this.known.delete(owner)) this.outbox.send(Fn.GONE, Gone.encode({ run: this.run, connection: client.id }));
  }

  stop(): void {
    this.outbox.close();
    this.ring.multicast(Fn.GONE, [Gone.encode({ run: this.run })]);
  }

  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    this.stopped.clear();
    this.transfer.init(transitional, members, ringId);
  }

  syncProcess(): boolean {
    return this.transfer.process();
  }

  syncActivate(): void {
    const { ringId, members, branches, deadlines, own, sequence, ...result }: TransferResult<S> =
      this.transfer.activate();
    // Who stopped while this went on has said hello before.
    const participants = new Map([...result.participants].filter(([node, { run }]) => this.stopped.get(node) !== run));
    const replaced = branches.length > 1 || (branches.length === 1 && own === undefined);
    if (branches.length > 1) this.state = this.merge(branches);
    else if (replaced) this.state = branches[0]!.state;
    if (replaced) this.expiries.merge(deadlines);
    this.sequence = sequence + 1;
    const silent = [...this.participants.keys()].filter(
      (node) => members.includes(node) && !result.participants.has(node),
    );
    if (silent.length > 0) {
      this.log.log(
        'warning',
        `node ${silent.join(', ')} is on the ring, but has service ${this.name} no more, and what its clients held is dropped: ` +
          'see chorale status there',
      );
    }
    this.participants = participants;
    this.ownersGone((owner) => participants.get(nodeOfOwner(owner))?.run !== runOfOwner(owner));
    this.activated?.({ ringId, participants, merged: branches.length > 1, replaced });
  }

  syncAbort(): void {
    this.transfer.abort();
  }

  private answer(id: number, handle: (owner: OwnerId, call: number, body: Uint8Array) => void): void {
    if (this.requests[id] !== undefined) throw new Error(`operation ${id} of ${this.name} is served twice`);
    while (this.requests.length < id) this.requests.push(undefined);
    this.unanswered.add(id);
    this.requests[id] = (client, message) => {
      const request = message.subarray(0, message.length);
      const call = callOf(request);
      const owner = this.owners.get(client);
      if (owner === undefined) return;
      try {
        handle(owner, call, requestBody(request));
      } catch (thrown) {
        this.fail({ owner, call }, codeOf(thrown));
      }
    };
  }

  private operationCame(message: Uint8Array, sender: number): void {
    if (message.length < OPERATION_BYTES) throw new MalformedMessage('an operation without its header');
    const data = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const handler = this.ordered[data.getUint32(0, true)];
    if (handler === undefined) throw new MalformedMessage(`there is no operation ${data.getUint32(0, true)}`);
    const call = data.getUint32(4, true);
    const run = data.getUint32(12, true);
    // An engine that has stopped may have had messages on their way.
    if (this.participants.get(sender)?.run !== run) return;
    const owner = ownerId(sender, run, data.getUint32(8, true));
    const time = data.getBigInt64(16, true);
    const context = { owner, call, node: sender, time, sequence: ++this.sequence };
    try {
      handler(message.subarray(OPERATION_BYTES), context);
    } catch (thrown) {
      if (!(thrown instanceof SaError)) throw thrown;
      this.fail(context, thrown.code);
    }
  }

  private gone({ run, connection }: Gone, sender: number): void {
    if (connection === undefined) this.stopped.set(sender, run);
    if (this.participants.get(sender)?.run !== run) return;
    this.sequence++;
    if (connection !== undefined) {
      const gone = ownerId(sender, run, connection);
      this.ownersGone((owner) => owner === gone);
      return;
    }
    this.participants = new Map([...this.participants].filter(([node]) => node !== sender));
    this.ownersGone((owner) => nodeOfOwner(owner) === sender);
    this.nodeStopped?.(sender);
  }

  private expiredCame({ key, stamp }: Expired): void {
    this.sequence++;
    if (this.expiries.take(key, stamp)) this.expired?.(key, this.sequence);
  }

  private send(
    { id, safe = false }: { readonly id: number; readonly safe?: boolean | undefined },
    call: number,
    connection: number,
    body: Uint8Array,
  ): boolean {
    this.writeHeader(id, call, connection);
    return this.ring.multicast(Fn.OPERATION, [this.header, body], safe ? Guarantee.SAFE : Guarantee.AGREED);
  }

  private writeHeader(operation: number, call: number, connection: number): void {
    const data = this.headerData;
    data.setUint32(0, operation, true);
    data.setUint32(4, call, true);
    data.setUint32(8, connection, true);
    data.setUint32(12, this.run, true);
    data.setBigInt64(16, this.machine.epochNs(), true);
  }

  private fail({ owner, call }: ReplyTo, code: number): void {
    this.clients.get(owner)?.event(this.events.completion(call, [], code));
  }

  private transferSource(): ConstructorParameters<typeof StateTransfer<S>>[0] {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- its getters have to see the engine's present state
    const engine = this;
    return {
      nodeId: this.nodeId,
      run: this.run,
      get sequence() {
        return engine.sequence;
      },
      get state() {
        return engine.state;
      },
      expiries: this.expiries,
      get quorate() {
        return engine.quorum.quorate;
      },
      announcement: () => this.announcement(),
      snapshot: () => this.snapshot(this.state),
      stage: () => this.stage(),
      load: (stage, record) => this.load(stage, record),
      multicastHello: (body) => this.ring.multicast(Fn.HELLO, [body]),
      multicastChunk: (body) => this.ring.multicast(Fn.CHUNK, [body]),
    };
  }
}

/** Whether a branch speaks for an owner: the owner's node is in it, or in none of the branches. */
export function speaksFor<S>(branch: Branch<S>, owner: OwnerId, branches: readonly Branch<S>[]): boolean {
  const node = nodeOfOwner(owner);
  return branch.nodes.includes(node) || !branches.some((other) => other.nodes.includes(node));
}

const nothing = new Uint8Array(0);

/** A number for this life of the engine; 0 is none. */
function newRun(entropy: Entropy): number {
  return 1 + entropy.below(2 ** 32 - 1);
}

/** The SaAisErrorT of what a handler refused a request with. Throws what is a bug. */
function codeOf(thrown: unknown): number {
  if (thrown instanceof SaError) return thrown.code;
  if (thrown instanceof Error && thrown.name === 'MalformedMessage') return SaErrorCode.ERR_INVALID_PARAM;
  throw thrown;
}

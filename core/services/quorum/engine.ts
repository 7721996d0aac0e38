import { CsErrorCode } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceEngine } from '../../host/service-engine.js';
import type { SyncParticipant } from '../../sync/participant.js';
import type { MessageReceiver, RingId } from '../../totem/ring.js';
import { Refusals, requestHandlers } from '../handlers.js';
import { event, response } from '../packet.js';

/** What the engine needs from its surroundings. */
export interface QuorumDependencies {
  readonly logger: Logger;
  /** Whether a provider decides about quorum. Without one the node is always quorate. */
  readonly provided: boolean;
}

/** What a provider reports: whether this node may serve, and the members it decided on. */
export interface QuorumReport {
  readonly quorate: boolean;
  readonly members: readonly number[];
  readonly ringId: RingId;
}

/** Bits of a request to track (CS_TRACK_*). */
const Track = { CURRENT: 1, CHANGES: 2, CHANGES_ONLY: 4 } as const;

const ResponseId = {
  GET_QUORATE: 0,
  TRACK_START: 1,
  TRACK_STOP: 2,
  V0_QUORUM_EVENT: 3,
  GET_TYPE: 4,
  MODEL_GET_TYPE: 5,
  V1_QUORUM_EVENT: 6,
  V1_NODE_LIST_EVENT: 7,
} as const;

interface Session {
  model: 0 | 1;
}

const nowhere: RingId = { representative: 0, seq: 0 };

/** The quorum service (3): whether this node's part of the cluster may serve, as a provider decides, and who is in it. */
export class QuorumEngine implements ServiceEngine, SyncParticipant {
  readonly name = 'quorum';
  readonly id = 3;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[] = [];
  readonly requests: readonly RequestHandler[];
  readonly sync: SyncParticipant = this;
  private readonly logger: Logger;
  private readonly refusals: Refusals;
  private readonly sessions = new Map<Client, Session>();
  /** Newest first. */
  private trackers: readonly Client[] = [];
  private readonly listeners: ((report: QuorumReport) => void)[] = [];
  private last: QuorumReport;

  private syncRing = nowhere;
  private members: readonly number[] = [];
  private completed: readonly number[] = [];
  /** Of the completed members those who came along with this node through every ring since. */
  private survivors: ReadonlySet<number> = new Set();
  private joined: readonly number[] = [];
  private left: readonly number[] = [];

  constructor(private readonly dependencies: QuorumDependencies) {
    this.logger = dependencies.logger;
    this.refusals = new Refusals(this.logger);
    this.last = { quorate: !dependencies.provided, members: [], ringId: nowhere };
    const kind = (): number => (dependencies.provided ? 1 : 0);
    this.requests = requestHandlers(this.refusals, [
      [16, ResponseId.GET_QUORATE, (client) => client.respond([number(ResponseId.GET_QUORATE, Number(this.quorate))])],
      [24, ResponseId.TRACK_START, (client, request) => this.trackStart(client, request.u32(16))],
      [16, ResponseId.TRACK_STOP, (client) => this.trackStop(client)],
      [16, ResponseId.GET_TYPE, (client) => client.respond([number(ResponseId.GET_TYPE, kind())])],
      [24, ResponseId.MODEL_GET_TYPE, (client, request) => this.modelGetType(client, request, kind())],
    ]);
  }

  /** Whether this node may serve. */
  get quorate(): boolean {
    return this.last.quorate;
  }

  /** The provider's last report; its members are none before the first. */
  get report(): QuorumReport {
    return this.last;
  }

  /** Called with every report of the provider. */
  onReport(listener: (report: QuorumReport) => void): void {
    this.listeners.push(listener);
  }

  /** The provider's word: at the end of each synchronization, and when quorum comes or goes between. */
  decide(report: QuorumReport): void {
    if (report.quorate !== this.last.quorate) {
      const text = report.quorate
        ? 'This node is within the primary component and will provide service.'
        : 'This node is within the non-primary component and will NOT provide any services.';
      this.logger.log('notice', text);
    }
    this.last = report;
    this.logList('Members', report.members);
    for (const listener of this.listeners) listener(report);
    for (const client of this.trackers) this.sendQuorum(client);
  }

  clientConnected(client: Client): void {
    this.sessions.set(client, { model: 0 });
  }

  clientDisconnected(client: Client): void {
    this.sessions.delete(client);
    this.trackers = this.trackers.filter((tracker) => tracker !== client);
  }

  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    this.syncRing = ringId;
    this.members = members;
    this.survivors = new Set(transitional.filter((node) => this.survivors.has(node)));
    this.left = this.completed.filter((node) => !this.survivors.has(node) || !members.includes(node));
    this.joined = members.filter((node) => !this.completed.includes(node) || this.left.includes(node));
    this.logList('Sync members', members);
    if (this.joined.length > 0) this.logList('Sync joined', this.joined);
    if (this.left.length > 0) this.logList('Sync left', this.left);
  }

  syncProcess(): boolean {
    return true;
  }

  syncActivate(): void {
    this.completed = this.members;
    this.survivors = new Set(this.members);
    for (const client of this.trackers) this.sendNodeList(client, this.joined, this.left);
  }

  syncAbort(): void {
    // Nothing was collected; syncInit begins anew.
  }

  dump(): unknown {
    return { ...this.last, provided: this.dependencies.provided, trackers: this.trackers.length };
  }

  private trackStart(client: Client, flags: number): void {
    if ((flags & (Track.CURRENT | Track.CHANGES)) !== 0) {
      this.sendNodeList(client, [], []);
      this.sendQuorum(client);
    }
    const tracking = this.trackers.includes(client);
    if (!tracking && (flags & (Track.CHANGES | Track.CHANGES_ONLY)) !== 0) this.trackers = [client, ...this.trackers];
    client.respond([response(ResponseId.TRACK_START, tracking ? CsErrorCode.ERR_EXIST : CsErrorCode.OK).bytes]);
  }

  private trackStop(client: Client): void {
    this.trackers = this.trackers.filter((tracker) => tracker !== client);
    client.respond([response(ResponseId.TRACK_STOP).bytes]);
  }

  private modelGetType(client: Client, request: MessageView, kind: number): void {
    const model = request.u32(16);
    const session = this.sessions.get(client);
    if (!session) return;
    if (model !== 0 && model !== 1) {
      client.respond([response(ResponseId.MODEL_GET_TYPE, CsErrorCode.ERR_INVALID_PARAM, 32).bytes]);
      return;
    }
    session.model = model;
    client.respond([number(ResponseId.MODEL_GET_TYPE, kind)]);
  }

  private sendQuorum(client: Client): void {
    const { quorate, members, ringId } = this.last;
    const size = 4 * members.length;
    const message =
      this.sessions.get(client)?.model === 1
        ? event(ResponseId.V1_QUORUM_EVENT, 56 + size)
            .u32(32, ringId.representative)
            .u64(40, ringId.seq)
            .u32(48, members.length)
            .u32s(52, members)
        : event(ResponseId.V0_QUORUM_EVENT, 48 + size)
            .u64(32, ringId.seq)
            .u32(40, members.length)
            .u32s(44, members);
    client.event([message.u32(24, Number(quorate)).bytes]);
  }

  /** Only clients of model 1 know this event. */
  private sendNodeList(client: Client, joined: readonly number[], left: readonly number[]): void {
    if (this.sessions.get(client)?.model !== 1) return;
    const nodes = [...this.members, ...joined, ...left];
    const message = event(ResponseId.V1_NODE_LIST_EVENT, 64 + 4 * nodes.length)
      .u32(24, this.syncRing.representative)
      .u64(32, this.syncRing.seq)
      .u32(40, this.members.length)
      .u32(48, joined.length)
      .u32(56, left.length)
      .u32s(60, nodes);
    client.event([message.bytes]);
  }

  private logList(what: string, nodes: readonly number[]): void {
    if (this.logger.enabled('notice')) this.logger.log('notice', `${what}[${nodes.length}]: ${nodes.join(' ')}`);
  }
}

function number(id: number, value: number): Uint8Array {
  return response(id, CsErrorCode.OK, 32).u32(24, value).bytes;
}

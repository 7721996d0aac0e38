import { CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler } from '../../host/service-engine.js';
import { requestHandlers } from '../handlers.js';
import type { Refusals } from '../handlers.js';
import type { Outbox } from '../outbox.js';
import { event, response, textAt } from '../packet.js';
import type { CfgDependencies } from './engine.js';
import { killNodeBody, REASON_ROOM, reloadBody, RingFn, shutdownBody } from './layouts.js';
import { ShutdownFlag, ShutdownQuestion } from './shutdown-question.js';
import type { Outcome } from './shutdown-question.js';

const { OK, ERR_TIMEOUT, ERR_ACCESS, ERR_BUSY, ERR_EXIST, ERR_NOT_EXIST, ERR_NOT_SUPPORTED } = CsErrorCode;

export const ResponseId = {
  RING_STATUS: 0,
  RING_RE_ENABLE: 1,
  TRACK_START: 2,
  TRACK_STOP: 3,
  KILL_NODE: 8,
  TRY_SHUTDOWN: 9,
  SHUTDOWN_EVENT: 10,
  NODE_ADDRESSES: 11,
  LOCAL_GET: 12,
  REPLY_TO_SHUTDOWN: 13,
  RELOAD: 14,
  REOPEN_LOGS: 15,
  NODE_STATUS: 16,
} as const;

/** Requests that wait for room on the ring: all but those that only read. */
export const FLOW_CONTROLLED: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 7, 10, 11]);

const RING_STATUS = 10272;
const RING_STATUS_NAMES = 32;
const RING_STATUS_NAME_ROOM = 128;
const RING_STATUS_TEXTS = 2080;
const ADDRESS_BYTES = 16;
const NODE_STATUS = 24 + 4176;
const LINK_ADDRESS_ROOM = 256;
const AF_INET = 2;
const AF_INET6 = 10;
const DEFAULT_SHUTDOWN_TIMEOUT_MS = 5000;

/** What clients may ask cfg for, by request id. */
export class CfgRequests {
  readonly handlers: readonly RequestHandler[];
  private readonly following = new Set<Client>();
  private readonly question: ShutdownQuestion;

  constructor(
    private readonly dependencies: CfgDependencies,
    private readonly outbox: Outbox,
    refusals: Refusals,
    /** The client's answer comes when its reload has come back through the ring and is done. */
    private readonly awaitReload: (client: Client) => void,
  ) {
    this.question = new ShutdownQuestion(dependencies.clock, (asker, outcome) => this.decided(asker, outcome));
    const status =
      (id: number, handle: (client: Client, request: MessageView) => number): RequestHandler =>
      (client, request) =>
        client.respond([response(id, handle(client, request)).bytes]);
    const { effects } = dependencies;
    this.handlers = requestHandlers(refusals, [
      [16, ResponseId.RING_STATUS, (client) => client.respond([this.ringStatus()])],
      [16, ResponseId.RING_RE_ENABLE, status(ResponseId.RING_RE_ENABLE, () => ERR_NOT_SUPPORTED)],
      [288, ResponseId.KILL_NODE, status(ResponseId.KILL_NODE, (_client, request) => this.killNode(request))],
      [24, ResponseId.TRY_SHUTDOWN, (client, request) => this.tryShutdown(client, request.u32(16))],
      [24, ResponseId.REPLY_TO_SHUTDOWN, (client, request) => this.replyToShutdown(client, request.u32(16) !== 0)],
      [24, ResponseId.NODE_ADDRESSES, (client, request) => client.respond([this.addresses(request.u32(16))])],
      [16, ResponseId.LOCAL_GET, (client) => client.respond([this.localGet()])],
      [16, ResponseId.RELOAD, (client) => this.reload(client)],
      [16, ResponseId.REOPEN_LOGS, status(ResponseId.REOPEN_LOGS, () => effects.reopenLogs())],
      [32, ResponseId.NODE_STATUS, (client, request) => client.respond([this.nodeStatus(request)])],
      [24, ResponseId.TRACK_START, status(ResponseId.TRACK_START, (client) => this.trackStart(client))],
      [16, ResponseId.TRACK_STOP, status(ResponseId.TRACK_STOP, (client) => this.trackStop(client))],
    ]);
  }

  get trackers(): number {
    return this.following.size;
  }

  disconnect(client: Client): void {
    this.following.delete(client);
    this.question.forget(client);
  }

  stop(): void {
    this.question.close();
  }

  private ringStatus(): Uint8Array {
    const { network, ring } = this.dependencies;
    const answer = response(ResponseId.RING_STATUS, OK, RING_STATUS);
    const link = network.linkOf(ring.nodeId);
    if (link) {
      answer
        .u32(24, 1)
        .text(RING_STATUS_NAMES, `0 ${link.address}`, RING_STATUS_NAME_ROOM - 1)
        .text(RING_STATUS_TEXTS, 'OK', 2);
    }
    return answer.bytes;
  }

  private killNode(request: MessageView): number {
    const nodeId = request.u32(16);
    const reason = textAt(request, 26, Math.min(request.u16(24), REASON_ROOM));
    if (this.dependencies.map.string(`runtime.members.${nodeId}.status`) !== 'joined') return ERR_NOT_EXIST;
    this.outbox.send(RingFn.KILL_NODE, killNodeBody(nodeId, reason));
    return OK;
  }

  private tryShutdown(client: Client, flags: number): void {
    const others = [...this.following].filter((other) => other !== client);
    if (flags !== ShutdownFlag.IMMEDIATE && this.question.asker) {
      client.respond([response(ResponseId.TRY_SHUTDOWN, ERR_EXIST).bytes]);
    } else if (flags === ShutdownFlag.IMMEDIATE || others.length === 0) {
      this.decided(client, { goes: true, timedOut: false });
    } else {
      const timeout = this.dependencies.map.u32('cfg.shutdown_timeout') ?? DEFAULT_SHUTDOWN_TIMEOUT_MS;
      this.question.ask(client, flags, others, timeout);
      for (const other of others) other.event([shutdownEvent(OK, flags)]);
    }
  }

  private decided(asker: Client, { goes, timedOut }: Outcome): void {
    const { flags } = this.question;
    asker.respond([response(ResponseId.TRY_SHUTDOWN, goes ? OK : ERR_BUSY).bytes]);
    if (goes) this.outbox.send(RingFn.SHUTDOWN, shutdownBody());
    if (timedOut) for (const client of this.following) client.event([shutdownEvent(ERR_TIMEOUT, flags)]);
  }

  private replyToShutdown(client: Client, agrees: boolean): void {
    const open = this.question.asker !== undefined;
    if (open) this.question.answer(client, agrees);
    client.respond([response(ResponseId.REPLY_TO_SHUTDOWN, open ? OK : ERR_ACCESS).bytes]);
  }

  private addresses(asked: number): Uint8Array {
    const { network, ring } = this.dependencies;
    const addresses = network.addressesOf(asked === 0 ? ring.nodeId : asked);
    if (!addresses || addresses.length === 0) return response(ResponseId.NODE_ADDRESSES, ERR_NOT_EXIST, 32).bytes;
    const answer = response(ResponseId.NODE_ADDRESSES, OK, 32 + ADDRESS_BYTES * addresses.length)
      .u32(24, addresses[0]!.length === 4 ? AF_INET : AF_INET6)
      .u32(28, addresses.length);
    addresses.forEach((address, index) => answer.put(32 + ADDRESS_BYTES * index, address));
    return answer.bytes;
  }

  private localGet(): Uint8Array {
    return response(ResponseId.LOCAL_GET, OK, 32).u32(24, this.dependencies.ring.nodeId).bytes;
  }

  private reload(client: Client): void {
    this.awaitReload(client);
    this.outbox.send(RingFn.RELOAD, reloadBody(this.dependencies.ring.nodeId, client.id));
  }

  /** Version 1 of a node's status; of its 8 links the first is used. */
  private nodeStatus(request: MessageView): Uint8Array {
    const nodeId = request.u32(16);
    if (request.u32(24) !== 1) return response(ResponseId.NODE_STATUS, ERR_NOT_SUPPORTED, 32).bytes;
    const answer = response(ResponseId.NODE_STATUS, OK, NODE_STATUS).u32(24, 1).u32(28, nodeId);
    const link = this.dependencies.network.linkOf(nodeId);
    if (link) {
      answer
        .u8(32, Number(link.reachable))
        .u8(40, Number(link.enabled))
        .u8(41, Number(link.reachable))
        .u32(44, link.mtu)
        .text(48, link.address, LINK_ADDRESS_ROOM - 1);
    }
    return answer.bytes;
  }

  private trackStart(client: Client): number {
    if (this.following.has(client)) return OK;
    this.following.add(client);
    if (this.question.asker) {
      this.question.alsoAsk(client);
      client.event([shutdownEvent(OK, this.question.flags)]);
    }
    return OK;
  }

  private trackStop(client: Client): number {
    this.following.delete(client);
    this.question.answer(client, true);
    return OK;
  }
}

function shutdownEvent(error: number, flags: number): Uint8Array {
  return event(ResponseId.SHUTDOWN_EVENT, 32).u32(16, error).u32(24, flags).bytes;
}

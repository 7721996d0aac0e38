import { CsErrorCode } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import type { Configuration, MessageReceiver, RingId } from '../../totem/ring.js';
import { Refusals, requestHandlers, ringHandlers } from '../handlers.js';
import { event, response } from '../packet.js';
import {
  checkRoom,
  CONFIGURATION_LIST_AT,
  ConfigurationKind,
  EVS_SERVICE_ID,
  EvsGuarantee,
  GROUP_BYTES,
  GROUP_LIMIT,
  groupName,
  GroupsAt,
  groupsAt,
  MEMBERSHIP_LIST_AT,
  RequestId,
  ResponseId,
  RingFn,
} from './layouts.js';

/** What the engine needs from its surroundings. */
export interface EvsDependencies {
  readonly ring: ServiceRing;
  readonly logger: Logger;
}

interface Session {
  readonly client: Client;
  readonly groups: Set<Group>;
  /** The message that this client has been given last, by number. */
  given: number;
  /** It has been told the configuration it came into. */
  told: boolean;
}

/** A group that clients of this node have joined. */
interface Group {
  readonly key: Uint8Array;
  /** The key as u32s, to be compared with a message in place. */
  readonly words: readonly number[];
  readonly sessions: Session[];
}

const KEY_WORDS = GROUP_BYTES / 4;
const nowhere: RingId = { representative: 0, seq: 0 };

/**
 * Extended virtual synchrony for clients (service 48): messages to any set of groups, in the one order of the ring, and
 * every change of the ring's configuration in its place of that order. Who is in a group is known on each node only: it
 * decides which clients there are given a message. So nothing is synchronized.
 */
export class EvsEngine implements ServiceEngine {
  readonly name = 'evs';
  readonly id = EVS_SERVICE_ID;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  readonly requests: readonly RequestHandler[];
  readonly flowControlled: ReadonlySet<number> = new Set([RequestId.MCAST]);
  readonly unanswered: ReadonlySet<number> = new Set([RequestId.MCAST]);
  private readonly ring: ServiceRing;
  private readonly refusals: Refusals;
  private readonly sessions = new Map<Client, Session>();
  private readonly groups: Group[] = [];
  /** The last regular one; undefined before the first. */
  private configuration: Configuration | undefined;
  private delivered = 0;
  /** Used again for each message: the head of its event, and the rest. */
  private readonly head = event(ResponseId.DELIVER_EVENT, GroupsAt.DELIVER_EVENT);
  private readonly parts: [Uint8Array, Uint8Array] = [this.head.bytes, new Uint8Array(0)];

  constructor({ ring, logger }: EvsDependencies) {
    this.ring = ring;
    this.refusals = new Refusals(logger);
    this.messages = ringHandlers(this.refusals, [
      [GroupsAt.RING_MCAST, (message, sender) => this.multicastDelivered(message, sender)],
    ]);
    this.requests = requestHandlers(this.refusals, [
      [GroupsAt.JOIN, ResponseId.JOIN, (client, request) => this.join(client, request)],
      [GroupsAt.JOIN, ResponseId.LEAVE, (client, request) => this.leave(client, request)],
      [GroupsAt.REQUEST_MCAST, undefined, (client, request) => this.multicast(client, request)],
      [16, ResponseId.MEMBERSHIP_GET, (client) => client.respond([this.membership()])],
    ]);
  }

  clientConnected(client: Client): void {
    this.sessions.set(client, { client, groups: new Set(), given: 0, told: false });
  }

  clientDisconnected(client: Client): void {
    const session = this.sessions.get(client);
    if (!session) return;
    for (const group of session.groups) this.remove(session, group);
    this.sessions.delete(client);
  }

  configurationChanged(configuration: Configuration): void {
    if (configuration.kind === 'regular') this.configuration = configuration;
    const message = configurationEvent(configuration);
    for (const client of this.sessions.keys()) client.event([message]);
  }

  /** Messages and requests refused as malformed since the start. */
  get refused(): number {
    return this.refusals.count;
  }

  dump(): unknown {
    return {
      groups: this.groups.map(({ key, sessions }) => ({ group: groupName(key), clients: sessions.length })),
      clients: this.sessions.size,
      delivered: this.delivered,
      refused: this.refusals.count,
    };
  }

  private join(client: Client, request: MessageView): void {
    const session = this.sessions.get(client);
    if (!session) return;
    const count = request.u32(16);
    if (count > GROUP_LIMIT) {
      client.respond([response(ResponseId.JOIN, CsErrorCode.ERR_TOO_MANY_GROUPS).bytes]);
      return;
    }
    for (const key of groupsAt(request, GroupsAt.JOIN, count)) {
      const group = this.find(key) ?? this.open(key);
      if (session.groups.has(group)) continue;
      session.groups.add(group);
      group.sessions.push(session);
    }
    if (!session.told && this.configuration) client.event([configurationEvent(this.configuration)]);
    session.told = true;
    client.respond([response(ResponseId.JOIN).bytes]);
  }

  /** All of them, or, if the client is not in one, none. */
  private leave(client: Client, request: MessageView): void {
    const session = this.sessions.get(client);
    if (!session) return;
    const left = groupsAt(request, GroupsAt.JOIN, request.u32(16)).map((key) => this.find(key));
    const joined = left.every((group) => group !== undefined && session.groups.has(group));
    if (joined) for (const group of new Set(left)) this.remove(session, group!);
    client.respond([response(ResponseId.LEAVE, joined ? CsErrorCode.OK : CsErrorCode.ERR_NOT_EXIST).bytes]);
  }

  /** What follows the guarantee is the message of the ring. */
  private multicast(client: Client, request: MessageView): void {
    checkRoom(request, GroupsAt.REQUEST_MCAST, request.u32(24), request.u32(28));
    const guarantee = request.u32(16) === EvsGuarantee.SAFE ? 1 : 0;
    if (!this.ring.multicast(RingFn.MCAST, [request.subarray(24, request.length - 24)], guarantee)) {
      this.refusals.note(`the ring took no message of process ${client.pid}, though it had room`);
    }
  }

  private membership(): Uint8Array {
    const { members, ringId } = this.configuration ?? { members: [], ringId: nowhere };
    return response(ResponseId.MEMBERSHIP_GET, CsErrorCode.OK, MEMBERSHIP_LIST_AT + 4 * members.length)
      .u32(24, this.ring.nodeId)
      .u32(32, ringId.representative)
      .u64(40, ringId.seq)
      .u32(48, members.length)
      .u32s(MEMBERSHIP_LIST_AT, members).bytes;
  }

  private multicastDelivered(message: MessageView, sender: number): void {
    const count = message.u32(16);
    const length = message.u32(20);
    checkRoom(message, GroupsAt.RING_MCAST, count, length);
    this.delivered++;
    const rest = GROUP_BYTES * count + length;
    this.head
      .u32(8, GroupsAt.DELIVER_EVENT + rest)
      .u32(24, sender)
      .u32(32, count)
      .u32(36, length);
    this.parts[1] = message.subarray(GroupsAt.RING_MCAST, rest);
    for (let i = 0; i < count; i++) this.deliver(message, GroupsAt.RING_MCAST + GROUP_BYTES * i);
  }

  /** Gives the message to who has joined the group at `at`, and was not given it for another of its groups. */
  private deliver(message: MessageView, at: number): void {
    for (const group of this.groups) {
      if (!isAt(message, at, group.words)) continue;
      for (const session of group.sessions) {
        if (session.given === this.delivered) continue;
        session.given = this.delivered;
        session.client.event(this.parts);
      }
      return;
    }
  }

  private find(key: Uint8Array): Group | undefined {
    return this.groups.find((group) => group.key.every((byte, i) => byte === key[i]));
  }

  private open(key: Uint8Array): Group {
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    const words = Array.from({ length: KEY_WORDS }, (_, i) => view.getUint32(4 * i, true));
    const group: Group = { key, words, sessions: [] };
    this.groups.push(group);
    return group;
  }

  private remove(session: Session, group: Group): void {
    session.groups.delete(group);
    group.sessions.splice(group.sessions.indexOf(session), 1);
    if (group.sessions.length === 0) this.groups.splice(this.groups.indexOf(group), 1);
  }
}

/** Whether the key is at `at`, byte by byte, whatever the sender's byte order. */
function isAt(message: MessageView, at: number, words: readonly number[]): boolean {
  for (let i = 0; i < KEY_WORDS; i++) {
    const word =
      message.u8(at + 4 * i) |
      (message.u8(at + 4 * i + 1) << 8) |
      (message.u8(at + 4 * i + 2) << 16) |
      (message.u8(at + 4 * i + 3) << 24);
    if (word >>> 0 !== words[i]) return false;
  }
  return true;
}

function configurationEvent({ kind, ringId, members, left, joined }: Configuration): Uint8Array {
  const nodes = [...members, ...left, ...joined];
  return event(ResponseId.CONFIGURATION_EVENT, CONFIGURATION_LIST_AT + 4 * nodes.length)
    .u32(24, kind === 'regular' ? ConfigurationKind.REGULAR : ConfigurationKind.TRANSITIONAL)
    .u32(32, ringId.representative)
    .u64(40, ringId.seq)
    .u32s(48, [members.length, left.length, joined.length])
    .u32s(CONFIGURATION_LIST_AT, nodes).bytes;
}

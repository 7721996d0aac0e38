import { CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceRing } from '../../host/service-engine.js';
import { Guarantee } from '../../totem/ring.js';
import { requestHandlers } from '../handlers.js';
import type { Refusals } from '../handlers.js';
import type { Outbox } from '../outbox.js';
import { response, RESPONSE_HEADER } from '../packet.js';
import { Iteration } from './iteration.js';
import {
  CpgGuarantee,
  FragmentType,
  FRAGMENT_LIMIT,
  IterationType,
  NAME_BYTES,
  NAME_LIMIT,
  nameAt,
  partialHead,
  processBody,
  Reason,
  RESPONSE_MEMBERS_LIMIT,
  ResponseId,
  RingFn,
  Size,
} from './layouts.js';
import type { Membership } from './membership.js';
import { keyOf } from './processes.js';
import type { Session } from './sessions.js';
import type { ZeroCopyBuffers } from './zero-copy.js';

const { OK, ERR_TRY_AGAIN, ERR_INVALID_PARAM, ERR_BUSY, ERR_NOT_EXIST, ERR_NAME_TOO_LONG, ERR_EXIST } = CsErrorCode;

/** What clients may ask CPG for, by request id. */
export class CpgRequests {
  readonly handlers: readonly RequestHandler[];
  private iterations = 0n;
  private readonly mcastParts: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];

  constructor(
    private readonly membership: Membership,
    private readonly ring: ServiceRing,
    private readonly outbox: Outbox,
    private readonly refusals: Refusals,
    /** Missing where no memory can be shared with clients. */
    private readonly buffers: ZeroCopyBuffers | undefined,
  ) {
    const answer =
      (id: number, handle: (session: Session, request: MessageView) => number): RequestHandler =>
      (client, request) => {
        const session = this.membership.session(client);
        if (session) client.respond([response(id, handle(session, request)).bytes]);
      };
    const withBuffers = (
      id: number,
      handle: (buffers: ZeroCopyBuffers, session: Session, request: MessageView) => number,
    ): RequestHandler =>
      answer(id, (session, request) =>
        this.buffers ? handle(this.buffers, session, request) : CsErrorCode.ERR_NOT_SUPPORTED,
      );
    this.handlers = requestHandlers(this.refusals, [
      [168, ResponseId.JOIN, answer(ResponseId.JOIN, (session, request) => this.join(session, request))],
      [160, ResponseId.LEAVE, answer(ResponseId.LEAVE, (session) => this.leave(session))],
      [Size.REQUEST_MCAST, undefined, (client, request) => this.multicast(client, request)],
      [152, ResponseId.MEMBERSHIP, (client, request) => this.members(client, request)],
      [16, ResponseId.LOCAL_GET, (client) => this.localNode(client)],
      [160, ResponseId.ITERATION_INITIALIZE, (client, request) => this.iterate(client, request)],
      [24, ResponseId.ITERATION_NEXT, (client, request) => this.next(client, request)],
      [
        24,
        ResponseId.ITERATION_FINALIZE,
        answer(ResponseId.ITERATION_FINALIZE, (session, request) =>
          session.iterations.delete(request.u64(16)) ? OK : CsErrorCode.ERR_LIBRARY,
        ),
      ],
      [16, ResponseId.FINALIZE, answer(ResponseId.FINALIZE, (session) => this.finalize(session))],
      [152, 0, withBuffers(0, (buffers, { client }, request) => buffers.allocate(client, request))],
      [32, 0, withBuffers(0, (buffers, { client }, request) => buffers.free(client, request))],
      [24, ResponseId.MCAST, withBuffers(ResponseId.MCAST, (...execute) => this.multicastBuffer(...execute))],
      [
        Size.REQUEST_PARTIAL_MCAST,
        ResponseId.PARTIAL_SEND,
        answer(ResponseId.PARTIAL_SEND, (session, request) => this.multicastFragment(session, request)),
      ],
    ]);
  }

  private join(session: Session, request: MessageView): number {
    const { table, sessions, nodeId } = this.membership;
    if (request.u32(16) > NAME_LIMIT) return ERR_NAME_TOO_LONG;
    const name = nameAt(request, 16);
    const key = keyOf(name);
    const pid = request.u32(152);
    const flags = request.u32(160);
    if (sessions.some((other) => other.group?.key === key && other.pid === pid)) return ERR_EXIST;
    const known = table.find(request, 16);
    if (known && table.lookup(known, nodeId, pid)) return ERR_TRY_AGAIN;
    if (session.state === 'leave started') return ERR_BUSY;
    if (session.state !== 'unjoined') return ERR_EXIST;
    const group = table.open(name);
    if (!this.send(RingFn.PROCJOIN, processBody(group.field, pid, Reason.JOIN))) {
      table.close(group);
      return ERR_TRY_AGAIN;
    }
    session.enter(group, pid, flags, nodeId);
    return OK;
  }

  /** Leaves the group the connection is in; the name in the request, which could be another's, is not used. */
  private leave(session: Session): number {
    const { state, group, pid } = session;
    if (state === 'join started') return ERR_BUSY;
    if (state !== 'join completed' || !group) return ERR_NOT_EXIST;
    if (!this.send(RingFn.PROCLEAVE, processBody(group.field, pid, Reason.LEAVE))) return ERR_TRY_AGAIN;
    session.state = 'leave started';
    return OK;
  }

  /** The client may write the request anew meanwhile: each field is read once. */
  private multicast(client: Client, request: MessageView): void {
    const session = this.membership.session(client);
    if (!session) return;
    const length = request.u32(32);
    const guarantee = request.u32(24);
    if (length > FRAGMENT_LIMIT || length > request.length - Size.REQUEST_MCAST) {
      this.refusals.note(`process ${client.pid} multicast ${length} bytes in a request of ${request.length}`);
      return;
    }
    if (!session.mayMulticast) {
      this.refusals.note(`process ${client.pid} multicast without being in a group`);
      return;
    }
    const data = request.subarray(Size.REQUEST_MCAST, length);
    if (this.multicastData(session, data, guarantee)) return;
    this.refusals.note(`the host showed a multicast of process ${client.pid} without room on the ring`);
  }

  private multicastData(session: Session, data: Uint8Array, guarantee: number): boolean {
    const head = session.multicastHead;
    const { length } = data;
    head[136] = length;
    head[137] = length >>> 8;
    head[138] = length >>> 16;
    head[139] = length >>> 24;
    this.mcastParts[0] = head;
    this.mcastParts[1] = data;
    return this.ring.multicast(RingFn.MCAST, this.mcastParts, ringGuarantee(guarantee));
  }

  /** A message that lies in a zero-copy buffer. */
  private multicastBuffer(buffers: ZeroCopyBuffers, session: Session, request: MessageView): number {
    if (!session.mayMulticast) return ERR_NOT_EXIST;
    const message = buffers.message(session.client, request);
    if (typeof message === 'number') return message;
    return this.multicastData(session, message.data, message.guarantee) ? OK : ERR_TRY_AGAIN;
  }

  /** As `multicast`: each field is read once. */
  private multicastFragment(session: Session, request: MessageView): number {
    const type = request.u32(48);
    const fragment = { messageLength: request.u32(32), length: request.u32(40), type };
    if (fragment.length > FRAGMENT_LIMIT) return ERR_INVALID_PARAM;
    const data = request.subarray(Size.REQUEST_PARTIAL_MCAST, fragment.length);
    if (type === FragmentType.FIRST) session.transitionsAtFirstFragment = session.transitions;
    // Members that joined meanwhile have not got the first fragments: the client has to begin again.
    if (session.transitions !== session.transitionsAtFirstFragment) return CsErrorCode.ERR_INTERRUPT;
    const { group } = session;
    if (!session.mayMulticast || !group) return ERR_NOT_EXIST;
    const head = partialHead(group.field, session.pid, this.membership.nodeId, session.client.id, fragment);
    if (this.ring.synchronizing) return ERR_TRY_AGAIN;
    const taken = this.ring.multicast(RingFn.PARTIAL_MCAST, [head, data], ringGuarantee(request.u32(24)));
    return taken ? OK : ERR_TRY_AGAIN;
  }

  private members(client: Client, request: MessageView): void {
    const group = this.membership.table.find(request, 16);
    const members = group?.processes.slice(0, RESPONSE_MEMBERS_LIMIT) ?? [];
    const answer = response(ResponseId.MEMBERSHIP, OK, 32 + Size.ADDRESS * RESPONSE_MEMBERS_LIMIT).u32(
      24,
      members.length,
    );
    members.forEach(({ nodeId, pid }, index) => {
      const at = 32 + Size.ADDRESS * index;
      answer.u32(at, nodeId).u32(at + 8, pid);
    });
    client.respond([answer.bytes]);
  }

  private localNode(client: Client): void {
    client.respond([response(ResponseId.LOCAL_GET, OK, 32).u32(24, this.membership.nodeId).bytes]);
  }

  private iterate(client: Client, request: MessageView): void {
    const session = this.membership.session(client);
    if (!session) return;
    const type = request.u32(152);
    const known = type === IterationType.NAMES || type === IterationType.ONE_GROUP || type === IterationType.ALL;
    const answer = response(ResponseId.ITERATION_INITIALIZE, known ? OK : ERR_INVALID_PARAM, 32);
    if (known) {
      const only = type === IterationType.ONE_GROUP ? this.membership.table.find(request, 16) : undefined;
      const handle = ++this.iterations;
      session.iterations.set(handle, Iteration.over(this.membership.table.all, type, only));
      answer.u64(24, handle);
    }
    client.respond([answer.bytes]);
  }

  private next(client: Client, request: MessageView): void {
    const iteration = this.membership.session(client)?.iterations.get(request.u64(16));
    const entry = iteration?.next();
    const error = !iteration ? CsErrorCode.ERR_LIBRARY : !entry ? CsErrorCode.ERR_NO_SECTIONS : OK;
    const answer = response(ResponseId.ITERATION_NEXT, error, RESPONSE_HEADER + NAME_BYTES + 8);
    if (entry) answer.put(24, entry.group.field).u32(160, entry.nodeId).u32(164, entry.pid);
    client.respond([answer.bytes]);
  }

  private finalize(session: Session): number {
    this.membership.unlist(session);
    return OK;
  }

  /** Joins and leaves keep behind the leaves of ended connections that still wait: the same process may join again. */
  private send(fn: number, body: Uint8Array): boolean {
    return this.outbox.clear && this.ring.multicast(fn, [body]);
  }
}

function ringGuarantee(guarantee: number): Guarantee {
  return guarantee === CpgGuarantee.SAFE ? Guarantee.SAFE : Guarantee.AGREED;
}

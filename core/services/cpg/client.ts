import { CsError, CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import { Packet, request } from '../packet.js';
import { reasonOf } from '../event-stream.js';
import { abortable, ServiceClient } from '../service-client.js';
import type { Awaited, CallOptions, ServiceClientOptions } from '../service-client.js';
import { readEvent } from './client-events.js';
import type { CpgEvent, CpgFragmentEvent, CpgMember, CpgMembershipEvent } from './client-events.js';
import {
  CpgGuarantee,
  DELIVER_INITIAL_TOTEM_CONFIGURATION,
  FragmentType,
  FRAGMENT_LIMIT,
  IterationType,
  NAME_LIMIT,
  nameAt,
  nameField,
  RequestId,
  Size,
} from './layouts.js';
import { Reassembly } from './reassembly.js';

export type * from './client-events.js';

/** What a client of CPG says about itself and needs. */
export interface CpgClientOptions extends ServiceClientOptions {
  /** The process id the group knows this client by: with the node id and the group it names a member. */
  readonly pid: number;
  /** Also tell of the ring's membership at the join; later changes are told anyway. */
  readonly ringAtJoin?: boolean;
}

/** A group's name: text stands for its UTF-8 bytes. At most 128 bytes. */
export type GroupName = string | Uint8Array;

/** How a message is sent. */
export interface MulticastOptions extends CallOptions {
  /** Delivered only when every member of the ring is known to have it. */
  readonly safe?: boolean;
}

/** A group with its processes. */
export interface CpgGroup {
  readonly name: Uint8Array;
  readonly members: readonly CpgMember[];
}

const encoder = new TextEncoder();

/**
 * A client of the closed process groups, over any connection to the service. One client is in one group at most.
 *
 * Whatever the service refuses is a rejected promise with a CsError. A service that is busy, because a ring forms or its
 * queues are full, is waited for: a promise then takes longer, and no message is lost.
 */
export class CpgClient extends ServiceClient<CpgEvent> {
  protected readonly hints = hints;
  private readonly reassembly = new Reassembly();
  /** Multicasts in the order they were asked for, while one has to wait. */
  private sending: Promise<void> | undefined;
  private scratch = new Packet(4096);
  private joining: Awaited<CpgMembershipEvent> | undefined;
  private leaving: Awaited<CpgMembershipEvent> | undefined;
  /** From the service's consent to a join until its consent to the leave: it takes multicasts. */
  private member = false;
  /** Its leave has come: the service goes on telling of the group, which concerns it no more. */
  private left = false;
  private group: Uint8Array = new Uint8Array(0);
  private nodeId: number | undefined;

  constructor(
    connection: ServiceConnection,
    private readonly options: CpgClientOptions,
  ) {
    super(connection, options);
  }

  /**
   * Joins a group, and resolves with its membership at the point of the order where this member joined.
   * Rejects with ERR_EXIST if this client is or was in a group, or another of the same pid is; ERR_NAME_TOO_LONG.
   */
  async join(group: GroupName, options?: CallOptions): Promise<CpgMembershipEvent> {
    const name = nameOf(group);
    if (this.left) throw this.refusal(CsErrorCode.ERR_EXIST, 'join a group after leaving one');
    this.nodeId ??= await this.localNode();
    const joining = this.await<CpgMembershipEvent>();
    this.joining = joining;
    const message = request(RequestId.JOIN, 168)
      .put(16, nameField(name))
      .u32(152, this.options.pid)
      .u32(160, this.options.ringAtJoin ? DELIVER_INITIAL_TOTEM_CONFIGURATION : 0);
    joining.promise.catch(() => undefined);
    try {
      this.check(await this.untilNotBusy(message.bytes, BUSY, options), 'join the group');
      this.member = true;
      this.group = name;
    } catch (thrown) {
      joining.cancel();
      throw thrown;
    }
    return joining.promise;
  }

  /** Leaves the group; resolves when this member's leave has come in the order. Messages sent before come before it. */
  async leave(options?: CallOptions): Promise<void> {
    await this.sending;
    const leaving = this.await<CpgMembershipEvent>();
    this.leaving = leaving;
    leaving.promise.catch(() => undefined);
    try {
      // Corosync takes the group from the request, not from what it knows of the connection.
      const message = request(RequestId.LEAVE, 160).put(16, nameField(this.group)).u32(152, this.options.pid);
      this.check(await this.untilNotBusy(message.bytes, BUSY, options), 'leave the group');
      this.member = false;
    } catch (thrown) {
      leaving.cancel();
      throw thrown;
    }
    await leaving.promise;
  }

  /**
   * Sends a message to all members of the group, this one included. Resolves when the service has taken it; messages are
   * taken in the order of the calls. The bytes may not be changed before that. Any size: a message over 1047552 bytes
   * goes in fragments, from the start again if the group changes meanwhile.
   * Rejects with ERR_NOT_EXIST if this client is in no group.
   */
  multicast(data: Uint8Array, options: MulticastOptions = {}): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (!this.member) return Promise.reject(this.refusal(CsErrorCode.ERR_NOT_EXIST, 'multicast'));
    const guarantee = options.safe ? CpgGuarantee.SAFE : CpgGuarantee.AGREED;
    try {
      if (!this.sending && data.length <= FRAGMENT_LIMIT && this.trySend(data, guarantee)) return Promise.resolve();
    } catch (thrown) {
      return Promise.reject(thrown as Error);
    }
    const sent = (this.sending ?? Promise.resolve()).then(() => {
      if (options.signal?.aborted) throw reasonOf(options.signal);
      if (data.length <= FRAGMENT_LIMIT) return this.sendWhenWritable(data, guarantee, options.signal);
      return this.sendFragments(data, guarantee, options);
    });
    const settled = sent
      .catch(() => undefined)
      .then(() => {
        if (this.sending === settled) this.sending = undefined;
      });
    this.sending = settled;
    return sent;
  }

  /** The members of any group, now. */
  async members(group: GroupName): Promise<CpgMember[]> {
    const message = request(RequestId.MEMBERSHIP, 152).put(16, nameField(nameOf(group)));
    const answer = await this.ask(message.bytes, 'read the members');
    return Array.from({ length: answer.u32(24) }, (_, i) => ({
      nodeId: answer.u32(32 + Size.ADDRESS * i),
      pid: answer.u32(40 + Size.ADDRESS * i),
    }));
  }

  /** All groups of the cluster with their members, now. */
  async groups(): Promise<CpgGroup[]> {
    const start = request(RequestId.ITERATION_INITIALIZE, 160).u32(152, IterationType.ALL);
    const handle = (await this.ask(start.bytes, 'iterate')).u64(24);
    const groups: { name: Uint8Array; members: CpgMember[] }[] = [];
    try {
      for (;;) {
        const answer = await this.tell(request(RequestId.ITERATION_NEXT, 24).u64(16, handle).bytes);
        if (answer.i32(16) === CsErrorCode.ERR_NO_SECTIONS) return groups;
        this.check(answer, 'iterate');
        const name = nameAt(answer, 24);
        const last = groups.at(-1);
        const group = last && sameName(last.name, name) ? last : { name, members: [] };
        if (group !== last) groups.push(group);
        group.members.push({ nodeId: answer.u32(160), pid: answer.u32(164) });
      }
    } finally {
      await this.tell(request(RequestId.ITERATION_FINALIZE, 24).u64(16, handle).bytes);
    }
  }

  /** The id of the node this client is connected to. */
  async localNode(): Promise<number> {
    return (await this.ask(request(RequestId.LOCAL_GET).bytes, 'read the node id')).u32(24);
  }

  private trySend(data: Uint8Array, guarantee: number): boolean {
    const size = Size.REQUEST_MCAST + data.length;
    if (this.scratch.bytes.length < size) this.scratch = new Packet(2 * size);
    const message = this.scratch.u32(0, RequestId.MCAST).u32(8, size).u32(24, guarantee).u32(32, data.length);
    message.put(Size.REQUEST_MCAST, data);
    try {
      this.connection.send(message.bytes.subarray(0, size));
      return true;
    } catch (thrown) {
      if (thrown instanceof CsError && thrown.code === CsErrorCode.ERR_TRY_AGAIN) return false;
      throw thrown;
    }
  }

  private async sendWhenWritable(data: Uint8Array, guarantee: number, signal?: AbortSignal): Promise<void> {
    while (!this.trySend(data, guarantee)) await abortable(this.connection.writable(), signal);
  }

  private async sendFragments(data: Uint8Array, guarantee: number, options: CallOptions): Promise<void> {
    for (let start = 0; start < data.length;) {
      const fragment = data.subarray(start, start + FRAGMENT_LIMIT);
      const end = start + fragment.length;
      const type = start === 0 ? FragmentType.FIRST : end === data.length ? FragmentType.LAST : FragmentType.MIDDLE;
      const message = request(RequestId.PARTIAL_MCAST, Size.REQUEST_PARTIAL_MCAST + fragment.length)
        .u32(24, guarantee)
        .u32(32, data.length)
        .u32(40, fragment.length)
        .u32(48, type)
        .put(Size.REQUEST_PARTIAL_MCAST, fragment);
      const answer = await this.untilNotBusy(message.bytes, BUSY, options);
      if (answer.i32(16) === CsErrorCode.ERR_INTERRUPT) {
        start = 0;
        continue;
      }
      this.check(answer, 'multicast');
      start = end;
    }
  }

  /** A whole message of fragments is an event too; a change of the membership is told before it is acted upon. */
  protected read(message: MessageView): CpgEvent | undefined {
    const event = readEvent(message.bytes);
    if (this.left && event?.kind !== 'ring') return undefined;
    return event?.kind === 'fragment' ? this.assemble(event) : event;
  }

  protected override emit(event: CpgEvent): void {
    super.emit(event);
    if (event.kind === 'membership') this.membershipChanged(event);
  }

  private assemble(fragment: CpgFragmentEvent): CpgEvent | undefined {
    const data = this.reassembly.add(fragment);
    return data && { kind: 'message', sender: { nodeId: fragment.nodeId, pid: fragment.pid }, data };
  }

  /** The first change a connection is told of is its own join: it is told of none before. */
  private membershipChanged(event: CpgMembershipEvent): void {
    for (const { nodeId, pid } of event.left) this.reassembly.drop(nodeId, pid);
    this.joining?.resolve(event);
    const { pid } = this.options;
    if (!event.left.some((gone) => gone.nodeId === this.nodeId && gone.pid === pid)) return;
    this.left = true;
    this.leaving?.resolve(event);
  }
}

function nameOf(group: GroupName): Uint8Array {
  const name = typeof group === 'string' ? encoder.encode(group) : group;
  if (name.length > NAME_LIMIT) {
    throw new CsError('ERR_NAME_TOO_LONG', `the group's name has ${name.length} bytes: use at most ${NAME_LIMIT}.`);
  }
  return name;
}

function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A join or a leave also waits while the one before it is on its way. */
const BUSY = [CsErrorCode.ERR_TRY_AGAIN, CsErrorCode.ERR_BUSY];

const hints = new Map<number, string>([
  [CsErrorCode.ERR_NOT_EXIST, ': this client is in no group; join first.'],
  [
    CsErrorCode.ERR_EXIST,
    ': a connection joins one group in its life, a process each group once; open another client.',
  ],
  [CsErrorCode.ERR_NAME_TOO_LONG, ': use a name of at most 128 bytes.'],
  [CsErrorCode.ERR_INVALID_PARAM, ': check the size of the message and the name.'],
]);

import type { Clock } from '../../base/clock.js';
import { CsError, CsErrorCode } from '../../base/errors.js';
import { MessageView } from '../../base/message-view.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import { Packet, request, RESPONSE_HEADER } from '../packet.js';
import { readEvent } from './client-events.js';
import type { CpgEvent, CpgFragmentEvent, CpgMember, CpgMembershipEvent } from './client-events.js';
import { EventStream } from './event-stream.js';
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
export interface CpgClientOptions {
  /** The process id the group knows this client by: with the node id and the group it names a member. */
  readonly pid: number;
  /** What waiting for a busy service is measured by. */
  readonly clock: Clock;
  /** Also tell of the ring's membership at the join; later changes are told anyway. */
  readonly ringAtJoin?: boolean;
}

/** A group's name: text stands for its UTF-8 bytes. At most 128 bytes. */
export type GroupName = string | Uint8Array;

/** How a message is sent. */
export interface MulticastOptions {
  /** Delivered only when every member of the ring is known to have it. */
  readonly safe?: boolean;
}

/** A group with its processes. */
export interface CpgGroup {
  readonly name: Uint8Array;
  readonly members: readonly CpgMember[];
}

/** Waits between tries at a busy service: the first and the longest, in milliseconds. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;

const encoder = new TextEncoder();

/**
 * A client of the closed process groups, over any connection to the service. One client is in one group at most.
 *
 * Whatever the service refuses is a rejected promise with a CsError. A service that is busy, because a ring forms or its
 * queues are full, is waited for: a promise then takes longer, and no message is lost.
 */
export class CpgClient {
  private readonly reassembly = new Reassembly();
  private readonly streams = new Set<EventStream>();
  private listener: ((event: CpgEvent) => void) | undefined;
  /** Multicasts in the order they were asked for, while one has to wait. */
  private sending: Promise<void> | undefined;
  private scratch = new Packet(4096);
  private joining: ((event: CpgMembershipEvent) => void) | undefined;
  private leaving: ((event: CpgMembershipEvent) => void) | undefined;
  /** From the service's consent to a join until its consent to the leave: it takes multicasts. */
  private member = false;
  private nodeId: number | undefined;
  private failure: Error | undefined;
  private failed: ((error: Error) => void)[] = [];

  constructor(
    private readonly connection: ServiceConnection,
    private readonly options: CpgClientOptions,
  ) {
    connection.onEvent((message) => this.received(message));
    connection.onClose((reason) => this.ended(reason));
  }

  /**
   * Joins a group, and resolves with its membership at the point of the order where this member joined.
   * Rejects with ERR_EXIST if this client, or another of the same pid, is in a group; ERR_NAME_TOO_LONG.
   */
  async join(group: GroupName): Promise<CpgMembershipEvent> {
    const name = nameOf(group);
    this.nodeId ??= await this.localNode();
    const joined = this.until<CpgMembershipEvent>((resolve) => (this.joining = resolve));
    const message = request(RequestId.JOIN, 168)
      .put(16, nameField(name))
      .u32(152, this.options.pid)
      .u32(160, this.options.ringAtJoin ? DELIVER_INITIAL_TOTEM_CONFIGURATION : 0);
    try {
      await this.ask(message.bytes, 'join the group');
      this.member = true;
    } catch (thrown) {
      this.joining = undefined;
      joined.catch(() => undefined);
      throw thrown;
    }
    return joined;
  }

  /** Leaves the group; resolves when this member's leave has come in the order. Messages sent before come before it. */
  async leave(): Promise<void> {
    await this.sending;
    const left = this.until<CpgMembershipEvent>((resolve) => (this.leaving = resolve));
    try {
      await this.ask(request(RequestId.LEAVE, 160).u32(152, this.options.pid).bytes, 'leave the group');
      this.member = false;
    } catch (thrown) {
      this.leaving = undefined;
      left.catch(() => undefined);
      throw thrown;
    }
    await left;
  }

  /**
   * Sends a message to all members of the group, this one included. Resolves when the service has taken it; messages are
   * taken in the order of the calls. The bytes may not be changed before that. Any size: a message over 1047552 bytes
   * goes in fragments, from the start again if the group changes meanwhile.
   * Rejects with ERR_NOT_EXIST if this client is in no group.
   */
  multicast(data: Uint8Array, options: MulticastOptions = {}): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (!this.member) return Promise.reject(refusal(CsErrorCode.ERR_NOT_EXIST, 'multicast'));
    const guarantee = options.safe ? CpgGuarantee.SAFE : CpgGuarantee.AGREED;
    try {
      if (!this.sending && data.length <= FRAGMENT_LIMIT && this.trySend(data, guarantee)) return Promise.resolve();
    } catch (thrown) {
      return Promise.reject(thrown as Error);
    }
    const sent = (this.sending ?? Promise.resolve()).then(() =>
      data.length <= FRAGMENT_LIMIT ? this.sendWhenWritable(data, guarantee) : this.sendFragments(data, guarantee),
    );
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
        check(answer, 'iterate');
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

  /** Calls `listener` for each event, in the order of the group. One listener; another replaces it. */
  listen(listener: (event: CpgEvent) => void): void {
    this.listener = listener;
  }

  /** The events from now on, for `for await`. Ends with the connection; an error if that ended by itself. */
  events(): AsyncIterableIterator<CpgEvent> {
    const stream = new EventStream((ended) => this.streams.delete(ended));
    if (this.failure) stream.end();
    else this.streams.add(stream);
    return stream;
  }

  /** Ends the connection: a member that has not left leaves with the reason "process down". */
  close(): void {
    this.connection.close();
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

  private async sendWhenWritable(data: Uint8Array, guarantee: number): Promise<void> {
    while (!this.trySend(data, guarantee)) await this.connection.writable();
  }

  private async sendFragments(data: Uint8Array, guarantee: number): Promise<void> {
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
      const answer = await this.untilNotBusy(message.bytes);
      if (answer.i32(16) === CsErrorCode.ERR_INTERRUPT) {
        start = 0;
        continue;
      }
      check(answer, 'multicast');
      start = end;
    }
  }

  /** Asks, waits while the service is busy, and gives the answer if it is OK. */
  private async ask(message: Uint8Array, what: string): Promise<MessageView> {
    return check(await this.untilNotBusy(message), what);
  }

  private async untilNotBusy(message: Uint8Array): Promise<MessageView> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const answer = await this.tell(message);
      const error = answer.i32(16);
      if (error !== CsErrorCode.ERR_TRY_AGAIN && error !== CsErrorCode.ERR_BUSY) return answer;
      await new Promise<void>((resolve) => this.options.clock.timer(resolve).start(wait));
    }
  }

  private async tell(message: Uint8Array): Promise<MessageView> {
    const answer = MessageView.over(await this.connection.request(message));
    if (answer.length < RESPONSE_HEADER) throw new CsError('ERR_MESSAGE_ERROR', 'the answer is not whole.');
    return answer;
  }

  /** A promise that also ends when the connection does. */
  private until<T>(arm: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      this.failed.push(reject);
      arm((value) => {
        this.failed = this.failed.filter((other) => other !== reject);
        resolve(value);
      });
    });
  }

  private received(bytes: Uint8Array): void {
    const event = readEvent(bytes);
    if (!event) return;
    const whole = event.kind === 'fragment' ? this.assemble(event) : event;
    if (whole) this.tellEveryone(whole);
    if (whole?.kind === 'membership') this.membershipChanged(whole);
  }

  private assemble(fragment: CpgFragmentEvent): CpgEvent | undefined {
    const data = this.reassembly.add(fragment);
    return data && { kind: 'message', sender: { nodeId: fragment.nodeId, pid: fragment.pid }, data };
  }

  private tellEveryone(event: CpgEvent): void {
    for (const stream of [...this.streams]) stream.push(event);
    this.listener?.(event);
  }

  /** The first change a connection is told of is its own join: it is told of none before. */
  private membershipChanged(event: CpgMembershipEvent): void {
    for (const { nodeId, pid } of event.left) this.reassembly.drop(nodeId, pid);
    const { joining, leaving } = this;
    if (joining) {
      this.joining = undefined;
      joining(event);
    }
    const { pid } = this.options;
    if (leaving && event.left.some((gone) => gone.nodeId === this.nodeId && gone.pid === pid)) {
      this.leaving = undefined;
      leaving(event);
    }
  }

  private ended(reason?: Error): void {
    this.failure = reason ?? new CsError('ERR_LIBRARY', 'the connection has ended: connect again.');
    for (const stream of this.streams) stream.end(reason);
    this.streams.clear();
    for (const reject of this.failed.splice(0)) reject(this.failure);
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

function check(answer: MessageView, what: string): MessageView {
  const error = answer.i32(16);
  if (error === CsErrorCode.OK) return answer;
  throw refusal(error, what);
}

function refusal(error: number, what: string): CsError {
  return new CsError(error, `the service would not ${what}${hints.get(error) ?? '.'}`);
}

const hints = new Map<number, string>([
  [CsErrorCode.ERR_NOT_EXIST, ': this client is in no group; join first.'],
  [CsErrorCode.ERR_EXIST, ': this process is in a group already; leave it first, or use another connection.'],
  [CsErrorCode.ERR_NAME_TOO_LONG, ': use a name of at most 128 bytes.'],
  [CsErrorCode.ERR_INVALID_PARAM, ': check the size of the message and the name.'],
]);

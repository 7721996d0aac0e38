import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import { event, ringMessage } from '../packet.js';

/*
 * Sizes, offsets and numbers of CPG's messages, on the ring and towards clients. Offsets include the header.
 */

/** A group's name in a message: u32 length, then up to 128 bytes from 8. */
export const NAME_BYTES = 136;
export const NAME_LIMIT = 128;
/** Most members, joined or left processes that a client's library takes in one event. */
export const EVENT_MEMBERS_LIMIT = 128;
/** Most entries of a membership response. */
export const RESPONSE_MEMBERS_LIMIT = 384;
/** Largest message (or fragment of one) in one request. */
export const FRAGMENT_LIMIT = 1048576 - 1024;

/** The functions of CPG's messages on the ring. */
export const RingFn = {
  PROCJOIN: 0,
  PROCLEAVE: 1,
  JOINLIST: 2,
  MCAST: 3,
  DOWNLIST_OLD: 4,
  DOWNLIST: 5,
  PARTIAL_MCAST: 6,
} as const;

/** Ids of a client's requests. */
export const RequestId = {
  JOIN: 0,
  LEAVE: 1,
  MCAST: 2,
  MEMBERSHIP: 3,
  LOCAL_GET: 4,
  ITERATION_INITIALIZE: 5,
  ITERATION_NEXT: 6,
  ITERATION_FINALIZE: 7,
  FINALIZE: 8,
  ZERO_COPY_ALLOCATE: 9,
  ZERO_COPY_FREE: 10,
  ZERO_COPY_EXECUTE: 11,
  PARTIAL_MCAST: 12,
} as const;

/** Ids of responses and events. */
export const ResponseId = {
  JOIN: 0,
  LEAVE: 1,
  MCAST: 2,
  MEMBERSHIP: 3,
  CONFCHG_EVENT: 4,
  DELIVER_EVENT: 5,
  LOCAL_GET: 7,
  ITERATION_INITIALIZE: 9,
  ITERATION_NEXT: 10,
  ITERATION_FINALIZE: 11,
  FINALIZE: 12,
  TOTEM_CONFCHG_EVENT: 13,
  PARTIAL_DELIVER_EVENT: 17,
  PARTIAL_SEND: 18,
} as const;

/** cpg_guarantee_t: the numbers of a request to multicast. Corosync treats all alike; here SAFE is safe. */
export const CpgGuarantee = { UNORDERED: 0, FIFO: 1, AGREED: 2, SAFE: 3 } as const;

/** cpg_reason_t: why a process came or went. */
export const Reason = { UNDEFINED: 0, JOIN: 1, LEAVE: 2, NODE_DOWN: 3, NODE_UP: 4, PROCESS_DOWN: 5 } as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** Where a fragment stands in its message. */
export const FragmentType = { FIRST: 1, MIDDLE: 2, LAST: 3 } as const;

/** What an iteration shows (cpg_iteration_type_t). */
export const IterationType = { NAMES: 1, ONE_GROUP: 2, ALL: 3 } as const;

/** Flag of a join: send the current totem membership after the first event. */
export const DELIVER_INITIAL_TOTEM_CONFIGURATION = 1;

/** Sizes of messages without their variable part. */
export const Size = {
  PROCESS: 168,
  JOINLIST: 24,
  JOINLIST_ENTRY: 144,
  MCAST: 184,
  PARTIAL_MCAST: 200,
  DOWNLIST: 1568,
  REQUEST_MCAST: 40,
  REQUEST_PARTIAL_MCAST: 56,
  DELIVER_EVENT: 184,
  PARTIAL_DELIVER_EVENT: 200,
  CONFCHG_EVENT: 184,
  ADDRESS: 24,
  TOTEM_CONFCHG_EVENT: 48,
} as const;

/** A process in an event. */
export interface Address {
  readonly nodeId: number;
  readonly pid: number;
  readonly reason: number;
}

/** The name field at `at`, checked: a copy of its bytes. */
export function nameAt(message: MessageView, at: number): Uint8Array {
  const length = message.u32(at);
  if (length > NAME_LIMIT) throw new MalformedMessage(`a group's name has ${length} bytes, ${NAME_LIMIT} are its most`);
  message.u8(at + NAME_BYTES - 1);
  return message.copy(at + 8, length);
}

/** A group's name as it stands in messages. */
export function nameField(name: Uint8Array): Uint8Array {
  const field = new Uint8Array(NAME_BYTES);
  field[0] = name.length;
  field.set(name, 8);
  return field;
}

/** Body of PROCJOIN and PROCLEAVE; `name` is a name field. */
export function processBody(name: Uint8Array, pid: number, reason: number): Uint8Array {
  return ringMessage(Size.PROCESS).put(16, name).u32(152, pid).u32(160, reason).body;
}

/** Body of DOWNLIST: always of full size. `left` beyond 384 cannot be: a ring has no more members. */
export function downlistBody(oldMembers: number, left: readonly number[]): Uint8Array {
  return ringMessage(Size.DOWNLIST).u32(16, oldMembers).u32(24, left.length).u32s(32, left).body;
}

/** Body of JOINLIST: after the 24-byte header one entry a process. */
export function joinlistBody(processes: readonly { readonly pid: number; readonly name: Uint8Array }[]): Uint8Array {
  const message = ringMessage(Size.JOINLIST + Size.JOINLIST_ENTRY * processes.length);
  processes.forEach(({ pid, name }, index) => {
    const at = Size.JOINLIST + Size.JOINLIST_ENTRY * index;
    message.u32(at, pid).put(at + 8, name);
  });
  return message.body;
}

/** What of MCAST stands before the data; the length is written for each message (u32 at 152 - 16). */
export function multicastHead(name: Uint8Array, pid: number, nodeId: number, connection: number): Uint8Array {
  return ringMessage(Size.MCAST).put(16, name).u32(160, pid).u32(168, nodeId).u64(176, connection).body;
}

/** What of PARTIAL MCAST stands before the data. */
export function partialHead(
  name: Uint8Array,
  pid: number,
  nodeId: number,
  connection: number,
  fragment: { readonly messageLength: number; readonly length: number; readonly type: number },
): Uint8Array {
  return ringMessage(Size.PARTIAL_MCAST)
    .put(16, name)
    .u32(152, fragment.messageLength)
    .u32(160, fragment.length)
    .u32(168, pid)
    .u32(176, fragment.type)
    .u32(184, nodeId)
    .u64(192, connection).body;
}

/** The event of a changed group. Lists longer than a client's library takes are cut. */
export function confchgEvent(
  name: Uint8Array,
  members: readonly Address[],
  joined: readonly Address[],
  left: readonly Address[],
): Uint8Array {
  const [shownMembers, shownJoined, shownLeft] = [members, joined, left].map((list) =>
    list.slice(0, EVENT_MEMBERS_LIMIT),
  ) as [Address[], Address[], Address[]];
  const addresses = [...shownMembers, ...shownLeft, ...shownJoined];
  const message = event(ResponseId.CONFCHG_EVENT, Size.CONFCHG_EVENT + Size.ADDRESS * addresses.length)
    .put(24, name)
    .u32(160, shownMembers.length)
    .u32(168, shownJoined.length)
    .u32(176, shownLeft.length);
  addresses.forEach(({ nodeId, pid, reason }, index) => {
    const at = Size.CONFCHG_EVENT + Size.ADDRESS * index;
    message
      .u32(at, nodeId)
      .u32(at + 8, pid)
      .u32(at + 16, reason);
  });
  return message.bytes;
}

/** The event of a new ring. */
export function totemConfchgEvent(representative: number, seq: number, members: readonly number[]): Uint8Array {
  const shown = members.slice(0, EVENT_MEMBERS_LIMIT);
  return event(ResponseId.TOTEM_CONFCHG_EVENT, Size.TOTEM_CONFCHG_EVENT + 4 * shown.length)
    .u32(24, representative)
    .u64(32, seq)
    .u32(40, shown.length)
    .u32s(44, shown).bytes;
}

import { MessageView } from '../../base/message-view.js';
import type { RingId } from '../../totem/ring.js';
import { Reason, ResponseId, Size } from './layouts.js';
import type { Fragment } from './reassembly.js';

/** A process of the cluster. */
export interface CpgMember {
  readonly nodeId: number;
  readonly pid: number;
}

/** Why a process came or went (cpg_reason_t). */
export type CpgReason = 'join' | 'leave' | 'node down' | 'node up' | 'process down';

/** A process that came or went. */
export interface CpgMemberChange extends CpgMember {
  readonly reason: CpgReason;
}

/** A message of the group, in the one order all its members see. */
export interface CpgMessageEvent {
  readonly kind: 'message';
  readonly sender: CpgMember;
  /** The receiver's to keep. */
  readonly data: Uint8Array;
}

/** The group has changed: at the same point of the order of messages at every member. */
export interface CpgMembershipEvent {
  readonly kind: 'membership';
  readonly members: readonly CpgMember[];
  readonly joined: readonly CpgMemberChange[];
  readonly left: readonly CpgMemberChange[];
}

/** The cluster's ring has changed. */
export interface CpgRingEvent {
  readonly kind: 'ring';
  readonly ringId: RingId;
  /** Node ids, ascending. */
  readonly members: readonly number[];
}

/** What happens in the order that all members share. */
export type CpgEvent = CpgMessageEvent | CpgMembershipEvent | CpgRingEvent;

/** A fragment of a message, which the client puts together. */
export type CpgFragmentEvent = Fragment & { readonly kind: 'fragment' };

const reasons = new Map<number, CpgReason>([
  [Reason.JOIN, 'join'],
  [Reason.LEAVE, 'leave'],
  [Reason.NODE_DOWN, 'node down'],
  [Reason.NODE_UP, 'node up'],
  [Reason.PROCESS_DOWN, 'process down'],
]);

/** Reads an event. Undefined for an event this library does not know. Throws MalformedMessage for one that is not whole. */
export function readEvent(bytes: Uint8Array): CpgEvent | CpgFragmentEvent | undefined {
  const message = MessageView.over(bytes);
  switch (message.i32(0)) {
    case ResponseId.DELIVER_EVENT:
      return {
        kind: 'message',
        sender: { nodeId: message.u32(168), pid: message.u32(176) },
        data: message.subarray(Size.DELIVER_EVENT, message.u32(160)),
      };
    case ResponseId.PARTIAL_DELIVER_EVENT:
      return {
        kind: 'fragment',
        messageLength: message.u32(160),
        nodeId: message.u32(176),
        pid: message.u32(184),
        type: message.u32(192),
        data: message.subarray(Size.PARTIAL_DELIVER_EVENT, message.u32(168)),
      };
    case ResponseId.CONFCHG_EVENT:
      return readMembership(message);
    case ResponseId.TOTEM_CONFCHG_EVENT: {
      const members = Array.from({ length: countAt(message, 40, 44, 4) }, (_, i) => message.u32(44 + 4 * i));
      return { kind: 'ring', ringId: { representative: message.u32(24), seq: Number(message.u64(32)) }, members };
    }
    default:
      return undefined;
  }
}

function readMembership(message: MessageView): CpgMembershipEvent {
  const members = countAt(message, 160, Size.CONFCHG_EVENT, Size.ADDRESS);
  const joined = countAt(message, 168, Size.CONFCHG_EVENT, Size.ADDRESS);
  const left = countAt(message, 176, Size.CONFCHG_EVENT, Size.ADDRESS);
  let at: number = Size.CONFCHG_EVENT;
  const take = (count: number): CpgMemberChange[] =>
    Array.from({ length: count }, () => {
      const reason = reasons.get(message.u32(at + 16)) ?? 'join';
      const member = { nodeId: message.u32(at), pid: message.u32(at + 8), reason };
      at += Size.ADDRESS;
      return member;
    });
  const present = take(members).map(({ nodeId, pid }) => ({ nodeId, pid }));
  const gone = take(left);
  return { kind: 'membership', members: present, left: gone, joined: take(joined) };
}

/** A count whose elements fit in the message: checked before anything of that many is made. */
function countAt(message: MessageView, at: number, list: number, size: number): number {
  const count = message.u32(at);
  message.subarray(list, Math.min(count * size, message.length + 1));
  return count;
}

import type { RingId } from '../ring.js';
import { FrameType, HEADER_BYTES, MEMBERS_MAX, readU64, senderOf, writeHeader, writeU64 } from './header.js';

/**
 * JOIN, type 3: 33 bytes and 4 for each node of both lists. A leave message is a JOIN with header sender 0, the leaver
 * missing from the proc list and last in the failed list.
 */
export interface Join {
  /** The header's sender: 0 in a leave message. */
  readonly sender: number;
  readonly target: number;
  readonly from: number;
  /** The sender's current ring sequence. */
  readonly ringSeq: number;
  readonly procList: readonly number[];
  readonly failedList: readonly number[];
}

const JOIN_FIXED_BYTES = 33;

export function joinBytes(procs: number, failed: number): number {
  return JOIN_FIXED_BYTES + 4 * (procs + failed);
}

/** Undefined if the frame is shorter than it says, a list is too long, or a node id is 0. */
export function decodeJoin(view: DataView, offset: number, length: number, littleEndian: boolean): Join | undefined {
  if (length < JOIN_FIXED_BYTES) return undefined;
  const procs = view.getUint32(offset + 17, littleEndian);
  const failed = view.getUint32(offset + 21, littleEndian);
  if (procs > MEMBERS_MAX || failed > MEMBERS_MAX || length < joinBytes(procs, failed)) return undefined;
  const procList = readNodeIds(view, offset + JOIN_FIXED_BYTES, procs, littleEndian);
  const failedList = readNodeIds(view, offset + JOIN_FIXED_BYTES + 4 * procs, failed, littleEndian);
  const from = view.getUint32(offset + HEADER_BYTES, littleEndian);
  const ringSeq = readU64(view, offset + 25, littleEndian);
  if (from === 0 || Number.isNaN(ringSeq) || procList.includes(0) || failedList.includes(0)) return undefined;
  return {
    sender: senderOf(view, offset, littleEndian),
    target: view.getUint32(offset + 9, littleEndian),
    from,
    ringSeq,
    procList,
    failedList,
  };
}

export function encodeJoin(view: DataView, offset: number, join: Join, littleEndian: boolean): number {
  writeHeader(view, offset, FrameType.JOIN, 0, join.sender, littleEndian, join.target);
  view.setUint32(offset + HEADER_BYTES, join.from, littleEndian);
  view.setUint32(offset + 17, join.procList.length, littleEndian);
  view.setUint32(offset + 21, join.failedList.length, littleEndian);
  writeU64(view, offset + 25, join.ringSeq, littleEndian);
  let at = writeNodeIds(view, offset + JOIN_FIXED_BYTES, join.procList, littleEndian);
  at = writeNodeIds(view, at, join.failedList, littleEndian);
  return at - offset;
}

/** What a member of the ring being formed says of the ring it comes from. */
export interface CommitEntry {
  /** The ring it comes from. */
  ringId: RingId;
  aru: number;
  highDelivered: number;
  /** 1: it has every message of that ring that it knows of. */
  receivedFlag: number;
}

/** COMMIT token, type 4: 41 bytes and 28 for each member. */
export interface CommitToken {
  sender: number;
  target: number;
  tokenSeq: number;
  /** The ring being formed. */
  ringId: RingId;
  retransFlag: number;
  /** How many entries are filled in: each member fills the one at its own position. */
  filled: number;
  /** Ascending. */
  readonly members: readonly number[];
  /** One for each member; zeros until filled. */
  readonly entries: CommitEntry[];
}

const COMMIT_FIXED_BYTES = 41;
const COMMIT_ENTRY_BYTES = 24;

export function commitTokenBytes(members: number): number {
  return COMMIT_FIXED_BYTES + members * (4 + COMMIT_ENTRY_BYTES);
}

/** Undefined if the frame is shorter than it says, names more entries filled than members, node id 0 or an impossible ring. */
export function decodeCommitToken(
  view: DataView,
  offset: number,
  length: number,
  littleEndian: boolean,
): CommitToken | undefined {
  if (length < COMMIT_FIXED_BYTES) return undefined;
  const filled = view.getInt32(offset + 33, littleEndian);
  const count = view.getInt32(offset + 37, littleEndian);
  if (count < 1 || count > MEMBERS_MAX || length < commitTokenBytes(count) || filled < 0 || filled > count) {
    return undefined;
  }
  const members = readNodeIds(view, offset + COMMIT_FIXED_BYTES, count, littleEndian);
  const entries: CommitEntry[] = [];
  let at = offset + COMMIT_FIXED_BYTES + 4 * count;
  for (let i = 0; i < count; i++, at += COMMIT_ENTRY_BYTES) {
    entries.push({
      ringId: readRingId(view, at, littleEndian),
      aru: view.getUint32(at + 12, littleEndian),
      highDelivered: view.getUint32(at + 16, littleEndian),
      receivedFlag: view.getUint32(at + 20, littleEndian),
    });
  }
  const ringId = readRingId(view, offset + 17, littleEndian);
  if (Number.isNaN(ringId.seq) || members.includes(0)) return undefined;
  if (entries.some((entry) => Number.isNaN(entry.ringId.seq))) return undefined;
  return {
    sender: senderOf(view, offset, littleEndian),
    target: view.getUint32(offset + 9, littleEndian),
    tokenSeq: view.getUint32(offset + HEADER_BYTES, littleEndian),
    ringId,
    retransFlag: view.getUint32(offset + 29, littleEndian),
    filled,
    members,
    entries,
  };
}

export function encodeCommitToken(view: DataView, offset: number, token: CommitToken, littleEndian: boolean): number {
  writeHeader(view, offset, FrameType.COMMIT_TOKEN, 0, token.sender, littleEndian, token.target);
  view.setUint32(offset + HEADER_BYTES, token.tokenSeq, littleEndian);
  writeRingId(view, offset + 17, token.ringId, littleEndian);
  view.setUint32(offset + 29, token.retransFlag, littleEndian);
  view.setInt32(offset + 33, token.filled, littleEndian);
  view.setInt32(offset + 37, token.members.length, littleEndian);
  let at = writeNodeIds(view, offset + COMMIT_FIXED_BYTES, token.members, littleEndian);
  for (const entry of token.entries) {
    writeRingId(view, at, entry.ringId, littleEndian);
    view.setUint32(at + 12, entry.aru, littleEndian);
    view.setUint32(at + 16, entry.highDelivered, littleEndian);
    view.setUint32(at + 20, entry.receivedFlag, littleEndian);
    at += COMMIT_ENTRY_BYTES;
  }
  return at - offset;
}

/** MERGE detect, type 2, 29 bytes: how two idle rings find each other. */
export interface MergeDetect {
  readonly sender: number;
  readonly target: number;
  readonly from: number;
  readonly ringId: RingId;
}

export const MERGE_DETECT_BYTES = 29;

export function decodeMergeDetect(
  view: DataView,
  offset: number,
  length: number,
  littleEndian: boolean,
): MergeDetect | undefined {
  if (length < MERGE_DETECT_BYTES) return undefined;
  const from = view.getUint32(offset + HEADER_BYTES, littleEndian);
  const ringId = readRingId(view, offset + 17, littleEndian);
  if (from === 0 || Number.isNaN(ringId.seq)) return undefined;
  return {
    sender: senderOf(view, offset, littleEndian),
    target: view.getUint32(offset + 9, littleEndian),
    from,
    ringId,
  };
}

export function encodeMergeDetect(view: DataView, offset: number, merge: MergeDetect, littleEndian: boolean): number {
  writeHeader(view, offset, FrameType.MERGE_DETECT, 0, merge.sender, littleEndian, merge.target);
  view.setUint32(offset + HEADER_BYTES, merge.from, littleEndian);
  writeRingId(view, offset + 17, merge.ringId, littleEndian);
  return MERGE_DETECT_BYTES;
}

/** HOLD CANCEL, type 5, 25 bytes: somebody wants to send while the representative holds the token. */
export interface HoldCancel {
  readonly sender: number;
  readonly target: number;
  readonly ringId: RingId;
}

export const HOLD_CANCEL_BYTES = 25;

export function decodeHoldCancel(
  view: DataView,
  offset: number,
  length: number,
  littleEndian: boolean,
): HoldCancel | undefined {
  if (length < HOLD_CANCEL_BYTES) return undefined;
  const ringId = readRingId(view, offset + HEADER_BYTES, littleEndian);
  if (Number.isNaN(ringId.seq)) return undefined;
  return {
    sender: senderOf(view, offset, littleEndian),
    target: view.getUint32(offset + 9, littleEndian),
    ringId,
  };
}

export function encodeHoldCancel(view: DataView, offset: number, cancel: HoldCancel, littleEndian: boolean): number {
  writeHeader(view, offset, FrameType.HOLD_CANCEL, 0, cancel.sender, littleEndian, cancel.target);
  writeRingId(view, offset + HEADER_BYTES, cancel.ringId, littleEndian);
  return HOLD_CANCEL_BYTES;
}

function readRingId(view: DataView, offset: number, littleEndian: boolean): RingId {
  return { representative: view.getUint32(offset, littleEndian), seq: readU64(view, offset + 4, littleEndian) };
}

function writeRingId(view: DataView, offset: number, ringId: RingId, littleEndian: boolean): void {
  view.setUint32(offset, ringId.representative, littleEndian);
  writeU64(view, offset + 4, ringId.seq, littleEndian);
}

function readNodeIds(view: DataView, offset: number, count: number, littleEndian: boolean): number[] {
  const ids: number[] = [];
  for (let i = 0; i < count; i++) ids.push(view.getUint32(offset + 4 * i, littleEndian));
  return ids;
}

function writeNodeIds(view: DataView, offset: number, ids: readonly number[], littleEndian: boolean): number {
  for (let i = 0; i < ids.length; i++) view.setUint32(offset + 4 * i, ids[i]!, littleEndian);
  return offset + 4 * ids.length;
}

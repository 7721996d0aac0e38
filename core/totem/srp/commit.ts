import { sameRing, type RingId } from '../ring.js';
import { encodeCommitToken, type CommitEntry, type CommitToken } from '../wire/membership.js';
import { candidates } from './membership.js';
import { isPlausible } from './ring-seq.js';
import type { RingState } from './ring-state.js';
import { before, later } from './sequence.js';

/** A new ring's sequence is this much above the highest one known (totemsrp). */
const RING_SEQ_STEP = 4;

/** The token this node would create as the lowest of `members`. */
export function createCommitToken(ring: RingState, members: readonly number[]): CommitToken {
  const none: RingId = { representative: 0, seq: 0 };
  return {
    sender: ring.nodeId,
    target: 0,
    tokenSeq: 0,
    ringId: { representative: ring.nodeId, seq: ring.highestRingSeq + RING_SEQ_STEP },
    retransFlag: 0,
    filled: 0,
    members,
    entries: members.map(() => ({ ringId: none, aru: 0, highDelivered: 0, receivedFlag: 0 })),
  };
}

/** Whether a commit token that arrives in GATHER is of the ring this node wants: same members, newer, my turn to fill. */
export function isAcceptable(ring: RingState, token: CommitToken): boolean {
  const wanted = candidates(ring);
  return (
    token.ringId.seq > ring.ringId.seq &&
    isPlausible(ring, token.ringId.seq) &&
    token.members.length === wanted.length &&
    token.members.every((node, i) => node === wanted[i]) &&
    token.members[token.filled] === ring.nodeId
  );
}

/** Whether a commit token of the ring being formed is back from its first rotation, with the members this node agreed to. */
export function isConfirmation(ring: RingState, token: CommitToken): boolean {
  const { formingMembers, order, nodeId } = ring;
  return (
    token.filled === token.members.length &&
    token.members.length === formingMembers.length &&
    token.members.every((node, i) => node === formingMembers[i]) &&
    sameRing(token.entries[formingMembers.indexOf(nodeId)]!.ringId, order.ringId)
  );
}

/**
 * Fills this node's entry: which ring it comes from and how much of it it has. Among those of the same old ring, whoever
 * has less than the most advanced has not received everything. A gap always means 0, even if an attempt before this one
 * showed that nobody can fill it: a companion that was not through with that attempt may lack what follows the gap, and
 * nobody would send it.
 */
export function fillEntry(ring: RingState, token: CommitToken): void {
  const { order } = ring;
  const mine: CommitEntry = {
    ringId: order.ringId,
    aru: order.aru,
    highDelivered: order.highDelivered,
    receivedFlag: order.aru === order.highSeq ? 1 : 0,
  };
  token.entries[token.filled] = mine;
  const companions = token.entries.slice(0, token.filled + 1).filter((entry) => sameRing(entry.ringId, mine.ringId));
  const highest = companions.reduce((high, entry) => later(high, entry.aru), mine.aru);
  for (const entry of companions) if (before(entry.aru, highest)) entry.receivedFlag = 0;
  token.filled++;
  token.sender = ring.nodeId;
}

/** Sends the token on and keeps it to be sent again. */
export function sendCommitToken(ring: RingState, token: CommitToken): void {
  token.tokenSeq = (token.tokenSeq + 1) >>> 0;
  token.sender = ring.nodeId;
  const offset = ring.frames.offsetOf(ring.storedToken);
  ring.storedTokenBytes = encodeCommitToken(ring.view, offset, token, ring.littleEndian);
  ring.statistics.commitTokensSent++;
  if (!ring.transport.unicast(ring.storedToken, ring.storedTokenBytes, ring.tokenTarget)) {
    ring.logger.log(
      'error',
      `The commit token of ring ${ring.ringText} cannot go to node ${ring.tokenTarget}, which is not in this node's nodelist: ` +
        'make the nodelist the same on all nodes.',
    );
  }
  ring.transport.flush();
}

/** Where the commit token goes after this node filled its entry. */
export function commitTarget(token: CommitToken): number {
  return token.members[token.filled % token.members.length]!;
}

import { sameRing } from '../ring.js';
import { byteOrderOf, Encapsulation, FrameType, frameTypeOf } from '../wire/header.js';
import {
  MCAST_HEADER_BYTES,
  mcastGuarantee,
  mcastIsOf,
  mcastOriginator,
  mcastSeq,
  setMcastGuarantee,
  writeMcastHeader,
} from '../wire/mcast.js';
import type { CommitToken } from '../wire/membership.js';
import type { OrfToken } from '../wire/orf-token.js';
import type { RingState } from './ring-state.js';
import { before, distance, earlier, later, next, notAfter } from './sequence.js';
import { WINDOW } from './sort-queue.js';

/** Token visits in a row without anything to send again, after which the end of recovery is known, and then is certain. */
const QUIET_TO_INSTALL = 2;
const QUIET_TO_FINISH = 3;
const ROTATIONS_TO_FINISH = 2;
/** In the guarantee field of a recovery message, which Corosync writes as 0 and never reads: its sender owes what it carries. */
const OWED = 2;

/**
 * The RECOVERY state: those who come from the same old ring give each other the messages some of them lack, as messages
 * of the new ring that carry the old ones. When every member has all of them the new ring becomes operational.
 */
export class Recovery {
  /** Old messages still to be sent here: numbers after `originated` up to `originateTo`, and how many are held of them. */
  private originated = 0;
  private originateTo = 0;
  private waitingCount = 0;
  /** Old messages that came in this attempt, to all: nobody needs them from here. */
  private readonly restored = new Set<number>();
  /** Old messages that a companion owes, as its recovery messages say. */
  private readonly owedByCompanions = new Set<number>();
  private setRetransFlag = false;
  private quietVisits = 0;
  private rotations = 0;
  private installSeq = 0;
  /** Messages of the new ring up to here are recovery messages, and what they carry is in the old order. */
  restoredThrough = 0;
  /** Highest old message that some companion delivered: the others may deliver it in the old configuration too. */
  private deliveredByCompanions = 0;

  constructor(private readonly ring: RingState) {}

  /** Prepares for the ring that `token`, back from its first rotation, describes. */
  enter(token: CommitToken): void {
    const { ring } = this;
    const { order } = ring;
    ring.forming.reset(token.ringId, ring.firstSeq);
    const companions = token.members
      .map((node, i) => ({ node, entry: token.entries[i]! }))
      .filter(({ node, entry }) => ring.members.includes(node) && sameRing(entry.ringId, order.ringId));
    ring.transitional = companions.map(({ node }) => node);
    this.setRetransFlag = false;
    this.quietVisits = this.rotations = 0;
    this.installSeq = this.restoredThrough = ring.firstSeq;
    this.originated = this.originateTo = order.highSeq;
    this.waitingCount = 0;
    this.restored.clear();
    this.owedByCompanions.clear();
    this.deliveredByCompanions = order.highDelivered;
    for (const { entry } of companions) {
      this.deliveredByCompanions = later(this.deliveredByCompanions, entry.highDelivered);
    }
    if (companions.every(({ entry }) => entry.receivedFlag !== 0)) return;

    ring.deliverMembers = new Set(ring.transitional);
    const low = lowestAru(
      companions.map(({ entry }) => entry.aru),
      order.highSeq,
    );
    this.originated = later(low, order.queue.lastReleased);
    for (let seq = this.originated; seq !== this.originateTo;) {
      seq = next(seq);
      if (order.queue.has(seq)) this.waitingCount++;
    }
    ring.logger.log(
      'debug',
      `Recovering ring ${order.ringId.representative}.${order.ringId.seq.toString(16)}: ` +
        `${this.waitingCount} messages after ${low.toString(16)} to send again.`,
    );
  }

  /** Old messages waiting to be sent again. */
  get waiting(): number {
    return this.waitingCount;
  }

  /** Sends up to `allowed` old messages as messages of the new ring. Returns how many. */
  sendOldMessages(token: OrfToken, allowed: number): number {
    const { ring } = this;
    const { queue } = ring.order;
    let sent = 0;
    while (sent < allowed && this.waitingCount > 0) {
      const old = next(this.originated);
      if (!queue.has(old) || this.restored.has(old)) {
        this.originated = old;
        continue;
      }
      const bytes = queue.bytesAt(old);
      const frame = ring.frames.allocate(bytes + MCAST_HEADER_BYTES);
      if (frame < 0) {
        ring.statistics.noFrames++;
        break;
      }
      const offset = ring.frames.offsetOf(frame);
      token.seq = next(token.seq);
      writeMcastHeader(
        ring.view,
        offset,
        Encapsulation.RECOVERY,
        ring.nodeId,
        token.seq,
        ring.statistics.messagesSent++ | 0,
        ring.ringId,
        ring.littleEndian,
      );
      setMcastGuarantee(ring.view, offset, ring.owed.has(old) ? OWED : 0, ring.littleEndian);
      const source = queue.offsetAt(old);
      ring.frames.bytes.copyWithin(offset + MCAST_HEADER_BYTES, source, source + bytes);
      ring.forming.insert(token.seq, frame, 0, bytes + MCAST_HEADER_BYTES);
      ring.transport.multicast(frame, bytes + MCAST_HEADER_BYTES, false);
      this.originated = old;
      this.waitingCount--;
      sent++;
    }
    return sent;
  }

  /** The first token of the new ring says whether its creator has something to send again. */
  markInitialToken(token: OrfToken): void {
    if (this.waitingCount > 0) {
      token.retransFlag = 1;
      this.setRetransFlag = true;
    }
  }

  /** This node's part of the token's recovery fields. True: every member has everything; enter OPERATIONAL. */
  visit(token: OrfToken): boolean {
    if (this.waitingCount > 0) {
      if (token.retransFlag === 0) {
        token.retransFlag = 1;
        this.setRetransFlag = true;
      }
    } else if (token.retransFlag === 1 && this.setRetransFlag) {
      token.retransFlag = 0;
      this.setRetransFlag = false;
    }
    this.quietVisits = token.retransFlag === 0 ? this.quietVisits + 1 : 0;
    if (this.quietVisits === QUIET_TO_INSTALL) this.installSeq = token.seq;
    const all = this.quietVisits >= QUIET_TO_FINISH && notAfter(this.installSeq, token.aru);
    this.rotations = all ? this.rotations + 1 : 0;
    if (this.rotations === 1) this.takeOn();
    return this.rotations === ROTATIONS_TO_FINISH;
  }

  /**
   * Every member has the messages of the new ring up to `through`: what they carry goes into the old order, and their
   * frames are free. Each companion sends all that anyone may lack, so that the frames of a whole recovery would be more
   * than a node has memory for, or than the window between the first and the last of them.
   */
  release(through: number): void {
    const { aru, queue } = this.ring.forming;
    // What this node lacks not everybody has, whatever a token says.
    const received = earlier(through, aru);
    if (!before(queue.lastReleased, received)) return;
    this.restore(received);
    queue.releaseTo(received);
  }

  /** Puts the old messages that came as messages of the new ring, up to its number `through`, into the old ring's order. */
  restoreOldMessages(through: number): void {
    const { ring } = this;
    const { order, forming } = ring;
    for (let seq = forming.queue.lastReleased; before(seq, through);) {
      seq = next(seq);
      if (!forming.queue.has(seq)) continue;
      const inner = forming.queue.offsetAt(seq) + MCAST_HEADER_BYTES;
      const bytes = forming.queue.bytesAt(seq) - MCAST_HEADER_BYTES;
      if (!this.isOldMessage(forming.queue.offsetAt(seq), inner, bytes)) continue;
      const oldSeq = mcastSeq(ring.view, inner, byteOrderOf(ring.view, inner, bytes)!);
      const outer = forming.queue.offsetAt(seq);
      const isOwed = mcastGuarantee(ring.view, outer, byteOrderOf(ring.view, outer, MCAST_HEADER_BYTES)!) === OWED;
      if (isOwed) this.owedByCompanions.add(oldSeq);
      if (order.lacks(oldSeq)) {
        order.insert(oldSeq, forming.queue.take(seq), MCAST_HEADER_BYTES, bytes);
        this.restored.add(oldSeq);
      }
    }
    order.advanceAru();
  }

  /** Safe messages that a companion has delivered are delivered in the old configuration here too. */
  trustCompanions(): void {
    const { order } = this.ring;
    order.safeThrough = later(order.safeThrough, this.deliveredByCompanions);
  }

  private restore(through: number): void {
    this.restoreOldMessages(through);
    this.restoredThrough = later(this.restoredThrough, through);
  }

  /**
   * Everybody has everything: from now on one member may install the ring and deliver, past a gap too, before another
   * that then fails to. Who gets on in another attempt owes these messages, though their senders may not be with it any
   * more (Totem's obligation set): a safe one may have been delivered.
   */
  private takeOn(): void {
    const { ring } = this;
    const { order, deliverMembers, owed, view } = ring;
    this.restore(earlier(this.installSeq, ring.forming.aru));
    for (const seq of this.owedByCompanions) owed.add(seq);
    for (let seq = order.aru; seq !== order.highSeq;) {
      seq = next(seq);
      if (!order.queue.has(seq)) continue;
      const offset = order.queue.offsetAt(seq);
      const from = mcastOriginator(view, offset, byteOrderOf(view, offset, MCAST_HEADER_BYTES)!);
      if (deliverMembers.has(from)) owed.add(seq);
    }
  }

  private isOldMessage(outer: number, inner: number, bytes: number): boolean {
    const { view, order } = this.ring;
    if (view.getUint8(outer + 4) !== Encapsulation.RECOVERY) return false;
    const littleEndian = byteOrderOf(view, inner, bytes);
    if (littleEndian === undefined || bytes < MCAST_HEADER_BYTES || frameTypeOf(view, inner) !== FrameType.MCAST) {
      this.ring.statistics.malformed++;
      return false;
    }
    return mcastIsOf(view, inner, order.ringId, littleEndian);
  }
}

/**
 * The lowest of `arus` that is at or before `high`. Those of companions lie within a window of it; what a false token
 * names beyond that is left out, as a walk from there would go around the whole circle.
 */
function lowestAru(arus: readonly number[], high: number): number {
  const behind = arus.map((aru) => distance(aru, high)).filter((steps) => steps < WINDOW);
  return (high - Math.max(0, ...behind)) >>> 0;
}

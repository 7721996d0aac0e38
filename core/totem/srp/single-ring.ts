import type { Timer } from '../../base/clock.js';
import type { FrameMemory } from '../../net/frame-memory.js';
import type { FrameBatch, FrameReceiver } from '../../net/transport.js';
import { sameRing, type Guarantee, type RingId, type RingTuning } from '../ring.js';
import { byteOrderOf, FrameType, frameTypeOf } from '../wire/header.js';
import {
  isEncapsulated,
  MCAST_HEADER_BYTES,
  mcastIsOf,
  mcastOriginator,
  mcastRingSeq,
  mcastSeq,
  setMcastGuarantee,
} from '../wire/mcast.js';
import {
  decodeCommitToken,
  decodeHoldCancel,
  decodeJoin,
  decodeMergeDetect,
  encodeHoldCancel,
  HOLD_CANCEL_BYTES,
  type CommitToken,
} from '../wire/membership.js';
import { commitTarget, createCommitToken, fillEntry, isAcceptable, isConfirmation, sendCommitToken } from './commit.js';
import { deliverInOrder } from './delivery.js';
import { install } from './install.js';
import { Membership } from './membership.js';
import type { RingParameters } from './parameters.js';
import { PauseDetector } from './pause-detector.js';
import type { RingPort, RingPortListener } from './port.js';
import { Recovery } from './recovery.js';
import { loadRingId, storeRingSeq } from './ring-seq.js';
import { RingState, type RingPhase, type SingleRingOptions } from './ring-state.js';
import type { RingStatistics } from './statistics.js';
import { TokenListeners } from './token-listeners.js';
import { TokenVisit } from './token-visit.js';

/**
 * Totem's single ring protocol (Corosync 3.1.7's totemsrp): one order of messages for the members of a ring, and the
 * forming of a new ring when they change. A pure state machine: frames and timers go in, frames and ordered messages
 * come out.
 *
 * This class is the state machine's frame: it reads what a frame is, starts and stops the timers, and moves between
 * OPERATIONAL, GATHER (membership.ts), COMMIT (commit.ts) and RECOVERY (recovery.ts, install.ts). The work of a token
 * visit is in token-visit.ts.
 */
export class SingleRing implements RingPort, FrameReceiver {
  private readonly ring: RingState;
  private readonly membership: Membership;
  private readonly recovery: Recovery;
  private readonly visit: TokenVisit;
  private readonly pause: PauseDetector;
  private readonly tokenTimer: Timer;
  private readonly tokenWarningTimer: Timer;
  private readonly retransmitTimer: Timer;
  private readonly mergeTimer: Timer;
  private readonly heartbeatTimer: Timer;
  private readonly tokenListeners = new TokenListeners();
  /** The representative of a ring being recovered sends its first token once. */
  private originatedToken = false;
  /** Frames arrived that may be deliverable: looked at once a batch. */
  private deliverable = false;
  /** The transport's last word on its interface: the local address is on one that is up. */
  interfaceUp = false;

  constructor(options: SingleRingOptions) {
    const ring = (this.ring = new RingState(options));
    this.recovery = new Recovery(ring);
    this.membership = new Membership(ring, {
      abandonForming: () => this.abandonForming(),
      gathering: () => this.stopTokenTimers(),
      formRing: (members) => this.enterCommit(createCommitToken(ring, members)),
      awaitCommitToken: () => this.startTokenTimer(),
    });
    this.visit = new TokenVisit(ring, this.recovery, {
      install: () => this.enterOperational(),
      failedToReceive: () => this.failedToReceive(),
      tokenAccepted: () => this.tokenAccepted(),
      ringIsIdle: () => {
        if (!this.mergeTimer.running) this.mergeTimer.start(ring.parameters.mergeMs);
      },
      ringIsBusy: () => this.mergeTimer.stop(),
      tokenPassed: () => {
        if (ring.phase === 'operational') this.tokenListeners.run();
      },
    });
    this.pause = new PauseDetector(ring);
    this.tokenTimer = ring.clock.timer(() => this.tokenLost());
    this.tokenWarningTimer = ring.clock.timer(() => this.tokenIsLate());
    this.retransmitTimer = ring.clock.timer(() => this.retransmitToken());
    this.mergeTimer = ring.clock.timer(() => {
      if (ring.phase === 'operational' && ring.isRepresentative) this.membership.sendMergeDetect();
    });
    this.heartbeatTimer = ring.clock.timer(() => this.tokenLost());
  }

  get nodeId(): number {
    return this.ring.nodeId;
  }

  get frames(): FrameMemory {
    return this.ring.frames;
  }

  get payloadBytes(): number {
    return this.ring.payloadBytes;
  }

  get available(): number {
    return this.ring.queueInUse.available;
  }

  /** Frames in the send queue now in use. */
  get waiting(): number {
    return this.ring.queueInUse.length;
  }

  get statistics(): Readonly<RingStatistics> {
    return this.ring.statistics;
  }

  get phase(): RingPhase {
    return this.ring.phase;
  }

  get ringId(): RingId {
    return this.ring.ringId;
  }

  /** Members of the last ring that became operational, ascending. */
  get members(): readonly number[] {
    return this.ring.members;
  }

  get parameters(): RingParameters {
    return this.ring.parameters;
  }

  /** What the members of the present ring agreed on; undefined: the configured values are in use. */
  get tuning(): RingTuning | undefined {
    return this.ring.flow.tuning;
  }

  /**
   * All members of the ring agreed on these values. Those of a ring that is over are ignored, and what is in use ends with
   * its ring: every new one begins with the configured values.
   */
  tune(ringId: RingId, tuning: RingTuning): void {
    const { ring } = this;
    if (ring.phase === 'operational' && sameRing(ringId, ring.ringId)) ring.flow.tune(tuning);
  }

  /** New tunables and configured nodes (configuration reload); timers take them at their next start. */
  reconfigure(parameters: RingParameters, nodes: readonly number[]): void {
    this.ring.reconfigure(parameters, nodes);
  }

  /** Opens the transport; the ring begins to form when the transport says that its interface is up. */
  start(listener: RingPortListener): void {
    this.ring.listener = listener;
    // What services send before the first ring belongs to its synchronization.
    listener.queueChanging(true);
    this.ring.waitingTransitionalAck = true;
    this.ring.transport.open(this);
  }

  leave(): void {
    if (this.ring.stopped) return;
    if (this.ring.started) this.membership.sendLeave();
    this.stop();
  }

  /** Forms the ring anew with the same members: every service synchronizes again. */
  reform(): void {
    if (this.ring.started && !this.ring.stopped && this.ring.phase === 'operational') {
      this.membership.enterGather('asked to form the ring anew');
    }
  }

  private stop(): void {
    const { ring } = this;
    ring.stopped = true;
    this.membership.stopTimers();
    this.visit.stopTimers();
    this.pause.stop();
    this.stopTokenTimers();
    ring.transport.close();
  }

  // The packing layer's side

  enqueue(frame: number, length: number, guarantee: Guarantee): void {
    const { ring } = this;
    setMcastGuarantee(ring.view, ring.frames.offsetOf(frame), guarantee, ring.littleEndian);
    ring.queueInUse.push(frame, MCAST_HEADER_BYTES + length);
    this.wantToken();
  }

  prepend(frame: number, length: number, guarantee: Guarantee): void {
    const { ring } = this;
    setMcastGuarantee(ring.view, ring.frames.offsetOf(frame), guarantee, ring.littleEndian);
    ring.queueInUse.unshift(frame, MCAST_HEADER_BYTES + length);
    this.wantToken();
  }

  pauseSending(paused: boolean): void {
    this.ring.sendingPaused = paused;
    if (!paused && this.ring.queueInUse.length > 0) this.wantToken();
  }

  wantToken(): void {
    const { ring } = this;
    if (!ring.tokenHeld || ring.phase !== 'operational' || ring.stopped) return;
    ring.tokenHeld = false;
    ring.statistics.holdCancelsSent++;
    const cancel = { sender: ring.nodeId, target: 0, ringId: ring.ringId };
    ring.multicastControl(HOLD_CANCEL_BYTES, (offset) =>
      encodeHoldCancel(ring.view, offset, cancel, ring.littleEndian),
    );
  }

  afterToken(listener: () => boolean): void {
    this.tokenListeners.add(listener);
    this.wantToken();
  }

  synchronized(): void {
    const { ring } = this;
    if (!ring.waitingTransitionalAck) return;
    ring.listener.queueChanging(false);
    ring.waitingTransitionalAck = false;
    // What services sent during synchronization was sent after everything that waits in the normal queue.
    ring.normalQueue.append(ring.transitionalQueue);
    if (ring.normalQueue.length > 0) this.wantToken();
  }

  // The transport's side

  interfaceChanged(up: boolean): void {
    const { ring } = this;
    this.interfaceUp = up;
    if (ring.stopped) return;
    if (!ring.started) {
      if (up) this.begin();
      else ring.logger.log('warning', 'The local address is on no interface that is up: waiting for it.');
      return;
    }
    this.membership.enterGather(up ? 'the network interface is up' : 'the network interface is down');
  }

  private begin(): void {
    const { ring } = this;
    try {
      ring.ringId = loadRingId(ring);
    } catch (error) {
      this.fail(error);
      return;
    }
    ring.started = true;
    ring.highestRingSeq = ring.ringId.seq;
    ring.order.reset(ring.ringId, ring.firstSeq);
    this.pause.start();
    this.membership.enterGather('the network interface is up');
  }

  receive(batch: FrameBatch): void {
    const { ring } = this;
    for (let i = 0; i < batch.count; i++) {
      const frame = batch.frames[i]!;
      if (!this.handle(frame, batch.lengths[i]!)) ring.frames.release(frame);
    }
    this.pause.batchDone();
    if (this.deliverable) {
      this.deliverable = false;
      if (ring.phase === 'operational' && !ring.stopped) deliverInOrder(ring, ring.order);
    }
  }

  /** True if the frame is kept. */
  private handle(frame: number, length: number): boolean {
    const { ring } = this;
    if (!ring.started || ring.stopped) {
      ring.statistics.unexpected++;
      return false;
    }
    const offset = ring.frames.offsetOf(frame);
    const littleEndian = byteOrderOf(ring.view, offset, length);
    if (littleEndian === undefined) {
      ring.statistics.malformed++;
      return false;
    }
    switch (frameTypeOf(ring.view, offset)) {
      case FrameType.MCAST:
        return this.handleMcast(frame, offset, length, littleEndian);
      case FrameType.ORF_TOKEN:
        this.visit.receive(offset, length, littleEndian);
        return false;
      case FrameType.JOIN:
        this.handleJoin(offset, length, littleEndian);
        return false;
      case FrameType.COMMIT_TOKEN:
        this.handleCommitToken(offset, length, littleEndian);
        return false;
      case FrameType.MERGE_DETECT:
        this.handleMergeDetect(offset, length, littleEndian);
        return false;
      case FrameType.HOLD_CANCEL:
        this.handleHoldCancel(offset, length, littleEndian);
        return false;
      default:
        ring.statistics.malformed++;
        return false;
    }
  }

  private handleMcast(frame: number, offset: number, length: number, littleEndian: boolean): boolean {
    const { ring } = this;
    if (length < MCAST_HEADER_BYTES) {
      ring.statistics.malformed++;
      return false;
    }
    ring.statistics.messagesReceived++;
    if (!mcastIsOf(ring.view, offset, ring.ringId, littleEndian)) {
      this.foreignMcast(offset, littleEndian);
      return false;
    }
    if (ring.phase === 'commit') {
      ring.statistics.unexpected++;
      return false;
    }
    const order = ring.phase === 'recovery' ? ring.forming : ring.order;
    // In GATHER after a failed attempt the ring id is the attempt's, and its messages belong to no order any more.
    if (!sameRing(order.ringId, ring.ringId) || (isEncapsulated(ring.view, offset) && ring.phase !== 'recovery')) {
      ring.statistics.stale++;
      return false;
    }
    const members = ring.phase === 'recovery' ? ring.formingMembers : ring.members;
    if (!members.includes(mcastOriginator(ring.view, offset, littleEndian))) {
      ring.statistics.unknownSender++;
      return false;
    }
    if (ring.isOutOfFrames) {
      ring.statistics.noFrames++;
      return false;
    }
    if (!order.insert(mcastSeq(ring.view, offset, littleEndian), frame, 0, length)) {
      ring.statistics.duplicates++;
      return false;
    }
    order.advanceAru();
    this.deliverable = true;
    return true;
  }

  private foreignMcast(offset: number, littleEndian: boolean): void {
    const { ring } = this;
    const from = mcastOriginator(ring.view, offset, littleEndian);
    const ringSeq = mcastRingSeq(ring.view, offset, littleEndian);
    if (Number.isNaN(ringSeq)) ring.statistics.malformed++;
    else this.foreign(from, ringSeq, 'a message');
  }

  /**
   * A frame of another ring: a late one of a ring this member was on before, or a ring to merge with. Merging waits until
   * every member has installed this ring: else the first to install would tear the others out of recovery, and two rings
   * that hear each other could form anew without end.
   */
  private foreign(from: number, ringSeq: number, what: string): void {
    const { ring } = this;
    if (!ring.nodes.has(from)) ring.statistics.unknownSender++;
    else if (ring.members.includes(from) && ringSeq < ring.ringId.seq) ring.statistics.stale++;
    else if (ring.phase !== 'operational' || ring.installedEverywhere) this.membership.foreign(from, what);
  }

  private handleJoin(offset: number, length: number, littleEndian: boolean): void {
    const { ring } = this;
    const join = decodeJoin(ring.view, offset, length, littleEndian);
    if (!join) ring.statistics.malformed++;
    else if (!ring.nodes.has(join.from)) ring.statistics.unknownSender++;
    else if (!this.pause.isStale()) this.membership.joinReceived(join);
  }

  private handleMergeDetect(offset: number, length: number, littleEndian: boolean): void {
    const { ring } = this;
    const merge = decodeMergeDetect(ring.view, offset, length, littleEndian);
    if (!merge) {
      ring.statistics.malformed++;
      return;
    }
    ring.statistics.mergesReceived++;
    if (!sameRing(merge.ringId, ring.ringId)) this.foreign(merge.from, merge.ringId.seq, 'a MERGE');
  }

  private handleHoldCancel(offset: number, length: number, littleEndian: boolean): void {
    const { ring } = this;
    const cancel = decodeHoldCancel(ring.view, offset, length, littleEndian);
    if (!cancel) {
      ring.statistics.malformed++;
      return;
    }
    ring.statistics.holdCancelsReceived++;
    if (!sameRing(cancel.ringId, ring.ringId)) {
      ring.statistics.stale++;
      return;
    }
    ring.seqUnchanged = 0;
    if (ring.isRepresentative) this.retransmitToken();
  }

  private handleCommitToken(offset: number, length: number, littleEndian: boolean): void {
    const { ring } = this;
    const token = decodeCommitToken(ring.view, offset, length, littleEndian);
    if (!token) {
      ring.statistics.malformed++;
      return;
    }
    ring.statistics.commitTokensReceived++;
    if (ring.phase === 'gather') {
      if (isAcceptable(ring, token)) this.enterCommit(token);
      else ring.statistics.unexpected++;
      return;
    }
    if (!sameRing(token.ringId, ring.ringId) || !isConfirmation(ring, token)) {
      ring.statistics.unexpected++;
      return;
    }
    if (ring.phase === 'commit') this.enterRecovery(token);
    else if (ring.phase === 'recovery' && ring.isRepresentative && !this.originatedToken) this.originateToken();
  }

  // Phases

  private enterCommit(token: CommitToken): void {
    const { ring } = this;
    fillEntry(ring, token);
    ring.formingMembers = token.members;
    ring.tokenTarget = commitTarget(token);
    this.membership.stopTimers();
    ring.ringId = token.ringId;
    ring.highestRingSeq = token.ringId.seq;
    try {
      storeRingSeq(ring, token.ringId.seq);
    } catch (error) {
      this.fail(error);
      return;
    }
    ring.phase = 'commit';
    ring.statistics.commitEntered++;
    ring.statistics.continuousGather = 0;
    ring.flow.reset();
    ring.logger.log('debug', `Entering COMMIT for ring ${ring.ringText} of ${token.members.join(' ')}.`);
    this.startTokenTimer();
    this.retransmitTimer.start(ring.parameters.tokenRetransmitMs);
    sendCommitToken(ring, token);
  }

  private enterRecovery(token: CommitToken): void {
    const { ring } = this;
    ring.phase = 'recovery';
    ring.discardTokens = false;
    ring.statistics.recoveryEntered++;
    this.originatedToken = false;
    this.recovery.enter(token);
    this.visit.reset();
    ring.logger.log('debug', `Entering RECOVERY for ring ${ring.ringText}.`);
    this.startTokenTimer();
    this.retransmitTimer.start(ring.parameters.tokenRetransmitMs);
    sendCommitToken(ring, token);
  }

  private originateToken(): void {
    this.originatedToken = true;
    this.visit.sendInitial();
    this.startTokenTimer();
    this.retransmitTimer.start(this.ring.parameters.tokenRetransmitMs);
  }

  /**
   * The ring being formed came to nothing. What was recovered is kept with the old ring: others may have delivered it
   * because this node said that it has it.
   */
  private abandonForming(): void {
    const { ring } = this;
    if (ring.phase === 'recovery') this.recovery.restoreOldMessages(ring.forming.highSeq);
    ring.forming.reset(ring.ringId, ring.firstSeq);
  }

  private enterOperational(): void {
    install(this.ring, this.recovery);
    this.pause.start();
  }

  private failedToReceive(): void {
    const { ring } = this;
    ring.logger.log(
      'error',
      `FAILED TO RECEIVE: node ${ring.nodeId} lacks messages of ring ${ring.ringText} that nobody can send it again; ` +
        'it leaves the others. Look for packet loss or a full receive buffer on this node.',
    );
    ring.failedToReceive = true;
    ring.failedList.add(ring.nodeId);
    this.membership.enterGather('failed to receive');
  }

  private fail(error: unknown): void {
    this.stop();
    this.ring.fatal(error instanceof Error ? error : new Error(String(error)));
  }

  // Timers

  private tokenAccepted(): void {
    const { ring } = this;
    this.startTokenTimer();
    this.retransmitTimer.start(ring.parameters.tokenRetransmitMs);
    const { heartbeatFailuresAllowed, tokenRetransmitMs, maxNetworkDelayMs, tokenMs } = ring.parameters;
    if (heartbeatFailuresAllowed === 0) return;
    const heartbeatMs = heartbeatFailuresAllowed * tokenRetransmitMs + maxNetworkDelayMs;
    const kept = ring.tokenHeld && ring.isRepresentative;
    if (heartbeatMs < tokenMs && !kept) this.heartbeatTimer.start(heartbeatMs);
    else this.heartbeatTimer.stop();
  }

  private startTokenTimer(): void {
    const { tokenMs, tokenWarningPercent } = this.ring.parameters;
    this.tokenTimer.start(tokenMs);
    if (tokenWarningPercent > 0) this.tokenWarningTimer.start((tokenMs * tokenWarningPercent) / 100);
  }

  private stopTokenTimers(): void {
    this.tokenTimer.stop();
    this.tokenWarningTimer.stop();
    this.retransmitTimer.stop();
    this.mergeTimer.stop();
    this.heartbeatTimer.stop();
    this.visit.stopTimers();
  }

  private tokenIsLate(): void {
    const { ring } = this;
    if (ring.phase !== 'operational') return;
    const late = Math.round(ring.clock.now() - ring.statistics.lastTokenAt);
    ring.logger.log('notice', `Token has not been received in ${late} ms`);
  }

  private retransmitToken(): void {
    if (this.ring.phase === 'gather') return;
    this.visit.resend();
    this.retransmitTimer.start(this.ring.parameters.tokenRetransmitMs);
  }

  private tokenLost(): void {
    const { ring, membership } = this;
    const { tokenMs, consensusMs } = ring.parameters;
    switch (ring.phase) {
      case 'operational':
        ring.statistics.operationalTokenLost++;
        ring.logger.log(
          'notice',
          `A processor failed, forming new configuration: token timed out (${tokenMs}ms), ` +
            `waiting ${consensusMs}ms for consensus.`,
        );
        membership.enterGather('the token was lost');
        break;
      case 'gather':
        ring.statistics.gatherTokenLost++;
        membership.commitTokenMissing();
        break;
      case 'commit':
        ring.statistics.commitTokenLost++;
        membership.enterGather(`the commit token of ring ${ring.ringText} was lost`);
        break;
      case 'recovery':
        ring.statistics.recoveryTokenLost++;
        membership.enterGather(`the token was lost while ring ${ring.ringText} was recovering`);
    }
  }
}

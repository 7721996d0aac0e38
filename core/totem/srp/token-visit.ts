import type { Timer } from '../../base/clock.js';
import { OrfToken } from '../wire/orf-token.js';
import { deliverInOrder } from './delivery.js';
import { NewMessages } from './new-messages.js';
import type { Recovery } from './recovery.js';
import { Retransmission } from './retransmission.js';
import type { RingOrder } from './ring-order.js';
import type { RingState } from './ring-state.js';
import { before, distance, earlier, next, notAfter } from './sequence.js';
import { WINDOW } from './sort-queue.js';

/** What a token visit sets off in the rest of the state machine. */
export interface TokenVisitListener {
  /** Recovery is complete: the ring becomes operational, before the token is passed on. */
  install(): void;
  /** This node cannot keep up: it leaves the others. */
  failedToReceive(): void;
  /** The token is at hand but not passed on yet: start the timers that wait for its next visit. */
  tokenAccepted(): void;
  /** An idle ring was seen again: two rings may have to find each other. */
  ringIsIdle(): void;
  ringIsBusy(): void;
  /** The token was passed on: run what waits for that. */
  tokenPassed(): void;
}

const ROTATION_SMOOTHING = 0.1;
/** One visit in so many is measured. */
const WORKLOAD_SAMPLES = 16;

/** Order of the ring's messages: what happens when the ORF token arrives. */
export class TokenVisit {
  private readonly token = new OrfToken();
  private myTokenSeq = 0;
  private aruCount = 0;
  private readonly holdTimer: Timer;
  private readonly retransmission: Retransmission;
  private readonly newMessages: NewMessages;

  constructor(
    private readonly ring: RingState,
    private readonly recovery: Recovery,
    private readonly listener: TokenVisitListener,
  ) {
    this.holdTimer = ring.clock.timer(() => this.holdExpired());
    this.retransmission = new Retransmission(ring, this.token);
    this.newMessages = new NewMessages(ring, this.token);
  }

  /** A new ring's tokens are about to come. */
  reset(): void {
    this.myTokenSeq = (this.ring.firstTokenSeq - 1) >>> 0;
    this.aruCount = 0;
    this.retransmission.reset(this.ring.firstSeq);
    this.ring.seqUnchanged = 0;
    this.ring.statistics.lastTokenAt = 0;
    this.holdTimer.stop();
  }

  stopTimers(): void {
    this.holdTimer.stop();
  }

  /** Handles the token in the frame at `offset`. */
  receive(offset: number, length: number, littleEndian: boolean): void {
    const { ring, token } = this;
    if (!token.read(ring.view, offset, length, littleEndian)) {
      ring.statistics.malformed++;
      return;
    }
    if (ring.discardTokens || (ring.phase !== 'operational' && ring.phase !== 'recovery')) {
      ring.statistics.unexpected++;
      return;
    }
    const order = ring.phase === 'recovery' ? ring.forming : ring.order;
    if (!this.isNext(order)) return;
    this.noteRotation();
    this.noteIdleness();
    const forward = !(ring.tokenHeld && ring.isRepresentative);

    const everywhere = earlier(token.aru, order.lastAru);
    if (ring.phase === 'operational') {
      ring.installedEverywhere = true;
      const releasable = earlier(everywhere, order.highDelivered);
      if (before(order.queue.lastReleased, releasable)) order.queue.releaseTo(releasable);
    } else this.recovery.release(everywhere);
    ring.listener.tokenReceived();
    order.safeThrough = everywhere;
    const lastAru = order.lastAru;
    order.lastAru = token.aru;

    const passOn = this.sendAndRequest(order, forward);
    this.updateAru(order, lastAru);
    if (this.aruCount > ring.parameters.failRecvConst && token.aruAddr === ring.nodeId) {
      this.newMessages.queueRest(order);
      ring.transport.flush();
      this.listener.failedToReceive();
      return;
    }
    this.myTokenSeq = token.tokenSeq;
    token.tokenSeq = next(token.tokenSeq);
    if (ring.phase === 'recovery' && this.recovery.visit(token)) this.listener.install();
    if (ring.stopped) return;
    this.pass(passOn, order);
    this.noteWorkload();
    if (ring.phase === 'operational') deliverInOrder(ring, ring.order);
    // A message may have ended this node or have had the ring formed anew.
    if (ring.stopped || ring.discardTokens) return;
    this.listener.tokenAccepted();
    if (ring.isRepresentative && ring.tokenHeld) this.holdTimer.start(ring.parameters.holdMs);
    this.listener.tokenPassed();
  }

  /** The first token of a ring whose members all confirmed it; its representative sends it. */
  sendInitial(): void {
    const { ring, token } = this;
    token.sender = ring.nodeId;
    token.target = 0;
    token.seq = ring.firstSeq;
    token.tokenSeq = ring.firstTokenSeq;
    token.aru = (ring.firstSeq - 1) >>> 0;
    token.aruAddr = ring.nodeId;
    token.representative = ring.ringId.representative;
    token.ringSeq = ring.ringId.seq;
    token.backlog = token.fcc = token.retransFlag = token.requests = 0;
    this.recovery.markInitialToken(token);
    ring.statistics.tokensOriginated++;
    this.pass(true, ring.forming);
  }

  /** Sends the stored token (an ORF or a commit token) again. */
  resend(): void {
    const { ring } = this;
    ring.transport.unicast(ring.storedToken, ring.storedTokenBytes, ring.tokenTarget);
    ring.transport.flush();
  }

  /** Whether this is the ring's next token, with numbers that can be. */
  private isNext(order: RingOrder): boolean {
    const { ring, token } = this;
    if (token.representative !== ring.ringId.representative || token.ringSeq !== ring.ringId.seq) {
      ring.statistics.stale++;
      return false;
    }
    if (notAfter(token.tokenSeq, this.myTokenSeq)) {
      ring.statistics.duplicates++;
      return false;
    }
    // aru trails seq by less than a window; a false one half a circle away would be released to.
    if (
      before(token.seq, order.highSeq) ||
      distance(order.aru, token.seq) >= WINDOW ||
      distance(token.aru, token.seq) >= WINDOW
    ) {
      ring.statistics.malformed++;
      return false;
    }
    return true;
  }

  private noteRotation(): void {
    const { ring } = this;
    const now = ring.clock.now();
    const { statistics } = ring;
    statistics.tokensReceived++;
    if (statistics.lastTokenAt > 0 && !ring.tokenHeld) {
      statistics.rotationMs += ROTATION_SMOOTHING * (now - statistics.lastTokenAt - statistics.rotationMs);
    }
    statistics.lastTokenAt = now;
  }

  /** Only at some visits: looking at the clock costs as much as a small message. */
  private noteWorkload(): void {
    const { statistics, clock } = this.ring;
    if (statistics.tokensReceived % WORKLOAD_SAMPLES !== 0) return;
    statistics.workloadMs += ROTATION_SMOOTHING * (clock.now() - statistics.lastTokenAt - statistics.workloadMs);
  }

  /** Counts rotations without a message: after enough of them the representative holds the token. */
  private noteIdleness(): void {
    const { ring, token } = this;
    if (token.seq === ring.seqAtLastVisit) {
      ring.seqUnchanged++;
      this.listener.ringIsIdle();
    } else {
      ring.seqUnchanged = 0;
      this.holdTimer.stop();
      this.listener.ringIsBusy();
    }
    ring.seqAtLastVisit = token.seq;
    const { seqnoUnchangedConst } = ring.parameters;
    ring.tokenHeld = ring.isRepresentative
      ? ring.seqUnchanged > seqnoUnchangedConst
      : ring.seqUnchanged >= seqnoUnchangedConst;
  }

  /** Retransmissions, requests and new messages, within what flow control allows. Returns whether to pass the token on. */
  private sendAndRequest(order: RingOrder, forward: boolean): boolean {
    const { ring, token, recovery } = this;
    const { parameters, flow } = ring;
    const waiting = ring.phase === 'recovery' ? recovery.waiting : ring.queueInUse.length;
    ring.statistics.backlog += ROTATION_SMOOTHING * (waiting - ring.statistics.backlog);
    let allowed = flow.allowed(token, waiting, parameters);
    const retransmitted = this.retransmission.answer(order, allowed);
    allowed -= retransmitted;
    this.retransmission.request(order);
    if (parameters.cancelTokenHoldOnRetransmit && ring.tokenHeld && (token.requests > 0 || retransmitted > 0)) {
      ring.tokenHeld = false;
      forward = true;
    }
    allowed = flow.withinWindow(allowed, token, order.queue.lastReleased, parameters);
    const sent =
      ring.phase === 'recovery' ? recovery.sendOldMessages(token, allowed) : this.newMessages.number(order, allowed);
    order.advanceAru();
    flow.update(token, retransmitted + sent);
    return forward;
  }

  /** Lowers the token's aru to ours, or raises what we had lowered; notices when ours stands still. */
  private updateAru(order: RingOrder, lastAru: number): void {
    const { ring, token } = this;
    if (before(order.aru, token.aru) || token.aruAddr === ring.nodeId || token.aruAddr === 0) {
      token.aru = order.aru;
      token.aruAddr = token.aru === token.seq ? 0 : ring.nodeId;
    }
    this.aruCount = token.aru === lastAru && token.aruAddr !== 0 ? this.aruCount + 1 : 0;
  }

  /** Stores the token and, unless it is held here, sends it on behind the messages of this visit, or between them. */
  private pass(forward: boolean, order: RingOrder): void {
    const { ring, token } = this;
    token.sender = ring.nodeId;
    token.target = 0;
    ring.storedTokenBytes = token.write(ring.view, ring.frames.offsetOf(ring.storedToken), ring.littleEndian);
    if (forward) {
      ring.statistics.tokensSent++;
      ring.transport.unicast(ring.storedToken, ring.storedTokenBytes, ring.tokenTarget);
    }
    this.newMessages.queueRest(order);
    this.retransmission.passed();
    ring.transport.flush();
  }

  private holdExpired(): void {
    if (this.ring.phase === 'operational' || this.ring.phase === 'recovery') this.resend();
  }
}

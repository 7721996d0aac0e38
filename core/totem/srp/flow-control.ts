import type { RingTuning } from '../ring.js';
import type { OrfToken } from '../wire/orf-token.js';
import type { RingParameters } from './parameters.js';
import { before } from './sequence.js';
import { WINDOW } from './sort-queue.js';

/** What a node may send at a visit of a tuned ring though others have used up the window: nobody is starved. */
const LEAST_ALLOWED = 4;

/**
 * Totem's flow control, with Corosync's arithmetic (u32, wrapping): the token counts what was sent in the last rotation
 * (fcc) and what waits on all nodes (backlog), and each node takes its share of the window.
 *
 * While all members agreed on other values (`tune`), these are in use, and the window is what is sent from one visit to
 * the next: what a node itself sent at its last visit does not count against what it may send now. Corosync's rule halves
 * the rate of a single sender whose `max_messages` is the window.
 */
export class FlowControl {
  /** Sent at the last visit (my_trc). */
  private sentBefore = 0;
  /** Waiting at the last visit (my_pbl). */
  private backlogBefore = 0;
  private backlog = 0;
  private agreed: RingTuning | undefined;
  /** Somebody set these values while the node ran: what is agreed may be more, what is sent here may not. */
  private readonly cap = { windowSize: Infinity, maxMessages: Infinity };

  /** A new ring: nothing was sent on it, and its members have agreed on nothing. */
  reset(): void {
    this.sentBefore = this.backlogBefore = this.backlog = 0;
    this.agreed = undefined;
  }

  /** What the members of the ring agreed on; missing: the configured values are in use. */
  get tuning(): RingTuning | undefined {
    return this.agreed;
  }

  /** Frames of a visit that may leave behind the token. */
  get accelerated(): number {
    return this.agreed?.accelerated ?? 0;
  }

  tune(tuning: RingTuning): void {
    const { cap } = this;
    const windowSize = Math.min(tuning.windowSize, cap.windowSize);
    const maxMessages = Math.min(tuning.maxMessages, cap.maxMessages, windowSize);
    this.agreed = { windowSize, maxMessages, accelerated: Math.min(tuning.accelerated, maxMessages) };
  }

  /** From now on no more than these is sent here, whatever the members agree on. */
  limit(set: Partial<Pick<RingTuning, 'windowSize' | 'maxMessages'>>): void {
    Object.assign(this.cap, set);
    if (this.agreed !== undefined) this.tune(this.agreed);
  }

  /** How many frames may be sent at this visit, retransmissions included, when `waiting` frames wait here. */
  allowed(token: OrfToken, waiting: number, parameters: RingParameters): number {
    this.backlog = waiting;
    const { windowSize } = this.agreed ?? parameters;
    let allowed = this.agreed === undefined ? configured(token, parameters) : this.tuned(token, this.agreed);
    const everywhere = (token.backlog + this.backlog - this.backlogBefore) >>> 0;
    if (everywhere !== 0) {
      const share = Math.floor((windowSize * this.backlogBefore) / everywhere);
      if (share > 0) allowed = Math.min(allowed, share);
    }
    return allowed;
  }

  /** New messages allowed when the ring's oldest unreleased message may not be left more than a window behind. */
  withinWindow(allowed: number, token: OrfToken, lastReleased: number, parameters: RingParameters): number {
    const { windowSize } = this.agreed ?? parameters;
    const limit = (lastReleased + WINDOW - allowed - windowSize) >>> 0;
    return before(limit, token.seq) ? 0 : allowed;
  }

  /** Tells the token what was sent and what is still waiting. */
  update(token: OrfToken, sent: number): void {
    token.fcc = (token.fcc + sent - this.sentBefore) >>> 0;
    token.backlog = (token.backlog + this.backlog - this.backlogBefore) >>> 0;
    this.sentBefore = sent;
    this.backlogBefore = this.backlog;
  }

  private tuned(token: OrfToken, { windowSize, maxMessages }: RingTuning): number {
    const others = (token.fcc - this.sentBefore) >>> 0;
    return Math.min(maxMessages, Math.max(LEAST_ALLOWED, windowSize - others));
  }
}

function configured(token: OrfToken, { windowSize, maxMessages }: RingParameters): number {
  return Math.min(maxMessages, (windowSize - token.fcc) >>> 0);
}

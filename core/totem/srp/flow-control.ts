import type { OrfToken } from '../wire/orf-token.js';
import type { RingParameters } from './parameters.js';
import { before } from './sequence.js';
import { WINDOW } from './sort-queue.js';

/**
 * Totem's flow control, with Corosync's arithmetic (u32, wrapping): the token counts what was sent in the last rotation
 * (fcc) and what waits on all nodes (backlog), and each node takes its share of the window.
 */
export class FlowControl {
  /** Sent at the last visit (my_trc). */
  private sentBefore = 0;
  /** Waiting at the last visit (my_pbl). */
  private backlogBefore = 0;
  private backlog = 0;

  reset(): void {
    this.sentBefore = this.backlogBefore = this.backlog = 0;
  }

  /** How many frames may be sent at this visit, retransmissions included, when `waiting` frames wait here. */
  allowed(token: OrfToken, waiting: number, parameters: RingParameters): number {
    const { windowSize, maxMessages } = parameters;
    this.backlog = waiting;
    let allowed = Math.min(maxMessages, (windowSize - token.fcc) >>> 0);
    const everywhere = (token.backlog + this.backlog - this.backlogBefore) >>> 0;
    if (everywhere !== 0) {
      const share = Math.floor((windowSize * this.backlogBefore) / everywhere);
      if (share > 0) allowed = Math.min(allowed, share);
    }
    return allowed;
  }

  /** New messages allowed when the ring's oldest unreleased message may not be left more than a window behind. */
  withinWindow(allowed: number, token: OrfToken, lastReleased: number, parameters: RingParameters): number {
    const limit = (lastReleased + WINDOW - allowed - parameters.windowSize) >>> 0;
    return before(limit, token.seq) ? 0 : allowed;
  }

  /** Tells the token what was sent and what is still waiting. */
  update(token: OrfToken, sent: number): void {
    token.fcc = (token.fcc + sent - this.sentBefore) >>> 0;
    token.backlog = (token.backlog + this.backlog - this.backlogBefore) >>> 0;
    this.sentBefore = sent;
    this.backlogBefore = this.backlog;
  }
}

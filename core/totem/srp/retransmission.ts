import { type OrfToken, RETRANSMIT_ENTRIES_MAX } from '../wire/orf-token.js';
import type { RingOrder } from './ring-order.js';
import type { RingState } from './ring-state.js';
import { before, earlier, next } from './sequence.js';

/** Messages that somebody lacks: the token carries requests for them, and whoever has one sends it again. */
export class Retransmission {
  /** The token's seq when this node last passed it on. */
  private passedSeq = 0;

  constructor(
    private readonly ring: RingState,
    private readonly token: OrfToken,
  ) {}

  /** Nothing after `seq` was sent on the new ring. */
  reset(seq: number): void {
    this.passedSeq = seq;
  }

  /** The token leaves as it is now. */
  passed(): void {
    this.passedSeq = this.token.seq;
  }

  /** Sends up to `allowed` messages that others asked for and this node has. Returns how many. */
  answer(order: RingOrder, allowed: number): number {
    const { ring, token } = this;
    let sent = 0;
    for (let i = 0; i < token.requests && sent < allowed;) {
      const seq = token.requestSeq[i]!;
      if (!this.isOfThisRing(i) || !order.queue.has(seq)) {
        i++;
        continue;
      }
      ring.transport.multicast(order.queue.frameAt(seq), order.queue.bytesAt(seq), false);
      token.removeRequest(i);
      sent++;
    }
    ring.statistics.retransmitted += sent;
    return sent;
  }

  /** Asks for messages that were missing at several visits: one that is only late needs no request. */
  request(order: RingOrder): void {
    const { ring, token } = this;
    const { missCountConst } = ring.parameters;
    const last = this.lastToMiss;
    for (let seq = order.aru; before(seq, last) && token.requests < RETRANSMIT_ENTRIES_MAX;) {
      seq = next(seq);
      if (!order.queue.inRange(seq)) return;
      if (order.queue.has(seq) || order.queue.miss(seq) < missCountConst || this.isRequested(seq)) continue;
      token.addRequest(ring.ringId.representative, ring.ringId.seq, seq);
      ring.statistics.retransmitRequests++;
    }
  }

  /**
   * Up to which message one that is not here counts as missing. On an accelerated ring a token is ahead of the messages it
   * counts, so those that are new since this node's last token may not even have left.
   */
  private get lastToMiss(): number {
    const { ring, token } = this;
    return ring.flow.accelerated > 0 ? earlier(this.passedSeq, token.seq) : token.seq;
  }

  /** Whether a request is for a message of this ring; those of others are left as they are. */
  private isOfThisRing(request: number): boolean {
    const { token } = this;
    const { representative, seq } = this.ring.ringId;
    return token.requestRepresentative[request] === representative && token.requestRingSeq[request] === seq;
  }

  private isRequested(seq: number): boolean {
    const { token } = this;
    for (let i = 0; i < token.requests; i++) {
      if (token.requestSeq[i] === seq && this.isOfThisRing(i)) return true;
    }
    return false;
  }
}

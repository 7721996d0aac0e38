import { Encapsulation } from '../wire/header.js';
import { writeMcastHeader } from '../wire/mcast.js';
import type { OrfToken } from '../wire/orf-token.js';
import type { RingOrder } from './ring-order.js';
import type { RingState } from './ring-state.js';
import { next } from './sequence.js';

/**
 * The frames that this node sends at a token visit. All get their sequence numbers before the token leaves; on an
 * accelerated ring the last of them follow the token, so that the next member begins to send meanwhile.
 */
export class NewMessages {
  /** How many messages, up to the token's seq, are still to be queued: they leave behind the token. */
  private rest = 0;

  constructor(
    private readonly ring: RingState,
    private readonly token: OrfToken,
  ) {}

  /** Gives up to `allowed` waiting frames their numbers and queues what leaves before the token. Returns how many. */
  number(order: RingOrder, allowed: number): number {
    const { ring, token } = this;
    const queue = ring.queueInUse;
    const count = ring.sendingPaused ? 0 : Math.min(allowed, queue.length);
    const before = Math.max(0, count - ring.flow.accelerated);
    for (let sent = 0; sent < count; sent++) {
      const bytes = queue.firstBytes;
      const frame = queue.shift();
      token.seq = next(token.seq);
      writeMcastHeader(
        ring.view,
        ring.frames.offsetOf(frame),
        Encapsulation.NORMAL,
        ring.nodeId,
        token.seq,
        ring.statistics.messagesSent++ | 0,
        ring.ringId,
        ring.littleEndian,
      );
      if (!order.insert(token.seq, frame, 0, bytes)) {
        // Flow control keeps the window open and the numbers are ours to give: the order is corrupt if this happens.
        throw new Error(`Ring ${ring.ringText}: sequence number ${token.seq} was given twice`);
      }
      if (sent < before) ring.transport.multicast(frame, bytes, false);
    }
    this.rest = count - before;
    return count;
  }

  /** The token is queued: queues what leaves behind it. */
  queueRest(order: RingOrder): void {
    const { ring, token } = this;
    for (; this.rest > 0; this.rest--) {
      const seq = (token.seq - this.rest + 1) >>> 0;
      ring.transport.multicast(order.queue.frameAt(seq), order.queue.bytesAt(seq), false);
    }
  }
}

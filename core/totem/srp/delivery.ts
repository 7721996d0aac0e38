import { Guarantee } from '../ring.js';
import { byteOrderOf, senderOf } from '../wire/header.js';
import { MCAST_HEADER_BYTES, isEncapsulated, mcastGuarantee, mcastOriginator } from '../wire/mcast.js';
import type { RingOrder } from './ring-order.js';
import type { RingState } from './ring-state.js';
import { before, next } from './sequence.js';

/**
 * Hands messages up in order until the first gap, or the first safe message that a member may still lack: it is safe
 * when the token's aru covered it in two successive rotations (evs.md 7.1).
 */
export function deliverInOrder(ring: RingState, order: RingOrder): void {
  while (order.highDelivered !== order.highSeq && !ring.stopped) {
    const seq = next(order.highDelivered);
    if (!order.queue.has(seq)) return;
    const offset = order.queue.offsetAt(seq);
    const littleEndian = byteOrderOf(ring.view, offset, MCAST_HEADER_BYTES)!;
    if (mcastGuarantee(ring.view, offset, littleEndian) === Guarantee.SAFE && before(order.safeThrough, seq)) return;
    order.highDelivered = seq;
    deliver(ring, order, seq, offset, littleEndian);
  }
}

/**
 * Ends the old ring's order, in its transitional configuration: everything that is left. Past the first gap only messages
 * of those whose every message is here, so that nothing is delivered whose cause may be missing, and what is owed.
 */
export function deliverRest(ring: RingState, order: RingOrder): void {
  let gap = false;
  while (order.highDelivered !== order.highSeq && !ring.stopped) {
    const seq = next(order.highDelivered);
    order.highDelivered = seq;
    if (!order.queue.has(seq)) {
      gap = true;
      continue;
    }
    const offset = order.queue.offsetAt(seq);
    const littleEndian = byteOrderOf(ring.view, offset, MCAST_HEADER_BYTES)!;
    const isDue = ring.owed.has(seq) || ring.deliverMembers.has(mcastOriginator(ring.view, offset, littleEndian));
    if (gap && !isDue) continue;
    deliver(ring, order, seq, offset, littleEndian);
  }
}

function deliver(ring: RingState, order: RingOrder, seq: number, offset: number, littleEndian: boolean): void {
  if (isEncapsulated(ring.view, offset)) return;
  ring.statistics.messagesDelivered++;
  ring.listener.deliver(
    offset + MCAST_HEADER_BYTES,
    order.queue.bytesAt(seq) - MCAST_HEADER_BYTES,
    senderOf(ring.view, offset, littleEndian),
    littleEndian,
  );
}

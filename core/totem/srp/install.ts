import { deliverInOrder, deliverRest } from './delivery.js';
import type { Recovery } from './recovery.js';
import type { RingState } from './ring-state.js';

/**
 * Enters OPERATIONAL: ends the old ring's order and starts the new one's, in the sequence that extended virtual synchrony
 * asks for (evs.md): old messages that are certain, the transitional configuration, the rest of the old messages, the
 * regular configuration.
 */
export function install(ring: RingState, recovery: Recovery): void {
  const { listener, order } = ring;
  recovery.trustCompanions();
  deliverInOrder(ring, order);

  const left = ring.members.filter((node) => !ring.transitional.includes(node));
  const joined = ring.formingMembers.filter((node) => !ring.transitional.includes(node));
  ring.members = ring.formingMembers;
  listener.configuration({
    kind: 'transitional',
    ringId: ring.ringId,
    members: ring.transitional,
    left,
    joined: [],
  });
  if (!ring.waitingTransitionalAck) {
    listener.queueChanging(true);
    ring.waitingTransitionalAck = true;
  }
  deliverRest(ring, order);
  listener.assemblyChanging();
  listener.configuration({ kind: 'regular', ringId: ring.ringId, members: ring.members, left: [], joined });

  ring.order = ring.forming;
  ring.forming = order;
  order.reset(ring.ringId, ring.firstSeq);
  // What comes after the recovery messages on the new ring is for the applications.
  ring.order.highDelivered = recovery.restoredThrough;
  ring.deliverMembers = new Set();
  ring.owed.clear();
  ring.procList.clear();
  for (const node of ring.members) ring.procList.add(node);
  ring.failedList.clear();
  ring.phase = 'operational';
  ring.installedEverywhere = false;
  ring.installedAt = ring.clock.now();
  ring.statistics.operationalEntered++;
  ring.statistics.continuousGather = 0;
  logMembership(ring, joined, left);
  ring.leavers.clear();
}

function logMembership(ring: RingState, joined: readonly number[], left: readonly number[]): void {
  const joinedText = joined.length > 0 ? ` joined: ${joined.join(' ')}` : '';
  const leftText = left.length > 0 ? ` left: ${left.join(' ')}` : '';
  ring.logger.log('notice', `A new membership (${ring.ringText}) was formed. Members${joinedText}${leftText}`);
  const failed = left.filter((node) => !ring.leavers.has(node));
  if (failed.length > 0) {
    ring.logger.log('notice', `Failed to receive the leave message. failed: ${failed.join(' ')}`);
  }
}

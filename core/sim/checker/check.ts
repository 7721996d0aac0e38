import {
  causalDelivery,
  failureAtomicity,
  noCreation,
  noDuplication,
  selfDelivery,
  sendBeforeDelivery,
  senderOrder,
} from './delivery-properties.js';
import { analyse } from './epochs.js';
import type { Ending, History } from './history.js';
import { everythingDelivered, oneRing } from './liveness-properties.js';
import {
  configurationsAreOrdered,
  eventsBelongToConfiguration,
  membersAgree,
  nothingBetween,
  ringsAreUnique,
} from './membership-properties.js';
import { logicalTime, marksAgree, noGaps, safeDelivery, safeInstallation, totalOrder } from './order-properties.js';
import type { Property, Violation } from './violation.js';

/** Violations of one property that are told; the rest of them says nothing new. */
const MOST_OF_A_PROPERTY = 5;

/** Extended virtual synchrony (evs.md), property by property, and what the simulator asks besides. */
export const PROPERTIES: readonly Property[] = [
  sendBeforeDelivery,
  eventsBelongToConfiguration,
  noCreation,
  noDuplication,
  senderOrder,
  membersAgree,
  ringsAreUnique,
  nothingBetween,
  configurationsAreOrdered,
  selfDelivery,
  failureAtomicity,
  causalDelivery,
  logicalTime,
  totalOrder,
  noGaps,
  safeDelivery,
  safeInstallation,
  marksAgree,
];

/** What is checked at the end of a run. The first decides whether the others can be. */
export const ENDINGS: readonly Property[] = [oneRing, everythingDelivered];

/**
 * Holds a history against every property, those of `own` (a service's) too, and returns what broke them, in the order of
 * the properties. Without `ending` nothing is said about what should have happened in the end.
 */
export function checkHistory(history: History, ending?: Ending, own: readonly Property[] = []): Violation[] {
  const analysis = analyse(history);
  const violations: Violation[] = [];
  const run = (property: Property, end: Ending | undefined): number => {
    let count = 0;
    property.check({ history, analysis, ending: end }, (at, text) => {
      if (count++ < MOST_OF_A_PROPERTY) violations.push({ property: property.name, text, at });
      return count < MOST_OF_A_PROPERTY;
    });
    return count;
  };
  // In rings that are still changing nothing has come to an end.
  const settled = run(oneRing, ending) === 0 ? ending : undefined;
  run(everythingDelivered, settled);
  for (const property of [...PROPERTIES, ...own]) run(property, settled);
  return violations;
}

import { membershipMutations } from './catalog/membership.js';
import { orderingMutations } from './catalog/ordering.js';
import { packingMutations } from './catalog/packing.js';
import { recoveryMutations } from './catalog/recovery.js';
import { serviceMutations } from './catalog/services.js';
import { windowMutations } from './catalog/windows.js';
import type { Mutation } from './mutation.js';

/** Every mutation, in the order of the report. */
export const mutations: readonly Mutation[] = [
  ...orderingMutations,
  ...membershipMutations,
  ...recoveryMutations,
  ...packingMutations,
  ...serviceMutations,
  ...windowMutations,
];

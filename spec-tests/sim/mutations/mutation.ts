import type { PlanOptions } from '../../../core/sim/generate.js';
import type { Plan } from '../../../core/sim/plan.js';

/** One deliberate mistake in the protocol, which the checker has to find. */
export interface Mutation {
  /** Unique; short words with dashes. */
  readonly id: string;
  /** The rule that it breaks, and where that is written: a section of totem.md, or a property of evs.md. */
  readonly breaks: string;
  /** The file that it changes, from the root of the checkout. */
  readonly file: string;
  /** Text that stands in the file exactly once, and what comes in its place. */
  readonly find: string;
  readonly replace: string;
  /** Numbers, or names, that begin the properties that may catch it. A run that breaks only others does not count. */
  readonly properties: readonly string[];
  /** What runs must be like for the mistake to matter at all; without it they are as every run of the simulator. */
  readonly options?: PlanOptions;
  /** `services`: runs of CPG's processes (service-run.ts) in place of the simulator's own. */
  readonly runs?: 'services';
  readonly change?: (plan: Plan) => Plan;
}

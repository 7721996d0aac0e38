import type { Severity } from '../base/logger.js';
import { checkHistory } from './checker/check.js';
import type { Ending, History } from './checker/history.js';
import type { Property, Violation } from './checker/violation.js';
import { generatePlan } from './generate.js';
import type { PlanOptions } from './generate.js';
import type { Plan } from './plan.js';
import type { FrameTrace } from './frame-trace.js';
import type { SimService } from './services/service-load.js';
import { Simulation } from './simulation.js';

/** What a run is asked to do besides its plan. */
export interface RunOptions {
  /** Keep every frame, for pictures. */
  readonly traceFrames?: boolean;
  /** The run is cut off, and that is a violation, when so many things have happened for each node; 5 million if missing. */
  readonly mostSteps?: number;
  /** Takes the nodes' logs. */
  readonly log?: (at: number, nodeId: number, severity: Severity, subsystem: string, text: string) => void;
  /** Services that the plan may name, besides those that the simulator knows. */
  readonly services?: readonly SimService[];
  /** Further properties. */
  readonly properties?: readonly Property[];
}

/** What came out of a run. */
export interface RunResult {
  readonly plan: Plan;
  /** Empty if everything held. */
  readonly violations: readonly Violation[];
  /** Fingerprint of all events: the same for the same plan. */
  readonly digest: string;
  readonly history: History;
  /** Missing if the run was cut off. */
  readonly ending: Ending | undefined;
  readonly frames: readonly FrameTrace[];
  readonly statistics: RunStatistics;
}

export interface RunStatistics {
  readonly steps: number;
  readonly framesSent: number;
  readonly framesLost: Readonly<Record<string, number>>;
  readonly messages: number;
  readonly deliveries: number;
  readonly configurations: number;
  /** What clients of services were told. */
  readonly clientEvents: number;
  /** From the end of faults until the last ring was installed; NaN if there is none of all. */
  readonly settledMs: number;
}

/** Runs the plan of a seed. */
export function runSeed(seed: number, options: PlanOptions & RunOptions = {}): Promise<RunResult> {
  return runPlan(generatePlan(seed, options), options);
}

/** What holds even where bits flip in frames that nothing authenticates. */
const HOLDS_ALWAYS: ReadonlySet<string> = new Set(['no exception', 'no storm', 'a frame has one owner']);

/** Runs a plan from its beginning to its end and checks what happened. */
export async function runPlan(plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const simulation = new Simulation(plan, options);
  await simulation.run();
  const { recorder } = simulation;
  const { history } = recorder;
  const ending = simulation.ending;
  const violations = plan.byzantine
    ? recorder.problems.filter(({ property }) => HOLDS_ALWAYS.has(property))
    : [
        ...recorder.problems,
        ...checkHistory(history, ending, [...simulation.properties, ...(options.properties ?? [])]),
      ];
  return {
    plan,
    violations,
    digest: recorder.digest.hex,
    history,
    ending,
    frames: recorder.frames,
    statistics: {
      steps: simulation.scheduler.steps,
      framesSent: recorder.framesSent,
      framesLost: recorder.framesLost,
      messages: history.messages.length,
      deliveries: count(history, 'deliver'),
      clientEvents: recorder.clientEvents,
      configurations: count(history, 'regular'),
      settledMs: lastInstall(history) - plan.quietAt,
    },
  };
}

function count(history: History, kind: string): number {
  let found = 0;
  for (const event of history.events) if (event.kind === kind) found++;
  return found;
}

function lastInstall(history: History): number {
  return history.events.findLast((event) => event.kind === 'regular')?.at ?? NaN;
}

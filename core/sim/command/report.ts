import type { Violation } from '../checker/violation.js';
import type { Plan } from '../plan.js';
import type { RunResult } from '../run.js';

/** A run's violations, one a line, in virtual seconds. */
export function violationLines(violations: readonly Violation[]): string[] {
  return violations.map(({ property, text, at }) => `  ${(at / 1000).toFixed(3)} s  ${property}: ${text}`);
}

/** What a plan is, in a line. */
export function planLine(plan: Plan): string {
  const faults = new Set<string>(plan.episodes.map(({ fault }) => fault.kind));
  if (plan.apart !== undefined) faults.add('apart in the end');
  const kinds = faults.size === 0 ? 'none' : [...faults].join(', ');
  const seconds = (plan.endAt / 1000).toFixed(1);
  return `${plan.nodes.length} nodes, ${plan.episodes.length} faults (${kinds}), ${plan.traffic.length} kinds of traffic, ${seconds} s`;
}

/** What happened in a run, in a line. */
export function runLine({ statistics, digest }: RunResult): string {
  const { configurations, messages, deliveries, clientEvents, framesSent, steps } = statistics;
  return `${configurations} configurations, ${messages} messages, ${deliveries} deliveries, ${clientEvents} events of clients, ${framesSent} frames, ${steps} steps; digest ${digest}`;
}

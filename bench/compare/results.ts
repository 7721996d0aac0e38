import type { System } from '../ring/daemon-process.js';
import { median } from '../ring/result.js';
import { COSTS, goalOf, goalText, headlinesOf, isMet } from './figures.js';
import type { Figure, Values } from './figures.js';
import { nameOf, SYSTEMS } from './plan.js';
import type { Job } from './plan.js';

/** One run of a job by one system. */
export interface Measurement {
  /** The job's, by `ring.name` and `nameOf(work)`. */
  readonly ring: string;
  readonly work: string;
  readonly system: System;
  readonly run: number;
  /** Missing if the run failed. */
  readonly values?: Values;
  /** Why it failed: a lost message, a ring that broke, a program that did not end. */
  readonly error?: string;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly runs: number;
}

export type BySystem = Readonly<Partial<Record<System, Spread>>>;

/** One figure of one job. */
export interface Row {
  readonly ring: string;
  readonly work: string;
  readonly figure: string;
  readonly better: Figure['better'];
  readonly systems: BySystem;
  /** Chorale's median over Corosync's. */
  readonly ratio?: number;
  readonly goal: string;
  /** Missing where nothing is asked, or nothing could be measured. */
  readonly met?: boolean;
  readonly failures: Readonly<Partial<Record<System, number>>>;
}

/** What the work of one job cost. */
export interface CostRow {
  readonly ring: string;
  readonly work: string;
  readonly cpuMicroseconds: BySystem;
  readonly peakMegabytes: BySystem;
  readonly retransmitted: BySystem;
  readonly dropped: BySystem;
}

/** Undefined of no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), runs: values.length };
}

export function sameJob(job: Job, { ring, work }: Pick<Measurement, 'ring' | 'work'>): boolean {
  return job.ring.name === ring && nameOf(job.work) === work;
}

function bySystem(measurements: readonly Measurement[], key: keyof Values): BySystem {
  const spreads: Partial<Record<System, Spread>> = {};
  for (const system of SYSTEMS) {
    const values = measurements.filter((one) => one.system === system).map((one) => one.values?.[key]);
    const spread = spreadOf(values.filter((value) => value !== undefined));
    if (spread !== undefined) spreads[system] = spread;
  }
  return spreads;
}

/** The jobs that have been measured by a system at least, a row a figure. */
export function rowsOf(jobs: readonly Job[], measurements: readonly Measurement[]): Row[] {
  return jobs.flatMap((job) => {
    const own = measurements.filter((one) => sameJob(job, one));
    return own.length === 0 ? [] : headlinesOf(job.work).map((figure) => rowOf(job, figure, own));
  });
}

function rowOf(job: Job, figure: Figure, measurements: readonly Measurement[]): Row {
  const systems = bySystem(measurements, figure.key);
  const [ours, theirs] = [systems.chorale?.median, systems.corosync?.median];
  const ratio = ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
  const goal = goalOf(job, figure);
  const met = goal && isMet(goal, ours, ratio);
  const failures: Partial<Record<System, number>> = {};
  for (const system of SYSTEMS) {
    const count = measurements.filter((one) => one.system === system && one.error !== undefined).length;
    if (count > 0) failures[system] = count;
  }
  return {
    ring: job.ring.name,
    work: nameOf(job.work),
    figure: figure.name,
    better: figure.better,
    systems,
    ...(ratio === undefined ? {} : { ratio }),
    goal: goalText(goal),
    // A goal is not met by a system that lost a message on the way.
    ...(met === undefined ? {} : { met: met && failures.chorale === undefined }),
    failures,
  };
}

/** The works that send. */
export function costsOf(jobs: readonly Job[], measurements: readonly Measurement[]): CostRow[] {
  return jobs.flatMap((job) => {
    if (job.work.kind === 'idle') return [];
    const own = measurements.filter((one) => sameJob(job, one));
    if (own.length === 0) return [];
    return [
      {
        ring: job.ring.name,
        work: nameOf(job.work),
        cpuMicroseconds: bySystem(own, COSTS.cpu.key),
        peakMegabytes: bySystem(own, COSTS.memory.key),
        retransmitted: bySystem(own, COSTS.retransmitted.key),
        dropped: bySystem(own, COSTS.dropped.key),
      },
    ];
  });
}

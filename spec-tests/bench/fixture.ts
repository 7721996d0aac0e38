import { nameOf, planOf } from '../../bench/compare/plan.js';
import type { Job, Section, Work } from '../../bench/compare/plan.js';
import type { Settings } from '../../bench/compare/report.js';
import { reportOf } from '../../bench/compare/report.js';
import type { Report } from '../../bench/compare/report.js';
import type { Values } from '../../bench/compare/figures.js';
import type { Measurement } from '../../bench/compare/results.js';
import type { System } from '../../bench/ring/daemon-process.js';

export const SETTINGS = { mainRuns: 3, otherRuns: 2, seconds: 1.5, idleSeconds: 10 };

export function jobsOf(...sections: Section[]): Job[] {
  return planOf({ ...SETTINGS, sections: new Set(sections) });
}

export function jobOf(section: Section, kind: Work['kind'], size?: number): Job {
  return jobsOf(section).find(
    ({ work }) => work.kind === kind && (size === undefined || ('size' in work && work.size === size)),
  )!;
}

/** A job's runs by a system, a value of the figure each. */
export function measured(job: Job, system: System, key: keyof Values, ...values: number[]): Measurement[] {
  const what = { ring: job.ring.name, work: nameOf(job.work), system };
  return values.map((value, i) => ({ ...what, run: i + 1, values: { [key]: value } }));
}

export function reportWith(sections: readonly Section[], measurements: readonly Measurement[]): Report {
  const settings: Settings = { ...SETTINGS, sections };
  const machine = {
    processors: '2 x Some CPU',
    memoryGigabytes: 25,
    linux: '6.18',
    node: '20.20.2',
    chorale: 'abc<1>&',
    corosync: '3.1.7',
    knet: '1.25',
  };
  const startedAt = '2026-01-02T03:04:05.000Z';
  return reportOf({ startedAt, machine, settings, scheduling: 'SCHED_OTHER, nice 0', measurements });
}

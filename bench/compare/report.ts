import { renameSync, readFileSync, writeFileSync } from 'node:fs';
import { rounded } from '../ring/result.js';
import type { Machine } from './machine.js';
import { planOf } from './plan.js';
import type { Job, PlanOptions, Section } from './plan.js';
import { costsOf, rowsOf } from './results.js';
import type { CostRow, Measurement, Row } from './results.js';

/** How a comparison was asked for. */
export type Settings = Omit<PlanOptions, 'sections'> & { readonly sections: readonly Section[] };

/** A comparison: what was asked for, what was measured, and what follows. */
export interface Report {
  readonly bench: 'compare';
  readonly startedAt: string;
  readonly machine: Machine;
  readonly settings: Settings;
  /** How the daemons of both were scheduled, such as `SCHED_OTHER, nice 0`. */
  readonly scheduling: string;
  readonly measurements: readonly Measurement[];
  readonly rows: readonly Row[];
  readonly costs: readonly CostRow[];
}

export function jobsOf({ sections, ...settings }: Settings): Job[] {
  return planOf({ ...settings, sections: new Set(sections) });
}

/** The rows and costs that follow from the measurements. */
export function reportOf(of: Omit<Report, 'bench' | 'rows' | 'costs'>): Report {
  const jobs = jobsOf(of.settings);
  return { bench: 'compare', ...of, rows: rowsOf(jobs, of.measurements), costs: costsOf(jobs, of.measurements) };
}

/** The file is whole at any time. */
export function writeReport(path: string, report: Report): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(rounded(report), undefined, 1)}\n`);
  renameSync(`${path}.new`, path);
}

/** Throws if it is no such file. Rows and costs are worked out anew. */
export function readReport(path: string): Report {
  const problem = (what: string): Error => new Error(`${path} ${what}: give a file that --json wrote`);
  let report: Partial<Report>;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Partial<Report>;
  } catch (error) {
    throw problem(`cannot be read (${(error as Error).message})`);
  }
  if (report?.bench !== 'compare' || report.settings === undefined || !Array.isArray(report.measurements)) {
    throw problem('holds no comparison');
  }
  return reportOf(report as Report);
}

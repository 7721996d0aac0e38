/**
 * Chorale beside Corosync: a matrix of works on rings of both, in turns, with ratios, goals and costs, as a table, as JSON
 * and as a picture. See README.md here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Laboratory } from './compare/laboratory.js';
import { thisMachine } from './compare/machine.js';
import { pictureOf } from './compare/picture.js';
import { nameOf, SECTIONS, stepsOf } from './compare/plan.js';
import type { Section, Step } from './compare/plan.js';
import { durationText, Progress } from './compare/progress.js';
import { jobsOf, readReport, reportOf, writeReport } from './compare/report.js';
import type { Report, Settings } from './compare/report.js';
import { sameJob } from './compare/results.js';
import type { Measurement } from './compare/results.js';
import { markdownOf, short, textOf, withTable } from './compare/table.js';
import { readScheduling, schedulingText } from './ring/proc.js';
import { wholeNumber } from './whole-number.js';

interface Options {
  readonly only?: readonly Section[];
  readonly quick: boolean;
  readonly runs?: number;
  readonly otherRuns?: number;
  readonly seconds?: number;
  readonly atMost: number;
  readonly plan: boolean;
  readonly resume?: string;
  readonly show?: string;
  readonly json: string;
  readonly picture: string;
  readonly into?: string;
}

/** The exit code of a program that SIGINT ended, by a shell's custom. */
const INTERRUPTED = 130;
const TIDYING_MS = 3000;

const command = new Command('bench')
  .description('Compare Chorale with Corosync on netlab hosts (needs root). Nothing else should run meanwhile.')
  .addOption(new Option('--only <section,...>', `some of ${SECTIONS.join(', ')} (default: all)`).argParser(sectionsOf))
  .option('--quick', 'one short run of everything: to see that it works, not to compare', false)
  .option('--runs <n>', 'runs on three nodes and udpu (default: 5)', wholeNumber(1, 100))
  .option('--other-runs <n>', 'runs on other rings (default: 3)', wholeNumber(1, 100))
  .option('--seconds <s>', 'how long a flood lasts, two thirds of it on other rings (default: 1.5)', seconds)
  .option('--at-most <minutes>', 'begin nothing more after this time', wholeNumber(1, 1000), 30)
  .option('--plan', 'only print what would be measured, and how long that takes', false)
  .addOption(new Option('--resume <file>', 'go on with the comparison that --json wrote').conflicts(['only', 'quick']))
  .option('--show <file>', 'measure nothing: show the comparison that --json wrote')
  .option('--json <file>', 'where to write all figures', 'bench-result.json')
  .option('--picture <file>', 'where to draw throughput and latency by size', 'bench-result.svg')
  .option('--into <file>', 'a Markdown file to put the table in, such as docs/performance.md');

function sectionsOf(text: string): readonly Section[] {
  return text.split(',').map((name) => {
    const section = SECTIONS.find((one) => one === name);
    if (section === undefined) throw new InvalidArgumentError(`give some of ${SECTIONS.join(', ')}.`);
    return section;
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.3 && value <= 600) return value;
  throw new InvalidArgumentError('give a number from 0.3 to 600.');
}

function settingsOf(options: Options): Settings {
  const { quick } = options;
  const mainRuns = options.runs ?? (quick ? 1 : 5);
  return {
    sections: options.only ?? SECTIONS,
    mainRuns,
    otherRuns: Math.min(mainRuns, options.otherRuns ?? (quick ? 1 : 3)),
    seconds: options.seconds ?? (quick ? 0.6 : 1.5),
    idleSeconds: quick ? 3 : 10,
  };
}

/** What this is started with, daemons and clients inherit. */
function refuseRealTime(): void {
  const own = readScheduling('self');
  if (own.policy === 'SCHED_OTHER') return;
  command.error(
    `error: this runs at ${schedulingText(own)}, where Corosync and its clients starve each other: start it without chrt`,
  );
}

async function measure(settings: Settings, before: readonly Measurement[], options: Options): Promise<Report> {
  const measurements = [...before];
  const startedAt = new Date().toISOString();
  const machine = thisMachine();
  const steps = stepsOf(jobsOf(settings)).flatMap((step) => {
    const jobs = step.jobs.filter(
      (job) => !before.some((one) => sameJob(job, one) && one.run === step.run && one.system === step.system),
    );
    return jobs.length === 0 ? [] : [{ ...step, jobs }];
  });
  const progress = new Progress(steps);
  console.error(`${steps.length} steps, about ${durationText(progress.expected())}; at most ${options.atMost} min.`);
  if (options.plan) for (const step of steps) console.error(stepText(step));

  let laboratory: Laboratory | undefined;
  const report = (): Report =>
    reportOf({ startedAt, machine, settings, scheduling: laboratory?.scheduling ?? 'unknown', measurements });
  if (options.plan) return report();

  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const interrupt = (): void => {
    console.error('Interrupted: what was measured until now follows.');
    interruption.abort();
    laboratory?.close();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    laboratory = new Laboratory();
    const from = performance.now();
    for (const [i, step] of steps.entries()) {
      if (signal.aborted || performance.now() - from > options.atMost * 60_000) break;
      const began = performance.now();
      console.error(`${stepText(step)}   (${i + 1} of ${steps.length}, ${durationText(progress.left(i))} left)`);
      const work = laboratory.run(step, (measurement) => {
        measurements.push(measurement);
        console.error(`  ${measurement.work}: ${valuesText(measurement)}`);
      });
      await Promise.race([work, interrupted]);
      // Its daemons are gone: what waited for them fails, and tidies up.
      if (signal.aborted) await Promise.race([work, delay(TIDYING_MS)]);
      progress.done(step, (performance.now() - began) / 1000);
      writeReport(options.json, report());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    laboratory?.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  if (signal.aborted) process.exitCode = INTERRUPTED;
  const result = report();
  writeReport(options.json, result);
  return result;
}

function stepText({ ring, system, run, jobs }: Step): string {
  return `run ${run}, ${ring.name}, ${system}: ${jobs.map(({ work }) => nameOf(work)).join(', ')}`;
}

function valuesText({ values, error }: Measurement): string {
  if (values === undefined) return `FAILED: ${error}`;
  return Object.entries(values)
    .map(([key, value]) => `${key} ${short(value as number)}`)
    .join(', ');
}

function show(report: Report, options: Options): void {
  console.log(textOf(report));
  writeFileSync(options.picture, pictureOf(report));
  if (options.into !== undefined) {
    const markdown = markdownOf(report, relative(dirname(options.into), options.picture));
    writeFileSync(options.into, withTable(readFileSync(options.into, 'utf8'), markdown));
  }
}

async function main(options: Options): Promise<void> {
  if (options.show !== undefined) return show(readReport(options.show), options);
  const resumed = options.resume === undefined ? undefined : readReport(options.resume);
  refuseRealTime();
  const settings = resumed?.settings ?? settingsOf(options);
  // What failed is tried again.
  const before = (resumed?.measurements ?? []).filter(({ error }) => error === undefined);
  const report = await measure(settings, before, options);
  if (!options.plan) show(report, options);
}

main(command.parse().opts<Options>())
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  // A step that was interrupted may still wait for something.
  .finally(() => process.exit());

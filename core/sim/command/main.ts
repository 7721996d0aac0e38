import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DiagramError, drawDiagram } from '../diagram.js';
import { Digest } from '../digest.js';
import { generatePlan } from '../generate.js';
import { PlanFileError, readPlan, writePlan } from '../plan-file.js';
import type { Plan } from '../plan.js';
import { runPlan } from '../run.js';
import { shrinkPlan } from '../shrink.js';
import { hunt } from './lanes.js';
import { Progress } from './progress.js';
import { planLine, runLine, violationLines } from './report.js';
import type { SeedReport } from './worker.js';

/** Seeds of a hunt without a limit of its own. */
const DEFAULT_SEEDS = 200;
/** Failing seeds that are told in full. */
const MOST_TOLD = 20;
const USAGE_ERROR = 2;

interface Options {
  readonly seeds?: number;
  readonly from: number;
  readonly minutes?: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly plan?: string;
  readonly shrink?: boolean | string;
  readonly log?: boolean;
  readonly diagram?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

await new Command('sim')
  .description('Runs simulated clusters under faults and holds each against extended virtual synchrony.')
  .option('--seeds <n>', `run so many seeds (${DEFAULT_SEEDS} if no time is given either)`, atLeastOne)
  .option('--from <seed>', 'the first of them', wholeNumber, 1)
  .option('--minutes <m>', 'begin no more runs after this time', positive)
  .option('--jobs <n>', 'processes at a time', atLeastOne, 2)
  .addOption(new Option('--seed <seed>', 'run this seed alone').argParser(wholeNumber))
  .addOption(new Option('--plan <file>', 'run the plan in this file').conflicts('seed'))
  .option('--shrink [file]', 'make a plan that fails smaller, and write it to the file')
  .option('--log', 'print the logs of the nodes (with --seed or --plan)')
  .option('--diagram <file>', 'draw the run, an SVG file (with --seed or --plan)')
  .option('--from-ms <ms>', 'where the drawing begins; else around the first violation, or all', wholeNumber)
  .option('--to-ms <ms>', 'where it ends', wholeNumber)
  .action(main)
  .parseAsync();

async function main(options: Options): Promise<void> {
  try {
    if (options.seed !== undefined) await runOne(generatePlan(options.seed), `--seed ${options.seed}`, options);
    else if (options.plan !== undefined) {
      await runOne(readPlan(readFileSync(options.plan, 'utf8')), `--plan ${options.plan}`, options);
    } else await runMany(options);
  } catch (error) {
    const isInput =
      error instanceof PlanFileError ||
      error instanceof DiagramError ||
      (error as NodeJS.ErrnoException).code !== undefined;
    if (!isInput) throw error;
    process.stderr.write(`sim: ${(error as Error).message}\n`);
    process.exitCode = USAGE_ERROR;
  }
}

async function runOne(plan: Plan, replay: string, options: Options): Promise<void> {
  const { log, shrink, diagram } = options;
  process.stdout.write(`${planLine(plan)}\n`);
  const print = (at: number, node: number, severity: string, subsystem: string, text: string): boolean =>
    process.stdout.write(`${at.toFixed(2)} node ${node} ${subsystem} ${severity}: ${text}\n`);
  const result = await runPlan(plan, { traceFrames: diagram !== undefined, ...(log && { log: print }) });
  process.stdout.write(`${runLine(result)}\n`);
  if (diagram !== undefined) {
    writeFileSync(diagram, drawDiagram(result, options));
    process.stdout.write(`drawn in ${diagram}\n`);
  }
  const { violations } = result;
  const summary =
    violations.length === 0 ? 'no violation' : `${violations.length} violations; again: ${command(replay)}`;
  process.stdout.write([...violationLines(violations), summary].join('\n') + '\n');
  if (violations.length === 0) return;
  process.exitCode = 1;
  if (shrink) await shrinkOne(plan, violations[0]!.property, shrink);
}

async function shrinkOne(plan: Plan, property: string, file: string | true): Promise<void> {
  const progress = new Progress();
  const shrunk = await shrinkPlan(plan, property, {
    onRun: (runs, { nodes, episodes, traffic }) => {
      const text = `shrinking: run ${runs}, ${nodes.length} nodes, ${episodes.length} faults, ${traffic.length} kinds of traffic`;
      progress.show(runs / 500, text);
    },
  });
  const path = file === true ? join(tmpdir(), `chorale-sim-${plan.seed}.json`) : file;
  writeFileSync(path, writePlan(shrunk.plan));
  progress.print(`shrunk in ${shrunk.runs} runs to ${planLine(shrunk.plan)}`);
  progress.print(violationLines(shrunk.violations).join('\n'));
  progress.print(`written to ${path}; again: ${command(`--plan ${path}`)}`);
}

async function runMany({ seeds, from, minutes, jobs, shrink }: Options): Promise<void> {
  const wanted = seeds ?? (minutes === undefined ? DEFAULT_SEEDS : Infinity);
  const progress = new Progress();
  const digests: string[] = [];
  const failed: SeedReport[] = [];
  let interrupted = false;
  process.once('SIGINT', () => (interrupted = true));
  const isTimeUp = (): boolean => minutes !== undefined && progress.seconds >= minutes * 60;
  await hunt({
    from,
    seeds: wanted,
    jobs,
    isOver: () => interrupted || isTimeUp(),
    onReport: (report) => {
      digests[report.seed - from] = report.digest;
      if (report.violations.length > 0) {
        failed.push(report);
        if (failed.length <= MOST_TOLD) progress.print(failureText(report));
      }
      const done = Object.keys(digests).length;
      const share = Math.max(done / wanted, minutes === undefined ? 0 : progress.seconds / 60 / minutes);
      const rate = ((60 * done) / progress.seconds).toFixed(0);
      progress.show(share, `${done} seeds, ${rate} a minute, ${failed.length} failed`);
    },
  });
  progress.clear();
  const done = Object.keys(digests).length;
  const total = new Digest();
  for (const digest of digests) total.text(digest ?? '');
  const rate = ((60 * done) / progress.seconds).toFixed(0);
  const range = done === 0 ? 'no seeds' : `${done} seeds from ${from} on`;
  const time = `in ${progress.seconds.toFixed(0)} s (${rate} a minute)`;
  const found = failed.length === 0 ? 'no violation' : `${failed.length} failed: ${kindsOf(failed)}`;
  process.stdout.write(`${range} ${time}, digest ${total.hex}: ${found}\n`);
  if (failed.length === 0) return;
  process.exitCode = 1;
  if (!shrink) return;
  const { seed, violations } = failed.reduce((low, report) => (report.seed < low.seed ? report : low));
  await shrinkOne(generatePlan(seed), violations[0]!.property, shrink);
}

function failureText({ seed, violations }: SeedReport): string {
  const most = 5;
  const rest = violations.length > most ? [`  and ${violations.length - most} more`] : [];
  return [
    `seed ${seed}: ${violations.length} violations; again: ${command(`--seed ${seed}`)}`,
    ...violationLines(violations.slice(0, most)),
    ...rest,
  ].join('\n');
}

/** Which properties were broken in how many runs. */
function kindsOf(failed: readonly SeedReport[]): string {
  const counts = new Map<string, number>();
  for (const { violations } of failed) {
    for (const property of new Set(violations.map((violation) => violation.property))) {
      counts.set(property, (counts.get(property) ?? 0) + 1);
    }
  }
  return [...counts].map(([property, count]) => `${property} (${count})`).join(', ');
}

function command(options: string): string {
  return `npm run sim -- ${options}`;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(`Give at most ${Number.MAX_SAFE_INTEGER}.`);
  return value;
}

function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { limitCpu } from './cpu-limit.js';
import type { SeedReport } from './worker.js';

/** A run that takes more processor time than this hangs: the longest ones take some seconds. */
const HANGS_SECONDS = 120;
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** What is run. */
export interface HuntOptions {
  readonly from: number;
  /** How many seeds; Infinity for as many as the time allows. */
  readonly seeds: number;
  /** Processes at a time. */
  readonly jobs: number;
  /** No more seeds begin when it says true. */
  readonly isOver: () => boolean;
  readonly onReport: (report: SeedReport) => void;
}

/** Runs seeds in several processes; resolves when all that began have ended. */
export async function hunt(options: HuntOptions): Promise<void> {
  const { from, seeds, jobs, isOver, onReport } = options;
  let next = 0;
  const work = async (): Promise<void> => {
    const lane = new Lane();
    try {
      while (next < seeds && !isOver()) onReport(await lane.run(from + next++));
    } finally {
      lane.stop();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, work));
}

/** A process that runs seeds. One that dies or hangs in a run is replaced, and the run reported as broken. */
class Lane {
  private child: ChildProcess | undefined;

  run(seed: number): Promise<SeedReport> {
    const child = (this.child ??= fork(WORKER));
    return new Promise((resolve) => {
      const finish = (report: SeedReport): void => {
        endWatch();
        child.removeAllListeners();
        resolve(report);
      };
      const broken = (text: string): void => {
        this.stop();
        finish({ seed, digest: '-', violations: [{ property: 'a run ends', text, at: 0 }] });
      };
      const endWatch = limitCpu(child.pid!, HANGS_SECONDS, broken);
      child.once('message', (report) => finish(report as SeedReport));
      child.once('exit', (code, signal) => broken(`the process that ran it ended with ${signal ?? code}`));
      child.once('error', (error) => broken(`the process that ran it failed: ${error.message}`));
      child.send(seed);
    });
  }

  stop(): void {
    this.child?.removeAllListeners();
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

import { secondsOf } from './plan.js';
import type { Step } from './plan.js';

/** How far a row of steps has come, and how long the rest takes by what the steps took so far. */
export class Progress {
  private expectedDone = 0;
  private taken = 0;

  constructor(private readonly steps: readonly Step[]) {}

  /** Seconds that steps are expected to take, all of them at first. */
  expected(from = 0): number {
    return this.steps.slice(from).reduce((sum, step) => sum + secondsOf(step), 0);
  }

  done(step: Step, seconds: number): void {
    this.expectedDone += secondsOf(step);
    this.taken += seconds;
  }

  /** Seconds that the steps from this one on will take. */
  left(from: number): number {
    const pace = this.expectedDone === 0 ? 1 : this.taken / this.expectedDone;
    return this.expected(from) * pace;
  }
}

/** 45 s, 12 min. */
export function durationText(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

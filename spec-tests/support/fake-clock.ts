import type { Clock, Timer } from '../../core/base/clock.js';

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly timers = new Set<FakeTimer>();

  now(): number {
    return this.time;
  }

  timer(onExpiry: () => void): Timer {
    const timer = new FakeTimer(onExpiry, () => this.time);
    this.timers.add(timer);
    return timer;
  }

  /** Moves time on and lets what expires meanwhile expire, in order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at !== undefined && at <= end).sort((a, b) => a.at! - b.at!)[0];
      if (!due) break;
      this.time = due.at!;
      due.expire();
    }
    this.time = end;
  }
}

class FakeTimer implements Timer {
  at: number | undefined;

  constructor(
    private readonly onExpiry: () => void,
    private readonly now: () => number,
  ) {}

  get running(): boolean {
    return this.at !== undefined;
  }

  start(delayMs: number): void {
    this.at = this.now() + delayMs;
  }

  stop(): void {
    this.at = undefined;
  }

  expire(): void {
    this.at = undefined;
    this.onExpiry();
  }
}

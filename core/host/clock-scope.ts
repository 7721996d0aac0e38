import type { Clock, Timer } from '../base/clock.js';

/** Runs a timer's callback; the owner of the scope decides what an exception means. */
export type Guard = (callback: () => void) => void;

/**
 * A clock whose timers all end together: when a plugin is unloaded or a node crashes, nothing of it may run any more.
 * Only running timers are remembered, so that an engine may make as many as it likes.
 */
export class ClockScope implements Clock {
  private readonly runningTimers = new Set<ScopedTimer>();
  private closed = false;

  constructor(
    private readonly clock: Clock,
    private readonly guard: Guard = (callback) => callback(),
  ) {}

  now(): number {
    return this.clock.now();
  }

  timer(onExpiry: () => void): Timer {
    return new ScopedTimer(this.clock, this.runningTimers, this.guard, onExpiry, () => !this.closed);
  }

  /** Stops every timer; none starts again. */
  close(): void {
    this.closed = true;
    for (const timer of this.runningTimers) timer.stop();
  }
}

class ScopedTimer implements Timer {
  private readonly inner: Timer;

  constructor(
    clock: Clock,
    private readonly runningTimers: Set<ScopedTimer>,
    guard: Guard,
    onExpiry: () => void,
    private readonly open: () => boolean,
  ) {
    this.inner = clock.timer(() => {
      if (!this.inner.running) this.runningTimers.delete(this);
      guard(onExpiry);
    });
  }

  get running(): boolean {
    return this.inner.running;
  }

  start(delayMs: number): void {
    if (!this.open()) return;
    this.runningTimers.add(this);
    this.inner.start(delayMs);
  }

  stop(): void {
    this.runningTimers.delete(this);
    this.inner.stop();
  }
}

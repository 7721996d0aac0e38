import type { Clock, Timer } from '../base/clock.js';
import type { Happening, Scheduler } from './scheduler.js';

/**
 * One node's clock: it may run faster or slower than the others', jump forward, and stand still for the process while
 * time goes on (SIGSTOP). Timers that are overdue after a pause expire at `resume`, in the order of their deadlines.
 */
export class VirtualClock implements Clock {
  private readonly timers: VirtualTimer[] = [];
  private readonly overdue: VirtualTimer[] = [];
  private ahead = 0;
  private isPaused = false;
  private isClosed = false;

  /**
   * `rate`: milliseconds of this clock in a millisecond of virtual time. `onExpiry` runs what a timer is for; it decides
   * what becomes of an exception.
   */
  constructor(
    readonly scheduler: Scheduler,
    readonly rate: number,
    private readonly onExpiry: (callback: () => void) => void = (callback) => callback(),
  ) {}

  now(): number {
    return this.scheduler.now * this.rate + this.ahead;
  }

  timer(onExpiry: () => void): Timer {
    const timer = new VirtualTimer(this, onExpiry);
    this.timers.push(timer);
    return timer;
  }

  /** The clock is set forward: deadlines come nearer. */
  jump(milliseconds: number): void {
    this.ahead += milliseconds;
    for (const timer of this.timers) if (timer.running) timer.rearm();
  }

  pause(): void {
    this.isPaused = true;
  }

  /** Timers that are overdue expire now, one after the other. */
  resume(): void {
    this.isPaused = false;
    const due = this.overdue.splice(0).sort((a, b) => a.deadline - b.deadline);
    for (const timer of due) timer.expireIfDue();
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** No timer expires any more. */
  close(): void {
    this.isClosed = true;
    this.timers.length = 0;
    this.overdue.length = 0;
  }

  /** @internal When this clock will show `deadline`, or what comes next to it: never less. */
  globalTime(deadline: number): number {
    let time = (deadline - this.ahead) / this.rate;
    while (time * this.rate + this.ahead < deadline) time += Math.max(1, Math.abs(time)) * Number.EPSILON;
    return time;
  }

  /** @internal A timer's time has come. */
  due(timer: VirtualTimer, callback: () => void): void {
    if (this.isClosed) return;
    if (this.isPaused) {
      if (!this.overdue.includes(timer)) this.overdue.push(timer);
      return;
    }
    timer.running = false;
    this.onExpiry(callback);
  }
}

/** An entry of the scheduler for a timer: only the timer's last one counts. */
class Alarm implements Happening {
  constructor(
    private readonly timer: VirtualTimer,
    readonly time: number,
  ) {}

  happen(): void {
    this.timer.alarm(this);
  }
}

/** Moving a timer to a later time costs nothing: its alarm stays as it is and, when it comes early, is set again. */
class VirtualTimer implements Timer {
  running = false;
  deadline = 0;
  private set: Alarm | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly onExpiry: () => void,
  ) {}

  start(delayMs: number): void {
    this.deadline = this.clock.now() + Math.max(0, delayMs);
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
  }

  /** The clock has jumped: the alarm is later than it should be. */
  rearm(): void {
    this.arm();
  }

  alarm(alarm: Alarm): void {
    if (this.set !== alarm) return;
    this.set = undefined;
    this.expireIfDue();
  }

  expireIfDue(): void {
    if (!this.running) return;
    if (this.clock.now() >= this.deadline) this.clock.due(this, this.onExpiry);
    else this.arm();
  }

  private arm(): void {
    const time = this.clock.globalTime(this.deadline);
    if (this.set !== undefined && this.set.time <= time) return;
    this.set = new Alarm(this, time);
    this.clock.scheduler.at(time, this.set);
  }
}

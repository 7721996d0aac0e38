import { SaError, fromMilliseconds } from 'chorale/sdk';
import type { Clock, SaTime, Timer } from 'chorale/sdk';
import type { TimerAttributes } from './attributes.js';
import { Deadlines } from './deadlines.js';
import type { Deadline } from './deadlines.js';
import { TimeType } from './operations.js';

/** How soon a step of the calendar is noticed while something waits for a point in time. */
const CALENDAR_LOOK_MS = 1000;
/** Longest wait of the clock's timer: what is due later is looked at again then. */
const LONGEST_WAIT_MS = 2 ** 30;

export interface TimersOptions {
  /** Measures durations; steps of the calendar do not touch it. */
  readonly clock: Clock;
  /** The calendar, in nanoseconds since 1970. */
  readonly calendar: () => SaTime;
  /** A timer has expired: `run` is to be called while `valid` says so. */
  readonly expired: (run: () => void, valid: () => boolean) => void;
}

/** A timer from its start until it is cancelled or, of one expiry, that is taken. */
export class RunningTimer implements Deadline {
  /** On the calendar if the time is ABSOLUTE, else on the clock. */
  due: SaTime = 0n;
  place = -1;
  /** All expiries so far. */
  count = 0n;
  /** The expiry that waits to be taken. */
  pending: object | undefined;

  constructor(
    readonly owner: Timers,
    public attributes: TimerAttributes,
    readonly order: number,
    /** Called once for each expiry that is taken. */
    readonly taken: (timer: RunningTimer) => void,
  ) {}

  get isPeriodic(): boolean {
    return this.attributes.timerPeriodDuration > 0n;
  }
}

/**
 * The timers of one library handle. At most one expiry of a timer waits to be taken; what a periodic one does meanwhile is
 * reckoned when it is asked for, on the grid of first expiry and period.
 */
export class Timers {
  private readonly onClock = new Deadlines<RunningTimer>();
  private readonly onCalendar = new Deadlines<RunningTimer>();
  private readonly alarm: Timer;
  private started = 0;

  constructor(private readonly options: TimersOptions) {
    this.alarm = options.clock.timer(() => this.look());
  }

  start(attributes: TimerAttributes, taken: (timer: RunningTimer) => void): RunningTimer {
    const timer = new RunningTimer(this, attributes, this.started++, taken);
    this.set(timer, attributes);
    return timer;
  }

  /**
   * Other times for a timer, which goes on counting. ERR_NOT_EXIST if its only expiry has come; ERR_INVALID_PARAM to make a
   * periodic one of one that is not, or the other way.
   */
  reschedule(timer: RunningTimer, attributes: TimerAttributes): void {
    this.look();
    if (timer.pending && !timer.isPeriodic) throw new SaError('ERR_NOT_EXIST', 'the timer has expired; start another');
    if (timer.isPeriodic !== attributes.timerPeriodDuration > 0n) {
      throw new SaError(
        'ERR_INVALID_PARAM',
        'a periodic timer stays periodic, another does not become so; start another',
      );
    }
    this.withdraw(timer);
    this.set(timer, attributes);
  }

  /** The timer is no more, nor is the expiry of it that waits. */
  remove(timer: RunningTimer): void {
    timer.pending = undefined;
    this.deadlines(timer).remove(timer);
    this.arm();
  }

  /** The next expiry of a periodic timer that has not come yet shall not be; one that waits is counted, but not taken. */
  skip(timer: RunningTimer): void {
    this.look();
    this.withdraw(timer);
    timer.due += timer.attributes.timerPeriodDuration;
    this.await(timer);
  }

  /** Time to the next expiry; 0 if one waits to be taken. */
  remaining(timer: RunningTimer): SaTime {
    const rest = timer.due - this.now(timer);
    return timer.pending || rest < 0n ? 0n : rest;
  }

  /** Has expire what is due. */
  look(): void {
    const due: { timer: RunningTimer; late: SaTime }[] = [];
    // One reading for all: the process may stand still between two, and their order would be another one.
    const { clock, calendar } = this.options;
    const readings = [
      [this.onClock, fromMilliseconds(clock.now())],
      [this.onCalendar, calendar()],
    ] as const;
    for (const [deadlines, now] of readings) {
      for (let timer = deadlines.first; timer !== undefined; timer = deadlines.first) {
        const late = now - timer.due;
        if (late < 0n) break;
        deadlines.remove(timer);
        due.push({ timer, late });
      }
    }
    due.sort((a, b) => (a.late === b.late ? a.timer.order - b.timer.order : a.late > b.late ? -1 : 1));
    for (const { timer } of due) this.expire(timer);
    this.arm();
  }

  private expire(timer: RunningTimer): void {
    timer.count++;
    timer.due += timer.attributes.timerPeriodDuration;
    const expiry = (timer.pending = {});
    this.options.expired(
      () => this.take(timer),
      () => timer.pending === expiry,
    );
  }

  private take(timer: RunningTimer): void {
    this.withdraw(timer);
    if (timer.isPeriodic) this.await(timer);
    timer.taken(timer);
  }

  /** Nothing of it waits or is awaited; what happened so far is counted. */
  private withdraw(timer: RunningTimer): void {
    this.deadlines(timer).remove(timer);
    if (timer.pending === undefined) return;
    timer.pending = undefined;
    const { timerPeriodDuration: period } = timer.attributes;
    const late = this.now(timer) - timer.due;
    if (period === 0n || late < 0n) return;
    const missed = late / period + 1n;
    timer.count += missed;
    timer.due += missed * period;
  }

  private set(timer: RunningTimer, attributes: TimerAttributes): void {
    timer.attributes = attributes;
    const from = attributes.type === TimeType.DURATION ? this.now(timer) : 0n;
    timer.due = from + attributes.initialExpirationTime;
    this.await(timer);
  }

  private await(timer: RunningTimer): void {
    const deadlines = this.deadlines(timer);
    deadlines.remove(timer);
    deadlines.add(timer);
    this.arm();
  }

  private deadlines({ attributes }: RunningTimer): Deadlines<RunningTimer> {
    return attributes.type === TimeType.ABSOLUTE ? this.onCalendar : this.onClock;
  }

  /** On the clock that the timer goes by. */
  private now({ attributes }: RunningTimer): SaTime {
    const { clock, calendar } = this.options;
    return attributes.type === TimeType.ABSOLUTE ? calendar() : fromMilliseconds(clock.now());
  }

  private arm(): void {
    const waits = [this.wait(this.onClock, LONGEST_WAIT_MS), this.wait(this.onCalendar, CALENDAR_LOOK_MS)];
    const wait = Math.min(...waits);
    if (wait === Infinity) this.alarm.stop();
    else this.alarm.start(wait);
  }

  /** Milliseconds until the first of them is to be looked at. */
  private wait({ first }: Deadlines<RunningTimer>, longest: number): number {
    if (first === undefined) return Infinity;
    return Math.min(longest, Math.max(0, Math.ceil(Number(first.due - this.now(first)) / 1e6)));
  }
}

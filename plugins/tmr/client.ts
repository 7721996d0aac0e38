import {
  A_01_01,
  AisHandle,
  AisLibrary,
  HandleType,
  SA_TIME_ONE_MILLISECOND,
  SaError,
  daemonBindings,
  fromDate,
} from 'chorale/sdk';
import type { DispatchFlags, LibraryBindings, SaTime, Session } from 'chorale/sdk';
import { checkedAttributes } from './attributes.js';
import type { TimerAttributes } from './attributes.js';
import { SERVICE } from './operations.js';
import { Timers } from './timers.js';
import type { RunningTimer } from './timers.js';

export { TimeType } from './operations.js';
export type { TimerAttributes } from './attributes.js';

/** SaTmrCallbacksT. */
export interface TmrCallbacks {
  /** saTmrTimerExpiredCallback: with what was given to `timerStart`, and how often the timer has expired so far. */
  timerExpired(timerId: bigint, timerData: unknown, expirationCount: bigint): void;
}

/** Nanoseconds since 1970. */
export type Calendar = () => SaTime;

/** The Timer library, A.01.01: `initialize` gives handles. */
export class TmrLibrary extends AisLibrary<TmrCallbacks, Tmr> {
  /** Without bindings: the daemon on this host. `calendar` is what ABSOLUTE times are of, the system's if not given. */
  constructor(bindings: LibraryBindings = daemonBindings(), calendar: Calendar = () => fromDate(new Date())) {
    super({ service: SERVICE.name, versions: [A_01_01], create: (session) => new Tmr(session, calendar) }, bindings);
  }
}

const SERVICE_HOLD = new HandleType<Tmr>('service of the timer library');
const TIMER = new HandleType<StartedTimer>('timer');

interface StartedTimer {
  readonly running: RunningTimer;
  readonly data: unknown;
}

/**
 * A handle of the Timer library (SaTmrHandleT). Timers run in this process, so that no call waits: all but `dispatch` and
 * `finalize` give their result, or throw an SaError, at once. ERR_BAD_HANDLE once it is finalized; ERR_LIBRARY once the service
 * is gone from the node, which ends all timers.
 */
export class Tmr extends AisHandle<TmrCallbacks> {
  private readonly timers: Timers;
  private ended = false;

  constructor(
    session: Session<TmrCallbacks>,
    private readonly calendar: Calendar,
  ) {
    super(session);
    this.timers = new Timers({
      clock: this.clock,
      calendar,
      expired: (run, valid) => this.queue(run, { valid }),
    });
    this.open(SERVICE_HOLD, this, () => (this.ended = true));
  }

  /** saTmrDispatch. */
  override async dispatch(flags: DispatchFlags): Promise<void> {
    this.timers.look();
    await super.dispatch(flags);
  }

  /**
   * saTmrTimerStart: gives its id, and the time at which it was started. `timerData` is what the callback is given.
   * ERR_INVALID_PARAM for attributes that cannot be, ERR_INIT without the callback.
   */
  timerStart(attributes: TimerAttributes, timerData: unknown): { timerId: bigint; callTime: SaTime } {
    const callTime = this.calendar();
    const checked = checkedAttributes(attributes, callTime);
    this.alive();
    const callback = this.needed('timerExpired');
    const running = this.timers.start(checked, ({ count, isPeriodic }) => {
      if (!isPeriodic) this.closed(timerId);
      callback(timerId, timerData, count);
    });
    const timerId = this.open(TIMER, { running, data: timerData }, () => this.timers.remove(running));
    return { timerId, callTime };
  }

  /**
   * saTmrTimerReschedule: gives the time at which it was done. ERR_INVALID_PARAM for attributes that cannot be, or that make a
   * periodic timer of one that is not, or the other way. ERR_NOT_EXIST also for one that has expired for good.
   */
  timerReschedule(timerId: bigint, attributes: TimerAttributes): SaTime {
    const callTime = this.calendar();
    const checked = checkedAttributes(attributes, callTime);
    this.timers.reschedule(this.timer(timerId).running, checked);
    return callTime;
  }

  /** saTmrTimerCancel: gives the data of the timer, which is no more; nor is a callback of it that waits. ERR_NOT_EXIST. */
  timerCancel(timerId: bigint): unknown {
    const { running, data } = this.timer(timerId);
    this.timers.remove(running);
    this.closed(timerId);
    return data;
  }

  /**
   * saTmrPeriodicTimerSkip: the next expiry that is still to come does not. A callback that waits is withdrawn too; what it
   * stood for stays counted. ERR_NOT_EXIST also for a timer that is not periodic.
   */
  periodicTimerSkip(timerId: bigint): void {
    const { running } = this.timer(timerId);
    if (!running.isPeriodic) throw new SaError('ERR_NOT_EXIST', 'there is no periodic timer of this id');
    this.timers.skip(running);
  }

  /** saTmrTimerRemainingTimeGet: to the next expiry, 0 while one waits to be dispatched. ERR_NOT_EXIST. */
  timerRemainingTimeGet(timerId: bigint): SaTime {
    return this.timers.remaining(this.timer(timerId).running);
  }

  /** saTmrTimerAttributesGet: as they were last set. ERR_NOT_EXIST. */
  timerAttributesGet(timerId: bigint): TimerAttributes {
    return this.timer(timerId).running.attributes;
  }

  /** saTmrTimeGet: nanoseconds since 1970. */
  timeGet(): SaTime {
    this.alive();
    return this.calendar();
  }

  /** saTmrClockTickGet: how exactly timers are kept, in nanoseconds. */
  clockTickGet(): SaTime {
    this.alive();
    return SA_TIME_ONE_MILLISECOND;
  }

  private timer(timerId: bigint): StartedTimer {
    this.alive();
    const timer = this.handles.find(TIMER, timerId);
    if (timer?.running.owner !== this.timers) {
      throw new SaError('ERR_NOT_EXIST', 'this handle has no timer of this id (any more); start one');
    }
    return timer;
  }

  private alive(): void {
    this.check();
    if (this.ended) {
      throw new SaError(
        'ERR_LIBRARY',
        'the service is gone, and all timers; finalize this handle and initialize again',
      );
    }
  }
}

import { SA_TIME_END, SaError, isTime } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { TimeType } from './operations.js';

/** SaTmrTimerAttributesT. */
export interface TimerAttributes {
  readonly type: TimeType;
  /** ABSOLUTE: when it expires first. DURATION: how long after the call. */
  readonly initialExpirationTime: SaTime;
  /** 0: it expires once. Else the time from one expiry to the next. */
  readonly timerPeriodDuration: SaTime;
}

/** A copy of what can be started at this time. Throws ERR_INVALID_PARAM. */
export function checkedAttributes(attributes: TimerAttributes | null | undefined, now: SaTime): TimerAttributes {
  if (typeof attributes !== 'object' || attributes === null) throw refusal('give the attributes of the timer');
  const { type, initialExpirationTime, timerPeriodDuration } = attributes;
  if (type !== TimeType.ABSOLUTE && type !== TimeType.DURATION) {
    throw refusal(`${String(type)} is no type of time: ABSOLUTE is 1, DURATION 2`);
  }
  for (const time of [initialExpirationTime, timerPeriodDuration]) {
    if (!isTime(time) || time < 0n) throw refusal('give times in nanoseconds, bigints from 0n to SA_TIME_END');
  }
  if (type === TimeType.ABSOLUTE && initialExpirationTime <= now)
    throw refusal('the time of the first expiry has passed');
  if (type === TimeType.DURATION && (initialExpirationTime === 0n || now + initialExpirationTime > SA_TIME_END)) {
    throw refusal('the time to the first expiry is 0, or ends after SA_TIME_END');
  }
  return Object.freeze({ type, initialExpirationTime, timerPeriodDuration });
}

function refusal(advice: string): SaError {
  return new SaError('ERR_INVALID_PARAM', advice);
}

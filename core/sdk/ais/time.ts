import { SaError } from './error.js';

/** SaTimeT: nanoseconds, since 1970-01-01 UTC if absolute. */
export type SaTime = bigint;

/** "Never", and "wait for ever". */
export const SA_TIME_END: SaTime = 0x7fff_ffff_ffff_ffffn;
export const SA_TIME_MAX: SaTime = SA_TIME_END;
export const SA_TIME_BEGIN: SaTime = 0n;
export const SA_TIME_UNKNOWN: SaTime = -(2n ** 63n);
export const SA_TIME_ONE_MICROSECOND: SaTime = 1_000n;
export const SA_TIME_ONE_MILLISECOND: SaTime = 1_000_000n;
export const SA_TIME_ONE_SECOND: SaTime = 1_000_000_000n;
export const SA_TIME_ONE_MINUTE: SaTime = 60n * SA_TIME_ONE_SECOND;
export const SA_TIME_ONE_HOUR: SaTime = 60n * SA_TIME_ONE_MINUTE;
export const SA_TIME_ONE_DAY: SaTime = 24n * SA_TIME_ONE_HOUR;

/** Milliseconds as an SaTimeT. Infinity is SA_TIME_END. */
export function fromMilliseconds(milliseconds: number): SaTime {
  if (milliseconds === Infinity) return SA_TIME_END;
  return BigInt(Math.round(milliseconds * 1e6));
}

/** An SaTimeT in milliseconds. SA_TIME_END is Infinity. */
export function toMilliseconds(time: SaTime): number {
  return time >= SA_TIME_END ? Infinity : Number(time) / 1e6;
}

export function fromDate(date: Date): SaTime {
  return BigInt(date.getTime()) * SA_TIME_ONE_MILLISECOND;
}

export function toDate(time: SaTime): Date {
  return new Date(Number(time / SA_TIME_ONE_MILLISECOND));
}

/** Whether `value` is an SaTimeT at all: a bigint of 64 bits, signed. */
export function isTime(value: unknown): value is SaTime {
  return typeof value === 'bigint' && value >= SA_TIME_UNKNOWN && value <= SA_TIME_END;
}

/**
 * A timeout in milliseconds, Infinity for SA_TIME_END. Throws an SaError: ERR_INVALID_PARAM when it is negative or no
 * time. 0 is let through: a call with it may not wait, which is ERR_TIMEOUT where `AisHandle.call` has to wait.
 */
export function timeoutMs(timeout: SaTime): number {
  if (!isTime(timeout) || timeout < 0n) {
    throw new SaError('ERR_INVALID_PARAM', 'give a timeout in nanoseconds, a bigint from 0n to SA_TIME_END');
  }
  return toMilliseconds(timeout);
}

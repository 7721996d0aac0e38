export const SERVICE = { id: 37, name: 'tmr' } as const;

/** SaTmrTimeTypeT, without SA_TIME_. */
export const TimeType = {
  /** The first expiry is at a point in time. */
  ABSOLUTE: 1,
  /** The first expiry is some time after the call. */
  DURATION: 2,
} as const;
export type TimeType = (typeof TimeType)[keyof typeof TimeType];

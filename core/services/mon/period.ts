import type { Logger } from '../../base/logger.js';
import type { Icmap } from '../cmap/icmap.js';
import { isNumeric, readNumber, textOf, ValueType } from '../cmap/values.js';

const LEAST_MS = 500;
const MOST_MS = 120_000;

/** A resource's `poll_period` in milliseconds, a number or, as clients set it, text; undefined if there is none to use. */
export function periodIn(map: Icmap, prefix: string, logger: Logger): number | undefined {
  const key = `${prefix}poll_period`;
  const value = map.get(key);
  if (!value) return undefined;
  const text = value.type === ValueType.STRING ? textOf(value) : undefined;
  const period = text === undefined ? (isNumeric(value.type) ? Number(readNumber(value)) : NaN) : Number(text || NaN);
  if (Number.isInteger(period) && period >= LEAST_MS && period <= MOST_MS) return period;
  logger.log('warning', `${key} cannot be used: set it to ${LEAST_MS} to ${MOST_MS} milliseconds`);
  return undefined;
}

import { FilterType } from './operations.js';

/** SaEvtEventFilterT as it travels. */
export interface PatternFilter {
  readonly type: number;
  readonly pattern: Uint8Array;
}

const empty = new Uint8Array(0);

/**
 * Whether every filter matches the pattern at its place. Surplus patterns do not count; a pattern that is missing is an empty
 * one. Bytes are compared, zero bytes too.
 */
export function matches(filters: readonly PatternFilter[], patterns: readonly Uint8Array[]): boolean {
  return filters.every((filter, place) => matchesOne(filter, patterns[place] ?? empty));
}

function matchesOne({ type, pattern: filter }: PatternFilter, pattern: Uint8Array): boolean {
  const surplus = pattern.length - filter.length;
  if (type === FilterType.PASS_ALL) return true;
  if (type === FilterType.PREFIX) return surplus >= 0 && equalAt(pattern, 0, filter);
  if (type === FilterType.SUFFIX) return surplus >= 0 && equalAt(pattern, surplus, filter);
  return type === FilterType.EXACT && surplus === 0 && equalAt(pattern, 0, filter);
}

function equalAt(pattern: Uint8Array, at: number, filter: Uint8Array): boolean {
  for (let i = 0; i < filter.length; i++) if (pattern[at + i] !== filter[i]) return false;
  return true;
}

import { INTERFACE_DIRECTIVES } from './interface.js';
import { LOGGING_DIRECTIVES } from './logging.js';
import { OTHER_DIRECTIVES } from './other.js';
import { TOTEM_DIRECTIVES } from './totem.js';
import type { Directive } from './directive.js';

export type { Directive, DirectiveStatus } from './directive.js';
export { FREE_SECTIONS } from './other.js';

/** Every directive of Corosync 3.1.7 and Chorale's own. */
export const DIRECTIVES: readonly Directive[] = [
  ...TOTEM_DIRECTIVES,
  ...INTERFACE_DIRECTIVES,
  ...OTHER_DIRECTIVES,
  ...LOGGING_DIRECTIVES,
];

const byPath = new Map(DIRECTIVES.map((directive) => [directive.path, directive]));
const withWildcard = DIRECTIVES.filter((directive) => directive.path.includes('*')).map((directive) => ({
  directive,
  names: directive.path.split('.'),
}));

/** The directive a key in a section is, by the dotted path of section names and key. */
export function findDirective(path: string): Directive | undefined {
  const exact = byPath.get(path);
  if (exact !== undefined) return exact;
  const names = path.split('.');
  return withWildcard.find(
    (candidate) =>
      candidate.names.length === names.length &&
      candidate.names.every((name, index) => name === '*' || name === names[index]),
  )?.directive;
}

/**
 * The known directive a mistyped path was probably meant to be: the one with the fewest letters to change, if they are
 * few for the length of the path.
 */
export function nearestDirective(path: string): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.min(4, Math.floor(path.length / 4) + 1);
  for (const { path: candidate } of DIRECTIVES) {
    const distance = editDistance(path, candidate, fewest);
    if (distance < fewest) {
      fewest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Levenshtein's distance, or `limit` if it is not below that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution));
    }
    if (Math.min(...row) >= limit) return limit;
    previous = row;
  }
  return Math.min(previous[b.length]!, limit);
}

import type { Origin } from './errors.js';

/** One `key: value`. */
export interface Assignment {
  readonly kind: 'assignment';
  readonly key: string;
  readonly value: string;
  readonly origin: Origin;
}

/** A section and what it holds, in the order it was written. Sections of one name may repeat. */
export interface Section {
  readonly kind: 'section';
  /** Empty for the whole file. */
  readonly name: string;
  readonly origin: Origin;
  readonly items: (Assignment | Section)[];
}

/** The longest path of a key, in bytes (Corosync's ICMAP_KEYNAME_MAXLEN - 1). */
export const MAX_PATH_BYTES = 254;

/** Appends a name to a path of sections. */
export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

import { SaError } from './error.js';

/** Bits of the track flags that all services of B.01.01 know. */
export const TrackFlags = { CURRENT: 0x01, CHANGES: 0x02, CHANGES_ONLY: 0x04 } as const;

/** How a handle follows changes: with all entries, or with the changed ones. */
export type TrackMode = 'changes' | 'changes only';

/** What a `...Track` call asks for. */
export interface TrackRequest {
  readonly current: boolean;
  /** Undefined: changes are not asked for, tracking that goes on is left alone. */
  readonly mode: TrackMode | undefined;
}

/** Reads track flags. Throws ERR_BAD_FLAGS for none, an unknown bit, or CHANGES with CHANGES_ONLY. */
export function readTrackFlags(flags: number): TrackRequest {
  const { CURRENT, CHANGES, CHANGES_ONLY } = TrackFlags;
  const both = CHANGES | CHANGES_ONLY;
  if (!Number.isInteger(flags) || flags <= 0 || flags > (CURRENT | both) || (flags & both) === both) {
    throw new SaError('ERR_BAD_FLAGS', 'give CURRENT, CHANGES or CHANGES_ONLY, or CURRENT with one of the two');
  }
  const mode = (flags & CHANGES) !== 0 ? 'changes' : (flags & CHANGES_ONLY) !== 0 ? 'changes only' : undefined;
  return { current: (flags & CURRENT) !== 0, mode };
}

/**
 * A notification buffer: what a C program passes by pointer. `capacity` missing: the library makes `notification` as long as
 * it has to be; else it is the most entries that fit.
 */
export interface TrackBuffer<N> {
  readonly capacity?: number;
  /** Entries written, or with ERR_NO_SPACE: entries needed. */
  numberOfItems: number;
  notification: N[];
}

/** Throws ERR_INVALID_PARAM for a buffer that no entry fits into. */
export function checkBuffer({ capacity }: { readonly capacity?: number }): void {
  if (capacity === undefined || (Number.isInteger(capacity) && capacity >= 1)) return;
  throw new SaError('ERR_INVALID_PARAM', 'the buffer has no room for an entry; give a capacity of 1 or more, or none');
}

/** Fills a buffer with the entries. Throws ERR_NO_SPACE, with how many there are in `numberOfItems`. */
export function fillBuffer<N>(buffer: TrackBuffer<N>, entries: readonly N[]): void {
  const { capacity = Infinity } = buffer;
  buffer.numberOfItems = entries.length;
  if (entries.length > capacity) {
    throw new SaError(
      'ERR_NO_SPACE',
      `there are ${entries.length} entries, the buffer takes ${capacity}; make it longer`,
    );
  }
  buffer.notification = [...entries];
}

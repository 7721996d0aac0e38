import { SaError } from './error.js';

/** Throws ERR_BAD_FLAGS for flags with a bit that is none of `known`, and for what are no flags. */
export function checkFlags(flags: number, known: number): void {
  // Bit operations see the lower 32 bits only.
  if (Number.isInteger(flags) && flags >= 0 && flags <= known && (flags | known) === known) return;
  throw new SaError('ERR_BAD_FLAGS', `flags ${String(flags)} are not known; give some of ${known}, or 0`);
}

import { SaError } from './error.js';
import type { SaErrorName } from './error.js';

/** SA_MAX_NAME_LENGTH: the most bytes of an SaNameT. */
export const SA_MAX_NAME_LENGTH = 256;

/** An SaNameT as an application gives it: text, which stands for its UTF-8 bytes, or the bytes themselves. */
export type SaName = string | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The bytes of a name, the caller's to keep. Throws an SaError: ERR_INVALID_PARAM for what is no name, `tooLong` for
 * more than 256 bytes.
 */
export function nameBytes(name: SaName | null | undefined, tooLong: SaErrorName = 'ERR_INVALID_PARAM'): Uint8Array {
  if (typeof name !== 'string' && !(name instanceof Uint8Array)) {
    throw new SaError('ERR_INVALID_PARAM', 'give a name: text or its bytes');
  }
  const bytes = typeof name === 'string' ? encoder.encode(name) : Uint8Array.from(name);
  if (bytes.length > SA_MAX_NAME_LENGTH) {
    throw new SaError(tooLong, `the name has ${bytes.length} bytes, ${SA_MAX_NAME_LENGTH} are the most`);
  }
  return bytes;
}

/**
 * The key of a name in a Map: one character a byte, so that names are the same key exactly if length and bytes are equal
 * (zero bytes are ordinary ones). Throws ERR_INVALID_PARAM when there are too many bytes, as in a hostile message.
 */
export function nameKey(bytes: Uint8Array): string {
  if (bytes.length > SA_MAX_NAME_LENGTH) throw new SaError('ERR_INVALID_PARAM', `a name of ${bytes.length} bytes`);
  return String.fromCharCode(...bytes);
}

/** The bytes of a name's key. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}

/** A name for people. */
export function nameText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

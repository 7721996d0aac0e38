import { SaError } from 'chorale/sdk';
import { Limits } from './operations.js';

/** The bytes of a pattern or filter, copied. Throws ERR_INVALID_PARAM. */
export function patternBytes(pattern: string | Uint8Array): Uint8Array {
  if (typeof pattern !== 'string' && !(pattern instanceof Uint8Array)) {
    throw new SaError('ERR_INVALID_PARAM', 'give a pattern: text or its bytes');
  }
  const bytes = typeof pattern === 'string' ? new TextEncoder().encode(pattern) : Uint8Array.from(pattern);
  if (bytes.length <= Limits.PATTERN) return bytes;
  throw new SaError('ERR_INVALID_PARAM', `a pattern has ${bytes.length} bytes, ${Limits.PATTERN} are the most`);
}

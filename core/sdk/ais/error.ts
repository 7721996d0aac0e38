import { CsError } from '../../base/errors.js';

/** SaAisErrorT up to B.01.01 (saAis.h), without SA_AIS_. */
export const SaErrorCode = {
  OK: 1,
  ERR_LIBRARY: 2,
  ERR_VERSION: 3,
  ERR_INIT: 4,
  ERR_TIMEOUT: 5,
  ERR_TRY_AGAIN: 6,
  ERR_INVALID_PARAM: 7,
  ERR_NO_MEMORY: 8,
  ERR_BAD_HANDLE: 9,
  ERR_BUSY: 10,
  ERR_ACCESS: 11,
  ERR_NOT_EXIST: 12,
  ERR_NAME_TOO_LONG: 13,
  ERR_EXIST: 14,
  ERR_NO_SPACE: 15,
  ERR_INTERRUPT: 16,
  ERR_NAME_NOT_FOUND: 17,
  ERR_NO_RESOURCES: 18,
  ERR_NOT_SUPPORTED: 19,
  ERR_BAD_OPERATION: 20,
  ERR_FAILED_OPERATION: 21,
  ERR_MESSAGE_ERROR: 22,
  ERR_QUEUE_FULL: 23,
  ERR_QUEUE_NOT_AVAILABLE: 24,
  ERR_BAD_FLAGS: 25,
  ERR_TOO_BIG: 26,
  ERR_NO_SECTIONS: 27,
} as const;
export type SaErrorName = keyof typeof SaErrorCode;
export type SaErrorNumber = (typeof SaErrorCode)[SaErrorName];

const nameOfCode = new Map<number, SaErrorName>(
  Object.entries(SaErrorCode).map(([name, code]) => [code, name as SaErrorName]),
);

/**
 * The refusal of an AIS service or its library. `code` is the SaAisErrorT number, `spec` its name in the
 * specification; the message says what to do.
 */
export class SaError extends Error {
  readonly code: number;
  readonly spec: `SA_AIS_${SaErrorName}`;

  /** A number that is no SaAisErrorT of B.01.01 becomes ERR_LIBRARY: a caller knows no other. */
  constructor(error: SaErrorName | number, advice: string) {
    const name = typeof error === 'number' ? (nameOfCode.get(error) ?? 'ERR_LIBRARY') : error;
    super(`SA_AIS_${name}: ${advice}`);
    this.name = 'SaError';
    this.code = SaErrorCode[name];
    this.spec = `SA_AIS_${name}`;
  }
}

/** What a connection threw, as the specification's error: cs_error_t has the same numbers. */
export function saErrorOf(thrown: unknown): SaError {
  if (thrown instanceof SaError) return thrown;
  if (thrown instanceof CsError) return new SaError(thrown.code, thrown.message.replace(/^CS_\w+: /, ''));
  return new SaError('ERR_LIBRARY', thrown instanceof Error ? thrown.message : String(thrown));
}

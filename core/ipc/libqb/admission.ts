import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { CsError, CsErrorCode } from '../../base/errors.js';
import { MAX_CLIENT_MESSAGE_BYTES } from '../../host/client-hub.js';
import { CONNECTION_RESPONSE_BYTES } from './handshake.js';

const { EAGAIN, EACCES, ENOSYS, EMFILE, ENOMEM, EIO } = constants.errno;

/** Requests, responses and events are at most as long as those of Corosync's libraries. */
export function granted(wish: number): number {
  return Math.min(Math.max(wish, CONNECTION_RESPONSE_BYTES), MAX_CLIENT_MESSAGE_BYTES);
}

/** The errno that a client's library turns into the service's refusal (ipc.md 10.5). */
export function errnoOf(error: unknown): number {
  if (!(error instanceof CsError)) return Math.abs((error as NodeJS.ErrnoException).errno ?? EIO);
  switch (error.code) {
    case CsErrorCode.ERR_TRY_AGAIN:
      return EAGAIN;
    case CsErrorCode.ERR_ACCESS:
      return EACCES;
    case CsErrorCode.ERR_NOT_SUPPORTED:
      return ENOSYS;
    case CsErrorCode.ERR_NO_RESOURCES:
      return EMFILE;
    case CsErrorCode.ERR_NO_MEMORY:
      return ENOMEM;
    default:
      return EIO;
  }
}

/** The program's name as the kernel has it. */
export function procnameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return 'unknown';
  }
}

/** The most descriptors this process may have. */
export function descriptorLimit(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line === null ? 1024 : Number(line[1]);
}

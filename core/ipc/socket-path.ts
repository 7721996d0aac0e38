import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdirSync, statSync } from 'node:fs';

/** `sockaddr_un` holds 108 bytes with the closing zero. */
const LONGEST_PATH = 107;

/**
 * Where a node of this host listens for its commands, and what its other sockets' names follow from: RUNDIR/NAME.sock. The run directory is `CHORALE_RUN_DIR`; else
 * /run/chorale for root; else a directory of the user's own. `runName` is `choraled`, or `choraled-INSTANCE` where
 * several nodes run on one host.
 */
export function socketPath(runName = 'choraled', environment: NodeJS.ProcessEnv = process.env): string {
  return join(runDirectory(environment), `${runName}.sock`);
}

/** The same for an instance by its name; missing: the usual daemon. */
export function instancePath(instance?: string): string {
  return socketPath(instance === undefined ? undefined : `choraled-${instance}`);
}

function runDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['CHORALE_RUN_DIR'] || ownRunDirectory(environment);
}

/** The run directory of this user where the environment names none. */
export function ownRunDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return '/run/chorale';
  const own = environment['XDG_RUNTIME_DIR'];
  return own ? join(own, 'chorale') : join(tmpdir(), `chorale-${uid}`);
}

/**
 * Makes the directory of a socket, for its owner only, unless it is there. Throws an Error that says what to do, also
 * when the directory belongs to somebody else, who could put a socket of their own in its place.
 */
export function prepareDirectory(path: string): void {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new Error(
      `the socket path ${path} has ${Buffer.byteLength(path)} bytes, ${LONGEST_PATH} are the most: ` +
        'set CHORALE_RUN_DIR to a shorter directory.',
    );
  }
  const directory = dirname(path);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      checkOwner(directory);
      return;
    }
    throw new Error(
      `the directory of the clients' socket cannot be made: ${(error as Error).message}. ` +
        'Make it, or set CHORALE_RUN_DIR to one that this user can write to.',
      { cause: error },
    );
  }
}

function checkOwner(directory: string): void {
  const { uid } = statSync(directory);
  if (uid !== 0 && uid !== process.getuid?.()) {
    throw new Error(
      `the directory ${directory} for the clients' socket belongs to user ${uid}: set CHORALE_RUN_DIR to one of your own.`,
    );
  }
}

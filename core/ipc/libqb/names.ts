import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ownRunDirectory, socketPath } from '../socket-path.js';

/** Where it exists, libqb's programs listen and connect in the file system. */
const FORCE_FILESYSTEM = '/etc/libqb/force-filesystem-sockets';
/** Debian's SOCKETDIR. */
const SOCKET_DIRECTORY = '/tmp';
/** The run directory of the daemon that everybody finds by its services' names. */
const USUAL_RUN_DIRECTORY = '/run/chorale';

/** What decides the names of a daemon's sockets. */
export interface SocketNaming {
  /** Of the daemon's own socket: see `socketPath`. */
  readonly path?: string;
  readonly forceFilesystem?: boolean;
}

/**
 * The name of a service's socket, as `NativeIpcPoller` takes it:
 * - Chorale's own service, `control`, is at the daemon's path, RUNDIR/RUNNAME.sock, always;
 * - the usual daemon's services have their own names, abstract, or in /tmp where /etc/libqb/force-filesystem-sockets
 *   exists: that is where programs with Corosync's libraries connect;
 * - those of an instance are INSTANCE.SERVICE, in the same place;
 * - with a run directory of its own (CHORALE_RUN_DIR) they are beside the daemon's path: RUNDIR/RUNNAME.SERVICE.
 */
export function socketName(service: string, naming: SocketNaming = {}): string {
  const { path = socketPath(), forceFilesystem = existsSync(FORCE_FILESYSTEM) } = naming;
  if (service === 'control') return path;
  const directory = dirname(path);
  const runName = basename(path, '.sock');
  if (directory !== USUAL_RUN_DIRECTORY && directory !== ownRunDirectory())
    return join(directory, `${runName}.${service}`);
  const instance = runName.replace(/^choraled-?/, '');
  const name = instance === '' ? service : `${instance}.${service}`;
  return forceFilesystem ? join(SOCKET_DIRECTORY, name) : `@${name}`;
}

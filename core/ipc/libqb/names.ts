import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where it exists, libqb's programs listen and connect in the file system. */
const FORCE_FILESYSTEM = '/etc/libqb/force-filesystem-sockets';
/** Debian's SOCKETDIR. */
const SOCKET_DIRECTORY = '/tmp';
/** The run directory that is nobody's own; see core/ipc/socket-path.ts. */
const USUAL_RUN_DIRECTORY = '/run/chorale';

/** What decides the names of a daemon's sockets. */
export interface SocketNaming {
  /** `choraled`, or `choraled-INSTANCE`. */
  readonly runName?: string;
  /** CHORALE_RUN_DIR. */
  readonly runDirectory?: string | undefined;
  readonly forceFilesystem?: boolean;
}

/**
 * The name of a service's socket, as `NativeIpcPoller` takes it:
 * - the usual daemon's is the service's own, abstract, or in /tmp where /etc/libqb/force-filesystem-sockets exists: that
 *   is where programs with Corosync's libraries connect;
 * - that of an instance is INSTANCE.SERVICE, in the same place;
 * - with a run directory of its own (CHORALE_RUN_DIR) it is RUNDIR/RUNNAME.SERVICE.
 * Chorale's own service, `control`, is called chorale-control where names are everybody's.
 */
export function socketName(service: string, naming: SocketNaming = {}): string {
  const {
    runName = 'choraled',
    runDirectory = process.env['CHORALE_RUN_DIR'],
    forceFilesystem = existsSync(FORCE_FILESYSTEM),
  } = naming;
  if (runDirectory && runDirectory !== USUAL_RUN_DIRECTORY) return join(runDirectory, `${runName}.${service}`);
  const own = service === 'control' ? 'chorale-control' : service;
  const instance = runName.replace(/^choraled-?/, '');
  const name = instance === '' ? own : `${instance}.${own}`;
  return forceFilesystem ? join(SOCKET_DIRECTORY, name) : `@${name}`;
}

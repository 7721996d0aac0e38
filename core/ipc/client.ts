import type { ServiceConnection } from '../base/service-connection.js';
import { connectLibqb } from './libqb/client.js';
import { socketName } from './libqb/names.js';
import { instancePath } from './socket-path.js';

export interface ConnectOptions {
  /** Of the daemon, as `socketPath` gives it; missing: the usual one, which may be Corosync's. Wins over `instance`. */
  readonly path?: string;
  /** Name of the daemon of this user (`system.instance`), where several run on one host. */
  readonly instance?: string;
  /** How long the daemon may take to let this client in; 5 s if not given. */
  readonly timeoutMs?: number;
}

const USUAL_TIMEOUT_MS = 5_000;

/**
 * Connects to a service of the daemon on this host, over libqb's shared memory or sockets, as the daemon has it. Rejects
 * with a CsError: CS_ERR_LIBRARY when no daemon listens there, CS_ERR_ACCESS when this user may not connect,
 * CS_ERR_TRY_AGAIN when the node is not on a ring yet, CS_ERR_NOT_SUPPORTED when it does not have the service,
 * CS_ERR_TIMEOUT when it does not answer.
 */
export function connect(service: string, options: ConnectOptions = {}): Promise<ServiceConnection> {
  const { instance, path = instancePath(instance), timeoutMs = USUAL_TIMEOUT_MS } = options;
  const name = socketName(service, { path });
  return connectLibqb(service, { name, timeoutMs, ...(name === path ? {} : { daemon: path }) });
}

import type { Logger } from '../base/logger.js';
import type { ClusterConfig } from '../config/model.js';
import { messageOf } from '../host/errors.js';
import type { ChoraleNode } from '../host/node.js';
import { CONTROL_SERVICE } from '../ipc/control-service.js';
import { socketName } from '../ipc/libqb/names.js';
import { LibqbServer } from '../ipc/libqb/server.js';
import { prepareDirectory } from '../ipc/socket-path.js';
import type { Icmap } from '../services/cmap/index.js';

/** What the server of libqb's clients needs of the daemon. */
export interface LibqbSurroundings {
  readonly node: ChoraleNode;
  readonly map: Icmap;
  readonly config: ClusterConfig;
  readonly log: Logger;
  /** Of the daemon: see `socketPath`. */
  readonly path: string;
}

/**
 * Serves programs with Corosync's client libraries: a socket for every service that takes requests, also for those that
 * are loaded later, as long as they are loaded. Throws an Error that says what to do if a name is taken.
 */
export function openLibqbServer({ node, map, config, log, path }: LibqbSurroundings): LibqbServer {
  const { qbIpcType, ipcQueueBytes, ipcAllQueuesBytes } = config.system;
  prepareDirectory(path);
  const server = new LibqbServer({
    gate: node.clients,
    log,
    nameOf: (service) => socketName(service, { path }),
    rules: { u8: (key) => map.u8(key), ownUid: process.getuid?.() ?? 0 },
    restricted: new Set([CONTROL_SERVICE]),
    isReady: (service) => node.hub.ready || service === CONTROL_SERVICE,
    queueUsed: () => {
      const { available, waiting } = node.ringCounters;
      return (waiting * 100) / Math.max(1, waiting + available);
    },
    type: qbIpcType,
    queueBytes: ipcQueueBytes,
    allQueuesBytes: ipcAllQueuesBytes,
  });
  const offered = (): string[] => node.hub.serviceNames;
  try {
    server.offer(offered());
  } catch (error) {
    server.close();
    throw error;
  }
  node.host.onServicesChanged(() => {
    try {
      server.offer(offered());
    } catch (error) {
      log.log('error', messageOf(error));
    }
  });
  node.onConfiguration(() => (server.synchronizing = true));
  node.onSynchronized(() => (server.synchronizing = false));
  return server;
}

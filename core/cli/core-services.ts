import type { Clock } from '../base/clock.js';
import type { ClusterConfig } from '../config/model.js';
import type { LoadRequest } from '../host/plugin-instance.js';
import { cfgPlugin } from '../services/cfg/index.js';
import type { CfgEffects } from '../services/cfg/index.js';
import { cmapPlugin, StatisticsMap } from '../services/cmap/index.js';
import type { Icmap } from '../services/cmap/index.js';
import { cpgPlugin } from '../services/cpg/index.js';
import { ploadPlugin } from '../services/pload/index.js';
import { quorumPlugin } from '../services/quorum/index.js';
import { votequorumPlugin } from '../services/votequorum/index.js';
import { addressBytes } from './address-bytes.js';
import { payloadBytesOf } from './node-options.js';

/** Names of the services that belong to Chorale itself. votequorum is loaded where it is the quorum provider. */
export const CORE_SERVICE_NAMES = ['cmap', 'cfg', 'cpg', 'quorum', 'votequorum', 'pload'] as const;

/** The daemon, as far as its services reach into it. */
export interface CoreSurroundings {
  readonly clock: Clock;
  readonly map: Icmap;
  readonly effects: CfgEffects;
  /** The configuration in use; another one after a reload. */
  config(): ClusterConfig;
  isMember(nodeId: number): boolean;
}

/** The services every node has, loaded like any other plugin. */
export function coreServices(surroundings: CoreSurroundings): LoadRequest[] {
  const { clock, map, effects } = surroundings;
  const { entries, quorum } = surroundings.config();
  const addressOf = (nodeId: number): string | undefined =>
    surroundings.config().nodes.find((node) => node.nodeId === nodeId)?.address;
  const provided = quorum.provider === 'corosync_votequorum';
  const plugins = [
    cmapPlugin({
      map,
      statistics: new StatisticsMap(clock, () => undefined),
      entries,
      addressOf: (nodeId) => `r(0) ip(${addressOf(nodeId) ?? 'unknown'}) `,
      shutdown: (reason) => effects.shutdown(0, reason),
    }),
    cfgPlugin(effects, {
      addressesOf: (nodeId) => {
        const address = addressOf(nodeId);
        return address === undefined ? undefined : [addressBytes(address)];
      },
      linkOf: (nodeId) => {
        const address = addressOf(nodeId);
        if (address === undefined) return undefined;
        const mtu = payloadBytesOf(surroundings.config());
        return { reachable: surroundings.isMember(nodeId), enabled: true, mtu, address };
      },
    }),
    cpgPlugin(),
    quorumPlugin(provided),
    ...(provided ? [votequorumPlugin()] : []),
    ploadPlugin(),
  ];
  return plugins.map((plugin) => ({ plugin }));
}

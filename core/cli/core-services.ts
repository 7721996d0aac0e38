import type { Clock } from '../base/clock.js';
import type { ClusterConfig } from '../config/model.js';
import type { LoadRequest } from '../host/plugin-instance.js';
import type { Logger } from '../base/logger.js';
import type { Machine } from '../base/machine.js';
import type { ChoraleNode } from '../host/node.js';
import type { Plugin } from '../host/plugin.js';
import { cfgPlugin } from '../services/cfg/index.js';
import type { CfgEffects, CfgNetwork } from '../services/cfg/index.js';
import { cmapPlugin } from '../services/cmap/index.js';
import type { Icmap } from '../services/cmap/index.js';
import { cpgPlugin } from '../services/cpg/index.js';
import type { ZeroCopyMemory } from '../services/cpg/index.js';
import { evsPlugin } from '../services/evs/index.js';
import { monPlugin } from '../services/mon/index.js';
import { ploadPlugin } from '../services/pload/index.js';
import { quorumPlugin } from '../services/quorum/index.js';
import { tuningPlugin } from '../services/tuning/index.js';
import { votequorumPlugin } from '../services/votequorum/index.js';
import { wdPlugin } from '../services/wd/index.js';
import type { WatchdogPower } from '../services/wd/index.js';
import { addressBytes } from './address-bytes.js';
import { DaemonKeys } from './keys/daemon-keys.js';
import type { RingEffects } from './keys/daemon-keys.js';
import type { Triggers } from './keys/trigger-keys.js';
import { StoredMachine } from './machine/machine-store.js';
import { payloadBytesOf } from './node-options.js';

/** Names of the services that belong to Chorale itself. votequorum is loaded where it is the quorum provider. */
export const CORE_SERVICE_NAMES = [
  'cmap',
  'cfg',
  'cpg',
  'quorum',
  'votequorum',
  'pload',
  'mon',
  'wd',
  'evs',
  'tuning',
] as const;

/** The exit code of a daemon that a load has ended; the number is Corosync's. */
const PLOAD_DONE = 99;

/** The daemon, as far as its services reach into it. */
export interface CoreSurroundings {
  readonly clock: Clock;
  readonly map: Icmap;
  readonly log: Logger;
  readonly effects: CfgEffects & Triggers & RingEffects;
  /** What the watchdog does to the machine. */
  readonly power: WatchdogPower;
  /** Missing with a flight recorder, which cannot have what clients write to shared memory. */
  readonly zeroCopy?: ZeroCopyMemory;
  /** The configuration in use; another one after a reload. */
  config(): ClusterConfig;
  isMember(nodeId: number): boolean;
  /** Whether this node's address is on an interface that is up. */
  isInterfaceUp(): boolean;
}

/** The services every node has, loaded like any other plugin, and the keys that the daemon fills. */
export class CoreServices {
  readonly requests: readonly LoadRequest[];
  private readonly keys: DaemonKeys;
  private machine: Machine | undefined;
  private node: ChoraleNode | undefined;

  constructor(private readonly surroundings: CoreSurroundings) {
    const { clock, map, log, effects } = surroundings;
    const config = (): ClusterConfig => surroundings.config();
    this.keys = new DaemonKeys({ clock, machine: () => this.machine!, map, log, config, effects });
    this.requests = this.plugins().map((plugin) => ({ plugin }));
  }

  /** The node is made and not started. */
  attach(node: ChoraleNode): void {
    this.node = node;
    this.keys.attach(node);
  }

  /** Another configuration is in use. */
  reconfigured(config: ClusterConfig): void {
    this.keys.reconfigured(config);
  }

  private plugins(): Plugin[] {
    const { surroundings, keys } = this;
    const { map, effects } = surroundings;
    const { entries, quorum } = surroundings.config();
    const provided = quorum.provider === 'corosync_votequorum';
    return [
      cmapPlugin({
        map,
        statistics: keys.statistics,
        entries,
        addressOf: (nodeId) => `r(0) ip(${this.addressOf(nodeId) ?? 'unknown'}) `,
        begin: ({ store, clock }) => {
          this.machine = new StoredMachine(store);
          keys.watchPauses(clock);
        },
        shutdown: (reason) => effects.shutdown(0, reason),
      }),
      cfgPlugin(effects, this.network()),
      cpgPlugin(surroundings.zeroCopy),
      quorumPlugin(provided),
      ...(provided ? [votequorumPlugin()] : []),
      ploadPlugin(undefined, (result) => {
        surroundings.log.log('notice', result);
        effects.shutdown(PLOAD_DONE, 'the load is over, which ends every daemon that took part in it');
      }),
      monPlugin((store) => new StoredMachine(store)),
      wdPlugin(surroundings.power, (store) => new StoredMachine(store)),
      evsPlugin(),
      tuningPlugin(() => this.node!),
    ];
  }

  private network(): CfgNetwork {
    const { surroundings } = this;
    return {
      addressesOf: (nodeId) => {
        const address = this.addressOf(nodeId);
        return address === undefined ? undefined : [addressBytes(address)];
      },
      linkOf: (nodeId) => {
        const address = this.addressOf(nodeId);
        if (address === undefined) return undefined;
        const mtu = payloadBytesOf(surroundings.config());
        return { reachable: surroundings.isMember(nodeId), enabled: surroundings.isInterfaceUp(), mtu, address };
      },
    };
  }

  private addressOf(nodeId: number): string | undefined {
    return this.surroundings.config().nodes.find((node) => node.nodeId === nodeId)?.address;
  }
}

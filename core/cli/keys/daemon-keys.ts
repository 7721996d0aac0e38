import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Machine } from '../../base/machine.js';
import { runtimeEntries } from '../../config/entries.js';
import type { ClusterConfig } from '../../config/model.js';
import type { ChoraleNode } from '../../host/node.js';
import { replaceEntries, setEntries, StatisticsMap } from '../../services/cmap/index.js';
import type { ClearableKind, Icmap } from '../../services/cmap/index.js';
import { ClientKeys } from './client-keys.js';
import { PauseKeys } from './pause-keys.js';
import { RingKeys } from './ring-keys.js';
import { showServices } from './service-keys.js';
import { showTriggers } from './trigger-keys.js';
import type { Triggers } from './trigger-keys.js';
import { followTunables } from './tunable-keys.js';

/** What keys do to the ring. */
export interface RingEffects {
  /** This configuration, which differs from the one in use in the ring's tuning, is in use from now on. */
  retune(config: ClusterConfig): void;
}

/** The daemon, as far as its keys show it. */
export interface KeySurroundings {
  /** The node's; a flight recorder's if there is one. */
  readonly clock: Clock;
  /** Once the node is made. */
  machine(): Machine;
  readonly map: Icmap;
  readonly log: Logger;
  config(): ClusterConfig;
  readonly effects: Triggers & RingEffects;
}

/**
 * The keys of cmap that the daemon itself fills, besides those of the configuration file: the values in use, its services,
 * and the whole statistics map. Services keep their own.
 */
export class DaemonKeys {
  readonly statistics: StatisticsMap;
  private readonly ring: RingKeys;
  private readonly clients: ClientKeys;
  private readonly pauses: PauseKeys;

  constructor(private readonly surroundings: KeySurroundings) {
    const { clock, map } = surroundings;
    this.statistics = new StatisticsMap(clock, (kind) => this.clear(kind));
    this.ring = new RingKeys(clock, this.statistics);
    this.clients = new ClientKeys(this.statistics, (pid) => surroundings.machine().processName(pid));
    this.pauses = new PauseKeys(this.statistics);
    setEntries(map, runtimeEntries(surroundings.config()));
  }

  /** The node is made and not started. */
  attach(node: ChoraleNode): void {
    const { map, effects, log, config } = this.surroundings;
    showServices(map, node.host);
    this.ring.attach(node);
    this.clients.attach(node);
    showTriggers(map, effects);
    const retuned = (next: ClusterConfig): void => {
      effects.retune(next);
      setEntries(map, runtimeEntries(next));
    };
    followTunables({ map, log, config: () => config(), retuned });
  }

  /** Begins to watch for pauses, with a clock whose timers end with the node's services. */
  watchPauses(clock: Clock): void {
    const { surroundings } = this;
    this.pauses.start({
      clock,
      log: surroundings.log,
      epochMs: () => surroundings.machine().epochMs(),
      tokenMs: () => surroundings.config().totem.tokenMs,
    });
  }

  /** Another configuration is in use. */
  reconfigured(config: ClusterConfig): void {
    const { map } = this.surroundings;
    replaceEntries(map, config.entries);
    setEntries(map, runtimeEntries(config));
  }

  private clear(kind: ClearableKind): void {
    const all = kind === 'all';
    if (all || kind === 'totem') this.ring.clear();
    if (all || kind === 'ipc') this.clients.clear();
    if (all || kind === 'schedmiss') this.pauses.clear();
  }
}

import type { Logger } from '../../base/logger.js';
import { ConfigError } from '../../config/errors.js';
import type { ClusterConfig, CmapEntry } from '../../config/model.js';
import { isTunable, retune } from '../../config/retune.js';
import { entryOf, TrackEvent } from '../../services/cmap/index.js';
import type { Icmap } from '../../services/cmap/index.js';

/** What the tunables need of the daemon. */
export interface Tunables {
  readonly map: Icmap;
  readonly log: Logger;
  config(): ClusterConfig;
  /** Another tuning is to be in use from now on. */
  retuned(config: ClusterConfig): void;
}

const RELOADING = 'config.reload_in_progress';

/**
 * The ring follows the tunable keys of `totem.` at once when clients set or delete them, as Corosync's does. Values that do
 * not fit together are logged and not used (Corosync logs and uses them). A reload brings back what the file has.
 */
export function followTunables({ map, log, config, retuned }: Tunables): void {
  const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
  map.track('totem.', ADD | DELETE | MODIFY | PREFIX, ({ key }) => {
    if (!isTunable(key) || (map.u8(RELOADING) ?? 0) !== 0) return;
    try {
      retuned(retune(config(), (path): CmapEntry | undefined => entryOf(map, path)));
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      for (const line of thrown.message.split('\n')) log.log('error', `${line}; the ring goes on as before`);
    }
  });
}

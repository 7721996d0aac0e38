import { definePlugin } from '../../host/plugin.js';
import type { Plugin, PluginContext } from '../../host/plugin.js';
import { markReadOnlyKeys, setEntries } from './configuration.js';
import type { ConfigurationEntry } from './configuration.js';
import { CmapEngine } from './engine.js';
import type { Icmap } from './icmap.js';
import type { StatisticsMap } from './statistics.js';

export { CmapEngine } from './engine.js';
export { entryOf, replaceEntries, setEntries } from './configuration.js';
export type { ConfigurationEntry } from './configuration.js';
export { Icmap } from './icmap.js';
export { TrackEvent } from './key-trackers.js';
export { StatisticsMap } from './statistics.js';
export type { ClearableKind } from './statistics.js';
export { ValueType } from './values.js';

/** What the daemon gives the map. */
export interface CmapOptions {
  readonly map: Icmap;
  readonly statistics: StatisticsMap;
  readonly entries: Iterable<ConfigurationEntry>;
  addressOf(nodeId: number): string;
  /** Called with what the plugin gets, before its engine is made. */
  begin?(context: PluginContext): void;
  shutdown(reason: string): void;
}

/** The plugin of the configuration map, filled with the configuration's keys. Its engine's `map` is for other services. */
export function cmapPlugin(options: CmapOptions): Plugin {
  const { map, statistics, entries } = options;
  return definePlugin({
    name: 'cmap',
    version: '1.0.0',
    sdk: 1,
    service: { id: 0, name: 'cmap' },
    create: (context) => {
      const { ring, log } = context;
      options.begin?.(context);
      setEntries(map, entries);
      markReadOnlyKeys(map);
      const addressOf = (nodeId: number): string => options.addressOf(nodeId);
      const shutdown = (reason: string): void => options.shutdown(reason);
      return new CmapEngine({ ring, logger: log, map, statistics, addressOf, shutdown });
    },
  });
}

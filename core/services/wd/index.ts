import type { Machine } from '../../base/machine.js';
import type { Store } from '../../base/store.js';
import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { CmapEngine } from '../cmap/index.js';
import { WdEngine } from './engine.js';
import type { WatchdogPower } from './watchdog.js';

export { WdEngine } from './engine.js';
export type { Watchdog, WatchdogPower } from './watchdog.js';

/** The plugin of the watchdog. `machineOf` gives the machine as the node's store shows it. */
export function wdPlugin(power: WatchdogPower, machineOf: (store: Store) => Machine): Plugin {
  return definePlugin({
    name: 'wd',
    version: '1.0.0',
    sdk: 1,
    service: { id: 7, name: 'wd' },
    // The monitor's resources are in the map before they are looked for.
    requires: ['cmap', 'mon'],
    create: (context) => {
      const { clock, log: logger, store } = context;
      const { map } = context.capability<CmapEngine>('cmap');
      return new WdEngine({ logger, clock, map, power, machine: machineOf(store) });
    },
  });
}

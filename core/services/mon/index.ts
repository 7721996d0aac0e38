import type { Machine } from '../../base/machine.js';
import type { Store } from '../../base/store.js';
import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { CmapEngine } from '../cmap/index.js';
import { MonEngine } from './engine.js';

export { MonEngine } from './engine.js';

/** The plugin of the resource monitor. `machineOf` gives the machine as the node's store shows it. */
export function monPlugin(machineOf: (store: Store) => Machine): Plugin {
  return definePlugin({
    name: 'mon',
    version: '1.0.0',
    sdk: 1,
    service: { id: 6, name: 'mon' },
    requires: ['cmap'],
    create: (context) => {
      const { clock, log: logger, store } = context;
      const { map } = context.capability<CmapEngine>('cmap');
      return new MonEngine({ logger, clock, map, machine: machineOf(store) });
    },
  });
}

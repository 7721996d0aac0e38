import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { CmapEngine } from '../cmap/engine.js';
import { PloadEngine } from './engine.js';

export { PloadEngine } from './engine.js';
export type { PloadReading } from './engine.js';

/**
 * The plugin of the load generator. `made` is shown its engine, for a program that starts loads in process; with `finished`
 * it takes part in Corosync's load, which ends the daemon.
 */
export function ploadPlugin(made?: (engine: PloadEngine) => void, finished?: (result: string) => void): Plugin {
  return definePlugin({
    name: 'pload',
    version: '1.0.0',
    sdk: 1,
    service: { id: 4, name: 'pload' },
    ...(finished === undefined ? {} : { requires: ['cmap'] }),
    create: ({ ring, log, clock, capability }) => {
      const finalLoad = finished && { map: capability<CmapEngine>('cmap').map, finished };
      const engine = new PloadEngine({ ring, clock, logger: log, ...(finalLoad && { finalLoad }) });
      made?.(engine);
      return engine;
    },
  });
}

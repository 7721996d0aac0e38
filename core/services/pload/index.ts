import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { PloadEngine } from './engine.js';

export { PloadEngine } from './engine.js';
export type { PloadReading } from './engine.js';

/** The plugin of the load generator. `made` is shown its engine, for a program that starts loads in process. */
export function ploadPlugin(made?: (engine: PloadEngine) => void): Plugin {
  return definePlugin({
    name: 'pload',
    version: '1.0.0',
    sdk: 1,
    service: { id: 4, name: 'pload' },
    create: ({ ring, log, clock }) => {
      const engine = new PloadEngine({ ring, clock, logger: log });
      made?.(engine);
      return engine;
    },
  });
}

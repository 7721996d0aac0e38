import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { EvsEngine } from './engine.js';
import { EVS_SERVICE_ID } from './layouts.js';

export { EvsEngine } from './engine.js';

/** The plugin of extended virtual synchrony for clients. */
export function evsPlugin(): Plugin {
  return definePlugin({
    name: 'evs',
    version: '1.0.0',
    sdk: 1,
    service: { id: EVS_SERVICE_ID, name: 'evs' },
    create: ({ ring, log }) => new EvsEngine({ ring, logger: log }),
  });
}

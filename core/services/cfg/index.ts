import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { CmapEngine } from '../cmap/engine.js';
import type { CfgEffects, CfgNetwork } from './effects.js';
import { CfgEngine } from './engine.js';

export { CfgEngine, KILLED } from './engine.js';
export type { CfgEffects, CfgNetwork, LinkStatus, ReloadProgress } from './effects.js';

/** The plugin of the configuration service. */
export function cfgPlugin(effects: CfgEffects, network: CfgNetwork): Plugin {
  return definePlugin({
    name: 'cfg',
    version: '1.0.0',
    sdk: 1,
    service: { id: 1, name: 'cfg' },
    requires: ['cmap'],
    create: (context) => {
      const { ring, log, clock } = context;
      const { map } = context.capability<CmapEngine>('cmap');
      return new CfgEngine({ ring, logger: log, clock, map, network, effects });
    },
  });
}

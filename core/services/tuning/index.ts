import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { RingId, RingTuning } from '../../totem/ring.js';
import { TUNING_SERVICE_ID, TuningEngine } from './engine.js';
import type { TunedNode } from './engine.js';

export { TUNING_SERVICE_ID, TuningEngine } from './engine.js';
export type { TunedNode } from './engine.js';

/**
 * The plugin that has the members of a ring agree on its windows. `node` is asked for once the node runs; `tuned` is told
 * each time.
 */
export function tuningPlugin(node: () => TunedNode, tuned?: (ringId: RingId, tuning: RingTuning) => void): Plugin {
  return definePlugin({
    name: 'tuning',
    version: '1.0.0',
    sdk: 1,
    service: { id: TUNING_SERVICE_ID, name: 'tuning' },
    create: ({ ring, clock, log }) =>
      new TuningEngine({ ring, clock, logger: log, node, ...(tuned === undefined ? {} : { tuned }) }),
  });
}

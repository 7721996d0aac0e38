import { ContainerModule } from 'inversify';
import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { nodeTokens, tokens } from '../../host/tokens.js';
import type { RingId, RingTuning } from '../../totem/ring.js';
import { TUNING_SERVICE_ID, TuningEngine } from './engine.js';

export { TUNING_SERVICE_ID, TuningEngine } from './engine.js';

/** The plugin that has the members of a ring agree on its windows. `tuned` is told each time. */
export function tuningPlugin(tuned?: (ringId: RingId, tuning: RingTuning) => void): Plugin {
  return definePlugin({
    name: 'tuning',
    version: '1.0.0',
    sdk: 1,
    service: { id: TUNING_SERVICE_ID, name: 'tuning' },
    module: new ContainerModule(({ bind }) => {
      bind(tokens.ServiceEngine).toResolvedValue(
        (ring, clock, logger, node, options) =>
          new TuningEngine({
            ring,
            clock,
            logger,
            littleEndian: options.littleEndian ?? true,
            ...(options.tuning === undefined ? {} : { limits: options.tuning }),
            tune: (ringId, tuning) => {
              node.tune(ringId, tuning);
              tuned?.(ringId, tuning);
            },
            requested: () => node.statistics.retransmitRequests,
          }),
        [tokens.ServiceRing, tokens.Clock, tokens.Logger, nodeTokens.Ring, nodeTokens.NodeOptions],
      );
    }),
  });
}

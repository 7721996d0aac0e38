import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import type { CmapEngine } from '../cmap/engine.js';
import type { QuorumEngine } from '../quorum/engine.js';
import { VotequorumEngine } from './engine.js';

export { VotequorumEngine } from './engine.js';

/** The plugin of votequorum: for nodes whose quorum provider it is. Configured by the keys of the configuration map. */
export function votequorumPlugin(): Plugin {
  return definePlugin({
    name: 'votequorum',
    version: '1.0.0',
    sdk: 1,
    service: { id: 5, name: 'votequorum' },
    requires: ['cmap', 'quorum'],
    create: (context) => {
      const { ring, log, clock, store } = context;
      const { map } = context.capability<CmapEngine>('cmap');
      const quorum = context.capability<QuorumEngine>('quorum');
      return new VotequorumEngine({ ring, logger: log, clock, store, map, report: (report) => quorum.decide(report) });
    },
  });
}

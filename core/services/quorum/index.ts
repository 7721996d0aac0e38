import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { QuorumEngine } from './engine.js';

export { QuorumEngine } from './engine.js';
export type { QuorumReport } from './engine.js';

/** The plugin of the quorum service. `provided`: a provider such as votequorum is loaded too; if not, always quorate. */
export function quorumPlugin(provided: boolean): Plugin {
  return definePlugin({
    name: 'quorum',
    version: '1.0.0',
    sdk: 1,
    service: { id: 3, name: 'quorum' },
    create: ({ log }) => new QuorumEngine({ logger: log, provided }),
  });
}

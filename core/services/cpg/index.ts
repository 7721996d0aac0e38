import { definePlugin } from '../../host/plugin.js';
import type { Plugin } from '../../host/plugin.js';
import { CpgEngine } from './engine.js';
import type { ZeroCopyMemory } from './zero-copy.js';

export { CpgClient } from './client.js';
export type * from './client.js';
export { CpgEngine } from './engine.js';
export type { ZeroCopyMapping, ZeroCopyMemory } from './zero-copy.js';

/** The plugin of the closed process groups. */
export function cpgPlugin(zeroCopy?: ZeroCopyMemory): Plugin {
  return definePlugin({
    name: 'cpg',
    version: '1.0.0',
    sdk: 1,
    service: { id: 2, name: 'cpg' },
    create: ({ ring, log }) => new CpgEngine({ ring, logger: log, ...(zeroCopy && { zeroCopy }) }),
  });
}

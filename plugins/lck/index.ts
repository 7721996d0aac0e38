import { definePlugin } from 'chorale/sdk';
import { LckEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Lock Service: `service { name: chorale/lck }`. */
export default definePlugin({
  name: 'lck',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new LckEngine(context),
});

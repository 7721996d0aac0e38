import { definePlugin } from 'chorale/sdk';
import { TmrEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Timer Service: `service { name: chorale/tmr }`. */
export default definePlugin({
  name: 'tmr',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new TmrEngine(context),
});

import { definePlugin } from 'chorale/sdk';
import { EvtEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Event Service: `service { name: chorale/evt }`. */
export default definePlugin({
  name: 'evt',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new EvtEngine(context),
});

import { definePlugin } from 'chorale/sdk';
import { CounterClient } from './client.js';
import { CounterEngine, SERVICE } from './engine.js';

export { CounterClient } from './client.js';

/** The plugin: what the daemon finds when the configuration names this file. */
export default definePlugin({
  name: 'counter',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: ({ ring, entropy }) => new CounterEngine(ring, entropy),
  client: (connection) => new CounterClient(connection),
});

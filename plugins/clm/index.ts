import { definePlugin } from 'chorale/sdk';
import { ClmEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Cluster Membership Service: `service { name: chorale/clm }`. */
export default definePlugin({
  name: 'clm',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new ClmEngine(context),
});

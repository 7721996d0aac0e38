import { definePlugin } from 'chorale/sdk';
import { CkptEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Checkpoint Service: `service { name: chorale/ckpt }`. */
export default definePlugin({
  name: 'ckpt',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new CkptEngine(context),
});

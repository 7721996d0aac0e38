import { definePlugin } from 'chorale/sdk';
import { MsgEngine } from './engine.js';
import { SERVICE } from './operations.js';

export * from './client.js';

/** The Message Service: `service { name: chorale/msg }`. */
export default definePlugin({
  name: 'msg',
  version: '1.0.0',
  sdk: 1,
  service: SERVICE,
  create: (context) => new MsgEngine(context),
});

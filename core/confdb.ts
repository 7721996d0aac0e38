/**
 * The object database of Corosync 1.x for TypeScript programs, on the keys of today's configuration map.
 *
 * ```ts
 * import { openConfdb } from 'chorale/confdb';
 *
 * await using confdb = await openConfdb();
 * const example = confdb.root.create('example');
 * await example.keyCreate('limit', 'u32', 10);
 * for await (const [key, { value }] of example.keys()) console.log(key, value);
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { CfgClient } from './services/cfg/client.js';
import { CmapClient } from './services/cmap/client.js';
import { ConfdbClient } from './services/confdb/client.js';

export { CsError } from './base/errors.js';
export { ConfdbClient, ConfdbObject } from './services/confdb/client.js';
export type * from './services/confdb/client.js';
export type { CmapEntry, CmapInput, CmapTypeName, CmapTypes } from './services/cmap/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions } from './services/service-client.js';

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openConfdb(options: ConnectOptions = {}): Promise<ConfdbClient> {
  const cmap = new CmapClient(await connect('cmap', options), { clock: nodeClock });
  return new ConfdbClient({
    cmap,
    reload: async (call) => {
      using cfg = new CfgClient(await connect('cfg', options), { clock: nodeClock });
      await cfg.reload(call);
    },
    close: () => cmap.close(),
  });
}

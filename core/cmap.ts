/**
 * The configuration map for TypeScript programs: typed keys that are read, set, counted, listed and followed.
 *
 * ```ts
 * import { openCmap } from 'chorale/cmap';
 *
 * await using cmap = await openCmap();
 * await cmap.set('example.limit', 'u32', 10);
 * for await (const [key, { value }] of cmap.entries('totem.')) console.log(key, value);
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { CmapClient } from './services/cmap/client.js';
import type { CmapClientOptions } from './services/cmap/client.js';

export { CsError } from './base/errors.js';
export { CmapClient } from './services/cmap/client.js';
export type * from './services/cmap/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions } from './services/service-client.js';

/** Where the daemon is, and which map to open. */
export type OpenCmapOptions = ConnectOptions & Pick<CmapClientOptions, 'map'>;

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openCmap(options: OpenCmapOptions = {}): Promise<CmapClient> {
  const { map = 'icmap', ...where } = options;
  return new CmapClient(await connect('cmap', where), { clock: nodeClock, map });
}

/**
 * Nodes, links, shutdown, kill and reload for TypeScript programs.
 *
 * ```ts
 * import { openCfg } from 'chorale/cfg';
 *
 * await using cfg = await openCfg();
 * for await (const event of await cfg.track()) {
 *   if (event.kind === 'shutdown') await cfg.replyToShutdown(true);
 * }
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { CfgClient } from './services/cfg/client.js';

export { CsError } from './base/errors.js';
export { CfgClient } from './services/cfg/client.js';
export type * from './services/cfg/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions } from './services/service-client.js';

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openCfg(options: ConnectOptions = {}): Promise<CfgClient> {
  return new CfgClient(await connect('cfg', options), { clock: nodeClock });
}

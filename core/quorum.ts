/**
 * Quorum for TypeScript programs: may this node serve, and who is in its part of the cluster?
 *
 * ```ts
 * import { openQuorum } from 'chorale/quorum';
 *
 * await using quorum = await openQuorum();
 * for await (const event of await quorum.track()) {
 *   if (event.kind === 'quorum') console.log(event.quorate, event.members);
 * }
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { QuorumClient } from './services/quorum/client.js';

export { CsError } from './base/errors.js';
export { QuorumClient } from './services/quorum/client.js';
export type * from './services/quorum/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions, TrackOptions } from './services/service-client.js';

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openQuorum(options: ConnectOptions = {}): Promise<QuorumClient> {
  return new QuorumClient(await connect('quorum', options), { clock: nodeClock });
}

/**
 * Votequorum for TypeScript programs: votes of nodes and of the cluster, and the side of a quorum device.
 *
 * ```ts
 * import { openVotequorum } from 'chorale/votequorum';
 *
 * await using votequorum = await openVotequorum();
 * const { totalVotes, quorum, quorate } = await votequorum.info();
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { VotequorumClient } from './services/votequorum/client.js';

export { CsError } from './base/errors.js';
export { VotequorumClient, VotequorumQdevice } from './services/votequorum/client.js';
export type * from './services/votequorum/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions, TrackOptions } from './services/service-client.js';

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openVotequorum(options: ConnectOptions = {}): Promise<VotequorumClient> {
  return new VotequorumClient(await connect('votequorum', options), { clock: nodeClock });
}

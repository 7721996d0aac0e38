/**
 * Extended virtual synchrony for TypeScript programs: messages to groups, in one order with the changes of the ring.
 *
 * ```ts
 * import { openEvs } from 'chorale/evs';
 *
 * await using evs = await openEvs();
 * const events = evs.events();
 * await evs.join('sensors', 'alarms');
 * await evs.mcastJoined(new TextEncoder().encode('hello'));
 * for await (const event of events) console.log(event);
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { EvsClient } from './services/evs/client.js';

export { CsError } from './base/errors.js';
export { EvsClient } from './services/evs/client.js';
export type * from './services/evs/client.js';
export type { EventStream } from './services/event-stream.js';
export type { CallOptions } from './services/service-client.js';

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openEvs(options: ConnectOptions = {}): Promise<EvsClient> {
  return new EvsClient(await connect('evs', options), { clock: nodeClock });
}

/**
 * Closed process groups for TypeScript programs: `import { openCpg } from 'chorale/cpg'`.
 *
 * ```ts
 * const cpg = await openCpg();
 * const events = cpg.events();
 * await cpg.join('greetings');
 * await cpg.multicast(new TextEncoder().encode('hello'), { safe: true });
 * for await (const event of events) console.log(event);
 * ```
 *
 * @packageDocumentation
 */
import { nodeClock } from './host/bindings/node-clock.js';
import { connect } from './ipc/client.js';
import type { ConnectOptions } from './ipc/client.js';
import { CpgClient } from './services/cpg/client.js';
import type { CpgClientOptions } from './services/cpg/client.js';

export { CsError } from './base/errors.js';
export { CpgClient } from './services/cpg/client.js';
export type * from './services/cpg/client.js';

/** Where the daemon is, and what the client tells of itself; its process id is this process's. */
export type OpenCpgOptions = ConnectOptions & Pick<CpgClientOptions, 'ringAtJoin'>;

/** A client of the daemon on this host. Rejects with a CsError as `connect` does. */
export async function openCpg(options: OpenCpgOptions = {}): Promise<CpgClient> {
  const { ringAtJoin = false, ...where } = options;
  return new CpgClient(await connect('cpg', where), { pid: process.pid, clock: nodeClock, ringAtJoin });
}

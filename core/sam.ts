/**
 * The simple availability manager for TypeScript programs: a supervisor watches the program's heartbeats and starts it
 * again when they stop.
 *
 * ```ts
 * import { register } from 'chorale/sam';
 *
 * const sam = await register({ intervalMs: 1000, recovery: 'restart' });
 * await sam.start();
 * setInterval(() => sam.heartbeat(), 250);
 * ```
 *
 * `register` runs the program a second time, as a child process, as libsam forks: in the first process it never resolves,
 * which is the supervisor from then on and ends with the child's exit code; in the child it resolves, every time anew.
 *
 * @packageDocumentation
 */
import { CsError } from './base/errors.js';
import { openCmap } from './cmap.js';
import type { ConnectOptions } from './ipc/client.js';
import { openQuorum } from './quorum.js';
import { ENVIRONMENT } from './sam/channel.js';
import type { Supervised } from './sam/channel.js';
import { SamProcess } from './sam/process.js';
import { Supervisor } from './sam/supervisor.js';
import type { ProcessKeys, QuorumView, RecoveryPolicy } from './sam/supervisor.js';

export { CsError } from './base/errors.js';
export { SamProcess } from './sam/process.js';
export type { RecoveryPolicy, SamState } from './sam/supervisor.js';

/** How a program is watched (sam_initialize). */
export interface SamOptions {
  /** Longest time between two heartbeats, in milliseconds; 0, the default: only the end of the process counts. */
  readonly intervalMs?: number;
  /** `restart`, the default, starts the program again when it fails; `quit` ends the supervisor too. */
  readonly recovery?: RecoveryPolicy;
  /** It runs only while this node is quorate: `start` waits for quorum, and losing it is a failure. */
  readonly quorum?: boolean;
  /**
   * It is shown as `resources.process.PID.{recovery,poll_period,last_updated,state}` in the configuration map, PID being
   * the supervisor's; the watchdog service may act on it.
   */
  readonly cmap?: boolean;
  /** Where the daemon is, for `quorum` and `cmap`. */
  readonly daemon?: ConnectOptions;
}

let registered: SamProcess | undefined;

/**
 * Makes this program a supervised one. In the supervisor it does not resolve; it rejects with a CsError if the program
 * cannot be supervised: ERR_INVALID_PARAM for a bad interval, and whatever the daemon refuses for `quorum` and `cmap`.
 */
export async function register(options: SamOptions = {}): Promise<SamProcess> {
  const given = process.env[ENVIRONMENT];
  if (given !== undefined && process.connected) {
    registered ??= new SamProcess(JSON.parse(given) as Supervised);
    return registered;
  }
  const { intervalMs = 0, recovery = 'restart' } = options;
  if (!Number.isFinite(intervalMs) || intervalMs < 0) {
    throw new CsError('ERR_INVALID_PARAM', `an interval of ${intervalMs} ms is none: give 0 or more.`);
  }
  const supervisor = new Supervisor({
    program: process.argv[1]!,
    args: process.argv.slice(2),
    execArgv: process.execArgv,
    intervalMs,
    recovery,
    quorum: options.quorum ? await watchQuorum(options.daemon) : undefined,
    keys: options.cmap ? await openKeys(options.daemon) : undefined,
  });
  process.exit(await supervisor.run());
}

/** Losing the daemon is losing quorum. */
async function watchQuorum(daemon: ConnectOptions | undefined): Promise<QuorumView> {
  const client = await openQuorum(daemon);
  let quorate = await client.quorate();
  let changed = (): void => undefined;
  const set = (now: boolean): void => {
    if (now === quorate) return;
    quorate = now;
    changed();
  };
  client.listen((event) => {
    if (event.kind === 'quorum') set(event.quorate);
  });
  void client.ended.then(() => set(false));
  await client.trackStart();
  return {
    get quorate() {
      return quorate;
    },
    onChange: (listener) => (changed = listener),
    close: () => client.close(),
  };
}

async function openKeys(daemon: ConnectOptions | undefined): Promise<ProcessKeys> {
  const cmap = await openCmap(daemon);
  const prefix = `resources.process.${process.pid}.`;
  return {
    recovery: async (policy, intervalMs) => {
      await cmap.set(`${prefix}recovery`, 'string', policy);
      await cmap.set(`${prefix}poll_period`, 'u64', Math.round(intervalMs));
    },
    state: (state) => cmap.set(`${prefix}state`, 'string', state),
    // As libsam counts: nanoseconds of CLOCK_MONOTONIC.
    updated: () => cmap.set(`${prefix}last_updated`, 'u64', process.hrtime.bigint()),
    remove: async () => {
      for await (const { key } of cmap.keys(prefix)) await cmap.delete(key);
    },
    close: () => cmap.close(),
  };
}

import { findDirective } from './directives/index.js';
import { ConfigError, Report } from './errors.js';
import type { ClusterConfig, CmapEntry } from './model.js';
import { ConfigStore } from './store.js';
import { tuningOf } from './tuning.js';
import { readValue } from './values.js';

/** Keys of `totem.` that a running ring takes over when a client sets them (Corosync's, and their types). */
const TUNABLES = [
  'token',
  'token_coefficient',
  'token_warning',
  'token_retransmit',
  'hold',
  'token_retransmits_before_loss_const',
  'join',
  'send_join',
  'consensus',
  'merge',
  'downcheck',
  'fail_recv_const',
  'seqno_unchanged_const',
  'heartbeat_failures_allowed',
  'max_network_delay',
  'window_size',
  'max_messages',
  'miss_count_const',
  'block_unlisted_ips',
  'cancel_token_hold_on_retransmit',
].map((name) => `totem.${name}`);

const ORIGIN = { file: 'cmap', line: 0 };

/** Whether the ring follows this key while it runs. */
export function isTunable(path: string): boolean {
  return TUNABLES.includes(path);
}

/**
 * The configuration with the ring's tuning as the keys now say; a key that is absent, or of another type than the file
 * would give it, counts as not set.
 * @throws ConfigError if a value, or what is computed from the values, is out of range
 */
export function retune(config: ClusterConfig, read: (path: string) => CmapEntry | undefined): ClusterConfig {
  const report = new Report();
  const store = new ConfigStore();
  for (const path of TUNABLES) {
    const directive = findDirective(path);
    const set = read(path);
    if (directive === undefined || set?.type !== directive.type) continue;
    const entry = readValue(directive, { origin: ORIGIN, key: path, value: `${set.value}` }, path, report);
    if (entry !== undefined) store.set(entry, ORIGIN);
  }
  report.throwIfFailed();
  const tuning = tuningOf(store, config.nodes.length, ORIGIN, report);
  if (report.problems.length > 0) throw new ConfigError(report.problems);
  const { netMtu } = config.totem;
  const others = config.entries.filter(({ path }) => !isTunable(path));
  return { ...config, totem: { ...config.totem, ...tuning, netMtu }, entries: [...others, ...store.entries()] };
}

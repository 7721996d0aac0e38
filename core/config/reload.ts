import { ConfigError, formatProblem } from './errors.js';
import type { ConfigProblem } from './errors.js';
import type { ClusterConfig, CmapEntry } from './model.js';

/** One cmap key that a reload changes. `entry` is the new value; missing for a key that goes. */
export interface ConfigChange {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'removed';
  readonly entry?: CmapEntry;
}

/** What a reload comes to. */
export interface ReloadResult {
  /** What holds from now on: the new configuration, with what is fixed at start left as it was. */
  readonly config: ClusterConfig;
  /** Keys that differ from before, by path. */
  readonly changes: readonly ConfigChange[];
  /** For each change in the file that needs a restart to work: a line to log. */
  readonly notApplied: readonly string[];
}

/** Keys whose new values wait for the next start; a name that ends in a dot stands for all keys under it. */
const FIXED_AT_START: readonly string[] = [
  ...['version', 'threads', 'ip_version', 'rrp_mode', 'netmtu', 'transport', 'cluster_name', 'clear_node_high_bit'].map(
    (key) => `totem.${key}`,
  ),
  'totem.interface.',
  'quorum.provider',
  'system.',
];

/** Corosync keeps what it computes itself under these, so a difference is no change in the file. */
const COMPUTED: ReadonlySet<string> = new Set(['totem.interface.0.bindnetaddr']);

function isFixed(path: string): boolean {
  return FIXED_AT_START.some((fixed) => (fixed.endsWith('.') ? path.startsWith(fixed) : path === fixed));
}

/**
 * Compares the configuration in use with one that was just read.
 * @throws ConfigError if a running ring cannot go over to it: the address of a node or this node's id would change
 */
export function reloadConfig(current: ClusterConfig, next: ClusterConfig): ReloadResult {
  refuseMovedNodes(current, next);
  const before = new Map(current.entries.map((entry) => [entry.path, entry]));
  const after = new Map<string, CmapEntry>();
  const notApplied: string[] = [];
  for (const entry of next.entries) if (!isFixed(entry.path)) after.set(entry.path, entry);
  for (const entry of current.entries) if (isFixed(entry.path)) after.set(entry.path, entry);
  for (const path of fixedPaths(current, next)) {
    const old = before.get(path);
    const wanted = next.entries.find((entry) => entry.path === path);
    if (old?.value === wanted?.value || COMPUTED.has(path)) continue;
    const text = `stays ${shown(old)}, not ${shown(wanted)}: it cannot change while the node runs; restart the node to change it`;
    notApplied.push(formatProblem({ origin: { file: next.file, line: 0 }, key: path, text }));
  }
  return {
    config: { ...withFixedParts(current, next), entries: [...after.values()] },
    changes: differences(before, after),
    notApplied,
  };
}

const shown = (entry: CmapEntry | undefined): string => (entry === undefined ? 'unset' : `"${entry.value}"`);

function fixedPaths(current: ClusterConfig, next: ClusterConfig): Set<string> {
  return new Set([...current.entries, ...next.entries].map((entry) => entry.path).filter(isFixed));
}

function withFixedParts(current: ClusterConfig, next: ClusterConfig): ClusterConfig {
  const { version, transport, clusterName, ipVersion, addressFamily, clearNodeHighBit, netMtu } = current.totem;
  const fixed = { version, transport, clusterName, ipVersion, addressFamily, clearNodeHighBit, netMtu };
  return {
    ...next,
    totem: { ...next.totem, ...fixed, interface: current.totem.interface },
    quorum: { ...next.quorum, provider: current.quorum.provider },
    system: current.system,
  };
}

function refuseMovedNodes(current: ClusterConfig, next: ClusterConfig): void {
  const problems: ConfigProblem[] = [];
  const fail = (text: string): unknown =>
    problems.push({ origin: { file: next.file, line: 0 }, stage: 'totem', key: 'nodelist.node', text });
  for (const node of next.nodes) {
    const known = current.nodes.find((other) => other.nodeId === node.nodeId);
    if (known !== undefined && known.address !== node.address) {
      fail(
        `the address of node id ${node.nodeId} may not change from ${known.address} to ${node.address}; remove the node, reload, add it again, reload`,
      );
    }
  }
  if (next.localNode.nodeId !== current.localNode.nodeId) {
    const { nodeId } = current.localNode;
    fail(`this node's id may not change from ${nodeId} to ${next.localNode.nodeId}; restart the node to change it`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function differences(before: ReadonlyMap<string, CmapEntry>, after: ReadonlyMap<string, CmapEntry>): ConfigChange[] {
  const changes: ConfigChange[] = [];
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path, kind: 'removed' });
  for (const [path, entry] of after) {
    const old = before.get(path);
    if (old === undefined) changes.push({ path, kind: 'added', entry });
    else if (old.value !== entry.value || old.type !== entry.type) changes.push({ path, kind: 'modified', entry });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

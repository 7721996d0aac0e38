import { openCmap } from '../../cmap.js';
import type { CmapClient } from '../../cmap.js';
import { CommandError, withService } from './context.js';
import type { DaemonChoice } from './context.js';
import { CommandExit } from './exit-codes.js';

/** A node as the nodelist names it. */
export interface ClusterNode {
  readonly nodeId: number;
  readonly name: string | undefined;
  /** By link, as configured. */
  readonly addresses: readonly string[];
}

/** The nodelist of the daemon's configuration, by node id. */
export function readNodes(choice: DaemonChoice): Promise<Map<number, ClusterNode>> {
  return withService(choice, openCmap, nodesOf);
}

/** The id of a node that a person named, by id or by name. Rejects with a CommandError. */
export async function nodeIdOf(choice: DaemonChoice, text: string): Promise<number> {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) {
    const id = Number(text);
    if (id >= 1 && id <= 0xffff_ffff) return id;
    throw new CommandError(CommandExit.USAGE, `${text} is no node id: give 1 to 4294967295, or a node's name`);
  }
  const nodes = [...(await readNodes(choice)).values()];
  const found = nodes.find(({ name, addresses }) => name === text || addresses.includes(text));
  if (found !== undefined) return found.nodeId;
  const known = nodes.map(({ nodeId, name }) => (name === undefined ? `${nodeId}` : `${nodeId} (${name})`)).join(', ');
  throw new CommandError(CommandExit.USAGE, `no node is called ${text}: the nodelist has ${known}`);
}

async function nodesOf(cmap: CmapClient): Promise<Map<number, ClusterNode>> {
  const sections = new Map<string, Map<string, string>>();
  for await (const [key, { value }] of cmap.entries('nodelist.node.')) {
    const [, position, field] = /^nodelist\.node\.(\d+)\.(\w+)$/.exec(key) ?? [];
    if (position === undefined || field === undefined) continue;
    const section = sections.get(position) ?? new Map<string, string>();
    sections.set(position, section.set(field, String(value)));
  }
  const nodes = new Map<number, ClusterNode>();
  for (const section of sections.values()) {
    const nodeId = Number(section.get('nodeid'));
    const links = [...section.keys()].filter((field) => /^ring\d_addr$/.test(field)).sort();
    const addresses = links.map((link) => section.get(link)!);
    if (nodeId > 0) nodes.set(nodeId, { nodeId, name: section.get('name'), addresses });
  }
  return nodes;
}

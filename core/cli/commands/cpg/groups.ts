import { openCpg } from '../../../cpg.js';
import type { CpgGroup } from '../../../cpg.js';
import { readNodes } from '../cluster-nodes.js';
import type { ClusterNode } from '../cluster-nodes.js';
import { withService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import { show } from '../options.js';
import type { JsonOption } from '../options.js';
import { printable } from '../printable.js';
import type { Surroundings } from '../surroundings.js';
import { tableLines } from '../table.js';

export interface GroupsOptions extends JsonOption {
  /** Names alone, a line each. */
  readonly names?: true;
  /** Lines of fields with this between them. */
  readonly delimiter?: string;
  /** Names as they are, also what is not printable. */
  readonly raw?: true;
}

const decoder = new TextDecoder();

/** Prints all groups of the cluster, or those of some names. */
export async function showGroups(
  choice: DaemonChoice,
  wanted: readonly string[],
  options: GroupsOptions,
  here: Surroundings,
): Promise<void> {
  const all = await withService(choice, openCpg, (client) => client.groups());
  const groups = all.filter(({ name }) => wanted.length === 0 || wanted.includes(decoder.decode(name)));
  const nodes = options.json || options.names || groups.length === 0 ? undefined : await readNodes(choice);
  const data = groups.map(({ name, members }) => ({ name: decoder.decode(name), members }));
  show(here, options, data, () => groupLines(groups, options, nodes, here).join('\n'));
}

function groupLines(
  groups: readonly CpgGroup[],
  options: GroupsOptions,
  nodes: ReadonlyMap<number, ClusterNode> | undefined,
  here: Surroundings,
): string[] {
  const text = (name: Uint8Array): string => (options.raw ? decoder.decode(name) : printable(decoder.decode(name)));
  if (options.names) return groups.map(({ name }) => text(name));
  const rows = groups.flatMap(({ name, members }) =>
    members.map(({ pid, nodeId }) => ({ group: text(name), pid: `${pid}`, nodeId })),
  );
  const { delimiter } = options;
  if (delimiter !== undefined) return rows.map(({ group, pid, nodeId }) => [group, pid, nodeId].join(delimiter));
  const columns = [
    { title: 'group' },
    { title: 'pid', right: true },
    { title: 'nodeid', right: true },
    { title: 'node' },
    { title: 'address' },
  ] as const;
  return tableLines(
    columns,
    rows.map(({ group, pid, nodeId }, i) => [
      rows[i - 1]?.group === group ? '' : group,
      pid,
      `${nodeId}`,
      nodes?.get(nodeId)?.name ?? '-',
      nodes?.get(nodeId)?.addresses.join(' ') ?? '-',
    ]),
    here.style,
  );
}

import type { Fault, Plan } from './plan.js';

/** A fault in the words of a diagram: what it does, and to whom. */
export function faultText(fault: Fault, plan: Plan): string {
  const names = (list: readonly number[] | undefined): string =>
    list === undefined ? 'all' : list.map((position) => plan.nodes[position]!.nodeId).join(' ');
  if (fault.kind === 'cut') {
    const groups = partsOf(fault.links, plan.nodes.length);
    if (groups?.length === 1) return 'cut: no link';
    if (groups !== undefined) return `partition: ${groups.map((group) => names(group)).join(' | ')}`;
    return `cut: ${fault.links.map(([from, to]) => `${names([from])}→${names([to])}`).join(', ')}`;
  }
  const { kind, ...rest } = fault;
  const details = Object.entries(rest)
    .filter(([key]) => key !== 'from' && key !== 'to' && key !== 'nodes')
    .map(([key, value]) => `${key} ${typeof value === 'number' ? Number(value.toFixed(2)) : String(value)}`);
  if ('nodes' in fault) details.unshift(names(fault.nodes));
  if ('from' in fault || 'to' in fault) details.push(`${names(fault.from)}→${names(fault.to)}`);
  return `${kind}: ${details.join(', ')}`;
}

/** The groups that a cut makes, if it is a whole partition. */
function partsOf(links: readonly (readonly [number, number])[], nodes: number): number[][] | undefined {
  const cut = new Set(links.map(([from, to]) => `${from} ${to}`));
  const parts: number[][] = [];
  for (let position = 0; position < nodes; position++) {
    const part = parts.find(([first]) => !cut.has(`${position} ${first!}`));
    if (part === undefined) parts.push([position]);
    else part.push(position);
  }
  const partOf = (position: number): number[] => parts.find((part) => part.includes(position))!;
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      if (from !== to && (partOf(from) === partOf(to)) === cut.has(`${from} ${to}`)) return undefined;
    }
  }
  return parts;
}

import type { NodeState, NodeStatus } from '../../host/node-status.js';
import type { PluginStatus } from '../../host/plugin-host.js';
import type { Style } from './style.js';

const MEANING: Readonly<Record<NodeState, string>> = {
  new: 'not started yet',
  waiting: 'waits for its network interface',
  gather: 'looks for other nodes',
  commit: 'forms a ring',
  recovery: 'brings the members of the new ring to the same messages',
  synchronizing: 'on a ring; services synchronize',
  operational: 'on a ring',
  left: 'has left',
  crashed: 'has failed; see its log',
};

/** A node for a person. */
export function statusText(status: NodeStatus, style: Style): string {
  const { rates } = status;
  const rows: [string, string][] = [
    ['node', style.bold(`${status.nodeId}`)],
    ['state', `${colored(status.state, style)} (${MEANING[status.state] ?? 'unknown to this version'})`],
    ['ring', status.ringId ?? 'none yet'],
    ['members', status.members.length > 0 ? status.members.join(' ') : 'none'],
    ['token', status.rotationMs > 0 ? `every ${status.rotationMs.toFixed(2)} ms` : 'not seen yet'],
    [
      'rates',
      `${perSecond(rates.sent)} sent, ${perSecond(rates.delivered)} delivered, ` +
        `${perSecond(rates.retransmitted)} retransmitted, ${perSecond(rates.tokens)} tokens`,
    ],
  ];
  const head = rows.map(([name, value]) => `${style.dim(name.padEnd(9))}${value}`);
  return [...head, '', ...pluginTable(status.services, style)].join('\n');
}

/** The services of a node as a table. */
export function pluginTable(services: readonly PluginStatus[], style: Style): string[] {
  const width = Math.max(8, ...services.map(({ service }) => service.length)) + 1;
  const versions = Math.max(8, ...services.map(({ version }) => version.length)) + 1;
  const lines = services.map((one) => {
    const trouble = one.failure === undefined ? '' : style.red(`  ${one.failure}`);
    const bugs = one.bugs > 0 ? style.yellow(`  ${one.bugs} bugs`) : '';
    const cells = [
      one.service.padEnd(width),
      `${one.id}`.padStart(4),
      `  ${one.version.padEnd(versions)}`,
      stateOf(one.state, style),
      `${one.clients}`.padStart(8),
    ];
    return `${cells.join('')}${bugs}${trouble}`;
  });
  return [style.dim(`${'service'.padEnd(width)}  id  ${'version'.padEnd(versions)}state    clients`), ...lines];
}

function stateOf(state: string, style: Style): string {
  const text = state.padEnd(8);
  return state === 'running' ? style.green(text) : state === 'failed' ? style.red(text) : style.yellow(text);
}

function colored(state: NodeState, style: Style): string {
  if (state === 'operational') return style.green(state);
  return state === 'crashed' || state === 'left' ? style.red(state) : style.yellow(state);
}

function perSecond(rate: number): string {
  return `${Math.round(rate)}/s`;
}

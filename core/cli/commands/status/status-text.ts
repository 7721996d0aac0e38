import type { NodeState } from '../../../host/node-status.js';
import type { Overview } from '../../../ipc/overview.js';
import { formatTime } from '../../../log/line.js';
import { duration, printable, short } from '../printable.js';
import type { Style } from '../style.js';
import { fieldLines, tableLines } from '../table.js';
import { warningsOf } from './warnings.js';

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

/** Clients that are shown if not all are asked for. */
const CLIENTS = 8;

export interface StatusOptions {
  /** All clients and groups, however many. */
  readonly all?: true;
}

/** What `chorale status --json` prints. */
export function statusData(overview: Overview): unknown {
  const { status, ...rest } = overview;
  return { ...status, ...rest, warnings: warningsOf(overview) };
}

/** The whole picture for a person. */
export function statusText(overview: Overview, style: Style, { all }: StatusOptions = {}): string {
  const warnings = warningsOf(overview);
  const limit = all ? Infinity : CLIENTS;
  const blocks = [
    fieldLines(fieldsOf(overview, style), style),
    nodeTable(overview, style),
    clientTable(overview, style, limit),
    groupTable(overview, style, limit),
    warnings.map((text) => `${style.yellow('!')} ${text}`),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

function fieldsOf(overview: Overview, style: Style): [string, string][] {
  const { status, nodes, totals, links, nowMs } = overview;
  const { rates } = status;
  const name = nodes.find(({ local }) => local)?.name;
  const cluster = overview.clusterName === '' ? '' : ` of cluster ${overview.clusterName}`;
  const up = duration(nowMs - overview.startedMs);
  return [
    ['node', `${style.bold(`${status.nodeId}`)}${name === undefined ? '' : ` (${name})`}${cluster}`],
    ['daemon', `Chorale ${overview.version}, up ${up}`],
    ['state', `${stateText(status.state, style)} (${MEANING[status.state] ?? 'unknown to this version'})`],
    ['quorum', quorumText(overview, style)],
    ['ring', status.ringId ?? 'none yet'],
    ['members', status.members.length > 0 ? status.members.join(' ') : 'none'],
    ...changeField(overview),
    ['token', tokenText(overview)],
    ...tuningField(overview),
    ...links.map(({ link, transport, address, port, reached, others }): [string, string] => [
      `link ${link}`,
      `${transport} at ${address} port ${port}, ${reached} of ${others} other nodes ${reached === others ? 'reached' : style.yellow('reached')}`,
    ]),
    [
      'rates',
      `${perSecond(rates.sent)} sent, ${perSecond(rates.delivered)} delivered, ` +
        `${perSecond(rates.retransmitted)} retransmitted, ${perSecond(rates.tokens)} tokens`,
    ],
    [
      'totals',
      `${short(totals.sent)} sent, ${short(totals.delivered)} delivered; ${bytes(totals.bytesSent)} out, ` +
        `${bytes(totals.bytesReceived)} in`,
    ],
    [
      'losses',
      `${short(totals.retransmitted)} retransmitted, ${short(totals.retransmitRequests)} asked again, ` +
        `${short(totals.dropped)} dropped, ${short(totals.sendErrors)} not sent`,
    ],
    ['services', servicesText(overview, style)],
    ['clients', clientsText(overview)],
  ];
}

/** One line about quorum. */
export function quorumText({ quorum }: Overview, style: Style): string {
  if (quorum.provider === 'none') return `${style.green('quorate')} (no quorum provider is configured)`;
  const state = quorum.quorate ? style.green('quorate') : style.red('not quorate');
  const flags = quorum.flags.filter((flag) => flag !== 'Quorate');
  const votes = `${quorum.totalVotes} of ${quorum.expectedVotes} votes, ${quorum.needed} needed`;
  return `${state}: ${votes}${flags.length > 0 ? ` (${flags.join(' ')})` : ''}`;
}

export function stateText(state: NodeState, style: Style): string {
  if (state === 'operational') return style.green(state);
  return state === 'crashed' || state === 'left' ? style.red(state) : style.yellow(state);
}

function changeField({ lastChange, nowMs }: Overview): [string, string][] {
  if (lastChange === undefined) return [];
  const { timeMs, joined, left, count } = lastChange;
  const what = [
    ...(joined.length > 0 ? [`joined ${joined.join(' ')}`] : []),
    ...(left.length > 0 ? [`left ${left.join(' ')}`] : []),
  ];
  const text = what.join(', ') || 'same members';
  return [
    ['change', `${text}, ${duration(nowMs - timeMs)} ago (${formatTime(timeMs, 'on')}); ${count} since the start`],
  ];
}

function tokenText({ status, tokenAgeMs, tokenTimeoutMs, totals }: Overview): string {
  if (tokenAgeMs === undefined) return 'not seen yet';
  const rotation = status.rotationMs > 0 ? `rotation ${status.rotationMs.toFixed(2)} ms, ` : '';
  return `${rotation}seen ${Math.round(tokenAgeMs)} ms ago, lost after ${tokenTimeoutMs} ms (${times(totals.tokensLost)} so far)`;
}

function tuningField({ status: { tuning } }: Overview): [string, string][] {
  if (tuning === undefined) return [];
  const { agreed, windowSize, maxMessages, accelerated } = tuning;
  const behind = accelerated > 0 ? `, ${accelerated} of them behind the token` : '';
  const why = agreed ? 'all members agreed' : 'as configured';
  return [['window', `${windowSize} frames a rotation, ${maxMessages} of a node${behind} (${why})`]];
}

function servicesText({ status }: Overview, style: Style): string {
  return status.services
    .map(({ service, state }) =>
      state === 'running'
        ? service
        : state === 'failed'
          ? style.red(`${service} (${state})`)
          : style.yellow(`${service} (${state})`),
    )
    .join(' ');
}

function clientsText({ clients }: Overview): string {
  if (clients.length === 0) return 'none';
  const counts = new Map<string, number>();
  for (const { service } of clients) counts.set(service, (counts.get(service) ?? 0) + 1);
  return [...counts].map(([service, count]) => `${count} of ${service}`).join(', ');
}

function nodeTable({ nodes }: Overview, style: Style): string[] {
  const voting = nodes.some(({ votes }) => votes !== undefined);
  const columns = [
    { title: 'nodeid', right: true },
    { title: 'name' },
    { title: 'address' },
    ...(voting ? [{ title: 'votes', right: true } as const] : []),
    { title: 'state' },
  ] as const;
  const rows = nodes.map((node) => [
    style.bold(`${node.nodeId}`),
    node.name ?? '-',
    node.addresses.join(' ') || '-',
    ...(voting ? [`${node.votes ?? '-'}`] : []),
    node.member ? style.green(node.local ? 'member, this node' : 'member') : style.red('not on the ring'),
  ]);
  return tableLines(columns, rows, style);
}

function clientTable({ clients }: Overview, style: Style, limit: number): string[] {
  const columns = [
    { title: 'service' },
    { title: 'pid', right: true },
    { title: 'program' },
    { title: 'requests', right: true },
    { title: 'events', right: true },
    { title: 'queued', right: true },
    { title: 'group' },
  ] as const;
  const rows = clients
    .slice(0, limit)
    .map((client) => [
      client.service,
      `${client.pid}`,
      printable(client.program) || '-',
      `${client.requests}`,
      `${client.events}`,
      `${client.queued}`,
      client.group ?? '',
    ]);
  return [...tableLines(columns, rows, style), ...more(clients.length - limit, 'clients', style)];
}

function groupTable({ groups }: Overview, style: Style, limit: number): string[] {
  const columns = [{ title: 'group' }, { title: 'processes', right: true }, { title: 'on nodes' }] as const;
  const rows = groups.slice(0, limit).map(({ name, processes, nodes }) => [name, `${processes}`, nodes.join(' ')]);
  return [...tableLines(columns, rows, style), ...more(groups.length - limit, 'groups', style)];
}

function more(count: number, what: string, style: Style): string[] {
  return count > 0 ? [style.dim(`and ${count} more ${what} (--all shows them)`)] : [];
}

function perSecond(rate: number): string {
  return `${Math.round(rate)}/s`;
}

function bytes(count: number): string {
  const units: readonly [number, string][] = [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ];
  for (const [size, unit] of units) if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  return `${count} B`;
}

function times(count: number): string {
  return count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`;
}

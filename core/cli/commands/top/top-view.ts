import type { Overview } from '../../../ipc/overview.js';
import { formatTime } from '../../../log/line.js';
import { duration, printable, short } from '../printable.js';
import { quorumText, stateText } from '../status/status-text.js';
import { warningsOf } from '../status/warnings.js';
import type { Style } from '../style.js';
import { tableLines } from '../table.js';
import type { Rates } from './rates.js';

/** What clients and groups are sorted by. */
export const SORTS = ['requests', 'events', 'name'] as const;
export type Sort = (typeof SORTS)[number];

/** Everything `chorale top` shows. */
export interface TopModel {
  readonly overview: Overview | undefined;
  readonly rates: Rates | undefined;
  /** Why there is no newer picture. */
  readonly problem: string | undefined;
  readonly paused: boolean;
  readonly help: boolean;
  readonly sort: Sort;
  readonly delaySeconds: number;
}

const HELP = [
  ' q, Ctrl-C  quit',
  ' p, blank   pause, go on',
  ' s          sort by requests, events, name',
  ' + -        more or less often',
  ' h          this help',
  '',
  ' requests   what clients of this node asked, per second: each multicast is one',
  ' events     what they were told, per second: each delivered message is one',
  ' groups     all of the cluster; their rates are those of the clients of this node',
];

/** The lines of a picture for a terminal of this size; the last tells the keys. */
export function topView(model: TopModel, width: number, height: number, style: Style): string[] {
  const room = Math.max(0, height - 1);
  const body = model.help ? HELP : bodyOf(model, width, room, style);
  const shown = body.slice(0, room);
  const filler = Array.from({ length: room - shown.length }, () => '');
  return [...shown, ...filler, keyLine(model, width, style)];
}

/** One line, for pipes and files. */
export function topLine(overview: Overview, rates: Rates): string {
  const { status, quorum, nowMs, clients } = overview;
  return [
    formatTime(nowMs, 'on'),
    status.state,
    quorum.quorate ? 'quorate' : 'not-quorate',
    `ring ${status.ringId ?? 'none'}`,
    `members ${status.members.join(',') || 'none'}`,
    `token ${status.rotationMs.toFixed(2)} ms`,
    `sent ${Math.round(rates.sent)}/s`,
    `delivered ${Math.round(rates.delivered)}/s`,
    `retransmitted ${Math.round(rates.retransmitted)}/s`,
    `clients ${clients.length}`,
  ].join('  ');
}

function bodyOf({ overview, rates, problem, sort }: TopModel, width: number, room: number, style: Style): string[] {
  const trouble = problem === undefined ? [] : [` ${style.red(problem)}`];
  if (overview === undefined || rates === undefined) return trouble.length > 0 ? trouble : [' asks the daemon ...'];
  const head = [...trouble, ...headLines(overview, rates, width, style)];
  const warnings = warningsOf(overview).map((text) => ` ${style.yellow('!')} ${text}`);
  const roomy = room >= 16;
  const gap = roomy ? [''] : [];
  const nodes = roomy ? indented(nodeLines(overview, style)) : [];
  const top = [...head, ...warnings.slice(0, roomy ? 4 : 1), ...gap, ...nodes, ...(nodes.length > 0 ? gap : [])];
  const left = Math.max(0, room - top.length);
  const groups = indented(groupLines(overview, rates, sort, style));
  // Groups get at most half of what is left, unless clients need less.
  const clients = indented(clientLines(overview, rates, sort, style));
  const forGroups = Math.min(groups.length, Math.max(Math.floor(left / 2), left - clients.length - 1));
  const shownGroups = groups.slice(0, forGroups);
  return [...top, ...shownGroups, ...(shownGroups.length > 0 ? gap : []), ...clients];
}

function headLines(overview: Overview, rates: Rates, width: number, style: Style): string[] {
  const { status, nowMs, startedMs, nodes, lastChange, tokenTimeoutMs } = overview;
  const name = nodes.find(({ local }) => local)?.name;
  const title = ` chorale top: node ${status.nodeId}${name === undefined ? '' : ` (${name})`}`;
  const clock = formatTime(nowMs, 'on');
  const times = [`up ${duration(nowMs - startedMs)}, ${clock}`, clock, ''];
  const time = times.find((text) => title.length + text.length + 2 <= width) ?? '';
  const change = lastChange === undefined ? '' : `, changed ${duration(nowMs - lastChange.timeMs)} ago`;
  const token = status.rotationMs > 0 ? `${status.rotationMs.toFixed(2)} of ${tokenTimeoutMs} ms` : 'not seen yet';
  const figures = [
    `token ${token}`,
    `${rate(rates.tokens)} tokens`,
    `${rate(rates.retransmitted)} retransmitted`,
    `${rate(rates.sent)} sent`,
    `${rate(rates.delivered)} delivered`,
    `${bytes(rates.bytesSent)} out`,
    `${bytes(rates.bytesReceived)} in`,
  ];
  return [
    `${style.bold(title)}${' '.repeat(Math.max(1, width - title.length - time.length - 1))}${style.dim(time)}`,
    ` ${stateText(status.state, style)}, ${quorumText(overview, style)}`,
    ` ring ${status.ringId ?? 'none yet'}: ${status.members.join(' ') || 'no members'}${change}`,
    ...packed(figures, Math.min(width, 90)),
  ];
}

/** As many of them on a line as fit. */
function packed(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length + 3 <= width) lines[lines.length - 1] = `${last}, ${part}`;
    else lines.push(` ${part}`);
  }
  return lines;
}

function nodeLines({ nodes }: Overview, style: Style): string[] {
  const columns = [
    { title: 'nodeid', right: true },
    { title: 'name' },
    { title: 'address' },
    { title: 'state' },
  ] as const;
  return tableLines(
    columns,
    nodes.map((node) => [
      `${node.nodeId}`,
      node.name ?? '-',
      node.addresses.join(' ') || '-',
      node.member ? style.green('member') : style.red('not on the ring'),
    ]),
    style,
  );
}

function groupLines({ groups }: Overview, rates: Rates, sort: Sort, style: Style): string[] {
  const columns = [
    { title: 'group' },
    { title: 'processes', right: true },
    { title: 'requests/s', right: true },
    { title: 'events/s', right: true },
  ] as const;
  const rows = groups.map(({ name, processes }) => {
    const { requests, events } = rates.groups[name] ?? { requests: 0, events: 0 };
    return { name, processes, requests, events };
  });
  return tableLines(
    columns,
    rows.sort(by(sort)).map((row) => [row.name, `${row.processes}`, number(row.requests), number(row.events)]),
    style,
  );
}

function clientLines({ clients }: Overview, rates: Rates, sort: Sort, style: Style): string[] {
  const columns = [
    { title: 'pid', right: true },
    { title: 'program' },
    { title: 'service' },
    { title: 'requests/s', right: true },
    { title: 'events/s', right: true },
    { title: 'queued', right: true },
    { title: 'group' },
  ] as const;
  const rows = clients.map((client) => {
    const rate = rates.clients[client.id] ?? { requests: 0, events: 0 };
    return { ...client, ...rate, name: printable(client.program) };
  });
  return tableLines(
    columns,
    rows
      .sort(by(sort))
      .map((row) => [
        `${row.pid}`,
        row.name || '-',
        row.service,
        number(row.requests),
        number(row.events),
        `${row.queued}`,
        row.group ?? '',
      ]),
    style,
  );
}

interface Sortable {
  readonly name: string;
  readonly requests: number;
  readonly events: number;
}

function by(sort: Sort): (a: Sortable, b: Sortable) => number {
  return (a, b) => (sort === 'name' ? 0 : b[sort] - a[sort]) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function keyLine({ paused, sort, delaySeconds }: TopModel, width: number, style: Style): string {
  const parts = [
    `${style.bold('q')} quit`,
    `${style.bold('p')} ${paused ? style.yellow('paused') : 'pause'}`,
    `${style.bold('s')} by ${sort}`,
    `${style.bold('+ -')} ${delaySeconds} s`,
    `${style.bold('h')} help`,
  ];
  return ` ${parts.join(width < 60 ? ' ' : '    ')}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => ` ${line}`);
}

function rate(perSecond: number): string {
  return `${number(perSecond)}/s`;
}

function number(perSecond: number): string {
  return short(Math.max(0, perSecond));
}

function bytes(perSecond: number): string {
  return `${(Math.max(0, perSecond) / 1000).toFixed(1)} kB/s`;
}

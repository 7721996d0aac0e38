import type { NodeStatus } from '../../host/node-status.js';
import type { Style } from '../commands/style.js';
import type { NodeLife } from './demo-node.js';
import type { DemoEvent } from './event-log.js';
import type { Progress } from './order-check.js';

/** One node as the view shows it. */
export interface NodeView {
  readonly id: number;
  readonly address: string;
  readonly pid: number;
  readonly life: NodeLife;
  readonly status: NodeStatus | undefined;
  readonly progress: Progress | undefined;
}

/** Everything the view shows. */
export interface DemoModel {
  readonly elapsedMs: number;
  readonly nodes: readonly NodeView[];
  /** Messages compared so far. */
  readonly compared: number;
  readonly faults: readonly string[];
  /** Messages per second and node. */
  readonly rate: number;
  /** The next digit asks a node to leave. */
  readonly leaving: boolean;
  /** The last events, oldest first. */
  readonly events: readonly DemoEvent[];
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Columns with a higher number go first when the terminal is narrow. */
  readonly rank: number;
  readonly right?: true;
  cell(node: NodeView): string;
  color?(node: NodeView, style: Style): (text: string) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'node', width: 5, rank: 0, cell: ({ id }) => `${id}`, color: (_, style) => style.bold },
  { title: 'address', width: 10, rank: 4, cell: ({ address }) => address },
  { title: 'pid', width: 8, rank: 5, right: true, cell: ({ pid }) => (pid === 0 ? '' : `${pid}`) },
  { title: 'state', width: 13, rank: 0, cell: stateOf, color: stateColor },
  { title: 'ring', width: 7, rank: 1, cell: ({ status }) => status?.ringId ?? '' },
  { title: 'members', width: 7, rank: 1, cell: ({ status }) => status?.members.join(' ') ?? '' },
  { title: 'token', width: 9, rank: 2, right: true, cell: ({ status }) => rotation(status?.rotationMs) },
  { title: 'sent/s', width: 7, rank: 3, right: true, cell: ({ status }) => rate(status?.rates.sent) },
  { title: 'delivered/s', width: 11, rank: 3, right: true, cell: ({ status }) => rate(status?.rates.delivered) },
];

/** The lines of a frame for a terminal of this size; the last one tells the keys. */
export function view(model: DemoModel, width: number, height: number, style: Style): string[] {
  const roomy = height >= 20;
  const gap = roomy ? [''] : [];
  const head = [
    heading(model, width, style),
    ...gap,
    ...table(model.nodes, width, style),
    ...gap,
    ...orderLines(model, style),
    ...gap,
  ];
  const foot = [...gap, keys(model, width, style)];
  const room = Math.max(0, height - head.length - foot.length);
  const events = model.events.slice(Math.max(0, model.events.length - room)).map((event) => eventText(event, style));
  const filler = Array.from({ length: room - events.length }, () => '');
  return [...head, ...events, ...filler, ...foot];
}

function heading({ elapsedMs }: DemoModel, width: number, style: Style): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const long = ' Chorale: three nodes on this machine, one order of messages';
  const title = long.length + time.length + 2 <= width ? long : ' Chorale';
  return `${style.bold(title)}${' '.repeat(Math.max(1, width - title.length - time.length - 1))}${style.dim(time)}`;
}

function table(nodes: readonly NodeView[], width: number, style: Style): string[] {
  const columns = fitting(width - 1);
  const pad = (text: string, { width: room, right }: Column): string =>
    right ? text.padStart(room) : text.padEnd(room);
  const row = (cell: (column: Column) => string): string => ` ${columns.map(cell).join(' ')}`;
  return [
    style.dim(row((column) => pad(column.title, column))),
    ...nodes.map((node) =>
      row((column) => (column.color?.(node, style) ?? ((text: string) => text))(pad(column.cell(node), column))),
    ),
  ];
}

/** As many columns as fit, the less important ones left out. */
function fitting(width: number): readonly Column[] {
  for (let rank = 5; rank > 0; rank--) {
    const columns = COLUMNS.filter((column) => column.rank <= rank);
    if (columns.reduce((sum, column) => sum + column.width + 1, -1) <= width) return columns;
  }
  return COLUMNS.filter((column) => column.rank === 0);
}

function orderLines({ nodes, compared, faults }: DemoModel, style: Style): string[] {
  const judgement = faults.length > 0 ? style.red(faults[0]!) : style.green('the same order everywhere');
  const verdict =
    compared === 0 ? ' the nodes look for each other ...' : ` ${compared} messages compared: ${judgement}`;
  return [
    style.dim(' order: message number and digest of all messages up to it'),
    ...nodes.map((node) => orderLine(node, nodes, style)),
    verdict,
  ];
}

function orderLine({ id, progress }: NodeView, nodes: readonly NodeView[], style: Style): string {
  const name = ` ${style.bold(`${id}`)}     `;
  if (progress === undefined) return `${name}${style.dim('-')}`;
  const { epoch, commonPosition, digest } = progress;
  const others = nodes.filter((other) => other.id !== id && other.progress?.epoch === epoch);
  const same = others.every((other) => other.progress?.digest === digest);
  const mark = others.length === 0 ? style.dim('alone') : same ? style.green('same') : style.red('DIFFERENT');
  const place = `#${commonPosition}`.padEnd(8);
  return `${name}${place} ${style.cyan(digest)}  ${mark}  ${style.dim(`since ${epoch}`)}`;
}

function eventText({ atMs, nodes, text }: DemoEvent, style: Style): string {
  const time = `${(atMs / 1000).toFixed(1).padStart(6)}s`;
  const who = nodes.join(' ').padEnd(5);
  return ` ${style.dim(time)}  ${who}  ${nodes.length === 0 ? style.yellow(text) : text}`;
}

function keys({ nodes, rate: speed, leaving }: DemoModel, width: number, style: Style): string {
  if (leaving) return ` ${style.yellow('Which node leaves politely? 1, 2 or 3; any other key: none')}`;
  const alive = nodes.filter(({ pid }) => pid !== 0).map(({ id }) => id);
  const dead = nodes.filter(({ pid }) => pid === 0).map(({ id }) => id);
  const narrow = width < 70;
  const pace = speed === 0 ? 'paused' : `${speed}/s`;
  const parts = [
    ...(alive.length > 0 ? [`${style.bold(alive.join(' '))} kill`] : []),
    ...(dead.length > 0 ? [`${style.bold(dead.join(' '))} start`] : []),
    narrow ? `${style.bold('t')} leave` : `${style.bold('t')} let one leave`,
    narrow ? `${style.bold('s')} ${pace}` : `${style.bold('s')} speed ${pace}`,
    `${style.bold('q')} quit`,
  ];
  return ` ${parts.join(narrow ? '  ' : '    ')}`;
}

function stateOf({ life, status }: NodeView): string {
  if (life === 'stopping') return 'leaving';
  return life === 'up' || life === 'starting' ? (status?.state ?? life) : life;
}

function stateColor(node: NodeView, style: Style): (text: string) => string {
  if (node.pid === 0) return style.red;
  return node.life === 'up' && node.status?.state === 'operational' ? style.green : style.yellow;
}

function rotation(ms: number | undefined): string {
  return ms === undefined || ms === 0 ? '' : `${ms.toFixed(2)} ms`;
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? '' : `${Math.round(perSecond)}`;
}

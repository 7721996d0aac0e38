import Table from 'cli-table3';
import type { System } from '../ring/daemon-process.js';
import type { Report } from './report.js';
import type { BySystem, CostRow, Row, Spread } from './results.js';

const NONE = '–';
/** The file has the whole of why a run failed. */
const REASON_LENGTH = 200;
const SYSTEMS: readonly System[] = ['chorale', 'corosync'];

/** A heading, and cells below it. */
interface Cells {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The comparison as people read it on a terminal. */
export function textOf(report: Report): string {
  const parts = [...preface(report), ''];
  for (const { title, head, rows } of tablesOf(report)) {
    const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
    for (const row of rows) table.push([...row]);
    parts.push(title, table.toString());
  }
  return [...parts, ...failuresOf(report), flowControl(report)].join('\n');
}

/** The same as Markdown, without headings of its own; the picture is named as the document finds it. */
export function markdownOf(report: Report, picture: string): string {
  const parts = [preface(report).join('\n'), `![Throughput and latency by size of message](${picture})`];
  for (const { title, head, rows } of tablesOf(report)) {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    parts.push(`${title}:`, [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
  }
  const failures = failuresOf(report).map((line) => `- ${line}`);
  if (failures.length > 0) parts.push(failures.join('\n'));
  return [...parts, flowControl(report)].join('\n\n');
}

/** A Markdown text with what is between these two lines replaced. Throws if it has none. */
export function withTable(text: string, table: string): string {
  const [begin, end] = ['<!-- npm run bench writes from here -->', '<!-- to here -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0)
    throw new Error(`there is no place for the table: put the lines "${begin}" and "${end}" there`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

function preface({ machine, settings, scheduling, startedAt }: Report): string[] {
  const { processors, memoryGigabytes, linux, node } = machine;
  const { mainRuns, otherRuns, seconds, idleSeconds } = settings;
  return [
    `Chorale ${machine.chorale} and Corosync ${machine.corosync} (knet ${machine.knet}), ${startedAt.slice(0, 10)}; ${processors},`,
    `${memoryGigabytes} GB, Linux ${linux}, Node ${node}. Daemons of both at ${scheduling || 'ordinary priority'}. Medians (least to most) of runs in turns:`,
    `floods of ${short(seconds)} s, ${counted(mainRuns)}, on three nodes and udpu, of ${short((seconds * 2) / 3)} s, ${counted(otherRuns)}, elsewhere; idle nodes for ${idleSeconds} s.`,
  ];
}

const counted = (runs: number): string => (runs === 1 ? '1 run' : `${runs} runs`);

function tablesOf(report: Report): Cells[] {
  const tables: Cells[] = [];
  for (const ring of new Set(report.rows.map((row) => row.ring))) {
    const rows = report.rows.filter((row) => row.ring === ring).map(headlineCells);
    tables.push({ title: ring, head: ['work', '', 'Chorale', 'Corosync', 'ratio', 'goal', 'met'], rows });
  }
  if (report.costs.length === 0) return tables;
  const head = ['ring', 'work', 'CPU µs/delivery', 'peak RSS MB', 'frames sent again', 'datagrams dropped'];
  const title = 'What it cost the daemons, Chorale / Corosync';
  return [...tables, { title, head, rows: report.costs.map(costCells) }];
}

function headlineCells(row: Row): string[] {
  const { work, figure, systems, ratio, goal, met } = row;
  return [
    work,
    figure,
    spreadText(systems.chorale),
    spreadText(systems.corosync),
    ratio === undefined ? NONE : ratio.toFixed(2),
    goal,
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

function costCells({ ring, work, cpuMicroseconds, peakMegabytes, retransmitted, dropped }: CostRow): string[] {
  const both = (of: BySystem, text: (spread: Spread) => string): string =>
    SYSTEMS.map((system) => (of[system] === undefined ? NONE : text(of[system]))).join(' / ');
  const middle = ({ median }: Spread): string => short(median);
  // Of what should not happen, the run where it happened most counts.
  const most = (spread: Spread): string => short(spread.most);
  return [
    ring,
    work,
    both(cpuMicroseconds, middle),
    both(peakMegabytes, middle),
    both(retransmitted, most),
    both(dropped, most),
  ];
}

function failuresOf({ measurements }: Report): string[] {
  return measurements.flatMap(({ ring, work, system, run, error }) => {
    if (error === undefined) return [];
    return [`Failed: ${ring}, ${work}, ${system}, run ${run}: ${error.split('\n')[0]!.slice(0, REASON_LENGTH)}`];
  });
}

/** What all of Chorale's runs together say about flow control. */
function flowControl({ costs }: Report): string {
  const worst = (of: 'retransmitted' | 'dropped', system: System): string => {
    const most = costs.map((row) => row[of][system]?.most).filter((value) => value !== undefined);
    return most.length === 0 ? 'unknown' : short(Math.max(...most));
  };
  const texts = SYSTEMS.map((system) => `${system} ${worst('retransmitted', system)} and ${worst('dropped', system)}`);
  return `Flow control, most frames sent again and most datagrams dropped in any run: ${texts.join(', ')}.`;
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return NONE;
  const { median, least, most, runs } = spread;
  return runs === 1 ? short(median) : `${short(median)} (${short(least)} to ${short(most)})`;
}

/** Three significant digits. */
export function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 20 });
}

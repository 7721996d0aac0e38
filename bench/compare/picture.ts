import type { System } from '../ring/daemon-process.js';
import { logAxis } from './log-axis.js';
import type { LogAxis } from './log-axis.js';
import { MAIN_RING, sizeText, SYSTEMS } from './plan.js';
import type { Job } from './plan.js';
import { jobsOf } from './report.js';
import type { Report } from './report.js';
import { sameJob, spreadOf } from './results.js';
import type { Spread } from './results.js';
import type { Values } from './figures.js';

/** One system's figure by size of message. */
export interface Line {
  readonly system: System;
  readonly label: string;
  /** Drawn with gaps, to tell it from another line of the system. */
  readonly dashed: boolean;
  readonly points: readonly { readonly size: number; readonly spread: Spread }[];
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Whether Chorale's median over Corosync's is written at its mark. */
  readonly ratios: boolean;
}

const WIDTH = 1000;
const HEIGHT = 460;
/** What a panel's plot leaves free within its half. */
const MARGIN = { left: 64, right: 26, top: 96, bottom: 54 };

type Colour = 'paper' | 'ink' | 'faint' | 'grid' | System;

/** Told apart on their background; for who does not see colours the systems' marks differ. */
const LIGHT: Readonly<Record<Colour, string>> = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  grid: '#d8dee4',
  chorale: '#0969da',
  corosync: '#bc4c00',
};
const DARK: typeof LIGHT = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  faint: '#9198a1',
  grid: '#2f353d',
  chorale: '#58a6ff',
  corosync: '#ffa657',
};

/** Light where nothing says otherwise: attributes are what every program that draws SVG understands. */
const fill = (colour: Colour): string => `fill="${LIGHT[colour]}" class="fill-${colour}"`;
const stroke = (colour: Colour): string => `fill="none" stroke="${LIGHT[colour]}" class="stroke-${colour}"`;
const STYLE = [
  '@media (prefers-color-scheme: dark) {',
  ...Object.entries(DARK).map(([name, colour]) => {
    return `  .fill-${name} { fill: ${colour}; } .stroke-${name} { stroke: ${colour}; }`;
  }),
  '}',
].join('\n');

/** Throughput and latency by size of message on the ring of three nodes and udpu, as SVG. */
export function pictureOf(report: Report): string {
  const jobs = jobsOf(report.settings).filter(({ ring }) => ring.name === MAIN_RING.name);
  const lines = (kind: 'flood' | 'ping', key: keyof Values, label: string, dashed = false): Line[] =>
    SYSTEMS.map((system) => ({ system, label, dashed, points: pointsOf(report, jobs, kind, system, key) }));
  const panels: Panel[] = [
    { title: 'Throughput of one libcpg program, MB/s', lines: lines('flood', 'megabytesPerSecond', ''), ratios: true },
    {
      title: 'Latency from sending to own delivery, µs',
      lines: [...lines('ping', 'microsecondsP50', 'p50'), ...lines('ping', 'microsecondsP99', 'p99', true)],
      ratios: false,
    },
  ];
  const { chorale, corosync } = report.machine;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" stroke="none" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Chorale ${escaped(chorale)} and Corosync ${escaped(corosync)}: throughput and latency by size of message</title>`,
    `<style>${STYLE}</style>`,
    `<rect ${fill('paper')} width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    ...panels.map((panel, i) => panelText(panel, (i * WIDTH) / 2)),
    '</svg>',
    '',
  ].join('\n');
}

function pointsOf(
  report: Report,
  jobs: readonly Job[],
  kind: 'flood' | 'ping',
  system: System,
  key: keyof Values,
): Line['points'] {
  return jobs.flatMap((job) => {
    if (job.work.kind !== kind) return [];
    const own = report.measurements.filter((one) => one.system === system && sameJob(job, one));
    // A logarithm has no place for 0.
    const values = own.map((one) => one.values?.[key]).filter((value) => value !== undefined && value > 0);
    const spread = spreadOf(values as number[]);
    return spread === undefined ? [] : [{ size: job.work.size, spread }];
  });
}

function panelText({ title, lines, ratios }: Panel, x: number): string {
  const [left, right] = [x + MARGIN.left, x + WIDTH / 2 - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const points = lines.flatMap((line) => line.points);
  const heading = `<text ${fill('ink')} font-size="15" font-weight="600" x="${left}" y="34">${title}</text>`;
  if (points.length === 0) return `${heading}\n<text ${fill('faint')} x="${left}" y="${top}">not measured</text>`;
  const sizes = [...new Set(points.map(({ size }) => size))].sort((a, b) => a - b);
  const across = logAxis(sizes, left, right, 2);
  const up = logAxis(
    points.flatMap(({ spread }) => [spread.least, spread.most]),
    bottom,
    top,
    1.3,
  );
  return [
    heading,
    ...up.ticks.map((tick) => {
      const y = at(up, tick);
      const number = tick.toLocaleString('en', { maximumFractionDigits: 9 });
      const label = `<text ${fill('faint')} text-anchor="end" x="${left - 8}" y="${y + 4}">${number}</text>`;
      return `<line ${stroke('grid')} x1="${left}" x2="${right}" y1="${y}" y2="${y}"/>${label}`;
    }),
    ...sizes.map((size) => {
      const middle = `text-anchor="middle" x="${at(across, size)}"`;
      return `<text ${fill('faint')} ${middle} y="${bottom + 20}">${sizeText(size)}</text>`;
    }),
    `<text ${fill('faint')} text-anchor="middle" x="${(left + right) / 2}" y="${bottom + 42}">size of a message</text>`,
    ...lines.map((line) => lineText(line, across, up)),
    ...(ratios ? ratioTexts(lines, across, up) : []),
    ...legend(lines, left),
  ].join('\n');
}

/** A line through the medians, with marks there and a stroke from the least to the most. */
function lineText({ system, dashed, points }: Line, across: LogAxis, up: LogAxis): string {
  const spots = points.map(({ size, spread }) => `${at(across, size)},${at(up, spread.median)}`);
  const whiskers = points.map(({ size, spread }) => {
    const x = at(across, size);
    return `<line ${stroke(system)} x1="${x}" x2="${x}" y1="${at(up, spread.least)}" y2="${at(up, spread.most)}"/>`;
  });
  const marks = points.map(({ size, spread }) => mark(system, at(across, size), at(up, spread.median)));
  return [
    `<polyline ${stroke(system)} stroke-width="2"${dashes(dashed)} points="${spots.join(' ')}"/>`,
    ...whiskers,
    ...marks,
  ].join('\n');
}

const dashes = (dashed: boolean): string => (dashed ? ' stroke-dasharray="6 4"' : '');

function mark(system: System, x: number, y: number): string {
  if (system === 'chorale') return `<circle ${fill('chorale')} cx="${x}" cy="${y}" r="4"/>`;
  return `<rect ${fill('corosync')} x="${x - 4}" y="${y - 4}" width="8" height="8"/>`;
}

function ratioTexts([ours, theirs]: readonly Line[], across: LogAxis, up: LogAxis): string[] {
  return ours!.points.flatMap(({ size, spread }) => {
    const other = theirs?.points.find((point) => point.size === size);
    if (other === undefined) return [];
    const ratio = (spread.median / other.spread.median).toFixed(1);
    const place = `x="${at(across, size)}" y="${at(up, spread.most) - 9}"`;
    return [`<text ${fill('chorale')} text-anchor="middle" ${place}>${ratio}x</text>`];
  });
}

function legend(lines: readonly Line[], left: number): string[] {
  const names: Readonly<Record<System, string>> = { chorale: 'Chorale', corosync: 'Corosync' };
  return lines.map(({ system, label, dashed }, i) => {
    const x = left + (i % 2) * 130;
    const y = 56 + Math.floor(i / 2) * 18;
    const sample = `<line ${stroke(system)} stroke-width="2"${dashes(dashed)} x1="${x}" x2="${x + 28}" y1="${y}" y2="${y}"/>`;
    return `${sample}${mark(system, x + 14, y)}<text ${fill('ink')} x="${x + 36}" y="${y + 4}">${names[system]} ${label}</text>`;
  });
}

/** A coordinate, short. */
function at(axis: LogAxis, value: number): number {
  return Math.round(axis.at(value) * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

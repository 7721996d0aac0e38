import { processName } from './checker/history.js';
import type { History, HistoryEvent, InstallEvent } from './checker/history.js';
import { FRAME_KINDS, lookOf } from './diagram-frames.js';
import type { FrameKind, FrameLook } from './diagram-frames.js';
import { axisStep, clipped, escape, hue, wrapped, STYLE } from './diagram-svg.js';
import type { FrameTrace } from './frame-trace.js';
import { faultText } from './diagram-faults.js';
import { lastingCut } from './plan.js';
import type { Episode, Plan } from './plan.js';
import type { RunResult } from './run.js';

/** There is nothing to draw. */
export class DiagramError extends Error {}

/** The part of a run that is drawn, in virtual milliseconds. */
export interface DiagramWindow {
  readonly fromMs?: number;
  readonly toMs?: number;
}

const LEFT = 120;
const PLOT = 1760;
const RIGHT = 24;
const LANE = 104;
const LANE_WITHOUT_FRAMES = 56;
const BAND = 10;
const AXIS_TEXT = 60;
const FAULT_ROW = 16;
const FAULT_ROWS_MOST = 10;
/** Frames that an eye, and a browser, can take; with more, kinds are left out, those that say least first. */
const FRAMES_MOST = 2500;
const LEFT_OUT_FIRST: readonly FrameKind[] = ['token', 'message', 'recovered', 'cancel', 'join', 'merge', 'commit'];
/** Around the first violation, if no window is asked for. */
const BEFORE_MS = 1500;
const AFTER_MS = 500;
const TEXT_COLUMNS = 230;
const VIOLATIONS_MOST = 8;

/**
 * A run as a space-time diagram: one SVG file without anything else. Time goes to the right, each node is a line, coloured
 * by the ring it is in; frames go from line to line; faults and violations are marked. Pointing at something tells what it
 * is. Frames are in it if the run was traced (`traceFrames`), and the window is short enough to tell them apart. Without a
 * window: around the first violation, or the whole run. Throws a DiagramError if the window has no time in it.
 */
export function drawDiagram(result: RunResult, window: DiagramWindow = {}): string {
  return new Diagram(result, window).text;
}

class Diagram {
  private readonly plan: Plan;
  private readonly history: History;
  private readonly from: number;
  private readonly to: number;
  private readonly parts: string[] = [];
  private readonly lane: number;
  private readonly firstLane: number;
  private readonly frames: readonly { readonly frame: FrameTrace; readonly look: FrameLook }[];
  private readonly omitted: readonly string[];
  private readonly faults: readonly (readonly Episode[])[];
  private readonly faultsOmitted: number;
  /** A ring's place in the order of their first installation: its colour follows. */
  private readonly rings = new Map<string, number>();
  private readonly positions: ReadonlyMap<number, number>;
  /** A node's line by its position: in the order of the ids, which is the token's. */
  private readonly lanes: readonly number[];

  constructor(
    private readonly result: RunResult,
    window: DiagramWindow,
  ) {
    this.plan = result.plan;
    this.history = result.history;
    const end = Math.max(this.plan.endAt, this.history.events.at(-1)?.at ?? 0);
    const first = result.violations.length > 0 ? Math.min(...result.violations.map(({ at }) => at)) : undefined;
    this.from = window.fromMs ?? (first === undefined ? 0 : Math.max(0, first - BEFORE_MS));
    this.to = window.toMs ?? (first === undefined ? end : Math.min(end, Math.max(first, this.from) + AFTER_MS));
    if (!(this.to > this.from)) {
      throw new DiagramError(`nothing lies between ${this.from} and ${this.to} ms: choose an end after the beginning`);
    }
    this.positions = new Map(this.plan.nodes.map(({ nodeId }, position) => [nodeId, position]));
    const ids = this.plan.nodes.map(({ nodeId }) => nodeId);
    const ascending = [...ids].sort((a, b) => a - b);
    this.lanes = ids.map((nodeId) => ascending.indexOf(nodeId));
    for (const event of this.history.events) {
      if (event.kind === 'regular' && !this.rings.has(event.ring)) this.rings.set(event.ring, this.rings.size);
    }
    const { frames, omitted } = this.chooseFrames();
    this.frames = frames;
    this.omitted = omitted;
    this.lane = frames.length > 0 ? LANE : LANE_WITHOUT_FRAMES;
    const rows = this.faultRows();
    this.faults = rows.slice(0, FAULT_ROWS_MOST);
    this.faultsOmitted = rows.slice(FAULT_ROWS_MOST).flat().length;
    this.firstLane = 84 + FAULT_ROW * (this.faults.length + (this.faultsOmitted > 0 ? 1 : 0)) + 50;
  }

  get text(): string {
    const { plan, firstLane, lane } = this;
    const bottom = firstLane + lane * (plan.nodes.length - 1) + 44;
    this.title();
    this.drawFaults();
    this.axis(firstLane - 36, bottom);
    this.parts.push(`<g clip-path="url(#plot)">`);
    for (const { frame, look } of this.frames) this.drawFrame(frame, look);
    plan.nodes.forEach(({ nodeId }) => this.drawNode(nodeId));
    this.parts.push('</g>');
    plan.nodes.forEach(({ nodeId }, position) => this.nodeName(nodeId, position));
    const height = this.drawViolations(firstLane - 36, bottom);
    const width = LEFT + PLOT + RIGHT;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
      `<style>${STYLE}</style><defs><clipPath id="plot"><rect x="${LEFT}" y="0" width="${PLOT}" height="${height}"/></clipPath></defs>` +
      `<rect width="${width}" height="${height}" fill="#fff"/>\n${this.parts.join('\n')}\n</svg>\n`
    );
  }

  private x(at: number): number {
    return Number((LEFT + ((at - this.from) / (this.to - this.from)) * PLOT).toFixed(2));
  }

  private y(position: number): number {
    return this.firstLane + this.lane * this.lanes[position]!;
  }

  private shows(at: number, until = at): boolean {
    return until >= this.from && at <= this.to;
  }

  /** The frames to draw, and what to say about those that are not. */
  private chooseFrames(): { frames: { frame: FrameTrace; look: FrameLook }[]; omitted: string[] } {
    let frames = this.result.frames
      .filter((frame) => this.shows(frame.at, Math.max(frame.at, ...frame.fates.map(({ at }) => at))))
      .map((frame) => ({ frame, look: lookOf(frame) }));
    const omitted: string[] = [];
    for (const kind of LEFT_OUT_FIRST) {
      if (frames.length <= FRAMES_MOST) break;
      const rest = frames.filter(({ look }) => look.kind !== kind);
      if (rest.length < frames.length) omitted.push(`${frames.length - rest.length} ${LEGEND[kind]}`);
      frames = rest;
    }
    return { frames, omitted };
  }

  private title(): void {
    const { plan, result, omitted } = this;
    const broken = result.violations.length === 0 ? 'no violation' : `${result.violations.length} violations`;
    const window = `${this.from.toFixed(0)} to ${this.to.toFixed(0)} ms of ${plan.endAt.toFixed(0)}`;
    this.say(12, 24, 'title', `Seed ${plan.seed}: ${plan.nodes.length} nodes, ${broken}`);
    this.say(12, 42, 'small', `${window}, digest ${result.digest}; faults end at ${plan.quietAt.toFixed(0)} ms`);
    if (omitted.length > 0) {
      const text = `Not drawn, too many to see: ${omitted.join(', ')}. Choose a shorter time.`;
      this.say(560, 24, 'warning', text);
    }
    let x = 560;
    const shown = new Set(this.frames.map(({ look }) => look.kind));
    for (const kind of FRAME_KINDS) {
      if (!shown.has(kind)) continue;
      this.parts.push(`<path class="${kind}" d="M${x} 38h26"/>`);
      this.say(x + 32, 42, 'small', LEGEND[kind]);
      x += 48 + 6.2 * LEGEND[kind].length;
    }
    const marks: readonly (readonly [string, string])[] = [
      ['<path class="sent" d="M0 3l4-7 4 7z"/>', 'given to the ring'],
      ['<circle class="delivered" cx="4" r="2.6"/>', 'delivered'],
      ['<circle class="delivered safe" cx="4" r="2.6"/>', 'delivered, safe'],
      ['<path class="transitional" d="M4 -6l5 6-5 6-5-6z"/>', 'transitional configuration'],
      ['<path class="regular" d="M4 -6l5 6-5 6-5-6z"/>', 'regular configuration'],
      ['<path class="lost" d="M1 -3l6 6m0-6l-6 6"/>', 'frame lost'],
      ['<rect class="pause" y="-6" width="10" height="12"/>', 'process stands still'],
      [`<rect y="-4" width="10" height="8" fill="${hue(0)}"/>`, 'in a ring: a colour for each'],
    ];
    x = 12;
    for (const [shape, text] of marks) {
      this.parts.push(`<g transform="translate(${x} 60)">${shape}</g>`);
      this.say(x + 15, 64, 'small', text);
      x += 34 + 6.4 * text.length;
    }
  }

  private say(x: number, y: number, name: string, text: string): void {
    this.parts.push(`<text x="${x}" y="${y}" class="${name}">${escape(text)}</text>`);
  }

  /** The faults of the network, packed into as few rows as they need. Those of nodes are on the nodes' lines. */
  private faultRows(): Episode[][] {
    const rows: Episode[][] = [];
    const { apart, endAt, episodes, quietAt } = this.plan;
    const lasting = apart && { at: quietAt, until: endAt, fault: lastingCut(this.plan) };
    for (const episode of lasting ? [...episodes, lasting] : episodes) {
      const { kind } = episode.fault;
      if (kind === 'crash' || kind === 'leave' || kind === 'pause' || kind === 'jump') continue;
      if (!this.shows(episode.at, this.endOf(episode))) continue;
      const row = rows.find((others) => this.endOf(others.at(-1)!) <= episode.at);
      if (row === undefined) rows.push([episode]);
      else row.push(episode);
    }
    return rows;
  }

  private endOf(episode: Episode): number {
    const { endAt, quietAt } = this.plan;
    return Math.min(episode.until, episode.at < quietAt ? quietAt : endAt);
  }

  private drawFaults(): void {
    this.faults.forEach((row, i) => {
      const y = 84 + FAULT_ROW * i;
      for (const episode of row) {
        const from = Math.max(LEFT, this.x(episode.at));
        const width = Math.max(2, Math.min(LEFT + PLOT, this.x(this.endOf(episode))) - from);
        const text = faultText(episode.fault, this.plan);
        this.parts.push(
          `<g><title>${escape(`${text}, ${episode.at.toFixed(0)} to ${this.endOf(episode).toFixed(0)} ms`)}</title>` +
            `<rect class="fault" x="${from}" y="${y}" width="${width.toFixed(2)}" height="${FAULT_ROW - 3}"/>` +
            `<text x="${from + 3}" y="${y + 10}" class="tiny">${escape(clipped(text, width / 5.4))}</text></g>`,
        );
      }
    });
    if (this.faultsOmitted > 0) {
      this.say(LEFT, 94 + FAULT_ROW * this.faults.length, 'tiny', `and ${this.faultsOmitted} more faults`);
    }
    if (this.faults.length > 0) this.say(12, 94, 'small', 'network');
  }

  private nodeText(position: number): string {
    return `${this.plan.nodes[position]!.nodeId}`;
  }

  private axis(top: number, bottom: number): void {
    const step = axisStep(this.to - this.from, PLOT / 110);
    const digits = step < 1 ? Math.ceil(-Math.log10(step)) : 0;
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = this.x(at);
      this.parts.push(`<path class="axis" d="M${x} ${top}V${bottom}"/>`);
      // At the end of the picture there is no room for it.
      if (x < LEFT + PLOT - AXIS_TEXT) this.say(x + 3, top + 2, 'tiny', `${at.toFixed(digits)} ms`);
    }
  }

  private drawFrame(frame: FrameTrace, look: FrameLook): void {
    const { from } = frame;
    const x = this.x(frame.at);
    const y = this.y(from);
    let way = '';
    let lost = '';
    const reasons = new Set<string>();
    for (const fate of frame.fates) {
      // What goes to oneself is no news, and neither is what finds no process.
      if (fate.to === from || fate.lost === 'nobody') continue;
      const toY = this.y(fate.to);
      if (fate.lost === '') {
        way += `M${x} ${y}L${this.x(fate.at)} ${toY}`;
        continue;
      }
      // Lost at once: it gets a short way, so that it can be seen where it was going.
      const share = fate.at > frame.at ? 1 : 0.45;
      const endX = fate.at > frame.at ? this.x(fate.at) : x + 5;
      const endY = Number((y + (toY - y) * share).toFixed(1));
      way += `M${x} ${y}L${endX} ${endY}`;
      lost += `M${endX - 2.5} ${endY - 2.5}l5 5m0 -5l-5 5`;
      reasons.add(fate.lost);
    }
    if (way === '') return;
    const why = reasons.size > 0 ? `; lost: ${[...reasons].join(', ')}` : '';
    const cross = lost === '' ? '' : `<path class="lost" d="${lost}"/>`;
    const title = `${frame.at.toFixed(2)} ms, ${this.nodeText(from)} sends ${look.text}${why}`;
    this.parts.push(`<g><title>${escape(title)}</title><path class="${look.kind}" d="${way}"/>${cross}</g>`);
  }

  private nodeName(nodeId: number, position: number): void {
    this.say(12, this.y(position) + 4, 'node', `${nodeId}`);
  }

  /** A node's line in all its lives: where it is, what it does, what happens to it. */
  private drawNode(nodeId: number): void {
    const y = this.y(this.positions.get(nodeId)!);
    this.parts.push(`<path class="down" d="M${LEFT} ${y}H${LEFT + PLOT}"/>`);
    const lives = this.history.processes.filter((process) => process.nodeId === nodeId);
    for (const life of lives) {
      const events = this.history.events.filter((event) => event.process === life.index);
      this.drawBands(events, y);
      this.drawPauses(events, y);
      for (const event of events) if (this.shows(event.at)) this.drawEvent(event, y, processName(life));
    }
  }

  /** The line's colours: grey without a ring. */
  private drawBands(events: readonly HistoryEvent[], y: number): void {
    const start = events[0]?.at ?? 0;
    const last = events.at(-1);
    const end = last?.kind === 'crash' || last?.kind === 'leave' ? last.at : Math.max(this.plan.endAt, this.to);
    let band: { at: number; install: InstallEvent | undefined } = { at: start, install: undefined };
    const close = (until: number): void => this.drawBand(band.install, band.at, until, y);
    for (const event of events) {
      if (event.kind !== 'regular') continue;
      close(event.at);
      band = { at: event.at, install: event };
    }
    close(end);
  }

  private drawBand(install: InstallEvent | undefined, at: number, until: number, y: number): void {
    if (!this.shows(at, until)) return;
    const from = Math.max(LEFT, this.x(at));
    const width = Math.max(0.5, Math.min(LEFT + PLOT, this.x(until)) - from);
    const fill = install === undefined ? '#d5d8dc' : hue(this.rings.get(install.ring)!);
    const text = install === undefined ? 'no ring yet' : `ring ${install.ring}: ${install.members.join(' ')}`;
    const label = clipped(text, (width - 8) / 5.6);
    this.parts.push(
      `<g><title>${escape(`${text}, ${at.toFixed(1)} to ${until.toFixed(1)} ms`)}</title>` +
        `<rect x="${from}" y="${y - BAND / 2}" width="${width.toFixed(2)}" height="${BAND}" fill="${fill}"/>` +
        (label.length > 8
          ? `<text x="${from + 6}" y="${y - BAND / 2 - 12}" class="tiny halo">${escape(label)}</text>`
          : '') +
        '</g>',
    );
  }

  private drawPauses(events: readonly HistoryEvent[], y: number): void {
    let stopped: number | undefined;
    const draw = (until: number): void => {
      if (stopped === undefined || !this.shows(stopped, until)) return;
      const from = Math.max(LEFT, this.x(stopped));
      const width = Math.min(LEFT + PLOT, this.x(until)) - from;
      const title = `stands still, ${stopped.toFixed(1)} to ${until.toFixed(1)} ms`;
      this.parts.push(
        `<g><title>${title}</title><rect class="pause" x="${from}" y="${y - 9}" width="${width.toFixed(2)}" height="18"/></g>`,
      );
    };
    for (const event of events) {
      if (event.kind === 'note' && event.text === 'stands still') stopped = event.at;
      else if (
        stopped !== undefined &&
        (event.kind === 'crash' || (event.kind === 'note' && event.text === 'goes on'))
      ) {
        draw(event.at);
        stopped = undefined;
      }
    }
    draw(this.plan.endAt);
  }

  private drawEvent(event: HistoryEvent, y: number, who: string): void {
    const x = this.x(event.at);
    const mark = (shape: string, text: string): void => {
      const title = escape(`${event.at.toFixed(2)} ms, ${who}: ${text}`);
      this.parts.push(`<g><title>${title}</title>${shape}</g>`);
    };
    switch (event.kind) {
      case 'queue':
        mark(`<path class="sent" d="M${x - 3} ${y - 7}l3 -6 3 6z"/>`, `gives m${event.message} to the ring`);
        return;
      case 'deliver': {
        const safe = this.history.messages[event.message]?.safe === true;
        const shape = `<circle class="delivered${safe ? ' safe' : ''}" cx="${x}" cy="${y + 10}" r="2.4"/>`;
        mark(shape, `delivers m${event.message} of ${event.from}${safe ? ', safe' : ''}`);
        return;
      }
      case 'transitional':
      case 'regular': {
        // Both have one time: they are drawn side by side.
        const at = event.kind === 'transitional' ? x - 6 : x + 1;
        const members = event.members.join(' ');
        mark(
          `<path class="${event.kind}" d="M${at} ${y - 6}l5 6-5 6-5-6z"/>`,
          `${event.kind} configuration, ring ${event.ring}: ${members}`,
        );
        return;
      }
      case 'crash':
      case 'leave':
        mark(
          `<path class="end" d="M${x - 6} ${y - 9}l12 18m0-18l-12 18"/>`,
          event.kind === 'crash' ? 'crashes' : 'leaves',
        );
        this.parts.push(`<text x="${x + 9}" y="${y + 16}" class="tiny end-text">${event.kind}</text>`);
        return;
      case 'note':
        if (event.text === 'starts') mark(`<path class="start" d="M${x} ${y - 9}l9 9-9 9z"/>`, 'starts');
        else if (event.text.startsWith('its clock')) {
          mark(`<path class="jump" d="M${x - 4} ${y + 18}l4-6 4 6-4 6z"/>`, event.text);
        }
    }
  }

  /** Lines where something was wrong, and what. Returns the height of the whole picture. */
  private drawViolations(top: number, bottom: number): number {
    let y = bottom + 26;
    const { violations } = this.result;
    violations.slice(0, VIOLATIONS_MOST).forEach(({ property, text, at }, i) => {
      if (this.shows(at)) {
        const x = this.x(at);
        this.parts.push(`<path class="violation" d="M${x} ${top}V${bottom}"/>`);
        this.say(x + 2, bottom + 2 + 10 * (i % 2), 'warning', `${i + 1}`);
      }
      const lines = wrapped(`${i + 1}. ${at.toFixed(2)} ms, ${property}: ${text.split('\n')[0]!}`, TEXT_COLUMNS);
      for (const line of lines) this.say(12, (y += 15), 'small', line);
    });
    const more = violations.length - VIOLATIONS_MOST;
    if (more > 0) this.say(12, (y += 15), 'small', `and ${more} more`);
    return y + 20;
  }
}

const LEGEND: Readonly<Record<FrameKind, string>> = {
  token: 'tokens',
  message: 'messages',
  recovered: 'recovered messages',
  join: 'JOIN and leave',
  commit: 'commit tokens',
  merge: 'MERGE',
  cancel: 'hold cancel',
  broken: 'broken frames',
};

import type { Analysis } from './epochs.js';
import type { History, HistoryEvent } from './history.js';
import { messageName, processName } from './history.js';

/** Where in the order an event has to be: events of one place have one logical time. */
type Place = number;

interface Edge {
  readonly to: Place;
  /** The process whose events these are; -1 for a message's way from its sending to its deliveries. */
  readonly process: number;
  /** When the second of the two events was. */
  readonly at: number;
}

/**
 * The order that a history asks for: a graph of places, with an edge from each event of a process to its next and from
 * each sending to its deliveries. It has no cycle if a logical time exists.
 */
export class OrderGraph {
  private readonly places = new Map<string, Place>();
  private readonly keys: string[] = [];
  private readonly edges: Edge[][] = [];

  constructor(
    private readonly history: History,
    private readonly analysis: Analysis,
  ) {
    const before = new Map<number, Place>();
    const epoch = new Array<number>(history.processes.length).fill(0);
    const delivered = new Set<string>();
    for (const event of history.events) {
      const key = this.keyOf(event, epoch);
      if (event.kind === 'regular') epoch[event.process]!++;
      if (key === undefined) continue;
      // A message delivered twice is reported as that, not as a cycle.
      if (event.kind === 'deliver') {
        const once = `${event.process} ${event.message}`;
        if (delivered.has(once)) continue;
        delivered.add(once);
      }
      const place = this.placeOf(key);
      const last = before.get(event.process);
      if (last !== undefined && last !== place)
        this.edges[last]!.push({ to: place, process: event.process, at: event.at });
      before.set(event.process, place);
      if (event.kind === 'queue') {
        const deliveries = this.placeOf(`m${event.message}`);
        this.edges[place]!.push({ to: deliveries, process: -1, at: event.at });
      }
    }
  }

  /** A shortest cycle through one of the places that have no order, in words. */
  findCycle(): { text: string; at: number } | undefined {
    const stuck = this.withoutOrder();
    if (stuck.size === 0) return undefined;
    let best: Edge[] | undefined;
    let tries = 0;
    for (const start of stuck) {
      if (tries++ > 200) break;
      const cycle = this.cycleThrough(start, stuck);
      if (cycle !== undefined && (best === undefined || cycle.length < best.length)) best = cycle;
    }
    if (best === undefined) return undefined;
    const from = best[best.length - 1]!.to;
    let text = this.name(from);
    for (const edge of best) {
      const who = edge.process < 0 ? 'was sent before' : `at node ${this.processName(edge.process)} came before`;
      text += `, which ${who} ${this.name(edge.to)}`;
    }
    return { text, at: Math.max(...best.map((edge) => edge.at)) };
  }

  /** The places that are left when all that have nothing before them are taken away again and again. */
  private withoutOrder(): Set<Place> {
    const incoming = new Int32Array(this.keys.length);
    for (const edges of this.edges) for (const { to } of edges) incoming[to]!++;
    const free: Place[] = [];
    incoming.forEach((count, place) => {
      if (count === 0) free.push(place);
    });
    const stuck = new Set(this.keys.keys());
    for (let place = free.pop(); place !== undefined; place = free.pop()) {
      stuck.delete(place);
      for (const { to } of this.edges[place]!) if (--incoming[to]! === 0) free.push(to);
    }
    return stuck;
  }

  private cycleThrough(start: Place, within: ReadonlySet<Place>): Edge[] | undefined {
    const cameBy = new Map<Place, { edge: Edge; from: Place }>();
    const queue: Place[] = [start];
    for (let at = 0; at < queue.length; at++) {
      const place = queue[at]!;
      for (const edge of this.edges[place]!) {
        if (!within.has(edge.to) || cameBy.has(edge.to)) continue;
        cameBy.set(edge.to, { edge, from: place });
        if (edge.to !== start) queue.push(edge.to);
        else return this.pathTo(start, cameBy);
      }
    }
    return undefined;
  }

  private pathTo(start: Place, cameBy: ReadonlyMap<Place, { edge: Edge; from: Place }>): Edge[] {
    const path: Edge[] = [];
    let place = start;
    do {
      const step = cameBy.get(place)!;
      path.unshift(step.edge);
      place = step.from;
    } while (place !== start);
    return path;
  }

  private keyOf(event: HistoryEvent, epoch: readonly number[]): string | undefined {
    switch (event.kind) {
      case 'deliver':
        return event.message < 0 ? undefined : `m${event.message}`;
      case 'queue':
        return `q${event.message}`;
      case 'regular':
        return `ring ${event.ring}`;
      case 'transitional': {
        const from = this.analysis.epochs[event.process]![epoch[event.process]!]?.install?.ring;
        // Those that come from no ring have this configuration for themselves.
        return `change from ${from ?? `nothing at ${event.process}`} to ${event.ring}`;
      }
      case 'mark':
        return `mark ${event.key}`;
      default:
        return undefined;
    }
  }

  private placeOf(key: string): Place {
    let place = this.places.get(key);
    if (place === undefined) {
      this.places.set(key, (place = this.keys.length));
      this.keys.push(key);
      this.edges.push([]);
    }
    return place;
  }

  private name(place: Place): string {
    const key = this.keys[place]!;
    if (/^m\d/.test(key)) return messageName(this.history, Number(key.slice(1)));
    if (/^q\d/.test(key)) return `the sending of ${messageName(this.history, Number(key.slice(1)))}`;
    return key;
  }

  private processName(index: number): string {
    return processName(this.history.processes[index]!);
  }
}

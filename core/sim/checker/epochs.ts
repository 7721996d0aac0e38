import type { DeliverEvent, History, InstallEvent } from './history.js';

/** How a process's time in a configuration ended: with the next one, with its own end, or with the end of the run. */
export type EpochEnd = 'next' | 'failed' | 'open';

/**
 * A process's time in one regular configuration and the transitional one that follows it: what evs.md calls com(c).
 * The first epoch of a process has no configuration: it ends with its first ring.
 */
export interface Epoch {
  readonly process: number;
  /** Which epoch of its process it is, from 0. */
  readonly number: number;
  /** Undefined before the first ring. */
  readonly install: InstallEvent | undefined;
  /** Index in the history of the install event; -1 before the first ring. */
  readonly installedAt: number;
  /** Delivered in the regular configuration, and in the transitional one; indices in the history, in order. */
  readonly regular: number[];
  readonly late: number[];
  transitional: InstallEvent | undefined;
  end: EpochEnd;
  next: Epoch | undefined;
}

/** One delivery, where it belongs. */
export interface Delivery {
  readonly event: DeliverEvent;
  /** Index in the history. */
  readonly index: number;
  readonly epoch: Epoch;
  readonly late: boolean;
}

/** A history, looked at in the ways the properties need. */
export interface Analysis {
  readonly history: History;
  /** By process. */
  readonly epochs: readonly (readonly Epoch[])[];
  /** Those of a regular configuration by the ring's name. */
  readonly byRing: ReadonlyMap<string, readonly Epoch[]>;
  /** By message: its deliveries in the order of the history. A repeated one is in it too. */
  readonly deliveries: readonly (readonly Delivery[])[];
  /** By message: index in the history of its queue event, and the sender's epoch then. */
  readonly queuedAt: Int32Array;
  readonly queuedIn: readonly (Epoch | undefined)[];
  /** Deliveries of an epoch by message: its place among them, the first if repeated. */
  readonly places: ReadonlyMap<Epoch, ReadonlyMap<number, number>>;
  /** Of a process in its epoch of that ring, if it installed it. */
  epochIn(process: number, ring: string): Epoch | undefined;
}

/** Sorts the events of a history by process and configuration. */
export function analyse(history: History): Analysis {
  const epochs: Epoch[][] = history.processes.map((process) => [emptyEpoch(process.index, 0, undefined, -1)]);
  const byRing = new Map<string, Epoch[]>();
  const deliveries: Delivery[][] = history.messages.map(() => []);
  const queuedAt = new Int32Array(history.messages.length).fill(-1);
  const queuedIn = new Array<Epoch | undefined>(history.messages.length).fill(undefined);
  const places = new Map<Epoch, Map<number, number>>();

  history.events.forEach((event, index) => {
    if (event.kind === 'note') return;
    const mine = epochs[event.process]!;
    const epoch = mine[mine.length - 1]!;
    switch (event.kind) {
      case 'queue':
        queuedAt[event.message] = index;
        queuedIn[event.message] = epoch;
        return;
      case 'deliver': {
        const late = epoch.transitional !== undefined;
        (late ? epoch.late : epoch.regular).push(index);
        if (event.message < 0) return;
        deliveries[event.message]!.push({ event, index, epoch, late });
        let place = places.get(epoch);
        if (place === undefined) places.set(epoch, (place = new Map()));
        if (!place.has(event.message)) place.set(event.message, epoch.regular.length + epoch.late.length - 1);
        return;
      }
      case 'transitional':
        epoch.transitional = event;
        return;
      case 'regular': {
        const next = emptyEpoch(event.process, mine.length, event, index);
        epoch.end = 'next';
        epoch.next = next;
        mine.push(next);
        const others = byRing.get(event.ring);
        if (others === undefined) byRing.set(event.ring, [next]);
        else others.push(next);
        return;
      }
      case 'crash':
      case 'leave':
        epoch.end = 'failed';
    }
  });
  return {
    history,
    epochs,
    byRing,
    deliveries,
    queuedAt,
    queuedIn,
    places,
    epochIn: (process, ring) => byRing.get(ring)?.find((epoch) => epoch.process === process),
  };
}

/** The messages delivered in an epoch, in order. */
export function messagesOf(history: History, epoch: Epoch): number[] {
  return [...epoch.regular, ...epoch.late].map((index) => (history.events[index] as DeliverEvent).message);
}

const noPlaces: ReadonlyMap<number, number> = new Map();

/** Places of an epoch's messages in the order it delivered them. */
export function placesOf(analysis: Analysis, epoch: Epoch): ReadonlyMap<number, number> {
  return analysis.places.get(epoch) ?? noPlaces;
}

function emptyEpoch(process: number, number: number, install: InstallEvent | undefined, installedAt: number): Epoch {
  return {
    process,
    number,
    install,
    installedAt,
    regular: [],
    late: [],
    transitional: undefined,
    end: 'open',
    next: undefined,
  };
}

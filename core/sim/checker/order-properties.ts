import { placesOf } from './epochs.js';
import type { Analysis, Epoch } from './epochs.js';
import type { History } from './history.js';
import { OrderGraph } from './order-graph.js';
import { Names } from './violation.js';
import type { Property } from './violation.js';

/**
 * All deliveries of a message, all installs of a configuration and all marks of a key have one place in a logical time
 * that goes on along every process's events and from each sending to its deliveries: so that time exists (6.1) and is the
 * same everywhere, across components too (6.2).
 */
export const logicalTime: Property = {
  name: '6.1 logical time exists',
  check({ history, analysis }, report) {
    const cycle = new OrderGraph(history, analysis).findCycle();
    if (cycle !== undefined) report(cycle.at, `these have no order: ${cycle.text}`);
  },
};

/** Two processes that deliver two messages deliver them in the same order, and on the same side of a configuration change. */
export const totalOrder: Property = {
  name: '6.2 agreed total order',
  check({ history, analysis }, report) {
    const names = new Names(history);
    for (const [ring, epochs] of analysis.byRing) {
      for (const [one, other] of pairs(epochs)) {
        const places = placesOf(analysis, other);
        let last: { message: number; place: number } | undefined;
        for (const [message, mine] of placesOf(analysis, one)) {
          const place = places.get(message);
          if (place === undefined) continue;
          if (last !== undefined && place < last.place) {
            const text = `in ring ${ring} ${names.process(one.process)} delivered ${names.message(last.message)} before ${names.message(message)}, ${names.process(other.process)} the other way round`;
            if (!report(names.timeOf(other, place), text)) return;
          }
          last = { message, place };
          if (!movedTogether(one, other)) continue;
          const mineLate = mine >= one.regular.length;
          const theirsLate = place >= other.regular.length;
          if (mineLate === theirsLate) continue;
          const [early, late] = mineLate ? [other, one] : [one, other];
          const text = `${names.process(early.process)} delivered ${names.message(message)} in ring ${ring}, ${names.process(late.process)} after the transitional configuration to ring ${late.transitional!.ring}, which both had`;
          if (!report(late.transitional!.at, text)) return;
        }
      }
    }
  },
};

/**
 * Whoever delivers a message has delivered everything before it: in a regular configuration without exception, in a
 * transitional one at least what its members sent.
 */
export const noGaps: Property = {
  name: '6.3 no gaps',
  check({ history, analysis }, report) {
    const names = new Names(history);
    for (const [ring, epochs] of analysis.byRing) {
      for (const [one, other] of [...pairs(epochs), ...pairs([...epochs].reverse())]) {
        const theirs = placesOf(analysis, other);
        const missing: number[] = [];
        for (const message of placesOf(analysis, one).keys()) {
          const place = theirs.get(message);
          if (place === undefined) {
            missing.push(message);
            continue;
          }
          const late = place >= other.regular.length;
          const gap = missing.find((before) => !late || comesFromMember(history, other, before));
          if (gap === undefined) continue;
          const where = late ? `after the transitional configuration to ring ${other.transitional!.ring}` : 'regularly';
          const text = `in ring ${ring} ${names.process(other.process)} delivered ${names.message(message)} ${where} without ${names.message(gap)}, which ${names.process(one.process)} delivered before it`;
          if (!report(names.timeOf(other, place), text)) return;
          break;
        }
      }
    }
  },
};

/** If anybody delivers a safe message in a configuration, every member delivers it there or in the transitional one, unless it fails. */
export const safeDelivery: Property = {
  name: '7.1 safe delivery',
  check({ history, analysis, ending }, report) {
    const names = new Names(history);
    analysis.deliveries.forEach((deliveries, message) => {
      if (!history.messages[message]!.safe) return;
      const told = new Set<number>();
      for (const { epoch, late, event } of deliveries) {
        const members = late ? epoch.transitional!.members : (epoch.install?.members ?? []);
        for (const other of analysis.byRing.get(epoch.install?.ring ?? '') ?? []) {
          if (!members.includes(names.nodeId(other.process)) || told.has(other.process)) continue;
          const open = other.end === 'failed' || (other.end === 'open' && ending === undefined);
          if (open || placesOf(analysis, other).has(message)) continue;
          told.add(other.process);
          const where = late
            ? `the transitional configuration to ring ${epoch.transitional!.ring}`
            : 'the regular configuration';
          const text = `${names.process(event.process)} delivered ${names.message(message)} of ring ${epoch.install!.ring} in ${where}, ${names.process(other.process)}, a member, never did`;
          if (!report(event.at, text)) return;
        }
      }
    });
  },
};

/** If anybody delivers a safe message in a regular configuration, every member has installed that. */
export const safeInstallation: Property = {
  name: '7.2 safe delivery after installation',
  check({ history, analysis }, report) {
    const names = new Names(history);
    const checked = new Set<string>();
    for (const [index, event] of history.events.entries()) {
      if (event.kind !== 'deliver' || event.message < 0 || !history.messages[event.message]!.safe) continue;
      const epoch = currentEpoch(analysis, event.process, index);
      if (epoch?.install === undefined || (epoch.late[0] ?? Infinity) <= index) continue;
      const { ring, members } = epoch.install;
      if (checked.has(ring)) continue;
      checked.add(ring);
      for (const member of members) {
        const installed = analysis.byRing.get(ring)!.some((other) => {
          return names.nodeId(other.process) === member && other.installedAt < index;
        });
        if (installed) continue;
        const text = `${names.process(event.process)} delivered ${names.message(event.message)} in ring ${ring}, which node ${member} had not installed`;
        if (!report(event.at, text)) return;
      }
    }
  },
};

/** Marks of one key have one value among the processes that came to them by the same configurations. */
export const marksAgree: Property = {
  name: 'service state agrees',
  check({ history }, report) {
    const names = new Names(history);
    const known = new Map<string, { process: number; value: string }>();
    for (const event of history.events) {
      if (event.kind !== 'mark') continue;
      const before = known.get(event.key);
      if (before === undefined) known.set(event.key, { process: event.process, value: event.value });
      else if (before.value !== event.value) {
        const text = `${event.key} is "${before.value}" for ${names.process(before.process)} and "${event.value}" for ${names.process(event.process)}`;
        if (!report(event.at, text)) return;
      }
    }
  },
};

function movedTogether(one: Epoch, other: Epoch): boolean {
  return one.transitional !== undefined && one.transitional.ring === other.transitional?.ring;
}

function comesFromMember(history: History, epoch: Epoch, message: number): boolean {
  const sender = history.processes[history.messages[message]!.sender]!.nodeId;
  return epoch.transitional!.members.includes(sender);
}

/** The epoch of a process that an event of it at this index of the history belongs to. */
function currentEpoch(analysis: Analysis, process: number, index: number): Epoch | undefined {
  return analysis.epochs[process]!.findLast((epoch) => epoch.installedAt < index);
}

function* pairs<T>(list: readonly T[]): Generator<readonly [T, T]> {
  for (let i = 0; i < list.length; i++) for (let j = i + 1; j < list.length; j++) yield [list[i]!, list[j]!];
}

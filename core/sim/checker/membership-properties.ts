import type { Epoch } from './epochs.js';
import type { InstallEvent } from './history.js';
import { Names } from './violation.js';
import type { CheckContext, Property, Report } from './violation.js';

/** Events of a process belong to the last configuration that it installed. */
export const eventsBelongToConfiguration: Property = {
  name: '1.2 events belong to the last configuration',
  check({ history, analysis }, report) {
    const names = new Names(history);
    const ended = new Set<number>();
    for (const event of history.events) {
      if (event.kind === 'note') continue;
      if (ended.has(event.process)) {
        if (!report(event.at, `${names.process(event.process)} has ended, but it has a ${event.kind} event afterwards`))
          return;
      }
      if (event.kind === 'crash' || event.kind === 'leave') ended.add(event.process);
    }
    for (const epochs of analysis.epochs) {
      for (const epoch of epochs) {
        for (const index of [...epoch.regular, ...epoch.late]) {
          const event = history.events[index]!;
          if (event.kind !== 'deliver') continue;
          const who = `${names.process(epoch.process)} delivered ${names.message(event.message)}`;
          if (epoch.install === undefined) {
            if (!report(event.at, `${who} before its first configuration`)) return;
          } else if (!epoch.install.members.includes(event.from)) {
            const text = `${who} in ring ${epoch.install.ring} of ${list(epoch.install.members)}: its sender is no member`;
            if (!report(event.at, text)) return;
          }
        }
      }
    }
  },
};

/** A process is in every configuration it installs, and all that install one agree on its members. */
export const membersAgree: Property = {
  name: '2.1 self-inclusion and agreement',
  check({ history, analysis }, report) {
    const names = new Names(history);
    const regular = new Map<string, InstallEvent>();
    const transitional = new Map<string, InstallEvent>();
    for (const epoch of epochsOf(analysis.epochs)) {
      const { install, transitional: end } = epoch;
      if (install !== undefined) {
        if (!checkMembers(install, names, report)) return;
        if (!agree(regular, `ring ${install.ring}`, install, names, report)) return;
      }
      if (end !== undefined) {
        const old = install?.ring ?? 'none';
        if (install !== undefined) {
          if (!checkSelf(end, names, report)) return;
          const what = `the transitional configuration from ring ${old} to ${end.ring}`;
          if (!agree(transitional, what, end, names, report)) return;
        } else if (end.members.some((member) => member !== nodeOf(history.processes, end.process))) {
          const text = `${names.process(end.process)} came from no ring, but its transitional configuration to ${end.ring} has ${list(end.members)}`;
          if (!report(end.at, text)) return;
        }
        if (!checkDifference(epoch, names, report)) return;
      }
    }
  },
};

/** No process, and no node in all its lives, installs a ring twice, and their sequences only grow. */
export const ringsAreUnique: Property = {
  name: '2.1 ring ids are unique',
  check({ history, analysis }, report) {
    const names = new Names(history);
    const installed = new Map<number, Map<string, InstallEvent>>();
    for (const epochs of analysis.epochs) {
      let last: InstallEvent | undefined;
      for (const { install } of epochs) {
        if (install === undefined) continue;
        const node = history.processes[install.process]!.nodeId;
        const rings = installed.get(node) ?? new Map<string, InstallEvent>();
        installed.set(node, rings);
        const before = rings.get(install.ring);
        if (before !== undefined) {
          const text = `${names.process(install.process)} installed ring ${install.ring}, which ${names.process(before.process)} had installed at ${before.at.toFixed(2)} ms`;
          if (!report(install.at, text)) return;
        }
        rings.set(install.ring, install);
        if (last !== undefined && install.ringSeq <= last.ringSeq) {
          const text = `${names.process(install.process)} went from ring ${last.ring} to ${install.ring}, whose sequence is not higher`;
          if (!report(install.at, text)) return;
        }
        last = install;
      }
    }
  },
};

/** A transitional configuration comes between two regular ones, and announces the second. */
export const nothingBetween: Property = {
  name: '2.3 configurations follow each other',
  check({ history }, report) {
    const names = new Names(history);
    const pending = new Map<number, InstallEvent>();
    for (const event of history.events) {
      if (event.kind !== 'transitional' && event.kind !== 'regular') continue;
      const before = pending.get(event.process);
      if (event.kind === 'transitional') {
        if (before !== undefined) {
          const text = `${names.process(event.process)} had a transitional configuration to ring ${event.ring} after the one to ${before.ring}, without a regular one between`;
          if (!report(event.at, text)) return;
        }
        pending.set(event.process, event);
        continue;
      }
      pending.delete(event.process);
      if (before?.ring !== event.ring) {
        const found = before === undefined ? 'none' : `the one to ring ${before.ring}`;
        const text = `${names.process(event.process)} installed ring ${event.ring} after ${found} of the transitional configurations`;
        if (!report(event.at, text)) return;
      }
    }
  },
};

/** Who changes configuration together agrees on where from and where to, and on the order of configurations. */
export const configurationsAreOrdered: Property = {
  name: '2.4 consistent order of configurations',
  check({ history, analysis }, report) {
    const names = new Names(history);
    for (const epoch of epochsOf(analysis.epochs)) {
      const { install, transitional, next } = epoch;
      if (transitional === undefined || install === undefined || next === undefined) continue;
      const change = `from ring ${install.ring} to ${transitional.ring}`;
      for (const member of transitional.members) {
        if (install.members.includes(member) && next.install!.members.includes(member)) continue;
        const text = `the transitional configuration of ${names.process(epoch.process)} ${change} has node ${member}, which is not in both`;
        if (!report(transitional.at, text)) return;
      }
      for (const other of analysis.byRing.get(transitional.ring) ?? []) {
        const node = history.processes[other.process]!.nodeId;
        if (other.process === epoch.process || !transitional.members.includes(node)) continue;
        const before = analysis.epochs[other.process]![other.number - 1]!;
        if (before.install?.ring === install.ring) continue;
        const text = `${names.process(epoch.process)} came ${change} together with node ${node}, but that came from ring ${before.install?.ring ?? 'none'}`;
        if (!report(transitional.at, text)) return;
      }
    }
    checkOrder({ history, analysis, ending: undefined }, names, report);
  },
};

/** If two processes install the same two configurations, they do it in the same order. */
function checkOrder({ analysis }: CheckContext, names: Names, report: Report): void {
  const { epochs } = analysis;
  for (const mine of epochs) {
    for (const theirs of epochs) {
      if (mine[0]!.process >= theirs[0]!.process) continue;
      const place = new Map(theirs.flatMap(({ install }, at) => (install ? [[install.ring, at] as const] : [])));
      let last: { ring: string; at: number } | undefined;
      for (const { install } of mine) {
        const at = install && place.get(install.ring);
        if (at === undefined) continue;
        if (last !== undefined && at < last.at) {
          const text = `${names.process(install!.process)} installed ring ${last.ring} before ${install!.ring}, ${names.process(theirs[0]!.process)} the other way round`;
          if (!report(install!.at, text)) return;
        }
        last = { ring: install!.ring, at };
      }
    }
  }
}

function checkMembers(install: InstallEvent, names: Names, report: Report): boolean {
  const { members, representative, ring, at } = install;
  if (!checkSelf(install, names, report)) return false;
  const ascending = members.every((member, i) => i === 0 || members[i - 1]! < member);
  if (
    !ascending &&
    !report(
      at,
      `${names.process(install.process)} was told of ring ${ring} with members out of order: ${list(members)}`,
    )
  ) {
    return false;
  }
  if (members[0] === representative) return true;
  return report(at, `ring ${ring} of ${list(members)} does not have the name of its lowest member`);
}

function checkSelf(install: InstallEvent, names: Names, report: Report): boolean {
  const { process, members, kind, ring, at } = install;
  if (members.includes(names.nodeId(process))) return true;
  return report(
    at,
    `${names.process(process)} is not in its own ${kind} configuration of ring ${ring}: ${list(members)}`,
  );
}

function agree(
  known: Map<string, InstallEvent>,
  key: string,
  install: InstallEvent,
  names: Names,
  report: Report,
): boolean {
  const before = known.get(key);
  known.set(key, before ?? install);
  if (before === undefined || list(before.members) === list(install.members)) return true;
  const text = `${key} has ${list(before.members)} for ${names.process(before.process)}, ${list(install.members)} for ${names.process(install.process)}`;
  return report(install.at, text);
}

/** What an event says about who left and who joined is the difference of the configurations. */
function checkDifference(epoch: Epoch, names: Names, report: Report): boolean {
  const transitional = epoch.transitional!;
  const old = epoch.install?.members ?? [];
  const left = old.filter((member) => !transitional.members.includes(member));
  if (list(left) !== list(transitional.left)) {
    const text = `${names.process(epoch.process)} was told that ${list(transitional.left)} left with ring ${transitional.ring}; it was ${list(left)}`;
    if (!report(transitional.at, text)) return false;
  }
  const install = epoch.next?.install;
  if (install === undefined || install.ring !== transitional.ring) return true;
  const joined = install.members.filter((member) => !transitional.members.includes(member));
  if (list(joined) === list(install.joined)) return true;
  const text = `${names.process(epoch.process)} was told that ${list(install.joined)} joined with ring ${install.ring}; it was ${list(joined)}`;
  return report(install.at, text);
}

function nodeOf(processes: readonly { nodeId: number }[], process: number): number {
  return processes[process]!.nodeId;
}

function* epochsOf(all: readonly (readonly Epoch[])[]): Generator<Epoch> {
  for (const epochs of all) yield* epochs;
}

/** Node ids in a text, in ascending order. */
export function list(nodes: readonly number[]): string {
  return nodes.length === 0 ? 'nobody' : [...nodes].sort((a, b) => a - b).join(' ');
}

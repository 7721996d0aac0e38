import type { Analysis } from '../checker/epochs.js';
import type { CheckContext, Property, Report } from '../checker/violation.js';
import { memberName, stayName } from './cpg-log.js';
import type { Chapter, CpgLog, Stay } from './cpg-log.js';
import type { ServiceLog } from './service-load.js';

/** What holds for closed process groups in every run. */
export function cpgProperties(cpg: CpgLog, log: ServiceLog): Property[] {
  return [
    {
      name: 'cpg: each message once, in the order of its sender',
      check: (_, report) => cpg.stays.every((stay) => checkOrder(cpg, stay, report)),
    },
    {
      name: 'cpg: members who stay together see the same',
      check: (context, report) => void checkTogether(cpg, log, context, report),
    },
    {
      name: 'cpg: senders get their own messages',
      check: (context, report) => void checkOwn(cpg, log, context, report),
    },
    {
      name: 'cpg: clients get their answers',
      check: (context, report) => void checkWaiting(cpg, log, context, report),
    },
    {
      name: 'cpg: groups have their members in the end',
      check: (context, report) => void checkGroups(cpg, log, context, report),
    },
  ];
}

function checkOrder(cpg: CpgLog, stay: Stay, report: Report): boolean {
  const last = new Map<Stay, number>();
  const seen = new Set<number>();
  for (const { message, at } of stay.chapters.flatMap((chapter) => chapter.seen)) {
    if (message < 0) continue;
    const { stay: sender } = cpg.messages[message]!;
    const before = last.get(sender) ?? -1;
    const problem = seen.has(message) ? 'again' : message < before ? `after message ${before}` : '';
    if (problem !== '' && !report(at, `${stayName(stay)} got message ${message} ${problem}`)) return false;
    seen.add(message);
    last.set(sender, Math.max(before, message));
  }
  return true;
}

/**
 * The rings of a chapter: the one it was in, those that came while services could not be synchronized, and the next. Who
 * was apart in one of those has left and joined for the others.
 */
function way(analysis: Analysis, { process }: Stay, { ring, next }: Chapter): string {
  const rings = analysis.epochs[process.index]!.flatMap(({ install }) => (install === undefined ? [] : [install.ring]));
  const between =
    next === undefined ? rings.slice(rings.indexOf(ring)) : rings.slice(rings.indexOf(ring), rings.indexOf(next));
  return `rings ${between.join(' ')} until ${next ?? 'the end'}`;
}

/**
 * Members that go from one ring to the same next one, or stay in the last, see the same messages and the same changes
 * with the same members, in the same order; who joins on the way sees the rest of it, from its join on.
 */
function checkTogether(cpg: CpgLog, log: ServiceLog, { analysis, ending }: CheckContext, report: Report): boolean {
  const together = new Map<string, { stay: Stay; chapter: Chapter }[]>();
  for (const stay of cpg.stays) {
    for (const chapter of stay.chapters) {
      const toEnd = chapter.next === undefined && ending !== undefined && isOpen(stay, log);
      if (chapter.ring === '' || (chapter.next === undefined && !toEnd)) continue;
      const key = `${stay.group}, ${way(analysis, stay, chapter)}`;
      const list = together.get(key);
      if (list === undefined) together.set(key, [{ stay, chapter }]);
      else list.push({ stay, chapter });
    }
  }
  for (const [where, list] of together) {
    const [most, ...others] = list.sort(
      (a, b) => Number(a.chapter.joined) - Number(b.chapter.joined) || b.chapter.seen.length - a.chapter.seen.length,
    );
    for (const other of others) {
      const all = most!.chapter.seen;
      const mine = other.chapter.seen;
      const skipped = other.chapter.joined ? Math.max(0, all.length - mine.length) : 0;
      const length = Math.max(all.length - skipped, mine.length);
      for (let i = 0; i < length; i++) {
        const [theirs, own] = [all[i + skipped], mine[i]];
        if (theirs?.text === own?.text) continue;
        const text = `${where}: ${stayName(most!.stay)} saw ${theirs?.text ?? 'nothing more'}, ${stayName(other.stay)} ${own?.text ?? 'nothing more'}`;
        if (!report((own ?? theirs)!.at, text)) return false;
        break;
      }
    }
  }
  return true;
}

/** Members that are there to the end have had everything that the service took from them. */
function checkOwn(cpg: CpgLog, log: ServiceLog, { ending }: CheckContext, report: Report): boolean {
  if (ending === undefined) return true;
  const seen = new Map<Stay, Set<number>>();
  for (const stay of cpg.stays) {
    seen.set(stay, new Set(stay.chapters.flatMap((chapter) => chapter.seen.map(({ message }) => message))));
  }
  return cpg.messages.every(({ stay, accepted, index, at, bytes }) => {
    if (!accepted || !isOpen(stay, log) || seen.get(stay)?.has(index) === true) return true;
    return report(at, `message ${index} (${bytes} bytes) of ${stayName(stay)} never came back to it`);
  });
}

/** Nobody who runs to the end waits for anything then. */
function checkWaiting(cpg: CpgLog, log: ServiceLog, { ending }: CheckContext, report: Report): boolean {
  if (ending === undefined) return true;
  return [...cpg.waiting].every(({ stay, what, at }) => {
    return !log.isAlive(stay.process.index) || report(at, `${stayName(stay)} still waits for its ${what}`);
  });
}

/** In the end each group has the members that are there and reach each other, and all of them know. */
function checkGroups(cpg: CpgLog, log: ServiceLog, { ending }: CheckContext, report: Report): boolean {
  if (ending === undefined) return true;
  const groups = new Map<string, Stay[]>();
  for (const stay of cpg.stays.filter((one) => isOpen(one, log))) {
    const part = ending.components.findIndex((nodes) => nodes.includes(stay.process.nodeId));
    const key = `${part} ${stay.group}`;
    groups.set(key, [...(groups.get(key) ?? []), stay]);
  }
  for (const stays of groups.values()) {
    const { group } = stays[0]!;
    const members = stays
      .sort((a, b) => a.process.nodeId - b.process.nodeId || a.pid - b.pid)
      .map(({ process, pid }) => memberName({ nodeId: process.nodeId, pid }))
      .join(' ');
    for (const stay of stays) {
      if (stay.members === members) continue;
      const text = `in the end ${group} has ${members}, but ${stayName(stay)} knows of ${stay.members}`;
      if (!report(log.now, text)) return false;
    }
  }
  return true;
}

/** It is in its group to the end of the run. */
function isOpen(stay: Stay, log: ServiceLog): boolean {
  return !stay.over && log.isAlive(stay.process.index);
}

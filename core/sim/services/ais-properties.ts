import type { ProcessInfo } from '../checker/history.js';
import type { Property } from '../checker/violation.js';
import type { AisWaiting } from './ais-client.js';
import type { ServiceLog } from './service-load.js';

/** What a node and its clients know when the run is over. */
export interface AisEnd {
  readonly process: ProcessInfo;
  /** The cluster as its client of CLM was told last; undefined: it follows nothing. */
  readonly members: readonly number[] | undefined;
  /** What its client of LCK holds. */
  readonly held: readonly { readonly resource: string; readonly isExclusive: boolean }[];
  /** The state of each service, as the node dumps it. */
  readonly services: Readonly<Record<string, unknown>>;
}

/** Services whose whole state is replicated, and of EVT what is. */
const REPLICATED: Readonly<Record<string, (dump: unknown) => unknown>> = {
  clm: (dump) => dump,
  ckpt: (dump) => dump,
  lck: (dump) => dump,
  msg: (dump) => dump,
  evt: (dump) => (dump as { channels: unknown }).channels,
};

/** What holds for the services of the SA Forum in every run. */
export function aisProperties(ends: readonly AisEnd[], waiting: ReadonlySet<AisWaiting>, log: ServiceLog): Property[] {
  const inParts = (components: readonly (readonly number[])[]): AisEnd[][] =>
    components.map((nodes) => ends.filter(({ process }) => nodes.includes(process.nodeId)));
  return [
    {
      name: 'ais: clients get their answers',
      check: ({ ending }, report) => {
        if (ending === undefined) return;
        for (const { process, who, what, at } of waiting) {
          if (log.isAlive(process) && !report(at, `${who} still waits since it tried to ${what}`)) return;
        }
      },
    },
    {
      name: 'ais: members of a ring know the same in the end',
      check: ({ ending }, report) => {
        for (const part of inParts(ending?.components ?? [])) {
          for (const [service, replicated] of Object.entries(REPLICATED)) {
            const known = part.map((end) => inOrder(replicated(end.services[service])));
            const other = known.findIndex((text) => text !== known[0]);
            if (other < 0) continue;
            const [first, second] = [part[0]!.process, part[other]!.process];
            const text = `${service} is ${known[0]} at node ${first.nodeId}, but ${known[other]} at node ${second.nodeId}`;
            if (!report(log.now, text)) return;
          }
        }
      },
    },
    {
      name: 'clm: the members are those of the ring in the end',
      check: ({ ending }, report) => {
        for (const nodes of ending?.components ?? []) {
          const right = [...nodes].sort((a, b) => a - b).join(' ');
          for (const { process, members } of ends) {
            if (!nodes.includes(process.nodeId) || members === undefined || members.join(' ') === right) continue;
            const text = `node ${process.nodeId}'s client was told last of ${members.join(' ')}, there are ${right}`;
            if (!report(log.now, text)) return;
          }
        }
      },
    },
    {
      name: 'lck: nobody holds what another has locked, in the end',
      check: ({ ending }, report) => {
        for (const part of inParts(ending?.components ?? [])) {
          const held = part.flatMap((end) => end.held.map((lock) => ({ ...lock, nodeId: end.process.nodeId })));
          for (const { resource, isExclusive, nodeId } of held) {
            const all = held.filter((other) => other.resource === resource);
            if (!isExclusive || all.length === 1) continue;
            const who = all
              .map((lock) => `node ${lock.nodeId} ${lock.isExclusive ? 'exclusively' : 'shared'}`)
              .join(', ');
            if (!report(log.now, `node ${nodeId} holds ${resource} exclusively; it is held by ${who}`)) return;
          }
        }
      },
    },
  ];
}

/** A value as text, the same whatever the order in which its fields were added. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : typeof part === 'bigint'
        ? `${part}`
        : part,
  );
}

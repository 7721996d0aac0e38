import { messagesOf } from './epochs.js';
import type { Epoch } from './epochs.js';
import { list } from './membership-properties.js';
import { Names } from './violation.js';
import type { Property } from './violation.js';

/** Once faults have stopped, those that can reach each other form one ring within the bound and stay in it. */
export const oneRing: Property = {
  name: '2.2 stability: one ring in time',
  check({ history, analysis, ending }, report) {
    if (ending === undefined) return;
    const names = new Names(history);
    const deadline = ending.quietSince + ending.boundMs;
    const bound = `${ending.boundMs} ms after faults had stopped at ${ending.quietSince.toFixed(0)} ms`;
    for (const component of ending.components) {
      for (const node of component) {
        const life = history.processes.findLast(({ nodeId }) => nodeId === node);
        const epoch = life && analysis.epochs[life.index]!.at(-1)!;
        if (life === undefined || epoch === undefined || epoch.end === 'failed') {
          if (!report(deadline, `node ${node} does not run ${bound}`)) return;
          continue;
        }
        const { install, transitional } = epoch;
        const who = names.process(life.index);
        if (install === undefined) {
          if (!report(deadline, `${who} has no ring ${bound}`)) return;
        } else if (transitional !== undefined) {
          if (!report(deadline, `${who} is between rings ${install.ring} and ${transitional.ring} ${bound}`)) return;
        } else if (list(install.members) !== list(component)) {
          const text = `${who} is in ring ${install.ring} of ${list(install.members)} ${bound}; ${list(component)} can reach each other`;
          if (!report(deadline, text)) return;
        } else if (install.at > deadline) {
          const text = `${who} installed ring ${install.ring} of ${list(component)} only ${(install.at - ending.quietSince).toFixed(0)} ms after faults had stopped; the bound is ${ending.boundMs} ms`;
          if (!report(install.at, text)) return;
        }
      }
    }
  },
};

/** Once the last ring is there, everything that was given to it is delivered, by all its members. */
export const everythingDelivered: Property = {
  name: '3.1 everything queued is delivered',
  check({ history, analysis, ending }, report) {
    if (ending === undefined) return;
    const names = new Names(history);
    const last = analysis.epochs.map((epochs) => epochs.at(-1)!);
    for (const { index, sender } of history.messages) {
      if (analysis.queuedAt[index]! < 0 || last[sender]!.end !== 'open') continue;
      if (analysis.deliveries[index]!.some(({ event }) => event.process === sender)) continue;
      const text = `${names.process(sender)} never delivered its own ${names.message(index)}, which it sent at ${names.at(analysis.queuedAt[index]!)}`;
      if (!report(history.events[analysis.queuedAt[index]!]!.at, text)) return;
    }
    const rings = new Map<string, Epoch>();
    for (const epoch of last) {
      if (epoch.end !== 'open' || epoch.install === undefined) continue;
      const first = rings.get(epoch.install.ring);
      rings.set(epoch.install.ring, first ?? epoch);
      if (first === undefined) continue;
      const mine = messagesOf(history, epoch).length;
      const theirs = messagesOf(history, first).length;
      if (mine === theirs) continue;
      const text = `in the last ring ${epoch.install.ring} ${names.process(first.process)} delivered ${theirs} messages, ${names.process(epoch.process)} ${mine}`;
      if (!report(epoch.install.at, text)) return;
    }
  },
};

/**
 * Events a second of the Event Service by number of subscribers, and what the CPG layer under it does in their place, on three
 * daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { ChannelOpenFlags, EvtLibrary, SA_EVT_EVENTID_LOST } from 'chorale/evt';
import { bench, benchCommand, numbers, ratio } from './ais/command.js';
import { cpgGroup } from './ais/cpg-group.js';
import type { LoopbackRing } from './ais/loopback.js';
import { rateOf } from './ais/measure.js';
import type { Load } from './ais/measure.js';

const NODES = 3;
/** Published and not yet delivered to the slowest: fewer than the service keeps for a subscriber. */
const AHEAD = 400;

/** A publisher on node 1, and subscribers on all nodes in turn. */
async function events(ring: LoopbackRing, subscribers: number, data: Uint8Array): Promise<Load> {
  const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;
  const got = Array<number>(subscribers).fill(0);
  const open = async (node: number, place?: number) => {
    const evt = await new EvtLibrary(daemonBindings({ path: ring.path(node) })).initialize(
      {
        eventDeliver: (_id, event) => {
          if (event.attributesGet().eventId === SA_EVT_EVENTID_LOST) throw new Error('an event was lost');
          got[place!]!++;
        },
      },
      B_01_01,
      { dispatch: 'automatic' },
    );
    const channel = await evt.channelOpen('bench', PUBLISHER | SUBSCRIBER | CREATE, SA_TIME_END);
    if (place !== undefined) await channel.eventSubscribe([], 1);
    return { evt, channel };
  };
  const publisher = await open(1);
  const opened = [publisher];
  for (let place = 0; place < subscribers; place++) opened.push(await open(1 + (place % NODES), place));
  const event = publisher.channel.eventAllocate();
  return {
    received: () => Math.min(...got),
    send: () => event.publish(data),
    close: async () => {
      for (const { evt } of opened) await evt.finalize();
    },
  };
}

const command = benchCommand('evt', 'Measure the Event Service, and CPG beside it.', [100, 10_000]).option(
  '--subscribers <n,...>',
  'numbers of subscribers, over all nodes',
  numbers,
  [1, 3, 12],
);

bench(command, 'evt', async function* (ring, { size: sizes, subscribers, seconds }) {
  for (const size of sizes as readonly number[]) {
    for (const count of subscribers as readonly number[]) {
      const data = new Uint8Array(size);
      const channel = await events(ring, count, data);
      const published = await rateOf(ring, channel, seconds, AHEAD);
      await channel.close();
      // A process is in a group once a node.
      const group = await cpgGroup(ring, Math.min(count, NODES), data);
      const sent = await rateOf(ring, group, seconds, AHEAD);
      await group.close();
      yield {
        size,
        subscribers: count,
        eventsPerSecond: published.perSecond,
        cpgMessagesPerSecond: sent.perSecond,
        share: ratio(published.perSecond, sent.perSecond),
        cpuMicroseconds: published.cpuMicroseconds,
        cpgCpuMicroseconds: sent.cpuMicroseconds,
      };
    }
  }
});

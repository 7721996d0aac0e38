/**
 * Events a second of the Event Service by number of subscribers, and what the CPG layer under it does in their place, on three
 * daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { Command, InvalidArgumentError } from 'commander';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { ChannelOpenFlags, EvtLibrary, SA_EVT_EVENTID_LOST } from 'chorale/evt';
import { openCpg } from '../core/cpg.js';
import { LoopbackRing } from './ais/loopback.js';

const NODES = 3;
/** Published and not yet delivered to the slowest: fewer than the service keeps for a subscriber. */
const AHEAD = 400;

const numbers = (text: string): number[] =>
  text.split(',').map((one) => {
    const value = Number(one);
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give whole numbers from 1.');
    return value;
  });
const command = new Command('evt')
  .description('Measure the Event Service, and CPG beside it.')
  .option('--subscribers <n,...>', 'numbers of subscribers, over all nodes', numbers, [1, 3, 12])
  .option('--size <bytes,...>', 'bytes of data of an event', numbers, [100, 10_000])
  .option('--seconds <s>', 'how long a run publishes', numbers, [3])
  .option('--runs <n>', 'runs of each kind', numbers, [3]);

/** Receivers that count, and what sends to them. */
interface Load {
  /** What each receiver has got. */
  readonly got: number[];
  send(): Promise<unknown>;
  close(): Promise<void>;
}

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
    got,
    send: () => event.publish(data),
    close: async () => {
      for (const { evt } of opened) await evt.finalize();
    },
  };
}

/** A member on each node, as many as there are subscribers: a process is in a group once a node. The first one sends. */
async function messages(ring: LoopbackRing, members: number, data: Uint8Array): Promise<Load> {
  const got = Array<number>(Math.min(members, NODES)).fill(0);
  const clients = await Promise.all(got.map((_, place) => openCpg({ path: ring.path(place + 1) })));
  const reading = clients.map(async (client, place) => {
    for await (const one of client.events()) if (one.kind === 'message') got[place]!++;
  });
  for (const client of clients) await client.join('bench');
  return {
    got,
    send: () => clients[0]!.multicast(data),
    close: async () => {
      for (const client of clients) client.close();
      await Promise.allSettled(reading);
    },
  };
}

/** Sends for some seconds and waits until everybody has everything; how many a second. */
async function rateOf(load: Load, seconds: number): Promise<number> {
  const began = performance.now();
  const until = began + 1000 * seconds;
  let sent = 0;
  let failed: unknown;
  const slowest = (): number => Math.min(...load.got);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (performance.now() < until && failed === undefined) {
    for (; sent - slowest() < AHEAD; sent++) load.send().catch((thrown: unknown) => (failed ??= thrown));
    await turn();
  }
  for (const patience = performance.now() + 10_000; slowest() < sent && failed === undefined;) {
    if (performance.now() > patience) throw new Error(`${sent} were sent, the slowest got ${slowest()}`);
    await turn();
  }
  if (failed !== undefined) throw failed;
  return sent / ((performance.now() - began) / 1000);
}

async function main(): Promise<void> {
  const { subscribers, size: sizes, seconds, runs } = command.opts<Record<string, number[]>>();
  const ring = await LoopbackRing.of('chorale/evt');
  try {
    for (let run = 1; run <= runs![0]!; run++) {
      for (const size of sizes!) {
        for (const count of subscribers!) {
          const rates = [];
          for (const make of [events, messages]) {
            const load = await make(ring, count, new Uint8Array(size));
            rates.push(Math.round(await rateOf(load, seconds![0]!)));
            await load.close();
          }
          const [eventsPerSecond, cpgMessagesPerSecond] = rates as [number, number];
          const share = Number((eventsPerSecond / cpgMessagesPerSecond).toFixed(2));
          const what = { bench: 'evt', run, nodes: NODES, size, subscribers: count };
          console.log(JSON.stringify({ ...what, eventsPerSecond, cpgMessagesPerSecond, share }));
        }
      }
    }
  } finally {
    await ring.close();
  }
}

command.parse();
main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

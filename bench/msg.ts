/**
 * Messages a second of the Message Service from a sender on one node to a reader on another, and what the CPG layer under it
 * does in their place, on three daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { Command, InvalidArgumentError } from 'commander';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { MsgLibrary, OpenFlags } from 'chorale/msg';
import { openCpg } from '../core/cpg.js';
import { LoopbackRing } from './ais/loopback.js';

/** Sent and not yet received. */
const AHEAD = 200;
/** Calls of messageGet at a time. */
const GETS = 64;

const numbers = (text: string): number[] =>
  text.split(',').map((one) => {
    const value = Number(one);
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give whole numbers from 1.');
    return value;
  });
const command = new Command('msg')
  .description('Measure the Message Service, and CPG beside it.')
  .option('--size <bytes,...>', 'bytes of data of a message', numbers, [100, 10_000])
  .option('--seconds <s>', 'how long a run sends', numbers, [3])
  .option('--runs <n>', 'runs of each kind', numbers, [3]);

/** A receiver that counts, and what sends to it. */
interface Load {
  received(): number;
  send(): Promise<unknown>;
  close(): Promise<void>;
}

async function queue(ring: LoopbackRing, data: Uint8Array): Promise<Load> {
  const open = (node: number) => new MsgLibrary(daemonBindings({ path: ring.path(node) })).initialize({}, B_01_01);
  const [sender, reader] = [await open(1), await open(2)];
  const room = Array<number>(4).fill(2 * AHEAD * data.length);
  const attributes = { creationFlags: 0, size: room, retentionTime: 0n };
  const jobs = await reader.queueOpen(`bench ${data.length}`, attributes, OpenFlags.CREATE, SA_TIME_END);
  let received = 0;
  let isOver = false;
  const get = async (): Promise<void> => {
    while (!isOver) {
      await jobs.messageGet(SA_TIME_END);
      received++;
    }
  };
  // The end of the run ends those that wait.
  const ended = (thrown: unknown): void => {
    if (!isOver) throw thrown;
  };
  const gets = Array.from({ length: GETS }, () => get().catch(ended));
  return {
    received: () => received,
    send: () => sender.messageSend(`bench ${data.length}`, { data }, SA_TIME_END),
    close: async () => {
      isOver = true;
      await jobs.close();
      await Promise.allSettled(gets);
      for (const msg of [sender, reader]) await msg.finalize();
    },
  };
}

async function group(ring: LoopbackRing, data: Uint8Array): Promise<Load> {
  const [sender, reader] = [await openCpg({ path: ring.path(1) }), await openCpg({ path: ring.path(2) })];
  let received = 0;
  const reading = (async () => {
    for await (const one of reader.events()) if (one.kind === 'message') received++;
  })();
  await sender.join('bench');
  await reader.join('bench');
  const seeing = (async () => {
    for await (const one of sender.events()) void one;
  })();
  return {
    received: () => received,
    send: () => sender.multicast(data),
    close: async () => {
      sender.close();
      reader.close();
      await Promise.allSettled([reading, seeing]);
    },
  };
}

/** Sends for some seconds and waits until all is received; how many a second. */
async function rateOf(load: Load, seconds: number): Promise<number> {
  const began = performance.now();
  const until = began + 1000 * seconds;
  let sent = 0;
  let failed: unknown;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (performance.now() < until && failed === undefined) {
    for (; sent - load.received() < AHEAD; sent++) load.send().catch((thrown: unknown) => (failed ??= thrown));
    await turn();
  }
  for (const patience = performance.now() + 10_000; load.received() < sent && failed === undefined;) {
    if (performance.now() > patience) throw new Error(`${sent} were sent, ${load.received()} received`);
    await turn();
  }
  if (failed !== undefined) throw failed;
  return sent / ((performance.now() - began) / 1000);
}

async function main(): Promise<void> {
  const { size: sizes, seconds, runs } = command.opts<Record<string, number[]>>();
  const ring = await LoopbackRing.of('chorale/msg');
  try {
    for (let run = 1; run <= runs![0]!; run++) {
      for (const size of sizes!) {
        const rates = [];
        for (const make of [queue, group]) {
          const load = await make(ring, new Uint8Array(size));
          rates.push(Math.round(await rateOf(load, seconds![0]!)));
          await load.close();
        }
        const [messagesPerSecond, cpgMessagesPerSecond] = rates as [number, number];
        const share = Number((messagesPerSecond / cpgMessagesPerSecond).toFixed(2));
        console.log(
          JSON.stringify({ bench: 'msg', run, nodes: 3, size, messagesPerSecond, cpgMessagesPerSecond, share }),
        );
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

/**
 * Writes a second and latencies of the Checkpoint Service by size, and what the CPG layer under it does in their place, on
 * three daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { Command, InvalidArgumentError } from 'commander';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { CkptLibrary, CreationFlags, OpenFlags, SA_CKPT_DEFAULT_SECTION_ID } from 'chorale/ckpt';
import type { Ckpt, CkptCheckpoint } from 'chorale/ckpt';
import { openCpg } from '../core/cpg.js';
import { LoopbackRing } from './ais/loopback.js';

const NODES = 3;
/** Requests, or messages, under way at once while the rate is measured. */
const AHEAD = 64;
const SECTION = { sectionId: SA_CKPT_DEFAULT_SECTION_ID };

const numbers = (text: string): number[] =>
  text.split(',').map((one) => {
    const value = Number(one);
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give whole numbers from 1.');
    return value;
  });
const command = new Command('ckpt')
  .description('Measure the Checkpoint Service, and CPG beside it.')
  .option('--size <bytes,...>', 'bytes of a write or read', numbers, [100, 10_000, 100_000])
  .option('--seconds <s>', 'how long each measurement lasts', numbers, [2])
  .option('--runs <n>', 'runs of each kind', numbers, [3]);

/** Something done over and over, and how long it took: one after the other, or AHEAD at once. */
class Work {
  constructor(
    private readonly seconds: number,
    private readonly once: () => Promise<unknown>,
  ) {}

  /** How many a second. */
  async rate(): Promise<number> {
    const began = performance.now();
    const until = began + 1000 * this.seconds;
    let done = 0;
    const line = async (): Promise<void> => {
      for (; performance.now() < until; done++) await this.once();
    };
    await Promise.all(Array.from({ length: AHEAD }, line));
    return Math.round(done / ((performance.now() - began) / 1000));
  }

  /** Microseconds of one, the median. */
  async latency(): Promise<number> {
    const times: number[] = [];
    for (const until = performance.now() + 1000 * this.seconds; performance.now() < until;) {
      const began = performance.now();
      await this.once();
      times.push(performance.now() - began);
    }
    return Math.round(1000 * times.sort((a, b) => a - b)[times.length >> 1]!);
  }
}

/** Messages from node 1 to a group with a member on each node, done when the sender has its own. */
async function cpgWork(ring: LoopbackRing, data: Uint8Array, seconds: number) {
  const clients = await Promise.all(Array.from({ length: NODES }, (_, i) => openCpg({ path: ring.path(i + 1) })));
  const waiting: (() => void)[] = [];
  const reading = clients.map(async (client, i) => {
    for await (const one of client.events()) if (i === 0 && one.kind === 'message') waiting.shift()?.();
  });
  for (const client of clients) await client.join('bench');
  const once = async (): Promise<void> => {
    const own = new Promise<void>((resolve) => waiting.push(resolve));
    await clients[0]!.multicast(data);
    await own;
  };
  const close = async (): Promise<void> => {
    for (const client of clients) client.close();
    await Promise.allSettled(reading);
  };
  return { work: new Work(seconds, once), close };
}

/** A checkpoint of one section. */
async function checkpointOn(ckpt: Ckpt, creationFlags: number, size: number): Promise<CkptCheckpoint> {
  const limits = { checkpointSize: size, maxSections: 1, maxSectionSize: size, maxSectionIdSize: 0 };
  const { READ, WRITE, CREATE } = OpenFlags;
  const attributes = { creationFlags, retentionDuration: 0n, ...limits };
  return ckpt.checkpointOpen(`bench ${creationFlags} ${size}`, attributes, READ | WRITE | CREATE, SA_TIME_END);
}

async function measure(ring: LoopbackRing, size: number, seconds: number): Promise<Record<string, number>> {
  const dataBuffer = new Uint8Array(size).fill(7);
  const ckpt = await new CkptLibrary(daemonBindings({ path: ring.path(1) })).initialize({}, B_01_01);
  const all = await checkpointOn(ckpt, CreationFlags.WR_ALL_REPLICAS, size);
  const active = await checkpointOn(ckpt, CreationFlags.WR_ACTIVE_REPLICA, size);
  const writes = (checkpoint: CkptCheckpoint): Work =>
    new Work(seconds, () => checkpoint.write([{ ...SECTION, dataBuffer }]));
  const read = new Work(seconds, async () => {
    const [data] = await all.read([SECTION]);
    if (data?.length !== size) throw new Error(`a read gave ${data?.length} bytes, ${size} were written`);
  });
  const cpg = await cpgWork(ring, dataBuffer, seconds);
  const result = {
    writesPerSecond: await writes(all).rate(),
    activeWritesPerSecond: await writes(active).rate(),
    cpgMessagesPerSecond: await cpg.work.rate(),
    writeMicroseconds: await writes(all).latency(),
    activeWriteMicroseconds: await writes(active).latency(),
    readMicroseconds: await read.latency(),
    cpgMicroseconds: await cpg.work.latency(),
  };
  await ckpt.finalize();
  await cpg.close();
  const share = Number((result.activeWritesPerSecond / result.cpgMessagesPerSecond).toFixed(2));
  return { ...result, share };
}

async function main(): Promise<void> {
  const { size: sizes, seconds, runs } = command.opts<Record<string, number[]>>();
  const ring = await LoopbackRing.of('chorale/ckpt');
  try {
    for (let run = 1; run <= runs![0]!; run++) {
      for (const size of sizes!) {
        const measured = await measure(ring, size, seconds![0]!);
        console.log(JSON.stringify({ bench: 'ckpt', run, nodes: NODES, size, ...measured }));
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

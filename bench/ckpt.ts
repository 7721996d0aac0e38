/**
 * Writes a second and latencies of the Checkpoint Service by size, and what the CPG layer under it does in their place, on
 * three daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { CkptLibrary, CreationFlags, OpenFlags, SA_CKPT_DEFAULT_SECTION_ID } from 'chorale/ckpt';
import type { Ckpt, CkptCheckpoint } from 'chorale/ckpt';
import { bench, benchCommand, ratio } from './ais/command.js';
import { cpgGroup } from './ais/cpg-group.js';
import type { LoopbackRing } from './ais/loopback.js';
import { latencyOf, rateOfLines } from './ais/measure.js';

const NODES = 3;
/** Requests, or messages, under way at once while the rate is measured. */
const AHEAD = 64;
const SECTION = { sectionId: SA_CKPT_DEFAULT_SECTION_ID };

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
  const write = (checkpoint: CkptCheckpoint) => () => checkpoint.write([{ ...SECTION, dataBuffer }]);
  const read = async (): Promise<void> => {
    const [data] = await all.read([SECTION]);
    if (data?.length !== size) throw new Error(`a read gave ${data?.length} bytes, ${size} were written`);
  };
  const rate = (once: () => Promise<unknown>) => rateOfLines(ring, Array<typeof once>(AHEAD).fill(once), seconds);
  const cpg = await cpgGroup(ring, NODES, dataBuffer);
  const writes = await rate(write(all));
  const activeWrites = await rate(write(active));
  const messages = await rate(cpg.ownMessage);
  const result = {
    writesPerSecond: writes.perSecond,
    activeWritesPerSecond: activeWrites.perSecond,
    cpgMessagesPerSecond: messages.perSecond,
    share: ratio(activeWrites.perSecond, messages.perSecond),
    writeCpuMicroseconds: writes.cpuMicroseconds,
    activeWriteCpuMicroseconds: activeWrites.cpuMicroseconds,
    cpgCpuMicroseconds: messages.cpuMicroseconds,
    writeMicroseconds: await latencyOf(write(all), seconds),
    activeWriteMicroseconds: await latencyOf(write(active), seconds),
    readMicroseconds: await latencyOf(read, seconds),
    cpgMicroseconds: await latencyOf(cpg.ownMessage, seconds),
  };
  await ckpt.finalize();
  await cpg.close();
  return result;
}

bench(
  benchCommand('ckpt', 'Measure the Checkpoint Service, and CPG beside it.', [100, 10_000, 100_000]),
  'ckpt',
  async function* (ring, { size: sizes, seconds }) {
    for (const size of sizes as readonly number[]) yield { size, ...(await measure(ring, size, seconds)) };
  },
);

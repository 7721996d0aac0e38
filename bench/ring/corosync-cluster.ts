import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configurationOf } from './cluster-config.js';
import type { Transport } from './cluster-config.js';
import { DaemonProcess } from './daemon-process.js';
import type { Hosts } from './hosts.js';
import type { Measured } from './result.js';
import { UsageWatch } from './usage.js';

/** A load may take so many times as long as it was estimated to, and this in any case. */
const PATIENCE = 10;
const PATIENCE_MS = 20_000;
/** Nodes that are asked for counters during a load. */
const ASKED_MOST = 8;
/** What pload ends the process with, when all was delivered. */
const EXIT_DONE_PLOAD = 99;
/** pload does nothing without these words: it ends every corosync of the cluster. */
const START_WORDS = 'i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit';

export interface CorosyncOptions {
  readonly nodes: number;
  readonly transport: Transport;
  readonly seconds: number;
}

/**
 * Forms a ring of fresh Corosync nodes and measures it: under pload's load with messages of `size` bytes that is to last
 * about as long as asked at `estimate` messages a second, or (size 0) with a token that never rests.
 */
export async function runCorosync(
  hosts: Hosts,
  options: CorosyncOptions,
  size: number,
  estimate: number,
): Promise<Measured> {
  const { nodes } = options;
  const directory = mkdtempSync(join(tmpdir(), 'corosync-bench-'));
  const configuration = join(directory, 'corosync.conf');
  writeFileSync(
    configuration,
    configurationOf({
      nodes,
      transport: options.transport,
      addressOf: (id) => hosts.addressOf(id),
      network: hosts.network,
      spinning: size === 0,
    }),
  );
  const processes: DaemonProcess[] = [];
  try {
    for (let host = 1; host <= nodes; host++) {
      processes.push(new DaemonProcess(hosts, 'corosync', host, configuration, join(directory, `${host}`)));
    }
    for (const one of processes) await one.onRingOf(nodes);
    if (size === 0) return await measureRotation(processes, options.seconds);
    return await measureLoad(processes, size, options.seconds, estimate);
  } finally {
    await Promise.all(processes.map((one) => one.end()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureRotation(processes: readonly DaemonProcess[], seconds: number): Promise<Measured> {
  using watch = new UsageWatch(processes.map((one) => one.pid));
  const rotationMicroseconds = await rotationOf(processes[0]!, seconds * 1000);
  const { processors, peakBytes } = watch.stop();
  return {
    messagesPerSecond: 0,
    megabytesPerSecond: 0,
    rotationMicroseconds,
    cpuMicrosecondsPerDelivery: 0,
    processors,
    peakMegabytes: peakBytes / 1e6,
  };
}

async function measureLoad(
  processes: readonly DaemonProcess[],
  size: number,
  seconds: number,
  estimate: number,
): Promise<Measured> {
  const [starter] = processes as [DaemonProcess];
  // pload counts what is delivered, from all nodes together.
  const count = Math.max(1, Math.round(estimate * seconds));
  await starter.exec('corosync-cmapctl', '-s', 'pload.count', 'u32', `${count}`);
  await starter.exec('corosync-cmapctl', '-s', 'pload.size', 'u32', `${size}`);
  using watch = new UsageWatch(processes.map((one) => one.pid));
  await starter.exec('corosync-cmapctl', '-s', 'pload.start', 'str', START_WORDS);
  // The counters are looked at in the middle of the load: at its end the processes are gone.
  const rotation = rotationOf(starter, seconds * 400).catch(() => NaN);
  const retransmitted = rotation.then(() => retransmissions(processes)).catch(() => undefined);
  const rates = await Promise.all(
    processes.map(async (one) => {
      const line = /(\d+) Writes (\d+) bytes per write\s+([\d.]+) seconds runtime,\s+([\d.]+) TP\/S/;
      const { match } = await one.says(line, 0, Math.max(PATIENCE_MS, seconds * 1000 * PATIENCE));
      return Number(match[4]);
    }),
  );
  const usage = watch.stop();
  for (const one of processes) {
    const code = await one.exitCode();
    if (code !== EXIT_DONE_PLOAD) throw new Error(`corosync on host ${one.host} ended with ${code} after its load`);
  }
  const messagesPerSecond = Math.min(...rates);
  return {
    messagesPerSecond,
    megabytesPerSecond: (messagesPerSecond * size) / 1e6,
    rotationMicroseconds: await rotation,
    cpuMicrosecondsPerDelivery: (1e6 * usage.cpuSeconds) / (count * processes.length),
    processors: usage.processors,
    peakMegabytes: usage.peakBytes / 1e6,
    ...(await retransmitted.then((count) => (count === undefined ? {} : { retransmitted: count }))),
    dropped: usage.overflows,
  };
}

/** Frames that the nodes have sent again until now. Undefined if asking so many would slow them down. */
async function retransmissions(processes: readonly DaemonProcess[]): Promise<number | undefined> {
  if (processes.length > ASKED_MOST) return undefined;
  const counts = await Promise.all(processes.map((one) => one.statistic('stats.srp.mcast_retx')));
  return counts.reduce((sum, one) => sum + one, 0);
}

async function rotationOf(node: DaemonProcess, milliseconds: number): Promise<number> {
  const before = await node.tokens();
  await delay(milliseconds);
  const after = await node.tokens();
  return (1000 * (after.at - before.at)) / (after.count - before.count);
}

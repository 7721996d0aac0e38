import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NodeCommand, NodeMessage, NodeReport, NodeSettings } from './chorale-node.js';
import { configurationOf } from './cluster-config.js';
import type { Hosts } from './hosts.js';
import type { Measured } from './result.js';
import { UsageWatch } from './usage.js';

const FORMING_MS = 20_000;
/** More for each node. */
const FORMING_NODE_MS = 1000;
/** What was accepted has to be delivered; how long nothing may come, and how long that may take at most. */
const SILENCE_MS = 10_000;
const DRAINING_MS = 90_000;
/** Of what is missing, so much is told. */
const TOLD_MOST = 3;

export interface ChoraleOptions {
  readonly nodes: number;
  readonly transport: 'udpu' | 'udp';
  readonly segmentation: boolean;
  readonly seconds: number;
  /** Node's own options for the nodes, such as --cpu-prof. */
  readonly nodeFlags: readonly string[];
  /** A compiled chorale-node.js of another build; missing: this build's. */
  readonly program?: string | undefined;
}

/** One process a node; a run begins with fresh ones, as Corosync's does. */
class ChoraleProcess {
  private readonly child: ChildProcess;
  private members: readonly number[] = [];
  private changed = (): void => undefined;
  private reported: ((report: NodeReport) => void) | undefined;

  constructor(
    hosts: Hosts,
    readonly host: number,
    settings: NodeSettings,
    { nodeFlags, program }: ChoraleOptions,
  ) {
    const words = program === undefined ? nodeProgram() : [program];
    const command = [process.execPath, ...nodeFlags, ...words, JSON.stringify(settings)];
    this.child = hosts.spawn(host, command, ['ignore', 'inherit', 'inherit', 'ipc']);
    this.child.on('message', (message: NodeMessage) => {
      if ('synchronized' in message) this.members = message.synchronized;
      else this.reported?.(message.report);
      this.changed();
    });
    this.child.on('exit', () => this.changed());
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits until its ring has this many members and is synchronized. */
  async onRingOf(count: number): Promise<void> {
    const deadline = performance.now() + FORMING_MS + count * FORMING_NODE_MS;
    while (this.members.length !== count) {
      const left = deadline - performance.now();
      if (this.ended) throw new Error(`Chorale's node ${this.host} ended early; see what it wrote`);
      if (left < 0) throw new Error(`Chorale's node ${this.host} sees ${this.members.length} members, not ${count}`);
      await Promise.race([delay(left), new Promise<void>((resolve) => (this.changed = resolve))]);
    }
  }

  tell(command: NodeCommand): void {
    // A node that ends meanwhile is noticed by its end.
    if (this.child.connected) this.child.send(command, () => undefined);
  }

  report(): Promise<NodeReport> {
    return new Promise((resolve, reject) => {
      this.changed = () => {
        if (this.ended) reject(new Error(`Chorale's node ${this.host} ended during the run`));
      };
      this.changed();
      this.reported = resolve;
      this.tell({ report: true });
    });
  }

  private get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    else this.child.kill('SIGKILL');
    await exit;
  }
}

/** The compiled node if this is compiled, the source otherwise. */
function nodeProgram(): string[] {
  if (!import.meta.url.endsWith('.ts')) return [fileURLToPath(new URL('./chorale-node.js', import.meta.url))];
  return ['--import', 'tsx', fileURLToPath(new URL('./chorale-node.ts', import.meta.url))];
}

/**
 * Forms a ring of fresh Chorale nodes and measures it: under load with messages of `size` bytes, or (size 0) with a
 * token that never rests. Rejects if a message was lost, repeated or out of order on any node.
 */
export async function runChorale(hosts: Hosts, options: ChoraleOptions, size: number): Promise<Measured> {
  const { nodes } = options;
  const directory = mkdtempSync(join(tmpdir(), 'chorale-bench-'));
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
  const processes: ChoraleProcess[] = [];
  try {
    for (let host = 1; host <= nodes; host++) {
      const stateDirectory = join(directory, `${host}`);
      mkdirSync(stateDirectory);
      const address = hosts.addressOf(host);
      const settings = { configuration, address, stateDirectory, segmentation: options.segmentation };
      processes.push(new ChoraleProcess(hosts, host, settings, options));
    }
    for (const one of processes) await one.onRingOf(nodes);
    return await measure(hosts, processes, options.seconds, size);
  } finally {
    await Promise.all(processes.map((one) => one.end()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(
  hosts: Hosts,
  processes: readonly ChoraleProcess[],
  seconds: number,
  size: number,
): Promise<Measured> {
  using watch = new UsageWatch(processes.map((one) => one.pid));
  const before = await Promise.all(processes.map((one) => one.report()));
  if (size > 0) for (const one of processes) one.tell({ load: { size } });
  await delay(seconds * 1000);
  const during = await Promise.all(processes.map((one) => one.report()));
  for (const one of processes) one.tell({ stop: true });
  const after = await drained(processes);
  const usage = watch.stop();

  if (after.some((report, i) => report.memberships !== before[i]!.memberships)) {
    throw new Error('the ring changed during the run: the machine is too busy to measure on');
  }
  const rotations = during.map((now, i) => (1000 * (now.at - before[i]!.at)) / (now.tokens - before[i]!.tokens));
  const messagesPerSecond = Math.min(...after.map(({ load }) => load.messagesPerSecond));
  const deliveries = after.reduce((sum, { load }) => sum + load.messages, 0);
  return {
    messagesPerSecond,
    megabytesPerSecond: Math.min(...after.map(({ load }) => load.megabytesPerSecond)),
    rotationMicroseconds: rotations.reduce((sum, one) => sum + one) / rotations.length,
    cpuMicrosecondsPerDelivery: deliveries > 0 ? (1e6 * usage.cpuSeconds) / deliveries : 0,
    processors: usage.processors,
    peakMegabytes: usage.peakBytes / 1e6,
    retransmitted: after.reduce((sum, { retransmitted }) => sum + retransmitted, 0),
    ...(hosts.kind === 'netlab' ? { dropped: usage.overflows } : {}),
  };
}

/** Waits until every node has all that was sent, in each sender's order. */
async function drained(processes: readonly ChoraleProcess[]): Promise<NodeReport[]> {
  const deadline = performance.now() + DRAINING_MS;
  let delivered = 0;
  let deliveredAt = performance.now();
  for (;;) {
    const reports = await Promise.all(processes.map((one) => one.report()));
    for (const { nodeId, load } of reports) {
      if (load.disorder > 0)
        throw new Error(`node ${nodeId} saw ${load.disorder} messages out of their senders' order`);
    }
    const missing = reports.flatMap(({ nodeId, sent }) =>
      reports.filter(({ load }) => (load.senders[nodeId] ?? 0) !== sent).map((at) => ({ from: nodeId, at, sent })),
    );
    if (missing.length === 0) return reports;
    const now = performance.now();
    const messages = reports.reduce((sum, { load }) => sum + load.messages, 0);
    if (messages > delivered) [delivered, deliveredAt] = [messages, now];
    if (now > deadline || now > deliveredAt + SILENCE_MS) {
      const texts = missing.slice(0, TOLD_MOST).map(({ from, at, sent }) => {
        return `node ${at.nodeId} delivered ${at.load.senders[from] ?? 0} of the ${sent} messages of node ${from}`;
      });
      throw new Error(`${texts.join('; ')} (${missing.length} such pairs)`);
    }
    await delay(50);
  }
}

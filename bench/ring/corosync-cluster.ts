import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { configurationOf } from './cluster-config.js';
import type { Hosts } from './hosts.js';
import type { Measured } from './result.js';
import { UsageWatch } from './usage.js';

const FORMING_MS = 20_000;
/** A load may take so many times as long as it was estimated to. */
const PATIENCE = 10;
/** What pload ends the process with, when all was delivered. */
const EXIT_DONE_PLOAD = 99;
/** pload does nothing without these words: it ends every corosync of the cluster. */
const START_WORDS = 'i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit';

const run = promisify(execFile);

export interface CorosyncOptions {
  readonly nodes: number;
  readonly transport: 'udpu' | 'udp';
  readonly seconds: number;
}

/** Debian's corosync on a host, with a /run and a state directory of its own. */
class CorosyncProcess {
  private readonly child: ChildProcess;
  private log = '';
  private heard = (): void => undefined;

  constructor(
    hosts: Hosts,
    readonly host: number,
    configuration: string,
    directory: string,
  ) {
    const runDirectory = join(directory, 'run');
    const state = join(directory, 'state');
    mkdirSync(runDirectory, { recursive: true });
    mkdirSync(state);
    const script = [
      `hostname n${host}`,
      `mount --bind ${runDirectory} /run`,
      'mkdir -p /var/lib/corosync',
      `mount --bind ${state} /var/lib/corosync`,
      `exec corosync -f -c ${configuration}`,
    ].join('\n');
    const command = ['unshare', '-m', '--uts', 'bash', '-ec', script];
    this.child = hosts.spawn(host, command, ['ignore', 'pipe', 'pipe']);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.log += chunk.toString();
        this.heard();
      });
    }
    this.child.on('close', () => this.heard());
  }

  get pid(): number {
    return this.child.pid!;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for a text in the log from character `from` on; returns what of it matched, and where the log goes on. */
  async says(pattern: RegExp, from: number, patienceMs: number): Promise<{ match: RegExpExecArray; end: number }> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const match = pattern.exec(this.log.slice(from));
      if (match !== null) return { match, end: from + match.index + match[0].length };
      const left = deadline - performance.now();
      if (this.ended || left < 0) {
        const tail = this.log.split('\n').slice(-8).join('\n');
        throw new Error(
          `corosync on host ${this.host} ${this.ended ? 'ended' : 'was silent'} before ${pattern}:\n${tail}`,
        );
      }
      await Promise.race([delay(left), new Promise<void>((resolve) => (this.heard = resolve))]);
    }
  }

  async onRingOf(count: number): Promise<void> {
    const { end } = await this.says(new RegExp(`Members\\[${count}\\]`), 0, FORMING_MS);
    await this.says(/Completed service synchronization/, end, FORMING_MS);
  }

  /** Runs corosync-cmapctl in the node's namespaces and returns what it prints. */
  async cmap(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('nsenter', ['-t', `${this.pid}`, '-m', '-n', '--uts', 'corosync-cmapctl', ...words]);
    return stdout;
  }

  /** Tokens received until now, and when that was. */
  async tokens(): Promise<{ count: number; at: number }> {
    const text = await this.cmap('-m', 'stats', '-g', 'stats.srp.orf_token_rx');
    return { count: Number(/= (\d+)/.exec(text)![1]), at: performance.now() };
  }

  async exitCode(): Promise<number | null> {
    if (!this.ended) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async end(): Promise<void> {
    if (!this.ended) this.child.kill('SIGKILL');
    await this.exitCode();
  }
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
  const processes: CorosyncProcess[] = [];
  try {
    for (let host = 1; host <= nodes; host++) {
      processes.push(new CorosyncProcess(hosts, host, configuration, join(directory, `${host}`)));
    }
    for (const one of processes) await one.onRingOf(nodes);
    if (size === 0) return await measureRotation(processes, options.seconds);
    return await measureLoad(processes, size, options.seconds, estimate);
  } finally {
    await Promise.all(processes.map((one) => one.end()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureRotation(processes: readonly CorosyncProcess[], seconds: number): Promise<Measured> {
  const watch = new UsageWatch(processes.map((one) => one.pid));
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
  processes: readonly CorosyncProcess[],
  size: number,
  seconds: number,
  estimate: number,
): Promise<Measured> {
  const [starter] = processes as [CorosyncProcess];
  // pload counts what is delivered, from all nodes together.
  await starter.cmap('-s', 'pload.count', 'u32', `${Math.round(estimate * seconds)}`);
  await starter.cmap('-s', 'pload.size', 'u32', `${size}`);
  const watch = new UsageWatch(processes.map((one) => one.pid));
  await starter.cmap('-s', 'pload.start', 'str', START_WORDS);
  // The token is looked at in the middle of the load: at its end the processes are gone.
  const rotation = rotationOf(starter, seconds * 400).catch(() => NaN);
  const rates = await Promise.all(
    processes.map(async (one) => {
      const line = /(\d+) Writes (\d+) bytes per write\s+([\d.]+) seconds runtime,\s+([\d.]+) TP\/S/;
      const { match } = await one.says(line, 0, seconds * 1000 * PATIENCE);
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
    cpuMicrosecondsPerDelivery: (1e6 * usage.processors) / (messagesPerSecond * processes.length),
    processors: usage.processors,
    peakMegabytes: usage.peakBytes / 1e6,
  };
}

async function rotationOf(node: CorosyncProcess, milliseconds: number): Promise<number> {
  const before = await node.tokens();
  await delay(milliseconds);
  const after = await node.tokens();
  return (1000 * (after.at - before.at)) / (after.count - before.count);
}

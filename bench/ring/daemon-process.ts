import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Hosts } from './hosts.js';

const FORMING_MS = 20_000;
/** More for each node. */
const FORMING_NODE_MS = 1000;
/** The daemon of this build. */
const CHORALED = fileURLToPath(new URL('../../core/cli/choraled.js', import.meta.url));

const run = promisify(execFile);

/** Whose daemon. */
export type System = 'chorale' | 'corosync';

/** A daemon on a host, Chorale's or Debian's corosync, with a /run and a state directory of its own. */
export class DaemonProcess {
  private readonly child: ChildProcess;
  private log = '';
  private heard = (): void => undefined;

  constructor(
    hosts: Hosts,
    readonly system: System,
    readonly host: number,
    configuration: string,
    directory: string,
  ) {
    const runDirectory = join(directory, 'run');
    const state = join(directory, 'state');
    mkdirSync(runDirectory, { recursive: true });
    mkdirSync(state);
    const program = system === 'corosync' ? 'corosync' : `${process.execPath} ${CHORALED}`;
    const script = [
      `hostname n${host}`,
      `mount --bind ${runDirectory} /run`,
      'mkdir -p /var/lib/corosync',
      `mount --bind ${state} /var/lib/corosync`,
      // A daemon that is killed leaves its clients' shared memory: here it goes with the last process.
      'mount -t tmpfs tmpfs /dev/shm',
      `exec ${program} -f -c ${configuration}`,
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
        const what = this.ended ? 'ended' : 'was silent';
        throw new Error(`${this.system} on host ${this.host} ${what} before ${pattern}:\n${this.tail}`);
      }
      await Promise.race([delay(left), new Promise<void>((resolve) => (this.heard = resolve))]);
    }
  }

  /** Waits until the node is on a ring of so many nodes and lets clients in. */
  async onRingOf(count: number): Promise<void> {
    const deadline = performance.now() + FORMING_MS + count * FORMING_NODE_MS;
    for (;;) {
      const text = await this.exec('corosync-quorumtool', '-s').catch(
        (error: { stdout?: string }) => error.stdout ?? '',
      );
      if (new RegExp(`^Nodes:\\s+${count}$`, 'm').test(text) && /^Quorate:\s+Yes$/m.test(text)) return;
      if (this.ended || performance.now() > deadline) {
        throw new Error(`${this.system} on host ${this.host} formed no ring of ${count}:\n${this.tail}`);
      }
      await delay(50);
    }
  }

  private get tail(): string {
    return this.log.split('\n').slice(-8).join('\n');
  }

  /** Runs a program in the node's namespaces and returns what it prints. */
  exec(...command: readonly string[]): Promise<string> {
    return this.execUntil({}, ...command);
  }

  /** The same with an end: a time-out in ms, or a signal. */
  async execUntil(end: { timeout?: number; signal?: AbortSignal }, ...command: readonly string[]): Promise<string> {
    const words = ['-t', `${this.pid}`, '-m', '-n', '--uts', ...command];
    const { stdout } = await run('nsenter', words, { killSignal: 'SIGKILL', ...end });
    return stdout;
  }

  /** Tokens received until now, and when that was. */
  async tokens(): Promise<{ count: number; at: number }> {
    const count = await this.statistic('stats.srp.orf_token_rx');
    return { count, at: performance.now() };
  }

  /** A counter of cmap's `stats` map, which Chorale's daemon and Corosync's have alike. */
  async statistic(key: string): Promise<number> {
    const text = await this.exec('corosync-cmapctl', '-m', 'stats', '-g', key);
    return Number(/= (\d+)/.exec(text)![1]);
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

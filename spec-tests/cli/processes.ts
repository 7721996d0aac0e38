import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from '../../core/cli/demo/places.js';
import { Lines } from './lines.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const FROM_SOURCE = ['--import', 'tsx'];

export const CHORALED = join(CHECKOUT, 'core/cli/choraled.ts');
export const CHORALE = join(CHECKOUT, 'core/cli/chorale.ts');

/** A finished program. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Running = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts one of the two commands from its source. */
export function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return spawn(process.execPath, [...FROM_SOURCE, program, ...args], {
    cwd: CHECKOUT,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs one of the two commands to its end; `input` is its standard input. */
export async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Finished> {
  const child = start(program, args, env);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Processes whose arguments hold this text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Resolves when `holds`; for what another process does and nobody tells. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !holds();) {
    if (performance.now() > end) throw new Error(`waited 60 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a test cluster's nodes read. */
export interface Settings {
  readonly nodes?: number;
  /** More lines of the logging section. */
  readonly logging?: readonly string[];
  /** The system section; missing: a state directory and no real-time priority. */
  readonly system?: readonly string[];
  /** Lines of the quorum section; missing: there is none. */
  readonly quorum?: readonly string[];
  /** Names of service sections. */
  readonly services?: readonly string[];
}

/** A cluster of daemons on loopback addresses, with files and a port of its own. */
export class TestCluster {
  readonly directory = mkdtempSync(join(tmpdir(), 'chorale-cli-'));
  readonly runDirectory = join(this.directory, 'run');
  readonly env = { CHORALE_RUN_DIR: this.runDirectory };
  readonly daemons: TestDaemon[] = [];

  private constructor(
    private readonly port: number,
    private readonly settings: Settings,
  ) {
    for (let id = 1; id <= this.count; id++) {
      mkdirSync(this.stateDirectory(id));
      this.configure(id);
    }
  }

  static async make(settings: Settings = {}): Promise<TestCluster> {
    return new TestCluster(await freePort(['127.0.0.1', '127.0.0.2', '127.0.0.3']), settings);
  }

  private get count(): number {
    return this.settings.nodes ?? 1;
  }

  configFile(id: number): string {
    return join(this.directory, `node-${id}.conf`);
  }

  stateDirectory(id: number): string {
    return join(this.directory, `state-${id}`);
  }

  pidFile(id: number): string {
    return join(this.runDirectory, `choraled-n${id}.pid`);
  }

  /** Arguments that make a daemon node `id`. */
  daemonArguments(id: number): string[] {
    return ['-c', this.configFile(id), '-i', `n${id}`];
  }

  /** Writes the configuration of a node, with more lines of the totem section. */
  configure(id: number, totem: readonly string[] = []): void {
    const { system = [`state_dir: ${this.stateDirectory(id)}`, 'sched_rr: no'], logging = [] } = this.settings;
    const nodes = Array.from({ length: this.count }, (_, i) => i + 1).map((node) =>
      section('node', [`ring0_addr: 127.0.0.${node}`, `name: n${node}`, `nodeid: ${node}`]),
    );
    const text = [
      section('totem', [
        'version: 2',
        'cluster_name: test',
        'transport: udpu',
        'ip_version: ipv4',
        ...(totem.some((line) => line.startsWith('token:')) ? [] : ['token: 1000']),
        'token_coefficient: 0',
        ...totem,
        section('interface', ['linknumber: 0', `mcastport: ${this.port}`]),
      ]),
      section('nodelist', nodes),
      section('logging', ['to_stderr: yes', 'to_syslog: no', 'timestamp: off', ...logging]),
      section('system', system),
      ...(this.settings.quorum === undefined ? [] : [section('quorum', this.settings.quorum)]),
      ...(this.settings.services ?? []).map((name) => section('service', [`name: ${name}`])),
    ].join('\n');
    writeFileSync(this.configFile(id), `${text}\n`);
  }

  /** Starts node `id` in the foreground. */
  start(id: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): TestDaemon {
    const child = start(CHORALED, ['-f', ...this.daemonArguments(id), ...args], { ...this.env, ...env });
    const daemon = new TestDaemon(id, child);
    this.daemons.push(daemon);
    return daemon;
  }

  /** Starts all nodes and waits until they are on one ring. */
  async formed(): Promise<TestDaemon[]> {
    const daemons = Array.from({ length: this.count }, (_, i) => this.start(i + 1));
    const ids = daemons.map(({ id }) => id);
    await Promise.all(daemons.map((daemon) => daemon.isWith(this, ids)));
    return daemons;
  }

  /** `chorale` for node `id`. */
  command(id: number, ...args: string[]): Promise<Finished> {
    return run(CHORALE, ['-i', `n${id}`, ...args], this.env);
  }

  /** Ends what runs and removes the files; fails if a process is left. */
  async close(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.kill()));
    const left = processesWith(this.directory);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
    expect(left, 'processes left over').to.deep.equal([]);
  }
}

/** A daemon in the foreground. */
export class TestDaemon {
  readonly log: Lines;
  private readonly closed: Promise<number | null>;

  constructor(
    readonly id: number,
    readonly child: Running,
  ) {
    this.log = new Lines(child.stderr);
    child.stdout.resume();
    child.stdin.on('error', () => undefined);
    this.closed = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  }

  /** Its exit code; null if a signal ended it. */
  ended(): Promise<number | null> {
    return this.closed;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  async synchronized(): Promise<void> {
    await this.log.find(/Completed service synchronization/);
  }

  /** Waits until the daemon says that it is on a ring with exactly these nodes. */
  async isWith(cluster: TestCluster, ids: readonly number[]): Promise<void> {
    for (let seen = 0; ;) {
      await this.log.find(/Completed service synchronization/, seen);
      seen = this.log.all.length;
      const { stdout } = await cluster.command(this.id, 'status', '--json');
      const status = JSON.parse(stdout) as { state: string; members: number[] };
      if (status.state === 'operational' && status.members.join(' ') === ids.join(' ')) return;
    }
  }
}

function section(name: string, lines: readonly string[]): string {
  return `${name} {\n${lines.join('\n')}\n}`;
}

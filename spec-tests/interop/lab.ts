import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../core/ipc/control-client.js';

/**
 * The laboratory of the interoperability tests: hosts that are network namespaces (../shared/lab/netlab), and on each a
 * real process, Chorale's daemon or Debian's corosync, with a /run and a state directory of its own.
 */

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const NETLAB = join(CHECKOUT, '../shared/lab/netlab');
/** What lets a program in a host's namespaces run TypeScript: its working directory is not the checkout. */
export const TSX = createRequire(import.meta.url).resolve('tsx');
const CHORALED = process.env['CHORALED'] ?? join(CHECKOUT, 'dist/core/cli/choraled.js');

/** What is missing to run these tests, or undefined. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'root';
  for (const [what, path] of [
    ['the lab (../shared/lab/netlab)', NETLAB],
    ["Debian's corosync package", '/usr/sbin/corosync'],
    ['iproute2', '/usr/sbin/ip'],
    ['nftables', '/usr/sbin/nft'],
    ['libcpg-dev', '/usr/include/corosync/cpg.h'],
    ['the built daemon (npm run build)', CHORALED],
  ] as const) {
    try {
      accessSync(path);
    } catch {
      return what;
    }
  }
  return undefined;
}

/** Skips the suite where the machine lacks what it needs; in CI that is a failure. */
export function needsLab(suite: Mocha.Suite): void {
  const lack = missing();
  if (lack === undefined) return;
  suite.beforeAll(function () {
    if (process.env['CI']) throw new Error(`the interoperability tests need ${lack}: see .ci/run`);
    console.log(`      skipped: needs ${lack}`);
    this.skip();
  });
}

export type Kind = 'chorale' | 'corosync';

/** What a test cluster's nodes all read. */
export interface ClusterSettings {
  readonly nodes: number;
  readonly transport: 'udpu' | 'udp';
  readonly ipVersion?: 4 | 6;
  /** totem.token in ms, before the addition for nodes above two. */
  readonly token?: number;
  /** Where udp sends to: an address that is given, the one that follows from the cluster name, or broadcast. */
  readonly group?: 'given' | 'automatic' | 'broadcast';
  /** Of the hosts' links. */
  readonly mtu?: number;
  /** More lines of the totem section. */
  readonly totem?: readonly string[];
  /** More lines of the quorum section. */
  readonly quorum?: readonly string[];
  /** Names of service sections. */
  readonly services?: readonly string[];
  /** Clients of Chorale's services connect from outside the hosts, at `Daemon.socket`: its run directory is not the usual one. */
  readonly clientsOutside?: boolean;
  /** Hosts, if more than nodes. */
  readonly hosts?: number;
}

export function addressOf(host: number, ipVersion: 4 | 6 = 4): string {
  return ipVersion === 6 ? `fd77::${host.toString(16)}` : `10.77.0.${host}`;
}

function configurationText(settings: ClusterSettings): string {
  const { nodes, transport, ipVersion = 4, token = 1000, group = 'given', totem = [], quorum = [] } = settings;
  const services = (settings.services ?? []).map((name) => `service {\n  name: ${name}\n}`);
  const multicast = ipVersion === 6 ? 'ff15::7:1' : '239.255.7.1';
  const destination = group === 'broadcast' ? 'broadcast: yes' : `mcastaddr: ${multicast}`;
  const bindnet = `bindnetaddr: ${addressOf(0, ipVersion)}`;
  const interfaceSection =
    transport === 'udp' && group !== 'automatic'
      ? ['  interface {', `    ${bindnet}`, `    ${destination}`, '    mcastport: 5405', '  }']
      : [];
  const nodeSections = Array.from({ length: nodes }, (_, i) => i + 1).flatMap((id) => [
    '  node {',
    `    ring0_addr: ${addressOf(id, ipVersion)}`,
    `    name: n${id}`,
    `    nodeid: ${id}`,
    '  }',
  ]);
  return [
    'totem {',
    '  version: 2',
    '  cluster_name: lab',
    `  transport: ${transport}`,
    `  ip_version: ipv${ipVersion}`,
    `  token: ${token}`,
    ...totem.map((line) => `  ${line}`),
    ...interfaceSection,
    '}',
    'nodelist {',
    ...nodeSections,
    '}',
    'quorum {',
    '  provider: corosync_votequorum',
    ...quorum.map((line) => `  ${line}`),
    '}',
    'logging {',
    '  to_stderr: yes',
    '  to_syslog: no',
    '  timestamp: hires',
    '}',
    'system {',
    '  sched_rr: no',
    '}',
    ...services,
    '',
  ].join('\n');
}

/** How long anything in the laboratory may take before the test says what it waited for. */
const PATIENCE_MS = 60_000;

/** Resolves when `holds` returns something: for what other processes do, of which no event tells. */
export async function eventually<T>(
  what: string,
  holds: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await holds();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lines that a process writes, with waiting for one. */
class Lines {
  private readonly lines: string[] = [];
  private rest = '';

  add(chunk: Buffer | string): void {
    const parts = (this.rest + chunk.toString()).split('\n');
    this.rest = parts.pop()!;
    this.lines.push(...parts);
  }

  get count(): number {
    return this.lines.length;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  since(from: number): readonly string[] {
    return this.lines.slice(from);
  }

  async find(pattern: RegExp, from: number, who: string, patienceMs?: number): Promise<string> {
    return eventually(
      `a line ${pattern} of ${who}; its last lines:\n${this.lines.slice(-15).join('\n')}`,
      () => this.lines.slice(from).find((line) => pattern.test(line)),
      patienceMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.lines.slice(-15).join('\n')}`);
    });
  }
}

interface Membership {
  readonly ring: string;
  readonly members: readonly number[];
}

/** A daemon on a host. */
export class Daemon {
  readonly output = new Lines();
  private child: ChildProcess | undefined;

  constructor(
    readonly lab: Lab,
    readonly host: number,
    readonly kind: Kind,
    private readonly directory: string,
  ) {}

  start(): this {
    const run = join(this.directory, 'run');
    const state = join(this.directory, 'state');
    mkdirSync(run, { recursive: true });
    mkdirSync(state, { recursive: true });
    const program =
      this.kind === 'corosync'
        ? 'exec corosync'
        : `CHORALE_RUN_DIR=/run/${this.runName} exec ${process.execPath} ${process.env['CHORALED_ARGS'] ?? ''} ${CHORALED}`;
    const script = [
      `hostname n${this.host}`,
      `mount --bind ${run} /run`,
      'mkdir -p /var/lib/corosync',
      `mount --bind ${state} /var/lib/corosync`,
      `${program} -f -c ${this.lab.configuration}`,
    ].join('\n');
    const child = spawn(NETLAB, ['exec', `${this.host}`, 'unshare', '-m', '--uts', 'bash', '-ec', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => this.output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.output.add(chunk));
    this.child = child;
    return this;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) this.child!.kill(name);
  }

  /** Waits for the process to be gone; its exit code, null if a signal ended it. */
  async ended(): Promise<number | null> {
    await eventually(`the end of ${this.name}`, () => !this.running);
    return this.child!.exitCode;
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.ended();
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  get name(): string {
    return `${this.kind} on host ${this.host}`;
  }

  /** Runs a command on the host, in the daemon's namespaces, and returns its output whatever its status. */
  exec(...command: string[]): string {
    try {
      return execFileSync('nsenter', ['-t', `${this.pid}`, '-m', '-n', '--uts', ...command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      return `${(error as { stdout?: string }).stdout ?? ''}`;
    }
  }

  /** The ring this node is on, once it is synchronized there. */
  membership(): Promise<Membership | undefined> {
    return this.kind === 'corosync' ? Promise.resolve(this.corosyncMembership()) : this.choraleMembership();
  }

  private corosyncMembership(): Membership | undefined {
    const text = this.exec('corosync-quorumtool', '-s');
    const ring = /^Ring ID:\s+(\S+)/m.exec(text)?.[1];
    const table = text.split(/^\s+Nodeid.*$/m)[1];
    if (ring === undefined || table === undefined) return undefined;
    // A quorum device is listed as node 0.
    const members = [...table.matchAll(/^\s+([1-9]\d*)\s/gm)].map((match) => Number(match[1]));
    return { ring, members };
  }

  private async choraleMembership(): Promise<Membership | undefined> {
    let control: ControlClient | undefined;
    try {
      control = await ControlClient.connect({ path: this.socket });
      const { state, ringId, members } = await control.status();
      return state === 'operational' && ringId !== undefined ? { ring: ringId, members: [...members] } : undefined;
    } catch {
      return undefined; // not up yet, or gone
    } finally {
      control?.close();
    }
  }

  /** Where Chorale's commands connect, as seen from outside its namespaces. */
  get socket(): string {
    return join(this.directory, 'run', this.runName, 'choraled.sock');
  }

  private get runName(): string {
    return this.lab.settings.clientsOutside === true ? 'lab' : 'chorale';
  }

  /** Waits until this node is on a ring of exactly these members and has synchronized; returns the ring id. */
  async on(members: readonly number[], patienceMs?: number): Promise<string> {
    const wanted = members.join(' ');
    let last: Membership | undefined;
    return eventually(
      `a ring of ${wanted} at ${this.name}`,
      async () => {
        last = await this.membership();
        const now = last;
        return now !== undefined && now.members.join(' ') === wanted ? now.ring : undefined;
      },
      patienceMs,
    ).catch((error: Error) => {
      const log = this.output.since(Math.max(0, this.output.count - 20)).join('\n');
      throw new Error(`${error.message}; now ${JSON.stringify(last)}\n${log}`);
    });
  }

  /** A CPG program on this host, joined to `group`: libcpg's on corosync, the TypeScript client's on Chorale. */
  client(group: string): Promise<Client> {
    return Client.start(this, group);
  }
}

interface Report {
  readonly delivered: number;
  readonly errors: number;
  readonly digest: string;
}

export interface Change {
  readonly members: readonly { node: number; pid: number }[];
  readonly left: readonly { node: number; pid: number; reason: number }[];
  readonly joined: readonly { node: number; pid: number; reason: number }[];
}

/** A CPG program in the laboratory; see cpg-client.c for what it takes and prints. */
export class Client {
  readonly output = new Lines();
  private seen = 0;

  private constructor(
    readonly daemon: Daemon,
    private readonly child: ChildProcess,
  ) {}

  static async start(daemon: Daemon, group: string): Promise<Client> {
    const command =
      daemon.kind === 'corosync'
        ? [daemon.lab.cpgClient, group]
        : [process.execPath, '--import', TSX, join(CHECKOUT, 'spec-tests/interop/chorale-client.ts'), group];
    const inNamespaces = ['nsenter', '-t', `${daemon.pid}`, '-m', '-n', '--uts', ...command];
    const child = spawn(inNamespaces[0]!, inNamespaces.slice(1), { cwd: CHECKOUT, stdio: ['pipe', 'pipe', 'pipe'] });
    const client = new Client(daemon, child);
    child.stdout.on('data', (chunk: Buffer) => client.output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => client.output.add(chunk));
    daemon.lab.clients.push(client);
    await client.next('joined');
    return client;
  }

  private get name(): string {
    return `the client of ${this.daemon.name}`;
  }

  /** The next line with this key, after the one found last. */
  async next<T>(key: string, patienceMs?: number): Promise<T> {
    const line = await this.output.find(new RegExp(`^{"${key}":`), this.seen, this.name, patienceMs);
    this.seen = this.output.since(0).indexOf(line, this.seen) + 1;
    return (JSON.parse(line) as Record<string, T>)[key]!;
  }

  /** The first change, from the beginning, that satisfies `fits`. */
  async change(fits: (change: Change) => boolean, patienceMs?: number): Promise<Change> {
    return eventually(`a fitting change at ${this.name}`, () => this.changes().find(fits), patienceMs).catch(
      (error: Error) => {
        throw new Error(`${error.message}; it saw\n${this.output.since(0).slice(-8).join('\n')}`);
      },
    );
  }

  changes(): Change[] {
    return this.output
      .since(0)
      .filter((line) => line.startsWith('{"change":'))
      .map((line) => (JSON.parse(line) as { change: Change }).change);
  }

  /** Deliveries so far as `tag:number:length`. */
  deliveries(): string[] {
    return this.output
      .since(0)
      .filter((line) => line.startsWith('{"deliver":'))
      .map((line) => (JSON.parse(line) as { deliver: { tag: number; number: number; length: number } }).deliver)
      .map(({ tag, number, length }) => `${tag}:${number}:${length}`);
  }

  async delivered(count: number, patienceMs?: number): Promise<void> {
    await eventually(`${count} deliveries at ${this.name}`, () => this.deliveries().length >= count, patienceMs).catch(
      (error: Error) => {
        throw new Error(
          `${error.message}: ${this.deliveries().length} came; ${this.output.since(0).slice(-5).join('\n')}`,
        );
      },
    );
  }

  say(command: string): void {
    this.child.stdin!.write(`${command}\n`);
  }

  send(size: number, count = 1): void {
    this.say(`send ${size} ${count}`);
  }

  async report(): Promise<Report> {
    this.say('report');
    return this.next<Report>('report');
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}

/** One cluster on fresh hosts. */
export class Lab {
  readonly daemons: Daemon[] = [];
  readonly clients: Client[] = [];
  readonly configuration: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'chorale-lab-'));

  constructor(readonly settings: ClusterSettings) {
    this.configuration = join(this.directory, 'corosync.conf');
    writeFileSync(this.configuration, configurationText(settings));
    netlab('up', `${settings.hosts ?? settings.nodes}`, ...(settings.mtu === undefined ? [] : [`${settings.mtu}`]));
  }

  /** The libcpg program, built once a laboratory. */
  get cpgClient(): string {
    const program = join(this.directory, 'cpg-client');
    try {
      accessSync(program);
    } catch {
      const source = join(CHECKOUT, 'spec-tests/interop/cpg-client.c');
      execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source, '-lcpg'], { stdio: 'inherit' });
    }
    return program;
  }

  /** A daemon on `host`, not started. */
  daemon(host: number, kind: Kind): Daemon {
    const daemon = new Daemon(this, host, kind, join(this.directory, `${host}`));
    this.daemons.push(daemon);
    return daemon;
  }

  /** Starts a daemon of each kind on hosts 1, 2, 3 ... */
  start(...kinds: Kind[]): Daemon[] {
    return kinds.map((kind, i) => this.daemon(i + 1, kind).start());
  }

  /** Waits until all running daemons are on one ring of them all; returns its id. */
  async oneRing(patienceMs?: number): Promise<string> {
    const running = this.daemons.filter((daemon) => daemon.running);
    const members = running.map((daemon) => daemon.host).sort((a, b) => a - b);
    let rings: string[] = [];
    return eventually(
      `one ring of ${members.join(' ')}`,
      async () => {
        const seen = await Promise.all(running.map((daemon) => daemon.membership()));
        rings = seen.map((now) => (now ? `${now.ring}[${now.members.join(' ')}]` : 'none'));
        return new Set(rings).size === 1 && seen[0]?.members.join(' ') === members.join(' ') && seen[0].ring;
      },
      patienceMs,
    ).catch((error: Error) => {
      const logs = running.map(
        (daemon) => `--- ${daemon.name}\n${daemon.output.since(Math.max(0, daemon.output.count - 12)).join('\n')}`,
      );
      throw new Error(`${error.message}; rings are ${rings.join(', ')}\n${logs.join('\n')}`);
    });
  }

  split(one: readonly number[], other: readonly number[]): void {
    netlab('split', one.join(','), other.join(','));
  }

  heal(): void {
    netlab('heal');
  }

  loss(host: number, percent: number): void {
    netlab('loss', `${host}`, `${percent}`);
  }

  /** Ends everything and removes the hosts. Keeps the logs of a failed test in CHORALE_LAB_LOGS, if that is set. */
  async close(): Promise<void> {
    for (const client of this.clients) client.end();
    for (const daemon of this.daemons) {
      daemon.signal('SIGCONT');
      if (daemon.running) await daemon.kill();
      const keep = process.env['CHORALE_LAB_LOGS'];
      if (keep) writeFileSync(join(keep, `${daemon.host}-${daemon.kind}.log`), daemon.output.text);
    }
    netlab('down');
    removeShared();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Corosync and Pacemaker leave their connections' shared memory behind when they are killed: some MiB each. */
function removeShared(): void {
  for (const name of readdirSync('/dev/shm')) {
    const pid = /^qb-(?:corosync-)?(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join('/dev/shm', name), { recursive: true, force: true });
  }
}

function netlab(...words: string[]): void {
  execFileSync(NETLAB, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

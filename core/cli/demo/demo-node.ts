import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CsError } from '../../base/errors.js';
import { nodeClock } from '../../host/bindings/node-clock.js';
import type { NodeStatus } from '../../host/node-status.js';
import { connect } from '../../ipc/client.js';
import { ControlClient } from '../../ipc/control-client.js';
import { CpgClient } from '../../services/cpg/client.js';
import type { CpgEvent } from '../../services/cpg/client.js';
import { formatRingId } from '../../totem/ring.js';
import { readLogLine } from './log-line.js';
import type { LogLine } from './log-line.js';
import type { Delivery } from './order-check.js';
import { configFile, instanceOf } from './places.js';
import type { Places } from './places.js';

const GROUP = 'demo';
/** Between two tries to reach a daemon that is starting, and between two looks at its status. */
const RETRY_MS = 50;
const STATUS_MS = 250;
/** Multicasts under way before no more are asked for. */
const MOST_PENDING = 256;
/** How long a node may take to leave before it is killed. */
const STOP_DEADLINE_MS = 7000;
/** Last lines of the log kept, to show when the node ends by itself. */
const KEPT_LINES = 12;

/** What a node is doing, as the person sees it; `status` has what the daemon says. */
export type NodeLife = 'starting' | 'up' | 'stopping' | 'killed' | 'left' | 'failed';

/** Who wants to know what happens to a node. */
export interface NodeListener {
  /** The node was told who is on the ring and in the group. */
  changed(node: number, key: string, members: readonly number[]): void;
  delivered(node: number, delivery: Delivery): void;
  logged(node: number, line: LogLine): void;
  /** The process has ended; `byItself` has why if nobody asked it to. */
  ended(node: number, byItself?: string): void;
}

type DaemonProcess = ChildProcessByStdio<Writable, null, Readable>;

/** One node of the demonstration: a choraled of its own, commanded and used as any client does. */
export class DemoNode {
  life: NodeLife = 'left';
  status: NodeStatus | undefined;
  /** Messages given to the daemon in this life of the node. */
  sent = 0;
  private delivered = 0;
  private pending = 0;
  private child: DaemonProcess | undefined;
  private client: CpgClient | undefined;
  private ringId: string | undefined;
  private members: readonly number[] = [];
  private lastLines: string[] = [];
  /** How it was asked to end. */
  private asked: 'killed' | 'left' | undefined;

  constructor(
    readonly id: number,
    private readonly places: Places,
    private readonly listener: NodeListener,
  ) {}

  get runs(): boolean {
    return this.child !== undefined;
  }

  /** Process id of the daemon; 0 if it does not run. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  start(): void {
    if (this.child !== undefined) return;
    const child: DaemonProcess = spawn(
      process.execPath,
      [...process.execArgv, daemonFile(), '-f', '--with-stdin', ...this.daemonArguments()],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        // Out of the terminal's reach: Ctrl-C and its closing are for the demonstration, which ends the nodes in order.
        detached: true,
        env: { ...process.env, CHORALE_RUN_DIR: this.places.runDirectory },
      },
    );
    this.child = child;
    this.life = 'starting';
    this.asked = undefined;
    this.sent = this.delivered = this.pending = 0;
    this.lastLines = [];
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stderr }).on('line', (line) => this.line(line));
    child.on('error', (error) => this.ended(child, error.message));
    child.on('close', (code, signal) =>
      this.ended(child, signal === null ? `exit code ${code}` : `killed by ${signal}`),
    );
    void this.attend(child);
  }

  /** Ends the process without a word, as a crash of the machine does. */
  kill(): void {
    this.asked = 'killed';
    this.child?.kill('SIGKILL');
  }

  /** Leaves the ring politely. */
  leave(): void {
    if (this.child === undefined) return;
    this.asked = 'left';
    this.life = 'stopping';
    this.child.kill('SIGTERM');
  }

  /** Leaves, or is killed if that takes too long; resolves when the process is gone. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const gone = once(child, 'close');
    this.leave();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await gone;
    clearTimeout(late);
  }

  /** Multicasts up to `count` messages; fewer when the daemon is busy. */
  send(count: number): void {
    const { client } = this;
    if (client === undefined || this.life !== 'up') return;
    const settled = (): void => void (client === this.client && this.pending--);
    for (let i = 0; i < count && this.pending < MOST_PENDING; i++) {
      this.pending++;
      this.sent++;
      client.multicast(messageOf(this.sent)).then(settled, settled);
    }
  }

  /** Whether every message it sent has come back to it. */
  get hasAllOfItsOwn(): boolean {
    return this.pending === 0 && this.delivered === this.sent;
  }

  private daemonArguments(): string[] {
    return ['-c', configFile(this.places, this.id), '-i', instanceOf(this.id)];
  }

  private get socket(): string {
    return join(this.places.runDirectory, `choraled-${instanceOf(this.id)}.sock`);
  }

  /** Looks after one life of the node: connects as soon as that works, then follows its status. */
  private async attend(child: DaemonProcess): Promise<void> {
    const alive = (): boolean => this.child === child;
    const control = await untilConnected(alive, () => ControlClient.connect({ path: this.socket }));
    void this.follow(child, control);
    const connection = await untilConnected(alive, () => connect('cpg', { path: this.socket }));
    if (connection === undefined) return;
    const client = new CpgClient(connection, { pid: process.pid, clock: nodeClock, ringAtJoin: true });
    client.listen((event) => {
      if (alive()) this.event(event);
    });
    this.client = client;
    try {
      await client.join(GROUP);
      if (alive() && this.life === 'starting') this.life = 'up';
    } catch (error) {
      // The connection ends with the daemon, whose end is told elsewhere.
      if (!(error instanceof CsError)) throw error;
    }
  }

  private async follow(child: DaemonProcess, control: ControlClient | undefined): Promise<void> {
    while (control !== undefined && this.child === child) {
      try {
        this.status = await control.status();
      } catch (error) {
        if (error instanceof CsError) break;
        throw error;
      }
      await sleep(STATUS_MS, undefined, { ref: false });
    }
    control?.close();
  }

  private event(event: CpgEvent): void {
    if (event.kind === 'message') {
      const number = numberOf(event.data);
      if (event.sender.nodeId === this.id) this.delivered++;
      this.listener.delivered(this.id, { sender: event.sender.nodeId, number, data: event.data });
      return;
    }
    if (event.kind === 'ring') this.ringId = formatRingId(event.ringId);
    else this.members = event.members.map(({ nodeId }) => nodeId);
    // The ring is told behind the first change of the group; nothing is delivered in between.
    if (this.ringId === undefined) return;
    this.listener.changed(this.id, `ring ${this.ringId} with ${this.members.join(' ')}`, this.members);
  }

  private line(text: string): void {
    this.lastLines.push(text);
    if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
    this.listener.logged(this.id, readLogLine(text));
  }

  private ended(child: DaemonProcess, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.client?.close();
    this.client = undefined;
    this.status = undefined;
    this.ringId = undefined;
    this.members = [];
    this.life = this.asked ?? 'failed';
    if (this.asked !== undefined) this.listener.ended(this.id);
    else this.listener.ended(this.id, `${how}; the end of its log:\n${this.lastLines.join('\n')}`);
  }
}

/** This file is core/cli/demo/demo-node.ts, or .js in a build; the daemon's stands beside its folder. */
function daemonFile(): string {
  const self = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`../choraled${self.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
}

/** Tries again as long as the daemon is not ready; undefined if it ends first. */
async function untilConnected<T>(alive: () => boolean, attempt: () => Promise<T>): Promise<T | undefined> {
  while (alive()) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CsError)) throw error;
      await sleep(RETRY_MS);
    }
  }
  return undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function messageOf(number: number): Uint8Array {
  return encoder.encode(`${number} of the messages in one order, everywhere the same`);
}

function numberOf(data: Uint8Array): number {
  return Number.parseInt(decoder.decode(data), 10);
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { daemonBindings } from 'chorale/sdk';
import type { LibraryBindings } from 'chorale/sdk';
import { Lab, TSX, eventually, needsLab } from './lab.js';
import type { Daemon, Kind } from './lab.js';

/**
 * One AIS service on hosts of the laboratory, with programs of it in processes of their own, that go through the failures
 * that every service has to stand. A program prints lines; each is remembered with when it came.
 */
export class ServiceLab {
  lab!: Lab;
  daemons: Daemon[] = [];
  readonly programs: LabProgram[] = [];

  private constructor(private readonly file: string) {}

  /** Sets a suite up: `file` is what its programs run. */
  static of(
    suite: Mocha.Suite,
    services: readonly string[],
    file: string,
    kinds: readonly Kind[] = ['chorale', 'chorale', 'chorale'],
  ): ServiceLab {
    const made = new ServiceLab(file);
    needsLab(suite);
    suite.beforeAll(async () => {
      made.lab = new Lab({ nodes: kinds.length, transport: 'udpu', services, clientsOutside: true });
      made.daemons = made.lab.start(...kinds);
      await made.lab.oneRing();
    });
    suite.afterAll(async () => {
      for (const program of made.programs) await program.kill();
      await made.lab?.close();
    });
    return made;
  }

  daemon(host: number): Daemon {
    return this.daemons[host - 1]!;
  }

  /** What a library needs to connect from this process to a host's daemon. */
  bindings(host: number): LibraryBindings {
    return daemonBindings({ path: this.daemon(host).socket });
  }

  /** Starts a program on a host: it gets the daemon's socket and `args`. */
  async start(host: number, ...args: string[]): Promise<LabProgram> {
    const file = fileURLToPath(new URL(this.file, import.meta.url));
    const program = new LabProgram(host, file, [this.daemon(host).socket, ...args]);
    this.programs.push(program);
    await program.line('ready');
    return program;
  }

  /** Host 3 is killed; the others go on without it. */
  async killNode(host: number, ...rest: number[]): Promise<void> {
    await this.daemon(host).kill();
    for (const other of rest) await this.daemon(other).on(rest);
  }

  async startNode(host: number): Promise<void> {
    this.daemon(host).start();
    await this.lab.oneRing();
  }

  async part(one: readonly number[], other: readonly number[]): Promise<void> {
    this.lab.split(one, other);
    await Promise.all([this.daemon(one[0]!).on(one), this.daemon(other[0]!).on(other)]);
  }

  async meet(): Promise<void> {
    this.lab.heal();
    await this.lab.oneRing();
  }

  /** Every host is restarted in turn; `between` is called with each when it is back. */
  async restartAll(between: (host: number) => Promise<void>): Promise<void> {
    for (const daemon of this.daemons) {
      await daemon.stop();
      daemon.start();
      await this.lab.oneRing();
      await between(daemon.host);
    }
  }
}

/** A process of a service's program, and what it printed. */
export class LabProgram {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  private rest = '';

  constructor(
    readonly host: number,
    file: string,
    args: readonly string[],
  ) {
    this.child = spawn(process.execPath, ['--import', TSX, file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const parts = (this.rest + chunk.toString()).split('\n');
      this.rest = parts.pop()!;
      this.lines.push(...parts);
    });
  }

  /** Lines that begin with this word, without it. */
  said(word: string): string[] {
    return this.lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  }

  async line(text: string): Promise<void> {
    await eventually(`"${text}" of the program on host ${this.host}`, () => this.lines.includes(text));
  }

  /** Until it has said so many more lines of this word. */
  async more(word: string, count: number): Promise<void> {
    const wanted = this.said(word).length + count;
    await eventually(`${count} more lines "${word}" of the program on host ${this.host}`, () => {
      if (this.child.exitCode !== null) throw new Error(`the program on host ${this.host} has ended`);
      return this.said(word).length >= wanted;
    });
  }

  tell(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await ended;
  }
}

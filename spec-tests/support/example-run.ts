import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** A process of an example, and what it has printed so far. */
export class ExampleProcess {
  text = '';
  private closed = false;
  private heard = (): void => undefined;

  constructor(private readonly child: ChildProcess) {
    const take = (chunk: Buffer): void => {
      this.text += chunk.toString();
      this.heard();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.on('close', () => {
      this.closed = true;
      this.heard();
    });
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      if (this.closed) throw new Error(`it ended before ${pattern}: ${this.text}`);
      await new Promise<void>((resolve) => (this.heard = resolve));
    }
  }

  /** Waits for its end: all that it printed. */
  async output(): Promise<string> {
    while (!this.closed) await new Promise<void>((resolve) => (this.heard = resolve));
    return this.text.trim();
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

/** Runs the commands of an example's README, with the sources in the place of what is built from them. */
export class ExampleRun {
  /** The commands of the shell blocks in order, each with what its comment promises. */
  readonly commands: readonly { readonly command: string; readonly output: string | undefined }[];
  private readonly directory: string;
  private readonly processes: ExampleProcess[] = [];

  constructor(private readonly name: string) {
    const example = join(ROOT, 'examples', name);
    const readme = readFileSync(join(example, 'README.md'), 'utf8');
    this.commands = [...readme.matchAll(/```sh\n([^]*?)```/g)]
      .flatMap((block) => block[1]!.trim().split('\n'))
      .map((line) => line.split(/\s+#\s+/))
      .map(([command, output]) => ({ command: command!, output }))
      .filter(({ command }) => !command.startsWith('mkdir'));
    this.directory = mkdtempSync(join(tmpdir(), `${name}-`));
    mkdirSync(join(this.directory, 'state'));
    const config = readFileSync(join(example, 'corosync.conf'), 'utf8');
    expect(config).to.contain(`/tmp/${name}-example`);
    const own = config
      .replace(`/tmp/${name}-example`, join(this.directory, 'state'))
      .replace(/mcastport: \d+/, `mcastport: ${20_000 + (process.pid % 20_000)}`);
    writeFileSync(join(this.directory, 'corosync.conf'), own);
  }

  start(command: string): ExampleProcess {
    const { name } = this;
    const args = command
      .replace('npx choraled', 'node core/cli/choraled.ts')
      .replace(`dist/examples/${name}/main.js`, `examples/${name}/main.ts`)
      .replace(`examples/${name}/corosync.conf`, join(this.directory, 'corosync.conf'))
      .split(/\s+/);
    expect(args.shift()).to.equal('node');
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: ROOT,
      env: { ...process.env, CHORALE_RUN_DIR: join(this.directory, 'run') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new ExampleProcess(child);
    this.processes.push(started);
    return started;
  }

  async close(): Promise<void> {
    for (const process of this.processes) await process.end('SIGKILL');
    rmSync(this.directory, { recursive: true });
  }
}

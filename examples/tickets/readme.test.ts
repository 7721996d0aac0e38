import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');

/** The commands of README.md's shell blocks. */
function commands(): string[] {
  const readme = readFileSync(join(HERE, 'README.md'), 'utf8');
  return [...readme.matchAll(/```sh\n([^]*?)```/g)]
    .flatMap((block) => block[1]!.trim().split('\n'))
    .map((line) => line.split(/\s+#\s+/)[0]!);
}

describe('the README of the ticket machine', function () {
  this.timeout(180_000);
  let directory: string;
  const running: ChildProcess[] = [];

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tickets-'));
    mkdirSync(join(directory, 'state'));
    const config = readFileSync(join(HERE, 'corosync.conf'), 'utf8')
      .replace('/tmp/tickets-example', join(directory, 'state'))
      .replace('5445', String(10_000 + (process.pid % 10_000)));
    writeFileSync(join(directory, 'corosync.conf'), config);
  });
  after(async () => {
    for (const child of running) await killed(child, 'SIGTERM');
    rmSync(directory, { recursive: true });
  });

  /** Starts a command of the README, with the sources in the place of what is built from them. */
  const start = (command: string): ChildProcess => {
    const args = command
      .replace('npx choraled', 'node core/cli/choraled.ts')
      .replace('dist/examples/tickets/main.js', 'examples/tickets/main.ts')
      .replace('examples/tickets/corosync.conf', join(directory, 'corosync.conf'))
      .split(/\s+/);
    expect(args.shift()).to.equal('node');
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: ROOT,
      env: { ...process.env, CHORALE_RUN_DIR: join(directory, 'run') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    return child;
  };
  const killed = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  };
  /** Waits until the process has printed enough; gives what it has printed, which grows. */
  const printed = (child: ChildProcess, done: (text: string) => boolean): Promise<{ text: string }> =>
    new Promise((finish, fail) => {
      const all = { text: '' };
      const take = (chunk: Buffer): void => {
        all.text += chunk.toString();
        if (done(all.text)) finish(all);
      };
      child.stdout!.on('data', take);
      child.stderr!.on('data', take);
      child.on('close', () => fail(new Error(`it ended: ${all.text}`)));
    });

  it('does what it says', async () => {
    const [first, daemonA, daemonB, ...machines] = commands();
    expect(first).to.equal('mkdir -p /tmp/tickets-example');
    expect(machines).to.have.length(3);
    const daemons = [daemonA!, daemonB!].map(start);
    const isFormed = (text: string): boolean =>
      /Sync members\[2\]: 1 2[^]*Completed service synchronization/.test(text);
    await Promise.all(daemons.map((daemon) => printed(daemon, isFormed)));
    const given: number[] = [];
    for (const [i, command] of machines.entries()) {
      const machine = start(command);
      const all = await printed(machine, (text) => text.split('\n').length > 5);
      await killed(machine, 'SIGKILL');
      const begin = Number(/^the last ticket was (\d+)$/m.exec(all.text)?.[1]);
      // One that was written, but not given, is skipped.
      const last = given.at(-1) ?? 0;
      expect(begin).to.be.within(last, last === 0 ? 0 : last + 1);
      given.push(...[...all.text.matchAll(/^ticket (\d+)$/gm)].map(([, ticket]) => Number(ticket)));
      if (i === 1) await killed(daemons[0]!, 'SIGKILL');
    }
    expect(given.length).to.be.greaterThan(0);
    expect(new Set(given).size, 'no number twice').to.equal(given.length);
  });
});

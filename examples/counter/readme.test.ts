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

/** The commands of README.md's shell blocks, each with the output that its comment promises. */
function commands(): { command: string; output: string | undefined }[] {
  const readme = readFileSync(join(HERE, 'README.md'), 'utf8');
  return [...readme.matchAll(/```sh\n([^]*?)```/g)]
    .flatMap((block) => block[1]!.trim().split('\n'))
    .map((line) => line.split(/\s+#\s+/))
    .map(([command, output]) => ({ command: command!, output }));
}

describe('the README of the counter', function () {
  this.timeout(180_000);
  let directory: string;
  const running: ChildProcess[] = [];

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'counter-'));
    mkdirSync(join(directory, 'state'));
    // The example as it lies here, from its sources and in a directory of its own.
    const config = readFileSync(join(HERE, 'corosync.conf'), 'utf8')
      .replace('../../dist/examples/counter/index.js', join(HERE, 'index.ts'))
      .replace('/tmp/counter-example', join(directory, 'state'))
      .replace('5425', String(40_000 + (process.pid % 20_000)));
    writeFileSync(join(directory, 'corosync.conf'), config);
  });
  after(async () => {
    for (const child of running) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(directory, { recursive: true });
  });

  /** Starts a command of the README, with the sources in the place of what is built from them. */
  const start = (command: string): ChildProcess => {
    const args = command
      .replace('npx choraled', 'node core/cli/choraled.ts')
      .replace('dist/examples/counter/main.js', 'examples/counter/main.ts')
      .replace('examples/counter/corosync.conf', join(directory, 'corosync.conf'))
      .split(/\s+/);
    expect(args.shift()).to.equal('node');
    return spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: ROOT,
      env: { ...process.env, CHORALE_RUN_DIR: join(directory, 'run') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  /** Everything the process has printed, when `done` says that it is enough. */
  const printed = (child: ChildProcess, done: (text: string) => boolean): Promise<string> =>
    new Promise((finish, fail) => {
      let text = '';
      const take = (chunk: Buffer): void => {
        text += chunk.toString();
        if (done(text)) finish(text);
      };
      child.stdout!.on('data', take);
      child.stderr!.on('data', take);
      child.on('close', () => (done(text) ? finish(text) : fail(new Error(`it ended: ${text}`))));
    });

  it('does what it says', async () => {
    const all = commands().filter(({ command }) => !command.startsWith('mkdir'));
    const daemons = all.filter(({ command }) => command.startsWith('npx choraled'));
    const clients = all.filter(({ command }) => command.startsWith('node dist/examples/counter/main.js'));
    expect([daemons.length, clients.length, all.length]).to.deep.equal([3, 4, 7]);
    const rings = daemons.map(({ command }) => {
      const child = start(command);
      running.push(child);
      return printed(child, (text) => /Sync members\[3\]: 1 2 3[^]*Completed service synchronization/.test(text));
    });
    await Promise.all(rings);
    for (const { command, output } of clients) {
      const child = start(command);
      if (command.endsWith(' watch')) {
        running.push(child);
        let seen: string | undefined;
        void printed(child, (text) => text.includes('\n')).then((text) => (seen = text));
        // It sees the first addition after it has connected.
        for (let value = 83; seen === undefined; value += 41) {
          expect((await printed(start(clients[1]!.command), (text) => text.includes('\n'))).trim()).to.equal(
            `${value}`,
          );
        }
        expect(seen).to.match(/^hits \d+\n$/);
      } else expect((await printed(child, () => child.exitCode !== null)).trim(), command).to.equal(output);
    }
  });
});

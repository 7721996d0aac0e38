import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Lines } from './lines.js';
import { CHORALE, eventually, processesWith, run, start } from './processes.js';

/** Node 3 has the same digest as others, after some messages of an epoch of all three. */
const ALL_THREE = /3 +#[1-9]\d* +[0-9a-f]{16} {2}same {2}since ring \S+ with 1 2 3/;

describe('cli: chorale demo', function () {
  this.timeout(180_000);
  let directory: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    // A short name: sockets are in it.
    directory = mkdtempSync(join(tmpdir(), 'cd-'));
    env = { TMPDIR: directory };
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  // The loader that runs the sources keeps files of its own beside those of the demonstration.
  const filesLeft = (): string[] => readdirSync(directory).filter((name) => name.startsWith('chorale'));
  const nothingIsLeft = (): boolean => processesWith(directory).length === 0 && filesLeft().length === 0;

  it('without a terminal forms a cluster, kills a node and starts it again, and finds one order everywhere', async () => {
    const { code, stdout, stderr } = await run(CHORALE, ['demo', '--seconds', '3'], env);
    expect({ code, stderr }, stdout).to.deep.equal({ code: 0, stderr: '' });
    const [, count, digest] =
      /^result: all nodes delivered the same order \((\d+) messages, digest ([0-9a-f]{16})\)$/m.exec(stdout) ?? [];
    expect(Number(count), stdout).to.be.above(0);
    expect(digest).to.not.equal(undefined);
    for (const line of [
      /A new membership \(.*\) was formed\. Members left: 3/,
      /Failed to receive the leave message\. failed: 3/,
      /node 3 is started again/,
      /1 2 3: operational on ring 1\.[0-9a-f]+ \[1 2 3\], token [\d. ]+ ms, sent\/s .* delivered\/s .* digest #\d+ /,
    ]) {
      expect(stdout).to.match(line);
    }
    expect(stdout).to.not.contain('\u001b');
    expect(nothingIsLeft()).to.equal(true);
  });

  it('stops when it is interrupted, and says that this is no result', async () => {
    const demo = start(CHORALE, ['demo'], env);
    const lines = new Lines(demo.stdout);
    await lines.find(/A new membership/);
    demo.kill('SIGINT');
    const [code] = (await once(demo, 'close')) as [number];
    expect(code).to.equal(1);
    expect(lines.text).to.match(/^result: interrupted$/m);
    expect(nothingIsLeft()).to.equal(true);
  });

  it('leaves no process and no file even when it is killed', async () => {
    const demo = start(CHORALE, ['demo'], env);
    await new Lines(demo.stdout).find(/A new membership/);
    expect(processesWith(directory)).to.have.length.of.at.least(3);
    expect(filesLeft()).to.have.length(1);
    demo.kill('SIGKILL');
    await eventually('its nodes to end and its files to go', nothingIsLeft);
  });

  it('on a terminal shows the cluster live, kills and starts a node by a key, and gives the terminal back', async function () {
    if (spawnSync('script', ['--version']).status !== 0) {
      console.log('      skipped: needs script(1) of util-linux');
      this.skip();
    }
    const command = `stty rows 30 cols 100; exec ${process.execPath} --import tsx ${CHORALE} demo --rate 50`;
    const demo = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...env, TERM: 'xterm', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let seen = '';
    const watchers = new Set<() => void>();
    demo.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      for (const watcher of watchers) watcher();
    });
    const shows = (pattern: RegExp, from: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`waited for ${pattern} in ${seen.slice(from).slice(-3000)}`)),
          60_000,
        );
        const look = (): void => {
          if (!pattern.test(seen.slice(from))) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    try {
      await shows(/\u001b\[\?1049h/, 0);
      await shows(ALL_THREE, 0);
      let mark = seen.length;
      demo.stdin.write('3');
      await shows(/node 3 is killed/, mark);
      await shows(/Failed to receive the leave message\. failed: 3/, mark);
      mark = seen.length;
      demo.stdin.write('3');
      await shows(/node 3 is started again/, mark);
      await shows(ALL_THREE, mark);
      mark = seen.length;
      demo.stdin.write('t');
      await shows(/Which node leaves politely/, mark);
      demo.stdin.write('2');
      await shows(/Members left: 2/, mark);
      mark = seen.length;
      demo.stdin.write('q');
      const [code] = (await once(demo, 'close')) as [number];
      expect(code).to.equal(0);
      expect(seen.slice(mark)).to.contain('\u001b[?1049l').and.to.contain('\u001b[?25h');
      expect(seen.slice(seen.lastIndexOf('\u001b[?1049l'))).to.match(/result: all nodes delivered the same order/);
      expect(nothingIsLeft()).to.equal(true);
    } finally {
      demo.kill();
    }
  });
});

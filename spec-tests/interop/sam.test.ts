import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually, Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

const SOURCE = fileURLToPath(new URL('sam-program.c', import.meta.url));

/** A program under libsam on a daemon's host; see sam-program.c. */
class SamProgram {
  private readonly child: ChildProcess;
  private text = '';
  private seen = 0;

  constructor(
    private readonly daemon: Daemon,
    program: string,
    policy: 'restart' | 'quorum-restart',
    interval: number,
  ) {
    const command = ['-t', `${daemon.pid}`, '-m', '-n', '--uts', program, policy, `${interval}`];
    this.child = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout!.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
  }

  say(command: string): void {
    this.child.stdin!.write(`${command}\n`);
  }

  /** The next line it prints. */
  async next(): Promise<Record<string, number | string>> {
    const line = await eventually(`line ${this.seen + 1} of a program under libsam on ${this.daemon.name}`, () => {
      return this.text.split('\n').slice(0, -1)[this.seen];
    });
    this.seen++;
    return JSON.parse(line) as Record<string, number | string>;
  }

  async done(command: string): Promise<void> {
    this.say(command);
    expect((await this.next())['done']).to.equal(command);
  }

  /** Its keys in cmap without their common beginning. */
  keys(): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const line of this.daemon.exec('corosync-cmapctl', 'resources.process.').split('\n')) {
      const match = /^resources\.process\.\d+\.(\S+) \((\w+)\) = (.*)$/.exec(line);
      if (match) shown[match[1]!] = `${match[2]} ${match[3]}`;
    }
    return shown;
  }

  async state(wanted: string): Promise<void> {
    await eventually(`state ${wanted} of a program under libsam`, () => this.keys()['state'] === `str ${wanted}`);
  }

  async ended(): Promise<void> {
    await eventually('the end of a program under libsam', () => this.child.exitCode !== null || this.child.signalCode);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.say('exit');
    await this.ended();
  }
}

describe('interop: libsam', function () {
  this.timeout(180_000);
  needsLab(this);

  let directory: string;
  let program: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-sam-'));
    program = join(directory, 'sam-program');
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, SOURCE, '-lsam', '-lcmap'], { stdio: 'inherit' });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const kind of ['chorale', 'corosync'] as const) {
    describe(`on ${kind}`, () => {
      let lab: Lab;
      let daemon: Daemon;
      let other: Daemon;
      let sam: SamProgram | undefined;
      beforeEach(async () => {
        lab = new Lab({ nodes: 2, transport: 'udpu' });
        [daemon, other] = lab.start(kind, 'corosync') as [Daemon, Daemon];
        await lab.oneRing();
      });
      afterEach(async () => {
        await sam?.stop();
        sam = undefined;
        await lab?.close();
      });

      it('shows a process in cmap, and restarts it when its heartbeat stops', async () => {
        sam = new SamProgram(daemon, program, 'restart', 3000);
        expect((await sam.next())['instance']).to.equal(1);
        await sam.state('stopped');
        expect(sam.keys()).to.deep.equal({
          recovery: 'str restart',
          poll_period: 'u64 3000',
          state: 'str stopped',
        });
        await sam.done('start');
        await sam.state('running');
        await sam.done('beat');
        await eventually('a heartbeat in cmap', () => sam!.keys()['last_updated'] !== undefined);
        sam.say('hang');
        expect((await sam.next())['instance']).to.equal(2);
        await sam.state('stopped');
        await sam.done('start');
        await sam.state('running');
        await sam.done('stop');
        await sam.state('stopped');
      });

      it('lets a process run only while its part of the cluster is quorate', async () => {
        await other.kill();
        await daemon.output.find(/non-primary component/, 0, daemon.name);
        sam = new SamProgram(daemon, program, 'quorum-restart', 0);
        expect((await sam.next())['instance']).to.equal(1);
        sam.say('start');
        await sam.state('waiting for quorum');
        other.start();
        expect((await sam.next())['done']).to.equal('start');
        await sam.state('running');
        await other.kill();
        expect((await sam.next())['instance']).to.equal(2);
        sam.say('start');
        await sam.state('waiting for quorum');
        other.start();
        expect((await sam.next())['done']).to.equal('start');
        await sam.state('running');
      });
    });
  }
});

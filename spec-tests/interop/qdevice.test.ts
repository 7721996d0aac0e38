import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressOf, eventually, Lab, needsLab } from './lab.js';
import type { Daemon, Kind } from './lab.js';

/** Of corosync-qnetd. */
const ARBITER = 3;

/** Two nodes whose third vote comes from corosync-qdevice and corosync-qnetd, both Debian's. */
class ArbitratedPair {
  readonly lab = new Lab({
    nodes: 2,
    hosts: 3,
    transport: 'udpu',
    quorum: [
      'device {',
      'model: net',
      'votes: 1',
      'net {',
      `host: ${addressOf(ARBITER)}`,
      'algorithm: lms',
      'tls: off',
      '}',
      '}',
    ],
  });
  private readonly directory = mkdtempSync(join(tmpdir(), 'chorale-qdevice-'));
  private readonly programs: ChildProcess[] = [];

  startArbiter(): void {
    const script = `mkdir -p ${this.directory}/qnetd && mount --bind ${this.directory}/qnetd /run && mkdir -p /run/corosync-qnetd && exec corosync-qnetd -f -s off`;
    this.run('ip', 'netns', 'exec', `nl-n${ARBITER}`, 'unshare', '-m', 'bash', '-ec', script);
  }

  /** corosync-qdevice reads its part of the configuration from the daemon's cmap. */
  startDevice(daemon: Daemon): void {
    const script = 'mkdir -p /run/corosync-qdevice && exec corosync-qdevice -f';
    this.run('nsenter', '-t', `${daemon.pid}`, '-m', '-n', '--uts', 'bash', '-ec', script);
  }

  private run(program: string, ...args: string[]): void {
    this.programs.push(spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore'] }));
  }

  async close(): Promise<void> {
    for (const program of this.programs) program.kill('SIGKILL');
    await this.lab.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Waits until corosync-quorumtool says this of a node: votes of all, and whether they suffice. */
async function voting(daemon: Daemon, total: number, quorate: boolean): Promise<void> {
  await eventually(
    `${total} votes ${quorate ? 'with' : 'without'} quorum at ${daemon.name}`,
    () => {
      const text = daemon.exec('corosync-quorumtool', '-s');
      return (
        new RegExp(`^Total votes:\\s+${total}$`, 'm').test(text) &&
        new RegExp(`^Quorate:\\s+${quorate ? 'Yes' : 'No'}$`, 'm').test(text)
      );
    },
    60_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${daemon.exec('corosync-quorumtool', '-s')}`);
  });
}

describe('interop: corosync-qdevice', function () {
  this.timeout(240_000);
  needsLab(this);

  let pair: ArbitratedPair;
  afterEach(() => pair.close());

  const pairs: [string, [Kind, Kind]][] = [
    ['two Chorale nodes', ['chorale', 'chorale']],
    ['a Chorale and a Corosync node', ['chorale', 'corosync']],
  ];
  for (const [name, kinds] of pairs) {
    it(`gives its vote to a cluster of ${name}`, async () => {
      pair = new ArbitratedPair();
      const [one, two] = pair.lab.start(...kinds) as [Daemon, Daemon];
      await pair.lab.oneRing();
      pair.startArbiter();
      for (const daemon of [one, two]) pair.startDevice(daemon);
      for (const daemon of [one, two]) await voting(daemon, 3, true);
      expect(one.exec('corosync-quorumtool', '-s')).to.match(
        /^\s*1\s+1\s+A,V,NMW\s+10\.77\.0\.1|^\s*1\s+1\s+A,V,NMW\s+n1/m,
      );

      await two.kill();
      await voting(one, 2, true);

      two.start();
      await pair.lab.oneRing();
      pair.startDevice(two);
      for (const daemon of [one, two]) await voting(daemon, 3, true);
    });
  }
});

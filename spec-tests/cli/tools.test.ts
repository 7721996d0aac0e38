import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandError } from '../../core/cli/commands/context.js';
import { openCpg } from '../../core/cpg.js';
import { Lines } from './lines.js';
import { CHORALE, TestCluster, start } from './processes.js';
import type { TestDaemon } from './processes.js';
import { testProgram } from './program.js';

interface Ended {
  readonly out: readonly string[];
  readonly exitCode: number;
  readonly error: string;
}

describe('cli: quorum where nobody decides about it', () => {
  it('has the members of the ring, and no votes', async () => {
    const cluster = await TestCluster.make();
    try {
      await cluster.formed();
      const status = await cluster.command(1, 'quorum', 'status', '--json');
      expect(status.code).to.equal(0);
      const data = JSON.parse(status.stdout) as { ringId: string; nodes: { nodeId: number }[] };
      expect(data).to.include({ provider: 'none', quorate: true, votes: null });
      expect(data.ringId).to.match(/^1\.[1-9a-f]/);
      expect(data.nodes.map(({ nodeId }) => nodeId)).to.deep.equal([1]);
      const votes = await cluster.command(1, 'quorum', 'votes', '1', '2');
      expect(votes.code).to.equal(1);
      expect(votes.stderr).to.contain('set "quorum { provider: corosync_votequorum }"');
    } finally {
      await cluster.close();
    }
  });
});

describe('cli: what the tools of Corosync do', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let daemons: TestDaemon[];
  before(async () => {
    cluster = await TestCluster.make({ nodes: 2, quorum: ['provider: corosync_votequorum'] });
    daemons = await cluster.formed();
  });
  after(() => cluster.close());

  const socketOf = (id: number): string => join(cluster.runDirectory, `choraled-n${id}.sock`);

  /** The command line in this process, for node 1. */
  const chorale = async (...args: string[]): Promise<Ended> => {
    const { run, out, exitCodes } = testProgram();
    try {
      await run('--socket', socketOf(1), ...args);
      return { out, exitCode: exitCodes[0] ?? 0, error: '' };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { out, exitCode: error.exitCode, error: error.message };
    }
  };
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await chorale(...args, '--json')).out[0]!);

  it('quorum status shows votes and members, for people and programs', async () => {
    const { out, exitCode } = await chorale('quorum', 'status');
    expect(exitCode).to.equal(0);
    const text = out.join('\n');
    expect(text).to.match(/^quorate +yes$/m);
    expect(text).to.match(/^needed +2 votes$/m);
    expect(text).to.match(/^ +1 +1 +n1 +127\.0\.0\.1 +this node$/m);
    expect(text).to.match(/^ +2 +1 +n2 +127\.0\.0\.2$/m);
    const data = (await json('quorum', 'status')) as { votes: object; nodes: object[] };
    expect(data).to.include({ provider: 'corosync_votequorum', nodeId: 1, quorate: true });
    expect(data.votes).to.deep.equal({ expected: 2, highestExpected: 2, total: 2, needed: 2, flags: ['Quorate'] });
    expect(data.nodes).to.have.length(2);
    expect((await chorale('quorum', 'nodes', '--hex')).out[1]).to.match(/^0x00000001 /);
  });

  it('quorum votes and expected change what is counted; what would end quorum is refused with the numbers', async () => {
    expect((await chorale('quorum', 'votes', 'n2', '2')).out).to.deep.equal(['node 2 has 2 votes']);
    const voting = async (): Promise<unknown> =>
      ((await json('quorum', 'status')) as { votes: { total: number } }).votes.total;
    while ((await voting()) !== 3) await new Promise(setImmediate);
    const refused = await chorale('quorum', 'expected', '1');
    expect(refused.exitCode).to.equal(1);
    expect(refused.error).to.match(/there are 3 \(3 are expected\)\. Give at least 3/);
    expect((await chorale('quorum', 'votes', '2', '1')).exitCode).to.equal(0);
    while ((await voting()) !== 2) await new Promise(setImmediate);
    expect(await json('quorum', 'expected', '2')).to.include({ done: true, expectedVotes: 2 });
    expect((await chorale('quorum', 'votes', 'n9', '1')).error).to.equal(
      'no node is called n9: the nodelist has 1 (n1), 2 (n2)',
    );
    expect((await chorale('quorum', 'remove-qdevice', '--force')).error).to.contain('no quorum device is registered');
  });

  it('quorum watch prints the present first, and ends after a count', async () => {
    const { out } = await chorale('quorum', 'watch', '--json', '--count', '1');
    expect(out).to.have.length(1);
    expect(JSON.parse(out[0]!)).to.include({ quorate: true });
  });

  it('cmap sets, gets, lists, loads and deletes keys', async () => {
    expect((await chorale('cmap', 'set', 'test.number', 'u64', '18446744073709551615')).exitCode).to.equal(0);
    expect((await chorale('cmap', 'set', 'test.text', 'str', 'some text')).exitCode).to.equal(0);
    expect((await chorale('cmap', 'list', 'test.')).out).to.deep.equal([
      'test.number (u64) = 18446744073709551615',
      'test.text (str) = some text',
    ]);
    expect((await chorale('cmap', 'get', '-q', 'test.text')).out).to.deep.equal(['some text']);
    expect(await json('cmap', 'get', 'test.number')).to.deep.equal([
      { key: 'test.number', type: 'u64', value: '18446744073709551615' },
    ]);
    const missing = await chorale('cmap', 'get', 'test.text', 'test.none');
    expect(missing).to.include({ exitCode: 1, error: 'no such key: test.none. "chorale cmap list" has all' });
    expect(missing.out).to.have.length(1);
    const file = join(cluster.directory, 'keys');
    writeFileSync(file, 'test.more i8 -1\n^test.text\n');
    expect(await json('cmap', 'load', file)).to.include({ set: 1, deleted: 1 });
    expect(await json('cmap', 'delete', '--prefix', 'test.')).to.deep.include({ keys: ['test.more', 'test.number'] });
    expect((await chorale('cmap', 'list', 'test.')).out).to.deep.equal([]);
    const fixed = await chorale('cmap', 'set', 'totem.version', 'u32', '3');
    expect(fixed).to.include({ exitCode: 1, error: 'the service would not set totem.version: the key is read-only.' });
  });

  it('cmap shows and clears statistics', async () => {
    const keys = (await json('cmap', 'stats', 'stats.srp.')) as { key: string; value: number }[];
    expect(keys.find(({ key }) => key === 'stats.srp.mcast_tx')!.value).to.be.greaterThan(0);
    expect((await chorale('cmap', 'clear', 'totem')).exitCode).to.equal(0);
    const [cleared] = (await json('cmap', 'get', '--map', 'stats', 'stats.srp.commit_entered')) as [{ value: number }];
    expect(cleared.value).to.equal(0);
    expect((await chorale('cmap', 'clear', 'everything')).exitCode).to.equal(2);
  });

  it('cmap watch prints changes until Ctrl-C, and ends well', async () => {
    const child = start(CHORALE, ['-i', 'n1', 'cmap', 'watch', '-p', 'w.'], cluster.env);
    const lines = new Lines(child.stdout);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    // It says nothing when it is ready: a change it missed is made again.
    let seen = false;
    const found = lines.find(/^(create|modify)> w\.key \(u8\) = /).then(() => (seen = true));
    for (let value = 0; !seen; value = (value + 1) % 256) await chorale('cmap', 'set', 'w.key', 'u8', `${value}`);
    await found;
    await chorale('cmap', 'delete', 'w.key');
    await lines.find(/^delete> w\.key \(u8\) = /);
    child.kill('SIGINT');
    expect(await ended).to.equal(0);
  });

  it('cfg shows links and nodes, and reloads', async () => {
    const rings = (await chorale('cfg', 'rings')).out;
    expect(rings[0]).to.equal('link 0 at 127.0.0.1: OK');
    expect(rings.slice(2).map((row) => row.trim().split(/ {2,}/))).to.deep.equal([
      ['1', 'n1', 'this node'],
      ['2', 'n2', 'connected'],
    ]);
    expect((await chorale('cfg', 'links', '5')).error).to.contain('this node has 0 (127.0.0.1)');
    const nodes = (await json('cfg', 'nodes')) as { nodeId: number; reachable: boolean; links: object[] }[];
    expect(nodes.map(({ nodeId, reachable }) => [nodeId, reachable])).to.deep.equal([
      [1, true],
      [2, true],
    ]);
    expect((await chorale('cfg', 'address', 'n2')).out).to.deep.equal(['127.0.0.2']);
    const mark = daemons[1]!.log.all.length;
    expect((await chorale('cfg', 'reload')).exitCode).to.equal(0);
    await daemons[1]!.log.find(/Config reload requested by node 1/, mark);
    expect((await chorale('cfg', 'reopen-logs')).exitCode).to.equal(0);
    expect((await chorale('cfg', 'kill', '9')).error).to.contain('not known');
  });

  it('cpg groups shows members by group, for people and for other programs', async () => {
    const client = await openCpg({ path: socketOf(2) });
    await client.join('news');
    const { pid } = process;
    expect((await chorale('cpg', 'groups')).out[1]!.split(/ {2,}/)).to.deep.equal([
      'news',
      `${pid}`,
      '2',
      'n2',
      '127.0.0.2',
    ]);
    expect((await chorale('cpg', 'groups', '--names')).out).to.deep.equal(['news']);
    expect((await chorale('cpg', 'groups', '-d', ';')).out).to.deep.equal([`news;${pid};2`]);
    expect(await json('cpg', 'groups', 'other')).to.deep.equal([]);
    client.close();
  });

  it('blackbox has the debug lines that the log does not show', async () => {
    const { out } = await chorale('blackbox', '--subsystem', 'totem');
    expect(out.join('\n')).to.match(/debug {3}\[TOTEM \] Entering GATHER/);
    expect(daemons[0]!.log.all.join('\n')).to.not.contain('Entering GATHER');
    const last = (await chorale('blackbox', '--lines', '2', '--severity', 'notice', '--json')).out.map(
      (line) => JSON.parse(line) as { number: number; severity: string },
    );
    expect(last).to.have.length(2);
    expect(last[1]!.number).to.be.greaterThan(last[0]!.number);
    for (const { severity } of last) expect(['notice', 'warning', 'error']).to.include(severity);
  });

  it('status and top show the same node', async () => {
    const status = (await json('status')) as Record<string, unknown>;
    expect(status).to.deep.include({ nodeId: 1, members: [1, 2], clusterName: 'test', clients: [] });
    expect((await chorale('status', '--check')).exitCode).to.equal((status['warnings'] as string[]).length > 0 ? 4 : 0);
    const { out } = await chorale('top', '--count', '2', '--delay', '0.01');
    expect(out).to.have.length(2);
    for (const line of out) expect(line).to.contain('operational  quorate').and.to.contain('members 1,2');
  });

  // The last: it costs the cluster a node.
  it('cfg kill ends a node; quorum is lost, which exit codes tell; what the node knew last is in a file', async () => {
    const watch = start(CHORALE, ['-i', 'n1', 'quorum', 'watch', '--json'], cluster.env);
    const decided = new Lines(watch.stdout);
    await decided.find(/"quorate":true/);
    expect((await chorale('cfg', 'kill', 'n2', '--reason', 'for a test')).exitCode).to.equal(0);
    expect(await daemons[1]!.ended()).to.equal(255);
    await daemons[0]!.log.find(/Members left: 2/);
    const lost = JSON.parse(await decided.find(/"quorate":false/)) as { nodes: { nodeId: number }[] };
    expect(lost.nodes.map(({ nodeId }) => nodeId)).to.deep.equal([1]);
    watch.kill('SIGINT');
    expect((await chorale('quorum', 'status')).exitCode).to.equal(4);
    expect((await chorale('status')).out.join('\n')).to.match(/^! not quorate: 1 of 2 votes needed/m);
    expect((await chorale('status', '--check')).exitCode).to.equal(4);

    const file = join(cluster.stateDirectory(2), 'blackbox');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const { out } = await chorale('blackbox', '--file', file);
    expect(out.join('\n')).to.match(/Killed by node 1 : for a test/);
    expect(out.join('\n')).to.match(/debug {3}\[TOTEM \] Entering GATHER/);
    expect(readFileSync(file, 'utf8').split('\n')).to.have.length(out.length + 1);
    writeFileSync(join(cluster.directory, 'other'), 'text\n');
    expect((await chorale('blackbox', '--file', join(cluster.directory, 'other'))).error).to.match(
      /other:1: no record/,
    );
  });
});

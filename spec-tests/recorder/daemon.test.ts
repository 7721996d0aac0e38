import { expect } from 'chai';
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHORALE, TestCluster, run } from '../cli/processes.js';
import type { Finished } from '../cli/processes.js';

/** A service engine of nobody's; it needs nothing but the host. */
const PLAIN = `export default {
  name: 'plain', version: '1.0.0', sdk: 1, service: { id: 50, name: 'plain' },
  create: () => ({ id: 50, name: 'plain', priority: 1, version: 0, messages: [], dump: () => 'plain as ever' }),
};`;

interface Event {
  readonly kind: string;
  readonly [field: string]: unknown;
}

describe('the flight recorder of choraled', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  const file = (id: number): string => join(cluster.stateDirectory(id), 'flight-recorder');
  const record = (id: number): void =>
    appendFileSync(cluster.configFile(id), 'system {\nflight_recorder: yes\n}\nlogging {\ndebug: on\n}\n');
  const replay = (id: number, ...options: string[]): Promise<Finished> =>
    run(CHORALE, ['replay', file(id), '--verify', ...options], cluster.env);
  const eventsOf = ({ stdout }: Finished): Event[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
  const well = ({ code, stderr }: Finished): void => {
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  };

  beforeEach(async () => {
    cluster = await TestCluster.make({ nodes: 3 });
    for (const id of [1, 2, 3]) record(id);
  });
  afterEach(() => cluster.close());

  it('lets every node be replayed: the same outputs, log and membership', async () => {
    const daemons = await cluster.formed();
    const texts = Array.from({ length: 200 }, (_, i) => `message ${i} ${'x'.repeat(i * 20)}`);
    const sent = await Promise.all([1, 2, 3].map((id) => cluster.command(id, 'cpg', 'send', 'group', ...texts)));
    sent.forEach(well);
    well(await cluster.command(2, 'cpg', 'groups'));
    well(await cluster.command(1, 'reload'));
    const [one, two, three] = daemons;
    two!.child.kill('SIGTERM');
    expect(await two!.ended()).to.equal(0);
    await one!.isWith(cluster, [1, 3]);
    // Without a word: its recording has no end, but for what the last second may have lost.
    await three!.kill();
    await one!.isWith(cluster, [1]);
    well(await cluster.command(1, 'leave'));
    await one!.ended();

    for (const id of [1, 2, 3]) {
      expect(statSync(file(id)).mode & 0o777).to.equal(0o600);
      const replayed = await replay(id, '--json');
      well(replayed);
      const events = eventsOf(replayed);
      const end = events.at(-1)!;
      expect(end).to.include({ kind: 'end', verified: true, stop: id === 3 ? 'cut off' : 'closed' });
      // How many there are depends on how the node was scheduled; none would compare nothing.
      expect(end['compared']).to.be.greaterThan(0);
      expect(
        events.filter(({ kind, type }) => kind === 'configuration' && type === 'regular').map((one) => one['members']),
      ).to.deep.include([1, 2, 3]);
      const log = daemons[id - 1]!.log.all.filter((line) => /\[(TOTEM|CPG|SYNC) *\]/.test(line));
      const again = events
        .filter((event) => event.kind === 'log' && ['TOTEM', 'CPG', 'SYNC'].includes(event['subsystem'] as string))
        .map((event) => event['text'] as string);
      // The end of a node that was killed may be missing.
      const seen = log.slice(0, id === 3 ? again.length : undefined).map((line) => line.replace(/^.*?\] /, ''));
      expect(again.join('\n')).to.match(/A new membership \(1\.[0-9a-f]+\) was formed/);
      expect(again).to.deep.equal(seen);
    }
  });

  it('records plugins that are loaded; a replay runs them only if it is told to', async () => {
    writeFileSync(join(cluster.directory, 'plain.mjs'), PLAIN);
    const daemon = cluster.start(1);
    await daemon.isWith(cluster, [1]);
    const mark = daemon.log.all.length;
    well(await cluster.command(1, 'plugin', 'load', './plain.mjs'));
    await daemon.log.find(/service synchronization, ready/, mark);
    well(await cluster.command(1, 'plugin', 'restart', 'cpg'));
    well(await cluster.command(1, 'leave'));
    await daemon.ended();
    const refused = await replay(1);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('replay it with --plugins');
    const replayed = await replay(1, '--plugins');
    well(replayed);
    expect(replayed.stdout).to.contain('service plain (id 50) loaded').and.contain('outputs equal at all of');
  });

  it('keeps the recording before it, stops where it is told to, and shows the state there', async () => {
    for (let life = 0; life < 2; life++) {
      const daemon = cluster.start(1);
      await daemon.isWith(cluster, [1]);
      daemon.child.kill('SIGTERM');
      await daemon.ended();
    }
    expect(existsSync(`${file(1)}.1`)).to.equal(true);
    const whole = eventsOf(await replay(1, '--json'));
    expect(whole.at(-2)).to.have.nested.property('dump.status.state', 'left');
    const formed = whole.find(({ kind }) => kind === 'configuration')!;
    const seconds = ((formed['timeMs'] as number) - (whole[0]!['timeMs'] as number)) / 1000 - 0.0005;
    const early = eventsOf(await replay(1, '--json', '--until', `${seconds}`));
    expect(early.at(-2)).to.have.nested.property('dump.status.members').that.is.deep.equal([]);
    const wrong = await replay(1, '--until', 'tomorrow');
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('give seconds after the beginning');
  });
});

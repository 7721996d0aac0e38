import { expect } from 'chai';
import { Lines } from './lines.js';
import { CHORALE, TestCluster, start } from './processes.js';

describe('cli: three daemons on one machine', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await TestCluster.make({ nodes: 3 });
  });
  afterEach(() => cluster.close());

  it('see a leave after SIGTERM, a failure after SIGKILL, and the return of both', async () => {
    const [one, two, three] = await cluster.formed();
    const mark = one!.log.all.length;
    three!.child.kill('SIGTERM');
    await one!.log.find(/A new membership \(.*\) was formed\. Members left: 3/, mark);
    expect(await three!.ended()).to.equal(0);
    await Promise.all([one!.isWith(cluster, [1, 2]), two!.isWith(cluster, [1, 2])]);
    // Node 1 is the first the leave message is sent to; the others may hear of it from node 1 before they get theirs.
    expect(one!.log.since(mark)).to.not.contain('Failed to receive the leave message');

    const again = one!.log.all.length;
    await two!.kill();
    await one!.log.find(/A new membership \(.*\) was formed\. Members left: 2/, again);
    await one!.log.find(/Failed to receive the leave message\. failed: 2/, again);

    const back = [cluster.start(2), cluster.start(3)];
    await Promise.all([one!, ...back].map((daemon) => daemon.isWith(cluster, [1, 2, 3])));
  });

  it('tell their status to people and to programs', async () => {
    await cluster.formed();
    const { stdout } = await cluster.command(2, 'status', '--json');
    const status = JSON.parse(stdout) as Record<string, unknown>;
    expect(status).to.include({ nodeId: 2, state: 'operational' });
    expect(status['ringId']).to.match(/^1\.[0-9a-f]+$/);
    expect(status['members']).to.deep.equal([1, 2, 3]);
    const text = (await cluster.command(2, 'status')).stdout;
    expect(text).to.match(/^node +2 \(n2\) of cluster test$/m);
    expect(text).to.match(/^state +operational \(on a ring\)$/m);
    expect(text).to.match(/^members +1 2 3$/m);
    expect(text).to.match(/^quorum +quorate/m);
    expect(text).to.match(/^ +3 +n3 +127\.0\.0\.3 .*member$/m);
    expect((await cluster.command(2, 'plugin', 'list')).stdout).to.match(/^cpg +2 .*running/m);
    expect(text).to.not.contain('\u001b');
    const plugins = JSON.parse((await cluster.command(3, 'plugin', 'list', '--json')).stdout) as { service: string }[];
    expect(plugins.map(({ service }) => service)).to.include('cpg');
    expect(JSON.parse((await cluster.command(1, 'dump')).stdout)).to.have.keys(
      ...['status', 'ring', 'packing', 'transport', 'router', 'sync', 'clients', 'services'],
    );
  });

  it('carry messages of "chorale cpg send" to "chorale cpg listen", in order, and show who comes and goes', async () => {
    await cluster.formed();
    const listener = start(CHORALE, ['-i', 'n2', 'cpg', 'listen', 'news', '-n', '3'], cluster.env);
    const heard = new Lines(listener.stdout);
    await heard.find(/^-- 2\.\d+ joined; members 2\.\d+$/);
    expect(JSON.parse((await cluster.command(1, 'cpg', 'groups', '--json')).stdout)).to.deep.equal([
      { name: 'news', members: [{ nodeId: 2, pid: listener.pid }] },
    ]);
    expect((await cluster.command(1, 'cpg', 'send', 'news', 'first', 'with \u001b[31mcolor')).code).to.equal(0);
    expect((await cluster.command(3, 'cpg', 'send', '--safe', 'news', 'third')).code).to.equal(0);
    await heard.find(/third/);
    const messages = heard.all.filter((line) => !line.startsWith('--')).map((line) => line.replace(/\.\d+:/, ':'));
    expect(messages).to.deep.equal(['1: first', '1: with \\x1b[31mcolor', '3: third']);
    await heard.find(/^-- 1\.\d+ left; members 2\.\d+$/);
    if (listener.exitCode === null) await new Promise((resolve) => listener.once('close', resolve));
    expect(listener.exitCode).to.equal(0);
    expect((await cluster.command(1, 'cpg', 'groups')).stdout).to.equal('');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CHORALED, TestCluster, eventually, processesWith, run } from './processes.js';

describe('cli: choraled in the background', () => {
  let cluster: TestCluster;
  afterEach(() => cluster.close());

  it('answers when the command returns, in a session of its own with nothing open, and leaves at SIGTERM', async () => {
    cluster = await TestCluster.make();
    const { code, stdout, stderr } = await run(CHORALED, cluster.daemonArguments(1), cluster.env);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    const pid = Number(readFileSync(cluster.pidFile(1), 'utf8'));
    expect(processesWith(cluster.directory)).to.deep.equal([pid]);
    const [, , , , , session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    expect(Number(session)).to.equal(pid);
    const status = await cluster.command(1, 'status', '--json');
    expect(JSON.parse(status.stdout)).to.include({ nodeId: 1 });

    const second = await run(CHORALED, cluster.daemonArguments(1), cluster.env);
    expect(second.code).to.equal(18);
    expect(second.stderr).to.contain(`already running: a daemon with pid ${pid}`);

    process.kill(pid, 'SIGTERM');
    await eventually('the daemon to end', () => processesWith(cluster.directory).length === 0);
    expect(existsSync(cluster.pidFile(1))).to.equal(false);
  });

  it("prints the daemon's error and ends with its code when it cannot start", async () => {
    cluster = await TestCluster.make();
    cluster.configure(1, ['token: soon']);
    const { code, stderr } = await run(CHORALED, cluster.daemonArguments(1), cluster.env);
    expect(code).to.equal(8);
    expect(stderr).to.match(/^choraled: .*node-1\.conf:\d+: totem\.token: "soon"/);
    expect(processesWith(cluster.directory)).to.deep.equal([]);
  });

  it('leaves at "chorale leave"', async () => {
    cluster = await TestCluster.make();
    expect((await run(CHORALED, cluster.daemonArguments(1), cluster.env)).code).to.equal(0);
    const left = await cluster.command(1, 'leave');
    expect({ code: left.code, stdout: left.stdout }).to.deep.equal({ code: 0, stdout: 'node 1 leaves the ring\n' });
    await eventually('the daemon to end', () => processesWith(cluster.directory).length === 0);
    expect(existsSync(cluster.pidFile(1))).to.equal(false);
  });
});

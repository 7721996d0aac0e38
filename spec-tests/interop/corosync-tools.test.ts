import { expect } from 'chai';
import { ControlClient } from '../../core/ipc/control-client.js';
import { Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

/** What Corosync's own tools, run on a Corosync node, make a Chorale node of the same ring do. */
describe("Corosync's tools and a Chorale node", function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab;
  let chorale: Daemon;
  let corosync: Daemon;
  beforeEach(async () => {
    lab = new Lab({ nodes: 3, transport: 'udpu' });
    [chorale, corosync] = lab.start('chorale', 'corosync', 'corosync') as [Daemon, Daemon];
    await lab.oneRing();
  });
  afterEach(() => lab?.close());

  async function votequorum(): Promise<{ quorum: number; quorate: boolean }> {
    const control = await ControlClient.connect({ path: chorale.socket });
    const { services } = (await control.dump()) as { services: { votequorum: { quorum: number; quorate: boolean } } };
    control.close();
    return services.votequorum;
  }

  async function untilQuorum(wanted: number): Promise<void> {
    for (let tries = 0; (await votequorum()).quorum !== wanted; tries++) {
      if (tries > 200) throw new Error(`quorum is ${JSON.stringify(await votequorum())}, not ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('count votes alike: corosync-quorumtool -e and -v (totem.md 9.4, 10.3)', async () => {
    await untilQuorum(2);
    corosync.exec('corosync-quorumtool', '-e', '5');
    await untilQuorum(3);
    corosync.exec('corosync-quorumtool', '-n', '2', '-v', '3');
    corosync.exec('corosync-quorumtool', '-e', '7');
    await untilQuorum(4);
    expect((await votequorum()).quorate).to.equal(true);
    expect(corosync.exec('corosync-quorumtool', '-s')).to.match(/^Total votes:\s+5$/m);
  });

  it('lose quorum and win it back with the members', async () => {
    const [, two, three] = lab.daemons as [Daemon, Daemon, Daemon];
    await two.kill();
    await three.kill();
    await chorale.output.find(/non-primary component and will NOT provide any services/, 0, chorale.name);
    const mark = chorale.output.count;
    two.start();
    await chorale.output.find(/within the primary component and will provide service/, mark, chorale.name);
  });

  it('reload on every node: corosync-cfgtool -R (totem.md 9.2, RELOAD)', async () => {
    const mark = chorale.output.count;
    expect(corosync.exec('corosync-cfgtool', '-R')).to.match(/Done/);
    await chorale.output.find(/Config reload requested by node 2/, mark, chorale.name);
    await chorale.output.find(/configuration reloaded/, mark, chorale.name);
    await lab.oneRing();
  });

  it('kill a node: corosync-cfgtool -k ends it with status 255 (totem.md 9.2, KILL NODE)', async () => {
    corosync.exec('corosync-cfgtool', '-k', '1');
    expect(await chorale.ended()).to.equal(255);
    await corosync.on([2, 3]);
    expect(chorale.output.text).to.match(/Killed by node 2/);
  });

  it('say who shut down: corosync-cfgtool -H (totem.md 9.2, SHUTDOWN)', async () => {
    const mark = chorale.output.count;
    corosync.exec('corosync-cfgtool', '-H');
    await chorale.output.find(/Node 2 was shut down by sysadmin/, mark, chorale.name);
    await chorale.on([1, 3]);
  });
});

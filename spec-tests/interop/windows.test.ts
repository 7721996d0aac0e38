import { expect } from 'chai';
import { ControlClient } from '../../core/ipc/control-client.js';
import { Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

/** docs/windows.md, with real daemons. */
describe('the windows of a ring', function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab;
  afterEach(() => lab?.close());

  async function tuningOf(daemon: Daemon): Promise<{ agreed: boolean; windowSize: number; maxMessages: number }> {
    const control = await ControlClient.connect({ path: daemon.socket });
    const { tuning } = await control.status().finally(() => control.close());
    const { agreed, windowSize, maxMessages } = tuning!;
    return { agreed, windowSize, maxMessages };
  }

  const AGREED = /all members of the ring agree on a window of (\d+) frames/;
  const CONFIGURED = { agreed: false, windowSize: 50, maxMessages: 17 };

  it('are agreed among Chorale nodes, are the configured ones beside a Corosync node, and are agreed again without it', async () => {
    lab = new Lab({ nodes: 3, transport: 'udpu' });
    const one = lab.daemon(1, 'chorale');
    const two = lab.daemon(2, 'chorale');
    const corosync = lab.daemon(3, 'corosync');
    const chorale = [one, two];
    const agree = async (marks: readonly number[]): Promise<void> => {
      for (const [i, daemon] of chorale.entries()) await daemon.output.find(AGREED, marks[i], daemon.name);
      const [first, second] = await Promise.all(chorale.map(tuningOf));
      expect(first).to.deep.equal(second);
      expect(first!.agreed).to.equal(true);
      expect(first!.windowSize).to.be.above(CONFIGURED.windowSize);
    };

    for (const daemon of chorale) daemon.start();
    await Promise.all(chorale.map((daemon) => daemon.on([1, 2])));
    await agree([0, 0]);

    corosync.start();
    await lab.oneRing();
    const clients = await Promise.all([one, two, corosync].map((daemon) => daemon.client('windows')));
    await Promise.all(clients.map((client) => client.change(({ members }) => members.length === 3)));
    // The nodes' words came before these messages in the order, and the Corosync node's is not among them.
    for (const client of clients) client.send(1000, 100);
    await Promise.all(clients.map((client) => client.delivered(300)));
    for (const daemon of chorale) expect(await tuningOf(daemon), daemon.name).to.deep.equal(CONFIGURED);

    const marks = chorale.map(({ output }) => output.count);
    await corosync.stop();
    await agree(marks);
  });
});

import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { ClusterSettings, Daemon } from './lab.js';

/** Three real Chorale daemons on hosts of their own. */
describe('a ring of three Chorale nodes', function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab;
  afterEach(() => lab?.close());

  async function cluster(settings: Partial<ClusterSettings> = {}): Promise<Daemon[]> {
    lab = new Lab({ nodes: 3, transport: 'udpu', ...settings });
    const daemons = lab.start('chorale', 'chorale', 'chorale');
    await lab.oneRing();
    return daemons;
  }

  for (const settings of [
    { transport: 'udpu' },
    { transport: 'udp' },
    { transport: 'udpu', ipVersion: 6 },
    { transport: 'udp', ipVersion: 6 },
  ] as const) {
    const family = 'ipVersion' in settings ? ' over IPv6' : '';
    it(`forms and delivers in one order on ${settings.transport}${family}`, async () => {
      const daemons = await cluster(settings);
      const clients = await Promise.all(daemons.map((daemon) => daemon.client('order')));
      await Promise.all(clients.map((client) => client.change(({ members }) => members.length === 3)));
      for (const client of clients) client.send(200, 100);
      await Promise.all(clients.map((client) => client.delivered(300)));
      const [first, second, third] = clients.map((client) => client.deliveries());
      expect(second!.slice(-250)).to.deep.equal(first!.slice(-250));
      expect(third!.slice(-250)).to.deep.equal(first!.slice(-250));
    });
  }

  it('is rid of a killed node within token and consensus time-out, and takes it back', async () => {
    const [one, two, three] = (await cluster()) as [Daemon, Daemon, Daemon];
    const mark = one.output.count;
    const killedAt = performance.now();
    await three.kill();
    await one.output.find(/A new membership \(.*\) was formed\. Members left: 3/, mark, one.name);
    // token 1000 + 650 ms for the third node, consensus 1.2 times that, and what a loaded machine needs
    expect(performance.now() - killedAt).to.be.below(1650 + 1980 + 10_000);
    await one.output.find(/Failed to receive the leave message\. failed: 3/, mark, one.name);
    await two.on([1, 2]);
    three.start();
    await lab.oneRing();
  });

  it('lets a node leave politely without waiting for time-outs', async () => {
    const [one, two, three] = (await cluster()) as [Daemon, Daemon, Daemon];
    const mark = one.output.count;
    const leftAt = performance.now();
    three.signal('SIGTERM');
    await one.output.find(/A new membership \(.*\) was formed\. Members left: 3/, mark, one.name);
    // What the time-outs of token and consensus would take at the least.
    expect(performance.now() - leftAt).to.be.below(1650 + 1980);
    expect(await three.ended()).to.equal(0);
    await two.on([1, 2]);
    expect(one.output.since(mark).join('\n')).to.not.match(/Failed to receive the leave message/);
  });

  it('becomes two rings when split and one again when healed, by the rules of extended virtual synchrony', async () => {
    const [one, two, three] = (await cluster()) as [Daemon, Daemon, Daemon];
    const clients = await Promise.all([one, two, three].map((daemon) => daemon.client('evs')));
    await Promise.all(clients.map((client) => client.change(({ members }) => members.length === 3)));
    lab.split([1], [2, 3]);
    for (const client of clients) client.send(100, 50);
    await Promise.all([one.on([1]), two.on([2, 3]), three.on([2, 3])]);
    for (const client of clients) client.send(100, 50);
    await clients[0]!.delivered(100);
    await Promise.all(clients.slice(1).map((client) => client.delivered(200)));
    lab.heal();
    await lab.oneRing();
    await Promise.all(
      clients.map((client) =>
        client.change(({ members, joined }) => members.length === 3 && joined.some(({ reason }) => reason === 4)),
      ),
    );
    for (const client of clients) client.send(100, 10);
    const [first, second, third] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
    const last = (tag: number) => `${tag}:109:100`;
    for (const client of clients) {
      for (const tag of [1, 2, 3]) {
        await client.output.find(
          new RegExp(`"tag":${tag},"number":109,`),
          0,
          `the client of host ${client.daemon.host}`,
        );
      }
    }
    // Nodes that went together through all changes delivered the same, in the same order.
    expect(third.deliveries()).to.deep.equal(second.deliveries());
    for (const client of clients) {
      const own = client.deliveries().filter((delivery) => delivery.startsWith(`${client.daemon.host}:`));
      const wanted = Array.from({ length: 110 }, (_, i) => `${client.daemon.host}:${i}:100`);
      expect(own, 'self-delivery, in order, once').to.deep.equal(wanted);
      expect(client.deliveries().filter((delivery) => delivery === last(1))).to.have.length(1);
    }
    // What both sides of the split saw, they saw in the same order.
    const common = new Set(second.deliveries());
    const seenByOne = first.deliveries().filter((delivery) => common.has(delivery));
    const also = new Set(seenByOne);
    expect(second.deliveries().filter((delivery) => also.has(delivery))).to.deep.equal(seenByOne);
  });

  it('delivers everything in order while one host loses 20% of its packets', async () => {
    const daemons = await cluster();
    const clients = await Promise.all(daemons.map((daemon) => daemon.client('loss')));
    await Promise.all(clients.map((client) => client.change(({ members }) => members.length === 3)));
    for (const client of clients) client.say('mark');
    await Promise.all(clients.map((client) => client.delivered(3)));
    const before = clients.map((client) => client.deliveries().length);
    lab.loss(2, 20);
    for (const client of clients) client.send(1000, 400);
    await Promise.all(clients.map((client, i) => client.delivered(before[i]! + 1200, 120_000)));
    const orders = clients.map((client) => client.deliveries().slice(-1200));
    expect(orders[1]).to.deep.equal(orders[0]);
    expect(orders[2]).to.deep.equal(orders[0]);
    for (const client of clients) expect((await client.report()).errors).to.equal(0);
    lab.heal();
    await lab.oneRing();
  });

  it('takes back a node that did not run for longer than the token time-out', async () => {
    const [one, two, three] = (await cluster()) as [Daemon, Daemon, Daemon];
    three.signal('SIGSTOP');
    await Promise.all([one.on([1, 2]), two.on([1, 2])]);
    three.signal('SIGCONT');
    await lab.oneRing();
    expect(three.running).to.equal(true);
  });
});

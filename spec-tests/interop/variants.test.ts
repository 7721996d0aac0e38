import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { ClusterSettings } from './lab.js';

/** Settings that both daemons must read alike for one ring to come about. */
const VARIANTS: readonly (Omit<ClusterSettings, 'nodes'> & { readonly name: string })[] = [
  { name: 'udpu over IPv6', transport: 'udpu', ipVersion: 6 },
  { name: 'udp multicast over IPv6', transport: 'udp', ipVersion: 6 },
  { name: 'udp broadcast', transport: 'udp', group: 'broadcast' },
  { name: 'jumbo frames', transport: 'udpu', mtu: 9000, totem: ['netmtu: 8900'] },
  { name: 'frames larger than the network, in IP fragments', transport: 'udpu', totem: ['netmtu: 8900'] },
  { name: 'small windows', transport: 'udpu', totem: ['window_size: 7', 'max_messages: 3'] },
  { name: 'large windows', transport: 'udpu', totem: ['window_size: 300', 'max_messages: 100'] },
  { name: 'a multicast address from the cluster name', transport: 'udp', group: 'automatic' },
];

describe('a Chorale and a Corosync node with one configuration', function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab;
  afterEach(() => lab?.close());

  for (const { name, ...settings } of VARIANTS) {
    it(`${name}: form a ring and deliver in one order`, async () => {
      lab = new Lab({ nodes: 2, ...settings });
      const daemons = lab.start('chorale', 'corosync');
      await lab.oneRing();
      const clients = await Promise.all(daemons.map((daemon) => daemon.client('variant')));
      await Promise.all(clients.map((client) => client.change(({ members }) => members.length === 2)));
      for (const size of [12, 1300, 9000, 200_000]) for (const client of clients) client.send(size, 20);
      await Promise.all(clients.map((client) => client.delivered(160, 60_000)));
      expect(clients[1]!.deliveries()).to.deep.equal(clients[0]!.deliveries());
      for (const client of clients) expect((await client.report()).errors).to.equal(0);
    });
  }
});

import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalAddress, ipv4Number, isMulticast, multicastAddressFor } from '../../core/config/addresses.js';
import { conf, failure, load, nodelist } from './host.js';
import type { FakeHost } from './host.js';

const totem = (lines = ''): string => `totem {\nversion: 2\ntransport: udpu\n${lines}\n}\n`;
const udp = (lines = ''): string => `totem {\nversion: 2\ntransport: udp\n${lines}\n}\n`;
const nodes = (...list: readonly string[]): string =>
  `nodelist {\n${list.map((lines) => `node {\n${lines}\n}\n`).join('')}}\n`;

describe('finding the local node', () => {
  const two = totem() + nodes('ring0_addr: 10.0.0.1\nname: a.example.com', 'ring0_addr: 10.0.0.2\nname: b');
  const names = { 'x.example.com': ['10.0.0.2'], a: ['10.0.0.1'] };

  for (const [way, host, position] of [
    ['the host name is the name of a node', { hostname: 'b', local: [] }, 1],
    ['a host name with domain is', { hostname: 'a.example.com', local: [] }, 0],
    ['the host name without its domain is', { hostname: 'b.other.org', local: [] }, 1],
    ['the host name without part of its domain is', { hostname: 'a.example.com.lan', local: [] }, 0],
    ['the name of a node without its domain is the host name', { hostname: 'a', local: [] }, 0],
    ['the shortest names of both are equal', { hostname: 'a.lan', local: [] }, 0],
    ['an address of an interface is that of a node', { hostname: 'z', local: ['127.0.0.1', '10.0.0.2'] }, 1],
    [
      'the name of an address of an interface is',
      { hostname: 'z', local: ['10.9.0.1'], reverse: { '10.9.0.1': 'b' } },
      1,
    ],
    [
      'the name of an address of an interface without its domain is',
      { hostname: 'z', local: ['10.9.0.1'], reverse: { '10.9.0.1': 'b.lan' } },
      1,
    ],
    ['the instance is the name of a node', { hostname: 'b', instance: 'a.example.com', local: [] }, 0],
    ['the instance is no name, but the host name is', { hostname: 'b', instance: 'z', local: [] }, 1],
  ] as const satisfies readonly (readonly [string, FakeHost, number])[]) {
    it(`works when ${way}`, async () => {
      const { config } = await load(two, host);
      expect(config.localNode).to.equal(config.nodes[position]);
    });
  }

  it('works when a name of a node has an address of an interface', async () => {
    const text = totem() + nodes('ring0_addr: 10.0.0.1', 'ring0_addr: x.example.com');
    const { config } = await load(text, { hostname: 'z', local: ['10.0.0.2'], names });
    expect(config.localNode).to.deep.equal({
      position: 1,
      nodeId: 0x0a000002,
      ring0Address: 'x.example.com',
      address: '10.0.0.2',
      votes: 1,
    });
  });

  it('prefers the host name to addresses', async () => {
    const { config } = await load(two, { hostname: 'b', local: ['10.0.0.1'] });
    expect(config.localNode.position).to.equal(1);
  });

  it('compares IPv6 addresses, not how they are written', async () => {
    const text = totem() + nodes('ring0_addr: FD00:0::0001\nnodeid: 1');
    const { config } = await load(text, { local: ['fd00::1'] });
    expect(config.localNode.address).to.equal('fd00::1');
    expect(config.entries).to.deep.include({ path: 'nodelist.node.0.ring0_addr', type: 'str', value: 'FD00:0::0001' });
  });

  it('says who it looked for when nobody is found', async () => {
    const { message } = await failure(two, { hostname: 'z', local: ['192.0.2.1'] });
    expect(message).to.match(
      /none has the name "z" or an address of its interfaces \(192\.0\.2\.1\); add it, or correct/,
    );
  });

  it('asks no name server when numbers say it', async () => {
    const text = totem() + nodelist('10.0.0.1');
    const { config } = await load(text, { names: {}, reverse: {} });
    expect(config.localNode.position).to.equal(0);
  });
});

describe('node ids', () => {
  it('are derived from IPv4 addresses', async () => {
    const { config } = await load(totem() + nodes('ring0_addr: 10.78.0.1'), { local: ['10.78.0.1'] });
    expect(config.localNode.nodeId).to.equal(172883969);
    expect(config.entries).to.deep.include({ path: 'nodelist.node.0.nodeid', type: 'u32', value: 172883969 });
  });

  it('have all 32 bits, or 31 with clear_node_high_bit', async () => {
    const list = nodes('ring0_addr: 192.168.0.1');
    const host = { local: ['192.168.0.1'] };
    expect((await load(totem() + list, host)).config.localNode.nodeId).to.equal(0xc0a80001);
    const cleared = await load(totem('clear_node_high_bit: yes') + list, host);
    expect(cleared.config.localNode.nodeId).to.equal(0x40a80001);
  });

  it('are derived from the IPv4 address of a name whose IPv6 address the ring uses', async () => {
    const host = { local: ['fd00::1'], names: { n1: ['10.0.0.7', 'fd00::1'] } };
    const { config } = await load(totem() + nodes('ring0_addr: n1'), host);
    expect([config.localNode.address, config.localNode.nodeId]).to.deep.equal(['fd00::1', 0x0a000007]);
  });

  it('must be given with IPv6', async () => {
    const { message } = await failure(totem() + nodes('ring0_addr: fd00::1'), { local: ['fd00::1'] });
    expect(message).to.contain('the node "fd00::1" has no usable IPv4 address, so it needs "nodeid: NUMBER"');
  });

  it('must differ, derived ones too', async () => {
    const text = totem() + nodes('ring0_addr: 10.0.0.1', 'ring0_addr: 10.0.0.2\nnodeid: 167772161');
    expect((await failure(text)).message).to.contain('node id 167772161 is that of node "10.0.0.1" already');
  });

  it('of 0 stand for derived ones', async () => {
    const { config, warnings } = await load(totem() + nodes('ring0_addr: 10.0.0.1\nnodeid: 0'));
    expect(config.localNode.nodeId).to.equal(0x0a000001);
    expect(warnings.join()).to.contain('is no node id');
  });
});

describe('addresses of nodes', () => {
  const names = { both: ['10.0.0.1', 'fd00::1'], other: ['10.0.0.2', 'fd00::2'] };
  const list = nodes('ring0_addr: both\nnodeid: 1', 'ring0_addr: other\nnodeid: 2');

  for (const [ipVersion, family] of [
    ['ipv4', 4],
    ['ipv6', 6],
    ['ipv4-6', 4],
    ['ipv6-4', 6],
  ] as const) {
    it(`are of the family ${ipVersion} prefers`, async () => {
      const { config } = await load(totem(`ip_version: ${ipVersion}`) + list, { hostname: 'both', names });
      expect(config.nodes.map((node) => node.address)).to.deep.equal(
        family === 4 ? ['10.0.0.1', '10.0.0.2'] : ['fd00::1', 'fd00::2'],
      );
      expect(config.totem.addressFamily).to.equal(family);
    });
  }

  it('default to IPv6 first with udpu and to IPv4 with udp', async () => {
    expect((await load(totem() + list, { hostname: 'both', names })).config.totem.ipVersion).to.equal('ipv6-4');
    const { config } = await load(udp('cluster_name: x') + list, { hostname: 'both', names });
    expect([config.totem.ipVersion, config.totem.addressFamily]).to.deep.equal(['ipv4', 4]);
  });

  it('must be of one family', async () => {
    const text = totem() + nodelist('10.0.0.1', 'fd00::2');
    expect((await failure(text)).message).to.contain("fd00::2 is IPv6, but the local node's 10.0.0.1 is IPv4");
  });

  it('must be what ip_version allows', async () => {
    const { message } = await failure(totem('ip_version: ipv6') + nodelist('10.0.0.1'));
    expect(message).to.contain('"10.0.0.1": has no address that totem.ip_version (ipv6) allows');
  });

  it('must be known', async () => {
    const { message } = await failure(totem() + nodes('ring0_addr: 10.0.0.1', 'ring0_addr: nowhere'));
    expect(message).to.match(/:11: nodelist\.node\.ring0_addr: "nowhere": has no address .*\/etc\/hosts/);
  });

  it('must differ', async () => {
    expect((await failure(totem() + nodelist('10.0.0.1', '10.0.0.1'))).message).to.contain('each node needs its own');
  });

  it('must be given', async () => {
    const { message } = await failure(totem() + nodes('ring0_addr: 10.0.0.1', 'name: x\nnodeid: 2'));
    expect(message).to.contain(':10: nodelist.node: the node needs "ring0_addr: ADDRESS"');
    expect((await failure(totem())).message).to.contain('there are no nodes');
  });

  it('are at most 384', async () => {
    const many = Array.from({ length: 385 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    expect((await failure(totem() + nodelist(...many))).message).to.contain('at most 384');
    const { config } = await load(totem() + nodelist(...many.slice(0, 384)));
    expect(config.nodes).to.have.length(384);
  });

  it('of a link are remarked on, unless they name its interface', async () => {
    const { warnings } = await load(totem() + nodelist('fe80::1'), { local: ['fe80::1'] });
    expect(warnings.join()).to.contain('link-local');
    const { config, warnings: none } = await load(totem() + nodelist('fe80::1%eth0'), { local: ['fe80::1'] });
    expect([config.localNode.address, none]).to.deep.equal(['fe80::1%eth0', []]);
  });

  it('of two nodes of one name are remarked on', async () => {
    const text = totem() + nodes('ring0_addr: 10.0.0.1\nname: a', 'ring0_addr: 10.0.0.2\nname: a');
    expect((await load(text)).warnings.join()).to.contain('is the name of an earlier node too');
  });
});

describe('the interface', () => {
  it('of udpu needs no section', async () => {
    const { config } = await load(conf());
    expect(config.totem.interface).to.deep.equal({
      bindAddress: '10.0.0.1',
      bindNetAddr: '10.0.0.1',
      broadcast: false,
      mcastPort: 5405,
      ttl: 1,
    });
  });

  it('of udp makes its multicast address from the name of the cluster', async () => {
    const { config } = await load(udp('cluster_name: lab') + nodelist('10.0.0.1'));
    expect(config.totem.interface.mcastAddress).to.equal('239.192.2.214');
    expect(config.entries).to.deep.include({
      path: 'totem.interface.0.mcastaddr',
      type: 'str',
      value: '239.192.2.214',
    });
    expect(config.entries).to.deep.include({ path: 'totem.interface.0.mcastport', type: 'u16', value: 5405 });
    const six = await load(udp('cluster_name: lab\nip_version: ipv6') + nodelist('fd00::1'), { local: ['fd00::1'] });
    expect(six.config.totem.interface.mcastAddress).to.equal('ff15::2d4');
  });

  it('prefers the address that is given', async () => {
    const section = 'cluster_name: lab\ninterface {\nmcastaddr: 239.1.1.1\nmcastport: 6000\nttl: 9\n}';
    const { config } = await load(udp(section) + nodelist('10.0.0.1'));
    expect(config.totem.interface).to.include({ mcastAddress: '239.1.1.1', mcastPort: 6000, ttl: 9 });
  });

  it('of udp needs a name, an address or broadcast', async () => {
    const { message } = await failure(udp() + nodelist('10.0.0.1'));
    expect(message).to.contain('set totem.cluster_name, or mcastaddr or broadcast');
  });

  for (const [name, lines, pattern] of [
    [
      'an address of the other family',
      'mcastaddr: ff15::1',
      /"ff15::1": is no address that totem\.ip_version \(ipv4\)/,
    ],
    ['an address that is not multicast', 'mcastaddr: 10.1.1.1', /is no multicast address; write one of 224\.0\.0\.0/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      expect((await failure(udp(`interface {\n${lines}\n}`) + nodelist('10.0.0.1'))).message).to.match(pattern);
    });
  }

  it('refuses an IPv4 multicast address in a ring of IPv6', async () => {
    const text = udp('ip_version: ipv6-4\ninterface {\nmcastaddr: 239.1.1.1\n}') + nodelist('fd00::1');
    expect((await failure(text, { local: ['fd00::1'] })).message).to.contain('is not IPv6');
  });

  it('of udpu takes no ttl, and remarks on what is for udp', async () => {
    expect((await failure(conf({ totem: 'interface {\nttl: 2\n}' }))).message).to.contain('"transport: udp"');
    const { config, warnings } = await load(conf({ totem: 'interface {\nmcastaddr: 239.1.1.1\nbroadcast: yes\n}' }));
    expect(warnings).to.have.length(2);
    expect(config.totem.interface).to.not.have.property('mcastAddress');
    expect(config.totem.interface.broadcast).to.equal(false);
  });
});

describe('numeric addresses', () => {
  it('of clusters fall into 239.192.0.0/16 and ff15::/16 whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 7 }), (name, link) => {
        const four = multicastAddressFor(name, link, 4);
        expect(four).to.match(/^239\.192\.\d+\.\d+$/);
        expect(ipv4Number(four) & 0xffff).to.be.lessThan(0x10000);
        expect(isMulticast(four)).to.equal(true);
        const six = multicastAddressFor(name, link, 6);
        expect(six).to.match(/^ff15::[0-9a-f]{0,4}$/);
        expect(canonicalAddress(six)).to.equal(six);
        expect(isMulticast(six)).to.equal(true);
      }),
    );
  });

  it('count bytes above 127 of a name as negative', () => {
    // "é" is c3 a9, so (-61 * 2 - 87) & 0xffff = 0xff2f.
    expect(multicastAddressFor('é', 0, 6)).to.equal('ff15::ff2f');
  });

  it('are multicast in 224.0.0.0/4 and ff00::/8 only', () => {
    expect(['224.0.0.1', '239.255.255.255', 'ff02::1', 'FF15::1'].map(isMulticast)).to.deep.equal(Array(4).fill(true));
    expect(['223.255.255.255', '240.0.0.1', 'fe80::1', 'ff::1'].map(isMulticast)).to.deep.equal(Array(4).fill(false));
  });
});

import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import { SimulatedCluster } from '../../core/sim/cluster.js';
import { EvsClient } from '../../core/services/evs/client.js';
import type { EvsConfiguration, EvsEvent } from '../../core/services/evs/client.js';
import { EvsEngine } from '../../core/services/evs/engine.js';
import { evsPlugin } from '../../core/services/evs/index.js';
import { EVS_SERVICE_ID } from '../../core/services/evs/layouts.js';
import { Packet, request } from '../../core/services/packet.js';
import { EngineConnection } from '../support/engine-connection.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import { refusal } from './client-bench.js';
import { deliver, StubRing } from './stub-ring.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function shown(events: readonly EvsEvent[]): string[] {
  return events.map((event) =>
    event.kind === 'message' ? `${event.nodeId}: ${Buffer.from(event.data)}` : `${event.kind} ${event.members.join()}`,
  );
}

class Bench {
  readonly cluster: FakeCluster;
  private serial = 0;

  constructor(queueLimit = 1000) {
    this.cluster = new FakeCluster({ nodes: [1, 2, 3], random: seededRandom(3), queueLimit });
    for (const node of this.cluster.nodes) {
      node.add(new EvsEngine({ ring: node.ringOf(EVS_SERVICE_ID), logger: silentLogger }));
    }
    this.cluster.reform([1, 2, 3]);
    this.cluster.settle();
  }

  connect(nodeId: number): { client: EvsClient; events: EvsEvent[] } {
    const node = this.cluster.node(nodeId);
    const id = ++this.serial;
    const engine = node.engines.get(EVS_SERVICE_ID)!;
    const connection = new EngineConnection(engine, node.ringOf(EVS_SERVICE_ID), { id, pid: id });
    const client = new EvsClient(connection, { clock: new FakeClock() });
    const events: EvsEvent[] = [];
    client.listen((event) => events.push(event));
    return { client, events };
  }

  async quiet(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      this.cluster.settle();
      await Promise.resolve();
    }
  }
}

describe('EVS', () => {
  it('gives a message once to each client in any of its groups, and to no other', async () => {
    const bench = new Bench();
    const [a, b, c] = [bench.connect(1), bench.connect(2), bench.connect(3)];
    await a.client.join('red', 'green');
    await b.client.join('green');
    await a.client.mcastJoined(text('both'));
    await c.client.mcastGroups(['red'], text('red'), { safe: true });
    await b.client.mcastJoined(text('green'));
    await c.client.mcastGroups(['blue'], text('blue'));
    await bench.quiet();
    const messages = (events: EvsEvent[]): string[] => shown(events.filter(({ kind }) => kind === 'message'));
    expect(messages(a.events).toSorted()).to.deep.equal(['1: both', '2: green', '3: red']);
    expect(messages(b.events).toSorted()).to.deep.equal(['1: both', '2: green']);
    expect(messages(c.events)).to.deep.equal([]);
    const both = a.events.find((event) => event.kind === 'message' && event.nodeId === 1);
    expect(both).to.deep.include({ groups: ['red', 'green'] });
  });

  it('has one order for all, however full the ring is', async () => {
    const bench = new Bench(3);
    const clients = [1, 2, 3].map((id) => bench.connect(id));
    for (const { client } of clients) await client.join('group');
    const COUNT = 200;
    const big = new Uint8Array(20_000);
    const sent = clients.flatMap(({ client }, from) =>
      Array.from({ length: COUNT }, (_, i) => client.mcastJoined(Buffer.concat([text(`${from + 1}.${i} `), big]))),
    );
    let done = false;
    void Promise.all(sent).then(() => (done = true));
    for (let turns = 0; !done; turns++) {
      if (turns > 100_000) throw new Error('the ring never takes all messages');
      bench.cluster.run(10);
      await Promise.resolve();
    }
    await bench.quiet();
    const orders = clients.map(({ events }) =>
      events.flatMap((event) => (event.kind === 'message' ? [Buffer.from(event.data).toString().split(' ')[0]!] : [])),
    );
    expect(orders[0]).to.have.length(3 * COUNT);
    expect(orders[1]).to.deep.equal(orders[0]);
    expect(orders[2]).to.deep.equal(orders[0]);
    const own = orders[0]!.filter((line) => line.startsWith('2.'));
    expect(own).to.deep.equal(Array.from({ length: COUNT }, (_, i) => `2.${i}`));
  });

  it('tells the configuration a client comes into, and each transitional and regular one in its place', async () => {
    const bench = new Bench();
    const { client, events } = bench.connect(1);
    await client.join('group');
    expect(shown(events)).to.deep.equal(['regular 1,2,3']);
    await client.join('another');
    await client.mcastJoined(text('before'));
    await bench.quiet();
    bench.cluster.reform([1, 2], [3]);
    bench.cluster.settle();
    await client.mcastJoined(text('after'));
    await bench.quiet();
    expect(shown(events)).to.deep.equal(['regular 1,2,3', '1: before', 'transitional 1,2', 'regular 1,2', '1: after']);
    expect((events[2] as EvsConfiguration).left).to.deep.equal([3]);
    expect(await client.membership()).to.deep.include({ localNode: 1, members: [1, 2] });
    expect((await client.membership()).ringId).to.deep.equal((events[3] as EvsConfiguration).ringId);
  });

  it('tells nothing more of a group that was left, and leaves all or none', async () => {
    const bench = new Bench();
    const { client, events } = bench.connect(1);
    await client.join('a', 'b');
    await client.join('a');
    expect(await refusal(client.leave('a', 'c'))).to.equal('CS_ERR_NOT_EXIST');
    await client.leave('a');
    await client.mcastGroups(['a'], text('a'));
    await client.mcastJoined(text('b'));
    await bench.quiet();
    expect(shown(events).slice(1)).to.deep.equal(['1: b']);
  });

  it('says by name what is refused', async () => {
    const { client } = new Bench().connect(1);
    expect(await refusal(client.mcastJoined(text('x')))).to.equal('CS_ERR_NOT_EXIST');
    expect(await refusal(client.join('x'.repeat(33)))).to.equal('CS_ERR_NAME_TOO_LONG');
    const many = Array.from({ length: 51 }, (_, i) => `group ${i}`);
    expect(await refusal(client.join(...many))).to.equal('CS_ERR_TOO_MANY_GROUPS');
    expect(await refusal(client.mcastGroups(many, text('x')))).to.equal('CS_ERR_TOO_MANY_GROUPS');
    await client.join('x'.repeat(32));
    expect(await refusal(client.mcastJoined(new Uint8Array(1044481)))).to.equal('CS_ERR_TOO_BIG');
  });

  it('sends the bytes that its documentation shows', async () => {
    const ring = new StubRing(1);
    const engine = new EvsEngine({ ring, logger: silentLogger });
    const connection = new EngineConnection(engine, ring, { id: 1, pid: 1 });
    const client = new EvsClient(connection, { clock: new FakeClock() });
    await client.join('ab');
    await client.mcastJoined(new Uint8Array([7, 8, 9]), { safe: true });
    const key = `6162${'00'.repeat(30)}`;
    expect(ring.sent.map(({ fn, guarantee }) => [fn, guarantee])).to.deep.equal([[0, 1]]);
    expect(Buffer.from(ring.sent[0]!.body).toString('hex')).to.equal(`0100000003000000${key}070809`);
    const seen = new FakeClient(engine, 2).request(request(0, 56).u32(16, 1).put(24, text('ab')).bytes);
    ring.loop(engine);
    const event = Buffer.from(seen.events.at(-1)!);
    expect(event.subarray(0, 24).toString('hex')).to.match(/^04000000.{8}4b000000/);
    expect(event.subarray(24).toString('hex')).to.equal(`01000000000000000100000003000000${key}070809`);
  });

  it('counts and ignores what is malformed, from the ring and from clients', () => {
    const ring = new StubRing(1);
    const engine = new EvsEngine({ ring, logger: silentLogger });
    const client = new FakeClient(engine, 1);
    const bodies = [
      new Uint8Array(4),
      new Packet(24).u32(16, 1).body,
      new Packet(24).u32(20, 1).body,
      new Packet(24).u32(16, 0xffffffff).body,
      new Packet(24).u32(20, 0xffffffff).body,
      new Packet(24 + 51 * 32).u32(16, 51).body,
    ];
    for (const body of bodies) deliver(engine, 0, body, 2);
    expect(engine.refused).to.equal(bodies.length);
    client.request(request(2, 32).u32(24, 9).bytes);
    client.request(request(2, 32).u32(28, 9).bytes);
    client.request(request(0, 24).u32(16, 2).bytes);
    expect(engine.refused).to.equal(bodies.length + 3);
    expect(ring.sent).to.deep.equal([]);
    expect(client.events).to.deep.equal([]);
  });
});

describe('EVS on whole nodes', () => {
  it('gives those who stay together the same events, and cuts no order, while the ring changes under load', async () => {
    const cluster = new SimulatedCluster({ nodes: [1, 2, 3], plugins: () => [evsPlugin()], seed: 7 });
    cluster.start();
    await cluster.formed(1, 2, 3);
    const logs = new Map<number, string[]>();
    const clients = [1, 2, 3].map((nodeId) => {
      const client = new EvsClient(cluster.node(nodeId).connect('evs'), { clock: new FakeClock() });
      const log: string[] = [];
      client.listen((event) => log.push(...shown([event])));
      logs.set(nodeId, log);
      return client;
    });
    await cluster.settled(Promise.all(clients.map((client) => client.join('group'))));
    const load = async (from: string): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        await cluster.settled(Promise.all(clients.map((client) => client.mcastJoined(text(`${from}${i}`)))));
      }
    };
    await load('a');
    cluster.partition([1, 2], [3]);
    const during = load('b');
    await cluster.formed(1, 2);
    await during;
    cluster.partition();
    await cluster.formed(1, 2, 3);
    await load('c');
    await cluster.run(1000);
    const [one, two, three] = [logs.get(1)!, logs.get(2)!, logs.get(3)!];
    expect(one).to.include('transitional 1,2');
    expect(three).to.include('transitional 3');
    const since = (log: string[]): string[] => log.slice(log.indexOf('1: a0'));
    expect(since(one)).to.deep.equal(since(two));
    const last = (log: string[]): string[] => log.slice(log.lastIndexOf('regular 1,2,3'));
    expect(last(three)).to.deep.equal(last(one));
    for (const log of [one, two, three]) {
      for (const sender of [1, 2, 3]) {
        const own = log.filter((line) => line.startsWith(`${sender}: c`)).map((line) => line.slice(4));
        expect(own).to.deep.equal(Array.from({ length: 50 }, (_, i) => String(i)));
      }
    }
  });
});

import { expect } from 'chai';
import { CsError } from 'chorale/sdk';
import { SimulatedCluster } from 'chorale/testing';
import counter, { CounterClient } from './index.js';

/** Nodes with the counter service, clients of them, and a way to let time pass until a promise is settled. */
async function counting(...nodeIds: number[]) {
  const cluster = new SimulatedCluster({ nodes: nodeIds, plugins: () => [counter] });
  cluster.start();
  await cluster.formed(...nodeIds);
  const client = (nodeId: number): CounterClient => new CounterClient(cluster.node(nodeId).connect('counter'));
  const settled = <T>(work: Promise<T>): Promise<T> => cluster.settled(work);
  /** The value on every node. */
  const values = (name: string, on = nodeIds): Promise<number[]> =>
    settled(Promise.all(on.map((nodeId) => client(nodeId).get(name))));
  return { cluster, client, settled, values };
}

describe('replicated counter', () => {
  it('counts every addition once, in one order, on all nodes', async () => {
    const { client, settled, values } = await counting(1, 2, 3);
    const additions = [1, 2, 3].flatMap((nodeId) => {
      const one = client(nodeId);
      return [1, 10, 100].map((amount) => one.add('hits', amount));
    });
    const seen = await settled(Promise.all(additions));
    expect(new Set(seen).size, 'each addition has its own place').to.equal(9);
    expect(Math.max(...seen)).to.equal(333);
    expect(await values('hits')).to.deep.equal([333, 333, 333]);
    expect(await values('other')).to.deep.equal([0, 0, 0]);
  });

  it('subtracts with a negative amount', async () => {
    const { client, settled, values } = await counting(1, 2);
    expect(await settled(client(1).add('stock', -5))).to.equal(-5);
    expect(await settled(client(2).add('stock', 12))).to.equal(7);
    expect(await values('stock')).to.deep.equal([7, 7]);
  });

  it('counts on in both halves of a partition and loses nothing when they meet again', async () => {
    const { cluster, client, settled, values } = await counting(1, 2, 3);
    await settled(client(1).add('hits', 1000));
    cluster.partition([1], [2, 3]);
    await cluster.formed(1);
    await cluster.formed(2, 3);
    await settled(Promise.all([client(1).add('hits', 1), client(2).add('hits', 10), client(3).add('hits', 100)]));
    expect(await values('hits', [1])).to.deep.equal([1001]);
    expect(await values('hits', [2, 3])).to.deep.equal([1110, 1110]);
    cluster.partition();
    await cluster.formed(1, 2, 3);
    expect(await values('hits')).to.deep.equal([1111, 1111, 1111]);
    cluster.partition([1, 2], [3]);
    await cluster.formed(1, 2);
    cluster.partition();
    await cluster.formed(1, 2, 3);
    expect(await values('hits'), 'meeting again counts nothing twice').to.deep.equal([1111, 1111, 1111]);
  });

  it('gives a node that starts again the counts, and counts what it adds then', async () => {
    const { cluster, client, settled, values } = await counting(1, 2);
    await settled(client(1).add('hits', 5));
    cluster.crash(1);
    await cluster.formed(2);
    await settled(client(2).add('hits', 20));
    cluster.start(1);
    await cluster.formed(1, 2);
    expect(await values('hits')).to.deep.equal([25, 25]);
    await settled(client(1).add('hits', 300));
    expect(await values('hits')).to.deep.equal([325, 325]);
  });

  it('counts what a node added alone, after a restart, before it met the others again', async () => {
    const { cluster, client, settled, values } = await counting(1, 2);
    await settled(client(1).add('hits', 5));
    cluster.crash(1);
    await cluster.formed(2);
    cluster.partition([1], [2]);
    cluster.start(1);
    await cluster.formed(1);
    await settled(client(1).add('hits', 3));
    cluster.partition();
    await cluster.formed(1, 2);
    expect(await values('hits')).to.deep.equal([8, 8]);
  });

  it('transfers more counters than one message holds', async () => {
    const { cluster, client, settled, values } = await counting(1, 2);
    cluster.crash(2);
    await cluster.formed(1);
    const one = client(1);
    await settled(Promise.all(Array.from({ length: 350 }, (_, i) => one.add(`counter ${i}`, i + 1))));
    cluster.start(2);
    await cluster.formed(1, 2);
    expect(await values('counter 0')).to.deep.equal([1, 1]);
    expect(await values('counter 349')).to.deep.equal([350, 350]);
  });

  it('gives the counts to a service loaded into a running node', async () => {
    const { cluster, client, settled, values } = await counting(1, 2);
    await settled(client(1).add('hits', 5));
    const ringId = cluster.node(1).status.ringId;
    cluster.node(1).host.restart('counter');
    await cluster.until(() => cluster.node(1).status.ringId !== ringId, 'a new ring');
    await cluster.formed(1, 2);
    expect(await values('hits')).to.deep.equal([5, 5]);
    await settled(client(1).add('hits', 1));
    expect(await values('hits')).to.deep.equal([6, 6]);
  });

  it('tells watchers every new value, also those that a merge brings', async () => {
    const { cluster, client, settled } = await counting(1, 2);
    const seen: string[] = [];
    await settled(client(1).watch((name, value) => seen.push(`${name} ${value}`)));
    await settled(client(2).add('a', 1));
    await settled(client(1).add('b', 2));
    cluster.partition([1], [2]);
    await cluster.formed(1);
    await cluster.formed(2);
    await settled(client(2).add('a', 10));
    cluster.partition();
    await cluster.formed(1, 2);
    await cluster.run(10);
    expect(seen).to.deep.equal(['a 1', 'b 2', 'a 11']);
  });

  it('loses and doubles nothing through any partitions and losses of frames', async () => {
    for (let run = 0; run < 5; run++) {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const nodes = [1, 2, 3, 4];
      const cluster = new SimulatedCluster({ nodes, plugins: () => [counter], seed });
      cluster.start();
      await cluster.formed(...nodes);
      const clients = nodes.map((nodeId) => new CounterClient(cluster.node(nodeId).connect('counter')));
      const additions: Promise<number>[] = [];
      let total = 0;
      let bits = seed;
      for (let round = 0; round < 6; round++) {
        bits = (Math.imul(bits, 1103515245) + 12345) >>> 0;
        cluster.partition(
          nodes.filter((node) => (bits >>> (8 + node)) & 1),
          nodes.filter((node) => !((bits >>> (8 + node)) & 1)),
        );
        cluster.lose(round % 2 === 0 ? 0.05 : 0);
        for (let i = 0; i < 20; i++) {
          const amount = ((bits >>> 3) % 100) + i - 60 || 1;
          total += amount;
          additions.push(clients[i % clients.length]!.add('hits', amount));
        }
        await cluster.run((bits >>> 16) % 12_000);
      }
      cluster.partition();
      cluster.lose(0);
      await cluster.settled(Promise.all(additions));
      await cluster.formed(...nodes);
      await cluster.run(1000);
      const values = await cluster.settled(Promise.all(clients.map((client) => client.get('hits'))));
      expect(values, `seed ${seed}`).to.deep.equal([total, total, total, total]);
      cluster.close();
    }
  });

  it('refuses what is no counter or no amount', async () => {
    const { client, settled } = await counting(1);
    const one = client(1);
    for (const work of [
      () => one.add('', 1),
      () => one.add('x'.repeat(65), 1),
      () => one.add('a', 0),
      () => one.add('a', 1e13),
      () => one.add('a', 1.5),
      () => one.add('a', NaN),
      () => one.get(''),
    ]) {
      const error = await settled(work().catch((thrown: unknown) => thrown));
      expect(error).to.be.instanceOf(CsError);
      expect((error as CsError).spec).to.equal('CS_ERR_INVALID_PARAM');
    }
    expect(await settled(one.add('a', 1))).to.equal(1);
  });

  it('refuses one counter too many, on every node the same', async () => {
    const { client, settled, values } = await counting(1, 2);
    const clients = Array.from({ length: 40 }, (_, i) => client((i % 2) + 1));
    const add = (i: number): Promise<unknown> => clients[i % 40]!.add(`c${i}`).catch((error: CsError) => error.spec);
    const answers = await settled(Promise.all(Array.from({ length: 1002 }, (_, i) => add(i))));
    expect(answers.filter((answer) => answer === 'CS_ERR_NO_SPACE')).to.have.length(2);
    const refused = answers.indexOf('CS_ERR_NO_SPACE');
    expect(await values(`c${refused}`)).to.deep.equal([0, 0]);
  });
});

import { expect } from 'chai';
import { CpgClient, cpgPlugin } from '../../core/services/cpg/index.js';
import { RecordedCluster, replayed, stateOf } from './recorded-cluster.js';

const plugins = [{ plugin: cpgPlugin() }];

describe('a recorded node', () => {
  let cluster: RecordedCluster;
  const clients: CpgClient[] = [];

  const connect = (nodeId: number): CpgClient => {
    const client = new CpgClient(cluster.node(nodeId).connect('cpg'), { pid: 100 + nodeId, clock: cluster.clock });
    clients.push(client);
    return client;
  };
  const traffic = async (client: CpgClient, count: number, bytes: number): Promise<void> => {
    let delivered = 0;
    client.listen((event) => void (event.kind === 'message' && delivered++));
    let joined = false;
    void client.join('group').then(() => (joined = true));
    await cluster.until(() => joined, 'a member of the group');
    for (let i = 0; i < count; i++) void client.multicast(new Uint8Array(bytes).fill(i));
    await cluster.until(() => delivered >= count, `${count} messages`);
  };
  const same = async (nodeId: number): Promise<void> => {
    cluster.close();
    const { node, outcome } = await replayed(cluster.file(nodeId), plugins);
    expect(outcome.difference).to.equal(undefined);
    expect(outcome.compared).to.be.greaterThan(1);
    expect(stateOf(node)).to.deep.equal(stateOf(cluster.node(nodeId)));
  };

  beforeEach(() => {
    cluster = new RecordedCluster([1, 2, 3], () => plugins);
  });
  afterEach(() => cluster.dispose());

  it('is replayed to the same state, with the same outputs', async () => {
    cluster.startAll();
    await cluster.formed(1, 2, 3);
    const client = connect(2);
    await traffic(client, 300, 2000);
    for (const nodeId of [1, 2, 3]) {
      await same(nodeId);
      expect(cluster.stops).to.deep.equal([]);
    }
  });

  it('is replayed through a partition, a merge, back-pressure and the leave of another', async () => {
    cluster.startAll();
    await cluster.formed(1, 2, 3);
    const sender = connect(1);
    await traffic(sender, 50, 100);
    cluster.partition([1, 2], [3]);
    await cluster.until(() => cluster.node(1).members.length === 2, 'a ring of two');
    for (let i = 0; i < 40; i++) void sender.multicast(new Uint8Array(100_000));
    await cluster.clock.advance(200);
    cluster.partition();
    await cluster.formed(1, 2, 3);
    await cluster.clock.advance(2000);
    void cluster.node(2).leave();
    await cluster.until(() => cluster.node(1).members.length === 2 && cluster.node(1).state === 'operational', 'two');
    for (const nodeId of [1, 2, 3]) await same(nodeId);
    expect(cluster.node(2).state).to.equal('left');
  });

  it('is replayed when what the node calls calls the node', async () => {
    let leaves = false;
    cluster.startAll();
    const node = cluster.node(2);
    node.onSynchronized(() => {
      if (leaves) void node.leave();
    });
    await cluster.formed(1, 2, 3);
    leaves = true;
    cluster.node(1).reform();
    await cluster.formed(1, 3);
    expect(node.state).to.equal('left');
    await same(2);
    expect(cluster.stops).to.deep.equal([]);
  });

  it('is replayed after a crash that its disk caused', async () => {
    cluster.startAll();
    await cluster.formed(1, 2, 3);
    cluster.stores.get(3)!.failing = true;
    cluster.partition([1, 2], [3]);
    await cluster.until(() => cluster.node(3).state === 'crashed', 'a ring id that cannot be stored');
    await same(3);
  });
});

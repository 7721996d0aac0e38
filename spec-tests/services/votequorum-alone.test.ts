import { expect } from 'chai';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import { ServiceNode } from './service-node.js';

describe('votequorum of a cluster of one node', () => {
  it('is quorate from the beginning and tells it at the first synchronization (totem.md 10.2, 10.4)', () => {
    const cluster = new FakeCluster({ nodes: [1], random: seededRandom(1) });
    const keys = { 'quorum.provider': 'corosync_votequorum' };
    const service = new ServiceNode(cluster.node(1), { nodelist: [1], keys });
    expect(service.votequorum.quorate).to.equal(true);
    expect(service.quorum.quorate).to.equal(false);
    cluster.reform([1]);
    cluster.settle();
    expect(service.quorum.quorate).to.equal(true);
  });
});

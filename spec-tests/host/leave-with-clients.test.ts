import { expect } from 'chai';
import { CpgClient, cpgPlugin } from '../../core/services/cpg/index.js';
import type { CpgMembershipEvent } from '../../core/services/cpg/index.js';
import { TestCluster } from './cluster.js';

describe('a node that leaves with clients connected', () => {
  it('takes their processes with it: the others see reason "node down", as with Corosync (services-ipc.md 1.5)', async () => {
    const cluster = new TestCluster([1, 2], () => [{ plugin: cpgPlugin() }]);
    cluster.startAll();
    await cluster.formed(1, 2);
    const [first, second] = [1, 2].map(
      (nodeId) => new CpgClient(cluster.node(nodeId).connect('cpg'), { pid: 100 + nodeId, clock: cluster.clock }),
    ) as [CpgClient, CpgClient];
    const changes: CpgMembershipEvent[] = [];
    first.listen((event) => void (event.kind === 'membership' && changes.push(event)));
    for (const client of [first, second]) void client.join('group');
    await cluster.until(() => changes.at(-1)?.members.length === 2, 'both processes in the group');
    changes.length = 0;
    void cluster.node(2).leave();
    await cluster.until(() => changes.length > 0, 'a change of the group');
    expect(changes.map((change) => change.left)).to.deep.equal([[{ nodeId: 2, pid: 102, reason: 'node down' }]]);
  });
});

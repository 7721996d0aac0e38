import { expect } from 'chai';
import { B_01_01 } from 'chorale/sdk';
import { TestCluster } from '../host/cluster.js';
import { seededRandom } from '../support/ring-fake.js';
import { RegisterLibrary, registerPlugin } from './register.js';
import type { Register, RegisterEngine } from './register.js';

const NODES = [1, 2, 3];

/** An engine with replicated state that has a bug on one node alone. */
describe('an engine that is isolated on one node', () => {
  it('tells its clients, and has the others drop what those held; a restart gets the state from them', async () => {
    const engines = new Map<number, RegisterEngine>();
    const plugin = registerPlugin((nodeId, engine) => engines.set(nodeId, engine));
    const cluster = new TestCluster(NODES, () => [{ plugin }]);
    cluster.startAll();
    await cluster.formed(...NODES);
    const random = seededRandom(7);
    const library = (node: number): RegisterLibrary =>
      new RegisterLibrary({
        connect: async (service) => cluster.node(node).connect(service),
        clock: cluster.clock,
        entropy: { below: (limit) => random(limit) },
      });
    const settled = async <T>(work: Promise<T>): Promise<T> => {
      let done = false;
      void work.catch(() => undefined).finally(() => (done = true));
      await cluster.until(() => done, 'a promise');
      return work;
    };
    const initialize = (node: number): Promise<Register> => settled(library(node).initialize({}, B_01_01));
    const failure = (work: Promise<unknown>): Promise<string> =>
      settled(work.then(String, (thrown: Error) => thrown.message));
    const keys = (...nodes: number[]): string[][] =>
      nodes.map((node) => (engines.get(node)!.dump() as [string][]).map(([key]) => key));

    const [broken, waiter] = [await initialize(2), await initialize(1)];
    await settled(broken.put('lock', 'mine', { held: true }));
    await settled(broken.put('kept', ''));
    const free = waiter.wait('lock');
    const pending = failure(broken.wait('lock'));
    await cluster.clock.advance(100);
    const before = cluster.node(1).status;
    cluster
      .node(2)
      .host.service('register')!
      .fenced('a handler', () => {
        throw new Error('it is broken');
      });
    expect(await pending).to.match(/^SA_AIS_ERR_LIBRARY: .*service register has failed on this node.*restart register/);
    await settled(free);
    await cluster.formed(...NODES);
    expect(keys(1, 3)).to.deep.equal([['kept'], ['kept']]);
    expect(cluster.node(1).status.members, 'the node stays').to.deep.equal(before.members);
    expect(await failure(initialize(2))).to.match(/^SA_AIS_ERR_LIBRARY: service register has failed on this node/);
    expect(cluster.node(2).status.services[0]).to.deep.include({
      state: 'failed',
      failure: 'a handler: it is broken',
    });
    const lines = cluster.logs.join('\n');
    expect(lines).to.match(/service register is isolated on this node \(2\) for a bug in a handler: it is broken/);
    expect(lines).to.match(/node 2 is on the ring, but has service register no more/);
    const { ringId } = cluster.node(1).status;
    await cluster.clock.advance(10_000);
    expect(cluster.node(1).status.ringId, 'the ring forms again once').to.equal(ringId);

    cluster.node(2).host.restart('register');
    await cluster.until(() => cluster.node(2).status.services[0]!.state === 'running', 'the restart');
    await cluster.formed(...NODES);
    expect(keys(...NODES)).to.deep.equal([['kept'], ['kept'], ['kept']]);
    await initialize(2);
  });
});

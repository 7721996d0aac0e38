import { expect } from 'chai';
import type { QuorumEvent } from '../../core/services/quorum/client.js';
import { ClientBench, refusal } from './client-bench.js';

describe('quorum client', () => {
  it('tells whether the node is quorate, and that a provider decides', async () => {
    const bench = new ClientBench();
    const quorum = bench.quorum(1);
    expect(await quorum.quorate()).to.equal(true);
    expect(await quorum.type()).to.equal('set');
    bench.form([1], [2, 3]);
    expect(await quorum.quorate()).to.equal(false);
  });

  it('streams the current state, then each change: the nodes, then quorum', async () => {
    const bench = new ClientBench();
    const quorum = bench.quorum(2);
    const events = await quorum.track();
    const next = async (): Promise<QuorumEvent> => (await events.next()).value as QuorumEvent;
    const now = await next();
    expect(now).to.deep.include({ kind: 'nodes', members: [1, 2, 3], joined: [], left: [] });
    expect(await next()).to.deep.equal({ kind: 'quorum', quorate: true, ringId: now.ringId, members: [1, 2, 3] });
    bench.form([1], [2, 3]);
    expect(await next()).to.deep.include({ kind: 'nodes', members: [2, 3], joined: [], left: [1] });
    expect(await next()).to.deep.include({ kind: 'quorum', quorate: true, members: [2, 3] });
    bench.form([1], [2], [3]);
    expect(await next()).to.deep.include({ kind: 'nodes', members: [2], left: [3] });
    expect(await next()).to.deep.include({ kind: 'quorum', quorate: false, members: [2] });
  });

  it('tracks once a client, until the reader leaves', async () => {
    const bench = new ClientBench();
    const quorum = bench.quorum(1);
    const first = await quorum.track({ current: false });
    expect(await refusal(quorum.track({ current: false }))).to.equal('CS_ERR_EXIST');
    await first.return();
    const second = await quorum.track({ current: false });
    bench.form([1, 2], [3]);
    expect((await second.next()).value).to.deep.include({ kind: 'nodes', members: [1, 2] });
  });

  it('tells a listener, and nothing more after the tracking stops', async () => {
    const bench = new ClientBench();
    const quorum = bench.quorum(1);
    const kinds: string[] = [];
    quorum.listen(({ kind }) => kinds.push(kind));
    await quorum.trackStart({ changes: false });
    expect(kinds.splice(0)).to.deep.equal(['nodes', 'quorum']);
    bench.form([1, 2], [3]);
    expect(kinds).to.deep.equal([]);
    await quorum.trackStart({ current: false });
    bench.form([1, 2, 3]);
    expect(kinds.splice(0)).to.deep.equal(['nodes', 'quorum']);
    await quorum.trackStop();
    bench.form([1, 2], [3]);
    expect(kinds).to.deep.equal([]);
  });

  it('ends its streams with the connection, and says why', async () => {
    const bench = new ClientBench();
    const connection = bench.connection(1, 3);
    const quorum = bench.quorum(1, connection);
    const events = await quorum.track({ current: false });
    connection.end(new Error('the node stops'));
    expect(await events.next().catch((error: Error) => error.message)).to.equal('the node stops');
    expect(await quorum.ended).to.have.property('message', 'the node stops');
    expect(await refusal(quorum.quorate())).to.equal('CS_ERR_LIBRARY');
  });

  it('is closed by `using`', async () => {
    const bench = new ClientBench();
    let ended: Promise<Error | undefined>;
    {
      await using quorum = bench.quorum(1);
      ({ ended } = quorum);
      expect(await quorum.quorate()).to.equal(true);
    }
    expect(await ended).to.equal(undefined);
  });
});

import { expect } from 'chai';
import type { VotequorumEvent, VotequorumNodes } from '../../core/services/votequorum/client.js';
import { ValueType } from '../../core/services/cmap/values.js';
import { ClientBench, refusal } from './client-bench.js';

const DEVICE = { 'quorum.device.model': 'net', 'quorum.device.votes': 1, 'quorum.expected_votes': 4 };

function withDevice(): ClientBench {
  return new ClientBench([1, 2, 3], () => ({ keys: DEVICE }));
}

describe('votequorum client', () => {
  it('tells votes and states of nodes', async () => {
    const bench = new ClientBench();
    const votequorum = bench.votequorum(1);
    const info = await votequorum.info();
    expect(info).to.deep.equal({
      nodeId: 1,
      state: 'member',
      votes: 1,
      expectedVotes: 3,
      highestExpected: 3,
      totalVotes: 3,
      quorum: 2,
      quorate: true,
      twoNode: false,
      waitForAll: false,
      lastManStanding: false,
      autoTieBreaker: false,
      allowDownscale: false,
      qdevice: undefined,
    });
    expect(await votequorum.info(3)).to.deep.include({ nodeId: 3, state: 'member' });
    bench.form([1, 2], [3]);
    expect(await votequorum.info(3)).to.deep.include({ nodeId: 3, state: 'dead' });
    expect(await refusal(votequorum.info(9))).to.equal('CS_ERR_NOT_EXIST');
  });

  it('sets votes and expected votes on every node', async () => {
    const bench = new ClientBench();
    const [one, two] = [bench.votequorum(1), bench.votequorum(2)];
    await one.setExpectedVotes(5);
    await bench.quiet();
    expect(await two.info()).to.deep.include({ expectedVotes: 5, quorum: 3 });
    await one.setVotes(2, 2);
    await bench.quiet();
    expect(await two.info(2)).to.deep.include({ votes: 2, totalVotes: 4 });
    expect(await refusal(one.setExpectedVotes(1))).to.equal('CS_ERR_INVALID_PARAM');
    expect(await refusal(one.setVotes(9, 1))).to.equal('CS_ERR_NAME_NOT_FOUND');
  });

  it('streams nodes, quorum and expected votes', async () => {
    const bench = new ClientBench();
    const votequorum = bench.votequorum(1);
    const events = await votequorum.track();
    const next = async (): Promise<VotequorumEvent> => (await events.next()).value as VotequorumEvent;
    expect(await next()).to.deep.include({ kind: 'nodes', members: [1, 2, 3] });
    const quorum = await next();
    expect(quorum).to.deep.include({ kind: 'quorum', quorate: true });
    const states = quorum.kind === 'quorum' ? quorum.nodes.map(({ nodeId, state }) => `${nodeId} ${state}`) : [];
    expect(states.toSorted()).to.deep.equal(['1 member', '2 member', '3 member']);
    bench.form([1, 2], [3]);
    expect(await next()).to.deep.include({ kind: 'nodes', members: [1, 2] });
    const after = await next();
    expect(after.kind === 'quorum' && after.nodes.find(({ nodeId }) => nodeId === 3)?.state).to.equal('dead');
    await votequorum.setExpectedVotes(3);
    await bench.quiet();
    expect(await next()).to.deep.equal({ kind: 'expected votes', expectedVotes: 3 });
    await events.return();
    expect(await refusal(votequorum.trackStop())).to.equal('CS_ERR_NOT_EXIST');
  });

  it('registers a quorum device, polls with it, renames and unregisters it', async () => {
    const bench = withDevice();
    const [one, two] = [bench.votequorum(1), bench.votequorum(2)];
    const events = await one.track();
    const { ringId } = (await events.next()).value as VotequorumNodes;
    const device = await bench.until(one.registerQdevice('QDEV'));
    await device.poll(ringId, true);
    await device.masterWins(true);
    await bench.quiet();
    expect((await two.info(1)).qdevice).to.deep.equal({
      name: 'QDEV',
      votes: 1,
      alive: true,
      castsVote: true,
      masterWins: true,
    });
    expect(await one.info()).to.deep.include({ totalVotes: 4 });
    expect(await refusal(device.poll({ ...ringId, seq: ringId.seq + 4 }, true))).to.equal('CS_ERR_MESSAGE_ERROR');
    expect(await refusal(bench.until(two.registerQdevice('OTHER')))).to.equal('CS_ERR_EXIST');
    await device.rename('QDEV2');
    await bench.quiet();
    expect(device.name).to.equal('QDEV2');
    expect((await two.info(1)).qdevice?.name).to.equal('QDEV2');
    await device.poll(ringId, false);
    await device.unregister();
    await bench.quiet();
    expect((await two.info(1)).qdevice).to.equal(undefined);
    expect(await refusal(device.poll(ringId, true))).to.equal('CS_ERR_NOT_EXIST');
  });

  it('tells a device of the new ring while synchronization waits for its poll', async () => {
    const bench = withDevice();
    const one = bench.votequorum(1);
    const events = await one.track();
    const first = (await events.next()).value as VotequorumNodes;
    await events.next();
    const device = await bench.until(one.registerQdevice('QDEV'));
    await device.poll(first.ringId, true);
    await bench.quiet();
    bench.form([1, 2], [3]);
    const node = bench.cluster.node(1);
    expect(node.synchronizing).to.equal(true);
    let ring = first.ringId;
    while (ring.seq === first.ringId.seq) {
      const event = (await events.next()).value as VotequorumEvent;
      if (event.kind === 'nodes') ring = event.ringId;
    }
    await device.poll(ring, true);
    bench.cluster.settle();
    expect(node.synchronizing).to.equal(false);
  });

  it('unregisters with `await using`; no device can register where the configuration contradicts itself', async () => {
    const bench = withDevice();
    const one = bench.votequorum(1);
    {
      await using device = await bench.until(one.registerQdevice('QDEV'));
      expect(device.name).to.equal('QDEV');
    }
    await bench.quiet();
    expect((await one.info()).qdevice).to.equal(undefined);
    const without = new ClientBench();
    const unconfigured = await without.until(without.votequorum(1).registerQdevice('QDEV'));
    expect(unconfigured.name, 'a configuration without a device forbids none').to.equal('QDEV');
    expect(await refusal(one.registerQdevice('x'.repeat(255)))).to.equal('CS_ERR_NAME_TOO_LONG');
    bench.nodes[0]!.cmap.map.setNumber('quorum.two_node', ValueType.U8, 1);
    expect(await refusal(one.registerQdevice('QDEV'))).to.equal('CS_ERR_ACCESS');
  });
});

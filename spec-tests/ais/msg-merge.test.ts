import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import { ownerId } from '../../core/sdk/engine/owner.js';
import { mergeSpaces } from '../../plugins/msg/merge.js';
import { Queue } from '../../plugins/msg/queue.js';
import { MsgSpace } from '../../plugins/msg/space.js';
import { MsgCluster, PERSISTENT, bytes, ms, text } from './msg-cluster.js';

const ROOM = { creationFlags: PERSISTENT, size: [1e6, 1e6, 1e6, 64e6] };

describe('MSG when nodes join and partitions meet', () => {
  it('gives a queue with two owners to the larger side, and has the messages of both', async () => {
    const all = await MsgCluster.of([1, 2, 3]);
    const { cluster } = all.ais;
    const [a, b, c] = [await all.process(1), await all.process(2), await all.process(3)];
    const theirs = await c.open('Q', ROOM);
    for (const one of ['1', '2']) await a.send('Q', one);
    cluster.partition([1, 2], [3]);
    await cluster.formed(1, 2);
    await cluster.formed(3);
    const mine = await b.open('Q', null);
    expect(await b.send('Q', '3')).to.equal('OK');
    expect(await c.send('Q', '4')).to.equal('OK');
    const first = await all.ais.settled(mine.messageGet(ms(1000)));
    expect(Buffer.from(first.message.data).toString()).to.equal('1');
    cluster.partition();
    await cluster.formed(1, 2, 3);
    await all.ais.quiet();
    expect(await all.ais.outcome(() => theirs.messageGet(0n))).to.equal('BAD_HANDLE');
    expect((await b.drain(mine)).sort(), 'but for what one side has read').to.deep.equal(['2', '3', '4']);
    const [first1, ...others] = all.states(1, 2, 3);
    for (const other of others) expect(other).to.deep.equal(first1);
  });

  it('ends a call that waits on a handle that is lost', async () => {
    const all = await MsgCluster.of([1, 2, 3]);
    const { cluster } = all.ais;
    const [b, c] = [await all.process(2), await all.process(3)];
    const waiting = await all.waiting((await c.open('Q', ROOM)).messageGet(SA_TIME_END));
    cluster.partition([1, 2], [3]);
    await cluster.formed(1, 2);
    await b.open('Q', null);
    cluster.partition();
    await cluster.formed(1, 2, 3);
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('BAD_HANDLE');
  });

  it('unites groups, and tells who follows them', async () => {
    const all = await MsgCluster.of([1, 2, 3]);
    const { cluster } = all.ais;
    const [a, c] = [await all.process(1), await all.process(3)];
    await a.group('G', ['P']);
    await all.ais.settled(a.msg.queueGroupTrack('G', 2));
    cluster.partition([1, 2], [3]);
    await cluster.formed(1, 2);
    await cluster.formed(3);
    await c.open('Q', ROOM);
    await all.ais.settled(c.msg.queueGroupInsert('G', 'Q'));
    cluster.partition();
    await cluster.formed(1, 2, 3);
    await all.ais.quiet();
    expect(a.tracked).to.deep.equal([{ group: 'G', items: ['P NO_CHANGE', 'Q ADDED'], members: 2 }]);
  });

  it('answers a request across a partition that has ended', async () => {
    const all = await MsgCluster.of([1, 2, 3]);
    const { cluster } = all.ais;
    const [a, c] = [await all.process(1), await all.process(3)];
    const queue = await a.open('Q', ROOM);
    const asked = await all.waiting(c.msg.messageSendReceive('Q', text('ask'), SA_TIME_END));
    const { senderId } = await all.ais.settled(queue.messageGet(ms(1000)));
    cluster.partition([1, 2], [3]);
    await cluster.formed(1, 2);
    cluster.partition();
    await cluster.formed(1, 2, 3);
    expect(await all.ais.outcome(() => a.msg.messageReply(text('answer'), senderId, ms(1000)))).to.equal('OK');
    await all.ais.quiet();
    expect(asked.outcome).to.equal('OK');
  });

  it('gives a node that joins all messages, many and large ones, and the time that queues have left', async () => {
    const all = await MsgCluster.of([1, 2], { start: [1] });
    const { cluster } = all.ais;
    const a = await all.process(1);
    await a.open('Q', ROOM);
    for (let i = 0; i < 40; i++) expect(await a.send('Q', bytes(200_000))).to.equal('OK');
    for (let i = 0; i < 500; i++) a.msg.messageSendAsync(1n, 'Q', text(`${i}`, 0), 0);
    await all.ais.settled((await a.open('short', { retentionTime: ms(8000) })).close());
    cluster.start(2);
    await cluster.formed(1, 2);
    await all.ais.quiet(500);
    cluster.crash(1);
    await cluster.formed(2);
    const b = await all.process(2);
    expect(await b.status('short')).to.equal('OK');
    const queue = await b.open('Q', null);
    expect(await b.counts('Q')).to.deep.equal([500, 0, 0, 40]);
    expect((await b.drain(queue)).slice(0, 500)).to.deep.equal(Array.from({ length: 500 }, (_, i) => `${i}`));
    await all.ais.quiet(8000);
    expect(await b.status('short')).to.equal('NOT_EXIST');
  });
});

describe('MSG: the merge of two sides that know one message by different places', () => {
  const owner = ownerId(1, 7, 1);
  const nothing = new Uint8Array(0);
  const side = (node: number, sent: Readonly<Record<number, number>>, taken = 0) => {
    const space = new MsgSpace();
    const queue = new Queue('1', 'Q', { flags: PERSISTENT, size: [100, 100, 100, 100], retention: 0n });
    for (const [call, sequence] of Object.entries(sent)) {
      const content = { type: 0, version: 0, priority: 1, senderName: nothing, data: nothing };
      queue.areas[1]!.push({ content, owner, call: Number(call), sequence, time: 0n, senderId: 0n });
    }
    for (let i = 0; i < taken; i++) queue.take();
    space.add(queue);
    return { nodes: [node], quorate: true, state: space };
  };
  const calls = (...sides: ReturnType<typeof side>[]): number[] => {
    const [queue] = [...mergeSpaces(sides).space.queues.values()];
    return [...queue!.areas[1]!].map(({ call }) => call);
  };

  it('keeps it once, before what its sender sent later', () => {
    expect(calls(side(1, { 5: 20 }), side(2, { 5: 12, 6: 15 }))).to.deep.equal([5, 6]);
    expect(calls(side(1, { 5: 12, 6: 15 }), side(2, { 5: 20 }))).to.deep.equal([5, 6]);
  });

  it('gives it to nobody again when one side has given it out', () => {
    expect(calls(side(1, { 5: 20 }), side(2, { 5: 12, 6: 15 }, 1))).to.deep.equal([6]);
    expect(calls(side(1, { 5: 20, 6: 21 }, 1), side(2, { 5: 30 }))).to.deep.equal([6]);
  });

  it('goes on where the numbers of calls begin again', () => {
    const last = 2 ** 30 - 1;
    expect(calls(side(1, { [last]: 20 }, 1), side(2, { [last]: 12, 1: 15 }))).to.deep.equal([1]);
  });
});

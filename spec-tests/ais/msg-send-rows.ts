import { expect } from 'chai';
import { AckFlags, GroupPolicy, MAX_MESSAGE_BYTES } from '../../plugins/msg/index.js';
import type { MsgQueue } from '../../plugins/msg/index.js';
import { MsgCluster, WILD, bytes, ms, text, textOf } from './msg-cluster.js';
import type { MsgProcess } from './msg-cluster.js';
import type { ConformanceTable } from './rows.js';

const { MESSAGE_DELIVERED_ACK } = AckFlags;
const { LOCAL_ROUND_ROBIN, LOCAL_BEST_QUEUE, BROADCAST } = GroupPolicy;

async function withQueue(
  different = {},
  without: readonly 'messageDelivered'[] = [],
): Promise<{ all: MsgCluster; a: MsgProcess; queue: MsgQueue }> {
  const all = await MsgCluster.of();
  const a = await all.process(1, { without });
  return { all, a, queue: await a.open('Q', different) };
}

/** Rows of sending, to queues and to groups. */
export function sendRows(table: ConformanceTable): void {
  table.row(['MSG-SEND-01', 'MSG-SEND-02'], 'at every priority', async () => {
    const { a, queue } = await withQueue();
    for (const priority of [0, 1, 2, 3])
      expect(await a.send('Q', text(`twenty bytes of text${priority}`, priority))).to.equal('OK');
    expect(await a.drain(queue)).to.deep.equal([0, 1, 2, 3].map((priority) => `twenty bytes of text${priority}`));
  });
  table.row(['MSG-SEND-03', 'MSG-SEND-05', 'MSG-SEND-06', 'MSG-SEND-24'], 'arguments that cannot be', async () => {
    const { all, a } = await withQueue();
    const none = null as never;
    for (const [destination, message] of [
      ['Q', text('x', 4)],
      ['Q', text('x', 255)],
      ['Q', { data: 'text' as never }],
      ['Q', { ...text('x'), type: -1 }],
      [none, text('x')],
      ['Q', none],
    ] as const) {
      expect(await all.ais.outcome(() => a.msg.messageSend(destination, message, ms(1000)))).to.equal('INVALID_PARAM');
      expect(await all.ais.outcome(() => a.msg.messageSendAsync(1n, destination, message, 1))).to.equal(
        'INVALID_PARAM',
      );
    }
    await all.ais.quiet();
    expect([a.log, await a.counts()]).to.deep.equal([[], [0, 0, 0, 0]]);
  });
  table.row('MSG-SEND-04', 'no data', async () => {
    const { all, a, queue } = await withQueue();
    for (const data of [null, undefined, new Uint8Array(0)]) {
      expect(await a.send('Q', { priority: 0, ...(data === undefined ? {} : { data }) })).to.equal('OK');
      expect((await all.ais.settled(queue.messageGet(ms(100)))).message.data.length).to.equal(0);
    }
  });
  table.row(['MSG-SEND-07', 'MSG-SEND-23'], 'an unknown destination', async () => {
    const { all, a } = await withQueue();
    expect(await a.send('nowhere', 'x')).to.equal('NOT_EXIST');
    a.msg.messageSendAsync(5n, 'nowhere', text('x'), MESSAGE_DELIVERED_ACK);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['delivered 5 NOT_EXIST']);
  });
  table.row(['MSG-SEND-08', 'MSG-SEND-09'], 'a queue that is closed, and one on another node', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    expect(await b.send('Q', 'one')).to.equal('OK');
    await all.ais.settled(queue.close());
    expect(await b.send('Q', 'two')).to.equal('OK');
    expect(await a.drain(await a.open('Q', null))).to.deep.equal(['one', 'two']);
  });
  table.row(['MSG-SEND-10', 'MSG-SEND-11', 'MSG-SEND-12', 'MSG-SEND-13', 'MSG-SEND-22'], 'no room', async () => {
    const { all, a } = await withQueue({ size: [100, 100, 0, 100] });
    expect(await a.send('Q', bytes(60, 0))).to.equal('OK');
    expect(await a.send('Q', bytes(41, 0))).to.equal('QUEUE_FULL');
    expect(await a.counts()).to.deep.equal([1, 0, 0, 0]);
    expect(await a.send('Q', bytes(40, 0)), 'exactly what is left').to.equal('OK');
    expect(await a.send('Q', bytes(41, 1)), 'another priority').to.equal('OK');
    expect(await a.send('Q', bytes(1, 2)), 'an area of size 0').to.equal('QUEUE_FULL');
    expect(await a.send('Q', bytes(101, 3)), 'larger than the area').to.equal('QUEUE_FULL');
    expect(await a.send('Q', bytes(MAX_MESSAGE_BYTES + 1, 3)), 'larger than any message').to.equal('TOO_BIG');
    a.msg.messageSendAsync(9n, 'Q', bytes(1, 0), MESSAGE_DELIVERED_ACK);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['delivered 9 QUEUE_FULL']);
  });
  table.row('MSG-SEND-13', 'the largest message', async () => {
    const { all, a, queue } = await withQueue({ size: [0, 0, 0, 2 ** 20] });
    expect(await a.send('Q', bytes(MAX_MESSAGE_BYTES))).to.equal('OK');
    expect((await all.ais.settled(queue.messageGet(ms(5000)))).message.data.length).to.equal(MAX_MESSAGE_BYTES);
  });
  table.row(['MSG-SEND-14', 'MSG-SEND-15'], 'timeout 0, and a finalized handle', async () => {
    const { all, a } = await withQueue();
    expect(await a.send('Q', 'x', 0n)).to.equal('TIMEOUT');
    await all.ais.settled(a.msg.finalize());
    expect(await a.send('Q', 'x')).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => a.msg.messageSendAsync(1n, 'Q', text('x'), 0))).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => a.library.at(WILD))).to.equal('BAD_HANDLE');
  });
  table.row('MSG-SEND-16', 'memory that is changed after the call', async () => {
    const { all, a, queue } = await withQueue();
    const message = text('before');
    a.msg.messageSendAsync(1n, 'Q', message, 0);
    message.data!.fill(0);
    await all.ais.quiet();
    expect(await a.drain(queue)).to.deep.equal(['before']);
  });
  table.row(['MSG-SEND-17', 'MSG-SEND-18', 'MSG-SEND-21'], 'asynchronously', async () => {
    const { all, a, queue } = await withQueue();
    a.msg.messageSendAsync(1n, 'Q', text('one'), 0);
    a.msg.messageSendAsync(2n, 'Q', text('two'), MESSAGE_DELIVERED_ACK);
    expect(await all.ais.outcome(() => a.msg.messageSendAsync(3n, 'Q', text('three'), 2))).to.equal('BAD_FLAGS');
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['delivered 2 OK']);
    expect(await a.drain(queue)).to.deep.equal(['one', 'two']);
  });
  table.row(['MSG-SEND-19', 'MSG-SEND-20'], 'without the callback', async () => {
    const { all, a, queue } = await withQueue({}, ['messageDelivered']);
    expect(await all.ais.outcome(() => a.msg.messageSendAsync(1n, 'Q', text('one'), 1))).to.equal('INIT');
    expect(await all.ais.outcome(() => a.msg.messageSendAsync(1n, 'Q', text('two'), 0))).to.equal('OK');
    await all.ais.quiet();
    expect(await a.drain(queue)).to.deep.equal(['two']);
  });
  table.row(['MSG-SEND-25', 'MSG-SEND-26', 'MSG-SEND-33'], 'round robin', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    const queues = await a.group('G', []);
    expect(await a.send('G', 'x')).to.equal('QUEUE_NOT_AVAILABLE');
    for (const name of ['P', 'Q', 'R']) {
      queues.push(await a.open(name));
      await all.ais.settled(a.msg.queueGroupInsert('G', name));
    }
    for (let i = 0; i < 7; i++) expect(await a.send('G', `${i}`)).to.equal('OK');
    await all.ais.settled(a.msg.queueGroupRemove('G', 'P'));
    for (let i = 7; i < 11; i++) await a.send('G', `${i}`);
    const got = [];
    for (const queue of queues) got.push(await a.drain(queue));
    expect(got).to.deep.equal([
      ['0', '3', '6'],
      ['1', '4', '7', '9'],
      ['2', '5', '8', '10'],
    ]);
  });
  table.row('MSG-SEND-26', 'a full member answers QUEUE_FULL, and the turn passes on', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await a.group('G', ['Q', 'R']);
    await a.send('Q', bytes(512));
    expect([await a.send('G', 'x'), await a.send('G', 'x'), await a.send('G', 'x')]).to.deep.equal([
      'QUEUE_FULL',
      'OK',
      'QUEUE_FULL',
    ]);
  });
  table.row(['MSG-SEND-27', 'MSG-SEND-28'], 'local round robin', async () => {
    const all = await MsgCluster.of([1, 2, 3]);
    const [a, b, c] = [await all.process(1), await all.process(2), await all.process(3)];
    await a.group('G', ['A1', 'A2'], LOCAL_ROUND_ROBIN);
    for (const name of ['B1', 'B2']) {
      await b.open(name);
      await all.ais.settled(b.msg.queueGroupInsert('G', name));
    }
    for (let i = 0; i < 4; i++) await a.send('G', 'x');
    const counts = async (): Promise<number[]> =>
      Promise.all(['A1', 'A2', 'B1', 'B2'].map(async (name) => (await a.counts(name))[3]!));
    expect(await counts()).to.deep.equal([2, 2, 0, 0]);
    for (let i = 0; i < 4; i++) await c.send('G', 'x');
    expect(await counts(), 'from a node without members').to.deep.equal([3, 3, 1, 1]);
  });
  table.row('MSG-SEND-29', 'local best queue', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.group('G', ['A1', 'A2'], LOCAL_BEST_QUEUE);
    await b.open('B1', { size: [9000, 9000, 9000, 9000] });
    await all.ais.settled(b.msg.queueGroupInsert('G', 'B1'));
    await a.send('A1', bytes(400));
    await a.send('A2', bytes(500, 0));
    for (let i = 0; i < 3; i++) await a.send('G', bytes(100));
    expect([await a.counts('A1'), await a.counts('A2'), await a.counts('B1')]).to.deep.equal([
      [0, 0, 0, 1],
      [1, 0, 0, 3],
      [0, 0, 0, 0],
    ]);
  });
  table.row(['MSG-SEND-30', 'MSG-SEND-31', 'MSG-SEND-32'], 'broadcast', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await a.group('G', ['P', 'Q', 'R'], BROADCAST);
    expect(await a.send('G', bytes(300))).to.equal('OK');
    await a.send('P', bytes(212));
    expect(await a.send('G', bytes(212))).to.equal('OK');
    expect(await a.send('G', bytes(1))).to.equal('QUEUE_FULL');
    for (const name of ['P', 'Q', 'R']) expect(await a.counts(name)).to.deep.equal([0, 0, 0, 2]);
  });
  table.row('MSG-SEND-30', 'each member has a copy of its own', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    const queues = await a.group('G', ['P', 'Q'], BROADCAST);
    await a.send('G', 'one');
    const first = await all.ais.settled(queues[0]!.messageGet(ms(100)));
    first.message.data.fill(0);
    expect(textOf((await all.ais.settled(queues[1]!.messageGet(ms(100)))).message.data)).to.equal('one');
  });
}

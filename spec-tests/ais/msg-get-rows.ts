import { expect } from 'chai';
import { SA_TIME_END, fromDate } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { MsgCluster, RECEIVE_CALLBACK, bytes, ms, text, textOf } from './msg-cluster.js';
import type { MsgProcess } from './msg-cluster.js';
import type { MsgQueue } from '../../plugins/msg/index.js';
import type { ConformanceTable } from './rows.js';

async function withQueue(flags = 0): Promise<{ all: MsgCluster; a: MsgProcess; queue: MsgQueue }> {
  const all = await MsgCluster.of();
  const a = await all.process();
  return { all, a, queue: await a.open('Q', {}, flags) };
}

/** Rows of getting messages. */
export function getRows(table: ConformanceTable): void {
  table.row(
    ['MSG-GET-01', 'MSG-GET-02', 'MSG-GET-05', 'MSG-GET-13', 'MSG-GET-14'],
    'everything of a message',
    async () => {
      const { all, a, queue } = await withQueue();
      const data = Uint8Array.of(0, 1, 255);
      await a.send('Q', { type: 2 ** 32 - 1, version: 7, priority: 2, senderName: 'me', data });
      const first = await all.ais.settled(queue.messageGet(ms(1000)));
      expect(first.message).to.deep.equal({ type: 2 ** 32 - 1, version: 7, priority: 2, senderName: 'me', data });
      expect(first.senderId).to.equal(0n);
      await a.send('Q', bytes(5, 0));
      const buffer = { data: new Uint8Array(8).fill(9), size: 0 };
      const second = await all.ais.settled(queue.messageGet(ms(1000), buffer));
      expect([...buffer.data], 'written to the buffer').to.deep.equal([0, 0, 0, 0, 0, 9, 9, 9]);
      expect([buffer.size, second.message.data.length, second.message.senderName]).to.deep.equal([5, 5, '']);
      expect(second.message.data.buffer).to.equal(buffer.data.buffer);
      const passed: SaTime = second.sendTime - first.sendTime;
      expect(passed > 0n && passed < ms(1000), 'times follow the node’s calendar').to.equal(true);
      expect(first.sendTime > fromDate(new Date('2000-01-01'))).to.equal(true);
    },
  );
  table.row('MSG-GET-03', 'a buffer that is too small', async () => {
    const { all, a, queue } = await withQueue();
    await a.send('Q', bytes(20));
    const buffer = { data: new Uint8Array(19), size: 0 };
    expect(await all.ais.outcome(() => queue.messageGet(ms(1000), buffer))).to.equal('NO_SPACE');
    expect(buffer.size).to.equal(20);
    expect(await a.counts()).to.deep.equal([0, 0, 0, 1]);
    const next = await all.ais.settled(queue.messageGet(ms(1000), { data: new Uint8Array(20), size: 0 }));
    expect(next.message.data.length).to.equal(20);
  });
  table.notApplicable('MSG-GET-04', 'there are no output pointers: message and sender id are the result');
  table.row(['MSG-GET-06', 'MSG-GET-08'], 'an empty queue', async () => {
    const { all, queue } = await withQueue();
    const waiting = await all.waiting(queue.messageGet(ms(200)), 190);
    expect(waiting.outcome).to.equal(undefined);
    await all.ais.quiet(20);
    expect(waiting.outcome).to.equal('TIMEOUT');
    expect(await all.ais.outcome(() => queue.messageGet(0n))).to.equal('TIMEOUT');
    expect(await all.ais.outcome(() => queue.messageGet(-1n))).to.equal('INVALID_PARAM');
  });
  table.row(['MSG-GET-07', 'MSG-GET-12'], 'timeout 0, and what is left', async () => {
    const { all, a, queue } = await withQueue();
    for (const one of ['1', '2']) await a.send('Q', text(one.repeat(256)));
    expect(await a.send('Q', 'x')).to.equal('QUEUE_FULL');
    expect(await all.ais.outcome(() => queue.messageGet(0n))).to.equal('OK');
    expect(await a.counts()).to.deep.equal([0, 0, 0, 1]);
    expect(await a.send('Q', 'x')).to.equal('OK');
  });
  table.row(['MSG-GET-09', 'MSG-GET-15'], 'two that wait, one message', async () => {
    const { all, a, queue } = await withQueue();
    const waiting = [
      await all.waiting(queue.messageGet(SA_TIME_END)),
      await all.waiting(queue.messageGet(SA_TIME_END)),
    ];
    await a.send('Q', 'one');
    await all.ais.quiet(30);
    expect(waiting.map(({ outcome }) => outcome)).to.deep.equal(['OK', undefined]);
    await a.send('Q', 'two');
    await all.ais.quiet(30);
    expect(waiting.map(({ outcome }) => outcome)).to.deep.equal(['OK', 'OK']);
  });
  table.row('MSG-GET-15', 'one that gave up takes nothing from the other', async () => {
    const { all, a, queue } = await withQueue();
    const first = await all.waiting(queue.messageGet(ms(60)));
    const second = await all.waiting(queue.messageGet(SA_TIME_END));
    await all.ais.quiet();
    await a.send('Q', 'one');
    await all.ais.quiet(30);
    expect([first.outcome, second.outcome]).to.deep.equal(['TIMEOUT', 'OK']);
    expect(await a.counts()).to.deep.equal([0, 0, 0, 0]);
  });
  table.row('MSG-GET-06', 'a message that comes after its call timed out is for the next one', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    for (const one of ['1', '2', '3']) await b.send('Q', one);
    all.ais.cluster.crash(2);
    await all.ais.quiet(50);
    // No message passes until a ring has formed again.
    const call = await all.waiting(queue.messageGet(ms(10)), 20);
    expect(call.outcome).to.equal('TIMEOUT');
    await all.ais.cluster.formed(1);
    await all.ais.quiet();
    expect(await a.drain(queue)).to.deep.equal(['1', '2', '3']);
  });
  table.row('MSG-CLOSE-03', 'so are such messages when the queue is closed', async () => {
    const all = await MsgCluster.of([1, 2]);
    const a = await all.process(1);
    const queue = await a.open();
    for (const one of ['1', '2']) await a.send('Q', one);
    all.ais.cluster.crash(2);
    await all.ais.quiet(50);
    expect((await all.waiting(queue.messageGet(ms(10)), 20)).outcome).to.equal('TIMEOUT');
    await all.ais.cluster.formed(1);
    await all.ais.quiet();
    await all.ais.settled(queue.close());
    expect(await a.drain(await a.open('Q', null))).to.deep.equal(['1', '2']);
  });
  table.row(['MSG-GET-10', 'MSG-GET-11'], 'the order', async () => {
    const { a, queue } = await withQueue();
    for (const priority of [3, 1, 0, 2]) await a.send('Q', text(`${priority}`, priority));
    expect(await a.drain(queue)).to.deep.equal(['0', '1', '2', '3']);
    for (let i = 0; i < 5; i++) await a.send('Q', `${i}`);
    expect(await a.drain(queue)).to.deep.equal(['0', '1', '2', '3', '4']);
  });
  table.row(['MSG-GET-17', 'MSG-GET-18', 'MSG-GET-19'], 'cancel', async () => {
    const { all, a, queue } = await withQueue();
    for (const count of [1, 3]) {
      const waiting = [];
      for (let i = 0; i < count; i++) waiting.push(await all.waiting(queue.messageGet(SA_TIME_END)));
      expect(await all.ais.outcome(() => queue.messageCancel())).to.equal('OK');
      await all.ais.quiet(30);
      expect(waiting.map(({ outcome }) => outcome)).to.deep.equal(Array(count).fill('INTERRUPT'));
    }
    expect(await all.ais.outcome(() => queue.messageCancel())).to.equal('NOT_EXIST');
    await a.send('Q', 'one');
    expect(await a.drain(queue), 'nothing was taken for them').to.deep.equal(['one']);
  });
  table.row(['MSG-GET-21', 'MSG-GET-22', 'MSG-GET-23'], 'received callbacks', async () => {
    const { all, a, queue } = await withQueue(RECEIVE_CALLBACK);
    const got: string[] = [];
    a.onReceived = (one) => {
      expect(one).to.equal(queue);
      void one.messageGet(0n).then(
        ({ message }) => got.push(textOf(message.data)),
        () => undefined,
      );
    };
    await a.open('R');
    for (const one of ['1', '2', '3']) {
      await a.send('Q', one);
      await a.send('R', one);
    }
    await all.ais.quiet();
    expect(got).to.deep.equal(['1', '2', '3']);
    expect(a.received, 'none for R').to.deep.equal(Array(3).fill(queue.handle));
  });
  table.row('MSG-GET-23', 'many messages, one get a callback', async () => {
    const { all, a, queue } = await withQueue(RECEIVE_CALLBACK);
    let got = 0;
    for (let i = 0; i < 200; i++) a.msg.messageSendAsync(1n, 'Q', text('x'), 0);
    await all.ais.quiet(500);
    expect(a.received.length, 'no more are under way than a reader may have before it').to.equal(64);
    a.onReceived = () => void queue.messageGet(0n).then(() => got++);
    for (let i = 0; i < 64; i++) a.onReceived(queue);
    await all.ais.quiet(2000);
    expect(got).to.equal(200);
  });
}

import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import { GroupPolicy } from '../../plugins/msg/index.js';
import { MsgCluster, PERSISTENT, RECEIVE_CALLBACK, WILD, attributes, ms, text } from './msg-cluster.js';
import type { ConformanceTable } from './rows.js';

/** Rows of close, retention, unlink and status. */
export function closeRows(table: ConformanceTable): void {
  table.row(
    ['MSG-CLOSE-01', 'MSG-CLOSE-02', 'MSG-GET-16', 'MSG-GET-20'],
    'close, and handles that are none',
    async () => {
      const all = await MsgCluster.of();
      const { msg, library } = await all.process();
      const queue = await all.ais.settled(msg.queueOpen('Q', attributes(), 1, SA_TIME_END));
      expect(msg.queueAt(queue.handle)).to.equal(queue);
      expect(await all.ais.outcome(() => queue.close())).to.equal('OK');
      const other = await all.ais.settled(msg.queueOpen('Q', null, 0, SA_TIME_END));
      expect(library.at(msg.handle)).to.equal(msg);
      const refused = async (): Promise<void> => {
        for (const call of [
          () => queue.close(),
          () => queue.messageGet(0n),
          () => queue.messageCancel(),
          () => msg.queueAt(queue.handle),
          () => msg.queueAt(WILD),
          () => msg.queueAt(msg.handle),
        ]) {
          expect(await all.ais.outcome(call)).to.equal('BAD_HANDLE');
        }
      };
      await refused();
      await all.ais.settled(msg.finalize());
      await refused();
      for (const call of [() => other.close(), () => other.messageGet(0n), () => other.messageCancel()]) {
        expect(await all.ais.outcome(call), 'opened through a finalized handle').to.equal('BAD_HANDLE');
      }
    },
  );
  table.row('MSG-CLOSE-03', 'messages stay, in order', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    for (const one of ['1', '2', '3']) await a.send('Q', one);
    await a.send('Q', text('0', 0));
    await all.ais.settled(queue.close());
    expect(await b.drain(await b.open('Q', null)), 'on another node').to.deep.equal(['0', '1', '2', '3']);
  });
  table.row('MSG-CLOSE-04', 'a call that waits', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    const queue = await a.open();
    const waiting = await all.waiting(queue.messageGet(SA_TIME_END));
    await all.ais.settled(queue.close());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('BAD_HANDLE');
  });
  table.row('MSG-CLOSE-05', 'received callbacks that are pending', async () => {
    const all = await MsgCluster.of();
    const a = await all.process(1, { dispatch: 'manual' });
    const queue = await a.open('Q', {}, RECEIVE_CALLBACK);
    await a.send('Q', 'one');
    await all.ais.quiet();
    expect(a.msg.selectionObjectGet().readable).to.equal(true);
    await all.ais.settled(queue.close());
    await a.dispatch();
    expect(a.received).to.deep.equal([]);
  });
  table.row(['MSG-CLOSE-06', 'MSG-CLOSE-07', 'MSG-CLOSE-08'], 'retention', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    for (const [name, different] of [
      ['short', { retentionTime: ms(1000) }],
      ['long', {}],
      ['persistent', { retentionTime: 0n, creationFlags: PERSISTENT }],
    ] as const) {
      await all.ais.settled((await a.open(name, different)).close());
    }
    await all.ais.quiet(900);
    await all.ais.settled((await b.open('short', null)).close());
    await all.ais.quiet(900);
    await all.ais.settled((await b.open('long', null)).close());
    expect(await b.opens('short', null), 'open stops the time').to.equal('OK');
    await all.ais.quiet(3000);
    expect(await a.opens('short', null), 'it does not run while it is open').to.equal('BUSY');
    await all.ais.settled(b.msg.finalize());
    await all.ais.quiet(3000);
    expect(await a.opens('short', null)).to.equal('NOT_EXIST');
    expect(await a.opens('long', null)).to.equal('OK');
    await all.ais.quiet(60_000);
    expect(await a.opens('persistent', null)).to.equal('OK');
  });
  table.row(['MSG-CLOSE-09', 'MSG-CLOSE-12', 'MSG-CLOSE-13', 'MSG-CLOSE-14'], 'unlinked while it is open', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    await a.send('Q', 'one');
    await all.ais.settled(b.msg.queueUnlink('Q'));
    expect(await b.send('Q', 'two')).to.equal('NOT_EXIST');
    const other = await b.open('Q');
    expect(await b.send('Q', 'three')).to.equal('OK');
    expect(await a.drain(queue)).to.deep.equal(['one']);
    expect(await b.drain(other)).to.deep.equal(['three']);
    await all.ais.settled(queue.close());
    await all.ais.settled(other.close());
    await all.ais.settled(a.msg.queueUnlink('Q'));
    await all.ais.quiet();
    expect(all.states(1, 2)).to.deep.equal(Array(2).fill({ queues: {}, groups: {}, requests: [] }));
  });
  table.row('MSG-CLOSE-10', 'its owner is killed', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.open();
    await b.send('Q', 'one');
    a.program.kill();
    await all.ais.quiet();
    expect(await b.drain(await b.open('Q', null))).to.deep.equal(['one']);
  });
  table.row(['MSG-CLOSE-11', 'MSG-CLOSE-15', 'MSG-CLOSE-22'], 'unlinked while it is closed', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await all.ais.settled((await a.open('Q', { creationFlags: PERSISTENT })).close());
    expect(await all.ais.outcome(() => a.msg.queueUnlink('Q'))).to.equal('OK');
    expect(await a.status('Q')).to.equal('NOT_EXIST');
    for (const name of ['Q', 'nowhere']) {
      expect(await all.ais.outcome(() => a.msg.queueUnlink(name))).to.equal('NOT_EXIST');
    }
  });
  table.row(['MSG-CLOSE-16', 'MSG-CLOSE-23'], 'no name', async () => {
    const all = await MsgCluster.of();
    const { msg } = await all.process();
    expect(await all.ais.outcome(() => msg.queueUnlink(null as never))).to.equal('INVALID_PARAM');
    expect(await all.ais.outcome(() => msg.queueStatusGet(undefined as never))).to.equal('INVALID_PARAM');
  });
  table.row('MSG-CLOSE-18', 'a member of groups is unlinked', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await a.group('G', ['Q', 'R']);
    await a.group('H', []);
    await all.ais.settled(a.msg.queueGroupInsert('H', 'Q'));
    await all.ais.settled(a.msg.queueUnlink('Q'));
    expect(await a.send('H', 'one')).to.equal('QUEUE_NOT_AVAILABLE');
    for (let i = 0; i < 3; i++) await a.send('G', 'two');
    expect(await a.counts('R')).to.deep.equal([0, 0, 0, 3]);
    await a.group('I', [], GroupPolicy.BROADCAST);
    expect(await all.ais.outcome(() => a.msg.queueGroupInsert('I', 'Q'))).to.equal('NOT_EXIST');
  });
  table.row(['MSG-CLOSE-19', 'MSG-CLOSE-20'], 'the status of an open queue', async () => {
    const all = await MsgCluster.of();
    const a = await all.process();
    await a.open('Q', { size: [1, 100, 3, 4] });
    const usage = (used: number, count: number): object[] =>
      [1, 100, 3, 4].map((queueSize, priority) => ({
        queueSize,
        queueUsed: priority === 1 ? used : 0,
        numberOfMessages: priority === 1 ? count : 0,
      }));
    const rest = { sendingState: 2, creationFlags: 0, retentionTime: ms(10_000), closeTime: 0n };
    expect(await all.ais.settled(a.msg.queueStatusGet('Q'))).to.deep.equal({ ...rest, usage: usage(0, 0) });
    for (const one of ['12345', '1234567']) await a.send('Q', text(one, 1));
    expect(await all.ais.settled(a.msg.queueStatusGet('Q'))).to.deep.equal({ ...rest, usage: usage(12, 2) });
  });
  table.row('MSG-CLOSE-21', 'the time of close', async () => {
    const all = await MsgCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const queue = await a.open();
    const closeTime = async (): Promise<bigint> => (await all.ais.settled(b.msg.queueStatusGet('Q'))).closeTime;
    await all.ais.settled(queue.close());
    const first = await closeTime();
    expect(first > 0n).to.equal(true);
    await a.open('Q', null);
    expect(await closeTime()).to.equal(0n);
    await all.ais.quiet(2000);
    a.program.kill();
    await all.ais.quiet();
    const second = await closeTime();
    expect(second - first >= ms(1900) && second - first < ms(3000), `${second - first} ns later`).to.equal(true);
  });
}

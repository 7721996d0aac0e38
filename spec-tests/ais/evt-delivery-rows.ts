import { expect } from 'chai';
import { DispatchFlags, SA_TIME_END } from 'chorale/sdk';
import { FilterType, SA_EVT_EVENTID_LOST, SA_EVT_LOST_EVENT } from '../../plugins/evt/index.js';
import { ALL, CHAN, EvtCluster, PUBLISHER, SUBSCRIBER, WILD, listeners, ms, published, text } from './evt-cluster.js';
import type { EvtProcess } from './evt-cluster.js';
import type { ConformanceTable } from './rows.js';

const NOT_PUBLISHED = (1n << 40n) + 5n;

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

/** A subscriber that does not dispatch, and a publisher that has published more than may wait for it: 0 to 1199. */
async function overrun(filters = ALL) {
  const all = await EvtCluster.of();
  const [slow, fast] = [await all.process(1, { dispatch: 'manual' }), await all.process()];
  const [c, d] = [await slow.open(), await fast.open()];
  await slow.subscribe(c, filters, 9);
  const work = numbers(0, 1199).map((data) => published(d, data, { patterns: ['x'] }));
  await all.ais.settled(Promise.all(work));
  await slow.dispatch();
  return { all, slow, fast, c, d };
}

/** Dispatches until nothing more comes. */
async function drain(process: EvtProcess): Promise<void> {
  for (let before = -1; before !== process.delivered.length;) {
    before = process.delivered.length;
    await process.dispatch();
  }
}

/** Rows of delivery, loss and retention. */
export function deliveryRows(table: ConformanceTable): void {
  table.row(['EVT-DEL-01', 'EVT-DEL-02', 'EVT-DEL-03'], 'two opens, two subscriptions, its own events', async () => {
    const { all, of, c } = await listeners(1);
    await of[0]!.listening('C', 2);
    await of[0]!.subscribe(c[0]!, [], 3);
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ subscription }) => subscription).sort()).to.deep.equal([1, 2, 3]);
    expect(new Set(of[0]!.delivered.map(({ id }) => id)).size).to.equal(1);
  });
  table.row('EVT-DEL-04', '100 events of one publisher', async () => {
    const { all, of, c } = await listeners(2, 2);
    const work = numbers(1, 100).map((data) => published(c[0]!, data));
    await all.ais.settled(Promise.all(work));
    await all.ais.quiet();
    for (const { texts } of of) expect(texts).to.deep.equal(numbers(1, 100));
  });
  table.row(['EVT-DEL-05', 'EVT-DEL-06'], 'priorities', async () => {
    const { of, c } = await listeners(1, 1, { dispatch: 'manual' });
    for (const data of ['3a', '2a', '1a', '0a', '2b', '3b', '0b', '1b']) {
      await of[0]!.publish(c[0]!, data, { priority: Number(data[0]) });
    }
    await of[0]!.dispatch();
    expect(of[0]!.texts).to.deep.equal(['0a', '0b', '1a', '1b', '2a', '2b', '3a', '3b']);
  });
  table.row(['EVT-DEL-05', 'EVT-DEL-06'], 'priorities, with more events than are sent ahead', async () => {
    const { all, of, c } = await listeners(1, 1, { dispatch: 'manual' });
    for (const [from, priority] of [
      [0, 3],
      [400, 0],
    ] as const) {
      const work = numbers(from, from + 299).map((data) => published(c[0]!, data, { priority }));
      await all.ais.settled(Promise.all(work));
    }
    const selection = of[0]!.evt.selectionObjectGet();
    for (let count = 0; count < 600; count++) {
      await all.ais.settled(selection.ready());
      await of[0]!.evt.dispatch(DispatchFlags.ONE);
      // The service sends on.
      await all.ais.quiet(1);
    }
    expect(of[0]!.texts).to.deep.equal([...numbers(400, 699), ...numbers(0, 299)]);
  });
  table.row('EVT-DEL-07', 'on another node', async () => {
    const { all, of, c } = await listeners(2, 2);
    const id = await of[0]!.publish(c[0]!, 'x', { patterns: ['a', 'b'], priority: 1, publisher: 'p' });
    await all.ais.quiet();
    const [here, there] = of.map(({ delivered }) => delivered[0]!);
    expect(there!.event.attributesGet()).to.deep.equal(here!.event.attributesGet());
    expect([there!.id, there!.data]).to.deep.equal([id, 'x']);
  });
  table.row('EVT-DEL-08', 'published before, here and on another node', async () => {
    const all = await EvtCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [c, d] = [await a.open(), await b.open()];
    for (let round = 0; round < 10; round++) {
      await a.publish(c, 'before');
      await b.subscribe(d, ALL, round);
      await all.ais.settled(d.eventUnsubscribe(round));
    }
    await all.ais.quiet();
    expect(b.texts).to.deep.equal([]);
  });
  table.row(['EVT-DEL-09', 'EVT-DEL-10', 'EVT-DEL-12'], 'more events than may wait', async () => {
    const { all, slow, fast, d } = await overrun();
    const [loss] = slow.delivered;
    expect([loss!.subscription, loss!.size, loss!.data]).to.deep.equal([9, 0, '']);
    const { patterns, priority, eventId } = loss!.event.attributesGet();
    expect([patterns.map(text), priority, eventId]).to.deep.equal([[SA_EVT_LOST_EVENT], 0, SA_EVT_EVENTID_LOST]);
    expect(loss!.event.dataGet()).to.have.length(0);
    expect(await all.ais.outcome(() => loss!.event.free())).to.equal('OK');
    await drain(slow);
    expect(slow.texts.slice(1), 'the newest were dropped').to.deep.equal(numbers(0, 999));
    await fast.publish(d, 'later');
    await slow.dispatch();
    expect(slow.texts.at(-1)).to.equal('later');
    expect(slow.delivered.filter(({ id }) => id === SA_EVT_EVENTID_LOST)).to.have.length(1);
  });
  table.row('EVT-DEL-11', 'a loss notice passes the filters', async () => {
    const { slow } = await overrun([{ filterType: FilterType.EXACT, filter: 'x' }]);
    expect(slow.delivered[0]!.id).to.equal(SA_EVT_EVENTID_LOST);
  });
  table.row('EVT-DEL-09', 'a higher priority drops a lower one, and the next loss is told again', async () => {
    const { all, slow, d } = await overrun();
    await drain(slow);
    slow.delivered.length = 0;
    const low = numbers(1, 1000).map((data) => published(d, data));
    await all.ais.settled(Promise.all(low));
    await all.ais.settled(published(d, 'high', { priority: 0 }));
    await drain(slow);
    expect(slow.delivered[0]!.id).to.equal(SA_EVT_EVENTID_LOST);
    expect(slow.texts.slice(1, 4)).to.deep.equal(['high', '1', '2']);
    // The service may not have heard yet of the last 31 that were dispatched, so fewer fit.
    expect(slow.delivered.length).to.be.within(960, 1001);
  });
  table.row('EVT-DEL-13', 'all see one order', async () => {
    const { all, of, c } = await listeners(4, 2);
    const work = numbers(1, 60).map((data, i) => published(c[i % 2]!, data, { priority: i % 4 < 2 ? 1 : 2 }));
    await all.ais.settled(Promise.all(work));
    await all.ais.quiet();
    const orders = of.map(({ delivered }) =>
      [1, 2].map((p) => delivered.filter(({ event }) => event.attributesGet().priority === p).map(({ data }) => data)),
    );
    for (const order of orders) expect(order).to.deep.equal(orders[0]);
    expect(orders[0]!.flat()).to.have.length(60);
  });

  const late = async (process: EvtProcess, name = 'C'): Promise<string[]> => {
    const before = process.delivered.length;
    await process.listening(name);
    await process.dispatch();
    return process.texts.slice(before);
  };
  table.row(['EVT-RET-01', 'EVT-RET-02', 'EVT-RET-04'], 'within the time, and after it', async () => {
    const all = await EvtCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const c = await a.open();
    await a.publish(c, 'ten', { retention: ms(10_000) });
    await a.publish(c, 'one', { retention: ms(1000) });
    expect(await late(b)).to.deep.equal(['ten', 'one']);
    await all.ais.quiet(3000);
    expect([await late(b), await late(a)]).to.deep.equal([['ten'], ['ten']]);
    await all.ais.quiet(8000);
    expect(await late(b)).to.deep.equal([]);
    expect(all.channels(1, 2).flatMap((list) => list.flatMap(({ retained }) => retained))).to.deep.equal([]);
  });
  table.row('EVT-RET-03', 'once for an open, however it subscribes', async () => {
    const { all, of, c } = await listeners(1);
    await of[0]!.publish(c[0]!, 'x', { retention: ms(10_000) });
    await all.ais.settled(c[0]!.eventUnsubscribe(1));
    await of[0]!.subscribe(c[0]!, ALL, 1);
    await of[0]!.subscribe(c[0]!, ALL, 2);
    await all.ais.quiet();
    expect(of[0]!.texts).to.deep.equal(['x']);
  });
  table.row('EVT-RET-05', 'a filter that does not match', async () => {
    const all = await EvtCluster.of();
    const a = await all.process();
    const c = await a.open();
    await a.publish(c, 'x', { patterns: ['a'], retention: SA_TIME_END });
    await a.subscribe(c, [{ filterType: FilterType.EXACT, filter: 'b' }]);
    await all.ais.quiet();
    expect(a.texts).to.deep.equal([]);
    await a.subscribe(c, [{ filterType: FilterType.EXACT, filter: 'a' }], 2);
    await all.ais.quiet();
    expect(a.delivered.map(({ subscription }) => subscription)).to.deep.equal([2]);
  });
  table.row(['EVT-RET-06', 'EVT-RET-07', 'EVT-RET-08', 'EVT-RET-10'], 'for ever, until it is cleared', async () => {
    const all = await EvtCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [c, d] = [await a.open(), await b.open('C', PUBLISHER)];
    const ids = [];
    for (const data of ['x', 'y', 'z']) ids.push(await a.publish(c, data, { retention: SA_TIME_END }));
    await all.ais.quiet(3_600_000);
    expect(await late(b)).to.deep.equal(['x', 'y', 'z']);
    const clear = (channel: typeof c, id: bigint): Promise<string> =>
      all.ais.outcome(() => channel.eventRetentionTimeClear(id));
    expect([await clear(c, ids[0]!), await clear(d, ids[1]!)]).to.deep.equal(['OK', 'OK']);
    expect(await late(a)).to.deep.equal(['z']);
    expect([await clear(c, ids[0]!), await clear(c, ids[1]!)]).to.deep.equal(['NOT_EXIST', 'NOT_EXIST']);
    const short = await a.publish(c, 'short', { retention: ms(500) });
    await all.ais.quiet(1000);
    expect(await clear(c, short), 'expired').to.equal('NOT_EXIST');
  });
  table.row('EVT-RET-06', 'more of them than may wait otherwise', async () => {
    const { all, of, c } = await listeners(1);
    const work = numbers(1, 2500).map((data) => published(c[0]!, data, { retention: SA_TIME_END }));
    await all.ais.settled(Promise.all(work));
    const slow = await all.process(1, { dispatch: 'manual' });
    await slow.listening();
    await drain(slow);
    expect(slow.texts).to.deep.equal(numbers(1, 2500));
    await all.ais.quiet();
    expect(of[0]!.texts).to.deep.equal(numbers(1, 2500));
  });
  table.row('EVT-RET-07', 'who has it queued gets it', async () => {
    const { all, of, c } = await listeners(1, 1, { dispatch: 'manual' });
    const id = await of[0]!.publish(c[0]!, 'x', { retention: SA_TIME_END });
    await all.ais.settled(c[0]!.eventRetentionTimeClear(id));
    await of[0]!.dispatch();
    expect(of[0]!.texts).to.deep.equal(['x']);
  });
  table.row(['EVT-RET-09', 'EVT-RET-11', 'EVT-RET-12', 'EVT-RET-13'], 'nothing to clear', async () => {
    const { all, of, c } = await listeners(1);
    const clear = (id: unknown): Promise<string> => all.ais.outcome(() => c[0]!.eventRetentionTimeClear(id as bigint));
    expect(await clear(NOT_PUBLISHED)).to.equal('NOT_EXIST');
    expect(await clear(await of[0]!.publish(c[0]!, 'x'))).to.equal('NOT_EXIST');
    for (const id of [0n, 1n, 1000n, 7, 2n ** 64n]) expect(await clear(id)).to.equal('INVALID_PARAM');
    const id = await of[0]!.publish(await of[0]!.open('D'), 'x', { retention: SA_TIME_END });
    expect(await clear(id), 'of another channel').to.equal('NOT_EXIST');
    await all.ais.settled(c[0]!.close());
    expect(await clear(id)).to.equal('BAD_HANDLE');
    const wild = (): Promise<void> => of[0]!.evt.channel(WILD).eventRetentionTimeClear(id);
    expect(await all.ais.outcome(wild)).to.equal('BAD_HANDLE');
  });
  table.row('EVT-RET-14', 'the publisher, then his node, is gone', async () => {
    const all = await EvtCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.publish(await a.open(), 'x', { retention: ms(60_000) });
    a.program.kill();
    await all.ais.quiet();
    expect(await late(b)).to.deep.equal(['x']);
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(2);
    expect(await late(b)).to.deep.equal(['x']);
  });
  table.row('EVT-RET-15', 'a node joins', async () => {
    const all = await EvtCluster.of([1, 2], { start: [1] });
    const a = await all.process(1);
    const c = await a.open('C', CHAN);
    await a.publish(c, 'x', { retention: ms(20_000) });
    await a.publish(c, 'y', { retention: SA_TIME_END });
    const began = all.ais.cluster.now;
    await all.ais.quiet(5000);
    all.ais.cluster.start(2);
    await all.ais.cluster.formed(1, 2);
    const b = await all.process(2);
    await b.open('C', PUBLISHER | SUBSCRIBER);
    expect(await late(b)).to.deep.equal(['x', 'y']);
    // The one that joined measures the time that is left by itself.
    all.ais.cluster.crash(1);
    const isThere = (): boolean => all.channels(2)[0]![0]!.retained.length === 2;
    await all.ais.cluster.until(() => !isThere(), 'the end of the retention');
    expect(all.ais.cluster.now - began).to.be.within(19_900, 23_000);
    expect(await late(b)).to.deep.equal(['y']);
  });
}

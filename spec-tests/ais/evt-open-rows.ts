import { expect } from 'chai';
import { A_01_01, B_01_01, DispatchFlags, SA_TIME_END } from 'chorale/sdk';
import type { SaVersionError } from 'chorale/sdk';
import { outcomeName } from './cluster.js';
import { CHAN, EvtCluster, PUBLISHER, SUBSCRIBER, WILD, listeners, ms } from './evt-cluster.js';
import type { ConformanceTable } from './rows.js';

const OPEN = PUBLISHER | SUBSCRIBER;

/** Rows of the library's life, and of channels that are opened and closed. */
export function openRows(table: ConformanceTable): void {
  table.row(['EVT-INIT-01', 'EVT-INIT-02', 'EVT-INIT-08'], 'with all callbacks, and without any', async () => {
    const all = await EvtCluster.of();
    const { library } = await all.process();
    const handle = await all.ais.settled(library.initialize(null, B_01_01));
    expect(handle.version).to.deep.equal(B_01_01);
    expect(await all.ais.outcome(() => handle.dispatch(DispatchFlags.ALL))).to.equal('OK');
  });
  table.row('EVT-INIT-03', 'no version (the handle is the result)', async () => {
    const all = await EvtCluster.of();
    const { library } = await all.process();
    expect(await all.ais.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
  });
  table.row(['EVT-INIT-04', 'EVT-INIT-05'], 'other versions, then the one that was returned', async () => {
    const all = await EvtCluster.of();
    const { library } = await all.process();
    const zero = { releaseCode: '\0', majorVersion: 0, minorVersion: 0 };
    for (const version of [A_01_01, { ...B_01_01, releaseCode: 'C' }, zero]) {
      const error = (await all.ais.error(() => library.initialize({}, version))) as SaVersionError;
      expect(outcomeName(error)).to.equal('VERSION');
      expect(error.supported).to.deep.equal(B_01_01);
      expect(await all.ais.outcome(() => library.initialize({}, error.supported))).to.equal('OK');
    }
  });
  table.row(['EVT-INIT-06', 'EVT-INIT-07'], 'finalize ends channels and events; twice', async () => {
    const { all, of, c } = await listeners(1);
    const { evt, library } = of[0]!;
    const event = c[0]!.eventAllocate();
    const numbers = [c[0]!.handle, event.handle] as const;
    await all.ais.settled(evt.finalize());
    expect(await all.ais.outcome(() => evt.finalize())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => c[0]!.eventAllocate())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => event.attributesGet())).to.equal('BAD_HANDLE');
    const other = await all.ais.settled(library.initialize({}, B_01_01));
    expect(await all.ais.outcome(() => other.channel(numbers[0]))).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => other.event(numbers[1]))).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect(all.channels(1)[0]).to.deep.equal([{ name: 'C', unlinked: false, open: {}, retained: [] }]);
  });
  table.row('EVT-INIT-09', 'dispatch flags', async () => {
    const all = await EvtCluster.of();
    const { evt } = await all.process();
    for (const flags of [0, 4, -1]) {
      expect(await all.ais.outcome(() => evt.dispatch(flags as never))).to.equal('INVALID_PARAM');
    }
  });
  table.row('EVT-INIT-10', 'readable while an event is pending', async () => {
    const { all, of, c } = await listeners(1, 1, { dispatch: 'manual' });
    const selection = of[0]!.evt.selectionObjectGet();
    expect(selection.readable).to.equal(false);
    await of[0]!.publish(c[0]!, 'x');
    expect(await all.ais.settled(selection.ready())).to.equal(true);
    await of[0]!.evt.dispatch(DispatchFlags.ALL);
    expect(selection.readable).to.equal(false);
    expect(of[0]!.texts).to.deep.equal(['x']);
  });

  table.row(
    ['EVT-OPEN-01', 'EVT-OPEN-02', 'EVT-OPEN-03', 'EVT-OPEN-04', 'EVT-OPEN-05', 'EVT-OPEN-09'],
    'open',
    async () => {
      const all = await EvtCluster.of();
      const a = await all.process();
      expect(await all.ais.outcome(() => a.open('C', OPEN))).to.equal('NOT_EXIST');
      const handles = [await a.open('C'), await a.open('C'), await a.open('C', OPEN)].map(({ handle }) => handle);
      expect(new Set(handles).size).to.equal(3);
      expect(await all.ais.outcome(() => a.open('other', OPEN))).to.equal('NOT_EXIST');
    },
  );
  table.row(['EVT-OPEN-06', 'EVT-OPEN-07', 'EVT-OPEN-08', 'EVT-OPEN-10'], 'bad arguments', async () => {
    const all = await EvtCluster.of();
    const { evt } = await all.process();
    const open = (name: unknown, flags: number, timeout: bigint): Promise<string> =>
      all.ais.outcome(() => evt.channelOpen(name as string, flags, timeout));
    for (const flags of [0, 0x8, 0xff]) expect(await open('C', flags, ms(100))).to.equal('BAD_FLAGS');
    expect(await open('C', CHAN, 0n)).to.equal('TIMEOUT');
    expect(await open('C', CHAN, -1n)).to.equal('INVALID_PARAM');
    expect(await open(null, CHAN, ms(100))).to.equal('INVALID_PARAM');
    await all.ais.quiet();
    expect(all.channels(1)).to.deep.equal([[]]);
  });
  table.row('EVT-OPEN-11', 'no handle', async () => {
    const all = await EvtCluster.of();
    const { evt, library } = await all.process();
    await all.ais.settled(evt.finalize());
    expect(await all.ais.outcome(() => evt.channelOpen('C', CHAN, SA_TIME_END))).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => library.at(WILD).channelOpen('C', CHAN, SA_TIME_END))).to.equal('BAD_HANDLE');
  });
  table.row('EVT-OPEN-12', 'on another node', async () => {
    const all = await EvtCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.open('C');
    await b.open('C', OPEN);
    expect(all.channels(1, 2)).to.deep.equal(
      Array(2).fill([{ name: 'C', unlinked: false, open: { 1: 1, 2: 1 }, retained: [] }]),
    );
  });
  table.row(['EVT-OPEN-13', 'EVT-OPEN-14'], 'asynchronous', async () => {
    const all = await EvtCluster.of();
    const a = await all.process();
    a.evt.channelOpenAsync(7n, 'C', OPEN);
    a.evt.channelOpenAsync(2n ** 64n - 1n, 'C', CHAN);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['open 7 NOT_EXIST', 'open 18446744073709551615 OK']);
    await a.subscribe(a.opened[0]!);
    await a.publish(a.opened[0]!, 'x');
    await all.ais.quiet();
    expect(a.texts).to.deep.equal(['x']);
  });
  table.row(['EVT-OPEN-15', 'EVT-OPEN-16', 'EVT-OPEN-17', 'EVT-OPEN-18'], 'asynchronous, refused', async () => {
    const all = await EvtCluster.of();
    const [a, none] = [await all.process(), await all.process(1, { without: ['channelOpen'] })];
    expect(await all.ais.outcome(() => none.evt.channelOpenAsync(1n, 'C', CHAN))).to.equal('INIT');
    expect(await all.ais.outcome(() => a.evt.channelOpenAsync(1n, 'C', 0))).to.equal('BAD_FLAGS');
    expect(await all.ais.outcome(() => a.evt.channelOpenAsync(1n, null as never, CHAN))).to.equal('INVALID_PARAM');
    await all.ais.settled(a.evt.finalize());
    expect(await all.ais.outcome(() => a.evt.channelOpenAsync(1n, 'C', CHAN))).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect(a.log).to.deep.equal([]);
    expect(all.channels(1)).to.deep.equal([[]]);
  });

  table.row(['EVT-CLOSE-01', 'EVT-CLOSE-02'], 'twice, wild, finalized', async () => {
    const { all, of, c } = await listeners(1);
    const other = await of[0]!.open('D');
    expect(await all.ais.outcome(() => c[0]!.close())).to.equal('OK');
    expect(await all.ais.outcome(() => c[0]!.close())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.channel(WILD).close())).to.equal('BAD_HANDLE');
    await all.ais.settled(of[0]!.evt.finalize());
    expect(await all.ais.outcome(() => other.close())).to.equal('BAD_HANDLE');
  });
  table.row('EVT-CLOSE-03', 'events that wait', async () => {
    const { all, of, c } = await listeners(1, 1, { dispatch: 'manual' });
    const other = await of[0]!.open();
    await of[0]!.publish(other, 'x');
    await all.ais.quiet();
    expect(of[0]!.evt.selectionObjectGet().readable).to.equal(true);
    await all.ais.settled(c[0]!.close());
    expect(of[0]!.evt.selectionObjectGet().readable).to.equal(false);
    await of[0]!.dispatch();
    expect(of[0]!.texts).to.deep.equal([]);
  });
  table.row('EVT-CLOSE-04', 'events of the channel', async () => {
    const { all, of, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    const number = event.handle;
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    await all.ais.settled(c[0]!.close());
    const set = (): void => event.attributesSet({ priority: 1, retentionTime: 0n });
    for (const call of [set, () => event.publish(), () => event.free(), () => of[0]!.evt.event(number)]) {
      expect(await all.ais.outcome(call)).to.equal('BAD_HANDLE');
    }
    expect(await all.ais.outcome(() => of[0]!.delivered[0]!.event.dataGet())).to.equal('BAD_HANDLE');
  });
  table.row('EVT-CLOSE-05', 'one of two opens', async () => {
    const { all, of, c } = await listeners(1);
    const other = await of[0]!.open();
    await of[0]!.subscribe(other, [], 2);
    await all.ais.settled(c[0]!.close());
    await of[0]!.publish(other, 'x');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ subscription }) => subscription)).to.deep.equal([2]);
  });
  table.row(['EVT-CLOSE-06', 'EVT-CLOSE-07'], 'the last open: channel and retained events stay', async () => {
    const { all, of, c } = await listeners(1);
    await of[0]!.publish(c[0]!, 'kept', { retention: ms(60_000) });
    await all.ais.settled(c[0]!.close());
    of[0]!.delivered.length = 0;
    const again = await of[0]!.open('C', OPEN);
    await of[0]!.subscribe(again);
    await all.ais.quiet();
    expect(of[0]!.texts).to.deep.equal(['kept']);
  });

  table.row(['EVT-UNL-01', 'EVT-UNL-02', 'EVT-UNL-03', 'EVT-UNL-04'], 'unlink, and what cannot be', async () => {
    const all = await EvtCluster.of();
    const a = await all.process();
    const unlink = (name: unknown): Promise<string> => all.ais.outcome(() => a.evt.channelUnlink(name as string));
    await all.ais.settled((await a.open('C')).close());
    expect(await unlink('C')).to.equal('OK');
    expect(all.channels(1)).to.deep.equal([[]]);
    expect(await all.ais.outcome(() => a.open('C', OPEN))).to.equal('NOT_EXIST');
    expect([await unlink('C'), await unlink('other')]).to.deep.equal(['NOT_EXIST', 'NOT_EXIST']);
    expect(await unlink(null)).to.equal('INVALID_PARAM');
    await all.ais.settled(a.evt.finalize());
    expect(await unlink('C')).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => a.library.at(WILD).channelUnlink('C'))).to.equal('BAD_HANDLE');
  });
  table.row(['EVT-UNL-05', 'EVT-UNL-06', 'EVT-UNL-11'], 'while it is open, by somebody else', async () => {
    const { all, of, c } = await listeners(2, 2);
    const other = await all.process(2);
    expect(await all.ais.outcome(() => other.evt.channelUnlink('C'))).to.equal('OK');
    expect(await all.ais.outcome(() => other.open('C', OPEN))).to.equal('NOT_EXIST');
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    expect(of.map(({ texts }) => texts)).to.deep.equal([['x'], ['x']]);
    await all.ais.settled(Promise.all(c.map((channel) => channel.close())));
    await all.ais.quiet();
    expect(all.channels(1, 2)).to.deep.equal([[], []]);
  });
  table.row(
    ['EVT-UNL-07', 'EVT-UNL-08', 'EVT-UNL-09', 'EVT-UNL-10'],
    'instances of one name are separate',
    async () => {
      const all = await EvtCluster.of([1, 2]);
      const of = [await all.process(1), await all.process(2), await all.process(1)];
      const c = [];
      for (const [i, process] of of.entries()) {
        if (i > 0) await all.ais.settled(process.evt.channelUnlink('C'));
        c.push(await process.listening());
      }
      for (const [i, process] of of.entries()) await process.publish(c[i]!, `instance ${i}`);
      await all.ais.quiet();
      expect(of.map(({ texts }) => texts)).to.deep.equal([['instance 0'], ['instance 1'], ['instance 2']]);
      await all.ais.settled(Promise.all([c[0]!.close(), c[1]!.close()]));
      await of[2]!.publish(c[2]!, 'more');
      await all.ais.quiet();
      expect(of[2]!.texts).to.deep.equal(['instance 2', 'more']);
      expect(all.channels(2)[0]).to.deep.equal([{ name: 'C', unlinked: false, open: { 1: 1 }, retained: [] }]);
    },
  );
  table.row('EVT-UNL-12', 'retained events go with it', async () => {
    const all = await EvtCluster.of();
    const a = await all.process();
    const c = await a.open();
    await a.publish(c, 'kept', { retention: SA_TIME_END });
    await all.ais.settled(c.close());
    await all.ais.settled(a.evt.channelUnlink('C'));
    await a.listening();
    await all.ais.quiet();
    expect(a.texts).to.deep.equal([]);
  });
}

import { expect } from 'chai';
import { FilterType } from '../../plugins/evt/index.js';
import type { EventFilter } from '../../plugins/evt/index.js';
import { ALL, EvtCluster, PUBLISHER, WILD, bytes, listeners } from './evt-cluster.js';
import type { ConformanceTable } from './rows.js';

const { PREFIX, SUFFIX, EXACT, PASS_ALL } = FilterType;
type Bytes = string | Uint8Array;

/** A row of filters: the filter list, the patterns of an event, whether it is delivered. */
type MatchRow = readonly [id: string, filters: readonly (readonly [FilterType, Bytes?])[], patterns: Bytes[], boolean];

const MATCHES: readonly MatchRow[] = [
  ['EVT-FILT-01', [[PREFIX, 'abc']], ['abcdef'], true],
  ['EVT-FILT-02', [[PREFIX, 'abc']], ['abc'], true],
  ['EVT-FILT-03', [[PREFIX, 'abc']], ['ab'], false],
  ['EVT-FILT-04', [[PREFIX, 'abc']], ['xabc'], false],
  ['EVT-FILT-05', [[SUFFIX, 'def']], ['abcdef'], true],
  ['EVT-FILT-06', [[SUFFIX, 'def']], ['defg'], false],
  ['EVT-FILT-07', [[SUFFIX, 'abcdef']], ['def'], false],
  ['EVT-FILT-08', [[EXACT, 'abc']], ['abc'], true],
  ['EVT-FILT-09', [[EXACT, 'abc']], ['abcd'], false],
  ['EVT-FILT-09', [[EXACT, 'abc']], ['ab'], false],
  ['EVT-FILT-10', [[EXACT, 'abc']], ['ABC'], false],
  ['EVT-FILT-11', [[PASS_ALL, 'ignored']], ['any'], true],
  [
    'EVT-FILT-12',
    [
      [PREFIX, 'a'],
      [EXACT, 'b'],
    ],
    ['ax', 'b'],
    true,
  ],
  [
    'EVT-FILT-13',
    [
      [PREFIX, 'a'],
      [EXACT, 'b'],
    ],
    ['b', 'ax'],
    false,
  ],
  ['EVT-FILT-14', [[PASS_ALL], [EXACT, 'b']], ['anything', 'b'], true],
  ['EVT-FILT-15', [[EXACT, 'a']], ['a', 'b', 'c'], true],
  [
    'EVT-FILT-16',
    [
      [EXACT, 'a'],
      [EXACT, 'b'],
    ],
    ['a'],
    false,
  ],
  ['EVT-FILT-17', [[EXACT, 'a'], [PASS_ALL]], ['a'], true],
  [
    'EVT-FILT-18',
    [
      [EXACT, 'a'],
      [PREFIX, ''],
    ],
    ['a'],
    true,
  ],
  ['EVT-FILT-19', [], [], true],
  ['EVT-FILT-20', [[EXACT, Uint8Array.of(0x61, 0, 0x62)]], [Uint8Array.of(0x61, 0, 0x63)], false],
  ['EVT-FILT-21', [[SUFFIX, Uint8Array.of(0, 0x62)]], [Uint8Array.of(0x61, 0, 0x62)], true],
  ['EVT-FILT-22', [[EXACT, '']], [''], true],
];

/** Rows of subscriptions and their filters. */
export function subscribeRows(table: ConformanceTable): void {
  table.row(['EVT-SUB-01', 'EVT-SUB-06', 'EVT-SUB-11'], 'subscribe', async () => {
    const { all, of, c } = await listeners(1);
    for (const id of [0, 2 ** 32 - 1]) await of[0]!.subscribe(await of[0]!.open(), [], id);
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ subscription }) => subscription)).to.deep.equal([1, 0, 2 ** 32 - 1]);
  });
  table.row(['EVT-SUB-02', 'EVT-SUB-03', 'EVT-SUB-04'], 'an id twice: ids are of a channel open', async () => {
    const { all, of, c } = await listeners(2);
    expect(await all.ais.outcome(() => c[0]!.eventSubscribe(ALL, 1))).to.equal('EXIST');
    await of[0]!.listening();
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    expect(of.map(({ delivered }) => delivered.map(({ subscription }) => subscription))).to.deep.equal([[1, 1], [1]]);
  });
  table.row(['EVT-SUB-05', 'EVT-SUB-07', 'EVT-SUB-08', 'EVT-SUB-09', 'EVT-SUB-10'], 'refused', async () => {
    const { all, of, c } = await listeners(1);
    const subscribe = (filters: unknown, id = 2, channel = c[0]!): Promise<string> =>
      all.ais.outcome(() => channel.eventSubscribe(filters as EventFilter[], id));
    expect(await subscribe(null)).to.equal('INVALID_PARAM');
    for (const filterType of [0, 5]) expect(await subscribe([{ filterType }])).to.equal('INVALID_PARAM');
    for (const id of [-1, 2 ** 32]) expect(await subscribe([], id)).to.equal('INVALID_PARAM');
    const silent = await all.process(1, { without: ['eventDeliver'] });
    expect(await subscribe([], 1, await silent.open())).to.equal('INIT');
    expect(await subscribe([], 1, await of[0]!.open('C', PUBLISHER))).to.equal('ACCESS');
    const closed = await of[0]!.open();
    await all.ais.settled(closed.close());
    expect(await subscribe([], 1, closed)).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.channel(WILD).eventSubscribe([], 1))).to.equal('BAD_HANDLE');
    await all.ais.settled(of[0]!.evt.finalize());
    expect(await subscribe([])).to.equal('BAD_HANDLE');
  });
  table.row('EVT-SUB-12', "the caller's filters change afterwards", async () => {
    const all = await EvtCluster.of();
    const of = await all.process();
    const channel = await of.open();
    const filter = bytes('abc');
    const filters: EventFilter[] = [{ filterType: EXACT, filter }];
    const subscribed = channel.eventSubscribe(filters, 1);
    filter.fill(0);
    filters.length = 0;
    await all.ais.settled(subscribed);
    await of.publish(channel, 'no', { patterns: ['x'] });
    await of.publish(channel, 'yes', { patterns: ['abc'] });
    await all.ais.quiet();
    expect(of.texts).to.deep.equal(['yes']);
  });
  table.row(['EVT-SUB-13', 'EVT-SUB-14', 'EVT-SUB-15', 'EVT-SUB-18'], 'unsubscribe', async () => {
    const { all, of, c } = await listeners(1);
    const other = await of[0]!.open();
    await of[0]!.subscribe(other, ALL, 5);
    const unsubscribe = (id: number): Promise<string> => all.ais.outcome(() => c[0]!.eventUnsubscribe(id));
    expect([await unsubscribe(5), await unsubscribe(9)]).to.deep.equal(['NOT_EXIST', 'NOT_EXIST']);
    expect([await unsubscribe(1), await unsubscribe(1)]).to.deep.equal(['OK', 'NOT_EXIST']);
    await of[0]!.publish(c[0]!, 'x');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ subscription }) => subscription)).to.deep.equal([5]);
    await of[0]!.subscribe(c[0]!, ALL, 1);
    await of[0]!.publish(c[0]!, 'y');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ subscription }) => subscription).sort()).to.deep.equal([1, 5, 5]);
  });
  table.row('EVT-SUB-16', 'an event that waits, also with the id in use again', async () => {
    const { all, of, c } = await listeners(1, 1, { dispatch: 'manual' });
    await of[0]!.publish(c[0]!, 'before');
    await all.ais.quiet();
    const unsubscribed = c[0]!.eventUnsubscribe(1);
    const subscribed = c[0]!.eventSubscribe(ALL, 1);
    await all.ais.settled(Promise.all([unsubscribed, subscribed]));
    await of[0]!.publish(c[0]!, 'after');
    await of[0]!.dispatch();
    expect(of[0]!.texts).to.deep.equal(['after']);
  });
  table.row('EVT-SUB-17', 'no channel', async () => {
    const { all, of, c } = await listeners(1);
    await all.ais.settled(c[0]!.close());
    expect(await all.ais.outcome(() => c[0]!.eventUnsubscribe(1))).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.channel(WILD).eventUnsubscribe(1))).to.equal('BAD_HANDLE');
  });

  for (const [id, list, patterns, isDelivered] of MATCHES) {
    const filters = list.map(([filterType, filter]) => ({ filterType, ...(filter === undefined ? {} : { filter }) }));
    const show = (value: unknown): string =>
      JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? [...one] : one));
    table.row(id, `${show(list)} ${isDelivered ? 'gets' : 'does not get'} ${show(patterns)}`, async () => {
      const all = await EvtCluster.of();
      const process = await all.process();
      const channel = await process.open();
      await process.subscribe(channel, filters);
      await process.publish(channel, 'x', { patterns });
      // What is retained is matched again, on another way.
      await process.publish(channel, 'kept', { patterns, retention: 10n ** 10n });
      const late = await process.open();
      await process.subscribe(late, filters, 2);
      await all.ais.quiet();
      expect(process.texts).to.deep.equal(isDelivered ? ['x', 'kept', 'kept'] : []);
    });
  }
}

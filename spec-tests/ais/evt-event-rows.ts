import { expect } from 'chai';
import { SA_TIME_END, SA_TIME_UNKNOWN } from 'chorale/sdk';
import { Limits } from '../../plugins/evt/index.js';
import type { EvtEvent, PatternBuffer } from '../../plugins/evt/index.js';
import { PUBLISHER, SUBSCRIBER, WILD, allocated, bytes, listeners, ms, text } from './evt-cluster.js';
import type { ConformanceTable } from './rows.js';

const PLAIN = { priority: 3, retentionTime: 0n };

/** A process that was delivered an event of its own, with these data. */
async function receiving(data: string | Uint8Array | null = 'data') {
  const { all, of, c } = await listeners(1);
  const published = { patterns: ['a', 'bc'], priority: 1, retention: ms(5000), publisher: 'p' };
  const id = await of[0]!.publish(c[0]!, data, published);
  await all.ais.quiet();
  const { event, size } = of[0]!.delivered[0]!;
  return { all, process: of[0]!, channel: c[0]!, event, size, id };
}

function buffer(...sizes: number[]): PatternBuffer {
  return { patternsNumber: 0, patterns: sizes.map((size) => ({ pattern: new Uint8Array(size), patternSize: 0 })) };
}

const textsOf = ({ patterns }: PatternBuffer): string[] =>
  patterns!.map(({ pattern, patternSize }) => text(pattern.subarray(0, patternSize)));

/** Rows of events: their attributes, data and publication. */
export function eventRows(table: ConformanceTable): void {
  table.row(['EVT-ALLOC-01', 'EVT-ALLOC-05', 'EVT-ALLOC-07', 'EVT-ALLOC-08'], 'allocate and free', async () => {
    const { all, of, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    const { handle } = event;
    expect(of[0]!.evt.event(handle)).to.equal(event);
    expect(event.attributesGet()).to.deep.equal({
      patterns: [],
      priority: 3,
      retentionTime: 0n,
      publisherName: new Uint8Array(0),
      publishTime: SA_TIME_UNKNOWN,
      eventId: 0n,
    });
    event.free();
    expect(await all.ais.outcome(() => event.free())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.event(handle).free())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.event(WILD).free())).to.equal('BAD_HANDLE');
  });
  table.notApplicable('EVT-ALLOC-02', 'there is no output pointer: the event is the result');
  table.row('EVT-ALLOC-03', 'no channel', async () => {
    const { all, of, c } = await listeners(1);
    const other = await of[0]!.open();
    await all.ais.settled(other.close());
    expect(await all.ais.outcome(() => other.eventAllocate())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.evt.channel(WILD).eventAllocate())).to.equal('BAD_HANDLE');
    await all.ais.settled(of[0]!.evt.finalize());
    expect(await all.ais.outcome(() => c[0]!.eventAllocate())).to.equal('BAD_HANDLE');
  });
  table.row(['EVT-ALLOC-04', 'EVT-PUB-08'], 'a channel open for SUBSCRIBER only', async () => {
    const { all, of } = await listeners(1);
    const channel = await of[0]!.open('C', SUBSCRIBER);
    const event = channel.eventAllocate();
    expect(await all.ais.outcome(() => event.publish())).to.equal('ACCESS');
    await all.ais.quiet();
    expect(of[0]!.texts).to.deep.equal([]);
  });
  table.row('EVT-ALLOC-06', 'a delivered event, in the callback and later', async () => {
    const { all, of, c } = await listeners(1);
    of[0]!.onEvent = (event) => {
      if (of[0]!.delivered.length === 1) event.free();
    };
    await of[0]!.publish(c[0]!, 'first');
    await of[0]!.publish(c[0]!, 'second');
    await all.ais.quiet();
    const [first, second] = of[0]!.delivered.map(({ event }) => event) as [EvtEvent, EvtEvent];
    expect(await all.ais.outcome(() => first.free())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => second.free())).to.equal('OK');
    expect(await all.ais.outcome(() => second.dataGet())).to.equal('BAD_HANDLE');
  });
  table.row(
    ['EVT-ALLOC-09', 'EVT-ALLOC-10', 'EVT-ALLOC-11', 'EVT-ALLOC-12', 'EVT-ALLOC-13', 'EVT-ALLOC-24'],
    'attributes are set, kept and copied',
    async () => {
      const { c } = await listeners(1);
      const event = c[0]!.eventAllocate();
      const mine = bytes('mine');
      const get = (): [string[], number, bigint, string] => {
        const { patterns, priority, retentionTime, publisherName } = event.attributesGet();
        return [patterns.map(text), priority, retentionTime, text(publisherName)];
      };
      event.attributesSet({ patterns: [mine, 'b'], priority: 0, retentionTime: ms(5000), publisherName: 'p' });
      mine.fill(0);
      expect(get()).to.deep.equal([['mine', 'b'], 0, ms(5000), 'p']);
      event.attributesSet({ patterns: null, priority: 1, retentionTime: 0n, publisherName: null });
      expect(get()).to.deep.equal([['mine', 'b'], 1, 0n, 'p']);
      event.attributesSet({ patterns: ['z'], ...PLAIN });
      expect(get()).to.deep.equal([['z'], 3, 0n, 'p']);
      event.attributesGet().patterns[0]!.fill(0);
      expect(get()[0]).to.deep.equal(['z']);
    },
  );
  table.row(['EVT-ALLOC-14', 'EVT-ALLOC-15', 'EVT-ALLOC-16'], 'priorities and retention times', async () => {
    const { all, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    const set = (priority: number, retentionTime: bigint): Promise<string> =>
      all.ais.outcome(() => event.attributesSet({ priority, retentionTime }));
    for (const priority of [4, 255, -1, 0.5]) expect(await set(priority, 0n)).to.equal('INVALID_PARAM');
    for (const priority of [0, 1, 2, 3]) expect(await set(priority, 0n)).to.equal('OK');
    expect(await set(3, SA_TIME_END)).to.equal('OK');
    expect(event.attributesGet().retentionTime).to.equal(SA_TIME_END);
    expect(await set(3, -1n)).to.equal('INVALID_PARAM');
  });
  table.row(['EVT-ALLOC-17', 'EVT-ALLOC-26', 'EVT-PUB-09'], 'a delivered event', async () => {
    const { all, process, channel, event, id } = await receiving();
    const { publishTime, ...others } = event.attributesGet();
    expect({ ...others, patterns: others.patterns.map(text) }).to.deep.equal({
      patterns: ['a', 'bc'],
      priority: 1,
      retentionTime: ms(5000),
      publisherName: bytes('p'),
      eventId: id,
    });
    expect(publishTime > 0n).to.equal(true);
    expect(await all.ais.outcome(() => event.attributesSet(PLAIN))).to.equal('ACCESS');
    expect(await all.ais.outcome(() => event.publish())).to.equal('ACCESS');
    const again = allocated(channel, { patterns: ['x'] });
    const newId = await all.ais.settled(again.publish());
    expect(again.attributesGet().eventId).to.equal(newId);
    await all.ais.quiet();
    expect(process.delivered[1]!.event.attributesGet().publishTime).to.equal(again.attributesGet().publishTime);
  });
  table.row(['EVT-ALLOC-18', 'EVT-ALLOC-25', 'EVT-PUB-10', 'EVT-DATA-08'], 'freed and wild events', async () => {
    const { all, of, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    event.free();
    for (const one of [() => event, () => of[0]!.evt.event(WILD)]) {
      expect(await all.ais.outcome(() => one().attributesSet(PLAIN))).to.equal('BAD_HANDLE');
      expect(await all.ais.outcome(() => one().attributesGet())).to.equal('BAD_HANDLE');
      expect(await all.ais.outcome(() => one().publish())).to.equal('BAD_HANDLE');
      expect(await all.ais.outcome(() => one().dataGet())).to.equal('BAD_HANDLE');
    }
  });
  table.row('EVT-ALLOC-19', 'an empty pattern', async () => {
    const { c } = await listeners(1);
    const event = allocated(c[0]!, { patterns: ['', 'b'] });
    expect(event.attributesGet().patterns.map(text)).to.deep.equal(['', 'b']);
  });
  table.row(
    ['EVT-ALLOC-20', 'EVT-ALLOC-21', 'EVT-ALLOC-22', 'EVT-ALLOC-23'],
    'patterns in memory of the caller',
    async () => {
      const { all, c } = await listeners(1);
      const event = allocated(c[0]!, { patterns: ['abc', 'de'] });
      const get = (into: PatternBuffer): Promise<string> => all.ais.outcome(() => event.attributesGet(into));
      const roomy = buffer(10, 10, 10);
      expect(await get(roomy)).to.equal('OK');
      expect([roomy.patternsNumber, ...textsOf(roomy)]).to.deep.equal([2, 'abc', 'de', '']);
      const few = buffer(10);
      expect(await get(few)).to.equal('NO_SPACE');
      expect([few.patternsNumber, ...textsOf(few)]).to.deep.equal([2, 'abc']);
      const narrow = buffer(2, 10);
      expect(await get(narrow)).to.equal('NO_SPACE');
      expect(narrow.patterns!.map(({ patternSize }) => patternSize)).to.deep.equal([3, 2]);
      expect(textsOf(narrow)[1]).to.equal('de');
      const none: PatternBuffer = { patternsNumber: 0, patterns: null };
      expect(await get(none)).to.equal('OK');
      expect([none.patternsNumber, ...textsOf(none)]).to.deep.equal([2, 'abc', 'de']);
    },
  );

  table.row(
    ['EVT-DATA-01', 'EVT-DATA-02', 'EVT-DATA-03', 'EVT-DATA-04', 'EVT-DATA-05', 'EVT-DATA-09'],
    'data, after the callback has returned',
    async () => {
      const { all, event, size } = await receiving('hello');
      expect(size).to.equal(5);
      for (const room of [5, 9]) {
        const into = { data: new Uint8Array(room), size: 0 };
        expect(event.dataGet(into)).to.equal(5);
        expect([into.size, text(into.data.subarray(0, 5))]).to.deep.equal([5, 'hello']);
      }
      for (const data of [new Uint8Array(4), null]) {
        const into = { data, size: 0 };
        expect(await all.ais.outcome(() => event.dataGet(into))).to.equal('NO_SPACE');
        expect(into.size).to.equal(5);
      }
      expect(await all.ais.outcome(() => event.dataGet(null as never))).to.equal('INVALID_PARAM');
      expect(text(event.dataGet())).to.equal('hello');
    },
  );
  table.row('EVT-DATA-06', 'no data', async () => {
    const { event, size } = await receiving(null);
    expect([size, event.dataGet({ data: new Uint8Array(1), size: 7 })]).to.deep.equal([0, 0]);
  });
  table.row('EVT-DATA-07', 'an event that was not delivered', async () => {
    const { all, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    expect(await all.ais.outcome(() => event.dataGet({ data: new Uint8Array(9), size: 0 }))).to.equal('BAD_HANDLE');
  });

  table.row(['EVT-PUB-01', 'EVT-PUB-02', 'EVT-PUB-07', 'EVT-PUB-14'], 'publish, twice', async () => {
    const { all, of, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    const data = new Uint8Array(100).fill(120);
    const first = event.publish(data);
    data.fill(121);
    const ids = [await all.ais.settled(first), await all.ais.settled(event.publish(data))];
    await all.ais.quiet();
    expect(ids[0]! > 1000n && ids[1]! > 1000n && ids[0] !== ids[1]).to.equal(true);
    expect(of[0]!.delivered.map(({ id }) => id)).to.deep.equal(ids);
    expect(of[0]!.texts).to.deep.equal(['x'.repeat(100), 'y'.repeat(100)]);
  });
  table.row('EVT-PUB-03', 'on several nodes, and in both sides of a partition', async () => {
    const { all, of, c } = await listeners(3, 3);
    const ids: bigint[] = [];
    const publish = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) ids.push(await of[i % 3]!.publish(c[i % 3]!, 'x'));
    };
    await publish();
    all.ais.cluster.partition([1], [2, 3]);
    await all.ais.cluster.formed(1);
    await all.ais.cluster.formed(2, 3);
    await publish();
    all.ais.cluster.partition();
    await all.ais.cluster.formed(1, 2, 3);
    await publish();
    expect(new Set(ids).size).to.equal(60);
  });
  table.notApplicable('EVT-PUB-04', 'there is no output pointer: the id is the result');
  table.row('EVT-PUB-05', 'no data', async () => {
    const { size } = await receiving(null);
    expect(size).to.equal(0);
  });
  table.row(['EVT-PUB-06', 'EVT-PUB-11', 'EVT-PUB-12'], 'sizes', async () => {
    const { all, of, c } = await listeners(1);
    const event = c[0]!.eventAllocate();
    const publish = (data: Uint8Array | null, size?: number): Promise<string> =>
      all.ais.outcome(() => event.publish(data, size));
    expect(await publish(null, 1)).to.equal('INVALID_PARAM');
    expect(await publish(new Uint8Array(3), 4)).to.equal('INVALID_PARAM');
    expect(await publish(new Uint8Array(Limits.DATA + 1))).to.equal('TOO_BIG');
    expect(await publish(new Uint8Array(Limits.DATA + 1), Limits.DATA)).to.equal('OK');
    expect(await publish(new Uint8Array(Limits.DATA))).to.equal('OK');
    await all.ais.quiet();
    expect(of[0]!.delivered.map(({ size }) => size)).to.deep.equal([65_536, 65_536]);
  });
  table.row('EVT-PUB-13', 'nobody subscribes', async () => {
    const { all, of } = await listeners(1);
    const channel = await of[0]!.open('D', PUBLISHER | 4);
    expect(await of[0]!.publish(channel, 'x')).to.satisfy((id: bigint) => id > 1000n);
    await all.ais.quiet();
    expect(of[0]!.texts).to.deep.equal([]);
  });
}

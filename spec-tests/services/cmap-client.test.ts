import { expect } from 'chai';
import type { CmapChange, CmapInput, CmapTypeName } from '../../core/services/cmap/client.js';
import { STREAM_BATCH } from '../../core/services/event-stream.js';
import { all, ClientBench, refusal } from './client-bench.js';

describe('cmap client', () => {
  const rows: [CmapTypeName, CmapInput[CmapTypeName]][] = [
    ['i8', -128],
    ['u8', 255],
    ['i16', -32768],
    ['u16', 65535],
    ['i32', -2147483648],
    ['u32', 4294967295],
    ['i64', -(2n ** 63n)],
    ['u64', 2n ** 64n - 1n],
    ['float', 1.5],
    ['double', Math.PI],
    ['string', 'Grüße'],
    ['binary', new Uint8Array([0, 1, 2, 255])],
  ];
  for (const [type, value] of rows) {
    it(`sets and gets ${type}`, async () => {
      const cmap = new ClientBench().cmap(1);
      await cmap.set('test.key', type, value as never);
      expect(await cmap.get('test.key')).to.deep.equal({ type, value });
      expect(await cmap.get('test.key', type)).to.deep.equal(value);
      const other = type === 'u8' ? 'i8' : 'u8';
      expect(await refusal(cmap.get('test.key', other))).to.equal('CS_ERR_INVALID_PARAM');
    });
  }

  it('refuses numbers that do not fit their type rather than change them', async () => {
    const cmap = new ClientBench().cmap(1);
    const bad: [CmapTypeName, CmapInput[CmapTypeName]][] = [
      ['u8', 256],
      ['i8', -129],
      ['u32', -1],
      ['i16', 1.5],
      ['u64', 2n ** 64n],
      ['u32', NaN],
      ['string', 'a\0b'],
    ];
    for (const [type, value] of bad) {
      expect(await refusal(cmap.set('test.key', type, value as never)), `${type} ${value}`).to.equal(
        'CS_ERR_INVALID_PARAM',
      );
    }
    await cmap.set('test.key', 'u64', 7);
    expect(await cmap.get('test.key', 'u64')).to.equal(7n);
  });

  it('gets values of any length, up to the longest', async () => {
    const cmap = new ClientBench().cmap(1);
    for (const length of [0, 511, 512, 513, 16383]) {
      await cmap.set('test.text', 'string', 'x'.repeat(length));
      expect((await cmap.get('test.text', 'string'))?.length).to.equal(length);
    }
    await cmap.set('test.bytes', 'binary', new Uint8Array(16384));
    expect((await cmap.get('test.bytes', 'binary'))?.length).to.equal(16384);
    expect(await refusal(cmap.set('test.bytes', 'binary', new Uint8Array(16385)))).to.equal('CS_ERR_INVALID_PARAM');
  });

  it('says by name what is refused', async () => {
    const cmap = new ClientBench().cmap(1);
    expect(await cmap.get('test.none')).to.equal(undefined);
    expect(await cmap.get('test.none', 'u8')).to.equal(undefined);
    expect(await refusal(cmap.delete('test.none'))).to.equal('CS_ERR_NOT_EXIST');
    expect(await refusal(cmap.inc('test.none'))).to.equal('CS_ERR_NOT_EXIST');
    expect(await refusal(cmap.set('ab', 'u8', 1))).to.equal('CS_ERR_NAME_TOO_LONG');
    expect(await refusal(cmap.set('no spaces', 'u8', 1))).to.equal('CS_ERR_NAME_TOO_LONG');
    expect(await refusal(cmap.set('x'.repeat(256), 'u8', 1))).to.equal('CS_ERR_NAME_TOO_LONG');
    expect(await refusal(cmap.set('totem.cluster_name', 'string', 'other'))).to.equal('CS_ERR_ACCESS');
    await cmap.set('test.text', 'string', 'one');
    expect(await refusal(cmap.inc('test.text'))).to.equal('CS_ERR_INVALID_PARAM');
  });

  it('counts, up and down, and wraps around', async () => {
    const cmap = new ClientBench().cmap(1);
    await cmap.set('test.count', 'u8', 254);
    await cmap.inc('test.count');
    await cmap.inc('test.count');
    expect(await cmap.get('test.count', 'u8')).to.equal(0);
    await cmap.dec('test.count');
    await cmap.adjust('test.count', -10);
    expect(await cmap.get('test.count', 'u8')).to.equal(245);
  });

  it('lists keys in order, by their beginning', async () => {
    const cmap = new ClientBench().cmap(1);
    await cmap.set('test.b', 'u8', 1);
    await cmap.set('test.a', 'string', 'four');
    await cmap.set('tesu', 'u8', 1);
    expect(await all(cmap.keys('test.'))).to.deep.equal([
      { key: 'test.a', type: 'string', length: 5 },
      { key: 'test.b', type: 'u8', length: 1 },
    ]);
    expect(await all(cmap.entries('test.'))).to.deep.equal([
      ['test.a', { type: 'string', value: 'four' }],
      ['test.b', { type: 'u8', value: 1 }],
    ]);
    const every = (await all(cmap.keys())).map(({ key }) => key);
    expect(every).to.deep.equal(every.toSorted());
    expect(every).to.include('runtime.members.1.status');
    for await (const { key } of cmap.keys('test.')) {
      expect(key).to.equal('test.a');
      break;
    }
  });

  it('follows a key, and all that begin alike', async () => {
    const bench = new ClientBench();
    const [cmap, other] = [bench.cmap(1), bench.cmap(1)];
    const one = await cmap.track('test.a');
    const many: CmapChange[] = [];
    const tracker = await cmap.onChange('test.', (change) => many.push(change), { prefix: true });
    await other.set('test.a', 'u32', 1);
    await cmap.set('test.b', 'string', 'x');
    await other.set('test.a', 'string', 'text');
    await other.set('test.a', 'string', 'text');
    await cmap.delete('test.a');
    const value = { type: 'u32', value: 1 };
    const text = { type: 'string', value: 'text' };
    const ofA = [
      { kind: 'add', key: 'test.a', newValue: value, oldValue: undefined },
      { kind: 'modify', key: 'test.a', newValue: text, oldValue: value },
      { kind: 'delete', key: 'test.a', newValue: undefined, oldValue: text },
    ];
    for (const change of ofA) expect((await one.next()).value).to.deep.equal(change);
    expect(many.filter(({ key }) => key === 'test.a')).to.deep.equal(ofA);
    expect(many).to.have.length(4);
    await tracker.stop();
    await one.return();
    await other.set('test.a', 'u8', 1);
    expect(many).to.have.length(4);
    expect((await one.next()).done).to.equal(true);
  });

  it('follows only the changes that are asked for', async () => {
    const cmap = new ClientBench().cmap(1);
    const kinds: string[] = [];
    await using tracker = await cmap.onChange('test.a', ({ kind }) => kinds.push(kind), { changes: ['delete'] });
    await cmap.set('test.a', 'u8', 1);
    await cmap.set('test.a', 'u8', 2);
    await cmap.delete('test.a');
    expect(kinds).to.deep.equal(['delete']);
    await tracker.stop();
    await cmap.set('test.a', 'u8', 1);
    await cmap.delete('test.a');
    expect(kinds).to.deep.equal(['delete']);
  });

  it('leaves changes with the service while a reader is behind', async () => {
    const bench = new ClientBench();
    const cmap = bench.cmap(1);
    const changes = await cmap.track('test.a');
    const COUNT = 3 * STREAM_BATCH;
    for (let i = 0; i < COUNT; i++) await bench.cmap(1).set('test.a', 'u32', i);
    const values: unknown[] = [];
    while (values.length < COUNT) values.push(((await changes.next()).value as CmapChange).newValue?.value);
    expect(values).to.deep.equal(Array.from({ length: COUNT }, (_, i) => i));
  });

  it('reads the statistics, which nobody sets', async () => {
    const bench = new ClientBench();
    const stats = bench.cmap(1, 'stats');
    bench.nodes[0]!.statistics.supplyNumber('stats.test.number', 8, () => 42n);
    expect(await stats.get('stats.test.number')).to.deep.equal({ type: 'u64', value: 42n });
    expect((await all(stats.keys('stats.test'))).map(({ key }) => key)).to.deep.equal(['stats.test.number']);
    expect(await refusal(stats.set('stats.test.number', 'u64', 1))).to.equal('CS_ERR_ACCESS');
    expect(await refusal(stats.delete('stats.clear.totem'))).to.equal('CS_ERR_NOT_SUPPORTED');
  });
});

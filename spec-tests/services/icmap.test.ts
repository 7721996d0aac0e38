import { expect } from 'chai';
import fc from 'fast-check';
import { CsErrorCode } from '../../core/base/errors.js';
import { silentLogger } from '../../core/base/logger.js';
import { MessageView } from '../../core/base/message-view.js';
import { CmapEngine } from '../../core/services/cmap/engine.js';
import { Icmap } from '../../core/services/cmap/icmap.js';
import { TrackEvent } from '../../core/services/cmap/key-trackers.js';
import type { KeyChange } from '../../core/services/cmap/key-trackers.js';
import { markReadOnlyKeys, setEntries } from '../../core/services/cmap/configuration.js';
import { StatisticsMap } from '../../core/services/cmap/statistics.js';
import { numberValue, stringValue, ValueType } from '../../core/services/cmap/values.js';
import type { NumericType } from '../../core/services/cmap/values.js';
import { request } from '../../core/services/packet.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { StubRing } from './stub-ring.js';

const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
const OK = 1;

describe('cmap: the map of typed keys', () => {
  const sizes: [type: NumericType, size: number, value: number | bigint][] = [
    [ValueType.I8, 1, -128],
    [ValueType.U8, 1, 255],
    [ValueType.I16, 2, -32768],
    [ValueType.U16, 2, 65535],
    [ValueType.I32, 4, -(2 ** 31)],
    [ValueType.U32, 4, 2 ** 32 - 1],
    [ValueType.I64, 8, -(2n ** 63n)],
    [ValueType.U64, 8, 2n ** 64n - 1n],
    [ValueType.FLOAT, 4, 0.5],
    [ValueType.DOUBLE, 8, 0.1],
  ];
  for (const [type, size, value] of sizes) {
    it(`keeps values of type ${type} in ${size} bytes, and nothing of another length`, () => {
      const map = new Icmap();
      expect(map.setNumber('some.key', type, value)).to.equal(OK);
      expect(map.number('some.key', type)).to.equal(value);
      expect(map.get('some.key')!.bytes).to.have.length(size);
      for (const wrong of [size - 1, size + 1]) {
        expect(map.set('some.key', { type, bytes: new Uint8Array(wrong) })).to.equal(7);
      }
    });
  }

  it('wraps integers when they are adjusted, and adjusts nothing else', () => {
    const map = new Icmap();
    for (const [type, size, value] of sizes.slice(0, 8)) {
      map.setNumber('some.key', type, value);
      const step = BigInt(value) < 0n ? -1 : 1;
      expect(map.adjust('some.key', step)).to.equal(OK);
      const bits = BigInt(8 * size);
      const wrapped = step < 0 ? 2n ** (bits - 1n) - 1n : 0n;
      expect(BigInt(map.number('some.key', type)!), `type ${type}`).to.equal(wrapped);
    }
    for (const value of [numberValue(ValueType.FLOAT, 1), numberValue(ValueType.DOUBLE, 1), stringValue('1')]) {
      map.set('some.key', value);
      expect(map.adjust('some.key', 1)).to.equal(7);
    }
    expect(map.adjust('other.key', 1)).to.equal(12);
  });

  it('keeps text with one zero byte behind it, whether it comes with it or not', () => {
    const map = new Icmap();
    const bytes = new TextEncoder().encode('text\0');
    for (const given of [bytes, bytes.subarray(0, 4)]) {
      expect(map.set('some.key', { type: ValueType.STRING, bytes: given })).to.equal(OK);
      expect(map.get('some.key')!.bytes).to.deep.equal(bytes);
      expect(map.string('some.key')).to.equal('text');
    }
    for (const wrong of ['a\0b', 'a\0\0']) {
      expect(map.set('some.key', { type: ValueType.STRING, bytes: new TextEncoder().encode(wrong) })).to.equal(7);
    }
    expect(map.set('big.key', { type: ValueType.BINARY, bytes: new Uint8Array(16384) })).to.equal(OK);
    expect(map.set('big.key', { type: ValueType.BINARY, bytes: new Uint8Array(16385) })).to.equal(7);
    expect(map.set('some.key', { type: 13 as never, bytes: new Uint8Array(1) })).to.equal(7);
  });

  const keys: [key: string, good: boolean][] = [
    ['abc', true],
    ['a.b-c_d/e:F9', true],
    ['k'.repeat(255), true],
    ['k'.repeat(256), false],
    ['ab', false],
    ['', false],
    ['b d k', false],
    ['käse', false],
  ];
  for (const [key, good] of keys) {
    it(`${good ? 'takes' : 'refuses'} the key "${key.slice(0, 12)}" of ${key.length} characters`, () => {
      expect(new Icmap().setString(key, 'x')).to.equal(good ? OK : 13);
    });
  }

  it('reads keys in byte order, also while they come and go', () => {
    const keyArbitrary = fc.stringMatching(/^[a-c.]{3,6}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(keyArbitrary),
        fc.uniqueArray(keyArbitrary),
        fc.constantFrom('', 'a', 'b.', 'cc'),
        (before, later, prefix) => {
          const map = new Icmap();
          for (const key of before) map.setString(key, 'x');
          const expected = before.filter((key) => key.startsWith(prefix)).sort();
          expect([...map.keys(prefix)]).to.deep.equal(expected);
          const read: string[] = [];
          let key: string | undefined;
          while ((key = map.nextKey(prefix, read.at(-1))) !== undefined) {
            read.push(key);
            map.delete(key);
            const another = later.pop();
            if (another !== undefined) map.setString(another, 'y');
          }
          expect(read).to.deep.equal(read.toSorted());
          expect(expected.filter((each) => !read.includes(each))).to.deep.equal([]);
        },
      ),
    );
  });

  it('tells followers of the key first, then those of longer and shorter prefixes, oldest first', () => {
    const map = new Icmap();
    const told: string[] = [];
    const follow = (name: string, key: string, events: number): void => {
      map.track(key, events, ({ event }) => told.push(`${name} ${event}`));
    };
    follow('root', '', ADD | MODIFY | DELETE | PREFIX);
    follow('exact 1', 'a.b.c', ADD | MODIFY | DELETE);
    follow('own prefix', 'a.b.c', ADD | PREFIX);
    follow('exact 2', 'a.b.c', ADD | MODIFY | DELETE);
    follow('parent', 'a.b', ADD | MODIFY | PREFIX);
    follow('parent 2', 'a.b', ADD | PREFIX);
    follow('root 2', '', ADD | PREFIX);
    follow('not a prefix', 'a.b', ADD | MODIFY);
    follow('nothing', 'a.b.c', 0);
    map.setString('a.b.c', '1');
    const order = ['exact 2', 'exact 1', 'own prefix', 'parent', 'parent 2', 'root 2', 'root'];
    expect(told.splice(0)).to.deep.equal(order.map((name) => `${name} 4`));
    map.setString('a.b.c', '1');
    expect(told.splice(0)).to.deep.equal([]);
    map.setString('a.b.c', '2');
    expect(told.splice(0)).to.deep.equal(['exact 2 2', 'exact 1 2', 'parent 2', 'root 2']);
    map.delete('a.b.c');
    expect(told.splice(0)).to.deep.equal(['exact 2 1', 'exact 1 1', 'root 1']);
    expect(() => map.track('a.b.c', 16, () => undefined)).to.throw('ERR_INVALID_PARAM');
  });

  it('tells the old and the new value, and no more after untrack', () => {
    const map = new Icmap();
    const changes: KeyChange[] = [];
    const tracker = map.track('some.key', ADD | MODIFY | DELETE, (change) => changes.push(change));
    map.setNumber('some.key', ValueType.U8, 1);
    map.setString('some.key', 'x');
    map.delete('some.key');
    map.untrack(tracker);
    map.setString('some.key', 'y');
    const [one, text] = [numberValue(ValueType.U8, 1), stringValue('x')];
    expect(changes.map(({ oldValue, newValue }) => [oldValue, newValue])).to.deep.equal([
      [undefined, one],
      [one, text],
      [text, undefined],
    ]);
  });

  it('takes the configuration and marks what clients may not change', () => {
    const map = new Icmap();
    setEntries(map, [
      { path: 'totem.token', type: 'u32', value: 3000 },
      { path: 'totem.config_version', type: 'u64', value: 7n },
      { path: 'totem.cluster_name', type: 'str', value: 'lab' },
      { path: 'quorum.two_node', type: 'u8', value: 1 },
    ]);
    markReadOnlyKeys(map);
    expect(map.dump()).to.deep.equal({
      'quorum.two_node': '1',
      'totem.cluster_name': 'lab',
      'totem.config_version': '7',
      'totem.token': '3000',
    });
    const readOnly = ['totem.cluster_name', 'nodelist.node.0.name', 'runtime.config.totem.token', 'system.anything'];
    expect(readOnly.filter((key) => !map.isReadOnly(key))).to.deep.equal([]);
    const writable = ['totem.token', 'runtime.members.1.status', 'quorum.expected_votes'];
    expect(writable.filter((key) => map.isReadOnly(key))).to.deep.equal([]);
  });

  it('reads supplied counters when they are asked for', () => {
    const map = new Icmap();
    let count = 1n;
    map.supply('runtime.services.cpg.3.rx', ValueType.U64, () => count);
    map.setString('runtime.services.aaa', 'x');
    count = 5n;
    expect(map.u64('runtime.services.cpg.3.rx')).to.equal(undefined);
    expect(map.get('runtime.services.cpg.3.rx')).to.deep.equal(numberValue(ValueType.U64, 5n));
    expect([...map.keys('runtime.')]).to.deep.equal(['runtime.services.aaa', 'runtime.services.cpg.3.rx']);
    map.withdraw('runtime.services.cpg.3.rx');
    expect([...map.keys('runtime.')]).to.deep.equal(['runtime.services.aaa']);
  });
});

describe('cmap: an iterator of a client', () => {
  it('stays at its end, whatever keys come', () => {
    const map = new Icmap();
    const statistics = new StatisticsMap(new FakeClock(), () => undefined);
    const engine = new CmapEngine({
      ring: new StubRing(1),
      logger: silentLogger,
      map,
      statistics,
      addressOf: () => '',
      shutdown: () => undefined,
    });
    const client = new FakeClient(engine, 1, 7);
    map.setString('t.a', 'x');
    expect(client.ask(request(4, 280).u8(16, 2).text(24, 't.', 256).bytes)).to.equal(OK);
    const next = request(5, 24).u64(16, MessageView.over(client.responses.at(-1)!).u64(24)).bytes;
    expect([client.ask(next), client.ask(next)]).to.deep.equal([OK, CsErrorCode.ERR_NO_SECTIONS]);
    map.setString('t.b', 'x');
    expect(client.ask(next)).to.equal(CsErrorCode.ERR_NO_SECTIONS);
  });
});

describe('cmap: the statistics map', () => {
  it('tells of keys that come and go by prefix, and of values that change by key, every 1500 ms', () => {
    const clock = new FakeClock();
    const map = new StatisticsMap(clock, () => undefined);
    let value = 1;
    const told: string[] = [];
    map.track('stats.ipcs.', ADD | DELETE | MODIFY | PREFIX, ({ event, key }) => told.push(`${event} ${key}`));
    map.supplyNumber('stats.ipcs.one', ValueType.U32, () => value);
    const tracker = map.track('stats.ipcs.one', MODIFY, ({ event, key }) => told.push(`${event} ${key}`));
    value = 2;
    clock.advance(1499);
    expect(told.splice(0)).to.deep.equal(['4 stats.ipcs.one']);
    clock.advance(1);
    expect(told.splice(0)).to.deep.equal(['2 stats.ipcs.one']);
    clock.advance(1500);
    expect(told.splice(0)).to.deep.equal([]);
    map.untrack(tracker);
    map.withdraw('stats.ipcs.one');
    expect(told.splice(0)).to.deep.equal(['1 stats.ipcs.one']);
  });

  it('follows a prefix with ADD and DELETE only, and a key whatever the bits (services-ipc.md 5)', () => {
    const clock = new FakeClock();
    const map = new StatisticsMap(clock, () => undefined);
    let value = 0;
    const told: string[] = [];
    for (let events = 0; events < 16; events++) {
      const follow = (): unknown =>
        map.track('stats.a', events, ({ event, newValue, oldValue }) => {
          expect(oldValue).to.equal(newValue);
          told.push(`${events}: ${event}`);
        });
      if ((events & PREFIX) === 0 || (events & (ADD | DELETE)) === (ADD | DELETE)) follow();
      else expect(follow).to.throw('ERR_NOT_SUPPORTED');
    }
    map.supplyNumber('stats.a', ValueType.U32, () => value);
    expect(told.splice(0)).to.deep.equal(['7: 4', '6: 4', '5: 4', '4: 4', '13: 4', '15: 4']);
    clock.advance(1500);
    expect(told.splice(0), 'a value that is 0, as what does not exist').to.deep.equal([]);
    value = 1;
    clock.advance(1500);
    expect(told.splice(0).sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7].map((events) => `${events}: 2`));
    map.withdraw('stats.a');
    expect(told.splice(0)).to.deep.equal(['7: 1', '5: 1', '3: 1', '1: 1', '13: 1', '15: 1']);
    map.supplyNumber('stats.schedmiss.0.delay', ValueType.FLOAT, () => 1);
    expect(told).to.deep.equal([]);
  });

  it('can only be cleared', () => {
    const cleared: string[] = [];
    const map = new StatisticsMap(new FakeClock(), (kind) => cleared.push(kind));
    map.supplyString('stats.name', () => 'x');
    expect(['stats.name', 'stats.clear.nothing'].map((key) => map.isReadOnly(key))).to.deep.equal([true, false]);
    expect(map.isReadOnly('stats.clear.totem')).to.equal(false);
    expect(map.set('stats.clear.totem')).to.equal(OK);
    // A key that exists is read-only, which is looked at first; what could be cleared has to be one of the kinds.
    expect([map.set('stats.clear.nothing'), map.delete(), map.adjust()]).to.deep.equal([19, 19, 19]);
    expect(cleared).to.deep.equal(['totem']);
  });
});

import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import type { Multicast } from './stub-ring.js';
import { StubRing, deliver } from './stub-ring.js';
import { FakeClock } from '../support/fake-clock.js';
import { Icmap, ValueType } from '../../core/services/cmap/index.js';
import { ringMessage } from '../../core/services/packet.js';
import { START_PHRASE } from '../../core/services/pload/final-load.js';
import { PloadEngine } from '../../core/services/pload/index.js';

const SIZE = 64;

function configuration(members: readonly number[], left: readonly number[]) {
  return { kind: 'transitional', ringId: { representative: 1, seq: 8 }, members, left, joined: [] } as const;
}

describe('The load generator', () => {
  let clock: FakeClock;
  let ring: StubRing;
  let engine: PloadEngine;

  beforeEach(() => {
    clock = new FakeClock();
    ring = new StubRing(1);
    engine = new PloadEngine({ ring, clock, logger: silentLogger });
  });

  /** Messages of a load of `count`, as another node sends them. */
  function loadOf(count: number, size = SIZE): Multicast[] {
    const other = new StubRing(2);
    new PloadEngine({ ring: other, clock, logger: silentLogger }).startLoad(count, size);
    return other.sent;
  }

  it('sends a load of whole messages and counts what comes back', () => {
    engine.startLoad(1000, SIZE);
    expect(ring.sent.length).to.equal(1000);
    expect(new Set(ring.sent.map(({ fn, body }) => `${fn} ${body.length + 16}`))).to.deep.equal(new Set([`1 ${SIZE}`]));
    ring.loop(engine);
    expect(engine.reading).to.deep.include({ messages: 1000, bytes: 1000 * SIZE, disorder: 0, senders: { 1: 1000 } });
    expect(engine.sent).to.equal(1000);
    expect(engine.remaining).to.equal(0);
  });

  it('waits for room when the ring is full, with one waiter, and stops when told', () => {
    ring.full = true;
    engine.startLoad(5, SIZE);
    engine.startLoad(5, SIZE);
    expect(ring.waiting).to.equal(1);
    expect(engine.remaining).to.equal(10);
    ring.tokenPassed();
    expect(ring.waiting).to.equal(1);
    engine.stopLoad();
    ring.full = false;
    ring.tokenPassed();
    expect(ring.sent).to.be.empty;
    expect(ring.waiting).to.equal(0);
  });

  it('refuses sizes that cannot be sent', () => {
    for (const size of [15, 1024 * 1024 + 1, 16.5]) {
      expect(() => engine.startLoad(1, size)).to.throw(RangeError, 'give a size from 16 to 1048576');
    }
  });

  it('notices a message of a sender that is lost, repeated or out of order', () => {
    const [a, b, c, d] = loadOf(4) as [Multicast, Multicast, Multicast, Multicast];
    const disorderOf = (messages: Multicast[]): number => {
      const receiver = new PloadEngine({ ring, clock, logger: silentLogger });
      for (const { fn, body } of messages) deliver(receiver, fn, body, 2);
      return receiver.reading.disorder;
    };
    expect(disorderOf([a, b, c, d])).to.equal(0);
    expect(disorderOf([a, c, d])).to.equal(1);
    expect(disorderOf([a, b, b, c])).to.equal(1);
    expect(disorderOf([a, c, b, d])).to.be.above(0);
  });

  it('follows each sender by itself, from wherever it is when first heard', () => {
    const messages = loadOf(6);
    for (let i = 0; i < 6; i++) {
      deliver(engine, 1, messages[i]!.body, 2);
      if (i >= 3) deliver(engine, 1, messages[i]!.body, 3);
    }
    expect(engine.reading).to.deep.include({ messages: 9, disorder: 0, senders: { 2: 6, 3: 3 } });
  });

  it('lets a node that left and came back begin anew', () => {
    const messages = loadOf(3);
    for (const { body } of messages) deliver(engine, 1, body, 2);
    engine.configurationChanged(configuration([1], [2]));
    for (const { body } of messages) deliver(engine, 1, body, 2);
    expect(engine.reading.disorder).to.equal(0);
  });

  it('counts messages without a number, as those of Corosync, in whatever order', () => {
    deliver(engine, 1, new Uint8Array(0), 2);
    deliver(engine, 1, new Uint8Array(SIZE - 16), 2);
    deliver(engine, 1, new Uint8Array(SIZE - 16), 2);
    expect(engine.reading).to.deep.include({ messages: 3, disorder: 0, senders: {} });
  });

  it('tells the rate from the first delivery on, and anew after measure', () => {
    const KIB_32 = 32 * 1024;
    for (let run = 0; run < 2; run++) {
      engine.measure();
      clock.advance(5000);
      for (let i = 0; i <= 100; i++) {
        if (i > 0) clock.advance(10);
        deliver(engine, 1, new Uint8Array(KIB_32 - 16), 2);
      }
      const { elapsedMs, messagesPerSecond, megabytesPerSecond } = engine.reading;
      expect(elapsedMs).to.equal(1000);
      expect(messagesPerSecond).to.be.closeTo(101, 1e-6);
      expect(megabytesPerSecond).to.be.closeTo((101 * KIB_32) / 1e6, 1e-6);
    }
  });
});

describe("Corosync's load", () => {
  const count = 20;

  function node(id: number) {
    const ring = new StubRing(id);
    const clock = new FakeClock();
    const map = new Icmap();
    const results: string[] = [];
    const finalLoad = { map, finished: (result: string) => void results.push(result) };
    const engine = new PloadEngine({ ring, clock, logger: silentLogger, finalLoad });
    engine.start();
    return { ring, clock, map, results, engine };
  }

  it('begins when the phrase is set, with the configured messages, on every node, and ends each', () => {
    const [one, two] = [node(1), node(2)];
    one.map.setNumber('pload.count', ValueType.U32, count);
    one.map.setNumber('pload.size', ValueType.U32, 500);
    one.map.setString('pload.start', 'please');
    expect(one.ring.sent).to.deep.equal([]);
    one.map.setString('pload.start', START_PHRASE);
    const [start] = one.ring.sent.splice(0);
    expect([start!.fn, start!.body.length + 16]).to.deep.equal([0, 24]);
    for (const { engine } of [one, two]) deliver(engine, start!.fn, start!.body, 1);
    const sent = [one, two].map(({ ring }) => ring.sent.splice(0));
    expect(sent.map((messages) => messages.map(({ body }) => body.length + 16))).to.deep.equal([
      new Array(count).fill(500),
      new Array(count).fill(500),
    ]);
    for (let i = 0; i < count; i++) {
      expect(two.results).to.deep.equal([]);
      deliver(two.engine, 1, sent[i % 2]![i]!.body, 1 + (i % 2));
      two.clock.advance(100);
    }
    expect(two.results).to.have.length(1);
    expect(two.results[0]).to.match(
      /^20 Writes 500 bytes per write 1\.900 seconds runtime, 10\.526 TP\/S, 0\.005 MB\/S\.$/,
    );
  });

  it('is not begun by a phrase that was there at the start, nor twice, nor with what cannot be sent', () => {
    const ring = new StubRing(1);
    const map = new Icmap();
    map.setString('pload.start', START_PHRASE);
    const finalLoad = { map, finished: () => undefined };
    const engine = new PloadEngine({ ring, clock: new FakeClock(), logger: silentLogger, finalLoad });
    engine.start();
    expect(ring.sent).to.deep.equal([]);
    const start = (messages: number, size: number): void =>
      deliver(engine, 0, ringMessage(24).u32(16, messages).u32(20, size).body, 2);
    start(0, 100);
    start(5, 1024 * 1024 + 1);
    expect(ring.sent).to.deep.equal([]);
    start(5, 0);
    start(5, 100);
    expect(ring.sent.map(({ body }) => body.length)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('is only counted where no daemon can end', () => {
    const ring = new StubRing(1);
    const engine = new PloadEngine({ ring, clock: new FakeClock(), logger: silentLogger });
    deliver(engine, 0, ringMessage(24).u32(16, 5).u32(20, 100).body, 2);
    expect(ring.sent).to.deep.equal([]);
  });
});

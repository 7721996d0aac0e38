import { expect } from 'chai';
import fc from 'fast-check';
import { SendQueue } from '../../core/totem/srp/send-queue.js';
import { before, distance, earlier, later, next, notAfter } from '../../core/totem/srp/sequence.js';
import { SortQueue, WINDOW } from '../../core/totem/srp/sort-queue.js';
import { RingBench } from '../support/ring-bench.js';
import { WatchedMemory } from '../support/scripted-transport.js';
import { frameOf } from '../support/totem-frames.js';

const u32 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1),
);

/** Corosync's compare, in its own words of totem.md 4. */
function corosyncLess(a: number, b: number): boolean {
  if (a > 0x80000000 || b > 0x80000000) return (a - 0x10000) >>> 0 < (b - 0x10000) >>> 0;
  return a < b;
}

describe('totem srp: sequence arithmetic (totem.md 4)', () => {
  it('orders numbers less than 2^31 apart by their distance, around the wrap', () => {
    fc.assert(
      fc.property(u32, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (a, steps) => {
        const b = (a + steps) >>> 0;
        expect([before(a, b), before(b, a), before(a, a)]).to.deep.equal([true, false, false]);
        expect([notAfter(a, b), notAfter(b, a), notAfter(a, a)]).to.deep.equal([true, false, true]);
        expect([distance(a, b), distance(a, a)]).to.deep.equal([steps, 0]);
        expect([earlier(a, b), earlier(b, a), later(a, b), later(b, a)]).to.deep.equal([a, a, b, b]);
        expect(next(a)).to.equal(a === 2 ** 32 - 1 ? 0 : a + 1);
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with Corosync’s compare for numbers that a ring can have at the same time', () => {
    fc.assert(
      fc.property(u32, fc.integer({ min: 0, max: WINDOW }), (a, steps) => {
        const b = (a + steps) >>> 0;
        // Corosync's changes its form at 2^31 and, wrapped, at 2^16; across those borders it is wrong by itself.
        const border = [0x80000000, 0x10000].some((at) => distance(a, at) <= steps + 1 && distance(a, at) > 0);
        if (border) return;
        expect(before(a, b)).to.equal(corosyncLess(a, b));
        expect(before(b, a)).to.equal(corosyncLess(b, a));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('totem srp: sort queue (totem.md 4)', () => {
  it('behaves like a map of the numbers after the released one, at most a window ahead', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), ahead: fc.integer({ min: -3, max: WINDOW + 3 }) }),
      fc.record({ kind: fc.constant('add' as const), ahead: fc.nat(20) }),
      fc.record({ kind: fc.constant('release' as const), ahead: fc.nat(30) }),
      fc.record({ kind: fc.constant('take' as const), ahead: fc.nat(20) }),
      fc.record({ kind: fc.constant('miss' as const), ahead: fc.integer({ min: 1, max: 20 }) }),
    );
    const starts = fc.constantFrom(0, 1, 2 ** 31 - 8, 2 ** 32 - 8, 2 ** 32 - WINDOW);
    fc.assert(
      fc.property(starts, fc.array(command, { maxLength: 60 }), (start, commands) => {
        const memory = WatchedMemory.watched(64, 128, 1);
        const queue = new SortQueue(memory);
        queue.reset(start);
        const held = new Map<number, number>();
        const misses = new Map<number, number>();
        let released = start;
        for (const { kind, ahead } of commands) {
          const seq = (released + ahead) >>> 0;
          expect(queue.inRange(seq)).to.equal(ahead >= 1 && ahead < WINDOW);
          if (ahead >= 1) expect(queue.has(seq)).to.equal(held.has(seq));
          switch (kind) {
            case 'add': {
              if (!queue.inRange(seq) || queue.has(seq)) break;
              const frame = memory.allocate(64);
              queue.add(seq, frame, ahead & 63, 1000 + ahead);
              held.set(seq, frame);
              misses.delete(seq);
              expect(queue.frameAt(seq)).to.equal(frame);
              expect(queue.bytesAt(seq)).to.equal(1000 + ahead);
              expect(queue.offsetAt(seq)).to.equal(memory.offsetOf(frame) + (ahead & 63));
              break;
            }
            case 'release':
              queue.releaseTo(seq);
              for (let i = 1; i <= ahead; i++) {
                held.delete((released + i) >>> 0);
                misses.delete((released + i) >>> 0);
              }
              released = seq;
              expect(queue.lastReleased).to.equal(seq);
              break;
            case 'take':
              if (!queue.has(seq)) break;
              memory.release(queue.take(seq));
              held.delete(seq);
              break;
            case 'miss':
              misses.set(seq, (misses.get(seq) ?? 0) + 1);
              expect(queue.miss(seq)).to.equal(misses.get(seq));
          }
          expect(queue.size).to.equal(held.size);
          expect(memory.freeFrames).to.equal(129 - held.size);
        }
        queue.reset(7);
        expect([queue.size, queue.lastReleased, memory.freeFrames]).to.deep.equal([0, 7, 129]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('totem srp: send queue (totem.md 7.5)', () => {
  it('is a queue of frames, of bounded room, that takes another one’s frames behind its own and single ones before', () => {
    const step = fc.oneof(
      fc.constant('push' as const),
      fc.constant('push' as const),
      fc.constant('shift' as const),
      fc.constant('append' as const),
      fc.constant('unshift' as const),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const queue = new SendQueue(capacity);
        const other = new SendQueue(capacity);
        let model: number[] = [];
        let others: number[] = [];
        let frame = 0;
        for (const what of steps) {
          if (what === 'push') {
            frame++;
            if (frame % 3 === 0) {
              other.push(frame, 10 * frame);
              others.push(frame);
            } else {
              queue.push(frame, 10 * frame);
              model.push(frame);
            }
          } else if (what === 'unshift') {
            frame++;
            queue.unshift(frame, 10 * frame);
            model.unshift(frame);
          } else if (what === 'append') {
            queue.append(other);
            model = [...model, ...others];
            others = [];
          } else if (model.length > 0) {
            expect(queue.firstBytes).to.equal(10 * model[0]!);
            expect(queue.shift()).to.equal(model.shift());
          }
          expect(queue.length).to.equal(model.length);
          expect(queue.available).to.equal(Math.max(0, capacity - model.length));
          expect(other.length).to.equal(others.length);
        }
      }),
    );
  });
});

describe('totem srp: wrap-around of message and token numbers (totem.md 4)', () => {
  for (const firstSeq of [0x7ffffff0, 0xfffffff0, 0xffffffff, 0x0000fff0, 0xffff_c000]) {
    for (const firstTokenSeq of [0, 0x7ffffffa, 0xfffffffa, 0xffffffff]) {
      const name = `first message 0x${firstSeq.toString(16)}, first token 0x${firstTokenSeq.toString(16)}`;
      it(`${name}: a ring forms, orders, requests, retransmits, releases and recovers`, () => {
        const bench = new RingBench({ firstSeq, firstTokenSeq }).operational([1, 2, 3]);
        const level = bench.memory.freeFrames;
        const after = (steps: number): number => (firstSeq + steps) >>> 0;
        const message = (steps: number): Uint8Array => frameOf.mcast(3, bench.ringId, after(steps), `m${steps}`);
        // Twenty from node 3, all but the 10th; then five of its own, behind them.
        for (let i = 1; i <= 20; i++) if (i !== 10) bench.receive(message(i));
        for (let i = 21; i <= 25; i++) bench.send(`m${i}`);
        bench.visit({ seq: after(20) });
        expect(bench.takeOf('mcast').map(({ mcast }) => mcast.seq)).to.deep.equal([21, 22, 23, 24, 25].map(after));
        expect(bench.lastToken).to.deep.include({ seq: after(25), aru: after(9), aruAddr: 2, requests: [] });
        for (let i = 0; i < 4; i++) bench.visit();
        expect(bench.lastToken.requests).to.deep.equal([{ ringId: bench.ringId, seq: after(10) }]);
        bench.receive(message(10));
        expect(bench.takeEvents().map((event) => event.split(' ')[2])).to.deep.equal(
          Array.from({ length: 25 }, (_, i) => `m${i + 1}`),
        );
        bench.visit({ requests: [{ ringId: bench.ringId, seq: after(22) }] });
        expect(bench.takeOf('mcast').map(({ mcast }) => mcast.seq)).to.deep.equal([after(22)]);
        for (let i = 0; i < 3; i++) bench.visit();
        expect(bench.memory.freeFrames).to.equal(level);

        // The next ring starts there again, and old messages are recovered across the border.
        for (let i = 26; i <= 30; i++) bench.receive(message(i));
        bench.take();
        bench.takeEvents();
        bench.form([2, 3], { 3: { aru: after(27), highDelivered: after(27), receivedFlag: 0 } });
        expect(bench.takeOf('mcast').map(({ mcast }) => mcast.seq)).to.deep.equal([1, 2, 3].map(after));
        expect(bench.takeEvents()[0]).to.match(/^transitional/);
        bench.ring.synchronized();
        bench.send('next');
        for (let i = 0; i < 4; i++) bench.visit();
        expect(bench.takeEvents().at(-1)).to.equal('deliver 2 next');
        expect(bench.memory.freeFrames).to.equal(level);
      });
    }
  }

  it('token numbers that wrap are newer; old ones are still duplicates', () => {
    const bench = new RingBench({ firstTokenSeq: 0xfffffff0 }).operational([1, 2, 3]);
    const { duplicates } = bench.ring.statistics;
    for (let i = 0; i < 20; i++) bench.visit();
    expect(bench.lastToken.tokenSeq).to.be.below(100);
    expect(bench.ring.statistics.duplicates).to.equal(duplicates);
    bench.receive(frameOf.token({ ...bench.nextToken, tokenSeq: 0xfffffff9 }));
    expect(bench.ring.statistics.duplicates).to.equal(duplicates + 1);
  });
});

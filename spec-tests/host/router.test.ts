import { expect } from 'chai';
import * as fc from 'fast-check';
import { MalformedMessage } from '../../core/base/message-view.js';
import type { MessageView } from '../../core/base/message-view.js';
import { Router } from '../../core/host/router.js';
import type { MessageTarget } from '../../core/host/router.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeTotem } from './fake-totem.js';

function message(id: number, size: number, length = size, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  if (length >= 4) view.setUint32(0, id, littleEndian);
  if (length >= 12) view.setInt32(8, size, littleEndian);
  return bytes;
}

function setUp(deliver: (fn: number, message: MessageView, sender: number) => void = () => undefined) {
  const totem = new FakeTotem();
  const clock = new FakeClock();
  const lines: string[] = [];
  const router = new Router(totem, clock, { enabled: () => true, log: (_severity, text) => lines.push(text) });
  const calls: [fn: number, length: number, sender: number, littleEndian: boolean][] = [];
  const target: MessageTarget = {
    id: 40,
    name: 'mine',
    functions: 2,
    counters: { rx: new Float64Array(2), tx: new Float64Array(2) },
    deliver: (fn, view, sender) => {
      calls.push([fn, view.length, sender, view.littleEndian]);
      deliver(fn, view, sender);
    },
  };
  router.attach(target);
  const gate = { open: true, tx: target.counters.tx, run: (callback: () => void) => callback() };
  return { totem, clock, lines, router, calls, target, gate };
}

describe('router', () => {
  it('hands a message to the handler that its id names, in both byte orders', () => {
    const { totem, calls, target } = setUp();
    totem.deliver(message((40 << 16) | 1, 20), 3);
    totem.deliver(message(40 << 16, 16, 16, false), 4, false);
    expect(calls).to.deep.equal([
      [1, 20, 3, true],
      [0, 16, 4, false],
    ]);
    expect([...target.counters.rx]).to.deep.equal([1, 1]);
  });

  it('drops what has no valid header, and counts it', () => {
    const { totem, router, calls, lines } = setUp();
    for (let length = 0; length < 16; length++) totem.deliver(message(40 << 16, length, length));
    totem.deliver(message(40 << 16, 17, 16));
    totem.deliver(message(40 << 16, -1, 16));
    totem.deliver(message(40 << 16, 16, 17));
    expect(calls).to.be.empty;
    expect(router.counters.badHeader).to.equal(19);
    expect(lines, 'one line, not nineteen').to.have.length(1);
  });

  it('ignores services and functions it does not have, and counts them', () => {
    const { totem, router, calls } = setUp();
    totem.deliver(message(41 << 16, 16));
    totem.deliver(message(64 << 16, 16));
    totem.deliver(message(0xffff0000, 16));
    totem.deliver(message((40 << 16) | 2, 16));
    totem.deliver(message((40 << 16) | 0xffff, 16));
    expect(calls).to.be.empty;
    expect(router.counters).to.deep.equal({ unknownService: 3, unknownFunction: 2, badHeader: 0, malformed: 0 });
    router.detach(40);
    totem.deliver(message(40 << 16, 16));
    expect(router.counters.unknownService).to.equal(4);
  });

  it('counts malformed messages and logs the sender, at most one line in ten seconds', () => {
    const { totem, router, lines, clock } = setUp((_fn, view) => void view.u32(14));
    for (let i = 0; i < 100; i++) totem.deliver(message(40 << 16, 16), 9);
    expect(router.counters.malformed).to.equal(100);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain('node 9 sent a malformed message 0 of service mine');
    clock.advance(10_000);
    totem.deliver(message(40 << 16, 16), 9);
    expect(lines[1]).to.contain('(and 99 more like it');
  });

  it('lives through whatever comes', () => {
    const { totem } = setUp(() => {
      throw new MalformedMessage('no');
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, littleEndian) => {
        totem.deliver(bytes, 1, littleEndian);
      }),
      { numRuns: 5000 },
    );
  });

  it('writes the header of what a service sends', () => {
    const { totem, router, gate, target } = setUp();
    const ring = router.ringOf(40, gate);
    expect(ring.multicast(1, [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)])).to.equal(true);
    expect(ring.multicast(0, [])).to.equal(true);
    expect(totem.sent[0]).to.deep.equal(Uint8Array.of(1, 0, 40, 0, 0, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3));
    expect(totem.sent[1]).to.have.length(16);
    expect([...target.counters.tx]).to.deep.equal([1, 1]);
    expect(ring.nodeId).to.equal(7);
  });

  it('takes nothing when the queue is full or the service does not run, and keeps no reference to it', () => {
    const { totem, router, gate, target } = setUp();
    const ring = router.ringOf(40, gate);
    totem.room = 20;
    expect(ring.canMulticast(4)).to.equal(true);
    expect(ring.canMulticast(5)).to.equal(false);
    expect(ring.multicast(0, [new Uint8Array(5)])).to.equal(false);
    gate.open = false;
    expect(ring.multicast(0, [new Uint8Array(4)])).to.equal(false);
    expect(ring.canMulticast(0)).to.equal(false);
    expect([...target.counters.tx]).to.deep.equal([0, 0]);
  });

  it('refuses a function that the service does not have: its own bug', () => {
    const { router, gate } = setUp();
    const ring = router.ringOf(40, gate);
    for (const fn of [2, -1, NaN]) expect(() => ring.multicast(fn, [])).to.throw(RangeError, /has 2 handlers/);
  });

  it('calls those who wait for room once, after the token, with one callback for all', () => {
    const { totem, router, gate } = setUp();
    const ring = router.ringOf(40, gate);
    const called: string[] = [];
    ring.whenRoom(() => called.push('a'));
    ring.whenRoom(() => {
      called.push('b');
      ring.whenRoom(() => called.push('again'));
    });
    expect(totem.listenerCount).to.equal(1);
    totem.token();
    expect(called).to.deep.equal(['a', 'b']);
    totem.token();
    totem.token();
    expect(called).to.deep.equal(['a', 'b', 'again']);
    expect(totem.listenerCount).to.equal(0);
  });
});

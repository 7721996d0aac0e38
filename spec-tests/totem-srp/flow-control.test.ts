import { expect } from 'chai';
import fc from 'fast-check';
import { FlowControl } from '../../core/totem/srp/flow-control.js';
import { DEFAULT_RING_PARAMETERS } from '../../core/totem/srp/parameters.js';
import { OrfToken } from '../../core/totem/wire/orf-token.js';
import { RingBench } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

const parameters = DEFAULT_RING_PARAMETERS;

/** totem.md 6.1 in exact integers, every operation cut to 32 bits. */
class Model {
  private trc = 0n;
  private pbl = 0n;
  private cbl = 0n;

  private static u32(value: bigint): bigint {
    return BigInt.asUintN(32, value);
  }

  allowed(fcc: number, backlog: number, waiting: number): number {
    const { u32 } = Model;
    let allowed = BigInt(parameters.maxMessages);
    const left = u32(BigInt(parameters.windowSize) - BigInt(fcc));
    if (allowed > left) allowed = left;
    this.cbl = BigInt(waiting);
    const d = u32(BigInt(backlog) + this.cbl - this.pbl);
    if (d !== 0n) {
      const b = u32(BigInt(parameters.windowSize) * this.pbl) / d;
      if (b > 0n && allowed > b) allowed = b;
    }
    return Number(allowed);
  }

  update(fcc: number, backlog: number, sent: number): { fcc: number; backlog: number } {
    const { u32 } = Model;
    const after = {
      fcc: Number(u32(BigInt(fcc) + BigInt(sent) - this.trc)),
      backlog: Number(u32(BigInt(backlog) + this.cbl - this.pbl)),
    };
    this.trc = BigInt(sent);
    this.pbl = this.cbl;
    return after;
  }
}

describe('totem srp: flow control (totem.md 6.1)', () => {
  it('computes as the formulas do, in unsigned 32-bit arithmetic, over any row of visits', () => {
    const u32 = fc.oneof(fc.nat(100), fc.nat(3000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    const visit = fc.record({ fcc: u32, backlog: u32, waiting: fc.nat(3000), sent: fc.nat(17) });
    fc.assert(
      fc.property(fc.array(visit, { minLength: 1, maxLength: 12 }), (visits) => {
        const flow = new FlowControl();
        const model = new Model();
        for (const { fcc, backlog, waiting, sent } of visits) {
          const token = Object.assign(new OrfToken(), { fcc, backlog });
          expect(flow.allowed(token, waiting, parameters)).to.equal(model.allowed(fcc, backlog, waiting));
          flow.update(token, sent);
          expect({ fcc: token.fcc, backlog: token.backlog }).to.deep.equal(model.update(fcc, backlog, sent));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('one sender alone sends max_messages a visit', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    for (let i = 0; i < 60; i++) bench.send(`${i}`);
    const rows: number[][] = [];
    for (let i = 0; i < 6; i++) {
      const { fcc, backlog } = bench.visit();
      rows.push([bench.takeOf('mcast').length, fcc, backlog]);
    }
    expect(rows).to.deep.equal([
      [17, 17, 60],
      [17, 17, 43],
      [17, 17, 26],
      [9, 9, 9],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('what others sent in this rotation leaves less of the window', () => {
    for (const [fcc, sent] of [
      [33, 17],
      [34, 16],
      [49, 1],
      [50, 0],
      // More than the window wraps around: no limit but max_messages.
      [51, 17],
    ] as const) {
      const bench = new RingBench().operational([1, 2, 3]);
      for (let i = 0; i < 20; i++) bench.send(`${i}`);
      bench.visit({ fcc });
      expect(bench.takeOf('mcast').length, `fcc ${fcc}`).to.equal(sent);
    }
  });

  it('with a backlog everywhere the window is shared by backlog', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    for (let i = 0; i < 30; i++) bench.send(`${i}`);
    bench.visit({ fcc: 50 });
    bench.take();
    // 30 of the 180 that wait are here: 50 * 30 / 180.
    bench.visit({ fcc: 0, backlog: 180 });
    expect(bench.takeOf('mcast').length).to.equal(8);
  });

  it('retransmissions use up what is allowed first', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    for (let seq = 1; seq <= 12; seq++) bench.receive(frameOf.mcast(3, bench.ringId, seq, `m${seq}`));
    for (let i = 0; i < 20; i++) bench.send(`own ${i}`);
    const requests = Array.from({ length: 10 }, (_, i) => ({ ringId: bench.ringId, seq: i + 1 }));
    bench.visit({ seq: 12, aru: 0, aruAddr: 1, requests });
    const seqs = bench.takeOf('mcast').map(({ mcast }) => mcast.seq);
    expect(seqs).to.deep.equal(Array.from({ length: 10 }, (_, i) => i + 1).concat([13, 14, 15, 16, 17, 18, 19]));
    expect(bench.lastToken).to.include({ fcc: 17 });
  });

  it('the numbers start at 0 on a new ring', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    for (let i = 0; i < 5; i++) bench.send(`${i}`);
    bench.visit();
    bench.form([1, 2, 3]);
    bench.ring.synchronized();
    expect(bench.visit({ fcc: 0, backlog: 0 })).to.include({ fcc: 0, backlog: 0 });
  });

  it('nothing new is sent while the oldest unreleased message is a window behind', () => {
    const bench = new RingBench({ slots: 20_000 }).operational([1, 2, 3]);
    const { ringId } = bench;
    const limit = 16384 - 17 - 50;
    for (let seq = 1; seq <= limit; seq++) bench.receive(frameOf.mcast(3, ringId, seq, ''));
    bench.send('at the limit');
    bench.visit({ seq: limit, aru: 0, aruAddr: 1 });
    expect(bench.takeOf('mcast')).to.have.length(1);
    bench.send('past it');
    bench.visit({ aru: 0, aruAddr: 1 });
    expect(bench.takeOf('mcast')).to.have.length(0);
    // Two rotations later node 1 has caught up.
    for (let i = 0; i < 3; i++) bench.visit({ aru: limit, aruAddr: 0 });
    expect(bench.takeOf('mcast').map(({ mcast }) => mcast.seq)).to.deep.equal([limit + 2]);
  });
});

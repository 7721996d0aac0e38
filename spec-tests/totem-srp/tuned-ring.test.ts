import { expect } from 'chai';
import type { RingTuning } from '../../core/totem/ring.js';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

const TUNING: RingTuning = { windowSize: 160, maxMessages: 160, accelerated: 0 };

/** Node 2 on a ring whose members agreed. */
function tuned(tuning: Partial<RingTuning> = {}, options: BenchOptions = {}): RingBench {
  const bench = new RingBench(options).operational([1, 2, 3]);
  bench.ring.tune(bench.ringId, { ...TUNING, ...tuning });
  return bench;
}

function fill(bench: RingBench, count: number): void {
  for (let i = 0; i < count; i++) bench.send(`${i}`);
}

/** What left at a visit, in order: messages by number, and the token. */
function sentAt(bench: RingBench): (number | 'token')[] {
  return bench.take().map((frame) => ('mcast' in frame ? frame.mcast.seq : 'token'));
}

describe('totem srp: a ring whose members agreed on its windows', () => {
  it('one sender alone sends the whole window at every visit', () => {
    const bench = tuned();
    fill(bench, 400);
    const counts = [1, 2, 3].map(() => {
      bench.visit();
      return bench.takeOf('mcast').length;
    });
    expect(counts).to.deep.equal([160, 160, 80]);
  });

  it('what others sent in the last rotation counts against the window; a few frames go in any case', () => {
    const bench = tuned();
    fill(bench, 400);
    bench.visit({ fcc: 100 });
    expect(bench.takeOf('mcast')).to.have.length(60);
    bench.visit({ fcc: 60 + 500 });
    expect(bench.takeOf('mcast')).to.have.length(4);
  });

  it('values of another ring change nothing', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    bench.ring.tune({ ...bench.ringId, seq: bench.ringId.seq - 4 }, TUNING);
    fill(bench, 100);
    bench.visit();
    expect(bench.takeOf('mcast')).to.have.length(17);
    expect(bench.ring.tuning).to.equal(undefined);
  });

  it('the next ring begins with the configured values', () => {
    const bench = tuned();
    bench.ring.reform();
    bench.form([1, 2, 3]);
    bench.ring.synchronized();
    bench.take();
    expect(bench.ring.tuning).to.equal(undefined);
    fill(bench, 100);
    bench.visit();
    expect(bench.takeOf('mcast')).to.have.length(17);
  });

  it('values that were set while the node runs are not exceeded, now and when members agree again', () => {
    const bench = tuned();
    const { parameters } = bench.ring;
    bench.ring.reconfigure({ ...parameters, maxMessages: 25 }, [1, 2, 3]);
    expect(bench.ring.tuning).to.deep.equal({ ...TUNING, maxMessages: 25 });
    bench.ring.tune(bench.ringId, TUNING);
    expect(bench.ring.tuning).to.include({ maxMessages: 25 });
  });
});

describe('totem srp: the Accelerated Ring', () => {
  it('the token counts all messages of the visit, and the last of them leave behind it', () => {
    const bench = tuned({ accelerated: 3 });
    fill(bench, 5);
    const before = bench.nextToken.seq;
    expect(bench.visit().seq).to.equal(before + 5);
    expect(sentAt(bench)).to.deep.equal([before + 1, before + 2, 'token', before + 3, before + 4, before + 5]);
  });

  it('fewer messages than that all leave behind the token', () => {
    const bench = tuned({ accelerated: 30 });
    fill(bench, 2);
    const before = bench.nextToken.seq;
    bench.visit();
    expect(sentAt(bench)).to.deep.equal(['token', before + 1, before + 2]);
  });

  it('retransmissions leave before the token', () => {
    const bench = tuned({ accelerated: 30 });
    const { seq } = bench.nextToken;
    bench.receive(frameOf.mcast(3, bench.ringId, seq + 1, 'lost by 1'));
    const requests = [{ ringId: bench.ringId, seq: seq + 1 }];
    bench.visit({ seq: seq + 1, aru: seq, aruAddr: 1, requests });
    expect(sentAt(bench)).to.deep.equal([seq + 1, 'token']);
  });

  it('only what the token counted when it was here before can be missing', () => {
    const bench = tuned({ accelerated: 8 }, { parameters: { missCountConst: 1 } });
    const { seq } = bench.nextToken;
    expect(bench.visit({ seq: seq + 4 }).requests).to.deep.equal([]);
    expect(bench.visit({ seq: seq + 6 }).requests.map((request) => request.seq)).to.deep.equal(
      [1, 2, 3, 4].map((i) => seq + i),
    );
  });

  it('nothing is asked for that no token counted, when messages are here before the token that counts them', () => {
    const bench = tuned({ accelerated: 8 }, { parameters: { missCountConst: 1 } });
    const { seq } = bench.nextToken;
    bench.receive(frameOf.mcast(3, bench.ringId, seq + 1, 'early'));
    expect(bench.visit({ seq: seq + 1 }).requests).to.deep.equal([]);
  });
});

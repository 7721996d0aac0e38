import { expect } from 'chai';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

const requestsOf = (bench: RingBench, ...seqs: number[]): { ringId: typeof bench.ringId; seq: number }[] =>
  seqs.map((seq) => ({ ringId: bench.ringId, seq }));

/** Node 2 on a ring with `seq` messages of node 3, of which it has all but `missing`. */
function ring(seq: number, missing: readonly number[] = [], options: BenchOptions = {}): RingBench {
  const bench = new RingBench(options).operational([1, 2, 3]);
  for (let i = 1; i <= seq; i++) {
    if (!missing.includes(i)) bench.receive(frameOf.mcast(3, bench.ringId, i, `m${i}`));
  }
  return bench;
}

describe('totem srp: retransmission (totem.md 6.2)', () => {
  it('what is asked for and held is sent again, byte for byte, and taken off the list', () => {
    const bench = ring(5);
    const originals = [2, 4].map((seq) => frameOf.mcast(3, bench.ringId, seq, `m${seq}`));
    bench.visit({ seq: 5, aru: 1, aruAddr: 1, requests: requestsOf(bench, 2, 4) });
    const sent = bench.take().filter(({ type }) => type === 'mcast');
    expect(sent.map(({ bytes }) => bytes)).to.deep.equal(originals);
    expect(sent.map(({ to }) => to)).to.deep.equal(['all', 'all']);
    expect(bench.lastToken.requests).to.deep.equal([]);
    expect(bench.lastToken).to.include({ fcc: 2 });
    expect(bench.ring.statistics.retransmitted).to.equal(2);
  });

  it('what is not held, released already, or of another ring stays on the list, in its order', () => {
    const bench = ring(5, [3]);
    const foreign = { ringId: { representative: 1, seq: bench.ringId.seq - 4 }, seq: 2 };
    const sameSeq = { ringId: { representative: 3, seq: bench.ringId.seq }, seq: 4 };
    const requests = [...requestsOf(bench, 3), foreign, ...requestsOf(bench, 5), sameSeq, ...requestsOf(bench, 9999)];
    bench.visit({ seq: 5, aru: 0, aruAddr: 1, requests });
    expect(bench.takeOf('mcast').map(({ mcast }) => mcast.seq)).to.deep.equal([5]);
    expect(bench.lastToken.requests).to.deep.equal([requests[0], foreign, sameSeq, requests[4]]);
  });

  it('no more is sent than flow control allows; the rest stays on the list', () => {
    const bench = ring(30);
    const seqs = Array.from({ length: 30 }, (_, i) => i + 1);
    bench.visit({ seq: 30, aru: 0, aruAddr: 1, requests: requestsOf(bench, ...seqs) });
    expect(bench.takeOf('mcast')).to.have.length(17);
    expect(bench.lastToken.requests.map(({ seq }) => seq)).to.deep.equal(seqs.slice(17));
  });

  it('a message is asked for at the fifth visit it is missing (miss_count_const), once', () => {
    const bench = ring(5, [2, 4]);
    for (let visit = 1; visit <= 4; visit++) {
      expect(bench.visit({ seq: 5 }).requests, `visit ${visit}`).to.deep.equal([]);
    }
    expect(bench.visit().requests).to.deep.equal(requestsOf(bench, 2, 4));
    expect(bench.visit().requests).to.deep.equal(requestsOf(bench, 2, 4));
    // Somebody sent one of them again; it did not arrive: it is asked for again at once.
    expect(bench.visit({ requests: requestsOf(bench, 4) }).requests).to.deep.equal(requestsOf(bench, 4, 2));
  });

  it('each message has its own count; other values of miss_count_const hold too', () => {
    for (const missCountConst of [1, 3, 300]) {
      const bench = ring(1, [1], { parameters: { missCountConst, failRecvConst: 10_000 } });
      for (let visit = 1; visit < missCountConst; visit++) {
        expect(bench.visit({ seq: 1 }).requests, `visit ${visit} of ${missCountConst}`).to.deep.equal([]);
      }
      expect(bench.visit({ seq: 1 }).requests).to.deep.equal(requestsOf(bench, 1));
      expect(bench.visit({ seq: 2 }).requests.map(({ seq }) => seq)).to.deep.equal(missCountConst === 1 ? [1, 2] : [1]);
    }
  });

  it('one that another member has asked for already is not asked for twice', () => {
    const bench = ring(5, [2]);
    const requests = requestsOf(bench, 2);
    for (let visit = 1; visit <= 6; visit++) bench.visit({ seq: 5, requests });
    expect(bench.lastToken.requests).to.deep.equal(requests);
  });

  it('a request of another ring with the same number does not stand for it', () => {
    const bench = ring(5, [2]);
    const foreign = { ringId: { representative: 3, seq: bench.ringId.seq }, seq: 2 };
    for (let visit = 1; visit <= 5; visit++) bench.visit({ seq: 5, requests: [foreign] });
    expect(bench.lastToken.requests).to.deep.equal([foreign, ...requestsOf(bench, 2)]);
  });

  it('the list holds 30 entries, other members’ among them', () => {
    const missing = Array.from({ length: 40 }, (_, i) => i + 1);
    const bench = ring(40, missing);
    const others = Array.from({ length: 5 }, (_, i) => ({ ringId: { representative: 1, seq: 1 }, seq: i }));
    for (let visit = 1; visit <= 5; visit++) bench.visit({ seq: 40, requests: others });
    const { requests } = bench.lastToken;
    expect(requests).to.have.length(30);
    expect(requests.slice(0, 5)).to.deep.equal(others);
    expect(requests.slice(5).map(({ seq }) => seq)).to.deep.equal(missing.slice(0, 25));
  });

  it('a retransmission that arrives fills the gap: delivery goes on', () => {
    const bench = ring(5, [2]);
    bench.takeEvents();
    for (let visit = 1; visit <= 5; visit++) bench.visit({ seq: 5 });
    bench.receive(frameOf.mcast(3, bench.ringId, 2, 'm2'));
    expect(bench.takeEvents()).to.deep.equal([2, 3, 4, 5].map((seq) => `deliver 3 m${seq}`));
    expect(bench.visit({ requests: [] })).to.include({ aru: 5, aruAddr: 0 });
  });
});

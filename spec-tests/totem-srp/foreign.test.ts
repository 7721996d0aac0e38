import { expect } from 'chai';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

/** Node 2 on an operational ring 1.5 of nodes 1, 2, 3; 4 and 5 are configured too. */
function operational(options: BenchOptions = {}): RingBench {
  return new RingBench({ nodes: [1, 2, 3, 4, 5], ...options }).operational([1, 2, 3]);
}

describe('totem srp: foreign frames (totem.md 5.6)', () => {
  const foreignRing = { representative: 4, seq: 77 };

  for (const [what, frame] of [
    ['MCAST', (from: number, ringId = foreignRing) => frameOf.mcast(from, ringId, 1, 'x')],
    ['MERGE', (from: number, ringId = foreignRing) => frameOf.merge(from, ringId)],
  ] as const) {
    it(`a ${what} of another ring in OPERATIONAL starts GATHER with its sender`, () => {
      const bench = operational();
      bench.receive(frame(4));
      expect(bench.ring.phase).to.equal('gather');
      expect(bench.takeOf('join').map(({ join }) => join.procList)).to.deep.equal([[1, 2, 3, 4]]);
    });

    it(`a ${what} of another ring in GATHER adds a new sender, and says nothing of a known one`, () => {
      const bench = operational();
      bench.ring.interfaceChanged(true);
      bench.take();
      bench.receive(frame(4));
      expect(bench.takeOf('join').map(({ join }) => join.procList)).to.deep.equal([[1, 2, 3, 4]]);
      const { unexpected } = bench.ring.statistics;
      bench.receive(frame(4));
      expect(bench.take()).to.deep.equal([]);
      expect(bench.ring.statistics.unexpected).to.equal(unexpected + 1);
    });

    it(`a ${what} of another ring in COMMIT and RECOVERY is dropped and counted`, () => {
      const bench = operational();
      bench.gather([1, 2, 3]);
      bench.commit();
      const { unexpected } = bench.ring.statistics;
      bench.receive(frame(4));
      expect(bench.ring.phase).to.equal('commit');
      bench.recover();
      bench.receive(frame(4));
      expect(bench.ring.phase).to.equal('recovery');
      expect(bench.ring.statistics.unexpected).to.equal(unexpected + 2);
    });

    it(`a ${what} of a member of this ring with a lower ring sequence is late, and ignored`, () => {
      const bench = operational();
      const { stale } = bench.ring.statistics;
      bench.receive(frame(1, { representative: 1, seq: bench.ringId.seq - 4 }));
      expect(bench.ring.phase).to.equal('operational');
      expect(bench.ring.statistics.stale).to.equal(stale + 1);
    });

    it(`a ${what} of a member with a higher ring sequence starts GATHER: that member was restarted`, () => {
      const bench = operational();
      bench.receive(frame(3, { representative: 3, seq: bench.ringId.seq + 5 }));
      expect(bench.ring.phase).to.equal('gather');
    });

    it(`a ${what} of a node that is not configured is dropped and counted`, () => {
      const bench = operational();
      bench.receive(frame(9));
      expect(bench.ring.phase).to.equal('operational');
      expect(bench.ring.statistics.unknownSender).to.equal(1);
    });
  }

  it('an MCAST with a ring sequence past 2^53 is malformed', () => {
    const bench = operational();
    const bytes = frameOf.mcast(4, foreignRing, 1, 'x');
    new DataView(bytes.buffer).setBigUint64(29, 2n ** 53n, true);
    const { malformed } = bench.ring.statistics;
    bench.receive(bytes);
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.malformed).to.equal(malformed + 1);
  });

  it('a MERGE of this ring is ignored', () => {
    const bench = operational();
    bench.receive(frameOf.merge(1, bench.ringId));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.take()).to.deep.equal([]);
  });

  it('ORF tokens of other rings are ignored in every phase, and counted', () => {
    const bench = operational();
    const token = { ...bench.nextToken, ringId: foreignRing, tokenSeq: 1000 };
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.token(token));
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
    bench.gather([1, 2, 3]);
    bench.take();
    bench.receive(frameOf.token(token));
    expect(bench.ring.phase).to.equal('gather');
    bench.commit();
    bench.receive(frameOf.token(token));
    expect(bench.ring.phase).to.equal('commit');
    bench.recover();
    bench.receive(frameOf.token(token));
    expect(bench.ring.phase).to.equal('recovery');
    expect(bench.takeOf('token')).to.deep.equal([]);
  });

  it('a HOLD CANCEL of another ring is ignored and counted', () => {
    const bench = operational({ nodeId: 1 });
    bench.visit();
    bench.take();
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.holdCancel(4, foreignRing));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
  });
});

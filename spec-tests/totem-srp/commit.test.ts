import { expect } from 'chai';
import type { CommitToken } from '../../core/totem/wire/membership.js';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

const EMPTY = { ringId: { representative: 0, seq: 0 }, aru: 0, highDelivered: 0, receivedFlag: 0 };

function operational(options: BenchOptions = {}): RingBench {
  return new RingBench({ nodes: [1, 2, 3, 4], ...options }).operational([1, 2, 3]);
}

/** In GATHER with consensus on nodes 1, 2, 3, and the ring's messages up to `aru` and beyond a gap up to `high`. */
function agreed(options: BenchOptions = {}, aru = 0, high = aru): RingBench {
  const bench = operational(options);
  for (let seq = 1; seq <= high; seq++) {
    if (seq <= aru || seq > aru + 1) bench.receive(frameOf.mcast(3, bench.ringId, seq, `m${seq}`));
  }
  bench.gather([1, 2, 3]);
  bench.take();
  return bench;
}

/** The commit token as node 1 sends it to node 2, with the entries of those before. */
function incoming(bench: RingBench, changes: Partial<CommitToken> = {}): CommitToken {
  return {
    sender: 1,
    target: 0,
    tokenSeq: 1,
    ringId: { representative: 1, seq: bench.ringId.seq + 4 },
    retransFlag: 0,
    filled: 1,
    members: [1, 2, 3],
    entries: [{ ringId: bench.state.order.ringId, aru: 0, highDelivered: 0, receivedFlag: 1 }, EMPTY, EMPTY],
    ...changes,
  };
}

describe('totem srp: creating the commit token (totem.md 3.5, 5.7)', () => {
  it('the lowest node creates it: ring 4 above the highest sequence known, members ascending, its own entry filled', () => {
    const bench = operational({ nodeId: 1 });
    bench.ring.interfaceChanged(true);
    bench.take();
    const old = bench.ringId;
    bench.receive(frameOf.join(4, [1, 4, 2, 3], [], old.seq + 21));
    for (const peer of [3, 2, 4]) bench.receive(frameOf.join(peer, [4, 3, 2, 1], [], old.seq));
    const [commit, ...rest] = bench.takeOf('commit');
    expect(rest).to.deep.equal([]);
    expect(commit!.to).to.equal(2);
    expect(commit!.commit).to.deep.equal({
      sender: 1,
      target: 0,
      tokenSeq: 1,
      ringId: { representative: 1, seq: old.seq + 25 },
      retransFlag: 0,
      filled: 1,
      members: [1, 2, 3, 4],
      entries: [{ ringId: old, aru: 0, highDelivered: 0, receivedFlag: 1 }, EMPTY, EMPTY, EMPTY],
    });
  });

  it('a member that is no configured node makes no ring: the token is not sent, and the log says what to do', () => {
    const bench = operational({ nodeId: 1 });
    bench.ring.reconfigure(bench.state.parameters, [1, 2, 3, 4, 5]);
    // The transport knows only its peers 1 to 4.
    bench.gather([1, 5]);
    expect(bench.takeOf('commit')).to.deep.equal([]);
    expect(bench.log.some((line) => /^error .*nodelist/.test(line))).to.equal(true);
  });
});

describe('totem srp: a commit token in GATHER (totem.md 5.7)', () => {
  it('of the agreed members is filled in and sent to the next', () => {
    const bench = agreed({}, 7, 9);
    const old = bench.ringId;
    bench.receive(frameOf.commit(incoming(bench)));
    expect(bench.ring.phase).to.equal('commit');
    const [frame, ...rest] = bench.take();
    expect(rest).to.deep.equal([]);
    expect(frame).to.deep.include({ type: 'commit', to: 3 });
    expect(bench.lastCommit).to.deep.equal({
      ...incoming(bench, { ringId: { representative: 1, seq: old.seq + 4 } }),
      sender: 2,
      tokenSeq: 2,
      filled: 2,
      entries: [
        // Node 1 has less than node 2, which comes from the same ring: it has not received everything.
        { ringId: old, aru: 0, highDelivered: 0, receivedFlag: 0 },
        { ringId: old, aru: 7, highDelivered: 7, receivedFlag: 0 },
        EMPTY,
      ],
    });
    expect(bench.ringId).to.deep.equal({ representative: 1, seq: old.seq + 4 });
  });

  it('received flag: 1 when nothing is missing here and no one before has more', () => {
    const flags = (aru: number, high: number, aruOfOne: number, sameRing = true): number[] => {
      const bench = agreed({}, aru, high);
      const ringId = sameRing ? bench.state.order.ringId : { representative: 1, seq: 3 };
      const entry = { ringId, aru: aruOfOne, highDelivered: aruOfOne, receivedFlag: 1 };
      bench.receive(frameOf.commit(incoming(bench, { entries: [entry, EMPTY, EMPTY] })));
      return bench.lastCommit.entries.map(({ receivedFlag }) => receivedFlag);
    };
    expect(flags(7, 7, 7)).to.deep.equal([1, 1, 0]);
    expect(flags(7, 9, 7)).to.deep.equal([1, 0, 0]);
    expect(flags(7, 7, 8)).to.deep.equal([1, 0, 0]);
    expect(flags(7, 7, 6)).to.deep.equal([0, 1, 0]);
    // Sequence numbers of different rings have nothing to do with each other.
    expect(flags(7, 7, 8, false)).to.deep.equal([1, 1, 0]);
    expect(flags(7, 7, 6, false)).to.deep.equal([1, 1, 0]);
  });

  it('the last member sends it back to the first', () => {
    const bench = agreed({ nodeId: 3 });
    const entry = { ringId: bench.state.order.ringId, aru: 0, highDelivered: 0, receivedFlag: 1 };
    bench.receive(
      frameOf.commit(incoming(bench, { sender: 2, tokenSeq: 2, filled: 2, entries: [entry, entry, EMPTY] })),
    );
    expect(bench.takeOf('commit').map(({ to, commit }) => [to, commit.filled])).to.deep.equal([[1, 3]]);
  });

  const refused: [string, Partial<CommitToken>][] = [
    ['other members', { members: [1, 2, 4] }],
    ['fewer members', { members: [1, 2], entries: [EMPTY, EMPTY] }],
    ['more members', { members: [1, 2, 3, 4], entries: [EMPTY, EMPTY, EMPTY, EMPTY] }],
    ['a ring that is not newer', { ringId: { representative: 1, seq: 0 } }],
    ["another's turn to fill", { filled: 2 }],
    ['all entries filled', { filled: 3 }],
    ['a ring sequence that no cluster can have', { ringId: { representative: 1, seq: 2 ** 53 - 1 } }],
  ];
  for (const [why, changes] of refused) {
    it(`with ${why} is ignored and counted`, () => {
      const bench = agreed();
      const { unexpected } = bench.ring.statistics;
      const ringId = changes.ringId?.seq === 0 ? bench.ringId : undefined;
      bench.receive(frameOf.commit(incoming(bench, { ...changes, ...(ringId && { ringId }) })));
      expect(bench.ring.phase).to.equal('gather');
      expect(bench.take()).to.deep.equal([]);
      expect(bench.ring.statistics.unexpected).to.equal(unexpected + 1);
    });
  }

  it('is ignored in OPERATIONAL', () => {
    const bench = operational();
    bench.receive(frameOf.commit(incoming(bench)));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.take()).to.deep.equal([]);
  });
});

describe('totem srp: COMMIT (totem.md 5.2, 5.7)', () => {
  const committed = (options: BenchOptions = {}): RingBench => {
    const bench = agreed(options);
    bench.commit();
    bench.take();
    return bench;
  };

  it('JOINs stop, and the commit token is sent again unchanged every retransmit timeout (869 ms)', () => {
    const bench = committed();
    const token = bench.lastCommit;
    bench.clock.advance(868);
    expect(bench.take()).to.deep.equal([]);
    bench.clock.advance(1);
    bench.clock.advance(869);
    const again = bench.take();
    expect(again.map(({ type, to }) => [type, to])).to.deep.equal([
      ['commit', 3],
      ['commit', 3],
    ]);
    expect(bench.lastCommit).to.deep.equal(token);
  });

  it('after the token timeout without the second rotation GATHER starts anew', () => {
    const bench = committed();
    bench.clock.advance(3650);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.ring.statistics.commitTokenLost).to.equal(1);
    expect(bench.lastJoin.ringSeq).to.equal(bench.ringId.seq);
  });

  it('only the filled token of this ring leads on: into RECOVERY, forwarded to the same node, one hop older', () => {
    const bench = committed();
    const token = bench.lastCommit;
    const filled = {
      ...token,
      tokenSeq: 4,
      filled: 3,
      entries: token.entries.map((entry, i) => (i < 2 ? entry : { ...token.entries[1]! })),
    };
    const { unexpected } = bench.ring.statistics;
    bench.receive(frameOf.commit(token));
    bench.receive(frameOf.commit({ ...filled, filled: 2 }));
    bench.receive(frameOf.commit({ ...filled, ringId: { representative: 1, seq: token.ringId.seq + 4 } }));
    bench.receive(frameOf.commit({ ...filled, members: [1, 2, 4] }));
    expect(bench.ring.phase).to.equal('commit');
    expect(bench.ring.statistics.unexpected).to.equal(unexpected + 4);
    expect(bench.take()).to.deep.equal([]);
    bench.receive(frameOf.commit(filled));
    expect(bench.ring.phase).to.equal('recovery');
    const frames = bench.take();
    expect(frames.map(({ type, to }) => [type, to])).to.deep.equal([['commit', 3]]);
    expect(bench.lastCommit).to.deep.equal({ ...filled, sender: 2, tokenSeq: 5 });
  });

  it('a filled token that tells another old ring of this node than it told is ignored', () => {
    const bench = committed();
    const token = bench.lastCommit;
    const entries = token.entries.map((entry) => ({ ...entry, ringId: { representative: 9, seq: 9 } }));
    bench.receive(frameOf.commit({ ...token, filled: 3, entries }));
    expect(bench.ring.phase).to.equal('commit');
  });

  it('messages are dropped and counted: those of the new ring cannot be yet', () => {
    const bench = committed();
    const { unexpected } = bench.ring.statistics;
    bench.receive(frameOf.mcast(1, bench.ringId, 1, 'early'));
    expect(bench.ring.statistics.unexpected).to.equal(unexpected + 1);
  });
});

describe('totem srp: the first token of a ring (totem.md 5.7, 5.9)', () => {
  it('the representative sends it when the confirmed commit token is back, once', () => {
    const bench = agreed({ nodeId: 1 });
    bench.recover();
    expect(bench.ring.phase).to.equal('recovery');
    bench.take();
    bench.firstVisit();
    const frames = bench.take();
    expect(frames).to.have.length(1);
    expect(frames[0]!.to).to.equal(2);
    expect(bench.lastToken).to.deep.equal({
      sender: 1,
      target: 0,
      seq: 0,
      tokenSeq: 0,
      aru: 0xffffffff,
      aruAddr: 1,
      ringId: bench.ringId,
      backlog: 0,
      fcc: 0,
      retransFlag: 0,
      requests: [],
    });
    bench.firstVisit();
    expect(bench.take()).to.deep.equal([]);
  });

  it('another member does nothing when it sees the commit token again', () => {
    const bench = agreed();
    bench.commit();
    bench.recover();
    const token = bench.lastCommit;
    bench.take();
    bench.receive(frameOf.commit({ ...token, tokenSeq: token.tokenSeq + 2 }));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.phase).to.equal('recovery');
  });
});

describe('totem srp: an attempt that fails (totem.md 5.7)', () => {
  it('the next one names the last operational ring again, what is known of it, and a higher ring sequence', () => {
    const bench = agreed({}, 7, 9);
    const old = bench.state.order.ringId;
    bench.commit();
    const first = bench.lastCommit;
    bench.recover();
    bench.clock.advance(3650);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.ring.statistics.recoveryTokenLost).to.equal(1);
    bench.gather([1, 2, 3]);
    bench.commit();
    expect(bench.lastCommit.ringId.seq).to.equal(first.ringId.seq + 4);
    expect(bench.lastCommit.entries[1]).to.deep.equal({ ringId: old, aru: 7, highDelivered: 7, receivedFlag: 0 });
  });

  it('late messages of the attempted ring are dropped and counted', () => {
    const bench = agreed();
    bench.commit();
    bench.recover();
    const attempted = bench.ringId;
    bench.clock.advance(3650);
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.mcast(1, attempted, 1, 'late'));
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
    expect(bench.memory.freeFrames).to.equal(1039);
  });
});

describe('totem srp: members of the other byte order (totem.md 2)', () => {
  for (const nodeId of [1, 2]) {
    for (const littleEndian of [true, false]) {
      const order = littleEndian ? 'little-endian' : 'big-endian';
      it(`a ${order} node ${nodeId} forms rings with them, and all it sends is ${order}`, () => {
        const behaviour = (peersLittleEndian: boolean): unknown[] => {
          const bench = new RingBench({ nodeId, littleEndian, peersLittleEndian }).start();
          bench.form([1, 2, 3]);
          const message = frameOf.mcast(3, bench.ringId, 1, 'x', { littleEndian: peersLittleEndian });
          bench.receive(message);
          bench.form([1, 2], { 1: { aru: 0, receivedFlag: 0 }, 2: { aru: 0, receivedFlag: 0 } });
          const frames = bench.take();
          expect(frames.every((frame) => frame.littleEndian === littleEndian)).to.equal(true);
          // What it carries inside its own frames is as its sender wrote it: compared by type only.
          const sent = frames.map(({ type, bytes }) => (type === 'mcast' ? type : Buffer.from(bytes).toString('hex')));
          return [...bench.takeEvents(), ...sent];
        };
        expect(behaviour(!littleEndian)).to.deep.equal(behaviour(littleEndian));
      });
    }
  }
});

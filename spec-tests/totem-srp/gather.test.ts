import { expect } from 'chai';
import { DEFAULT_RING_PARAMETERS } from '../../core/totem/srp/parameters.js';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { encodeFrame, frameOf } from '../support/totem-frames.js';

/** Node 2 on an operational ring 1.5 of nodes 1, 2, 3; 4 and 5 are configured too. */
function operational(options: BenchOptions = {}): RingBench {
  return new RingBench({ nodes: [1, 2, 3, 4, 5], ...options }).operational([1, 2, 3]);
}

/** The same, in GATHER with the lists {1, 2, 3} and {}; its first JOIN is taken. */
function gathering(options: BenchOptions = {}): RingBench {
  const bench = operational(options);
  bench.ring.interfaceChanged(true);
  bench.take();
  return bench;
}

/** GATHER with a delay of JOINs, of which `below` gives the length. */
function delaying(sendJoinMs: number, below: (limit: number) => number): RingBench {
  const bench = operational({ below });
  bench.ring.reconfigure({ ...DEFAULT_RING_PARAMETERS, sendJoinMs }, bench.nodes);
  bench.ring.interfaceChanged(true);
  return bench;
}

/** Lists of the one JOIN that was sent, each in ascending order; undefined if none was. */
function lists(bench: RingBench): { procs: number[]; failed: number[] } | undefined {
  const joins = bench.takeOf('join');
  expect(joins.length).to.be.at.most(1);
  const join = joins[0]?.join;
  const ascending = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
  return join && { procs: ascending(join.procList), failed: ascending(join.failedList) };
}

describe('totem srp: entering GATHER (totem.md 5.2, 5.3)', () => {
  it('a JOIN with the lists and the current ring sequence is multicast at once, to itself too', () => {
    const bench = operational();
    bench.ring.interfaceChanged(true);
    expect(bench.ring.phase).to.equal('gather');
    const [join, ...rest] = bench.take();
    expect(rest).to.deep.equal([]);
    expect(join).to.deep.include({
      type: 'join',
      to: 'all',
      join: { sender: 2, target: 0, from: 2, ringSeq: bench.ringId.seq, procList: [1, 2, 3], failedList: [] },
    });
    expect(bench.transport.toSelf).to.have.length(1);
  });

  it('the JOIN is repeated every join timeout (50 ms)', () => {
    const bench = gathering();
    bench.clock.advance(49.9);
    expect(bench.take()).to.deep.equal([]);
    bench.clock.advance(0.1);
    expect(bench.takeOf('join')).to.have.length(1);
    bench.clock.advance(500);
    expect(bench.takeOf('join')).to.have.length(10);
  });

  it('with send_join each JOIN waits a random time below it', () => {
    const asked: number[] = [];
    const bench = delaying(40, (limit) => {
      asked.push(limit);
      return 30;
    });
    expect(asked).to.deep.equal([40]);
    bench.clock.advance(29);
    expect(bench.take()).to.deep.equal([]);
    bench.clock.advance(1);
    expect(bench.takeOf('join')).to.have.length(1);
    bench.clock.advance(50);
    expect(bench.takeOf('join')).to.have.length(1);
  });

  it('a send_join longer than the join timeout delays JOINs but does not starve them', () => {
    const bench = delaying(200, () => 170);
    bench.clock.advance(1700);
    expect(bench.takeOf('join').length).to.be.within(8, 10);
  });

  it('tokens are not sent again, and no MERGE is sent', () => {
    const bench = operational();
    for (let i = 0; i < 3; i++) bench.visit();
    bench.ring.interfaceChanged(true);
    bench.take();
    bench.clock.advance(4000);
    expect(bench.take().every(({ type }) => type === 'join')).to.equal(true);
  });

  it('ORF tokens of the old ring are ignored and counted', () => {
    const bench = operational();
    const next = bench.nextToken;
    bench.ring.interfaceChanged(true);
    bench.take();
    const { unexpected } = bench.ring.statistics;
    bench.receive(frameOf.token(next));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.unexpected).to.equal(unexpected + 1);
  });

  it('consensus starts anew: what others said before does not count', () => {
    const bench = new RingBench({ nodeId: 1, nodes: [1, 2, 3] }).operational();
    bench.ring.interfaceChanged(true);
    const { seq } = bench.ringId;
    bench.receive(frameOf.join(2, [1, 2, 3], [], seq));
    bench.ring.interfaceChanged(true);
    bench.receive(frameOf.join(3, [1, 2, 3], [], seq));
    expect(bench.ring.phase).to.equal('gather');
    bench.receive(frameOf.join(2, [1, 2, 3], [], seq));
    expect(bench.ring.phase).to.equal('commit');
  });
});

describe('totem srp: consensus (totem.md 5.4)', () => {
  it('at the consensus timeout the silent are declared failed and GATHER starts anew', () => {
    const bench = gathering();
    bench.receive(frameOf.join(3, [1, 2, 3], [], bench.ringId.seq));
    bench.clock.advance(4379);
    expect(bench.takeOf('join').every(({ join }) => join.failedList.length === 0)).to.equal(true);
    bench.clock.advance(1);
    const joins = bench.takeOf('join');
    expect(joins.at(-1)!.join).to.deep.include({ procList: [1, 2, 3], failedList: [1] });
    expect(bench.ring.statistics.consensusTimeouts).to.equal(1);
    // Of 2 and 3 this node is the lowest: 3's agreement to that is enough.
    bench.receive(frameOf.join(3, [1, 2, 3], [1], bench.ringId.seq));
    expect(bench.ring.phase).to.equal('commit');
    expect(bench.lastCommit.members).to.deep.equal([2, 3]);
  });

  it('with consensus but no commit token the token timeout follows, and then the silent have failed', () => {
    const bench = gathering();
    const { seq } = bench.ringId;
    for (const peer of [1, 3]) bench.receive(frameOf.join(peer, [1, 2, 3], [], seq));
    bench.clock.advance(4380);
    expect(bench.ring.statistics.consensusTimeouts).to.equal(1);
    // The table starts over: 3 says it again, 1 does not.
    bench.receive(frameOf.join(3, [1, 2, 3], [], seq));
    bench.clock.advance(3649);
    expect(bench.lastJoin.failedList).to.deep.equal([]);
    bench.clock.advance(1);
    expect(bench.lastJoin.failedList).to.deep.equal([1]);
    expect(bench.ring.statistics).to.include({ gatherTokenLost: 1, consensusTimeouts: 2, continuousGather: 1 });
    expect(bench.ring.phase).to.equal('gather');
  });
});

describe('totem srp: JOIN received in OPERATIONAL (totem.md 5.5)', () => {
  it('is ignored when it declares this node failed', () => {
    const bench = operational();
    const { unexpected } = bench.ring.statistics;
    bench.receive(frameOf.join(1, [1, 2, 3], [2], bench.ringId.seq + 4));
    bench.receive(frameOf.join(4, [1, 2, 4], [2], bench.ringId.seq + 4));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.unexpected).to.equal(unexpected + 2);
  });

  it('but its ring sequence counts for the next ring', () => {
    const bench = operational({ nodeId: 1 });
    bench.receive(frameOf.join(4, [1, 4], [1], 100));
    bench.gather([1, 2, 3]);
    expect(bench.lastCommit.ringId).to.deep.equal({ representative: 1, seq: 104 });
  });

  it('is ignored from a member with a lower ring sequence: it is late', () => {
    const bench = operational();
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.join(1, [1, 2, 3], [], bench.ringId.seq - 1));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
  });

  it('from a member with this ring sequence it starts GATHER, even if it says nothing new', () => {
    for (const [procs, failed] of [
      [[1, 2, 3], []],
      [[1, 2], []],
    ] as const) {
      const bench = operational();
      bench.receive(frameOf.join(1, procs, failed, bench.ringId.seq));
      expect(bench.ring.phase).to.equal('gather');
      expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3], failed: [] });
    }
  });

  it('from another node with a lower ring sequence it starts GATHER with that node', () => {
    const bench = operational();
    bench.receive(frameOf.join(4, [4], [], 1));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3, 4], failed: [] });
  });

  it('from a node that is not configured it is dropped and counted', () => {
    const bench = operational();
    bench.receive(frameOf.join(9, [1, 2, 3, 9], [], 1000));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.unknownSender).to.equal(1);
  });
});

describe('totem srp: JOIN received in GATHER (totem.md 5.5, steps 1-5)', () => {
  it('2: equal lists, in any order, give the sender consensus; the lowest then creates the commit token', () => {
    const bench = gathering({ nodeId: 1 });
    const { seq } = bench.ringId;
    bench.receive(frameOf.join(3, [3, 1, 2], [], seq));
    expect(bench.ring.phase).to.equal('gather');
    bench.receive(frameOf.join(2, [2, 3, 1], [], seq));
    expect(bench.ring.phase).to.equal('commit');
    const [commit, ...rest] = bench.take();
    expect(rest).to.deep.equal([]);
    expect(commit).to.deep.include({ type: 'commit', to: 2 });
  });

  it('2c: another than the lowest waits, without a frame', () => {
    const bench = gathering();
    for (const peer of [1, 3]) bench.receive(frameOf.join(peer, [1, 2, 3], [], bench.ringId.seq));
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.take()).to.deep.equal([]);
  });

  it('2: failed nodes need no consensus, and the lowest is the lowest of the others', () => {
    const bench = gathering();
    bench.receive(frameOf.join(3, [1, 2, 3], [1], bench.ringId.seq));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3], failed: [1] });
    bench.receive(frameOf.join(3, [1, 2, 3], [1], bench.ringId.seq));
    expect(bench.lastCommit.members).to.deep.equal([2, 3]);
  });

  it('2: a leave message with equal lists gives no consensus', () => {
    const bench = gathering({ nodeId: 1 });
    const { seq } = bench.ringId;
    const leave = { sender: 0, target: 0, from: 2, ringSeq: seq, procList: [1, 2, 3], failedList: [] };
    bench.receive(encodeFrame({ littleEndian: true, type: 'join', join: leave }));
    bench.receive(frameOf.join(3, [1, 2, 3], [], seq));
    expect(bench.ring.phase).to.equal('gather');
    bench.receive(frameOf.join(2, [1, 2, 3], [], seq));
    expect(bench.ring.phase).to.equal('commit');
  });

  it('3: smaller lists are old news: nothing happens', () => {
    const bench = gathering();
    bench.receive(frameOf.join(1, [1, 2], [], bench.ringId.seq));
    bench.receive(frameOf.join(3, [3], [], 1));
    expect(bench.take()).to.deep.equal([]);
  });

  it('4: what a failed node says is not heard', () => {
    const bench = gathering();
    bench.receive(frameOf.join(3, [1, 2, 3], [1], bench.ringId.seq));
    bench.take();
    bench.receive(frameOf.join(1, [1, 2, 3, 4], [3], bench.ringId.seq));
    expect(bench.take()).to.deep.equal([]);
  });

  it('5: a longer proc list is taken over', () => {
    const bench = gathering();
    bench.receive(frameOf.join(4, [4, 5], [], 1));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3, 4, 5], failed: [] });
  });

  it('5: whoever declares this node failed has failed', () => {
    for (const peer of [1, 4]) {
      const bench = gathering();
      bench.receive(frameOf.join(peer, [1, 2, 3, 4], [2, 3], bench.ringId.seq));
      expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3, 4], failed: [peer] });
    }
  });

  it('5: so has one of a ring with a lower sequence, once its JOIN cannot be older than this ring', () => {
    const bench = operational();
    bench.clock.advance(DEFAULT_RING_PARAMETERS.joinMs);
    bench.ring.interfaceChanged(true);
    bench.take();
    bench.receive(frameOf.join(4, [1, 2, 3, 4], [2], bench.ringId.seq - 4));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3, 4], failed: [4] });
  });

  it('5: but a JOIN that was on its way when this ring was formed does not make its sender failed', () => {
    const bench = operational();
    bench.clock.advance(DEFAULT_RING_PARAMETERS.joinMs - 1);
    bench.ring.interfaceChanged(true);
    bench.take();
    bench.receive(frameOf.join(4, [1, 2, 3, 4], [2], bench.ringId.seq - 4));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3, 4], failed: [] });
  });

  it('5: the failed list of a member is taken over, that of another node is not', () => {
    const member = gathering();
    member.receive(frameOf.join(1, [1, 2, 3], [3], member.ringId.seq));
    expect(lists(member)).to.deep.equal({ procs: [1, 2, 3], failed: [3] });
    const other = gathering();
    other.receive(frameOf.join(4, [1, 2, 3, 4], [3], other.ringId.seq));
    expect(lists(other)).to.deep.equal({ procs: [1, 2, 3, 4], failed: [] });
  });

  it('a leave message that comes when the ring without its sender is operational changes nothing', () => {
    const bench = new RingBench({ nodes: [1, 2, 3], nodeId: 1 }).operational([1, 2]);
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.leave(3, [1, 2], [], bench.ringId.seq - 4));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
  });

  it('5: a leave message starts GATHER with the leaver failed, from OPERATIONAL at once', () => {
    const bench = operational();
    bench.receive(frameOf.leave(3, [1, 2], [], bench.ringId.seq));
    expect(lists(bench)).to.deep.equal({ procs: [1, 2, 3], failed: [3] });
  });

  it('1: who left cleanly is not logged as failed', () => {
    const polite = operational();
    polite.receive(frameOf.leave(3, [1, 2], [], polite.ringId.seq));
    polite.form([1, 2]);
    expect(polite.log.filter((line) => line.includes('Failed to receive the leave message'))).to.deep.equal([]);
    const killed = operational();
    killed.form([1, 2]);
    expect(killed.log.some((line) => line.includes('Failed to receive the leave message. failed: 3'))).to.equal(true);
  });

  it('a JOIN in its own name that it did not send is ignored: this node cannot fail itself', () => {
    const bench = gathering();
    bench.receive(frameOf.join(2, [1, 2, 3], [2], bench.ringId.seq));
    bench.receive(frameOf.join(2, [1, 2, 3, 4], [3], bench.ringId.seq));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.stale).to.be.at.least(2);
  });

  it('lists that would grow past 384 nodes are refused and counted', () => {
    const bench = gathering();
    const many = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    bench.receive(frameOf.join(1, [1, 2, 3, ...many(1000, 381)], [], bench.ringId.seq));
    expect(lists(bench)!.procs).to.have.length(384);
    const { malformed } = bench.ring.statistics;
    bench.receive(frameOf.join(1, [1, 2, 3, 4000], [], bench.ringId.seq));
    bench.receive(frameOf.join(1, [1, 2, 3], [4000], bench.ringId.seq));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.malformed).to.equal(malformed + 2);
  });

  it('a ring sequence that no cluster can have is refused: it would leave no number for the next ring', () => {
    const bench = gathering({ nodeId: 1 });
    const { malformed } = bench.ring.statistics;
    bench.receive(frameOf.join(2, [1, 2, 3], [], 2 ** 53 - 1));
    expect(bench.ring.statistics.malformed).to.equal(malformed + 1);
    // As far as it may go: there are rings after it.
    bench.receive(frameOf.join(2, [1, 2, 3], [], 2 ** 52));
    bench.receive(frameOf.join(3, [1, 2, 3], [], 5));
    expect(bench.lastCommit.ringId.seq).to.equal(2 ** 52 + 4);
    bench.recover();
    bench.install();
    bench.form([1, 2, 3]);
    expect(bench.ringId.seq).to.equal(2 ** 52 + 8);
  });
});

describe('totem srp: JOIN received in COMMIT and RECOVERY (totem.md 5.5)', () => {
  for (const phase of ['commit', 'recovery'] as const) {
    const forming = (): RingBench => {
      const bench = operational();
      bench.gather([1, 2, 3]);
      bench.commit();
      if (phase === 'recovery') bench.recover();
      expect(bench.ring.phase).to.equal(phase);
      bench.take();
      return bench;
    };

    it(`${phase}: from a node that is not of the new ring it is ignored`, () => {
      const bench = forming();
      const { unexpected } = bench.ring.statistics;
      bench.receive(frameOf.join(4, [1, 2, 3, 4], [], bench.ringId.seq + 8));
      expect(bench.ring.phase).to.equal(phase);
      expect(bench.ring.statistics.unexpected).to.equal(unexpected + 1);
    });

    it(`${phase}: with a lower ring sequence than the new ring's it is late and ignored`, () => {
      const bench = forming();
      bench.receive(frameOf.join(1, [1, 2, 3], [], bench.ringId.seq - 1));
      expect(bench.ring.phase).to.equal(phase);
      expect(bench.take()).to.deep.equal([]);
    });

    it(`${phase}: from a member of the new ring with its sequence it ends the attempt: GATHER, with what it says`, () => {
      const bench = forming();
      bench.receive(frameOf.join(1, [1, 2, 3, 4], [3], bench.ringId.seq));
      expect(bench.ring.phase).to.equal('gather');
      expect(bench.lastJoin).to.deep.include({ procList: [1, 2, 3, 4], failedList: [3], ringSeq: bench.ringId.seq });
    });
  }
});

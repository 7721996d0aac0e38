import { expect } from 'chai';
import { RingBench, type BenchOptions, type Entries } from '../support/ring-bench.js';
import { decodeFrame, frameOf, type Mcast } from '../support/totem-frames.js';

interface OldRing {
  /** Messages of the old ring that this node has; from node 3 unless `from` says another. */
  has?: readonly number[];
  from?: (seq: number) => number;
  /** Members of the new ring; default 2 and 3. */
  members?: readonly number[];
  entries?: Entries;
}

const upTo = (count: number, from = 1): number[] => Array.from({ length: count - from + 1 }, (_, i) => from + i);

/** Node 2 in RECOVERY, coming from an operational ring of 1, 2 and 3. */
function recovering({ has = [], from = () => 3, members = [2, 3], entries = {} }: OldRing, options: BenchOptions = {}) {
  const bench = new RingBench({ nodes: [1, 2, 3, 4], ...options }).operational([1, 2, 3]);
  const old = bench.ringId;
  const messages = new Map(has.map((seq) => [seq, frameOf.mcast(from(seq), old, seq, `m${seq}`)]));
  bench.receive(...messages.values());
  bench.gather(members);
  bench.commit(entries);
  bench.recover(entries);
  expect(bench.ring.phase).to.equal('recovery');
  bench.take();
  bench.takeEvents();
  return { bench, old, messages };
}

function mcasts(bench: RingBench): Mcast[] {
  return bench.takeOf('mcast').map(({ mcast }) => mcast);
}

describe('totem srp: originating old messages (totem.md 5.8)', () => {
  it('nothing is originated when every companion has everything', () => {
    const { bench } = recovering({ has: upTo(5) });
    bench.firstVisit();
    const frames = bench.take();
    // Node 2 leads the new ring; its first token says so too.
    expect(frames.map(({ type }) => type)).to.deep.equal(['token']);
    expect(bench.lastToken).to.include({ seq: 0, retransFlag: 0, backlog: 0 });
  });

  it('when a companion lacks messages, all that are held after the lowest aru are sent inside messages of the new ring', () => {
    const entries = { 3: { aru: 2, receivedFlag: 0 } };
    const { bench, messages } = recovering({ has: [1, 2, 3, 4, 6], from: (seq) => (seq === 4 ? 1 : 3), entries });
    bench.firstVisit();
    expect(bench.takeOf('token')[0]!.token).to.include({ seq: 0, retransFlag: 1 });
    bench.visit();
    const sent = mcasts(bench);
    expect(sent.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    for (const [i, old] of [3, 4, 6].entries()) {
      expect(sent[i]).to.deep.include({
        sender: 2,
        originator: 2,
        target: 0,
        encapsulated: 1,
        ringId: bench.ringId,
        nodeId: 0,
        guarantee: 0,
      });
      expect(sent[i]!.payload, `old message ${old}`).to.deep.equal(messages.get(old));
    }
    expect(bench.lastToken).to.include({ seq: 3 });
  });

  it('messages below this node that a companion lacks are sent; nodes of other rings do not count', () => {
    const entries = { 3: { aru: 4, receivedFlag: 0 }, 4: { aru: 1, receivedFlag: 0 } };
    const { bench } = recovering({ has: upTo(5), members: [2, 3, 4], entries });
    bench.firstVisit();
    bench.visit();
    expect(mcasts(bench).map(({ payload }) => (decodeFrame(payload) as { mcast: Mcast }).mcast.seq)).to.deep.equal([5]);
  });

  it('a node of another ring that lacks its own messages makes nobody else originate', () => {
    const { bench } = recovering({ has: upTo(5), members: [2, 3, 4], entries: { 4: { receivedFlag: 0 } } });
    bench.firstVisit();
    bench.visit();
    expect(mcasts(bench)).to.deep.equal([]);
  });

  it('a former member that was on another ring meanwhile is no companion', () => {
    const entries = { 3: { ringId: { representative: 3, seq: 33 }, aru: 1, receivedFlag: 0 } };
    const { bench } = recovering({ has: upTo(5), entries });
    bench.install();
    expect(bench.takeEvents()[0]).to.match(/^transitional .* \[2\] left \[1,3\]$/);
    expect(mcasts(bench)).to.deep.equal([]);
  });

  it('messages of a big-endian member are carried as they are', () => {
    const bench = new RingBench().operational([1, 2, 3]);
    const message = frameOf.mcast(3, bench.ringId, 1, 'swapped', { littleEndian: false });
    bench.receive(message);
    bench.gather([2, 3]);
    const entries = { 3: { aru: 0, receivedFlag: 0 } };
    bench.commit();
    bench.recover(entries);
    bench.firstVisit();
    bench.visit();
    expect(mcasts(bench)[0]!.payload).to.deep.equal(message);
  });

  it('an aru that no companion can have does no harm', () => {
    for (const aru of [2 ** 31, 2 ** 31 + 5, 2 ** 32 - 1, 20_000]) {
      const entries = { 3: { aru, receivedFlag: 0 }, 4: { aru: (aru - 2 ** 31 + 7) >>> 0, receivedFlag: 0 } };
      const { bench } = recovering({ has: upTo(5), entries });
      bench.install();
      expect(bench.ring.phase).to.equal('operational');
    }
  });
});

describe('totem srp: the token in RECOVERY (totem.md 5.9)', () => {
  const lacking = { 3: { aru: 0, receivedFlag: 0 } };

  it('without old messages the ring is operational at the fourth token with flag 0, before that token is passed on', () => {
    const { bench } = recovering({ members: [1, 2, 3] });
    bench.firstVisit();
    bench.visit();
    bench.visit();
    expect(bench.ring.phase).to.equal('recovery');
    bench.take();
    bench.onEvent = () => expect(bench.takeOf('token')).to.deep.equal([]);
    bench.visit();
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.takeEvents()).to.have.length(4);
    expect(bench.takeOf('token')).to.have.length(1);
  });

  it('whoever has messages left sets the flag; whoever set it clears it when none is left', () => {
    const { bench } = recovering({ has: upTo(40), entries: lacking, members: [1, 2, 3] });
    const seen: [sent: number, flag: number, backlog: number][] = [];
    bench.firstVisit();
    for (let i = 0; i < 4; i++) {
      seen.push([mcasts(bench).length, bench.lastToken.retransFlag, bench.lastToken.backlog]);
      bench.visit();
    }
    // 17 a visit, the third limited by what was sent in the rotation before (6.1).
    expect(seen).to.deep.equal([
      [17, 1, 40],
      [17, 1, 23],
      [6, 0, 6],
      [0, 0, 0],
    ]);
  });

  it('a flag set by another stays, however little is left here', () => {
    const { bench } = recovering({ members: [1, 2, 3] });
    bench.firstVisit({ retransFlag: 1 });
    expect(bench.lastToken.retransFlag).to.equal(1);
    for (let i = 0; i < 10; i++) bench.visit();
    expect(bench.lastToken.retransFlag).to.equal(1);
    expect(bench.ring.phase).to.equal('recovery');
    // Four visits without it are needed from now on.
    for (let i = 0; i < 3; i++) bench.visit({ retransFlag: 0 });
    expect(bench.ring.phase).to.equal('recovery');
    bench.visit();
    expect(bench.ring.phase).to.equal('operational');
  });

  it('it is not operational before every member has all that was sent', () => {
    const { bench } = recovering({ has: upTo(5), entries: lacking, members: [1, 2, 3] });
    bench.firstVisit();
    for (let i = 0; i < 10; i++) bench.visit({ aru: 2, aruAddr: 3 });
    expect(bench.ring.phase).to.equal('recovery');
    bench.visit({ aru: 5, aruAddr: 0 });
    expect(bench.ring.phase).to.equal('recovery');
    bench.visit();
    expect(bench.ring.phase).to.equal('operational');
  });

  it('a missing recovery message is requested like any other (6.2)', () => {
    const { bench, old } = recovering({ members: [1, 2, 3], entries: { 3: { receivedFlag: 0 } } });
    const inner = [1, 2].map((seq) => frameOf.mcast(3, old, seq, `m${seq}`));
    bench.receive(frameOf.encapsulated(3, bench.ringId, 2, inner[1]!));
    bench.firstVisit({ seq: 2, aru: 0, aruAddr: 0 });
    for (let i = 0; i < 4; i++) bench.visit();
    expect(bench.lastToken.requests).to.deep.equal([{ ringId: bench.ringId, seq: 1 }]);
    expect(bench.lastToken).to.include({ aru: 0, aruAddr: 2 });
    bench.receive(frameOf.encapsulated(3, bench.ringId, 1, inner[0]!));
    while (bench.ring.phase === 'recovery') bench.visit({ requests: [] });
    expect(bench.takeEvents().slice(0, 2)).to.deep.equal(['deliver 3 m1', 'deliver 3 m2']);
  });

  it('a recovery message that another member lacks is sent again', () => {
    const { bench } = recovering({ has: upTo(3), entries: lacking, members: [1, 2, 3] });
    bench.firstVisit();
    const first = bench.take().filter(({ type }) => type === 'mcast');
    bench.visit({ aru: 1, aruAddr: 3, requests: [{ ringId: bench.ringId, seq: 2 }] });
    const again = bench.take().filter(({ type }) => type === 'mcast');
    expect(again.map(({ bytes }) => bytes)).to.deep.equal([first[1]!.bytes]);
  });
});

describe('totem srp: what recovery brings (totem.md 5.8, 5.10)', () => {
  const lacking: Entries = { 1: { aru: 5, receivedFlag: 1 } };

  it('old messages sent by several members, and known ones, are delivered once', () => {
    const { bench, old } = recovering({ has: [1, 2, 4], members: [1, 2, 3], entries: lacking });
    const inner = (seq: number): Uint8Array => frameOf.mcast(3, old, seq, `m${seq}`);
    const copies = [2, 3, 4, 5].flatMap((seq) => [inner(seq), inner(seq)]);
    bench.receive(...copies.map((bytes, i) => frameOf.encapsulated(1 + 2 * (i % 2), bench.ringId, i + 1, bytes)));
    bench.firstVisit({ seq: 8, aru: 8, aruAddr: 0 });
    while (bench.ring.phase === 'recovery') bench.visit();
    expect(bench.takeEvents()).to.deep.equal([
      'deliver 3 m3',
      'deliver 3 m4',
      'deliver 3 m5',
      `transitional 1.9 [1,2,3] left []`,
      'queue transitional',
      'assembly',
      `regular 1.9 [1,2,3] joined []`,
    ]);
  });

  it("another ring's old messages, and what is no MCAST inside, are dropped", () => {
    const { bench, old } = recovering({ members: [1, 2, 3, 4], entries: { 1: { receivedFlag: 0 } } });
    const { malformed } = bench.ring.statistics;
    const inners = [
      frameOf.mcast(4, { representative: 4, seq: 5 }, 1, 'theirs'),
      frameOf.merge(3, old),
      new Uint8Array(60),
      new Uint8Array(44),
      frameOf.mcast(3, old, 1, 'ours'),
      frameOf.mcast(3, old, 20_000, 'out of the window'),
    ];
    bench.receive(...inners.map((bytes, i) => frameOf.encapsulated(3, bench.ringId, i + 1, bytes)));
    bench.firstVisit({ seq: 6, aru: 6, aruAddr: 0 });
    while (bench.ring.phase === 'recovery') bench.visit();
    expect(bench.takeEvents().filter((event) => event.startsWith('deliver'))).to.deep.equal(['deliver 3 ours']);
    expect(bench.ring.statistics.malformed).to.equal(malformed + 3);
  });

  it('messages of nodes that are no members of the new ring are dropped and counted', () => {
    const { bench, old } = recovering({ members: [2, 3] });
    const { unknownSender } = bench.ring.statistics;
    bench.receive(frameOf.encapsulated(1, bench.ringId, 1, frameOf.mcast(3, old, 1, 'x')));
    expect(bench.ring.statistics.unknownSender).to.equal(unknownSender + 1);
  });
});

describe('totem srp: recovery that fails (totem.md 5.2, 5.5, 5.7)', () => {
  it('the token lost: GATHER, and ORF tokens of the attempt are ignored', () => {
    const { bench } = recovering({ members: [1, 2, 3] });
    bench.firstVisit();
    const late = bench.nextToken;
    bench.take();
    bench.clock.advance(3650);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.ring.statistics.recoveryTokenLost).to.equal(1);
    bench.take();
    bench.receive(frameOf.token(late));
    expect(bench.takeOf('token')).to.deep.equal([]);
  });

  it('what was recovered is kept for the next attempt', () => {
    const { bench, old } = recovering({ has: [1, 2, 4], members: [1, 2, 3], entries: { 1: { aru: 5 } } });
    bench.receive(
      ...[3, 5].map((seq, i) => frameOf.encapsulated(1, bench.ringId, i + 1, frameOf.mcast(3, old, seq, `m${seq}`))),
    );
    bench.firstVisit({ seq: 2, aru: 2, aruAddr: 0 });
    bench.clock.advance(3650);
    bench.gather([1, 2, 3]);
    bench.commit();
    expect(bench.lastCommit.entries[1]).to.deep.equal({ ringId: old, aru: 5, highDelivered: 2, receivedFlag: 1 });
    bench.recover();
    bench.install();
    expect(bench.takeEvents().filter((event) => event.startsWith('deliver'))).to.deep.equal([
      'deliver 3 m3',
      'deliver 3 m4',
      'deliver 3 m5',
    ]);
  });

  it('with a gap left the received flag is 0 again, however far the attempt came: companions may lack the rest', () => {
    const entries = { 3: { aru: 2, receivedFlag: 0 } };
    const { bench, messages } = recovering({ has: [1, 2, 4], entries });
    bench.firstVisit();
    bench.visit();
    bench.visit();
    bench.visit();
    expect(bench.ring.phase).to.equal('recovery');
    bench.clock.advance(3650);
    bench.gather([2, 3]);
    expect(bench.lastCommit.entries[0]).to.include({ aru: 2, receivedFlag: 0 });
    // Node 3 lost what it had recovered (Corosync's does): it knows of nothing above 2.
    bench.take();
    bench.recover({ 3: { aru: 2, receivedFlag: 1 } });
    bench.firstVisit();
    bench.visit();
    expect(mcasts(bench).map(({ payload }) => payload)).to.deep.equal([messages.get(4)]);
  });
});

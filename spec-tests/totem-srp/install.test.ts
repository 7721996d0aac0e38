import { expect } from 'chai';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

const SAFE = { guarantee: 1 };

/** Node 2 on ring 1.5 of nodes 1, 2 and 3. */
function operational(options: BenchOptions = {}): RingBench {
  return new RingBench({ nodes: [1, 2, 3, 4], ...options }).operational([1, 2, 3]);
}

function message(bench: RingBench, seq: number, from = 3, options = {}): Uint8Array {
  return frameOf.mcast(from, bench.ringId, seq, `m${seq}`, options);
}

describe('totem srp: entering OPERATIONAL, as the layer above sees it (totem.md 5.10, evs.md)', () => {
  it('certain old messages, transitional configuration, the rest of the old ones, regular configuration: in this order', () => {
    const bench = operational();
    // 4 is nowhere. Of what follows it, messages of the members that go on are delivered; node 1's may depend on it.
    bench.receive(
      message(bench, 1, 1),
      message(bench, 2),
      message(bench, 5, 1),
      message(bench, 6, 3),
      message(bench, 7, 2),
    );
    expect(bench.takeEvents()).to.deep.equal(['deliver 1 m1', 'deliver 3 m2']);
    const three = message(bench, 3, 1);
    bench.gather([2, 3]);
    bench.recover({ 3: { aru: 3, highDelivered: 3, receivedFlag: 0 } });
    bench.receive(frameOf.encapsulated(3, bench.ringId, 1, three));
    bench.firstVisit();
    while (bench.ring.phase === 'recovery') bench.visit({ seq: Math.max(1, bench.nextToken.seq) });
    expect(bench.takeEvents()).to.deep.equal([
      'deliver 1 m3',
      'transitional 2.9 [2,3] left [1]',
      'queue transitional',
      'deliver 3 m6',
      'deliver 2 m7',
      'assembly',
      'regular 2.9 [2,3] joined []',
    ]);
  });

  it('joined are those of other rings; the transitional configuration has the id of the new ring', () => {
    const bench = operational();
    bench.form([2, 3, 4]);
    expect(bench.takeEvents()).to.deep.equal([
      'transitional 2.9 [2,3] left [1]',
      'queue transitional',
      'assembly',
      'regular 2.9 [2,3,4] joined [4]',
    ]);
  });

  it('a member that comes back from a ring of its own leaves and joins with one change', () => {
    const bench = operational();
    bench.form([1, 2, 3], { 3: { ringId: { representative: 3, seq: 41 } } });
    expect(bench.takeEvents()).to.deep.equal([
      'transitional 1.9 [1,2] left [3]',
      'queue transitional',
      'assembly',
      'regular 1.9 [1,2,3] joined [3]',
    ]);
  });

  it('until the synchronization of a ring is done the second queue stays in use, through further changes', () => {
    const bench = operational();
    bench.form([1, 2]);
    bench.takeEvents();
    bench.form([1, 2, 3]);
    expect(bench.takeEvents()).to.deep.equal([
      'transitional 1.d [1,2] left []',
      'assembly',
      'regular 1.d [1,2,3] joined [3]',
    ]);
    bench.ring.synchronized();
    bench.ring.synchronized();
    expect(bench.takeEvents()).to.deep.equal(['queue normal']);
  });

  it('what was queued before waits until synchronization is done; what is queued during it goes first (7.5)', () => {
    const bench = operational();
    bench.gather([1, 2, 3]);
    bench.send('application');
    bench.commit();
    bench.recover();
    bench.onEvent = (event) => {
      if (event.startsWith('regular')) bench.send('synchronization');
    };
    bench.install();
    bench.visit();
    bench.visit();
    expect(bench.takeEvents().slice(4)).to.deep.equal(['deliver 2 synchronization']);
    bench.send('synchronization too');
    bench.ring.synchronized();
    bench.visit();
    expect(bench.takeEvents()).to.deep.equal([
      'queue normal',
      'deliver 2 application',
      'deliver 2 synchronization too',
    ]);
  });

  it('recovery messages are not delivered again; messages of the new ring that came during recovery are, after it', () => {
    const bench = operational();
    const old = [1, 2].map((seq) => message(bench, seq));
    bench.gather([1, 2, 3]);
    bench.commit();
    bench.recover({ 3: { aru: 2 }, 1: { receivedFlag: 0 } });
    bench.receive(...old.map((inner, i) => frameOf.encapsulated(3, bench.ringId, i + 1, inner)));
    bench.firstVisit({ seq: 2, aru: 2, aruAddr: 0 });
    for (let i = 0; i < 2; i++) bench.visit();
    // Another member is through with recovery and sends at once.
    bench.receive(frameOf.mcast(1, bench.ringId, 3, 'new'));
    bench.visit({ seq: 3 });
    expect(bench.takeEvents()).to.deep.equal([
      'deliver 3 m1',
      'deliver 3 m2',
      'transitional 1.9 [1,2,3] left []',
      'queue transitional',
      'assembly',
      'regular 1.9 [1,2,3] joined []',
      'deliver 1 new',
    ]);
  });

  it('the lists start over with the members, and what comes next comes from this ring', () => {
    const bench = operational();
    bench.form([2, 3]);
    const ring = bench.ringId;
    bench.ring.interfaceChanged(true);
    expect(bench.lastJoin).to.deep.include({ procList: [2, 3], failedList: [], ringSeq: ring.seq });
    bench.gather([2, 3]);
    expect(bench.lastCommit.entries[0]).to.deep.include({ ringId: ring });
  });

  it('frames of the old ring are released', () => {
    const bench = operational();
    bench.receive(...Array.from({ length: 100 }, (_, i) => message(bench, i + 1)));
    bench.receive(message(bench, 200));
    expect(bench.memory.freeFrames).to.equal(1039 - 101);
    bench.form([2, 3]);
    // The copy of message 200 that was sent again is released with the new ring's messages.
    for (let i = 0; i < 3; i++) bench.visit();
    expect(bench.memory.freeFrames).to.equal(1039);
  });

  it('a service that ends the node from a configuration event ends it: nothing is sent after the leave message', () => {
    for (const when of ['transitional', 'regular', 'deliver']) {
      const bench = operational();
      bench.receive(message(bench, 1), message(bench, 3, 2));
      bench.takeEvents();
      bench.onEvent = (event) => {
        if (event.startsWith(when)) bench.ring.leave();
      };
      bench.gather([1, 2, 3]);
      bench.commit();
      bench.recover({ 3: { receivedFlag: 0 } });
      bench.firstVisit();
      for (let i = 0; i < 10; i++) bench.visit();
      expect(bench.transport.closed, when).to.equal(true);
      expect(bench.take().at(-1)!.type, when).to.equal('join');
      bench.clock.advance(20_000);
      expect(bench.take()).to.deep.equal([]);
    }
  });
});

describe('totem srp: safe messages (evs.md 7.1, 7.2)', () => {
  /** One rotation after which the token says that everybody has everything. */
  const covered = (bench: RingBench): void => void bench.visit({ aru: bench.nextToken.seq, aruAddr: 0 });

  it('a safe message is delivered when the aru has covered it in two rotations', () => {
    const bench = operational();
    bench.receive(message(bench, 1, 3, SAFE));
    bench.visit({ seq: 1, aru: 0, aruAddr: 3 });
    bench.visit({ aru: 1, aruAddr: 0 });
    expect(bench.takeEvents()).to.deep.equal([]);
    bench.visit({ aru: 1, aruAddr: 0 });
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1']);
  });

  it('an aru that falls back in between starts the count anew', () => {
    const bench = operational();
    bench.receive(message(bench, 1, 3, SAFE));
    bench.visit({ seq: 1, aru: 1, aruAddr: 0 });
    bench.visit({ aru: 0, aruAddr: 3 });
    bench.visit({ aru: 1, aruAddr: 0 });
    expect(bench.takeEvents()).to.deep.equal([]);
    covered(bench);
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1']);
  });

  it('agreed messages after it wait for it; those before it do not', () => {
    const bench = operational();
    bench.receive(message(bench, 1), message(bench, 2, 3, SAFE), message(bench, 3));
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1']);
    bench.visit({ seq: 3, aru: 3, aruAddr: 0 });
    expect(bench.takeEvents()).to.deep.equal([]);
    covered(bench);
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m2', 'deliver 3 m3']);
  });

  it("this node's own safe messages wait too", () => {
    const bench = operational();
    bench.send('own', 1);
    bench.visit();
    expect(bench.takeEvents()).to.deep.equal([]);
    covered(bench);
    covered(bench);
    expect(bench.takeEvents()).to.deep.equal(['deliver 2 own']);
  });

  it('at a change those known to be safe come before the transitional configuration, the others after it', () => {
    const bench = operational();
    bench.receive(message(bench, 1, 3, SAFE), message(bench, 2), message(bench, 3, 3, SAFE), message(bench, 4));
    bench.visit({ seq: 4, aru: 1, aruAddr: 3 });
    bench.visit({ aru: 1, aruAddr: 3 });
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1', 'deliver 3 m2']);
    bench.form([2, 3]);
    expect(bench.takeEvents()).to.deep.equal([
      'transitional 2.9 [2,3] left [1]',
      'queue transitional',
      'deliver 3 m3',
      'deliver 3 m4',
      'assembly',
      'regular 2.9 [2,3] joined []',
    ]);
  });

  it('what a companion has delivered was safe: it is delivered in the old configuration here too', () => {
    const bench = operational();
    bench.receive(message(bench, 1, 3, SAFE), message(bench, 2, 3, SAFE));
    bench.visit({ seq: 2, aru: 1, aruAddr: 3 });
    bench.form([2, 3], { 3: { aru: 2, highDelivered: 1 } });
    expect(bench.takeEvents()).to.deep.equal([
      'deliver 3 m1',
      'transitional 2.9 [2,3] left [1]',
      'queue transitional',
      'deliver 3 m2',
      'assembly',
      'regular 2.9 [2,3] joined []',
    ]);
  });

  it('a safe message stays in memory until it is delivered', () => {
    const bench = operational();
    bench.receive(message(bench, 1, 3, SAFE));
    const { freeFrames } = bench.memory;
    for (let i = 0; i < 3; i++) bench.visit({ seq: 1, aru: i === 2 ? 1 : 0, aruAddr: i === 2 ? 0 : 3 });
    expect(bench.memory.freeFrames).to.equal(freeFrames);
    covered(bench);
    covered(bench);
    expect(bench.memory.freeFrames).to.equal(freeFrames + 1);
  });
});

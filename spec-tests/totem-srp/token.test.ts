import { expect } from 'chai';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { encodeFrame, frameOf, type Mcast } from '../support/totem-frames.js';

function operational(options: BenchOptions = {}): RingBench {
  return new RingBench(options).operational([1, 2, 3]);
}

function message(bench: RingBench, seq: number, from = 3): Uint8Array {
  return frameOf.mcast(from, bench.ringId, seq, `m${seq}`);
}

describe('totem srp: the token (totem.md 3.1, 6)', () => {
  it('goes to the next member, in this node’s name, one hop older; nothing else changes on an idle ring', () => {
    for (const [nodeId, next] of [
      [1, 2],
      [2, 3],
      [3, 1],
    ] as const) {
      const bench = operational({ nodeId });
      const arriving = bench.nextToken;
      bench.receive(frameOf.token(arriving));
      const frames = bench.take();
      expect(frames.map(({ to }) => to)).to.deep.equal([next]);
      expect(bench.lastToken).to.deep.equal({
        ...arriving,
        sender: nodeId,
        target: 0,
        tokenSeq: arriving.tokenSeq + 1,
      });
    }
  });

  it('follows the messages of the visit', () => {
    const bench = operational();
    bench.send('a');
    bench.send('b');
    bench.visit();
    expect(bench.take().map(({ type }) => type)).to.deep.equal(['mcast', 'mcast', 'token']);
  });

  it('seen before, or older than the last one, is a duplicate: ignored and counted', () => {
    const bench = operational();
    const first = bench.nextToken;
    bench.receive(frameOf.token(first));
    bench.take();
    const { duplicates } = bench.ring.statistics;
    bench.receive(frameOf.token(first));
    bench.receive(frameOf.token({ ...first, tokenSeq: first.tokenSeq - 1 }));
    expect(bench.take()).to.deep.equal([]);
    expect(bench.ring.statistics.duplicates).to.equal(duplicates + 2);
    // One that skips numbers is newer.
    bench.receive(frameOf.token({ ...first, tokenSeq: first.tokenSeq + 30 }));
    expect(bench.lastToken.tokenSeq).to.equal(first.tokenSeq + 31);
  });

  it('a duplicate does not count as a sign of life: the token timeout runs on', () => {
    const bench = operational();
    const token = bench.nextToken;
    bench.receive(frameOf.token(token));
    bench.clock.advance(3000);
    bench.receive(frameOf.token(token));
    bench.clock.advance(650);
    expect(bench.ring.phase).to.equal('gather');
  });

  it('with numbers that cannot be is ignored and counted, and harms nothing', () => {
    const bench = operational();
    bench.receive(message(bench, 1), message(bench, 2), message(bench, 3));
    bench.visit({ seq: 3 });
    bench.take();
    const { malformed } = bench.ring.statistics;
    const next = bench.nextToken;
    const impossible = [
      { seq: 2 },
      { seq: 3 + 16384 },
      { seq: 3 + 2 ** 31 },
      { aru: 4 },
      { aru: 3 + 2 ** 31 },
      { aru: 2 ** 31 },
      { aru: 2 ** 32 - 1 - 16384 },
    ];
    for (const changes of impossible) bench.receive(frameOf.token({ ...next, ...changes }));
    expect(bench.ring.statistics.malformed).to.equal(malformed + impossible.length);
    expect(bench.take()).to.deep.equal([]);
    bench.receive(frameOf.token(next));
    expect(bench.takeOf('token')).to.have.length(1);
  });

  it('releases messages that every member had in two rotations and that are delivered here', () => {
    const bench = operational();
    const level = bench.memory.freeFrames;
    bench.receive(...[1, 2, 3, 4].map((seq) => message(bench, seq)));
    bench.visit({ seq: 4, aru: 4, aruAddr: 0 });
    expect(bench.memory.freeFrames).to.equal(level - 4);
    bench.visit({ aru: 2, aruAddr: 3 });
    expect(bench.memory.freeFrames).to.equal(level - 2);
    bench.visit({ aru: 4, aruAddr: 0 });
    expect(bench.memory.freeFrames).to.equal(level - 2);
    bench.visit({ aru: 4, aruAddr: 0 });
    expect(bench.memory.freeFrames).to.equal(level);
  });
});

describe('totem srp: a node whose memory is full', () => {
  it('loses messages, counted, and not the token, so that what it holds is released and the messages come again', () => {
    const bench = operational();
    const held: number[] = [];
    while (bench.memory.free > 20) held.push(bench.memory.allocate(100));
    const sent = Array.from({ length: 10 }, (_, i) => message(bench, i + 1));
    for (const frame of sent) bench.receive(frame);
    expect(bench.memory.free).to.be.at.least(16);
    expect(bench.ring.statistics.noFrames).to.be.at.least(5);
    bench.take();
    for (let visit = 0; visit < 10; visit++) bench.visit({ seq: 10, aru: 0, aruAddr: 3 });
    expect(bench.lastToken.requests.at(-1)?.seq).to.equal(10);
    for (const frame of held) bench.memory.release(frame);
    for (const frame of sent) bench.receive(frame);
    expect(bench.takeEvents()).to.have.length.greaterThan(0);
    bench.visit({ aru: 0, aruAddr: 0 });
    expect(bench.lastToken.aru).to.equal(10);
  });
});

describe('totem srp: receiving messages (totem.md 3.2, 6)', () => {
  it('are delivered at once and in order, without waiting for the token', () => {
    const bench = operational();
    bench.receive(message(bench, 2));
    expect(bench.takeEvents()).to.deep.equal([]);
    bench.receive(message(bench, 1), message(bench, 4));
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1', 'deliver 3 m2']);
    bench.receive(message(bench, 3, 1));
    expect(bench.takeEvents()).to.deep.equal(['deliver 1 m3', 'deliver 3 m4']);
  });

  it('known ones and those out of the window are dropped, counted, and cost no memory', () => {
    const bench = operational();
    bench.receive(message(bench, 1), message(bench, 3));
    const level = bench.memory.freeFrames;
    const { duplicates } = bench.ring.statistics;
    for (const seq of [1, 3, 0, 16384, 16385, 2 ** 31, 2 ** 32 - 1]) bench.receive(message(bench, seq));
    expect(bench.ring.statistics.duplicates).to.equal(duplicates + 7);
    expect(bench.memory.freeFrames).to.equal(level);
    bench.receive(message(bench, 16383));
    expect(bench.memory.freeFrames).to.equal(level - 1);
  });

  it('from a node that is no member, with this ring’s id, are dropped and counted', () => {
    const bench = new RingBench({ nodes: [1, 2, 3, 4] }).operational([1, 2, 3]);
    bench.receive(message(bench, 1, 4));
    expect(bench.ring.statistics.unknownSender).to.equal(1);
    expect(bench.takeEvents()).to.deep.equal([]);
  });

  it('encapsulated ones are for a ring in recovery: dropped and counted on an operational one', () => {
    const bench = operational();
    const { stale } = bench.ring.statistics;
    bench.receive(frameOf.encapsulated(3, bench.ringId, 1, message(bench, 1)));
    expect(bench.ring.statistics.stale).to.equal(stale + 1);
    expect(bench.takeEvents()).to.deep.equal([]);
  });

  it('in GATHER those of the old ring are still taken, and delivered with its end', () => {
    const bench = operational();
    bench.ring.interfaceChanged(true);
    bench.receive(message(bench, 1));
    expect(bench.takeEvents()).to.deep.equal([]);
    bench.gather([1, 2, 3]);
    bench.commit();
    expect(bench.lastCommit.entries[1]).to.include({ aru: 1, highDelivered: 0, receivedFlag: 1 });
    bench.recover();
    bench.install();
    expect(bench.takeEvents().slice(0, 2)).to.deep.equal(['deliver 3 m1', 'transitional 1.9 [1,2,3] left []']);
  });

  it('an empty payload is a message', () => {
    const bench = operational();
    bench.receive(frameOf.mcast(3, bench.ringId, 1, ''));
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 ']);
  });

  it('a big-endian member’s messages and tokens are read; the answer is in this node’s order', () => {
    for (const littleEndian of [true, false]) {
      const bench = operational({ littleEndian });
      bench.receive(frameOf.mcast(3, bench.ringId, 1, 'swapped', { littleEndian: !littleEndian }));
      expect(bench.takeEvents()).to.deep.equal(['deliver 3 swapped']);
      bench.send('own');
      const request = { ringId: bench.ringId, seq: 1 };
      const token = { ...bench.nextToken, seq: 1, aru: 0, aruAddr: 1, requests: [request] };
      bench.receive(frameOf.token(token, !littleEndian));
      const frames = bench.take();
      expect(frames.map(({ type, littleEndian: order }) => [type, order])).to.deep.equal([
        // The retransmission is byte for byte the member's own frame (3.2).
        ['mcast', !littleEndian],
        ['mcast', littleEndian],
        ['token', littleEndian],
      ]);
    }
  });
});

describe('totem srp: new messages (totem.md 3.2, 6.3)', () => {
  it('get the numbers after the token’s seq and a counter of this process, in the order they were queued', () => {
    const bench = operational();
    bench.receive(...[1, 2, 3].map((seq) => message(bench, seq)));
    bench.visit({ seq: 3 });
    bench.take();
    const counter = bench.ring.statistics.messagesSent;
    for (const text of ['a', 'bb', 'ccc']) bench.send(text);
    bench.visit();
    const sent = bench.take();
    const frames = sent.slice(0, 3);
    expect(frames.map(({ bytes }) => bytes)).to.deep.equal(
      ['a', 'bb', 'ccc'].map((text, i) =>
        encodeFrame({
          littleEndian: true,
          type: 'mcast',
          mcast: {
            sender: 2,
            target: 0,
            encapsulated: 2,
            originator: 2,
            seq: 4 + i,
            counter: counter + i,
            ringId: bench.ringId,
            nodeId: 0,
            guarantee: 0,
            payload: new TextEncoder().encode(text),
          } satisfies Mcast,
        }),
      ),
    );
    expect(frames.every(({ to }) => to === 'all')).to.equal(true);
    // They are here already: no copy has to come back.
    expect(bench.transport.toSelf).to.deep.equal([]);
    expect(bench.lastToken).to.include({ seq: 6, aru: 6, aruAddr: 0 });
    expect(bench.takeEvents().slice(3)).to.deep.equal(['deliver 2 a', 'deliver 2 bb', 'deliver 2 ccc']);
  });

  it('the counter goes on on the next ring; the numbers start at 1', () => {
    const bench = operational();
    bench.send('a');
    bench.visit();
    bench.form([1, 2, 3]);
    bench.ring.synchronized();
    bench.take();
    bench.send('b');
    bench.visit();
    const [mcast] = bench.takeOf('mcast');
    expect(mcast!.mcast).to.include({ seq: 1, counter: 1 });
  });

  it('the guarantee travels in the header', () => {
    const bench = operational();
    bench.send('agreed', 0);
    bench.send('safe', 1);
    bench.visit();
    expect(bench.takeOf('mcast').map(({ mcast }) => mcast.guarantee)).to.deep.equal([0, 1]);
  });

  it('a message sent while one is delivered goes out at the next visit', () => {
    const bench = operational();
    bench.onEvent = (event) => {
      if (event === 'deliver 3 m1') bench.send('answer');
    };
    bench.receive(message(bench, 1));
    bench.visit({ seq: 1 });
    expect(bench.takeEvents()).to.deep.equal(['deliver 3 m1', 'deliver 2 answer']);
  });
});

describe('totem srp: aru (totem.md 6.4)', () => {
  /** What becomes of a token with seq 4 when this node has messages 1 to `aru` of it. */
  const visit = (aru: number, arriving: { aru: number; aruAddr: number }): { aru: number; aruAddr: number } => {
    const bench = operational();
    for (let seq = 1; seq <= aru; seq++) bench.receive(message(bench, seq));
    const token = bench.visit({ seq: 4, ...arriving });
    return { aru: token.aru, aruAddr: token.aruAddr };
  };

  it('a node that has less lowers it and signs', () => {
    expect(visit(2, { aru: 4, aruAddr: 0 })).to.deep.equal({ aru: 2, aruAddr: 2 });
    expect(visit(2, { aru: 3, aruAddr: 3 })).to.deep.equal({ aru: 2, aruAddr: 2 });
  });

  it('whoever lowered it raises it, and takes the signature away when nothing is missing', () => {
    expect(visit(3, { aru: 2, aruAddr: 2 })).to.deep.equal({ aru: 3, aruAddr: 2 });
    expect(visit(4, { aru: 2, aruAddr: 2 })).to.deep.equal({ aru: 4, aruAddr: 0 });
  });

  it('an unsigned one is set, whatever it was', () => {
    expect(visit(4, { aru: 1, aruAddr: 0 })).to.deep.equal({ aru: 4, aruAddr: 0 });
    expect(visit(3, { aru: 1, aruAddr: 0 })).to.deep.equal({ aru: 3, aruAddr: 2 });
  });

  it('one that another lowered further stays', () => {
    expect(visit(4, { aru: 1, aruAddr: 3 })).to.deep.equal({ aru: 1, aruAddr: 3 });
    expect(visit(2, { aru: 2, aruAddr: 3 })).to.deep.equal({ aru: 2, aruAddr: 3 });
  });
});

describe('totem srp: failed to receive (totem.md 6.5, 5.5 2a)', () => {
  /** The own aru stands still for `visits` tokens after it was signed. */
  const stuck = (visits: number): RingBench => {
    const bench = operational({ parameters: { failRecvConst: 20 } });
    bench.visit({ seq: 5, aru: 5, aruAddr: 0 });
    for (let i = 0; i < visits; i++) bench.visit({ aru: 0, aruAddr: 2, requests: [] });
    return bench;
  };

  it('after more than fail_recv_const rotations without progress this node declares itself failed', () => {
    const before = stuck(21);
    expect(before.ring.phase).to.equal('operational');
    const bench = stuck(22);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.lastJoin).to.deep.include({ procList: [1, 2, 3], failedList: [2] });
    expect(bench.log.some((line) => line.startsWith('error FAILED TO RECEIVE'))).to.equal(true);
  });

  it('the token of that visit is not passed on', () => {
    const bench = stuck(21);
    bench.take();
    bench.visit({ aru: 0, aruAddr: 2, requests: [] });
    expect(bench.take().map(({ type }) => type)).to.deep.equal(['join']);
  });

  it('a single message received in time starts the count anew', () => {
    const bench = stuck(21);
    bench.receive(message(bench, 1));
    for (let i = 0; i < 20; i++) bench.visit({ aru: 1, aruAddr: 2, requests: [] });
    expect(bench.ring.phase).to.equal('operational');
  });

  it('another node’s standstill is not this one’s affair', () => {
    const bench = operational({ parameters: { failRecvConst: 20 } });
    for (let seq = 1; seq <= 5; seq++) bench.receive(message(bench, seq));
    for (let i = 0; i < 100; i++) bench.visit({ seq: 5, aru: 2, aruAddr: 3 });
    expect(bench.ring.phase).to.equal('operational');
  });

  it('when the others agree it forms a ring alone, and the old ring ends for it with what it has', () => {
    const bench = stuck(22);
    bench.takeEvents();
    bench.agree([1, 3]);
    expect(bench.ring.phase).to.equal('commit');
    expect(bench.lastCommit.members).to.deep.equal([2]);
    while (bench.loop() > 0 && bench.ring.phase !== 'operational');
    expect(bench.takeEvents()).to.deep.equal([
      'transitional 2.9 [2] left [1,3]',
      'queue transitional',
      'assembly',
      'regular 2.9 [2] joined []',
    ]);
  });

  it('when the others are silent it does so after the consensus timeout', () => {
    const bench = stuck(22);
    bench.transport.toSelf.length = 0;
    bench.clock.advance(4380);
    bench.loop();
    expect(bench.ring.phase).to.equal('commit');
    expect(bench.lastCommit.members).to.deep.equal([2]);
  });
});

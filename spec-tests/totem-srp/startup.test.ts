import { expect } from 'chai';
import { RingBench } from '../support/ring-bench.js';

const KEY = 'ringid_2';

function stored(seq: bigint, extra = 0): Map<string, Uint8Array> {
  const bytes = new Uint8Array(8 + extra).fill(0xee);
  new DataView(bytes.buffer).setBigUint64(0, seq, true);
  return new Map([[KEY, bytes]]);
}

function storedSeq(bench: RingBench): bigint {
  const bytes = bench.stored.get(KEY)!;
  expect(bytes.length).to.equal(8);
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

describe('totem srp: ring id file (totem.md 4)', () => {
  it('without a file the first ring id has sequence 1, and the file is created with 0', () => {
    const bench = new RingBench().start();
    expect(bench.lastJoin.ringSeq).to.equal(1);
    expect(storedSeq(bench)).to.equal(0n);
  });

  it('the stored sequence is 8 bytes in host order; this process starts one above it', () => {
    for (const seq of [0n, 1n, 41n, 0x1_0000_0005n]) {
      const bench = new RingBench({ stored: stored(seq) }).start();
      expect(bench.lastJoin.ringSeq).to.equal(Number(seq) + 1);
      expect(bench.ringId).to.deep.equal({ representative: 2, seq: Number(seq) + 1 });
    }
  });

  it('a short file counts as missing; bytes after the eighth are ignored', () => {
    const short = new RingBench({ stored: new Map([[KEY, new Uint8Array(7).fill(9)]]) }).start();
    expect(short.lastJoin.ringSeq).to.equal(1);
    expect(storedSeq(short)).to.equal(0n);
    expect(new RingBench({ stored: stored(41n, 5) }).start().lastJoin.ringSeq).to.equal(42);
  });

  it('the new ring sequence is stored on entering COMMIT, before the commit token is sent', () => {
    const bench: RingBench = new RingBench({
      save: (key, bytes) => {
        expect(bench.takeOf('commit')).to.deep.equal([]);
        bench.stored.set(key, bytes.slice());
      },
    });
    bench.start();
    bench.loop();
    expect(bench.ring.phase).to.equal('commit');
    expect(bench.takeOf('commit')).to.have.length(1);
    expect(storedSeq(bench)).to.equal(5n);
  });

  it('a member stores the sequence of a ring that another creates too', () => {
    const bench = new RingBench().start();
    bench.gather([1, 2, 3]);
    bench.commit({}, 0x1_0000_0009);
    expect(storedSeq(bench)).to.equal(0x1_0000_0009n);
  });

  it('a sequence that cannot be stored is fatal: no commit token is sent, and the node stops', () => {
    const disk = new Error('disk full');
    let saves = 0;
    const bench = new RingBench({
      save: () => {
        if (saves++ > 0) throw disk;
      },
    }).start();
    bench.loop();
    expect(bench.fatal).to.deep.equal([disk]);
    expect(bench.takeOf('commit')).to.deep.equal([]);
    expect(bench.transport.closed).to.equal(true);
    bench.clock.advance(60_000);
    expect(bench.take()).to.deep.equal([]);
  });

  it('a file that cannot be created is fatal before anything is sent', () => {
    const disk = new Error('read only');
    const bench = new RingBench({
      save: () => {
        throw disk;
      },
    }).start();
    expect(bench.fatal).to.deep.equal([disk]);
    expect(bench.take()).to.deep.equal([]);
  });

  it('a stored sequence past 2^53 is fatal and the error says what to do', () => {
    const bench = new RingBench({ stored: stored(2n ** 53n) }).start();
    expect(bench.fatal).to.have.length(1);
    expect(bench.fatal[0]!.message).to.match(/ringid_2.*remove/);
  });

  it('after a restart the first ring is above every ring of the process before', () => {
    const first = new RingBench({ stored: stored(0n) });
    first.operational();
    const before = first.ringId.seq;
    const second = new RingBench({ stored: first.stored }).start();
    expect(second.lastJoin.ringSeq).to.equal(before + 1);
    while (second.loop() > 0 && second.ring.phase !== 'operational');
    expect(second.ringId).to.deep.equal({ representative: 2, seq: before + 1 + 4 });
  });
});

describe('totem srp: start-up (totem.md 5.3, 5.7)', () => {
  it('nothing is sent before the interface is up', () => {
    const bench = new RingBench().start(false);
    bench.clock.advance(10_000);
    bench.ring.interfaceChanged(false);
    expect(bench.ring.interfaceUp).to.equal(false);
    bench.clock.advance(10_000);
    expect(bench.take()).to.deep.equal([]);
    bench.ring.interfaceChanged(true);
    expect(bench.ring.interfaceUp).to.equal(true);
    expect(bench.takeOf('join')).to.have.length(1);
  });

  it('the first JOIN names this node alone', () => {
    const bench = new RingBench().start();
    const frames = bench.take();
    expect(frames).to.have.length(1);
    expect(frames[0]).to.deep.include({
      type: 'join',
      to: 'all',
      join: { sender: 2, target: 0, from: 2, ringSeq: 1, procList: [2], failedList: [] },
    });
  });

  it('hearing its own JOIN, it forms a ring alone: COMMIT twice around, then ORF tokens, OPERATIONAL on the fourth', () => {
    const bench = new RingBench().start();
    // What is sent before the first ring waits in the second queue, as during synchronization (5.1).
    expect(bench.takeEvents()).to.deep.equal(['queue transitional']);
    bench.take();
    bench.loop();
    expect(bench.ring.phase).to.equal('commit');
    bench.loop();
    expect(bench.ring.phase).to.equal('recovery');
    const commits = bench.takeOf('commit');
    expect(commits.map(({ to }) => to)).to.deep.equal([2, 2]);
    expect(commits.map(({ commit }) => commit.tokenSeq)).to.deep.equal([1, 2]);
    expect(commits[1]!.commit).to.deep.include({
      ringId: { representative: 2, seq: 5 },
      members: [2],
      filled: 1,
      entries: [{ ringId: { representative: 2, seq: 1 }, aru: 0, highDelivered: 0, receivedFlag: 1 }],
    });
    bench.loop();
    let visits = 0;
    while (bench.ring.phase === 'recovery' && visits < 10) {
      expect(bench.takeEvents()).to.deep.equal([]);
      visits++;
      bench.loop();
    }
    expect(visits).to.equal(4);
    expect(bench.takeEvents()).to.deep.equal(['transitional 2.5 [] left []', 'assembly', 'regular 2.5 [2] joined [2]']);
  });

  it('its messages come back to it, in order', () => {
    const bench = new RingBench().start();
    while (bench.loop() > 0 && bench.ring.phase !== 'operational');
    bench.ring.synchronized();
    bench.takeEvents();
    for (let i = 0; i < 40; i++) bench.send(`message ${i}`);
    for (let i = 0; i < 10; i++) bench.loop();
    expect(bench.takeEvents()).to.deep.equal(Array.from({ length: 40 }, (_, i) => `deliver 2 message ${i}`));
  });
});

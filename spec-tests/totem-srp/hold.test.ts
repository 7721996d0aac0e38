import { expect } from 'chai';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

function operational(nodeId: number, options: BenchOptions = {}): RingBench {
  return new RingBench({ nodeId, ...options }).operational([1, 2, 3]);
}

/** Idle rotations until the node believes that the token is held. */
function held(nodeId: number, options: BenchOptions = {}): RingBench {
  const bench = operational(nodeId, options);
  for (let i = 0; i < 40 && !bench.state.tokenHeld; i++) bench.visit();
  bench.take();
  bench.transport.toSelf.length = 0;
  return bench;
}

/** Idle visits after the last message until a visit sends no token. */
function visitsUntilHeld(bench: RingBench): number {
  bench.send('last');
  bench.loop();
  bench.visit();
  for (let visits = 1; visits < 100; visits++) {
    bench.take();
    bench.visit();
    if (bench.takeOf('token').length === 0) return visits;
  }
  return 100;
}

describe('totem srp: token hold (totem.md 6, 6.6)', () => {
  it('the representative keeps the token when seq was unchanged for more than 30 visits', () => {
    const bench = operational(1);
    // The visit that sends carries the old seq; the first one with the new seq starts the count at 0.
    expect(visitsUntilHeld(bench)).to.equal(1 + 31);
  });

  it('another value of seqno_unchanged_const holds too', () => {
    expect(visitsUntilHeld(operational(1, { parameters: { seqnoUnchangedConst: 3 } }))).to.equal(1 + 4);
  });

  it('another member always passes it on', () => {
    const bench = operational(2);
    for (let i = 0; i < 60; i++) {
      bench.visit();
      expect(bench.takeOf('token')).to.have.length(1);
    }
  });

  it('the kept token leaves after the hold timeout (685 ms), as it was kept, for one rotation', () => {
    const bench = held(1);
    bench.clock.advance(684);
    expect(bench.takeOf('token')).to.deep.equal([]);
    bench.clock.advance(1);
    const [token, ...rest] = bench.takeOf('token');
    expect(rest).to.deep.equal([]);
    expect(token!.to).to.equal(2);
    const kept = token!.token;
    bench.visit();
    expect(bench.takeOf('token')).to.deep.equal([]);
    bench.clock.advance(685);
    expect(bench.takeOf('token')[0]!.token).to.deep.equal({ ...kept, tokenSeq: kept.tokenSeq + 3 });
  });

  it('a message ends the hold', () => {
    const bench = held(1);
    bench.clock.advance(685);
    bench.take();
    bench.visit({ seq: 1 });
    expect(bench.takeOf('token')).to.have.length(1);
  });

  it('a member with something to send cancels the hold, once', () => {
    const bench = held(2);
    bench.send('a');
    bench.send('b');
    const frames = bench.take();
    expect(frames).to.have.length(1);
    expect(frames[0]).to.deep.include({
      type: 'cancel',
      to: 'all',
      cancel: { sender: 2, target: 0, ringId: bench.ringId },
    });
    expect(bench.ring.statistics.holdCancelsSent).to.equal(1);
  });

  it('so does one that waits for the token to be passed, and a partly filled frame', () => {
    const waiting = held(2);
    waiting.ring.afterToken(() => false);
    expect(waiting.take().map(({ type }) => type)).to.deep.equal(['cancel']);
    const filling = held(2);
    filling.ring.wantToken();
    expect(filling.take().map(({ type }) => type)).to.deep.equal(['cancel']);
  });

  it('while the token goes around nobody cancels', () => {
    const bench = operational(2);
    bench.send('a');
    bench.ring.afterToken(() => false);
    expect(bench.take()).to.deep.equal([]);
  });

  it('a HOLD CANCEL of this ring makes the representative send the kept token at once, and starts the count anew', () => {
    const bench = held(1);
    const kept = bench.lastToken;
    bench.receive(frameOf.holdCancel(3, bench.ringId));
    expect(bench.takeOf('token').map(({ to }) => to)).to.deep.equal([2]);
    expect(bench.lastToken.tokenSeq).to.be.above(kept.tokenSeq);
    for (let visit = 1; visit <= 30; visit++) {
      bench.visit();
      expect(bench.takeOf('token'), `visit ${visit}`).to.have.length(1);
    }
    bench.visit();
    expect(bench.takeOf('token')).to.deep.equal([]);
  });

  it('the representative hears its own HOLD CANCEL through the loop', () => {
    const bench = held(1);
    bench.send('a');
    expect(bench.takeOf('token')).to.deep.equal([]);
    expect(bench.loop()).to.equal(1);
    expect(bench.takeOf('token')).to.have.length(1);
    bench.visit();
    expect(bench.take().map(({ type }) => type)).to.deep.equal(['mcast', 'token']);
  });

  it('other members only start their count anew', () => {
    const bench = held(2);
    bench.receive(frameOf.holdCancel(3, bench.ringId));
    expect(bench.take()).to.deep.equal([]);
    bench.visit();
    expect(bench.state.tokenHeld).to.equal(false);
  });

  it('retransmissions do not end the hold unless configured', () => {
    for (const cancelTokenHoldOnRetransmit of [false, true]) {
      const bench = operational(1, { parameters: { cancelTokenHoldOnRetransmit } });
      bench.receive(frameOf.mcast(3, bench.ringId, 1, 'x'));
      bench.visit({ seq: 1 });
      while (!bench.state.tokenHeld && bench.ring.statistics.tokensReceived < 100) bench.visit({ aru: 1, aruAddr: 0 });
      bench.clock.advance(685);
      bench.take();
      bench.visit({ requests: [{ ringId: { representative: 9, seq: 9 }, seq: 1 }] });
      expect(bench.takeOf('token')).to.have.length(cancelTokenHoldOnRetransmit ? 1 : 0);
    }
  });
});

describe('totem srp: MERGE detect (totem.md 3.3, 6.7)', () => {
  it('the representative of an idle ring multicasts it 200 ms after a token with the same seq, once for each such token', () => {
    const bench = operational(1);
    bench.visit();
    bench.visit();
    bench.take();
    bench.clock.advance(199);
    expect(bench.takeOf('merge')).to.deep.equal([]);
    bench.clock.advance(1);
    const [merge, ...rest] = bench.take();
    expect(rest).to.deep.equal([]);
    expect(merge).to.deep.include({
      type: 'merge',
      to: 'all',
      merge: { sender: 1, target: 0, from: 1, ringId: bench.ringId },
    });
    bench.clock.advance(600);
    expect(bench.takeOf('merge')).to.deep.equal([]);
    bench.visit();
    bench.clock.advance(200);
    expect(bench.takeOf('merge')).to.have.length(1);
  });

  it('further idle tokens do not put it off', () => {
    const bench = operational(1);
    bench.visit();
    for (let i = 0; i < 5; i++) {
      bench.visit();
      bench.clock.advance(50);
    }
    expect(bench.takeOf('merge')).to.have.length(1);
  });

  it('a message does', () => {
    const bench = operational(1);
    bench.visit();
    bench.clock.advance(150);
    bench.visit({ seq: 1 });
    bench.clock.advance(100);
    expect(bench.takeOf('merge')).to.deep.equal([]);
  });

  it('other members send none', () => {
    const bench = operational(2);
    for (let i = 0; i < 10; i++) {
      bench.visit();
      bench.clock.advance(250);
    }
    expect(bench.takeOf('merge')).to.deep.equal([]);
  });

  it('its own, coming back, is ignored', () => {
    const bench = operational(1);
    bench.visit();
    bench.visit();
    bench.clock.advance(200);
    bench.take();
    expect(bench.loop()).to.equal(1);
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.take()).to.deep.equal([]);
  });
});

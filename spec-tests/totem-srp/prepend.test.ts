import { expect } from 'chai';
import { Guarantee } from '../../core/totem/ring.js';
import { MCAST_HEADER_BYTES } from '../../core/totem/srp/port.js';
import { RingBench } from '../support/ring-bench.js';

function operational(): RingBench {
  return new RingBench({ nodeId: 2 }).operational([1, 2, 3]);
}

function prepend(bench: RingBench, payload: string, guarantee: Guarantee): void {
  const frame = bench.memory.allocate(bench.memory.slotBytes);
  bench.memory.bytes.set(Buffer.from(payload), bench.memory.offsetOf(frame) + MCAST_HEADER_BYTES);
  bench.ring.prepend(frame, payload.length, guarantee);
}

/** Payload and guarantee of the messages of a token visit. */
function sent(bench: RingBench): string[] {
  bench.visit();
  return bench.takeOf('mcast').map(({ mcast }) => `${Buffer.from(mcast.payload).toString()} ${mcast.guarantee}`);
}

describe('totem srp: frames in front of the queue', () => {
  it('leave before those that waited, the last first', () => {
    const bench = operational();
    bench.send('waited');
    prepend(bench, 'second', Guarantee.SAFE);
    prepend(bench, 'first', Guarantee.AGREED);
    bench.send('last');
    expect(sent(bench)).to.deep.equal(['first 0', 'second 1', 'waited 0', 'last 0']);
  });

  it('cancel the hold of the token, as any frame does', () => {
    const bench = operational();
    while (!bench.state.tokenHeld) bench.visit();
    bench.take();
    prepend(bench, 'a', Guarantee.AGREED);
    expect(bench.takeOf('cancel')).to.have.length(1);
  });

  it('all wait while sending is paused; the token goes on, and what others ask for', () => {
    const bench = operational();
    bench.send('old');
    expect(sent(bench)).to.deep.equal(['old 0']);
    bench.ring.pauseSending(true);
    bench.send('a');
    bench.visit({ requests: [{ ringId: bench.ringId, seq: 1 }] });
    expect(bench.take().map(({ type }) => type)).to.deep.equal(['mcast', 'token']);
    while (!bench.state.tokenHeld) bench.visit();
    bench.take();
    bench.ring.pauseSending(false);
    expect(bench.takeOf('cancel')).to.have.length(1);
    expect(sent(bench)).to.deep.equal(['a 0']);
  });
});

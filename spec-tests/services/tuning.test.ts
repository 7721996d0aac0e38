import { expect } from 'chai';
import { MessageView } from '../../core/base/message-view.js';
import type { TuningLimits } from '../../core/host/node-options.js';
import { decodeAnnouncement, encodeAnnouncement } from '../../core/services/tuning/announcement.js';
import { TuningEngine } from '../../core/services/tuning/engine.js';
import { AdaptiveWindow } from '../../core/services/tuning/window.js';
import type { Configuration, RingId, RingTuning } from '../../core/totem/ring.js';
import { FakeClock } from '../support/fake-clock.js';

const LIMITS: TuningLimits = { windowLeast: 50, windowMost: 160, maxMessagesMost: 160, accelerated: 0 };
const RING: RingId = { representative: 1, seq: 8 };
const NEXT: RingId = { representative: 1, seq: 12 };
const OWN: RingTuning = { windowSize: 160, maxMessages: 160, accelerated: 0 };
const SMALL: RingTuning = { windowSize: 90, maxMessages: 40, accelerated: 0 };

function regular(ringId: RingId, members: number[]): Configuration {
  return { kind: 'regular', ringId, members, left: [], joined: members };
}

/** A whole message as the host shows it. */
function messageOf(body: Uint8Array, littleEndian = true): MessageView {
  const bytes = new Uint8Array(16 + body.length);
  bytes.set(body, 16);
  return MessageView.over(bytes, littleEndian);
}

/** An engine whose messages the test carries. */
class Bench {
  readonly clock = new FakeClock();
  readonly sent: Uint8Array[] = [];
  readonly tuned: { ringId: RingId; tuning: RingTuning }[] = [];
  readonly node = {
    tuningLimits: undefined as TuningLimits | undefined,
    littleEndian: true,
    framesRequested: 0,
    tune: (ringId: RingId, tuning: RingTuning) => void this.tuned.push({ ringId, tuning }),
  };
  readonly engine: TuningEngine;

  constructor(limits: TuningLimits | undefined) {
    this.node.tuningLimits = limits;
    this.engine = new TuningEngine({
      ring: {
        nodeId: 1,
        synchronizing: false,
        canMulticast: () => true,
        multicast: (_fn, parts) => this.sent.push(parts[0]!.slice()) > 0,
        whenRoom: () => undefined,
      },
      clock: this.clock,
      logger: { enabled: () => false, log: () => undefined },
      node: () => this.node,
    });
  }

  said(sender: number, tuning: RingTuning, ringId = RING): void {
    this.deliver(sender, encodeAnnouncement({ ringId, tuning }, true));
  }

  deliver(sender: number, body: Uint8Array): void {
    this.engine.messages[0]!(messageOf(body), sender);
  }

  get last(): RingTuning {
    const announcement = decodeAnnouncement(messageOf(this.sent.at(-1)!));
    if (typeof announcement === 'string') throw new Error(announcement);
    return announcement.tuning;
  }
}

describe('tuning: members agree on the windows of their ring', () => {
  it('uses the least of what all said, from the message on that is the last of them', () => {
    const bench = new Bench(LIMITS);
    bench.engine.configurationChanged(regular(RING, [1, 2, 3]));
    expect(bench.last).to.deep.equal(OWN);
    bench.said(2, SMALL);
    bench.said(1, OWN);
    expect(bench.tuned).to.deep.equal([]);
    bench.said(3, OWN);
    expect(bench.tuned).to.deep.equal([{ ringId: RING, tuning: SMALL }]);
  });

  it('never agrees where a member says nothing, however often the others do', () => {
    const bench = new Bench(LIMITS);
    bench.engine.configurationChanged(regular(RING, [1, 2, 3]));
    for (let i = 0; i < 5; i++) for (const sender of [1, 2]) bench.said(sender, OWN);
    expect(bench.tuned).to.deep.equal([]);
  });

  it('says nothing without limits, as Corosync', () => {
    const bench = new Bench(undefined);
    bench.engine.configurationChanged(regular(RING, [1, 2]));
    expect(bench.sent).to.deep.equal([]);
  });

  it('begins anew on each ring: what was said on another one does not count, nor what comes after its end', () => {
    const bench = new Bench(LIMITS);
    bench.engine.configurationChanged(regular(RING, [1, 2]));
    bench.said(1, OWN);
    bench.engine.configurationChanged({ kind: 'transitional', ringId: NEXT, members: [1, 2], left: [], joined: [] });
    bench.said(2, OWN);
    bench.engine.configurationChanged(regular(NEXT, [1, 2]));
    bench.said(1, OWN, NEXT);
    bench.said(2, OWN, RING);
    expect(bench.tuned).to.deep.equal([]);
    bench.said(2, OWN, NEXT);
    expect(bench.tuned).to.deep.equal([{ ringId: NEXT, tuning: OWN }]);
  });

  it('counts and drops announcements that cannot be, and those of another version', () => {
    const bench = new Bench(LIMITS);
    bench.engine.configurationChanged(regular(RING, [1, 2]));
    bench.said(1, OWN);
    const bad: RingTuning[] = [
      { windowSize: 0, maxMessages: 0, accelerated: 0 },
      { windowSize: 5000, maxMessages: 17, accelerated: 0 },
      { windowSize: 50, maxMessages: 51, accelerated: 0 },
      { windowSize: 50, maxMessages: 17, accelerated: 18 },
    ];
    for (const tuning of bad) bench.said(2, tuning);
    const other = encodeAnnouncement({ ringId: RING, tuning: OWN }, true);
    other[0] = 2;
    bench.deliver(2, other);
    bench.deliver(2, other.subarray(0, 20));
    expect(bench.tuned).to.deep.equal([]);
    expect((bench.engine.dump() as { refused: number }).refused).to.equal(bad.length + 2);
  });

  it('reads both byte orders', () => {
    for (const littleEndian of [true, false]) {
      const body = encodeAnnouncement({ ringId: NEXT, tuning: SMALL }, littleEndian);
      expect(decodeAnnouncement(messageOf(body, littleEndian))).to.deep.equal({ ringId: NEXT, tuning: SMALL });
    }
  });

  it('says a smaller window when frames were lost, one announcement at a time', () => {
    const bench = new Bench(LIMITS);
    bench.engine.configurationChanged(regular(RING, [1, 2]));
    for (const sender of [1, 2]) bench.said(sender, OWN);
    bench.node.framesRequested = 3;
    bench.clock.advance(200);
    expect(bench.last.windowSize).to.equal(80);
    bench.node.framesRequested = 9;
    bench.clock.advance(1000);
    expect(bench.sent).to.have.length(2);
    bench.said(1, bench.last);
    expect(bench.tuned.at(-1)!.tuning.windowSize).to.equal(80);
    bench.clock.advance(200);
    expect(bench.last.windowSize).to.equal(50);
  });
});

describe('tuning: the window that a node can bear', () => {
  it('is halved by losses down to the configured one, and grows back slowly', () => {
    const window = new AdaptiveWindow(LIMITS);
    expect(window.observe(0, true)).to.equal(true);
    expect(window.observe(200, true)).to.equal(true);
    expect(window.tuning).to.deep.equal({ windowSize: 50, maxMessages: 50, accelerated: 0 });
    expect(window.observe(400, true)).to.equal(false);
    expect(window.observe(3399, false)).to.equal(false);
    expect(window.observe(3400, false)).to.equal(true);
    expect(window.tuning.windowSize).to.equal(63);
    for (let now = 7000; now < 60_000; now += 200) window.observe(now, false);
    expect(window.tuning.windowSize).to.equal(160);
  });
});

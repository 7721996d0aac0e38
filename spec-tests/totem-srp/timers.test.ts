import { expect } from 'chai';
import { DEFAULT_RING_PARAMETERS } from '../../core/totem/srp/parameters.js';
import { RingBench, type BenchOptions } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';

function operational(options: BenchOptions = {}): RingBench {
  return new RingBench({ nodes: [1, 2, 3, 4], ...options }).operational([1, 2, 3]);
}

describe('totem srp: timers in OPERATIONAL (totem.md 5.2)', () => {
  it('token: 3650 ms without an accepted token, and the node gathers', () => {
    const bench = operational();
    bench.visit();
    bench.clock.advance(3649);
    expect(bench.ring.phase).to.equal('operational');
    bench.clock.advance(1);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.ring.statistics.operationalTokenLost).to.equal(1);
    expect(bench.log.some((line) => /token timed out \(3650ms\), waiting 4380ms for consensus/.test(line))).to.equal(
      true,
    );
  });

  it('every accepted token starts it anew', () => {
    const bench = operational();
    for (let i = 0; i < 5; i++) {
      bench.clock.advance(3000);
      bench.visit();
    }
    expect(bench.ring.phase).to.equal('operational');
  });

  it('token retransmit: every 869 ms the token that was passed is sent again, unchanged, to the same node', () => {
    const bench = operational();
    bench.visit();
    const [passed] = bench.take();
    bench.clock.advance(868);
    expect(bench.take()).to.deep.equal([]);
    bench.clock.advance(1);
    bench.clock.advance(869);
    const again = bench.take().filter(({ type }) => type === 'token');
    expect(again.map(({ to, bytes }) => ({ to, bytes }))).to.deep.equal(
      Array.from({ length: 2 }, () => ({ to: 3, bytes: passed!.bytes })),
    );
  });

  it('token warning: a log line at 75 % of the token timeout', () => {
    const bench = operational();
    bench.visit();
    bench.clock.advance(2737);
    expect(bench.log.some((line) => line.includes('Token has not been received'))).to.equal(false);
    bench.clock.advance(1);
    expect(bench.log.filter((line) => line.includes('Token has not been received'))).to.have.length(1);
  });

  it('token warning: 0 % turns it off', () => {
    const bench = operational({ parameters: { tokenWarningPercent: 0 } });
    bench.visit();
    bench.clock.advance(3650);
    expect(bench.log.some((line) => line.includes('Token has not been received'))).to.equal(false);
  });
});

describe('totem srp: heartbeat (totem.md 5.2)', () => {
  const parameters = { heartbeatFailuresAllowed: 2, maxNetworkDelayMs: 50 };

  it('failures x retransmit + network delay after a passed token it counts as lost', () => {
    const bench = operational({ parameters });
    bench.visit();
    bench.clock.advance(2 * 869 + 49);
    expect(bench.ring.phase).to.equal('operational');
    bench.clock.advance(1);
    expect(bench.ring.phase).to.equal('gather');
  });

  it('without it, or when it would be longer than the token timeout, only the token timeout counts', () => {
    for (const heartbeatFailuresAllowed of [0, 5]) {
      const bench = operational({ parameters: { ...parameters, heartbeatFailuresAllowed } });
      bench.visit();
      bench.clock.advance(3649);
      expect(bench.ring.phase).to.equal('operational');
      bench.clock.advance(1);
      expect(bench.ring.phase).to.equal('gather');
    }
  });

  it('the representative that holds the token does not wait for it; the others go on waiting', () => {
    const representative = operational({ nodeId: 1, parameters });
    const other = operational({ nodeId: 2, parameters });
    for (const bench of [representative, other]) {
      while (!bench.state.tokenHeld) bench.visit();
      bench.clock.advance(2 * 869 + 50);
    }
    expect(representative.ring.phase).to.equal('operational');
    expect(other.ring.phase).to.equal('gather');
  });
});

describe('totem srp: pauses of this process (totem.md 5.2, 5.5)', () => {
  /** Time passes without any timer: the process did not run. */
  const paused = (milliseconds: number, options: BenchOptions = {}): RingBench => {
    const bench = operational(options);
    bench.clock.freeze(milliseconds);
    return bench;
  };

  it('after half the token timeout JOINs that waited, and all else that waits, are thrown away and counted', () => {
    const bench = paused(1826);
    bench.transport.pending = 7;
    bench.receive(frameOf.join(4, [4], [], 1));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.droppedAfterPause).to.equal(8);
    expect(bench.log.some((line) => line.startsWith('warning Process pause detected for 1826 ms'))).to.equal(true);
    bench.receive(frameOf.join(4, [4], [], 1));
    expect(bench.ring.phase).to.equal('gather');
  });

  it('a shorter pause is none', () => {
    const bench = paused(1820);
    bench.receive(frameOf.join(4, [4], [], 1));
    expect(bench.ring.phase).to.equal('gather');
  });
});

describe('totem srp: the network interface (totem.md 1.1, 5.3)', () => {
  it('going down and coming up each start GATHER, and the ring id stays', () => {
    const bench = operational();
    const ring = bench.ringId;
    bench.ring.interfaceChanged(false);
    expect(bench.ring.phase).to.equal('gather');
    bench.gather([2]);
    expect(bench.ring.phase).to.equal('commit');
    bench.recover();
    bench.install();
    expect(bench.ring.members).to.deep.equal([2]);
    bench.ring.interfaceChanged(true);
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.ringId).to.deep.equal({ representative: 2, seq: ring.seq + 4 });
  });
});

describe('totem srp: leaving (totem.md 3.4)', () => {
  it('the leave message: header sender 0, the proc list without this node, this node last in the failed list', () => {
    const bench = operational();
    bench.ring.leave();
    const frames = bench.take();
    expect(frames).to.have.length(1);
    expect(frames[0]).to.deep.include({
      type: 'join',
      to: 'all',
      join: { sender: 0, target: 0, from: 2, ringSeq: bench.ringId.seq, procList: [1, 3], failedList: [2] },
    });
  });

  it('in GATHER those already failed come first', () => {
    const bench = operational();
    bench.ring.interfaceChanged(true);
    bench.receive(frameOf.join(3, [1, 2, 3], [1], bench.ringId.seq));
    bench.ring.leave();
    expect(bench.lastJoin).to.deep.include({ sender: 0, procList: [1, 3], failedList: [1, 2] });
  });

  it('it is sent once, and then nothing more, whatever arrives', () => {
    const bench = operational();
    bench.ring.leave();
    bench.ring.leave();
    expect(bench.take()).to.have.length(1);
    expect(bench.transport.closed).to.equal(true);
    bench.clock.advance(20_000);
    bench.ring.interfaceChanged(true);
    bench.ring.reform();
    bench.ring.wantToken();
    expect(bench.take()).to.deep.equal([]);
  });

  it('a node whose interface was never up says nothing', () => {
    const bench = new RingBench().start(false);
    bench.ring.leave();
    expect(bench.take()).to.deep.equal([]);
    expect(bench.transport.closed).to.equal(true);
  });
});

describe('totem srp: asked from above', () => {
  it('reform gathers the same members anew, on an operational ring only', () => {
    const bench = operational();
    bench.ring.reform();
    expect(bench.ring.phase).to.equal('gather');
    expect(bench.lastJoin).to.deep.include({ procList: [1, 2, 3], failedList: [] });
    bench.take();
    bench.ring.reform();
    expect(bench.take()).to.deep.equal([]);
  });

  it('reform out of a delivery: the token of that visit is passed, and no timer of the old ring is left', () => {
    const bench = operational();
    bench.onEvent = (event) => {
      if (event === 'deliver 2 reform') bench.ring.reform();
    };
    bench.send('reform');
    bench.visit();
    expect(bench.ring.phase).to.equal('gather');
    bench.take();
    bench.clock.advance(4379);
    expect(bench.take().every(({ type }) => type === 'join')).to.equal(true);
    expect(bench.ring.statistics.gatherTokenLost).to.equal(0);
  });

  it('reconfigure: new timeouts count from the next start of each timer, and new nodes are heard', () => {
    const bench = operational();
    bench.visit();
    bench.ring.reconfigure({ ...DEFAULT_RING_PARAMETERS, tokenMs: 1000, tokenRetransmitMs: 238 }, [1, 2, 3, 4, 9]);
    bench.clock.advance(1500);
    expect(bench.ring.phase).to.equal('operational');
    bench.visit();
    bench.clock.advance(1000);
    expect(bench.ring.phase).to.equal('gather');
    bench.receive(frameOf.join(9, [9], [], 1));
    expect(bench.lastJoin.procList).to.include(9);
  });

  it('reconfigure: nodes that are no longer configured are not heard', () => {
    const bench = operational();
    bench.ring.reconfigure(DEFAULT_RING_PARAMETERS, [1, 2, 3]);
    bench.receive(frameOf.join(4, [4], [], 1));
    expect(bench.ring.phase).to.equal('operational');
    expect(bench.ring.statistics.unknownSender).to.equal(1);
  });

  it('afterToken: called each time the token was passed on, until it returns false; one registered meanwhile starts later', () => {
    const bench = operational();
    const calls: string[] = [];
    let left = 3;
    bench.ring.afterToken(() => {
      calls.push(`a after ${bench.take().at(-1)?.type}`);
      if (left === 3) {
        bench.ring.afterToken(() => {
          calls.push('b');
          return false;
        });
      }
      return --left > 0;
    });
    for (let i = 0; i < 5; i++) bench.visit();
    expect(calls).to.deep.equal(['a after token', 'a after token', 'b', 'a after token']);
  });

  it('a full queue says so and takes no more; room comes back with the token', () => {
    const bench = operational({ slots: 4096 });
    const capacity = Math.floor((4 * 1024 * 1024) / 1410);
    expect(bench.ring.available).to.equal(capacity);
    expect(bench.ring.payloadBytes).to.equal(1410);
    for (let i = 0; i < capacity; i++) bench.send('x');
    expect(bench.ring.available).to.equal(0);
    bench.visit();
    expect(bench.ring.available).to.equal(17);
  });
});

import { expect } from 'chai';
import type { RingPhase } from '../../core/totem/srp/ring-state.js';
import type { RingStatistics } from '../../core/totem/srp/statistics.js';
import { RingBench } from '../support/ring-bench.js';
import { capturedCorpus, Mutator } from './mutate.js';
import { Random, seedOf } from './random.js';

/** In all, over the four phases and both places of a node on its ring. */
const FRAMES = Number(process.env['CHORALE_HOSTILE_FRAMES'] ?? 1_000_000);
const seed = seedOf('CHORALE_HOSTILE_SEED');

const DROPS = [
  'malformed',
  'unknownSender',
  'stale',
  'duplicates',
  'unexpected',
  'noFrames',
  'droppedAfterPause',
] as const;

/** Frames counted as taken in or as dropped. */
function counted(statistics: Readonly<RingStatistics>): number {
  const { tokensReceived, messagesReceived, joinsReceived, mergesReceived, commitTokensReceived, holdCancelsReceived } =
    statistics;
  const taken =
    tokensReceived + messagesReceived + joinsReceived + mergesReceived + commitTokensReceived + holdCancelsReceived;
  return DROPS.reduce((sum, name) => sum + statistics[name], taken);
}

/** Brings the node to `phase` whatever hostile frames have made of it; throws if it cannot form a ring any more. */
function bring(bench: RingBench, phase: RingPhase): void {
  for (let attempt = 0; attempt < 8; attempt++) {
    bench.ring.interfaceChanged(true);
    if (phase === 'gather') return;
    bench.transport.toSelf.length = 0;
    for (let round = 0; round < 3 && bench.ring.phase === 'gather'; round++) {
      const peers = bench.nodes.filter((node) => !bench.state.failedList.has(node));
      bench.introduce(peers);
      bench.agree(peers);
      // Its own JOIN, which agrees: alone it needs no other.
      if (bench.ring.phase === 'gather') bench.loop();
      if (bench.ring.phase !== 'gather') break;
      if (bench.candidates.every((node) => bench.nodes.includes(node))) bench.commit();
      else bench.clock.advance(bench.state.parameters.consensusMs + 1);
    }
    if (bench.ring.phase !== 'commit') continue;
    if (phase === 'commit') return;
    bench.recover();
    if (phase === 'recovery') return;
    bench.install();
    // Alone, after the others were said to have failed: they come back.
    if (bench.ring.members.length > 1) return;
  }
  throw new Error(`the node does not get to ${phase}: ${bench.ring.phase}, ${JSON.stringify(bench.lastJoin)}`);
}

describe('totem srp: hostile frames (field-lessons.md 1)', function () {
  this.timeout(180_000);
  let corpus: Uint8Array[];
  before(() => {
    corpus = capturedCorpus(200);
    console.log(`      seed ${seed} (CHORALE_HOSTILE_SEED)`);
  });

  for (const phase of ['operational', 'gather', 'commit', 'recovery'] as const) {
    for (const nodeId of [1, 2]) {
      const place = nodeId === 1 ? 'the representative' : 'another member';
      it(`in ${phase}, as ${place}: no exception, no hang, no frame lost, every frame counted`, () => {
        const random = new Random(seed + nodeId);
        const bench = new RingBench({ nodeId, slots: 4096, littleEndian: nodeId === 1 }).start();
        bench.operational();
        const level = bench.memory.freeFrames;
        const mutator = new Mutator(random, corpus, bench);
        const before = counted(bench.ring.statistics);
        let given = 0;
        let scripted = 0;
        for (let i = 0; i < FRAMES / 8; i++) {
          if (bench.ring.phase !== phase || i % 2000 === 0) {
            const counts = counted(bench.ring.statistics);
            if (i % 2000 === 0) bring(bench, 'operational');
            if (bench.ring.phase !== phase) bring(bench, phase);
            scripted += counted(bench.ring.statistics) - counts;
          }
          if (random.chance(0.02) && bench.memory.free > 2048) bench.send('ours', random.below(2) as 0 | 1);
          if (random.chance(0.01)) bench.clock.advance(random.below(40));
          const bytes = mutator.next();
          const was = counted(bench.ring.statistics);
          bench.receive(bytes);
          given++;
          if (counted(bench.ring.statistics) === was) {
            expect.fail(`frame ${i} was not counted in ${phase}: ${Buffer.from(bytes).toString('hex')}`);
          }
          bench.transport.sent.length = 0;
          bench.transport.toSelf.length = 0;
          bench.events.length = bench.log.length = 0;
        }
        expect(given).to.equal(Math.ceil(FRAMES / 8));
        expect(counted(bench.ring.statistics) - before - scripted).to.be.at.least(given);
        const { malformed, stale, unexpected } = bench.ring.statistics;
        expect(Math.min(malformed, stale, unexpected)).to.be.above(0);

        // Two new rings and a few rotations later nothing of all that is held any more.
        bring(bench, 'operational');
        bring(bench, 'operational');
        bench.ring.synchronized();
        for (let i = 0; i < 400; i++) bench.visit({ fcc: 0, backlog: 0 });
        expect(bench.memory.freeFrames).to.equal(level);
        expect(bench.fatal).to.deep.equal([]);
      });
    }
  }
});

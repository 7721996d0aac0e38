import { expect } from 'chai';
import { generatePlan } from '../../core/sim/generate.js';
import { readPlan, writePlan } from '../../core/sim/plan-file.js';
import { runPlan, runSeed } from '../../core/sim/run.js';

describe('sim: one seed, one run', () => {
  const seeds = [1, 5, 8, 10];

  for (const seed of seeds) {
    it(`seed ${seed} does the same twice`, async () => {
      const first = await runSeed(seed);
      const second = await runSeed(seed);
      expect(second.digest).to.equal(first.digest);
      expect(second.statistics).to.deep.equal(first.statistics);
      expect(second.history).to.deep.equal(first.history);
    });
  }

  it('does the same whatever ran before', async () => {
    const { digest } = await runSeed(8);
    await runSeed(4);
    expect((await runSeed(8)).digest).to.equal(digest);
  });

  it('does the same from a plan in a file', async () => {
    const { plan, digest } = await runSeed(10);
    expect((await runPlan(readPlan(writePlan(plan)))).digest).to.equal(digest);
  });

  it('looking at logs and frames changes nothing', async () => {
    let lines = 0;
    const { digest } = await runSeed(10);
    const watched = await runSeed(10, { traceFrames: true, log: () => lines++ });
    expect(watched.digest).to.equal(digest);
    expect(lines).to.be.above(100);
    expect(watched.frames).to.have.length(watched.statistics.framesSent);
  });

  it('does something else for another seed, and for another plan of the same seed', async () => {
    const digests = await Promise.all([
      ...seeds.map((seed) => runSeed(seed)),
      runPlan({ ...generatePlan(8), firstSeq: 7 }),
    ]);
    expect(new Set(digests.map(({ digest }) => digest)).size).to.equal(seeds.length + 1);
  });
});

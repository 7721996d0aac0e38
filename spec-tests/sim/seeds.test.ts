import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { hunt } from '../../core/sim/command/lanes.js';
import type { SeedReport } from '../../core/sim/command/worker.js';
import { readPlan } from '../../core/sim/plan-file.js';
import { runPlan } from '../../core/sim/run.js';

/** So many seeds are run each time: about twenty seconds on two processors. */
const SEEDS = 100;
const PLANS = new URL('./plans/', import.meta.url);

describe('sim: seeds', function () {
  // A busy machine takes several times as long as a quiet one.
  this.timeout(600_000);

  it(`seeds 1 to ${SEEDS} break no property`, async () => {
    const reports: SeedReport[] = [];
    await hunt({ from: 1, seeds: SEEDS, jobs: 2, isOver: () => false, onReport: (report) => reports.push(report) });
    expect(reports).to.have.length(SEEDS);
    const broken = reports.filter(({ violations }) => violations.length > 0);
    const told = broken.map(({ seed, violations }) => `npm run sim -- --seed ${seed}: ${violations[0]!.text}`);
    expect(told).to.deep.equal([]);
  });

  // Runs that found a mistake once, shrunk: they do not change with the generator, as seeds do.
  for (const file of readdirSync(PLANS)) {
    it(`${file.replace('.json', '').replaceAll('-', ' ')}: not again`, async () => {
      const { violations } = await runPlan(readPlan(readFileSync(new URL(file, PLANS), 'utf8')));
      expect(violations).to.deep.equal([]);
    });
  }
});

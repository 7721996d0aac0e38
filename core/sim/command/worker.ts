import type { Violation } from '../checker/violation.js';
import { runSeed } from '../run.js';

/** What a process that runs seeds tells about each. */
export interface SeedReport {
  readonly seed: number;
  readonly digest: string;
  readonly violations: readonly Violation[];
}

// A process of its own that runs the seeds it is sent, one after the other (lanes.ts).
process.on('message', (seed: number) => {
  void runSeed(seed).then(({ digest, violations }) => {
    const report: SeedReport = { seed, digest, violations };
    // Nobody may be there any more to hear it.
    process.send!(report, () => undefined);
  });
});
process.on('disconnect', () => process.exit(0));
// The one that hands out seeds decides when to stop.
process.on('SIGINT', () => undefined);

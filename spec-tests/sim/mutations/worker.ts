import { register } from 'node:module';
import { mutations } from './table.js';
import type { Mutation } from './mutation.js';
import type { PatchedModule } from './patch.js';

/** What a worker process is told first: the code to run with, if it is mutated. */
export interface WorkerStart {
  readonly patched: PatchedModule | undefined;
}

/** One run: of a seed, in the way that a mutation asks for. */
export interface WorkerTask {
  readonly id: string;
  readonly seed: number;
}

/** What came out of a run: the properties it broke, in the order of the report, and the first violation. */
export interface WorkerResult {
  readonly seed: number;
  readonly properties: readonly string[];
  readonly text: string;
}

/** Work for each node after which a run is cut off: ten times what a busy one takes. */
const MOST_STEPS = 500_000;

// The process that runs a mutated engine. Nothing of the engine is imported before the hook is in place.
process.once('message', ({ patched }: WorkerStart) => {
  if (patched !== undefined) register('./patch-hook.ts', import.meta.url, { data: patched });
  const engine = import('../../../core/sim/run.js');
  const generator = import('../../../core/sim/generate.js');
  const services = import('./service-run.js');
  process.on('message', (task: WorkerTask) => {
    void run(task).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    });
  });

  async function run({ id, seed }: WorkerTask): Promise<void> {
    const { runPlan } = await engine;
    const { generatePlan } = await generator;
    if (patched !== undefined && !('mutated' in globalThis)) {
      throw new Error(`mutation ${id}: its file is not part of the simulated node`);
    }
    const { options, change, runs } = mutations.find((mutation) => mutation.id === id) as Mutation;
    const plan = generatePlan(seed, options);
    const { violations } =
      runs === 'services'
        ? await (await services).runServices(seed)
        : await runPlan(change === undefined ? plan : change(plan), { mostSteps: MOST_STEPS });
    const result: WorkerResult = {
      seed,
      properties: [...new Set(violations.map(({ property }) => property))],
      text: violations[0]?.text ?? '',
    };
    process.send!(result);
  }
});
process.on('disconnect', () => process.exit(0));

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { limitCpu } from '../../../core/sim/command/cpu-limit.js';
import { knownSeeds } from './known-seeds.js';
import type { Mutation } from './mutation.js';
import { patchModule } from './patch.js';
import type { PatchedModule } from './patch.js';
import type { WorkerResult, WorkerStart, WorkerTask } from './worker.js';

/** How a mutation fared. */
export interface Verdict {
  readonly mutation: Mutation;
  /** The run that showed it; undefined: it survived. */
  readonly caught: WorkerResult | undefined;
  /** How many seeds were run. */
  readonly runs: number;
  readonly milliseconds: number;
}

export interface SearchOptions {
  /** Most seeds for each mutation. */
  readonly most: number;
  /** The first seed. */
  readonly from: number;
  /** Try the seed first that is known to show the mutation. */
  readonly known: boolean;
  /** Processes at a time. */
  readonly lanes?: number;
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** A run takes a second of processor time; one that takes this much does not end. */
const RUN_MOST_SECONDS = 60;
/** What a run breaks that does not end, whatever its mutation is expected to break. */
const ENDS = 'a run ends';

/** A process that runs seeds, with one mutated module or with none. One that does not end a run is replaced. */
class Worker {
  private child: ChildProcess | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly patched: PatchedModule | undefined) {}

  /** Runs a seed; those asked for meanwhile wait for each other. */
  run(task: WorkerTask): Promise<WorkerResult> {
    const result = this.turn.then(() => this.ask(task));
    this.turn = result;
    return result;
  }

  stop(): void {
    this.child?.removeAllListeners();
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private start(): ChildProcess {
    const child = fork(new URL('./worker.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
    // The search shares its processors with others.
    setPriority(child.pid!, 10);
    const start: WorkerStart = { patched: this.patched };
    child.send(start);
    return child;
  }

  private ask(task: WorkerTask): Promise<WorkerResult> {
    const child = (this.child ??= this.start());
    return new Promise((resolve, reject) => {
      const done = (): void => {
        endWatch();
        child.removeAllListeners();
      };
      const hangs = (text: string): void => {
        done();
        this.stop();
        resolve({ seed: task.seed, properties: [ENDS], text });
      };
      const endWatch = limitCpu(child.pid!, RUN_MOST_SECONDS, hangs);
      child.once('message', (result) => {
        done();
        resolve(result as WorkerResult);
      });
      child.once('exit', (code, signal) => {
        // An endless loop that takes memory ends with the engine's abort.
        if (signal !== null) return hangs(`the process that ran it ended with ${signal}`);
        done();
        reject(new Error(`a process of the mutation search ended with ${String(code)}; its error is above`));
      });
      child.send(task);
    });
  }
}

/** Runs of the engine as it is: a seed that fails without the mutation shows nothing about it. */
class Control {
  private readonly worker = new Worker(undefined);
  private readonly known = new Map<string, Promise<WorkerResult>>();

  /** The properties that the seed breaks without any mutation. */
  async broken({ id, options, change, runs }: Mutation, seed: number): Promise<readonly string[]> {
    const key = options === undefined && change === undefined ? `${seed} ${runs ?? ''}` : `${seed} ${id}`;
    let result = this.known.get(key);
    if (result === undefined) this.known.set(key, (result = this.worker.run({ id, seed })));
    return (await result).properties;
  }

  stop(): void {
    this.worker.stop();
  }
}

/** Looks for a failing seed for each mutation, and returns a verdict on each, in their order. */
export async function searchAll(mutations: readonly Mutation[], options: SearchOptions): Promise<Verdict[]> {
  const control = new Control();
  const verdicts: Verdict[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < mutations.length; i = next++) {
      const verdict = await search(mutations[i]!, control, options);
      verdicts[i] = verdict;
      options.onVerdict?.(verdict);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.lanes ?? 2 }, lane));
  } finally {
    control.stop();
  }
  return verdicts;
}

async function search(mutation: Mutation, control: Control, options: SearchOptions): Promise<Verdict> {
  const began = performance.now();
  const worker = new Worker(patchModule(mutation));
  let runs = 0;
  try {
    for (const seed of seedsFor(mutation, options)) {
      runs++;
      const result = await worker.run({ id: mutation.id, seed });
      if (/ReferenceError|TypeError|SyntaxError/.test(result.text)) {
        throw new Error(`mutation ${mutation.id} is no program: ${result.text}`);
      }
      const found = result.properties.find(
        (property) => property === ENDS || mutation.properties.some((start) => property.startsWith(start)),
      );
      if (found === undefined || (await control.broken(mutation, seed)).length > 0) continue;
      const caught = { ...result, properties: [found, ...result.properties.filter((property) => property !== found)] };
      return { mutation, caught, runs, milliseconds: performance.now() - began };
    }
    return { mutation, caught: undefined, runs, milliseconds: performance.now() - began };
  } finally {
    worker.stop();
  }
}

/** The seeds to try for a mutation, in order. */
function* seedsFor({ id }: Mutation, { from, most, known }: SearchOptions): Generator<number> {
  const first = known ? knownSeeds()[id] : undefined;
  if (first !== undefined) yield first;
  for (let seed = from; seed < from + most; seed++) if (seed !== first) yield seed;
}

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
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
  /** Search from this seed on, for all; without it from where each is known to be found. */
  readonly from?: number;
  /** Processes at a time. */
  readonly lanes?: number;
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** A run takes a second; one that takes this long does not end. */
const RUN_MOST_MS = 120_000;

/** A process that runs seeds, with one mutated module or with none. */
class Worker {
  private readonly child: ChildProcess;
  private turn: Promise<unknown>;

  constructor(patched: PatchedModule | undefined) {
    this.child = fork(new URL('./worker.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
    // The search shares its processors with others.
    setPriority(this.child.pid!, 10);
    const start: WorkerStart = { patched };
    this.child.send(start);
    this.turn = this.answer();
  }

  /** Runs a seed; those asked for meanwhile wait for each other. */
  run(task: WorkerTask): Promise<WorkerResult> {
    const result = this.turn.then(() => {
      this.child.send(task);
      return this.answer();
    });
    this.turn = result;
    return result as Promise<WorkerResult>;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private async answer(): Promise<unknown> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      return await Promise.race([
        once(this.child, 'message', { signal }).then(([message]) => message as unknown),
        once(this.child, 'exit', { signal }).then(([code]) => {
          throw new Error(`a process of the mutation search ended with ${String(code)}; its error is above`);
        }),
        setTimeout(RUN_MOST_MS, undefined, { signal, ref: false }).then(() => {
          throw new Error(`a run did not end in ${RUN_MOST_MS / 1000} s: make the mutation one that does not hang`);
        }),
      ]);
    } finally {
      ended.abort();
    }
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

async function search(mutation: Mutation, control: Control, { most, from }: SearchOptions): Promise<Verdict> {
  const began = performance.now();
  const worker = new Worker(patchModule(mutation));
  const first = from ?? mutation.from;
  try {
    for (let runs = 1; runs <= most; runs++) {
      const seed = first + runs - 1;
      const result = await worker.run({ id: mutation.id, seed });
      const found = result.properties.find((property) =>
        mutation.properties.some((start) => property.startsWith(start)),
      );
      if (found === undefined || (await control.broken(mutation, seed)).length > 0) continue;
      const caught = { ...result, properties: [found, ...result.properties.filter((property) => property !== found)] };
      return { mutation, caught, runs, milliseconds: performance.now() - began };
    }
    return { mutation, caught: undefined, runs: most, milliseconds: performance.now() - began };
  } finally {
    worker.stop();
  }
}

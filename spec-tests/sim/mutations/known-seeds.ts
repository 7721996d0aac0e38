import { readFileSync, writeFileSync } from 'node:fs';
import type { Verdict } from './search.js';

const FILE = new URL('./known-seeds.json', import.meta.url);

/** By mutation: a seed that showed it when the file was last written (`npm run mutations -- --record`). */
export function knownSeeds(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
}

/** Writes down what a search has found, beside what is known of others. */
export function recordSeeds(verdicts: readonly Verdict[], all: readonly string[]): void {
  const seeds = { ...knownSeeds() } as Record<string, number>;
  for (const { mutation, caught } of verdicts) if (caught !== undefined) seeds[mutation.id] = caught.seed;
  const kept = Object.fromEntries(all.filter((id) => id in seeds).map((id) => [id, seeds[id]]));
  writeFileSync(FILE, `${JSON.stringify(kept, undefined, 2)}\n`);
}

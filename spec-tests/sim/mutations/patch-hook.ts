import type { LoadHook } from 'node:module';
import type { PatchedModule } from './patch.js';

/** A hook of Node's module loader: gives one module's mutated code in place of its file. */
let patched: PatchedModule | undefined;

export function initialize(module: PatchedModule): void {
  patched = module;
}

export const load: LoadHook = (url, context, nextLoad) => {
  if (patched === undefined || url !== patched.url) return nextLoad(url, context);
  return { format: 'module', shortCircuit: true, source: `${patched.code}\nglobalThis.mutated = true;\n` };
};

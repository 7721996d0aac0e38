import { conflict } from './resource.js';
import type { Lock, Resource } from './resource.js';

/** A request that waits, and where. */
export interface Wait {
  readonly resource: Resource;
  readonly request: Lock;
}

/**
 * Processes that have to do something before the request can be granted: holders of locks it conflicts with, and those whose
 * requests are before it in the line. Its own process is among them only as a holder: its other requests may be
 * granted and given up while this one waits.
 */
function blockers({ resource, request }: Wait): Set<string> {
  const found = new Set<string>();
  for (const lock of resource.granted) {
    if (!lock.orphan && conflict(lock.mode, request.mode)) found.add(lock.process);
  }
  for (const before of resource.queue) {
    if (before === request) break;
    if (conflict(before.mode, request.mode) && before.process !== request.process) found.add(before.process);
  }
  return found;
}

/**
 * Whether the request would wait, over any resources, for a process that waits for its own one. `waitsOf` gives the requests
 * that a process has waiting.
 */
export function closesCycle(wait: Wait, waitsOf: (process: string) => Iterable<Wait>): boolean {
  const { process } = wait.request;
  const seen = new Set<string>();
  const open = [...blockers(wait)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === process) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const other of waitsOf(next)) open.push(...blockers(other));
  }
  return false;
}

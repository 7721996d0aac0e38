import { speaksFor } from 'chorale/sdk';
import type { Branch } from 'chorale/sdk';
import { LockSpace } from './lock-space.js';
import { Resource, conflict, lockKey, openKey } from './resource.js';
import type { Lock } from './resource.js';

/** One space from those of branches, and the locks that it could not keep. */
export interface MergedSpace {
  readonly space: LockSpace;
  readonly stripped: readonly Lock[];
}

/**
 * Makes one lock space of those of partitions that meet. For each resource the grants of the first branch (the quorate one,
 * then the largest, then the one with the lowest node) stay; a grant of another stays if it conflicts with none that stays,
 * else it is stripped. Requests stand in line branch after branch, each in its old order. Of what belongs to an owner, the
 * branch of his node speaks; an orphan that several branches know is one.
 */
export function mergeSpaces(branches: readonly Branch<LockSpace>[]): MergedSpace {
  const stripped: Lock[] = [];
  const merged = new Map<string, Resource>();
  for (const branch of branches) {
    for (const from of branch.state.resources.values()) {
      const to = merged.get(from.name) ?? new Resource(from.name);
      merged.set(from.name, to);
      const counts = ({ owner }: { readonly owner: string }): boolean => speaksFor(branch, owner, branches);
      const isNew = (lock: Lock): boolean =>
        ![...to.granted, ...to.queue].some((one) => lockKey(one) === lockKey(lock));
      for (const open of from.opens.values()) {
        if (counts(open)) to.opens.set(openKey(open.owner, open.resource), open);
      }
      const kept = [...to.granted];
      for (const lock of from.granted) {
        if (!counts(lock) || !isNew(lock)) continue;
        if (kept.some((one) => conflict(one.mode, lock.mode))) stripped.push(lock);
        else to.granted.push(lock);
      }
      for (const request of from.queue) if (counts(request) && isNew(request)) to.queue.push(request);
    }
  }
  const space = new LockSpace();
  for (const resource of merged.values()) if (!resource.unused) space.add(resource);
  return { space, stripped };
}

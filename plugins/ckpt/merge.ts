import { speaksFor } from 'chorale/sdk';
import type { Branch, OwnerId } from 'chorale/sdk';
import { sameCheckpoint } from './attributes.js';
import type { Checkpoint, Open } from './checkpoint.js';
import { CheckpointSpace } from './space.js';

/** An opener whose side's content another one took the place of. */
export interface ReplacedOpen {
  readonly owner: OwnerId;
  readonly handle: number;
}

/** One space from those of branches, and whose content it could not keep. */
export interface MergedSpace {
  readonly space: CheckpointSpace;
  readonly replaced: readonly ReplacedOpen[];
}

/** A checkpoint as one branch knows it. */
interface Version {
  readonly branch: number;
  readonly checkpoint: Checkpoint;
  readonly opens: readonly Open[];
}

/**
 * Makes one space of those of partitions that meet. Of a checkpoint that several sides know, the content that was changed
 * most often stays (equally often: that of the larger side, then of the one with the lowest node), so that a side that did
 * nothing undoes nothing. Checkpoints of one name that were made apart become one if their attributes agree; else one stays
 * and the others are unlinked, and go on for those who have them open. Opens of all sides count; of an owner's the side of
 * his node speaks.
 */
export function mergeSpaces(branches: readonly Branch<CheckpointSpace>[]): MergedSpace {
  const groups = new Map<string, Version[]>();
  branches.forEach((branch, index) => {
    for (const checkpoint of branch.state.checkpoints.values()) {
      const opens = [...checkpoint.opens.values()].filter(({ owner }) => speaksFor(branch, owner, branches));
      const group = groups.get(checkpoint.id) ?? [];
      groups.set(checkpoint.id, [...group, { branch: index, checkpoint, opens }]);
    }
  });
  const merged = byName([...groups.values()]);
  const space = new CheckpointSpace();
  space.lastStamp = Math.max(...branches.map(({ state }) => state.lastStamp));
  const replaced: ReplacedOpen[] = [];
  for (const versions of merged) {
    const kept = best(versions).checkpoint;
    kept.unlinked = isUnlinked(versions);
    kept.active ??= versions.map(({ checkpoint }) => checkpoint.active).find((active) => active !== undefined);
    kept.generated = Math.max(...versions.map(({ checkpoint }) => checkpoint.generated));
    kept.opens.clear();
    space.add(kept);
    for (const { checkpoint, opens } of versions) {
      const isSame =
        checkpoint.id === kept.id && checkpoint.changes === kept.changes && checkpoint.changedBy === kept.changedBy;
      for (const open of opens) {
        space.addOpen(kept, open);
        if (!isSame) replaced.push({ owner: open.owner, handle: open.handle });
      }
    }
  }
  for (const branch of branches) {
    for (const { owner, transfer, parts } of branch.state.transfers.values()) {
      if (speaksFor(branch, owner, branches)) for (const part of parts) space.transfers.part(owner, transfer, part);
    }
  }
  for (const checkpoint of [...space.checkpoints.values()]) {
    if (checkpoint.opens.size > 0) continue;
    // What was closed everywhere goes as at its last close; else its retention time runs on.
    if (checkpoint.unlinked || checkpoint.retentionDuration === 0n) space.closed(checkpoint);
  }
  return { space, replaced };
}

/** Puts those of one name together, of which one can stay: the others join it, or are unlinked. */
function byName(groups: readonly Version[][]): Version[][] {
  const named = new Map<string, Version[]>();
  const result: Version[][] = [];
  for (const versions of [...groups].sort((a, b) => compare(best(a), best(b)))) {
    const { name, attributes } = best(versions).checkpoint;
    const first = named.get(name);
    if (isUnlinked(versions)) result.push(versions);
    else if (first === undefined) {
      named.set(name, versions);
      result.push(versions);
    } else if (sameCheckpoint(best(first).checkpoint.attributes, attributes)) first.push(...versions);
    else {
      for (const { checkpoint } of versions) checkpoint.unlinked = true;
      result.push(versions);
    }
  }
  return result;
}

function isUnlinked(versions: readonly Version[]): boolean {
  return versions.some(({ checkpoint }) => checkpoint.unlinked);
}

function best(versions: readonly Version[]): Version {
  return [...versions].sort(compare)[0]!;
}

/** The one that stays comes first. The sides are in order. */
function compare(a: Version, b: Version): number {
  return (
    b.checkpoint.changes - a.checkpoint.changes ||
    a.branch - b.branch ||
    (a.checkpoint.id < b.checkpoint.id ? -1 : Number(a.checkpoint.id > b.checkpoint.id))
  );
}

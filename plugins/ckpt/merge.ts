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
 * Makes one space of those of partitions that meet. Of a checkpoint that several sides know, the content of the first branch
 * stays (the quorate one, then the largest, then the one with the lowest node), unless another one's came of it: a side that
 * changed nothing since they parted undoes nothing. Checkpoints of one name that were made apart become one if their
 * attributes agree; else one stays and the others are unlinked, and go on for those who have them open. Opens of all sides
 * count; of an owner's the side of his node speaks.
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
      const isSame = checkpoint.id === kept.id && checkpoint.history.isSame(kept.history);
      if (checkpoint.id === kept.id && !kept.history.includes(checkpoint.history))
        kept.history.replaces(checkpoint.history);
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

/** Of the contents that no other one came of, the first branch's. */
function best(versions: readonly Version[]): Version {
  const latest = versions.filter((one) => !versions.some((other) => isNewer(other, one)));
  return latest.sort(compare)[0]!;
}

/** Whether one content came of the other and is another one. */
function isNewer({ checkpoint: one }: Version, { checkpoint: other }: Version): boolean {
  if (one.id !== other.id && other.history.last !== undefined) return false;
  return one.history.includes(other.history) && !one.history.isSame(other.history);
}

/** Those with a content first, then in the branches' order. */
function compare(a: Version, b: Version): number {
  const isEmpty = ({ checkpoint }: Version): number => Number(checkpoint.history.last === undefined);
  return (
    isEmpty(a) - isEmpty(b) ||
    a.branch - b.branch ||
    (a.checkpoint.id < b.checkpoint.id ? -1 : Number(a.checkpoint.id > b.checkpoint.id))
  );
}

import { speaksFor } from 'chorale/sdk';
import type { Branch, OwnerId } from 'chorale/sdk';
import { bySequence } from './area.js';
import type { Message } from './area.js';
import { Group } from './group.js';
import { PRIORITIES } from './operations.js';
import type { Queue } from './queue.js';
import { MsgSpace } from './space.js';

/** A handle that its queue was taken from. */
export interface LostHandle {
  readonly owner: OwnerId;
  readonly handle: number;
  /** The id of the queue. */
  readonly id: string;
}

export interface MergedSpace {
  readonly space: MsgSpace;
  readonly lost: readonly LostHandle[];
}

interface Copy {
  readonly queue: Queue;
  readonly branch: Branch<MsgSpace>;
}

/**
 * One space from those of partitions that meet. Of a queue that several know, the copy stays that somebody of its own side has
 * open, else that of the first branch (quorate, largest, with the lowest node); it gets the messages of all copies, but
 * for those that another copy had and gave out. Groups get the members of all sides, after those of the first.
 */
export function mergeSpaces(branches: readonly Branch<MsgSpace>[]): MergedSpace {
  const space = new MsgSpace();
  space.stamps = Math.max(...branches.map(({ state }) => state.stamps));
  const lost: LostHandle[] = [];
  for (const copies of sameQueues(branches)) {
    const owned = copies.filter(({ queue, branch }) => queue.isOpen && speaksFor(branch, queue.owner, branches));
    const { queue } = owned[0] ?? copies[0]!;
    for (const { queue: other } of owned) {
      const isSame = other.owner === queue.owner && other.handle === queue.handle;
      if (!isSame) lost.push({ owner: other.owner, handle: other.handle, id: other.id });
    }
    // Its owner's own side has closed it.
    if (owned.length === 0 && queue.isOpen) {
      const told = copies.find((copy) => !copy.queue.isOpen);
      const { closeTime, stamp } = told?.queue ?? { closeTime: 0n, stamp: ++space.stamps };
      Object.assign(queue, { owner: '', handle: 0, closeTime, stamp });
    }
    queue.unlinked = copies.some((copy) => copy.queue.unlinked && copy.queue.id === queue.id);
    if (queue.unlinked && !queue.isOpen) continue;
    gather(queue, copies);
    space.add(queue);
  }
  const names = new Set([...space.queues.values()].filter(({ unlinked }) => !unlinked).map(({ name }) => name));
  for (const branch of branches) {
    for (const request of branch.state.requests.values()) {
      if (speaksFor(branch, request.owner, branches)) space.requests.set(request.senderId, request);
    }
    for (const from of branch.state.groups.values()) addGroup(space, names, from);
  }
  return { space, lost };
}

/** Copies that belong together: of the same name, or of a queue that has none any more on one side. In the branches' order. */
function sameQueues(branches: readonly Branch<MsgSpace>[]): Iterable<readonly Copy[]> {
  const unlinked = new Set<string>();
  for (const { state } of branches)
    for (const queue of state.queues.values()) if (queue.unlinked) unlinked.add(queue.id);
  const found = new Map<string, Copy[]>();
  for (const branch of branches) {
    for (const queue of branch.state.queues.values()) {
      const key = unlinked.has(queue.id) ? `id ${queue.id}` : `name ${queue.name}`;
      const copies = found.get(key) ?? [];
      found.set(key, copies);
      copies.push({ queue, branch });
    }
  }
  return found.values();
}

function gather(queue: Queue, copies: readonly Copy[]): void {
  if (copies.length === 1) return;
  for (let priority = 0; priority < PRIORITIES; priority++) {
    const all = new Map<string, Message>();
    const known = copies.map((copy) => ({ ...copy, ids: new Set([...copy.queue.areas[priority]!].map(idOf)) }));
    for (const { queue: from } of known) {
      for (const message of from.areas[priority]!) {
        const id = idOf(message);
        const other = all.get(id);
        // A message that came while the sides parted has another place on each: its first one, so that it stays before
        // what its sender sent after it.
        if (other !== undefined) {
          if (message.sequence < other.sequence) all.set(id, { ...other, sequence: message.sequence });
        } else if (!known.some((one) => !one.ids.has(id) && one.queue.hasConsumed(message))) all.set(id, message);
      }
    }
    queue.areas[priority]!.replace([...all.values()].sort(bySequence));
  }
  const marks = copies.flatMap((copy) => [...copy.queue.consumed]).sort(([, a], [, b]) => a.sequence - b.sequence);
  for (const [key, place] of marks) queue.remember(key, place);
}

function idOf({ owner, call }: Message): string {
  return `${owner}/${call}`;
}

/** `names`: of all queues. */
function addGroup(space: MsgSpace, names: ReadonlySet<string>, from: Group): void {
  // Nothing is lost with a group, but a queue has messages.
  if (names.has(from.name)) return;
  const group = space.groups.get(from.name) ?? new Group(from.name, from.policy);
  const isNew = !space.groups.has(from.name);
  space.groups.set(from.name, group);
  for (const member of from.members) {
    if (names.has(member) && !group.members.includes(member)) group.members.push(member);
  }
  if (isNew) group.cursor = group.members.length === 0 ? 0 : from.cursor % group.members.length;
}

import { speaksFor } from 'chorale/sdk';
import type { Branch } from 'chorale/sdk';
import { Channel } from './channel.js';
import { EventSpace } from './event-space.js';

/** The same channel in several branches. */
interface Group {
  readonly ids: Set<bigint>;
  /** The branch of each, and the channel as it is there. */
  readonly versions: { readonly branch: number; readonly channel: Channel }[];
  unlinked: boolean;
}

/**
 * Makes one space of those of partitions that meet.
 *
 * - An instance is the same by its ids. Unlinked on one side (or destroyed there, which only an unlinked one is), it is unlinked.
 * - Then linked instances of one name, made on both sides, become one.
 * - Opens are added; of an owner's opens the branch of his node speaks.
 * - Retained events are united by id. One that a branch with the same instance has had, and has no more, was cleared there or has
 *   expired: it is gone.
 */
export function mergeSpaces(branches: readonly Branch<EventSpace>[]): EventSpace {
  const spaces = branches.map(({ state }) => state);
  const groups = byName(byId(spaces).map((group) => ({ ...group, unlinked: isUnlinked(group, spaces) })));
  const merged = new EventSpace();
  for (const space of spaces) for (const [prefix, last] of space.ids.entries()) merged.ids.heard(prefix, last);
  for (const { ids, versions, unlinked } of groups) {
    const channel = new Channel(versions[0]!.channel.name, [...ids]);
    channel.unlinked = unlinked;
    for (const { branch, channel: version } of versions) {
      for (const [key, open] of version.opens) {
        if (speaksFor(branches[branch]!, open.owner, branches)) channel.opens.set(key, open);
      }
      for (const [id, retained] of version.retained) {
        const isGone = versions.some((other) => spaces[other.branch]!.ids.knows(id) && !holds(other.branch, id));
        if (!isGone && !channel.retained.has(id)) channel.retained.set(id, retained);
      }
    }
    merged.add(channel);

    /** Whether a branch retains the event, in any of its versions of the channel. */
    function holds(branch: number, id: bigint): boolean {
      return versions.some((version) => version.branch === branch && version.channel.retained.has(id));
    }
  }
  return merged;
}

/** Channels that share an id are one. */
function byId(spaces: readonly EventSpace[]): Group[] {
  const groupOf = new Map<bigint, Group>();
  spaces.forEach((space, branch) => {
    for (const channel of space.channels) {
      const known = new Set(channel.ids.flatMap((id) => groupOf.get(id) ?? []));
      const [first = { ids: new Set<bigint>(), versions: [], unlinked: false }, ...others] = known;
      first.versions.push({ branch, channel });
      for (const id of channel.ids) first.ids.add(id);
      for (const other of others) absorb(first, other);
      for (const id of first.ids) groupOf.set(id, first);
    }
  });
  return [...new Set(groupOf.values())];
}

function isUnlinked({ ids, versions }: Group, spaces: readonly EventSpace[]): boolean {
  if (versions.some(({ channel }) => channel.unlinked)) return true;
  return spaces.some((space, branch) => {
    const isThere = versions.some((version) => version.branch === branch);
    return !isThere && [...ids].some((id) => space.ids.knows(id));
  });
}

/** Linked channels of one name become one, where the first was. */
function byName(groups: readonly Group[]): Group[] {
  const linked = new Map<string, Group>();
  return groups.filter((group) => {
    const { name } = group.versions[0]!.channel;
    const first = linked.get(name);
    if (group.unlinked) return true;
    if (first === undefined) linked.set(name, group);
    else absorb(first, group);
    return first === undefined;
  });
}

function absorb(into: Group, group: Group): void {
  for (const id of group.ids) into.ids.add(id);
  into.versions.push(...group.versions);
}

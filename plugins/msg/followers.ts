import { keyBytes } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import type { Group } from './group.js';
import type { GroupChanged } from './messages.proto.js';
import { GroupChange } from './operations.js';

interface Followed {
  readonly owners: Set<OwnerId>;
  /** What they were shown last. */
  shown: readonly string[];
}

/** Clients of this node that follow groups. */
export class Followers {
  private readonly groups = new Map<string, Followed>();

  constructor(private readonly tell: (owner: OwnerId, change: GroupChanged) => void) {}

  follow(owner: OwnerId, { name, members }: Group): void {
    const followed = this.groups.get(name) ?? { owners: new Set(), shown: [...members] };
    followed.owners.add(owner);
    this.groups.set(name, followed);
  }

  unfollow(owner: OwnerId, name: string): void {
    const followed = this.groups.get(name);
    followed?.owners.delete(owner);
    if (followed?.owners.size === 0) this.groups.delete(name);
  }

  gone(owner: OwnerId): void {
    for (const name of [...this.groups.keys()]) this.unfollow(owner, name);
  }

  /** Tells what has changed in this group; undefined: it is gone, and so is everybody's interest. */
  changed(name: string, group: Group | undefined): void {
    const followed = this.groups.get(name);
    if (followed === undefined) return;
    const members = group?.members ?? [];
    const left = followed.shown.filter((one) => !members.includes(one));
    const isSame = left.length === 0 && members.length === followed.shown.length;
    if (group !== undefined && isSame) return;
    const { NO_CHANGE, ADDED, REMOVED } = GroupChange;
    const changes = [
      ...members.map((one) => ({
        queue: keyBytes(one),
        change: followed.shown.includes(one) ? NO_CHANGE : ADDED,
      })),
      ...left.map((one) => ({ queue: keyBytes(one), change: REMOVED })),
    ];
    followed.shown = [...members];
    const change = { name: keyBytes(name), policy: group?.policy ?? 0, changes, deleted: group === undefined };
    for (const owner of followed.owners) this.tell(owner, change);
    if (group === undefined) this.groups.delete(name);
  }

  /** The groups are others than before: after partitions have met. */
  replaced(groups: ReadonlyMap<string, Group>): void {
    for (const name of [...this.groups.keys()]) this.changed(name, groups.get(name));
  }
}

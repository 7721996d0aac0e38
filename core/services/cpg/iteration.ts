import { IterationType } from './layouts.js';
import type { Group, Process } from './processes.js';

/** One entry that an iteration shows; node and pid are 0 when only names are asked for. */
export interface IterationEntry {
  readonly group: Group;
  readonly nodeId: number;
  readonly pid: number;
}

/** A copy of the process list, grouped by group, that a client reads entry by entry. */
export class Iteration {
  private position = 0;

  private constructor(private readonly entries: readonly IterationEntry[]) {}

  /**
   * The order is Corosync's: each group goes before those already there, and a group's later processes right behind its
   * first. `only` is the group of an iteration of one group, undefined if there is none of that name.
   */
  static over(processes: readonly Process[], type: number, only: Group | undefined): Iteration {
    const groups = new Map<Group, IterationEntry[]>();
    for (const { group, nodeId, pid } of processes) {
      if (type === IterationType.ONE_GROUP && group !== only) continue;
      const entries = groups.get(group);
      if (!entries)
        groups.set(group, [type === IterationType.NAMES ? { group, nodeId: 0, pid: 0 } : { group, nodeId, pid }]);
      else if (type !== IterationType.NAMES) entries.splice(1, 0, { group, nodeId, pid });
    }
    return new Iteration([...groups.values()].reverse().flat());
  }

  /** The next entry, or undefined at the end; then the first again, as in Corosync. */
  next(): IterationEntry | undefined {
    const entry = this.entries[this.position];
    this.position = entry === undefined ? 0 : this.position + 1;
    return entry;
  }
}

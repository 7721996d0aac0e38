/**
 * Who something in the replicated state belongs to: one connection of one client, named the same on every node and never
 * used again: `NODE.RUN.CONNECTION`, where the run tells one life of the engine from the next.
 */
export type OwnerId = string;

export function ownerId(node: number, run: number, connection: number): OwnerId {
  return `${node}.${run.toString(16)}.${connection}`;
}

/** The node an owner is connected to. */
export function nodeOfOwner(owner: OwnerId): number {
  return Number(owner.slice(0, owner.indexOf('.')));
}

/** The run of the engine an owner is connected to. */
export function runOfOwner(owner: OwnerId): number {
  return parseInt(owner.slice(owner.indexOf('.') + 1, owner.lastIndexOf('.')), 16);
}

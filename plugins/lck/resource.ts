import { keyBytes, nameKey } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import { ResourceRecord } from './messages.proto.js';
import type { LockRecord } from './messages.proto.js';
import { LockFlags, LockMode } from './operations.js';

/** A lock: granted, an orphan, or a request that waits. Its number is its client's. */
export type Lock = LockRecord;

/** One handle that a resource is opened with. */
export interface Open {
  readonly owner: OwnerId;
  readonly resource: number;
  readonly process: string;
}

/** A lock resource with all that is known of it. */
export class Resource {
  /** By `openKey`. */
  readonly opens = new Map<string, Open>();
  /** In the order in which they were granted, orphans among them. */
  granted: Lock[] = [];
  /** The first one first. */
  queue: Lock[] = [];

  constructor(readonly name: string) {}

  /** Nobody has it open, and no orphan is left: it is gone. */
  get unused(): boolean {
    return this.opens.size === 0 && this.granted.length === 0;
  }

  /** Granted locks that stand in the way of one of this mode. */
  blocking(mode: number): Lock[] {
    return this.granted.filter((lock) => conflict(lock.mode, mode));
  }

  encode(): Uint8Array {
    const { granted, queue } = this;
    return ResourceRecord.encode({ name: keyBytes(this.name), opens: [...this.opens.values()], granted, queue });
  }

  static decode(bytes: Uint8Array): Resource {
    const { name, opens, granted, queue } = ResourceRecord.decode(bytes);
    const resource = new Resource(nameKey(name));
    for (const open of opens) resource.opens.set(openKey(open.owner, open.resource), open);
    resource.granted = granted;
    resource.queue = queue;
    return resource;
  }
}

export function conflict(a: number, b: number): boolean {
  return a === LockMode.EX || b === LockMode.EX;
}

export function mayBeOrphan({ flags }: Lock): boolean {
  return (flags & LockFlags.ORPHAN) !== 0;
}

/** Names a resource's handle in the cluster. */
export function openKey(owner: OwnerId, resource: number): string {
  return `${owner}/${resource}`;
}

/** Names a lock in the cluster, also after its holder is gone. */
export function lockKey({ owner, lock }: Pick<Lock, 'owner' | 'lock'>): string {
  return `${owner}#${lock}`;
}

import { SaError, nameKey } from 'chorale/sdk';
import type { OwnerId, ReplyTo } from 'chorale/sdk';
import { closesCycle } from './deadlock.js';
import type { Wait } from './deadlock.js';
import type { LockRequest, OpenRequest } from './messages.proto.js';
import { LockFlags, LockMode, LockStatus } from './operations.js';
import { Resource, conflict, lockKey, mayBeOrphan, openKey } from './resource.js';
import type { Lock } from './resource.js';

/** Locks and requests of one resource; more are refused with NO_MORE. */
export const MAX_LOCKS = 4096;
/** Characters that name a process. */
const MAX_PROCESS_LENGTH = 64;

/** What the lock space has others told. */
export interface LockEffects {
  /** A request that waited is decided. */
  decided(request: ReplyTo, status: LockStatus): void;
  /** A request that waited was unlocked, or (`closed`) its resource handle was closed. */
  cancelled(request: ReplyTo, closed: boolean): void;
  /** `request` waits, and `held` is in its way. */
  waiter(held: Lock, request: Lock): void;
}

const silent: LockEffects = { decided: () => undefined, cancelled: () => undefined, waiter: () => undefined };

/**
 * All lock resources of the cluster: a state machine that is the same on every node.
 *
 * A resource's line is first come, first served: a request is granted when no granted lock conflicts with it and nobody is
 * before it, so adjacent shared requests are granted together and none overtakes an exclusive one. Only a process that
 * holds a shared lock gets another one at once: made to wait behind an exclusive request it would wait for itself.
 */
export class LockSpace {
  /** By the key of the name. */
  readonly resources = new Map<string, Resource>();
  private readonly opens = new Map<string, Resource>();
  private readonly locks = new Map<string, Resource>();
  private readonly waits = new Map<string, Map<string, Wait>>();

  constructor(public effects: LockEffects = silent) {}

  /** Throws ERR_NOT_EXIST when it is not there and shall not be created. */
  open(owner: OwnerId, { resource: handle, name, create, process }: OpenRequest): void {
    const key = nameKey(name);
    if (this.opens.has(openKey(owner, handle)) || process.length > MAX_PROCESS_LENGTH) {
      throw new SaError('ERR_INVALID_PARAM', 'the handle is open already');
    }
    const found = this.resources.get(key);
    if (found === undefined && !create) throw new SaError('ERR_NOT_EXIST', 'there is no such resource');
    const resource = found ?? new Resource(key);
    this.resources.set(key, resource);
    this.addOpen(resource, owner, handle, process);
  }

  /** Gives up what was locked through the handle. Throws ERR_BAD_HANDLE. */
  close(owner: OwnerId, handle: number): void {
    const resource = this.resourceOf(owner, handle);
    this.closeHandle(resource, owner, handle);
    this.settle(resource);
  }

  /** What becomes of the request; undefined: it waits. Throws ERR_BAD_HANDLE, ERR_INVALID_PARAM for what is no request. */
  lock(to: ReplyTo, { resource: handle, lock: number, mode, flags, signal }: LockRequest): LockStatus | undefined {
    const { owner, call } = to;
    const resource = this.resourceOf(owner, handle);
    const { process } = resource.opens.get(openKey(owner, handle))!;
    const request: Lock = { owner, resource: handle, lock: number, mode, flags, signal, call, orphan: false, process };
    if ((mode !== LockMode.PR && mode !== LockMode.EX) || flags > 3 || this.locks.has(lockKey(request))) {
      throw new SaError('ERR_INVALID_PARAM', 'the mode, the flags or the number of the lock cannot be');
    }
    if (resource.granted.length + resource.queue.length >= MAX_LOCKS) return LockStatus.NO_MORE;
    const blocking = resource.blocking(mode);
    const twice = (held: Lock): boolean =>
      held.mode === LockMode.EX && held.owner === owner && held.resource === handle;
    if (mode === LockMode.EX && blocking.some((held) => !held.orphan && twice(held))) return LockStatus.DUPLICATE_EX;
    if (blocking.length === 0 && (resource.queue.length === 0 || this.holds(resource, process))) {
      this.grant(resource, request);
      this.tellOf(resource, [request]);
      return LockStatus.GRANTED;
    }
    if ((flags & LockFlags.NO_QUEUE) !== 0) return LockStatus.NOT_QUEUED;
    if (mayBeOrphan(request) && blocking.some((held) => held.orphan)) return LockStatus.ORPHANED;
    const wait = { resource, request };
    if (closesCycle(wait, (other) => this.waitsOf(other))) return LockStatus.DEADLOCK;
    this.addWait(wait);
    resource.queue.push(request);
    for (const held of blocking) if (!held.orphan) this.effects.waiter(held, request);
    return undefined;
  }

  /** Gives a lock up, or takes back a request that waits. Throws ERR_NOT_EXIST. */
  unlock(owner: OwnerId, number: number): void {
    const key = lockKey({ owner, lock: number });
    const resource = this.locks.get(key);
    const isIt = (lock: Lock): boolean => lock.lock === number && lock.owner === owner;
    const held = resource?.granted.find((lock) => !lock.orphan && isIt(lock));
    const waiting = resource?.queue.find(isIt);
    if (resource === undefined || (held ?? waiting) === undefined) {
      throw new SaError('ERR_NOT_EXIST', 'there is no such lock');
    }
    this.locks.delete(key);
    resource.granted = resource.granted.filter((lock) => lock !== held);
    if (waiting !== undefined) {
      this.dropWait(resource, waiting);
      this.effects.cancelled(waiting, false);
    }
    this.settle(resource);
  }

  /** Removes the orphans of a resource. Throws ERR_BAD_HANDLE. */
  purge(owner: OwnerId, handle: number): void {
    const resource = this.resourceOf(owner, handle);
    for (const lock of resource.granted) if (lock.orphan) this.locks.delete(lockKey(lock));
    resource.granted = resource.granted.filter((lock) => !lock.orphan);
    this.settle(resource);
  }

  /** Closes all that these owners have open. */
  ownersGone(isGone: (owner: OwnerId) => boolean): void {
    for (const resource of [...this.resources.values()]) {
      const gone = [...resource.opens.values()].filter(({ owner }) => isGone(owner));
      for (const { owner, resource: handle } of gone) this.closeHandle(resource, owner, handle);
      if (gone.length > 0) this.settle(resource);
    }
  }

  /** Adds a whole resource, as one that came in synchronization. Nobody is told. */
  add(resource: Resource): void {
    this.resources.set(resource.name, resource);
    for (const { owner, resource: handle } of resource.opens.values()) this.opens.set(openKey(owner, handle), resource);
    for (const lock of [...resource.granted, ...resource.queue]) this.locks.set(lockKey(lock), resource);
    for (const request of resource.queue) this.addWait({ resource, request });
  }

  /** After a merge: grants what can be, and ends requests that wait in a circle, the newest first. */
  settleAll(): void {
    for (const resource of [...this.resources.values()]) this.settle(resource);
    for (const resource of [...this.resources.values()]) {
      for (const request of [...resource.queue].reverse()) {
        const circle = (): boolean => closesCycle({ resource, request }, (process) => this.waitsOf(process));
        if (!resource.queue.includes(request) || !circle()) continue;
        this.locks.delete(lockKey(request));
        this.dropWait(resource, request);
        this.effects.decided(request, LockStatus.DEADLOCK);
        this.settle(resource);
      }
    }
  }

  private resourceOf(owner: OwnerId, handle: number): Resource {
    const resource = this.opens.get(openKey(owner, handle));
    if (resource === undefined) throw new SaError('ERR_BAD_HANDLE', 'the resource is not open');
    return resource;
  }

  private addOpen(resource: Resource, owner: OwnerId, handle: number, process: string): void {
    resource.opens.set(openKey(owner, handle), { owner, resource: handle, process });
    this.opens.set(openKey(owner, handle), resource);
  }

  /** Takes back the requests of a handle, gives up its locks or makes them orphans. `settle` has to follow. */
  private closeHandle(resource: Resource, owner: OwnerId, handle: number): void {
    const isOf = (lock: Lock): boolean => lock.owner === owner && lock.resource === handle && !lock.orphan;
    resource.opens.delete(openKey(owner, handle));
    this.opens.delete(openKey(owner, handle));
    for (const request of resource.queue.filter(isOf)) {
      this.locks.delete(lockKey(request));
      this.dropWait(resource, request);
      this.effects.cancelled(request, true);
    }
    for (const lock of resource.granted.filter((held) => isOf(held) && !mayBeOrphan(held))) {
      this.locks.delete(lockKey(lock));
    }
    const orphans = resource.granted.filter((lock) => isOf(lock) && mayBeOrphan(lock));
    resource.granted = resource.granted.filter((lock) => !isOf(lock) || mayBeOrphan(lock));
    for (const orphan of orphans) {
      orphan.orphan = true;
      const asked = resource.queue.filter((request) => mayBeOrphan(request) && conflict(orphan.mode, request.mode));
      for (const request of asked) {
        this.locks.delete(lockKey(request));
        this.dropWait(resource, request);
        this.effects.decided(request, LockStatus.ORPHANED);
      }
    }
  }

  /** Grants the front of the line as far as it goes, and forgets a resource that nobody uses. */
  private settle(resource: Resource): void {
    const granted: Lock[] = [];
    for (let [next] = resource.queue; next !== undefined; [next] = resource.queue) {
      if (resource.blocking(next.mode).length > 0) break;
      this.dropWait(resource, next);
      this.grant(resource, next);
      granted.push(next);
    }
    for (const lock of granted) this.effects.decided(lock, LockStatus.GRANTED);
    this.tellOf(resource, granted);
    if (resource.unused) this.resources.delete(resource.name);
  }

  private grant(resource: Resource, lock: Lock): void {
    resource.granted.push(lock);
    this.locks.set(lockKey(lock), resource);
  }

  /** Tells new holders of those who wait for them already. */
  private tellOf(resource: Resource, granted: readonly Lock[]): void {
    for (const held of granted) {
      for (const request of resource.queue) if (conflict(held.mode, request.mode)) this.effects.waiter(held, request);
    }
  }

  /** Whether the process holds a lock, which can only be a shared one where this is asked. */
  private holds(resource: Resource, process: string): boolean {
    return resource.granted.some((lock) => !lock.orphan && lock.process === process);
  }

  private waitsOf(process: string): Iterable<Wait> {
    return this.waits.get(process)?.values() ?? [];
  }

  private addWait(wait: Wait): void {
    const { process } = wait.request;
    const key = lockKey(wait.request);
    this.locks.set(key, wait.resource);
    const waits = this.waits.get(process) ?? new Map<string, Wait>();
    this.waits.set(process, waits.set(key, wait));
  }

  private dropWait(resource: Resource, request: Lock): void {
    resource.queue = resource.queue.filter((one) => one !== request);
    const waits = this.waits.get(request.process);
    waits?.delete(lockKey(request));
    if (waits?.size === 0) this.waits.delete(request.process);
  }
}

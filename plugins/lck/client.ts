import {
  AisHandle,
  AisLibrary,
  B_01_01,
  HandleType,
  SaError,
  checkFlags,
  daemonBindings,
  nameBytes,
} from 'chorale/sdk';
import type { LibraryBindings, Operation, SaName, SaTime, Session } from 'chorale/sdk';
import { LckResource } from './lock-resource.js';
import {
  LockFlags,
  LockMode,
  LockOptions,
  LockStatus,
  Operations,
  ResourceOpenFlags,
  SERVICE,
  stripped,
  waiter,
} from './operations.js';

export { LckResource } from './lock-resource.js';
export { LockFlags, LockMode, LockOptions, LockStatus, ResourceOpenFlags } from './operations.js';

/** SaLckCallbacksT. `error` is undefined for SA_AIS_OK. */
export interface LckCallbacks {
  /** saLckResourceOpenCallback. */
  resourceOpen(invocation: bigint, resource: LckResource | undefined, error: SaError | undefined): void;
  /** saLckLockGrantCallback. ERR_NOT_EXIST: the request was unlocked while it waited. */
  lockGrant(invocation: bigint, lockStatus: LockStatus | undefined, error: SaError | undefined): void;
  /** saLckLockWaiterCallback: somebody waits for a lock of this handle. */
  lockWaiter(waiterSignal: bigint, lockId: bigint, modeHeld: LockMode, modeRequested: LockMode): void;
  /** saLckResourceUnlockCallback. */
  resourceUnlock(invocation: bigint, error: SaError | undefined): void;
  /** Chorale's own: the lock was taken away when partitions met, because another side holds the resource. */
  lockStripped(lockId: bigint): void;
}

/** What a lock call ends with. With another status than GRANTED no lock is held, and the id is void. */
export interface LockResult {
  readonly lockId: bigint;
  readonly lockStatus: LockStatus;
}

/** A call that waits for its lock. The id is there at once: another part of the program may take the request back with it. */
export interface LockCall extends Promise<LockResult> {
  readonly lockId: bigint;
}

/** A lock or a request for one, as the library knows it. */
interface Held {
  readonly resource: LckResource;
  readonly number: number;
  readonly id: bigint;
}

const RESOURCE = new HandleType<LckResource>('lock resource');
const LOCK = new HandleType<Held>('lock');

/** The Lock library, B.01.01: `initialize` gives handles. */
export class LckLibrary extends AisLibrary<LckCallbacks, Lck> {
  /** Without bindings: the daemon on this host. */
  constructor(bindings: LibraryBindings = daemonBindings()) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Lck(session) }, bindings);
  }
}

/** A handle of the Lock library (SaLckHandleT). Methods reject with an SaError. */
export class Lck extends AisHandle<LckCallbacks> {
  private lastNumber = 0;
  private readonly held = new Map<number, Held>();

  constructor(session: Session<LckCallbacks>) {
    super(session);
    this.onNotice(waiter, ({ signal, lock, held, requested }) => {
      const { lockWaiter } = this.callbacks;
      const { id } = this.held.get(lock) ?? {};
      if (!lockWaiter || id === undefined) return;
      const valid = (): boolean => this.held.has(lock);
      this.queue(() => lockWaiter(signal, id, held as LockMode, requested as LockMode), { valid });
    });
    this.onNotice(stripped, ({ lock }) => {
      const held = this.held.get(lock);
      if (held === undefined) return;
      this.forget(held);
      const { lockStripped } = this.callbacks;
      if (lockStripped) this.queue(() => lockStripped(held.id));
    });
  }

  /** saLckOptionCheck: the optional features of the service, all of them (LockOptions). */
  async optionCheck(): Promise<number> {
    this.check();
    return LockOptions.ORPHAN_LOCKS | LockOptions.DEADLOCK_DETECTION;
  }

  /**
   * saLckResourceOpen. ERR_BAD_FLAGS, ERR_INVALID_PARAM for no name; ERR_TIMEOUT; ERR_NOT_EXIST for a resource that nobody has
   * open, without RESOURCE_CREATE.
   */
  async resourceOpen(name: SaName, resourceFlags: number, timeout: SaTime): Promise<LckResource> {
    const request = this.openRequest(name, resourceFlags);
    this.check();
    let opened: LckResource | undefined;
    await this.call(Operations.open, request, {
      timeout,
      arrived: () => {
        opened = this.opened(request.resource);
      },
      late: () => this.undo(Operations.close, { resource: request.resource }),
    });
    return opened!;
  }

  /** saLckResourceOpenAsync: the resource comes by the callback. Throws ERR_INIT without one. */
  resourceOpenAsync(invocation: bigint, name: SaName, resourceFlags: number): void {
    const request = this.openRequest(name, resourceFlags);
    this.check();
    const callback = this.needed('resourceOpen');
    this.start(Operations.open, request, ({ error }) => {
      const resource = error === undefined ? this.opened(request.resource) : undefined;
      this.queue(() => callback(invocation, resource, error));
    });
  }

  /** The resource with this handle. Throws ERR_BAD_HANDLE. */
  resource(handle: bigint): LckResource {
    this.check();
    const resource = this.handles.get(RESOURCE, handle);
    resource.check();
    return resource;
  }

  /**
   * saLckResourceUnlock: gives a lock up, or takes back a request that waits. ERR_NOT_EXIST for an id that is none (any more) of
   * this handle; ERR_TIMEOUT.
   */
  async resourceUnlock(lockId: bigint, timeout: SaTime): Promise<void> {
    this.check();
    const held = this.heldBy(lockId);
    const forget = (): void => this.forget(held);
    await this.call(Operations.unlock, { lock: held.number }, { timeout, arrived: forget, late: forget });
  }

  /** saLckResourceUnlockAsync. Throws ERR_INIT without the callback, ERR_NOT_EXIST. */
  resourceUnlockAsync(invocation: bigint, lockId: bigint): void {
    this.check();
    const callback = this.needed('resourceUnlock');
    const held = this.heldBy(lockId);
    this.start(Operations.unlock, { lock: held.number }, ({ error }) => {
      if (error === undefined) this.forget(held);
      this.queue(() => callback(invocation, error));
    });
  }

  /** @internal See LckResource. */
  lock(resource: LckResource, mode: LockMode, flags: number, signal: bigint, timeout: SaTime): LockCall {
    let held: Held | undefined;
    const work = async (): Promise<LockResult> => {
      const { number, id } = (held = this.requested(resource, mode, flags, signal));
      const request = { resource: resource.number, lock: number, mode, flags, signal };
      try {
        const { status } = await this.call(Operations.lock, request, {
          timeout,
          arrived: (reply) => {
            if (reply.status !== LockStatus.GRANTED) this.forget(held!);
          },
        });
        return { lockId: id, lockStatus: status as LockStatus };
      } catch (thrown) {
        this.forget(held);
        // Nothing stays in the line, and a grant that is on its way is given back.
        if (timeout > 0n && isTimeout(thrown)) this.undo(Operations.unlock, { lock: number });
        throw thrown;
      }
    };
    const promise = work();
    return Object.assign(promise, { lockId: held?.id ?? 0n });
  }

  /** @internal See LckResource. */
  lockAsync(resource: LckResource, invocation: bigint, mode: LockMode, flags: number, signal: bigint): bigint {
    const held = this.requested(resource, mode, flags, signal, () => this.needed('lockGrant'));
    const callback = this.needed('lockGrant');
    const { number, id } = held;
    const valid = (): boolean => resource.isOpen;
    try {
      const request = { resource: resource.number, lock: number, mode, flags, signal };
      this.start(Operations.lock, request, ({ error, reply }) => {
        if (reply?.status !== LockStatus.GRANTED) this.forget(held);
        this.queue(() => callback(invocation, reply?.status as LockStatus | undefined, error), { valid });
      });
    } catch (thrown) {
      this.forget(held);
      throw thrown;
    }
    return id;
  }

  /** @internal See LckResource. */
  async closeResource(resource: LckResource): Promise<void> {
    this.check();
    for (const held of [...this.held.values()]) if (held.resource === resource) this.forget(held);
    this.closed(resource.handle);
    await this.call(Operations.close, { resource: resource.number });
  }

  /** @internal See LckResource. */
  async purge(resource: LckResource): Promise<void> {
    await this.call(Operations.purge, { resource: resource.number });
  }

  /** Takes back what a call that timed out has done or will do. */
  private undo<Q>(operation: Operation<Q, unknown>, request: Q): void {
    this.call(operation, request).catch(() => undefined);
  }

  private openRequest(
    name: SaName,
    flags: number,
  ): { resource: number; name: Uint8Array; create: boolean; process: string } {
    const bytes = nameBytes(name);
    checkFlags(flags, ResourceOpenFlags.RESOURCE_CREATE);
    return { resource: this.number(), name: bytes, create: flags !== 0, process: this.processId };
  }

  private opened(number: number): LckResource {
    const resource = new LckResource(this, number);
    resource.registered(this.open(RESOURCE, resource, () => resource.finalized()));
    return resource;
  }

  /** A new request, with its id. Throws what is wrong with it. */
  private requested(
    resource: LckResource,
    mode: LockMode,
    flags: number,
    signal: bigint,
    init: () => void = () => undefined,
  ): Held {
    if (mode !== LockMode.PR && mode !== LockMode.EX) {
      throw new SaError('ERR_INVALID_PARAM', `${String(mode)} is no lock mode: PR is 1, EX 2`);
    }
    if (typeof signal !== 'bigint' || signal < 0n || signal >= 2n ** 64n) {
      throw new SaError('ERR_INVALID_PARAM', 'give a waiter signal of 64 bits, a bigint');
    }
    checkFlags(flags, LockFlags.NO_QUEUE | LockFlags.ORPHAN);
    resource.check();
    init();
    const number = this.number();
    const held: { resource: LckResource; number: number; id: bigint } = { resource, number, id: 0n };
    held.id = this.open(LOCK, held);
    this.held.set(number, held);
    return held;
  }

  private heldBy(lockId: bigint): Held {
    const held = this.handles.find(LOCK, lockId);
    if (held !== undefined && this.held.get(held.number) === held) return held;
    throw new SaError(
      'ERR_NOT_EXIST',
      'this handle has no lock with this id; it was given up, stripped, or never granted',
    );
  }

  private forget({ number, id }: Held): void {
    this.held.delete(number);
    this.closed(id);
  }

  private number(): number {
    return (this.lastNumber = (this.lastNumber + 1) >>> 0);
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof SaError && thrown.spec === 'SA_AIS_ERR_TIMEOUT';
}

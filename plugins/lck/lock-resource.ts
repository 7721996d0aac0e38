import { badHandle } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import type { Lck, LockCall } from './client.js';
import type { LockMode } from './operations.js';

/** A lock resource that a library handle has open (SaLckResourceHandleT). Methods reject with an SaError. */
export class LckResource {
  private open = true;
  private id = 0n;

  constructor(
    private readonly lck: Lck,
    /** @internal Its number at the service. */
    readonly number: number,
  ) {}

  /** Its number among all handles of the library. */
  get handle(): bigint {
    return this.id;
  }

  /** The library handle that it was opened through. */
  get library(): Lck {
    return this.lck;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** saLckResourceClose: gives up its locks, or leaves those with ORPHAN as orphans, and takes back its requests. ERR_BAD_HANDLE. */
  async close(): Promise<void> {
    this.check();
    this.open = false;
    await this.lck.closeResource(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.open) await this.close();
  }

  /**
   * saLckResourceLock. The holders in the way are told `waiterSignal`. ERR_INVALID_PARAM, ERR_BAD_FLAGS, ERR_BAD_HANDLE;
   * ERR_TIMEOUT: nothing is left in the line; ERR_NOT_EXIST: the request was unlocked meanwhile.
   */
  lock(lockMode: LockMode, lockFlags: number, waiterSignal: bigint, timeout: SaTime): LockCall {
    return this.lck.lock(this, lockMode, lockFlags, waiterSignal, timeout);
  }

  /** saLckResourceLockAsync: the id of the lock; its status comes by the callback. Throws ERR_INIT without one. */
  lockAsync(invocation: bigint, lockMode: LockMode, lockFlags: number, waiterSignal: bigint): bigint {
    return this.lck.lockAsync(this, invocation, lockMode, lockFlags, waiterSignal);
  }

  /** saLckLockPurge: removes all orphan locks of the resource. ERR_BAD_HANDLE. */
  async lockPurge(): Promise<void> {
    this.check();
    await this.lck.purge(this);
  }

  /** @internal */
  registered(handle: bigint): void {
    this.id = handle;
  }

  /** @internal Throws ERR_BAD_HANDLE once it is closed. */
  check(): void {
    if (!this.open) throw badHandle('lock resource');
  }

  /** @internal The library handle is finalized, or the service is gone. */
  finalized(): void {
    this.open = false;
  }
}

import { SaError } from './error.js';

/** SaDispatchFlagsT. */
export const DispatchFlags = {
  /** Run one pending callback, if there is one. */
  ONE: 1,
  /** Run all that are pending, and those that come meanwhile. */
  ALL: 2,
  /** Run callbacks as they come until the handle is finalized. */
  BLOCKING: 3,
} as const;
export type DispatchFlags = (typeof DispatchFlags)[keyof typeof DispatchFlags];

/**
 * SaSelectionObjectT in Node's form: readable exactly while a callback is pending. One a library handle, the same for its
 * whole life.
 *
 * ```ts
 * for await (const _ of handle.selectionObjectGet()) await handle.dispatch(DispatchFlags.ALL);
 * ```
 */
export interface SelectionObject extends AsyncIterable<void> {
  readonly readable: boolean;
  /** Resolves to true once it is readable, to false when the handle was finalized. Rejects with ERR_LIBRARY if the service is gone. */
  ready(): Promise<boolean>;
}

interface Pending {
  readonly run: () => void;
  readonly priority: number;
  /** False: what it is about was closed meanwhile, so it does not run. */
  readonly valid: (() => boolean) | undefined;
}

interface Waiter {
  resolve(readable: boolean): void;
  reject(error: Error): void;
}

/** How a callback is queued. */
export interface QueueOptions {
  /** Lower runs first, and those of one priority in order; 0 if not given. */
  readonly priority?: number;
  /** Asked when its turn comes: whether it still has to run. */
  readonly valid?: () => boolean;
}

/**
 * The callbacks of one library handle that wait for `dispatch`. Callbacks run inside `dispatch` only; with `automatic` they
 * run as they come, each in a turn of its own.
 */
export class CallbackQueue implements SelectionObject {
  private readonly pending: Pending[] = [];
  private readonly waiters: Waiter[] = [];
  private ended = false;
  private failure: SaError | undefined;
  private scheduled = false;

  constructor(private readonly automatic: boolean) {}

  get readable(): boolean {
    this.skip();
    return this.pending.length > 0;
  }

  ready(): Promise<boolean> {
    if (this.readable) return Promise.resolve(true);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.ended) return Promise.resolve(false);
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<void> {
    while (await this.ready()) yield;
  }

  add(run: () => void, { priority = 0, valid }: QueueOptions = {}): void {
    if (this.ended) return;
    let at = this.pending.length;
    while (at > 0 && this.pending[at - 1]!.priority > priority) at--;
    this.pending.splice(at, 0, { run, priority, valid });
    if (this.automatic) this.schedule();
    for (const waiter of this.waiters.splice(0)) waiter.resolve(true);
  }

  /** Throws ERR_INVALID_PARAM for other flags. */
  async dispatch(flags: DispatchFlags): Promise<void> {
    if (flags === DispatchFlags.ONE) this.one();
    else if (flags === DispatchFlags.ALL) while (this.one());
    else if (flags === DispatchFlags.BLOCKING) {
      while (await this.ready()) while (this.one());
    } else {
      throw new SaError('ERR_INVALID_PARAM', `${String(flags)} is no dispatch flag: ONE is 1, ALL 2, BLOCKING 3`);
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /** The handle is finalized: nothing runs any more. With `failure` the service is gone: what is pending may still run. */
  end(failure?: SaError): void {
    this.failure = failure;
    if (failure === undefined) {
      this.ended = true;
      this.pending.length = 0;
    }
    for (const waiter of this.waiters.splice(0)) {
      if (failure === undefined) waiter.resolve(false);
      else waiter.reject(failure);
    }
  }

  private one(): boolean {
    this.skip();
    const next = this.pending.shift();
    next?.run();
    return next !== undefined;
  }

  /** Drops from the front what needs not run. */
  private skip(): void {
    while (this.pending.length > 0 && this.pending[0]!.valid?.() === false) this.pending.shift();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    void Promise.resolve().then(() => {
      this.scheduled = false;
      if (this.one() && this.pending.length > 0) this.schedule();
    });
  }
}

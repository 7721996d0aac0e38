import type { Clock, Timer } from '../../base/clock.js';
import { CsErrorCode } from '../../base/errors.js';
import type { Entropy } from '../../base/entropy.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import { RequestWriter, decodeEvent, viewed } from '../protocol.js';
import type { Notice, Operation } from '../protocol.js';
import { CallbackQueue } from './dispatch.js';
import type { DispatchFlags, QueueOptions, SelectionObject } from './dispatch.js';
import { SaError, saErrorOf } from './error.js';
import { HandleDatabase, HandleType, badHandle } from './handles.js';
import { SA_TIME_END, timeoutMs } from './time.js';
import type { SaTime } from './time.js';
import { negotiateVersion } from './version.js';
import type { SaVersion } from './version.js';

/** What a library needs of the program around it. */
export interface LibraryBindings {
  /** Connects to a service of the node. Rejects with a CsError or SaError. */
  readonly connect: (service: string) => Promise<ServiceConnection>;
  /** Measures timeouts. */
  readonly clock: Clock;
  /** Makes handles that nobody can guess. */
  readonly entropy: Entropy;
}

export interface InitializeOptions {
  /**
   * `manual`, as the specification has it: callbacks wait for `dispatch`. `automatic`: they run as they come, each in a turn
   * of its own.
   */
  readonly dispatch?: 'manual' | 'automatic';
}

/** What a library's `initialize` gives to the handle it makes. */
export interface Session<C extends object> {
  readonly library: AisLibrary<C, AisHandle<C>>;
  readonly connection: ServiceConnection;
  readonly callbacks: Readonly<Partial<C>>;
  readonly version: SaVersion;
  readonly dispatch: 'manual' | 'automatic';
}

export interface LibraryDescription<C extends object, H extends AisHandle<C>> {
  /** The name clients connect to. */
  readonly service: string;
  readonly versions: readonly SaVersion[];
  /** Makes the service's own handle object. */
  readonly create: (session: Session<C>) => H;
}

/**
 * One AIS library as a process has it: what makes library handles, and the numbers of all handles. `C` are its callbacks, by
 * name.
 */
export class AisLibrary<C extends object, H extends AisHandle<C>> {
  /** @internal All handles of the library, whatever they are of. */
  readonly handles: HandleDatabase;
  /** @internal */
  readonly type: HandleType<H>;
  /** Tells this process from others of the cluster, as far as chance can: for what a service decides by process. */
  readonly processId: string;

  constructor(
    private readonly description: LibraryDescription<C, H>,
    /** @internal */
    readonly bindings: LibraryBindings,
  ) {
    this.handles = new HandleDatabase(bindings.entropy);
    this.type = new HandleType(`handle of the ${description.service} library`);
    const word = (): string =>
      bindings.entropy
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    this.processId = word() + word();
  }

  /**
   * sa...Initialize. `callbacks` are copied. Rejects with an SaError: ERR_INVALID_PARAM without a version, or for what are no
   * callbacks; SaVersionError with
   * the version that can be served, ERR_TRY_AGAIN while the node has not joined a ring, ERR_NOT_SUPPORTED when it does not
   * have the service, ERR_LIBRARY when no daemon is there.
   */
  async initialize(
    callbacks: Partial<C> | null | undefined,
    version: SaVersion,
    { dispatch = 'manual' }: InitializeOptions = {},
  ): Promise<H> {
    const { service, versions, create } = this.description;
    const served = negotiateVersion(version, versions);
    const copy = { ...callbacks } as Readonly<Partial<C>>;
    for (const [name, callback] of Object.entries(copy)) {
      if (callback !== undefined && callback !== null && typeof callback !== 'function') {
        throw new SaError('ERR_INVALID_PARAM', `the callback ${name} is no function`);
      }
    }
    if (dispatch !== 'manual' && dispatch !== 'automatic') {
      throw new SaError('ERR_INVALID_PARAM', `dispatch is 'manual' or 'automatic', not ${String(dispatch)}`);
    }
    let connection: ServiceConnection;
    try {
      connection = await this.bindings.connect(service);
    } catch (thrown) {
      throw saErrorOf(thrown);
    }
    return create({ library: this, connection, callbacks: copy, version: served, dispatch });
  }

  /** The library handle with this number. Throws ERR_BAD_HANDLE. */
  at(handle: bigint): H {
    return this.handles.get(this.type, handle);
  }
}

/** How a call ended. */
export type Outcome<R> =
  { readonly error?: undefined; readonly reply: R } | { readonly error: SaError; readonly reply?: undefined };

export interface CallOptions<R> {
  /** SA_TIME_END if not given. */
  readonly timeout?: SaTime;
  /** Called when the reply comes in time: at once, before anything that the service sent after it. */
  readonly arrived?: (reply: R) => void;
  /** The call ended well, but only after its timeout: undo what it did. */
  readonly late?: (reply: R) => void;
}

type Done = (error: SaError | undefined, body: Uint8Array) => void;

/** The first bits of a call's number are not used, so that it is a small integer everywhere. */
const CALLS = 2 ** 30;

/**
 * A library handle (Sa...HandleT) and what every AIS library does with it. A service's own class adds its functions, with
 * `call` for those that wait, `start` for those with a callback, `queue` for callbacks.
 */
export abstract class AisHandle<C extends object> {
  /** Its number. */
  readonly handle: bigint;
  /** What was negotiated. */
  readonly version: SaVersion;
  protected readonly callbacks: Readonly<Partial<C>>;
  protected readonly clock: Clock;
  protected readonly handles: HandleDatabase;
  /** Of the process that this handle belongs to, see AisLibrary. */
  protected readonly processId: string;
  private readonly connection: ServiceConnection;
  private readonly pending: CallbackQueue;
  private readonly requests = new RequestWriter();
  private readonly calls = new Map<number, Done>();
  private readonly notices = new Map<number, (body: Uint8Array) => void>();
  /** Numbers of the handles of objects opened through this one, with what happens to each at the end. */
  private readonly objects = new Map<bigint, () => void>();
  private lastCall = 0;
  private state: 'open' | 'lost' | 'finalized' = 'open';

  constructor(session: Session<C>) {
    const { library, connection, callbacks, version, dispatch } = session;
    this.connection = connection;
    this.callbacks = callbacks;
    this.version = version;
    this.clock = library.bindings.clock;
    this.processId = library.processId;
    this.handles = library.handles;
    this.pending = new CallbackQueue(dispatch === 'automatic');
    this.handle = library.handles.create(library.type, this);
    connection.onClose((reason) => this.lost(reason));
    connection.onEvent((message) => this.arrived(message));
  }

  /** sa...SelectionObjectGet: readable while a callback is pending, the same each time. Throws ERR_BAD_HANDLE. */
  selectionObjectGet(): SelectionObject {
    this.check();
    return this.pending;
  }

  /**
   * sa...Dispatch: runs pending callbacks. ONE and ALL do so before they return; BLOCKING resolves when the handle is
   * finalized. Rejects with ERR_INVALID_PARAM, ERR_BAD_HANDLE, or ERR_LIBRARY when the service is gone.
   */
  async dispatch(flags: DispatchFlags): Promise<void> {
    this.check();
    await this.pending.dispatch(flags);
  }

  /**
   * sa...Finalize: everything opened through the handle is closed, pending callbacks are dropped, calls that wait end with
   * ERR_BAD_HANDLE. Rejects with ERR_BAD_HANDLE when it was finalized before.
   */
  async finalize(): Promise<void> {
    this.check();
    this.state = 'finalized';
    this.handles.destroy(this.handle);
    this.end(badHandle('library handle'));
    this.pending.end();
    this.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state !== 'finalized') await this.finalize();
  }

  /** Throws ERR_BAD_HANDLE once it is finalized. */
  protected check(): void {
    if (this.state === 'finalized') throw badHandle('library handle');
  }

  /** The callback of this name. Throws ERR_INIT if it was not given to `initialize`. */
  protected needed<K extends keyof C & string>(name: K): NonNullable<C[K]> {
    const callback = this.callbacks[name];
    if (typeof callback !== 'function') {
      throw new SaError('ERR_INIT', `this call answers through the callback ${name}; give it to initialize`);
    }
    return callback as NonNullable<C[K]>;
  }

  /** A callback for the next `dispatch`. */
  protected queue(run: () => void, options?: QueueOptions): void {
    this.pending.add(run, options);
  }

  /**
   * Makes a request and tells `done` how it ended; nothing is told after `finalize`. Throws ERR_BAD_HANDLE, ERR_LIBRARY when the
   * service is gone, ERR_TRY_AGAIN when too many requests wait to be sent: nothing was asked then.
   */
  protected start<Q, R>(operation: Operation<Q, R>, request: Q, done: (outcome: Outcome<R>) => void): void {
    this.ask(operation, request, (error, body) => {
      if (this.state !== 'finalized') done(outcomeOf(operation, error, body));
    });
  }

  /**
   * Makes a request and waits for its reply. Rejects with the service's error, ERR_INVALID_PARAM for a timeout below 0,
   * ERR_TIMEOUT when it is over, at once for 0; ERR_BAD_HANDLE when the handle is finalized meanwhile, ERR_LIBRARY when the
   * service is gone.
   */
  protected async call<Q, R>(
    operation: Operation<Q, R>,
    request: Q,
    { timeout = SA_TIME_END, ...hooks }: CallOptions<R> = {},
  ): Promise<R> {
    this.check();
    const limitMs = timeoutMs(timeout);
    if (limitMs === 0) throw timedOut();
    const deadline = this.clock.now() + limitMs;
    for (;;) {
      try {
        return await this.attempt(operation, request, deadline, hooks);
      } catch (error) {
        if (!(error instanceof TooMuchWaits)) throw error;
        await this.within(deadline, this.connection.writable());
      }
    }
  }

  /** Takes a kind of notice; `take` returns at once. What is malformed ends the connection. */
  protected onNotice<B>(what: Notice<B>, take: (body: B) => void): void {
    this.notices.set(what.id, (body) => take(viewed(what.body, body)));
  }

  /** A handle for an object opened through this one: it is destroyed at `finalize`, after `ended` was called. */
  protected open<T extends object>(type: HandleType<T>, object: T, ended: () => void = () => undefined): bigint {
    const handle = this.handles.create(type, object);
    this.objects.set(handle, ended);
    return handle;
  }

  /** The object was closed. */
  protected closed(handle: bigint): void {
    this.objects.delete(handle);
    this.handles.destroy(handle);
  }

  /** Rejects with ERR_TIMEOUT at `deadline`, on this handle's clock. */
  private within<T>(deadline: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.deadline(deadline, () => reject(timedOut()));
      work.then(resolve, (thrown: unknown) => reject(saErrorOf(thrown))).finally(() => timer?.stop());
    });
  }

  private attempt<Q, R>(
    operation: Operation<Q, R>,
    request: Q,
    deadline: number,
    { arrived, late }: CallOptions<R>,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      let over = false;
      this.ask(operation, request, (error, body) => {
        timer?.stop();
        const outcome = outcomeOf(operation, error, body);
        if (over) {
          if (outcome.error === undefined && this.state === 'open') late?.(outcome.reply);
        } else if (outcome.error === undefined) {
          arrived?.(outcome.reply);
          resolve(outcome.reply);
        } else reject(outcome.error);
      });
      const timer = this.deadline(deadline, () => {
        over = true;
        reject(timedOut());
      });
    });
  }

  private deadline(deadline: number, passed: () => void): Timer | undefined {
    if (deadline === Infinity) return undefined;
    const timer = this.clock.timer(passed);
    timer.start(deadline - this.clock.now());
    return timer;
  }

  private ask<Q>(operation: Operation<Q, unknown>, request: Q, done: Done): void {
    this.check();
    const call = (this.lastCall = (this.lastCall + 1) % CALLS);
    const message = this.requests.encode(operation, call, request);
    try {
      this.connection.send(message);
    } catch (thrown) {
      const error = saErrorOf(thrown);
      throw error.spec === 'SA_AIS_ERR_TRY_AGAIN' ? new TooMuchWaits() : error;
    }
    this.calls.set(call, done);
  }

  private arrived(message: Uint8Array): void {
    try {
      const event = decodeEvent(message);
      if (event.kind === 'notice') {
        this.notices.get(event.id)?.(event.body);
        return;
      }
      const done = this.calls.get(event.call);
      this.calls.delete(event.call);
      const failed = event.error !== CsErrorCode.OK;
      done?.(failed ? new SaError(event.error, adviceOf(event.error)) : undefined, event.body);
    } catch (thrown) {
      if ((thrown as Error).name !== 'MalformedMessage') throw thrown;
      this.connection.close();
      this.lost(new Error(`the service sent what this library cannot read (${(thrown as Error).message})`));
    }
  }

  private lost(reason: Error | undefined): void {
    if (this.state !== 'open') return;
    this.state = 'lost';
    const why = reason?.message ?? 'it was closed';
    const error = new SaError('ERR_LIBRARY', `the service is gone: ${why}. Finalize this handle and initialize again`);
    this.end(error);
    this.pending.end(error);
  }

  /** Nothing is awaited any more, and nothing is open. */
  private end(error: SaError): void {
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const done of calls) done(error, nothing);
    for (const [handle, ended] of this.objects) {
      ended();
      this.handles.destroy(handle);
    }
    this.objects.clear();
  }
}

const nothing = new Uint8Array(0);

class TooMuchWaits extends SaError {
  constructor() {
    super('ERR_TRY_AGAIN', 'too many requests wait to be sent to the service; try again when some of them are done');
  }
}

function timedOut(): SaError {
  return new SaError('ERR_TIMEOUT', 'the call was not done in time; what it asked for may still happen');
}

function outcomeOf<R>(
  operation: Pick<Operation<unknown, R>, 'reply'>,
  error: SaError | undefined,
  body: Uint8Array,
): Outcome<R> {
  if (error !== undefined) return { error };
  try {
    return { reply: viewed(operation.reply, body) };
  } catch (thrown) {
    const why = (thrown as Error).message;
    return { error: new SaError('ERR_LIBRARY', `the service sent what this library cannot read (${why}); match them`) };
  }
}

function adviceOf(error: number): string {
  return ADVICE.get(error) ?? 'the service refused; its README says when';
}

const ADVICE = new Map<number, string>([
  [CsErrorCode.ERR_TRY_AGAIN, 'the node is busy with a change of the membership or with other messages; try again'],
  [CsErrorCode.ERR_NOT_EXIST, 'there is no such thing (any more); create it, or correct its name or id'],
  [CsErrorCode.ERR_EXIST, 'there is one already; use it, or choose another name'],
  [CsErrorCode.ERR_NO_RESOURCES, 'a limit of the service is reached; its README has them'],
  [CsErrorCode.ERR_INVALID_PARAM, 'the service did not understand the request; match library and daemon'],
]);

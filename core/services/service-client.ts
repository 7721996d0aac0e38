import type { Clock } from '../base/clock.js';
import { CsError, CsErrorCode } from '../base/errors.js';
import { MessageView } from '../base/message-view.js';
import type { ServiceConnection } from '../base/service-connection.js';
import { EventStream, reasonOf } from './event-stream.js';
import type { StreamOwner } from './event-stream.js';
import { RESPONSE_HEADER } from './packet.js';

/** What every client of a service needs. */
export interface ServiceClientOptions {
  /** What waiting for a busy service is measured by. */
  readonly clock: Clock;
}

/** Of a call that may have to wait. */
export interface CallOptions {
  /** Ends the waiting: the promise rejects with the signal's reason. What was sent already may still happen. */
  readonly signal?: AbortSignal;
}

/** What to ask to be told (CS_TRACK_*). */
export interface TrackOptions {
  /** The state as it is now, at once. True if not given. */
  readonly current?: boolean;
  /** Every change from now on. True if not given. */
  readonly changes?: boolean;
}

/** Something that a call waits for. */
export interface Awaited<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  /** It is not waited for any more; the promise stays open. */
  cancel(): void;
}

interface AwaitedEntry extends Omit<Awaited<unknown>, 'promise'> {
  reject(error: Error): void;
}

/** Bits of a request to track (CS_TRACK_*). */
const Track = { CURRENT: 1, CHANGES: 2, CHANGES_ONLY: 4 } as const;

/** The bits of a request to track. */
export function trackFlags({ current = true, changes = true }: TrackOptions): number {
  if (current) return changes ? Track.CHANGES : Track.CURRENT;
  return changes ? Track.CHANGES_ONLY : 0;
}

/** What a refusal to track means. */
export const trackHints: ReadonlyMap<number, string> = new Map([
  [CsErrorCode.ERR_EXIST, ': this client tracks already, or the name is taken.'],
]);

/** Waits between tries at a busy service: the first and the longest, in milliseconds. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;

/**
 * What the clients of all services have in common. A service that is busy, because a ring forms or its queues are full,
 * is waited for; every other refusal is a rejected promise with a CsError. Events of the service go to one `listen`er
 * and to any number of `events()` streams; a slow reader of a stream holds them back.
 */
export abstract class ServiceClient<E> implements Disposable, AsyncDisposable {
  /**
   * Resolves when the connection has ended: to the reason, or to undefined if `close` ended it. Never rejects.
   */
  readonly ended: Promise<Error | undefined>;
  protected readonly connection: ServiceConnection;
  protected readonly clock: Clock;
  /** Why nothing goes any more. */
  protected failure: Error | undefined;
  private readonly streams = new Set<EventStream<E>>();
  private readonly fullStreams = new Set<unknown>();
  private readonly awaited = new Set<AwaitedEntry>();
  private listener: ((event: E) => void) | undefined;
  /** What a refusal means with this service, by error code: the end of a sentence. */
  protected abstract readonly hints: ReadonlyMap<number, string>;

  constructor(connection: ServiceConnection, { clock }: ServiceClientOptions) {
    this.connection = connection;
    this.clock = clock;
    let hasEnded: (reason: Error | undefined) => void;
    this.ended = new Promise((resolve) => (hasEnded = resolve));
    connection.onEvent((message) => {
      const event = this.read(MessageView.over(message));
      if (event !== undefined) this.emit(event);
    });
    connection.onClose((reason) => {
      this.connectionEnded(reason);
      hasEnded(reason);
    });
  }

  /** Calls `listener` for each event, in order. One listener; another replaces it. It has to come back at once. */
  listen(listener: (event: E) => void): void {
    this.listener = listener;
  }

  /**
   * The events from now on, for `for await`. Ends with the connection, with an error if that ended by itself; an aborted
   * signal ends it with the signal's reason.
   */
  events({ signal }: CallOptions = {}): EventStream<E> {
    return this.openStream(() => undefined, signal);
  }

  /** Ends the connection; waiting promises are rejected. Closing twice is harmless. */
  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** The event in a message, or undefined if it is none for the application. */
  protected abstract read(message: MessageView): E | undefined;

  protected emit(event: E): void {
    for (const stream of [...this.streams]) stream.push(event);
    this.listener?.(event);
  }

  /** A stream that is told all events; `over` is called when its reader has left. */
  protected openStream(over: () => void | Promise<void>, signal?: AbortSignal): EventStream<E> {
    const stream: EventStream<E> = new EventStream<E>(
      this.streamOwner((ended) => {
        this.streams.delete(ended as EventStream<E>);
        return over();
      }),
      signal,
    );
    if (this.failure) stream.end();
    else this.streams.add(stream);
    return stream;
  }

  /** @internal Holds the connection's events back while one of the streams it owns is full. */
  streamOwner(over: (stream: unknown) => void | Promise<void>): StreamOwner {
    return {
      full: (stream, isFull) => {
        if (isFull) this.fullStreams.add(stream);
        else this.fullStreams.delete(stream);
        this.holdBack();
      },
      over,
    };
  }

  /** Starts to follow with `start`, and stops when the reader of the stream has left. */
  protected async trackedStream(
    start: () => Promise<void>,
    stop: () => Promise<void>,
    signal?: AbortSignal,
  ): Promise<EventStream<E>> {
    let started = false;
    const stream = this.openStream(async () => {
      if (started && !this.failure) await stop().catch(() => undefined);
    }, signal);
    try {
      await start();
      started = true;
      return stream;
    } catch (thrown) {
      await stream.return();
      throw thrown;
    }
  }

  /** Asks, waits while the service is busy, and gives the answer if it is OK. `what` ends "the service would not". */
  protected async ask(message: Uint8Array, what: string, options?: CallOptions): Promise<MessageView> {
    return this.check(await this.untilNotBusy(message, [CsErrorCode.ERR_TRY_AGAIN], options), what);
  }

  /** Asks until the answer is none of `busy`. */
  protected async untilNotBusy(
    message: Uint8Array,
    busy: readonly number[],
    { signal }: CallOptions = {},
  ): Promise<MessageView> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const answer = await abortable(this.tell(message), signal);
      if (!busy.includes(answer.i32(16))) return answer;
      await abortable(new Promise<void>((resolve) => this.clock.timer(resolve).start(wait)), signal);
    }
  }

  /** Asks once. */
  protected async tell(message: Uint8Array): Promise<MessageView> {
    const answer = MessageView.over(await this.connection.request(message));
    if (answer.length < RESPONSE_HEADER) throw new CsError('ERR_MESSAGE_ERROR', 'the answer is not whole.');
    return answer;
  }

  protected check(answer: MessageView, what: string): MessageView {
    const error = answer.i32(16);
    if (error === CsErrorCode.OK) return answer;
    throw this.refusal(error, what);
  }

  protected refusal(error: number, what: string): CsError {
    return new CsError(error, `the service would not ${what}${this.hints.get(error) ?? '.'}`);
  }

  /** Something that an event will bring; it also ends when the connection does. Meanwhile no event is held back. */
  protected await<T>(): Awaited<T> {
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      this.awaited.delete(entry);
      this.holdBack();
      act();
    };
    let entry!: AwaitedEntry;
    const promise = new Promise<T>((resolve, reject) => {
      entry = {
        resolve: (value) => settle(() => resolve(value as T)),
        reject: (error) => settle(() => reject(error)),
        cancel: () => settle(() => undefined),
      };
    });
    if (this.failure) entry.reject(this.failure);
    else this.awaited.add(entry);
    this.holdBack();
    return { promise, resolve: entry.resolve, cancel: entry.cancel };
  }

  private holdBack(): void {
    if (this.failure) return;
    if (this.fullStreams.size > 0 && this.awaited.size === 0) this.connection.pauseEvents();
    else this.connection.resumeEvents();
  }

  /** The connection has ended; `reason` is missing if this side ended it. */
  protected connectionEnded(reason?: Error): void {
    this.failure = reason ?? new CsError('ERR_LIBRARY', 'the connection has ended: connect again.');
    for (const stream of [...this.streams]) stream.end(reason);
    this.streams.clear();
    for (const entry of [...this.awaited]) entry.reject(this.failure);
  }
}

/** The promise, or the signal's reason if that comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      promise.catch(() => undefined);
      reject(reasonOf(signal));
    };
    if (signal.aborted) {
      aborted();
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** Who makes streams of events: told when one of them falls behind, has caught up, or is not read any more. */
export interface StreamOwner {
  /** The stream has as much waiting as it should, or (false) nothing: events are to be held back, or not any more. */
  full(stream: unknown, isFull: boolean): void;
  /** The stream is over: its reader has left, or it has ended. Called once. */
  over(stream: unknown): void | Promise<void>;
}

/** Events that wait for one reader before the service is asked to hold its events back. */
export const STREAM_BATCH = 64;

/**
 * Events for one reader: `for await (const event of stream)`. A reader that is slower than the events holds them back at
 * the service; only a small batch waits here. Leaving the loop, `return()` or `await using` ends the stream.
 */
export class EventStream<E> implements AsyncIterableIterator<E>, AsyncDisposable {
  private readonly waiting: E[] = [];
  private isFull = false;
  private ended = false;
  private failure: Error | undefined;
  private readers: { resolve(result: IteratorResult<E>): void; reject(error: Error): void }[] = [];
  private readonly aborted = (): void => this.end(reasonOf(this.signal!));

  constructor(
    private readonly owner: StreamOwner,
    private readonly signal?: AbortSignal,
  ) {
    if (signal?.aborted) this.aborted();
    else signal?.addEventListener('abort', this.aborted);
  }

  /** @internal The next event. */
  push(event: E): void {
    if (this.ended) return;
    const reader = this.readers.shift();
    if (reader) {
      reader.resolve({ value: event, done: false });
      return;
    }
    this.waiting.push(event);
    if (this.waiting.length >= STREAM_BATCH) this.setFull(true);
  }

  /** @internal No more events: the reader gets what waits, then the end, or `failure`. */
  end(failure?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.settleReaders();
    void this.leave();
  }

  next(): Promise<IteratorResult<E>> {
    const event = this.waiting.shift();
    if (event !== undefined) {
      if (this.waiting.length === 0) this.setFull(false);
      return Promise.resolve({ value: event, done: false });
    }
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
      if (this.ended) this.settleReaders();
    });
  }

  async return(): Promise<IteratorResult<E>> {
    this.waiting.length = 0;
    this.failure = undefined;
    const first = !this.ended;
    this.ended = true;
    this.settleReaders();
    if (first) await this.leave();
    return { value: undefined, done: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The failure is told once; whoever reads on gets the end. */
  private settleReaders(): void {
    for (const reader of this.readers.splice(0)) {
      const { failure } = this;
      this.failure = undefined;
      if (failure) reader.reject(failure);
      else reader.resolve({ value: undefined, done: true });
    }
  }

  private async leave(): Promise<void> {
    this.signal?.removeEventListener('abort', this.aborted);
    this.setFull(false);
    await this.owner.over(this);
  }

  private setFull(isFull: boolean): void {
    if (this.isFull === isFull) return;
    this.isFull = isFull;
    this.owner.full(this, isFull);
  }
}

/** What an aborted signal is aborted with, as an Error. */
export function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return reason instanceof Error ? reason : new Error(String(reason));
}

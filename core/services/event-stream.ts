/** Events that were read and are still in the array, before it is made shorter. */
const READ_MOST = 1024;

/**
 * Events for one reader: `for await (const event of stream)`. What it has not read yet waits in this program's memory,
 * however much that is. Leaving the loop, `return()` or `await using` ends the stream.
 */
export class EventStream<E> implements AsyncIterableIterator<E>, AsyncDisposable {
  private waiting: E[] = [];
  private read = 0;
  private ended = false;
  private failure: Error | undefined;
  private readers: { resolve(result: IteratorResult<E>): void; reject(error: Error): void }[] = [];
  private readonly aborted = (): void => this.end(reasonOf(this.signal!));

  constructor(
    /** The stream is over: its reader has left, or it has ended. Called once. */
    private readonly over: (stream: EventStream<E>) => void | Promise<void>,
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
    if (this.read < this.waiting.length) return Promise.resolve({ value: this.take(), done: false });
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
      if (this.ended) this.settleReaders();
    });
  }

  async return(): Promise<IteratorResult<E>> {
    this.waiting = [];
    this.read = 0;
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
    await this.over(this);
  }

  private take(): E {
    const event = this.waiting[this.read++]!;
    if (this.read === this.waiting.length || (this.read >= READ_MOST && 2 * this.read >= this.waiting.length)) {
      this.waiting = this.waiting.slice(this.read);
      this.read = 0;
    }
    return event;
  }
}

/** What an aborted signal is aborted with, as an Error. */
export function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return reason instanceof Error ? reason : new Error(String(reason));
}

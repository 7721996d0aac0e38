import { CsError } from '../../base/errors.js';
import type { CpgEvent } from './client-events.js';

/** Bytes of messages that may wait for the reader before the stream gives up on it. */
export const STREAM_LIMIT = 64 << 20;

/** Events for one reader of `for await`. They wait for it, up to a limit: then the stream ends with an error. */
export class EventStream implements AsyncIterableIterator<CpgEvent> {
  private readonly waiting: CpgEvent[] = [];
  private bytes = 0;
  private ended = false;
  private failure: Error | undefined;
  private reader: { resolve(result: IteratorResult<CpgEvent>): void; reject(error: Error): void } | undefined;

  constructor(private readonly onReturn: (stream: EventStream) => void) {}

  push(event: CpgEvent): void {
    if (this.ended) return;
    if (this.reader) {
      const { reader } = this;
      this.reader = undefined;
      reader.resolve({ value: event, done: false });
      return;
    }
    this.waiting.push(event);
    this.bytes += size(event);
    if (this.bytes > STREAM_LIMIT) {
      this.waiting.length = 0;
      const advice = `the reader left ${STREAM_LIMIT} bytes of events waiting: read faster, or use listen().`;
      this.end(new CsError('ERR_NO_MEMORY', advice));
      this.onReturn(this);
    }
  }

  /** No more events: the reader gets what waits, then the end, or `failure`. */
  end(failure?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    const { reader } = this;
    this.reader = undefined;
    if (failure && reader) reader.reject(failure);
    else reader?.resolve({ value: undefined, done: true });
    if (reader) this.failure = undefined;
  }

  next(): Promise<IteratorResult<CpgEvent>> {
    const event = this.waiting.shift();
    if (event) {
      this.bytes -= size(event);
      return Promise.resolve({ value: event, done: false });
    }
    if (this.failure) {
      const { failure } = this;
      this.failure = undefined;
      return Promise.reject(failure);
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => (this.reader = { resolve, reject }));
  }

  return(): Promise<IteratorResult<CpgEvent>> {
    this.waiting.length = 0;
    this.end();
    this.onReturn(this);
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function size(event: CpgEvent): number {
  return 64 + (event.kind === 'message' ? event.data.length : 0);
}

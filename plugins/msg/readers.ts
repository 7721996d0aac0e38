import type { ReplyTo } from 'chorale/sdk';
import type { Queue } from './queue.js';

/** Callbacks that a reader may have before it: it gets more as it takes messages. */
const MAX_NOTICES = 64;

/** A call that waits for a message. */
interface Waiter {
  readonly to: ReplyTo;
  /** The client's number for it. */
  readonly wait: number;
}

interface Reader {
  /** It wants to be told of messages. */
  readonly callback: boolean;
  readonly waiters: Waiter[];
  /** Messages that waiters were told to take, and have not taken yet. */
  promised: number;
  /** Messages that were told of by a callback, and are not taken yet. */
  noticed: number;
}

export interface ReadersOptions {
  readonly ready: (to: ReplyTo, ready: boolean) => void;
  readonly closed: (to: ReplyTo) => void;
  readonly received: (queue: Queue) => void;
}

/** Readers on this node: who waits for messages of which queue. It is nobody else's business, so it is not replicated. */
export class Readers {
  private readonly readers = new Map<string, Reader>();

  constructor(private readonly options: ReadersOptions) {}

  opened(queue: Queue, callback: boolean): void {
    this.readers.set(queue.id, { callback, waiters: [], promised: 0, noticed: 0 });
  }

  closed({ id }: Pick<Queue, 'id'>): void {
    for (const { to } of this.readers.get(id)?.waiters ?? []) this.options.closed(to);
    this.readers.delete(id);
  }

  wait(queue: Queue, waiter: Waiter, poll: boolean): void {
    const reader = this.readers.get(queue.id)!;
    if (poll && queue.count <= reader.promised) {
      this.options.ready(waiter.to, false);
      return;
    }
    reader.waiters.push(waiter);
    this.look(queue);
  }

  /** A caller has gone away, perhaps after it was told. */
  unwait(queue: Queue, wait: number): void {
    const reader = this.readers.get(queue.id)!;
    const at = reader.waiters.findIndex((waiter) => waiter.wait === wait);
    if (at >= 0) this.options.ready(reader.waiters.splice(at, 1)[0]!.to, false);
    else reader.promised = Math.max(0, reader.promised - 1);
    this.look(queue);
  }

  /** A message was asked for, and taken if there was one. */
  taken(queue: Queue): void {
    const reader = this.readers.get(queue.id);
    if (reader === undefined) return;
    reader.promised = Math.max(0, reader.promised - 1);
    reader.noticed = Math.max(0, reader.noticed - 1);
    this.look(queue);
  }

  /** Tells whom it is to be told what the queue has now. */
  look(queue: Queue): void {
    const reader = this.readers.get(queue.id);
    if (reader === undefined) return;
    const { count } = queue;
    while (reader.waiters.length > 0 && reader.promised < count) {
      reader.promised++;
      this.options.ready(reader.waiters.shift()!.to, true);
    }
    while (reader.callback && reader.noticed < Math.min(count, MAX_NOTICES)) {
      reader.noticed++;
      this.options.received(queue);
    }
  }
}

import type { Taken } from './messages.proto.js';

/** A quarter of what the service sends ahead of one priority: the program never waits for the service to go on. */
const EVENTS = 32;
const BYTES = 128 * 1024;

/** What the program has dispatched and the service does not know of yet: told in bundles, so that it costs little. */
export class Receipts {
  private readonly taken = new Map<number, { events: number; bytes: number }>();

  constructor(private readonly send: (taken: Taken) => void) {}

  /** An event of so many encoded bytes. */
  event(priority: number, bytes: number): void {
    const of = this.taken.get(priority) ?? { events: 0, bytes: 0 };
    this.taken.set(priority, of);
    of.events++;
    of.bytes += bytes;
    if (of.events >= EVENTS || of.bytes >= BYTES) this.flush([]);
  }

  /** The loss notice of a subscription: at once, as the next loss needs a notice of its own. */
  loss(subscription: number): void {
    this.flush([subscription]);
  }

  private flush(losses: number[]): void {
    const priorities = [...this.taken].map(([priority, of]) => ({ priority, ...of }));
    this.taken.clear();
    this.send({ priorities, losses });
  }
}

import type { Clock, Timer } from '../../base/clock.js';
import { DeadlineRecord } from './messages.proto.js';

/** @internal A time that is awaited. */
export interface Deadline {
  readonly key: string;
  readonly stamp: number;
  /** When it passes, on this node's monotonic clock in milliseconds. */
  readonly due: number;
  /** When to look at it. */
  readonly at: number;
}

export interface ExpiriesOptions {
  readonly clock: Clock;
  /** This node's place among those that have the service: the first announces at once, the others only if it does not. */
  readonly rank: () => number;
  /** Multicasts that the time of `key` with this stamp has come. */
  readonly announce: (key: string, stamp: number) => void;
}

/** How much longer each further node waits before it announces what the ones before it should have. */
const PATIENCE_MS = 2000;
/** Longest wait of the timer: what is due later is looked at again then. */
const LONGEST_WAIT_MS = 2 ** 30;

/**
 * Times at which something happens to the replicated state: an expiration, a retention time. Every node runs the same
 * deadlines on its own clock, one node announces that one has passed, and all act when that message comes, at the same
 * place of the order. Any member can do it for one that is gone.
 *
 * A stamp names one of the times that a thing has had, so that an announcement that crosses a change counts for nothing.
 */
export class Expiries {
  private readonly deadlines = new Map<string, Deadline>();
  /** The earliest first; entries that are no longer in `deadlines` are passed over. */
  private readonly heap: Deadline[] = [];
  private readonly timer: Timer;

  constructor(private readonly options: ExpiriesOptions) {
    this.timer = options.clock.timer(() => this.look());
  }

  get size(): number {
    return this.deadlines.size;
  }

  /**
   * Sets the time of `key`, or moves it; Infinity: it has none. `stamp`: the same on all nodes, another one for each time of a
   * key.
   */
  start(key: string, delayMs: number, stamp: number): void {
    this.deadlines.delete(key);
    if (delayMs === Infinity) return;
    const due = this.options.clock.now() + Math.max(0, delayMs);
    this.add({ key, stamp, due, at: due });
    this.arm();
  }

  stop(key: string): void {
    this.deadlines.delete(key);
  }

  /** Milliseconds until the time of `key`, 0 if it has passed; undefined if it has none. */
  remaining(key: string): number | undefined {
    const deadline = this.deadlines.get(key);
    return deadline && Math.max(0, deadline.due - this.options.clock.now());
  }

  /** Forgets everything. */
  clear(): void {
    this.deadlines.clear();
    this.heap.length = 0;
    this.timer.stop();
  }

  /** An announcement has come. True: it is of the time that `key` has, which has none from now on. */
  take(key: string, stamp: number): boolean {
    if (this.deadlines.get(key)?.stamp !== stamp) return false;
    return this.deadlines.delete(key);
  }

  /** @internal What another node needs to await the same. */
  *records(): Iterable<Uint8Array> {
    for (const { key, stamp } of this.deadlines.values()) {
      yield DeadlineRecord.encode({ key, stamp, remaining: this.remaining(key)! });
    }
  }

  /** @internal A record that has come just now. */
  read(record: Uint8Array): Deadline {
    const { key, stamp, remaining } = DeadlineRecord.decode(record);
    const due = this.options.clock.now() + remaining;
    return { key, stamp, due, at: due };
  }

  /** @internal The times of several branches take the place of those here; of a key the first. Undefined: those here. */
  merge(branches: readonly (readonly Deadline[] | undefined)[]): void {
    const lists = branches.map((list) => list ?? [...this.deadlines.values()]);
    this.clear();
    for (const deadline of lists.flat()) if (!this.deadlines.has(deadline.key)) this.add(deadline);
    this.arm();
  }

  private add(deadline: Deadline): void {
    this.deadlines.set(deadline.key, deadline);
    this.push(deadline);
  }

  private look(): void {
    const now = this.options.clock.now();
    const waitMs = Math.max(0, this.options.rank()) * PATIENCE_MS;
    const passed: Deadline[] = [];
    for (let first = this.first(); first !== undefined && first.at <= now; first = this.first()) {
      this.pop();
      passed.push(first);
    }
    for (const deadline of passed) {
      const isMine = deadline.due + waitMs <= now;
      // It counts until its announcement comes. This node's place may change meanwhile.
      const at = isMine ? now + PATIENCE_MS : Math.min(deadline.due + waitMs, now + PATIENCE_MS);
      this.add({ ...deadline, at });
      if (isMine) this.options.announce(deadline.key, deadline.stamp);
    }
    this.arm();
  }

  private arm(): void {
    const first = this.first();
    if (first === undefined) this.timer.stop();
    else this.timer.start(Math.min(LONGEST_WAIT_MS, Math.max(0, first.at - this.options.clock.now())));
  }

  /** The earliest deadline that still counts. */
  private first(): Deadline | undefined {
    while (this.heap.length > 0 && this.deadlines.get(this.heap[0]!.key) !== this.heap[0]) this.pop();
    return this.heap[0];
  }

  private push(deadline: Deadline): void {
    const { heap } = this;
    let at = heap.push(deadline) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= deadline.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = deadline;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** Something that happens at its time. */
export interface Happening {
  happen(): void;
}

const FIRST_CAPACITY = 1024;

/**
 * Virtual time and everything that is going to happen in it, for a whole cluster: one queue, ordered by time and, at the
 * same time, by the order of scheduling. A binary heap in typed arrays; nothing is allocated for an entry.
 *
 * There is no way to take an entry out: what is no longer wanted happens and does nothing.
 */
export class Scheduler {
  /** Milliseconds since the simulation began. */
  now = 0;
  /** How many things have happened. */
  steps = 0;
  private times = new Float64Array(FIRST_CAPACITY);
  private orders = new Float64Array(FIRST_CAPACITY);
  private readonly happenings: Happening[] = [];
  private count = 0;
  private scheduled = 0;

  /** Has `happening` happen at `time`, or now if that is over. */
  at(time: number, happening: Happening): void {
    if (this.count === this.times.length) this.grow();
    const due = time > this.now ? time : this.now;
    this.siftUp(this.count++, due, this.scheduled++, happening);
  }

  /** The same for a function: for rare things, because each call makes an object. */
  call(time: number, action: () => void): void {
    this.at(time, { happen: action });
  }

  /** When the next thing happens; Infinity if nothing will. */
  get next(): number {
    return this.count === 0 ? Infinity : this.times[0]!;
  }

  /** Moves time to the next thing and lets it happen. There is one. */
  step(): void {
    const happening = this.happenings[0]!;
    this.now = this.times[0]!;
    this.steps++;
    const last = --this.count;
    const moved = this.happenings[last]!;
    this.happenings.length = last;
    if (last > 0) this.siftDown(this.times[last]!, this.orders[last]!, moved);
    happening.happen();
  }

  /** Lets everything happen that is due until `time`, and moves time there. */
  runUntil(time: number): void {
    while (this.next <= time) this.step();
    this.now = time;
  }

  private siftUp(from: number, time: number, order: number, happening: Happening): void {
    const { times, orders, happenings } = this;
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      // A new entry has the highest order: at the same time it stays below.
      if (times[parent]! <= time) break;
      times[hole] = times[parent]!;
      orders[hole] = orders[parent]!;
      happenings[hole] = happenings[parent]!;
      hole = parent;
    }
    times[hole] = time;
    orders[hole] = order;
    happenings[hole] = happening;
  }

  private siftDown(time: number, order: number, happening: Happening): void {
    const { times, orders, happenings, count } = this;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= count) break;
      const right = child + 1;
      if (right < count && isBefore(times[right]!, orders[right]!, times[child]!, orders[child]!)) child = right;
      if (isBefore(time, order, times[child]!, orders[child]!)) break;
      times[hole] = times[child]!;
      orders[hole] = orders[child]!;
      happenings[hole] = happenings[child]!;
      hole = child;
    }
    times[hole] = time;
    orders[hole] = order;
    happenings[hole] = happening;
  }

  private grow(): void {
    const times = new Float64Array(2 * this.times.length);
    const orders = new Float64Array(2 * this.orders.length);
    times.set(this.times);
    orders.set(this.orders);
    this.times = times;
    this.orders = orders;
  }
}

function isBefore(timeA: number, orderA: number, timeB: number, orderB: number): boolean {
  return timeA < timeB || (timeA === timeB && orderA < orderB);
}

import type { SaTime } from 'chorale/sdk';

/** Something that has a time. */
export interface Deadline {
  due: SaTime;
  /** Of equal times the lower comes first. */
  order: number;
  /** Its place in the heap, -1 outside; kept by `Deadlines`. */
  place: number;
}

/** Times on one clock, of which any can be taken out: a binary heap whose entries know their places. */
export class Deadlines<T extends Deadline> {
  private readonly heap: T[] = [];

  /** The earliest. */
  get first(): T | undefined {
    return this.heap[0];
  }

  add(one: T): void {
    this.put(one, this.heap.length);
    this.rise(one);
  }

  /** Taking out what is not in is harmless. */
  remove(one: T): void {
    const { place } = one;
    if (place < 0 || this.heap[place] !== one) return;
    const last = this.heap.pop()!;
    if (last !== one) {
      this.put(last, place);
      this.rise(last);
      this.sink(last);
    }
    one.place = -1;
  }

  private put(one: T, place: number): void {
    this.heap[place] = one;
    one.place = place;
  }

  private rise(one: T): void {
    while (one.place > 0) {
      const { place } = one;
      const parent = this.heap[(place - 1) >> 1]!;
      if (!isBefore(one, parent)) return;
      this.put(one, parent.place);
      this.put(parent, place);
    }
  }

  private sink(one: T): void {
    for (;;) {
      const { place } = one;
      const [left, right] = [this.heap[2 * place + 1], this.heap[2 * place + 2]];
      const child = left && right && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, one)) return;
      this.put(one, child.place);
      this.put(child, place);
    }
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

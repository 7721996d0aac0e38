import type { LogLine } from './line.js';

/** Lines that wait for a target, oldest first, never more than `limit`. */
export class LineQueue {
  private readonly places: (LogLine | undefined)[];
  private head = 0;
  private count = 0;

  constructor(private readonly limit: number) {
    this.places = new Array<LogLine | undefined>(limit);
  }

  get length(): number {
    return this.count;
  }

  /** False if there is no room; the line is not kept then. */
  push(line: LogLine): boolean {
    if (this.count === this.limit) return false;
    this.places[(this.head + this.count) % this.limit] = line;
    this.count++;
    return true;
  }

  shift(): LogLine | undefined {
    if (this.count === 0) return undefined;
    const line = this.places[this.head];
    this.places[this.head] = undefined;
    this.head = (this.head + 1) % this.limit;
    this.count--;
    return line;
  }
}

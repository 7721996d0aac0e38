import type { LogLine } from './line.js';

/** A kept line with its number; the first line of a process is 1. */
export interface RecentLine extends LogLine {
  readonly number: number;
}

/** Lines kept, and characters of a line: with both full it is 8 MB. */
const LINES = 4096;
const LONGEST_TEXT = 1000;

/**
 * The last lines of the log, debug lines included, whatever the targets take: what `chorale blackbox` prints. Keeping a
 * line is one store in a ring; nothing is formatted before somebody asks.
 */
export class RecentLines {
  private readonly places: LogLine[] = [];
  private count = 0;

  constructor(private readonly limit = LINES) {}

  /** Number of the newest line; 0 before the first. */
  get newest(): number {
    return this.count;
  }

  push(line: LogLine): void {
    this.places[this.count % this.limit] =
      line.text.length <= LONGEST_TEXT ? line : { ...line, text: `${line.text.slice(0, LONGEST_TEXT)} ...` };
    this.count++;
  }

  /** The kept lines with a number above `after`, oldest first, `most` of them at most. */
  after(after: number, most = this.limit): RecentLine[] {
    const first = Math.max(after, this.count - this.limit, 0);
    const length = Math.max(0, Math.min(most, this.count - first));
    return Array.from({ length }, (_, i) => {
      return { ...this.places[(first + i) % this.limit]!, number: first + i + 1 };
    });
  }
}

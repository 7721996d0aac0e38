import type { LogLine } from './line.js';

/** Equal lines that are let through in one period. */
const ALLOWED = 5;
/** Length of a period in milliseconds. */
const PERIOD_MS = 10_000;
/** Different lines remembered; with more the oldest is forgotten, so that input from outside cannot grow the process. */
const REMEMBERED = 256;

interface Repeated {
  line: LogLine;
  sinceMs: number;
  count: number;
}

/**
 * Holds back a line that comes again and again, as it does when somebody sends bad input as fast as they can: a few are
 * written, the rest is counted, and the count is written when the period is over.
 */
export class RepeatFilter {
  private readonly lines = new Map<string, Repeated>();
  private timer: NodeJS.Timeout | undefined;
  /** Lines held back so far. */
  suppressed = 0;

  /** @param write takes the line that says how many were held back */
  constructor(private readonly write: (line: LogLine) => void) {}

  /** Whether to write a line. */
  admits(line: LogLine): boolean {
    const key = `${line.rank} ${line.subsystem} ${line.text}`;
    const known = this.lines.get(key);
    if (known !== undefined && line.timeMs - known.sinceMs < PERIOD_MS) {
      known.count++;
      if (known.count <= ALLOWED) return true;
      this.suppressed++;
      this.timer ??= setTimeout(() => this.report(), PERIOD_MS).unref();
      return false;
    }
    this.forget(key);
    if (this.lines.size >= REMEMBERED) this.forget(this.lines.keys().next().value!);
    this.lines.set(key, { line, sinceMs: line.timeMs, count: 1 });
    return true;
  }

  /** Writes every count that is open. */
  report(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const key of [...this.lines.keys()]) this.forget(key);
  }

  private forget(key: string): void {
    const known = this.lines.get(key);
    if (known === undefined) return;
    this.lines.delete(key);
    const held = known.count - ALLOWED;
    if (held > 0) this.write({ ...known.line, timeMs: Date.now(), text: `(${held} more times) ${known.line.text}` });
  }
}

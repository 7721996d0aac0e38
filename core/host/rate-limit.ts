import type { Clock } from '../base/clock.js';
import type { Logger, Severity } from '../base/logger.js';

/** Time between two lines with the same key, in milliseconds. */
const QUIET_MS = 10_000;
/** Keys remembered; with more the oldest is forgotten, so that what comes from outside cannot grow the process. */
const KEYS = 256;

interface Entry {
  lastMs: number;
  suppressed: number;
}

/** A log for what others can cause as often as they like: one line a key every ten seconds, with the count between. */
export class RateLimitedLog {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly log: Logger,
    private readonly clock: Clock,
  ) {}

  write(severity: Severity, key: string, text: () => string): void {
    const now = this.clock.now();
    const entry = this.entries.get(key);
    if (entry !== undefined && now - entry.lastMs < QUIET_MS) {
      entry.suppressed++;
      return;
    }
    const repeated = entry?.suppressed ? ` (and ${entry.suppressed} more like it since the last line)` : '';
    this.entries.delete(key);
    if (this.entries.size >= KEYS) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(key, { lastMs: now, suppressed: 0 });
    this.log.log(severity, text() + repeated);
  }
}

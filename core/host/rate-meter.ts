import type { Clock, Timer } from '../base/clock.js';

const INTERVAL_MS = 1000;

/** How fast counters grow: looks at them once a second and keeps the difference. */
export class RateMeter {
  private readonly timer: Timer;
  private last: Readonly<Record<string, number>>;
  private lastMs: number;
  private perSecond: Record<string, number> = {};

  constructor(
    private readonly clock: Clock,
    private readonly read: () => Readonly<Record<string, number>>,
  ) {
    this.last = { ...read() };
    this.lastMs = clock.now();
    for (const name of Object.keys(this.last)) this.perSecond[name] = 0;
    this.timer = clock.timer(() => this.sample());
  }

  /** Growth per second of each counter over the last whole interval. */
  get rates(): Readonly<Record<string, number>> {
    return this.perSecond;
  }

  start(): void {
    this.timer.start(INTERVAL_MS);
  }

  stop(): void {
    this.timer.stop();
  }

  private sample(): void {
    const now = this.clock.now();
    const seconds = (now - this.lastMs) / 1000;
    const counts = { ...this.read() };
    if (seconds > 0) {
      for (const [name, count] of Object.entries(counts)) {
        this.perSecond[name] = (count - (this.last[name] ?? 0)) / seconds;
      }
    }
    this.last = counts;
    this.lastMs = now;
    this.timer.start(INTERVAL_MS);
  }
}

import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import { ValueType } from '../../services/cmap/index.js';
import type { StatisticsMap } from '../../services/cmap/index.js';

/** What the watch needs of the daemon. */
export interface PauseWatch {
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  epochMs(): number;
  /** Of the configuration in use. */
  tokenMs(): number;
}

interface Pause {
  readonly timestamp: number;
  readonly delayMs: number;
}

/** Pauses shown at most, the newest first. */
const SHOWN = 10;
/** A pause of this share of the token's time-out is shown; it is looked for this often in that time. */
const NOTABLE = 0.8;
const LOOKS = 3;

/** Times this process did not run though it wanted to: `stats.schedmiss.*`, and a line in the log for each. */
export class PauseKeys {
  private pauses: Pause[] = [];
  private watch: PauseWatch | undefined;
  private timer: Timer | undefined;
  private lookedAt = 0;

  constructor(private readonly statistics: StatisticsMap) {}

  start(watch: PauseWatch): void {
    this.watch = watch;
    this.timer = watch.clock.timer(() => this.look());
    this.lookedAt = watch.clock.now();
    this.timer.start(watch.tokenMs() / LOOKS);
  }

  clear(): void {
    this.pauses.forEach((_pause, place) => {
      this.statistics.withdraw(`stats.schedmiss.${place}.timestamp`);
      this.statistics.withdraw(`stats.schedmiss.${place}.delay`);
    });
    this.pauses = [];
  }

  private look(): void {
    const watch = this.watch!;
    const now = watch.clock.now();
    const tokenMs = watch.tokenMs();
    const delayMs = now - this.lookedAt;
    this.lookedAt = now;
    const notable = tokenMs * NOTABLE;
    if (delayMs > notable) this.paused(delayMs, notable);
    this.timer!.start(tokenMs / LOOKS);
  }

  private paused(delayMs: number, notable: number): void {
    const watch = this.watch!;
    const timestamp = watch.epochMs();
    watch.log.log(
      'warning',
      `this process was not scheduled (@${timestamp}) for ${delayMs.toFixed(4)} ms (threshold is ${notable.toFixed(4)} ms): ` +
        'give it priority, or a longer totem.token',
    );
    const places = this.pauses.length;
    this.pauses = [{ timestamp, delayMs }, ...this.pauses].slice(0, SHOWN);
    for (let place = places; place < this.pauses.length; place++) {
      const at = (): Pause => this.pauses[place]!;
      const key = `stats.schedmiss.${place}`;
      this.statistics.supplyNumber(`${key}.timestamp`, ValueType.U64, () => at().timestamp);
      this.statistics.supplyNumber(`${key}.delay`, ValueType.FLOAT, () => at().delayMs);
    }
  }
}

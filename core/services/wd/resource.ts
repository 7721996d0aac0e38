import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Icmap } from '../cmap/icmap.js';
import type { KeyChange, Tracker } from '../cmap/key-trackers.js';
import { TrackEvent } from '../cmap/key-trackers.js';
import { ValueType } from '../cmap/values.js';
import { periodIn } from '../mon/period.js';

/** What a guarded resource needs. */
export interface GuardDependencies {
  readonly map: Icmap;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Nanoseconds since the machine started. */
  now(): bigint;
  /** The resource has failed and is to be recovered so. */
  failed(recovery: string): void;
  /** It is gone from the map. */
  gone(prefix: string): void;
}

const DEFAULT_PERIOD_MS = 6000;

/** One resource in the map that somebody else keeps up to date: it fails with its state, or when nobody does any more. */
export class GuardedResource {
  private readonly timer: Timer;
  private readonly tracker: Tracker | undefined;
  private state: 'stopped' | 'running' | 'failed' = 'stopped';
  private period = DEFAULT_PERIOD_MS;

  /** `prefix`: of its keys, `resources.KIND.NAME.` */
  constructor(
    private readonly prefix: string,
    private readonly dependencies: GuardDependencies,
  ) {
    const { map, logger, clock } = dependencies;
    this.timer = clock.timer(() => this.check());
    const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
    if (!map.get(`${prefix}poll_period`)) map.setNumber(`${prefix}poll_period`, ValueType.U64, this.period);
    this.tracker = map.track(prefix, ADD | DELETE | MODIFY | PREFIX, (change) => this.changed(change));
    this.period = periodIn(map, prefix, logger) ?? this.period;
    if (map.string(`${prefix}recovery`) === undefined) {
      logger.log('info', `resource ${this.name} is not guarded: it has no recovery`);
      return;
    }
    this.state = 'running';
    // Who keeps it up to date has some time to begin.
    this.timer.start(Math.max(2 * this.period, DEFAULT_PERIOD_MS));
  }

  get guarded(): boolean {
    return this.state !== 'stopped';
  }

  close(): void {
    this.timer.stop();
    if (this.tracker) this.dependencies.map.untrack(this.tracker);
  }

  private get name(): string {
    return this.prefix.split('.')[2]!;
  }

  private changed({ event, key }: KeyChange): void {
    const part = key.slice(this.prefix.length);
    if (event === TrackEvent.DELETE) {
      if (part !== 'state') return;
      this.dependencies.logger.log('warning', `resource ${this.name} is gone from cmap`);
      this.close();
      this.dependencies.gone(this.prefix);
      return;
    }
    if (part !== 'last_updated' && part !== 'current') this.configure();
  }

  private configure(): void {
    const { map, logger } = this.dependencies;
    const before = this.period;
    this.period = periodIn(map, this.prefix, logger) ?? before;
    const state = map.string(`${this.prefix}state`);
    const recovery = map.string(`${this.prefix}recovery`);
    this.timer.stop();
    if (recovery === undefined || state === undefined || state === 'stopped') {
      this.state = 'stopped';
      return;
    }
    this.state = 'running';
    // The longer of both: whoever writes has to get used to a new period.
    this.timer.start(Math.max(before, this.period));
  }

  private check(): void {
    if (this.isWell()) {
      this.timer.start(this.period);
      return;
    }
    const recovery = this.dependencies.map.string(`${this.prefix}recovery`) ?? '';
    this.state = 'failed';
    this.dependencies.logger.log('crit', `${recovery} resource ${this.name} failed`);
    this.dependencies.failed(recovery);
  }

  private isWell(): boolean {
    const { map, logger } = this.dependencies;
    const updated = map.u64(`${this.prefix}last_updated`);
    const state = map.string(`${this.prefix}state`);
    if (updated === undefined || state === undefined || state === 'disabled') return false;
    if (updated === 0n) return true;
    const late = this.dependencies.now() - updated - BigInt(Math.round(this.period * 1.5 * 1e6));
    if (late <= 0n) return state !== 'failed';
    logger.log(
      'error',
      `resource ${this.name} was updated ${late / 1_000_000n} ms too late (period ${this.period} ms)`,
    );
    return false;
  }
}

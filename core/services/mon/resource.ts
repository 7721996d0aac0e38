import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Icmap } from '../cmap/icmap.js';
import type { KeyChange, Tracker } from '../cmap/key-trackers.js';
import { TrackEvent } from '../cmap/key-trackers.js';
import { ValueType } from '../cmap/values.js';
import type { NumericType } from '../cmap/values.js';
import { periodIn } from './period.js';

/** A resource of the machine and how it is shown. */
export interface Watched {
  /** Under `resources.system.`. */
  readonly name: string;
  /** Of `current` before the first reading, and of readings: Corosync's memory_used changes its type. */
  readonly firstType: NumericType;
  readonly type: NumericType;
  /** Undefined if it cannot be read now. */
  read(): number | undefined;
  /** Nanoseconds since the machine started. */
  now(): bigint;
}

type State = 'stopped' | 'running' | 'failed';

const DEFAULT_PERIOD_MS = 3000;

/** One resource: looked at every `poll_period` while `max` is set, failed once it is above. */
export class MonitoredResource {
  private readonly prefix: string;
  private readonly timer: Timer;
  private tracker: Tracker | undefined;
  private state: State = 'stopped';
  private period = DEFAULT_PERIOD_MS;
  private max = Infinity;

  constructor(
    private readonly watched: Watched,
    private readonly map: Icmap,
    private readonly logger: Logger,
    clock: Clock,
  ) {
    this.prefix = `resources.system.${watched.name}.`;
    this.timer = clock.timer(() => this.look());
  }

  start(): void {
    const { map, prefix, watched } = this;
    map.setNumber(`${prefix}current`, watched.firstType, 0);
    map.setNumber(`${prefix}last_updated`, ValueType.U64, 0);
    map.setString(`${prefix}state`, 'stopped');
    if (!map.get(`${prefix}poll_period`)) map.setNumber(`${prefix}poll_period`, ValueType.U64, this.period);
    const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
    this.tracker = map.track(prefix, ADD | DELETE | MODIFY | PREFIX, (change) => this.changed(change));
    this.configure();
  }

  stop(): void {
    this.timer.stop();
    if (this.tracker) this.map.untrack(this.tracker);
  }

  private changed({ key }: KeyChange): void {
    if (key === `${this.prefix}max` || key === `${this.prefix}poll_period`) this.configure();
  }

  private configure(): void {
    const { map, prefix } = this;
    this.period = periodIn(map, prefix, this.logger) ?? this.period;
    this.timer.stop();
    const max = map.string(`${prefix}max`);
    const number = max === undefined || max.trim() === '' ? NaN : Number.parseFloat(max);
    if (Number.isNaN(number)) {
      this.max = Infinity;
      this.enter('stopped');
      return;
    }
    this.max = number;
    this.enter('running');
    this.look();
  }

  private look(): void {
    const { map, prefix, watched } = this;
    const value = watched.read();
    // As in Corosync a resource at 0 is one that could not be read.
    if (value !== undefined && value > 0) {
      map.setNumber(`${prefix}current`, watched.type, value);
      map.setNumber(`${prefix}last_updated`, ValueType.U64, watched.now());
      if (value > this.max) this.enter('failed');
    }
    this.timer.start(this.period);
  }

  private enter(state: State): void {
    if (this.state === state) return;
    this.logger.log('info', `resource ${this.watched.name}: ${this.state} --> ${state}`);
    this.state = state;
    this.map.setString(`${this.prefix}state`, state);
  }
}

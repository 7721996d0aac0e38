import type { Clock, Timer } from '../../base/clock.js';
import { CsErrorCode } from '../../base/errors.js';
import type { CsErrorNumber } from '../../base/errors.js';
import { TrackEvent } from './icmap.js';
import type { KeyListener, KeyMap, Tracker } from './icmap.js';
import { keyAfter } from './sorted-keys.js';
import { numberValue, sameValue, stringValue } from './values.js';
import type { CmapValue, NumericType } from './values.js';

const CLEAR = 'stats.clear.';

/** What a statistics key shows when it is read. */
export type Supplier = () => CmapValue;

/** Kinds of statistics that `stats.clear.KIND` resets. */
export const CLEARABLE = ['knet', 'ipc', 'totem', 'schedmiss', 'all'] as const;
export type ClearableKind = (typeof CLEARABLE)[number];

/** How often values are looked at for those who follow them. */
const TICK_MS = 1500;

/**
 * The statistics map: keys whose values are computed when they are read. Clients change nothing in it; setting
 * `stats.clear.totem` and the like resets counters.
 */
export class StatisticsMap implements KeyMap {
  private readonly suppliers = new Map<string, Supplier>();
  private sorted: string[] | undefined = [];
  private readonly trackers = new Map<Tracker, CmapValue | undefined>();

  private readonly timer: Timer;

  /** `clear` resets the counters of one kind. */
  constructor(
    clock: Clock,
    private readonly clear: (kind: ClearableKind) => void,
  ) {
    this.timer = clock.timer(() => this.tick());
  }

  /** Shows a key from now on. Followers of a prefix of it are told. */
  supply(key: string, supplier: Supplier): void {
    this.suppliers.set(key, supplier);
    this.sorted = undefined;
    this.tellPrefixes(key, TrackEvent.ADD, supplier);
  }

  supplyNumber(key: string, type: NumericType, read: () => number | bigint): void {
    this.supply(key, () => numberValue(type, read()));
  }

  supplyString(key: string, read: () => string): void {
    this.supply(key, () => stringValue(read()));
  }

  /** The key is gone. */
  withdraw(key: string): void {
    if (!this.suppliers.delete(key)) return;
    this.sorted = undefined;
    this.tellPrefixes(key, TrackEvent.DELETE, undefined);
  }

  /** Tells who follows a single key whose value has changed since it was last looked at. */
  private tick(): void {
    this.timer.start(TICK_MS);
    for (const [tracker, last] of this.trackers) {
      if ((tracker.events & TrackEvent.PREFIX) !== 0 || (tracker.events & TrackEvent.MODIFY) === 0) continue;
      const value = this.get(tracker.key);
      if (!value || (last && sameValue(last, value))) continue;
      this.trackers.set(tracker, value);
      tracker.listener({ event: TrackEvent.MODIFY, key: tracker.key, newValue: value, oldValue: value });
    }
  }

  get(key: string): CmapValue | undefined {
    return this.suppliers.get(key)?.();
  }

  set(key: string): CsErrorNumber {
    const kind = clearedBy(key);
    if (!kind) return CsErrorCode.ERR_NOT_SUPPORTED;
    this.clear(kind);
    return CsErrorCode.OK;
  }

  delete(): CsErrorNumber {
    return CsErrorCode.ERR_NOT_SUPPORTED;
  }

  adjust(): CsErrorNumber {
    return CsErrorCode.ERR_NOT_SUPPORTED;
  }

  isReadOnly(key: string): boolean {
    return !key.startsWith(CLEAR);
  }

  nextKey(prefix: string, after: string | undefined): string | undefined {
    const keys = (this.sorted ??= [...this.suppliers.keys()].sort());
    return keyAfter(keys, prefix, after);
  }

  track(key: string, events: number, listener: KeyListener): Tracker | undefined {
    const { DELETE, MODIFY, ADD, PREFIX } = TrackEvent;
    if ((events & ~(DELETE | MODIFY | ADD | PREFIX)) !== 0) return undefined;
    const tracker = { key, events, listener };
    this.trackers.set(tracker, this.get(key));
    if (!this.timer.running) this.timer.start(TICK_MS);
    return tracker;
  }

  untrack(tracker: Tracker): void {
    this.trackers.delete(tracker);
    if (this.trackers.size === 0) this.timer.stop();
  }

  private tellPrefixes(key: string, event: number, supplier: Supplier | undefined): void {
    for (const { key: prefix, events, listener } of [...this.trackers.keys()]) {
      const follows = (events & TrackEvent.PREFIX) !== 0 && (events & event) !== 0 && key.startsWith(prefix);
      if (follows) listener({ event, key, newValue: supplier?.(), oldValue: undefined });
    }
  }
}

function clearedBy(key: string): ClearableKind | undefined {
  return CLEARABLE.find((kind) => key.startsWith(CLEAR + kind));
}

import type { Clock, Timer } from '../../base/clock.js';
import { CsError, CsErrorCode } from '../../base/errors.js';
import type { CsErrorNumber } from '../../base/errors.js';
import type { KeyMap } from './icmap.js';
import { KeyTrackers, TrackEvent } from './key-trackers.js';
import type { KeyListener, Tracker } from './key-trackers.js';
import { keyAfter } from './sorted-keys.js';
import { numberValue, sameValue, stringValue } from './values.js';
import type { CmapValue, NumericType } from './values.js';

const CLEAR = 'stats.clear.';
const PAUSES = 'stats.schedmiss';

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
  private readonly trackers = new KeyTrackers();
  /** What each follower of a single key was told last. */
  private readonly told = new Map<Tracker, CmapValue | undefined>();
  private readonly timer: Timer;

  /** `clear` resets the counters of one kind. */
  constructor(
    clock: Clock,
    private readonly clear: (kind: ClearableKind) => void,
  ) {
    this.timer = clock.timer(() => this.tick());
  }

  /** Shows a key from now on. Who follows it coming, or a prefix of it, is told. */
  supply(key: string, supplier: Supplier): void {
    this.suppliers.set(key, supplier);
    this.sorted = undefined;
    if (!this.trackers.empty) this.tell(key, TrackEvent.ADD, supplier());
  }

  supplyNumber(key: string, type: NumericType, read: () => number | bigint): void {
    this.supply(key, () => numberValue(type, read()));
  }

  supplyString(key: string, read: () => string): void {
    this.supply(key, () => stringValue(read()));
  }

  /** The key is gone. */
  withdraw(key: string): void {
    const supplier = this.suppliers.get(key);
    if (!supplier) return;
    this.suppliers.delete(key);
    this.sorted = undefined;
    if (!this.trackers.empty) this.tell(key, TrackEvent.DELETE, supplier());
  }

  /**
   * Tells who follows a single key whose value has changed since it was last looked at, whatever else they follow. What
   * does not exist is taken for zero, and the old value is not known: the new one is shown twice, as Corosync does.
   */
  private tick(): void {
    this.timer.start(TICK_MS);
    for (const [tracker, last] of [...this.told]) {
      const value = this.get(tracker.key);
      if (!value || (last ? sameValue(last, value) : value.bytes.every((byte) => byte === 0))) continue;
      this.told.set(tracker, value);
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

  track(key: string, events: number, listener: KeyListener): Tracker {
    const both = TrackEvent.ADD | TrackEvent.DELETE;
    const isPrefix = (events & TrackEvent.PREFIX) !== 0;
    if (isPrefix && (events & both) !== both) {
      throw new CsError('ERR_NOT_SUPPORTED', 'a prefix of the statistics is followed with both ADD and DELETE.');
    }
    const tracker = this.trackers.add(key, events, listener);
    if (!isPrefix && key !== '') this.told.set(tracker, this.get(key));
    if (!this.timer.running) this.timer.start(TICK_MS);
    return tracker;
  }

  untrack(tracker: Tracker): void {
    this.trackers.remove(tracker);
    this.told.delete(tracker);
    if (this.trackers.empty) this.timer.stop();
  }

  /** A key comes or goes. Both values are its last one, as Corosync shows them; of pauses nobody is told. */
  private tell(key: string, event: number, value: CmapValue): void {
    if (key.startsWith(PAUSES)) return;
    this.trackers.tell({ event, key, newValue: value, oldValue: value });
  }
}

function clearedBy(key: string): ClearableKind | undefined {
  return CLEARABLE.find((kind) => key.startsWith(CLEAR + kind));
}

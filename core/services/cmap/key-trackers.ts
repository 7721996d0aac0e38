import type { CmapValue } from './values.js';

/** Kinds of change a tracker may follow; the numbers are those of the client protocol. */
export const TrackEvent = { DELETE: 1, MODIFY: 2, ADD: 4, PREFIX: 8 } as const;

/** What a tracker is told: a value that does not exist is undefined. */
export interface KeyChange {
  readonly event: number;
  readonly key: string;
  readonly newValue: CmapValue | undefined;
  readonly oldValue: CmapValue | undefined;
}

export type KeyListener = (change: KeyChange) => void;

/** A running tracker. */
export interface Tracker {
  readonly key: string;
  /** Bits of TrackEvent; with PREFIX it follows all keys that begin with its key. */
  readonly events: number;
  readonly listener: KeyListener;
}

/** The trackers of a map, by what they follow. */
export class KeyTrackers {
  private readonly byKey = new Map<string, readonly Tracker[]>();

  get all(): Tracker[] {
    return [...this.byKey.values()].flat();
  }

  get empty(): boolean {
    return this.byKey.size === 0;
  }

  add(key: string, events: number, listener: KeyListener): Tracker {
    const tracker = { key, events, listener };
    const others = this.byKey.get(key) ?? [];
    const last = key !== '' && (events & TrackEvent.PREFIX) !== 0;
    this.byKey.set(key, last ? [...others, tracker] : [tracker, ...others]);
    return tracker;
  }

  remove(tracker: Tracker): void {
    const rest = this.byKey.get(tracker.key)?.filter((other) => other !== tracker) ?? [];
    if (rest.length > 0) this.byKey.set(tracker.key, rest);
    else this.byKey.delete(tracker.key);
  }

  /**
   * Tells all who follow the change: first who follows exactly this key, newest first; then who follows it as a prefix,
   * then shorter and shorter prefixes, oldest first; then who follows all keys, newest first. This is the order of
   * libqb's trie, in which Corosync keeps its maps.
   */
  tell(change: KeyChange): void {
    if (this.empty) return;
    const { key, event } = change;
    const told: Tracker[] = [];
    for (let length = key.length; length >= 0; length--) {
      for (const tracker of this.byKey.get(key.slice(0, length)) ?? []) {
        const follows = length === key.length || (tracker.events & TrackEvent.PREFIX) !== 0;
        if (follows && (tracker.events & event) !== 0) told.push(tracker);
      }
    }
    for (const { listener } of told) listener(change);
  }
}

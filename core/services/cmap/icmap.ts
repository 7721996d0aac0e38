import { CsError, CsErrorCode } from '../../base/errors.js';
import type { CsErrorNumber } from '../../base/errors.js';
import { KeyTrackers, TrackEvent } from './key-trackers.js';
import type { KeyListener, Tracker } from './key-trackers.js';
import { keyAfter } from './sorted-keys.js';
import {
  checkValue,
  isNumeric,
  NUMERIC,
  numberValue,
  readNumber,
  sameValue,
  stringValue,
  textOf,
  ValueType,
} from './values.js';
import type { CmapValue, NumericType } from './values.js';

const { OK, ERR_NOT_EXIST, ERR_INVALID_PARAM, ERR_NAME_TOO_LONG } = CsErrorCode;

/** A map of typed keys as clients see one: the configuration map and the statistics map. */
export interface KeyMap {
  get(key: string): CmapValue | undefined;
  set(key: string, value: CmapValue): CsErrorNumber;
  delete(key: string): CsErrorNumber;
  adjust(key: string, step: number): CsErrorNumber;
  isReadOnly(key: string): boolean;
  /** The first key with the prefix that comes after `after` in byte order; with `after` undefined the first of all. */
  nextKey(prefix: string, after: string | undefined): string | undefined;
  /**
   * Follows a key or, with PREFIX among the bits of TrackEvent, all keys that begin with it. Throws a CsError if the bits
   * are not allowed: ERR_INVALID_PARAM, or ERR_NOT_SUPPORTED where the map cannot do it.
   */
  track(key: string, events: number, listener: KeyListener): Tracker;
  untrack(tracker: Tracker): void;
}

const KEY_RULE = /^[a-zA-Z0-9._\-/:]{3,255}$/;
/** Bytes of a value at most. */
export const VALUE_LIMIT = 16384;

/**
 * The map of typed keys that holds the node's configuration and what the node tells about itself (Corosync's icmap).
 * Keys are read in byte order; changes are told to trackers at once.
 */
export class Icmap implements KeyMap {
  private readonly values = new Map<string, CmapValue>();
  private readonly suppliers = new Map<string, () => CmapValue>();
  /** The keys in byte order; made again after a key came or went. */
  private sorted: string[] | undefined = [];
  private readonly trackers = new KeyTrackers();
  private readonly readOnlyKeys = new Set<string>();
  private readonly readOnlyPrefixes = new Set<string>();

  get(key: string): CmapValue | undefined {
    return this.values.get(key) ?? this.suppliers.get(key)?.();
  }

  /** A number that is read when a client asks for it, such as a counter. Its changes are told to nobody. */
  supply(key: string, type: NumericType, read: () => number | bigint): void {
    this.suppliers.set(key, () => numberValue(type, read()));
    this.sorted = undefined;
  }

  /** The supplied key is gone. */
  withdraw(key: string): void {
    this.suppliers.delete(key);
    this.sorted = undefined;
  }

  /** The number under a key if it has exactly that type, as a number or, for 64 bits, a bigint. */
  number(key: string, type: NumericType): number | bigint | undefined {
    const value = this.values.get(key);
    return value?.type === type ? readNumber(value) : undefined;
  }

  u8(key: string): number | undefined {
    return this.number(key, ValueType.U8) as number | undefined;
  }

  u32(key: string): number | undefined {
    return this.number(key, ValueType.U32) as number | undefined;
  }

  u64(key: string): bigint | undefined {
    return this.number(key, ValueType.U64) as bigint | undefined;
  }

  string(key: string): string | undefined {
    const value = this.values.get(key);
    return value?.type === ValueType.STRING ? textOf(value) : undefined;
  }

  setNumber(key: string, type: NumericType, value: number | bigint): CsErrorNumber {
    return this.set(key, numberValue(type, value));
  }

  setString(key: string, text: string): CsErrorNumber {
    return this.set(key, stringValue(text));
  }

  /** Sets a value; the same again changes nothing and tells nobody. Read-only marks bind clients, not the daemon. */
  set(key: string, value: CmapValue): CsErrorNumber {
    const oldValue = this.values.get(key);
    const stored = checkValue(value, VALUE_LIMIT);
    if (!stored) return ERR_INVALID_PARAM;
    if (!oldValue && !KEY_RULE.test(key)) return ERR_NAME_TOO_LONG;
    if (oldValue && sameValue(oldValue, stored)) return OK;
    this.values.set(key, stored);
    if (!oldValue) this.sorted = undefined;
    this.trackers.tell({ event: oldValue ? TrackEvent.MODIFY : TrackEvent.ADD, key, newValue: stored, oldValue });
    return OK;
  }

  delete(key: string): CsErrorNumber {
    const oldValue = this.values.get(key);
    if (!oldValue) return ERR_NOT_EXIST;
    this.values.delete(key);
    this.sorted = undefined;
    this.trackers.tell({ event: TrackEvent.DELETE, key, newValue: undefined, oldValue });
    return OK;
  }

  /** Adds to an integer, which wraps around in its type. */
  adjust(key: string, step: number): CsErrorNumber {
    const value = this.values.get(key);
    if (!value) return ERR_NOT_EXIST;
    const { type } = value;
    if (!isNumeric(type) || type === ValueType.FLOAT || type === ValueType.DOUBLE) return ERR_INVALID_PARAM;
    const bits = NUMERIC[type].size * 8;
    return this.setNumber(key, type, BigInt.asUintN(bits, BigInt(readNumber(value)) + BigInt(step)));
  }

  isReadOnly(key: string): boolean {
    if (this.readOnlyKeys.has(key)) return true;
    for (const prefix of this.readOnlyPrefixes) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** Clients may not change the key, or with `prefix` any key that begins with it. */
  markReadOnly(key: string, prefix: boolean): void {
    (prefix ? this.readOnlyPrefixes : this.readOnlyKeys).add(key);
  }

  nextKey(prefix: string, after: string | undefined): string | undefined {
    const keys = (this.sorted ??= [...new Set([...this.values.keys(), ...this.suppliers.keys()])].sort());
    return keyAfter(keys, prefix, after);
  }

  /** All keys that begin with the prefix, in byte order. */
  *keys(prefix = ''): Generator<string> {
    for (let key = this.nextKey(prefix, undefined); key !== undefined; key = this.nextKey(prefix, key)) yield key;
  }

  track(key: string, events: number, listener: KeyListener): Tracker {
    const { DELETE, MODIFY, ADD, PREFIX } = TrackEvent;
    if ((events & ~(DELETE | MODIFY | ADD | PREFIX)) !== 0) {
      throw new CsError('ERR_INVALID_PARAM', `a tracker cannot follow events ${events}: use bits of TrackEvent.`);
    }
    return this.trackers.add(key, events, listener);
  }

  untrack(tracker: Tracker): void {
    this.trackers.remove(tracker);
  }

  /** Everything, as plain data. */
  dump(): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const key of this.keys()) {
      const value = this.get(key)!;
      if (isNumeric(value.type)) shown[key] = String(readNumber(value));
      else shown[key] = value.type === ValueType.STRING ? textOf(value) : `${value.bytes.length} bytes`;
    }
    return shown;
  }
}

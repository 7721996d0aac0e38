import type { Origin } from './errors.js';
import type { CmapEntry } from './model.js';

/** A key with its typed value and where it came from. */
export interface StoredEntry {
  readonly entry: CmapEntry;
  readonly origin: Origin;
}

const KEY_NAME = /^[a-zA-Z0-9._\-/:]{3,255}$/;

/** Whether cmap can hold a key of this name. */
export function isCmapKey(path: string): boolean {
  return KEY_NAME.test(path);
}

/** Typed keys of one configuration under their cmap paths, in the order they were first set. */
export class ConfigStore {
  private readonly keys = new Map<string, StoredEntry>();

  set(entry: CmapEntry, origin: Origin): void {
    this.keys.set(entry.path, { entry, origin });
  }

  has(path: string): boolean {
    return this.keys.has(path);
  }

  /** Where a key was set; `file` as a whole if it was not. */
  find(path: string): StoredEntry | undefined {
    return this.keys.get(path);
  }

  string(path: string): string | undefined {
    const value = this.keys.get(path)?.entry.value;
    return typeof value === 'string' ? value : undefined;
  }

  number(path: string): number | undefined {
    const value = this.keys.get(path)?.entry.value;
    return typeof value === 'number' ? value : undefined;
  }

  bigint(path: string): bigint | undefined {
    const value = this.keys.get(path)?.entry.value;
    return typeof value === 'bigint' ? value : undefined;
  }

  /** Every key that starts with `prefix`. */
  *under(prefix: string): Iterable<StoredEntry> {
    for (const [path, stored] of this.keys) if (path.startsWith(prefix)) yield stored;
  }

  entries(): CmapEntry[] {
    return [...this.keys.values()].map((stored) => stored.entry);
  }
}

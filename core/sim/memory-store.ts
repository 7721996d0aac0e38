import type { Store } from '../base/store.js';

/** A node's state directory: survives its crashes, unless the simulation takes it away. */
export class MemoryStore implements Store {
  private readonly entries = new Map<string, Uint8Array>();
  /** Saving fails, as on a full disk. */
  broken = false;

  load(key: string): Uint8Array | undefined {
    return this.entries.get(key)?.slice();
  }

  save(key: string, bytes: Uint8Array): void {
    if (this.broken) throw new Error(`cannot save ${key}: the simulated disk is full`);
    this.entries.set(key, bytes.slice());
  }

  /** Everything is lost. */
  clear(): void {
    this.entries.clear();
  }
}

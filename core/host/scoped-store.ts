import type { Store } from '../base/store.js';

/** A plugin's own keys of the node's store: `NAME.KEY`, so that two plugins never share one. */
export class ScopedStore implements Store {
  constructor(
    private readonly store: Store,
    private readonly name: string,
  ) {}

  load(key: string): Uint8Array | undefined {
    return this.store.load(`${this.name}.${key}`);
  }

  save(key: string, bytes: Uint8Array): void {
    this.store.save(`${this.name}.${key}`, bytes);
  }
}

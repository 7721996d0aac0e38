/**
 * The few bytes that outlive a process. Keys are file names in the state directory (`ringid_1`, `ev_tracking`).
 * Reading and writing are synchronous: the ring may not go on before they are done.
 */
export interface Store {
  /** The bytes last saved under `key`, or undefined if there are none. */
  load(key: string): Uint8Array | undefined;
  /** Replaces what is under `key`. Throws if it cannot be kept. */
  save(key: string, bytes: Uint8Array): void;
}

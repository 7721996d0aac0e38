import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../base/store.js';

const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * The Store of a running node: a file a key in the state directory, readable by its owner only, in Corosync's own
 * format and names (`ringid_1`). A file is replaced in one step, so that a crash leaves the old or the new bytes.
 */
export class FileStore implements Store {
  constructor(private readonly directory: string) {}

  load(key: string): Uint8Array | undefined {
    try {
      return readFileSync(this.path(key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.failure('read', key, error);
    }
  }

  save(key: string, bytes: Uint8Array): void {
    const path = this.path(key);
    const fresh = `${path}.new`;
    try {
      rmSync(fresh, { force: true });
      writeFileSync(fresh, bytes, { mode: 0o600, flag: 'wx' });
      renameSync(fresh, path);
    } catch (error) {
      throw this.failure('write', key, error);
    }
  }

  private path(key: string): string {
    if (!KEY.test(key)) throw new Error(`"${key}" is no key of the store: use letters, digits, _, - and .`);
    return join(this.directory, key);
  }

  private failure(what: string, key: string, error: unknown): Error {
    const reason = error instanceof Error ? error.message : String(error);
    return new Error(
      `cannot ${what} ${join(this.directory, key)}: ${reason}. ` +
        'The state directory (system.state_dir) has to exist and be writable for the daemon.',
      { cause: error },
    );
  }
}

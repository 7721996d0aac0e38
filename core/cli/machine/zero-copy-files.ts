import { lstatSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativeIpc } from '../../net/native-ipc.js';
import type { ZeroCopyMapping, ZeroCopyMemory } from '../../services/cpg/index.js';

/** Where Corosync's library makes the files of its zero-copy buffers, and how it names them. */
const PATH = /^\/(?:dev\/shm|run)\/corosync_zerocopy-[A-Za-z0-9]{6}$/;

/**
 * Zero-copy buffers as Corosync's library offers them: files in memory, whose names are taken away before anything is
 * done with them, so that nobody can put another file in their place.
 */
export class ZeroCopyFiles implements ZeroCopyMemory {
  constructor(private readonly native: Pick<NativeIpc, 'SharedMemory'>) {}

  map(path: string, length: number, client: { readonly uid: number }): ZeroCopyMapping {
    if (!PATH.test(path)) throw new Error(`${JSON.stringify(path)} is not where the library makes such files`);
    check(path, length, client.uid, lstatSync(path));
    const directory = mkdtempSync(join(dirname(path), 'chorale-zerocopy-'));
    const file = join(directory, 'buffer');
    try {
      renameSync(path, file);
      // Again: only here nobody can exchange it any more.
      check(path, length, client.uid, lstatSync(file));
      const memory = new this.native.SharedMemory(file, length);
      return { bytes: new Uint8Array(memory.buffer), close: () => memory.close() };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

function check(path: string, length: number, uid: number, stat: Stats): void {
  if (!stat.isFile() || stat.nlink !== 1) throw new Error(`${path} is no file of its own`);
  if (stat.uid !== uid) throw new Error(`${path} belongs to user ${stat.uid}, the client is ${uid}`);
  if (stat.size < length) throw new Error(`${path} has ${stat.size} bytes, not ${length}`);
}

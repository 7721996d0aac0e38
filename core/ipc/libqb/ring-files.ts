import { unlinkSync } from 'node:fs';
import type { NativeAddon } from '../../net/native.js';
import type { NativeSharedMemory, SemaphorePlace } from '../../net/native-ipc.js';
import {
  DATA_PATH_AT,
  HEADER_BYTES,
  HEADER_FILE_BYTES,
  HEADER_PATH_AT,
  HeaderWord,
  PATH_BYTES,
  SEMAPHORE_AT,
  ringBytes,
} from './layout.js';
import type { RingMemory } from './ring.js';

/** One ring's two files, mapped: `<base>-header` and `<base>-data` (ipc.md 3.1). */
export class RingFiles implements RingMemory {
  private readonly words: Int32Array;

  private constructor(
    private readonly native: NativeAddon,
    private readonly headerMemory: NativeSharedMemory,
    private readonly dataMemory: NativeSharedMemory,
    readonly bytes: number,
    private readonly paths: readonly string[],
  ) {
    this.words = new Int32Array(headerMemory.buffer);
  }

  /** The server's side: makes both files for the client to own. Throws the system's Error; nothing is left behind then. */
  static create(native: NativeAddon, base: string, maxMessage: number, uid: number, gid: number): RingFiles {
    const bytes = ringBytes(maxMessage);
    const paths = [`${base}-header`, `${base}-data`] as const;
    const owner = { create: true, uid, gid };
    const header = new native.SharedMemory(paths[0], HEADER_FILE_BYTES, owner);
    try {
      const data = new native.SharedMemory(paths[1], bytes, { ...owner, twice: true });
      const files = new RingFiles(native, header, data, bytes, paths);
      files.initialize(...paths);
      return files;
    } catch (error) {
      header.close();
      removeFiles(paths);
      throw error;
    }
  }

  /**
   * The client's side: maps what the server made. `bytes` of the ring follow from `maxMessage`, and the data's path from
   * the base name, whatever the header says. Throws the system's Error.
   */
  static open(native: NativeAddon, base: string, maxMessage: number, withFlowControl: boolean): RingFiles {
    const bytes = ringBytes(maxMessage);
    const header = new native.SharedMemory(`${base}-header`, withFlowControl ? HEADER_FILE_BYTES : HEADER_BYTES);
    try {
      const data = new native.SharedMemory(`${base}-data`, bytes, { twice: true });
      const files = new RingFiles(native, header, data, bytes, []);
      Atomics.add(files.words, HeaderWord.REFERENCES, 1);
      return files;
    } catch (error) {
      header.close();
      throw error;
    }
  }

  get header(): ArrayBuffer {
    return this.headerMemory.buffer;
  }

  get data(): ArrayBuffer {
    return this.dataMemory.buffer;
  }

  get semaphore(): SemaphorePlace {
    return { memory: this.headerMemory, offset: SEMAPHORE_AT };
  }

  /** The other side made a file shorter than it was. */
  get faulted(): boolean {
    const { sharedMemoryFaults } = this.native;
    return sharedMemoryFaults[this.headerMemory.place] !== 0 || sharedMemoryFaults[this.dataMemory.place] !== 0;
  }

  /** May the client send? A FlowControl value; in the request ring only. */
  get flowControl(): number {
    return Atomics.load(this.words, HeaderWord.FLOW_CONTROL);
  }

  set flowControl(value: number) {
    Atomics.store(this.words, HeaderWord.FLOW_CONTROL, value);
  }

  /** Removes the files, if this side made them, and unmaps them. */
  close(): void {
    removeFiles(this.paths);
    Atomics.sub(this.words, HeaderWord.REFERENCES, 1);
    this.headerMemory.close();
    this.dataMemory.close();
  }

  private initialize(headerPath: string, dataPath: string): void {
    const bytes = new Uint8Array(this.headerMemory.buffer);
    for (const [at, path] of [
      [HEADER_PATH_AT, headerPath],
      [DATA_PATH_AT, dataPath],
    ] as const) {
      const text = Buffer.from(path);
      if (text.length >= PATH_BYTES) throw new Error(`the path ${path} is too long for a ring's header`);
      bytes.set(text, at);
    }
    this.headerMemory.initSemaphore(SEMAPHORE_AT);
    this.words[HeaderWord.SIZE] = this.bytes / 4;
    Atomics.store(this.words, HeaderWord.REFERENCES, 1);
  }
}

function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // The client may have removed it; what is left is found with the directory.
    }
  }
}

import { CHUNK_HEADER_WORDS, CHUNK_ROOM_BYTES, HeaderWord, Magic } from './layout.js';

/** The memory of one ring: both files mapped, the data two times back to back. */
export interface RingMemory {
  /** The header file. */
  readonly header: ArrayBuffer;
  /** The data, two times `bytes`, or once where nothing crosses the end. */
  readonly data: ArrayBuffer;
  /** Length of the data, as whoever made the ring knows it: never from shared memory. */
  readonly bytes: number;
}

/** What `RingReader.peek` returns instead of a length. */
export const BAD_CHUNK = -1;

/** Views of a ring's memory, and what both sides do alike. The peer can write any of it at any time. */
abstract class Ring {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  protected readonly header: Int32Array;
  protected readonly words: Int32Array;
  /** Words in the ring. */
  protected readonly size: number;

  constructor(memory: RingMemory) {
    this.bytes = new Uint8Array(memory.data);
    this.data = new DataView(memory.data);
    this.words = new Int32Array(memory.data);
    this.header = new Int32Array(memory.header, 0, Math.floor(memory.header.byteLength / 4));
    this.size = memory.bytes / 4;
  }

  /** Both sides are attached (ipc.md 3.2): the reference count is 2. */
  get attached(): boolean {
    return Atomics.load(this.header, HeaderWord.REFERENCES) === 2;
  }

  protected next(at: number, length: number): number {
    return (at + CHUNK_HEADER_WORDS + ((length + 3) >>> 2)) % this.size;
  }

  protected magicAt(at: number): number {
    return (at + 1) % this.size;
  }
}

/**
 * The side of a ring that writes chunks. It keeps its own write pointer; of the shared words it reads the peer's read
 * pointer only, which is checked.
 */
export class RingWriter extends Ring {
  /** The peer put a read pointer where none can be. */
  broken = false;
  private at = 0;

  /** Longest message that an empty ring has room for. */
  get most(): number {
    return this.size * 4 - CHUNK_ROOM_BYTES;
  }

  /** Bytes free for the next chunk, its header included; 0 when broken. */
  free(): number {
    const reader = Atomics.load(this.header, HeaderWord.READ);
    if (reader < 0 || reader >= this.size) {
      this.broken = true;
      return 0;
    }
    // Room is always left, so equal pointers mean an empty ring.
    if (this.at === reader) return this.size * 4;
    const ahead = reader > this.at ? reader - this.at : reader - this.at + this.size;
    return (ahead - 1) * 4;
  }

  /** Writes one message; false, and nothing is changed, if there is no room. The semaphore is the caller's to post. */
  write(parts: readonly Uint8Array[]): boolean {
    let length = 0;
    for (const part of parts) length += part.length;
    if (this.free() < length + CHUNK_ROOM_BYTES) return false;
    const { at, words, bytes } = this;
    const magic = this.magicAt(at);
    words[at] = 0;
    Atomics.store(words, magic, Magic.ALLOCATED);
    let to = ((at + CHUNK_HEADER_WORDS) % this.size) * 4;
    for (const part of parts) {
      bytes.set(part, to);
      to += part.length;
    }
    words[at] = length;
    this.at = this.next(at, length);
    Atomics.store(this.header, HeaderWord.WRITE, this.at);
    Atomics.store(words, magic, Magic.COMPLETE);
    return true;
  }
}

/** The side of a ring that takes chunks. It keeps its own read pointer and reads no other shared word than a chunk's two. */
export class RingReader extends Ring {
  /** Of the chunk shown by `peek`: position of its payload in `bytes`, and its length. */
  offset = 0;
  length = 0;
  private at = 0;

  /** How many messages the peer says are there. */
  get waiting(): number {
    return Math.max(0, Atomics.load(this.header, HeaderWord.SEMAPHORE));
  }

  /** Takes one unit of the semaphore: a message is there. The value is the low half of the C library's `sem_t`. */
  tryWait(): boolean {
    for (;;) {
      const value = Atomics.load(this.header, HeaderWord.SEMAPHORE);
      if (value <= 0) return false;
      if (Atomics.compareExchange(this.header, HeaderWord.SEMAPHORE, value, value - 1) === value) return true;
    }
  }

  /**
   * Shows the next message, for which a unit has been taken: its length, with `offset` and `length` set, or BAD_CHUNK if
   * there is no complete chunk of up to `most` bytes.
   */
  peek(most: number): number {
    const { at, words } = this;
    if (Atomics.load(words, this.magicAt(at)) !== Magic.COMPLETE) return BAD_CHUNK;
    const length = Atomics.load(words, at);
    if (length < 0 || length > most || length > this.size * 4 - CHUNK_ROOM_BYTES) return BAD_CHUNK;
    this.offset = ((at + CHUNK_HEADER_WORDS) % this.size) * 4;
    this.length = length;
    return length;
  }

  /** Gives the space of the message that `peek` showed back to the writer. */
  reclaim(): void {
    const { at, words } = this;
    words[at] = 0;
    Atomics.store(words, this.magicAt(at), Magic.DEAD);
    this.at = this.next(at, this.length);
    Atomics.store(this.header, HeaderWord.READ, this.at);
  }
}

import { ASSEMBLY_BYTES } from './packet.js';

/** Memory that unfinished messages are put together in. */
export interface AssemblyBuffer {
  readonly bytes: Uint8Array;
  readonly data: DataView;
}

const FIRST_BYTES = 16 * 1024;
/** Idle buffers kept for the next fragmented message; more are left to the garbage collector. */
const IDLE_BUFFERS = 4;

/** Lends buffers to assemblies: a sender that is not in the middle of a message holds none. */
export class BufferPool {
  private readonly idle: AssemblyBuffer[] = [];

  take(): AssemblyBuffer {
    return this.idle.pop() ?? newBuffer(FIRST_BYTES);
  }

  give(buffer: AssemblyBuffer): void {
    if (this.idle.length < IDLE_BUFFERS) this.idle.push(buffer);
  }
}

/** What is known of one sender's stream of frames in one assembly set (totem.md 7.4). */
export class Assembly {
  /** The `fragmented` number the next frame has to continue; 0 if it has to begin with a message. */
  lastFragment = 0;
  /** A fragment was missing: messages are thrown away until the stream can be trusted again. */
  throwingAway = false;
  /** The unfinished message cannot be completed: its beginning is not known here, or it is too long. */
  incomplete = false;
  /** Bytes of the unfinished message so far. */
  length = 0;
  private held: AssemblyBuffer | undefined;

  constructor(private readonly pool: BufferPool) {}

  /** The buffer with the unfinished message; there is one after an `append`. */
  get buffer(): AssemblyBuffer {
    return this.held!;
  }

  /** Adds a fragment. A message longer than ASSEMBLY_BYTES becomes incomplete, and nothing of it is kept. */
  append(bytes: Uint8Array, offset: number, length: number): void {
    if (this.incomplete) return;
    const total = this.length + length;
    if (total > ASSEMBLY_BYTES) return this.giveUpMessage();
    let buffer = (this.held ??= this.pool.take());
    if (buffer.bytes.length < total) {
      buffer = newBuffer(Math.min(ASSEMBLY_BYTES, Math.max(total, 4 * buffer.bytes.length)));
      buffer.bytes.set(this.held.bytes.subarray(0, this.length));
      this.held = buffer;
    }
    buffer.bytes.set(bytes.subarray(offset, offset + length), this.length);
    this.length = total;
  }

  /** The unfinished message will not be delivered, whatever follows. */
  giveUpMessage(): void {
    this.endMessage();
    this.incomplete = true;
  }

  /** As if nothing of the sender had come yet. */
  reset(): void {
    this.lastFragment = 0;
    this.throwingAway = false;
    this.endMessage();
  }

  /** The message is finished, or forgotten: the next bytes begin another. */
  endMessage(): void {
    this.incomplete = false;
    this.length = 0;
    if (this.held !== undefined) {
      this.pool.give(this.held);
      this.held = undefined;
    }
  }
}

function newBuffer(length: number): AssemblyBuffer {
  const bytes = new Uint8Array(length);
  return { bytes, data: new DataView(bytes.buffer) };
}

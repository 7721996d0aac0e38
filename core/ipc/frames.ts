import { MAX_CLIENT_MESSAGE_BYTES } from '../host/client-hub.js';

/**
 * How messages travel on a client's stream socket: frames of an 8-byte header {u32 length of the message, u8 kind, 3 zero
 * bytes}, little-endian, and the message. Response and event share the socket but never a kind.
 */
export const FRAME_HEADER_BYTES = 8;

/** The kinds of frames. */
export const FrameKind = {
  /** Client to server, first: request header (id -1), u32 protocol version at 16, u32 pid at 20, service name from 24. */
  HELLO: 1,
  /** Client to server: one request. */
  REQUEST: 2,
  /** Server to client, first: response header (id -1) with the error, then, if it is not OK, the reason as text. */
  WELCOME: 3,
  /** Server to client: the response to the oldest request without one. */
  RESPONSE: 4,
  EVENT: 5,
  /** Server to client, last: as WELCOME, why the connection ends. */
  GOODBYE: 6,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** What this side speaks; another number is refused. */
export const PROTOCOL_VERSION = 1;
export const HELLO_BYTES = 24;

/** The other side sent what is no frame. */
export class BadFrame extends Error {
  override name = 'BadFrame';
}

/** Cuts a stream of bytes into frames. Frames that came whole in one chunk are shown in place. */
export class FrameReader {
  /** The current frame: `length` bytes from `offset` of `bytes`, which `data` is a view over; valid until `push`. */
  bytes: Uint8Array = new Uint8Array(0);
  data: DataView = new DataView(this.bytes.buffer);
  offset = 0;
  length = 0;
  kind = 0;
  /** First byte that is not consumed, and the end of what has come. */
  private start = 0;
  private end = 0;
  /** `bytes` is this reader's own, with room after `end`. */
  private own = false;

  /** Bytes that have come and are not consumed. */
  get waiting(): number {
    return this.end - this.start;
  }

  /** Takes a chunk; it may not be changed as long as frames of it are unread. */
  push(received: Uint8Array): void {
    // Not as a Buffer, whose slice is no copy.
    const chunk = new Uint8Array(received.buffer, received.byteOffset, received.length);
    const rest = this.waiting;
    if (rest === 0) {
      this.use(chunk, 0, chunk.length, false);
      return;
    }
    const needed = rest + chunk.length;
    if (!this.own || this.bytes.length - this.end < chunk.length) {
      const room = new Uint8Array(Math.max(2 * needed, 4096));
      room.set(this.bytes.subarray(this.start, this.end));
      this.use(room, 0, rest, true);
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Looks at the next frame without consuming it; false if it is not here completely. Throws BadFrame. */
  peek(): boolean {
    if (this.waiting < FRAME_HEADER_BYTES) return false;
    const length = this.data.getUint32(this.start, true);
    if (length > MAX_CLIENT_MESSAGE_BYTES) {
      throw new BadFrame(`a message of ${length} bytes is longer than the ${MAX_CLIENT_MESSAGE_BYTES} allowed`);
    }
    if (this.waiting < FRAME_HEADER_BYTES + length) return false;
    this.kind = this.data.getUint8(this.start + 4);
    this.offset = this.start + FRAME_HEADER_BYTES;
    this.length = length;
    return true;
  }

  /** Consumes the frame that `peek` showed. */
  next(): void {
    this.start = this.offset + this.length;
  }

  /** The current frame's message, copied. */
  copy(): Uint8Array {
    return this.bytes.slice(this.offset, this.offset + this.length);
  }

  private use(bytes: Uint8Array, start: number, end: number, own: boolean): void {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.start = start;
    this.end = end;
    this.own = own;
  }
}

const BLOCK_BYTES = 64 * 1024;

/** Where a writer's bytes go: the part of a socket it needs. */
export interface FrameSink {
  /** Takes a block; `written` is called when its memory may be used again. */
  write(block: Uint8Array, written: () => void): void;
}

/** Collects frames and writes them as one block at the end of the turn: one system call for a batch of events. */
export class FrameWriter {
  /** Bytes given to the sink that are not written yet, and those collected. */
  queued = 0;
  private block: Buffer | undefined;
  private spare: Buffer | undefined;
  private used = 0;
  private scheduled = false;

  constructor(private readonly sink: FrameSink) {}

  /** Adds a frame whose message is the concatenation of `parts`, which are copied. */
  add(kind: FrameKind, parts: readonly Uint8Array[]): void {
    let length = 0;
    for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
    const total = FRAME_HEADER_BYTES + length;
    if (this.block !== undefined && this.block.length - this.used < total) this.flush();
    this.block ??= this.take(total);
    const { block } = this;
    block.writeUInt32LE(length, this.used);
    block.writeUInt32LE(kind, this.used + 4);
    this.used += FRAME_HEADER_BYTES;
    for (let i = 0; i < parts.length; i++) {
      block.set(parts[i]!, this.used);
      this.used += parts[i]!.length;
    }
    this.queued += total;
    if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        this.flush();
      });
    }
  }

  /** Writes what is collected. */
  flush(): void {
    const { block, used } = this;
    if (block === undefined) return;
    this.block = undefined;
    this.used = 0;
    this.sink.write(block.subarray(0, used), () => {
      this.queued -= used;
      if (block.length === BLOCK_BYTES) this.spare = block;
    });
  }

  private take(total: number): Buffer {
    if (total > BLOCK_BYTES) return Buffer.allocUnsafeSlow(total);
    const block = this.spare ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.spare = undefined;
    return block;
  }
}

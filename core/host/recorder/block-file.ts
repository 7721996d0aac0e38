import { closeSync, lstatSync, openSync, renameSync, write, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { messageOf } from '../errors.js';
import { BLOCK_HEADER_BYTES, DATA_BLOCK, END_BLOCK, MAGIC } from './format.js';
import type { StopReason } from './format.js';

const BLOCK_BYTES = 64 * 1024;
/** Blocks on their way to the disk before the recording gives up: 8 MiB. */
const MOST_BLOCKS = 128;
/** A block that is not full is written after this long, so that a process that is killed loses no more. */
const FLUSH_MS = 1000;
/** Of the last block. */
const END_BYTES = BLOCK_HEADER_BYTES + 16;

interface Writing {
  readonly block: Buffer;
  readonly length: number;
  readonly position: number;
}

/**
 * A file of bounded length, written in blocks and never waited for. A disk that does not keep up, or takes no more, ends
 * the recording, not the node.
 */
export class BlockFile {
  /** Where the next block's bytes go, from BLOCK_HEADER_BYTES on. */
  block: Buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  /** The end of what is in `block`. */
  at = BLOCK_HEADER_BYTES;
  /** Why nothing is written any more. */
  stopReason: StopReason | undefined;
  private readonly file: number;
  private position = MAGIC.length;
  private number = 0;
  private readonly idle: Buffer[] = [];
  private readonly writing = new Set<Writing>();
  private readonly timer: NodeJS.Timeout;

  /**
   * Creates the file for its owner alone; one of the name before it becomes NAME.1. Throws the system's error.
   * @param limit most bytes of the file
   * @param stopped told once if the recording ends before it is closed, with a sentence for people
   */
  constructor(
    readonly path: string,
    private readonly limit: number,
    private readonly stopped: (reason: StopReason, text: string) => void,
  ) {
    this.file = create(path);
    this.timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.position;
  }

  /** Makes room for up to `length` bytes, at most 64, in the block. */
  ensure(length: number): void {
    if (this.at + length > BLOCK_BYTES) this.next();
  }

  /** Copies bytes in, over as many blocks as it takes. */
  copy(bytes: Uint8Array, offset: number, length: number): void {
    for (const end = offset + length; offset < end;) {
      if (this.at === BLOCK_BYTES) this.next();
      const piece = Math.min(end - offset, BLOCK_BYTES - this.at);
      // Not subarray, which allocates: most pieces are short.
      if (piece < 128) for (let i = 0; i < piece; i++) this.block[this.at + i] = bytes[offset + i]!;
      else this.block.set(bytes.subarray(offset, offset + piece), this.at);
      this.at += piece;
      offset += piece;
    }
  }

  /** Sends a block on its way that is not full. */
  flush(): void {
    if (this.at > BLOCK_HEADER_BYTES) this.next();
  }

  /** Ends the recording. What is given later is thrown away. */
  stop(reason: StopReason, text: string): void {
    if (this.stopReason !== undefined) return;
    this.stopReason = reason;
    clearInterval(this.timer);
    const end = Buffer.alloc(END_BYTES);
    end.write(reason, BLOCK_HEADER_BYTES, 'latin1');
    this.send(end, END_BLOCK, BLOCK_HEADER_BYTES + reason.length);
    this.at = BLOCK_HEADER_BYTES;
    if (reason !== 'closed') this.stopped(reason, text);
  }

  /** Writes everything that is not on the disk yet, and waits for it: for the end of the process. */
  close(): void {
    this.flush();
    this.stop('closed', '');
    try {
      for (const { block, length, position } of this.writing) writeSync(this.file, block, 0, length, position);
    } catch {
      // The asynchronous write of the same bytes reports it, if there is still time.
    }
  }

  private next(): void {
    if (this.stopReason !== undefined) {
      this.at = BLOCK_HEADER_BYTES;
      return;
    }
    const { block, at } = this;
    if (this.position + BLOCK_BYTES + END_BYTES > this.limit) {
      this.stop('full', `it has all of its ${this.limit} bytes (system.flight_recorder_limit)`);
      return;
    }
    if (this.writing.size >= MOST_BLOCKS) {
      this.stop('behind', `the disk does not take it fast enough`);
      return;
    }
    this.block = this.idle.pop() ?? Buffer.allocUnsafe(BLOCK_BYTES);
    this.at = BLOCK_HEADER_BYTES;
    this.send(block, DATA_BLOCK, at);
  }

  private send(block: Buffer, kind: number, length: number): void {
    block.writeUInt32LE(kind, 0);
    block.writeUInt32LE(length - BLOCK_HEADER_BYTES, 4);
    block.writeUInt32LE(this.number++, 8);
    block.writeUInt32LE(crc32(block.subarray(BLOCK_HEADER_BYTES, length)), 12);
    const one: Writing = { block, length, position: this.position };
    this.position += length;
    this.writing.add(one);
    write(this.file, block, 0, length, one.position, (error, written) => this.written(one, error, written));
  }

  private written(one: Writing, error: NodeJS.ErrnoException | null, written: number): void {
    this.writing.delete(one);
    if (one.block.length === BLOCK_BYTES) this.idle.push(one.block);
    if (error !== null || written < one.length) {
      this.stop(
        'write failed',
        `${this.path} takes no more: ${error === null ? 'the disk is full' : messageOf(error)}`,
      );
    }
    if (this.stopReason !== undefined && this.writing.size === 0) this.closeFile();
  }

  private closeFile(): void {
    try {
      closeSync(this.file);
    } catch {
      // What could be kept is kept.
    }
  }
}

function create(path: string): number {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before?.isFile() === false) throw new Error(`${path} is there already and is no regular file`);
  if (before !== undefined) renameSync(path, `${path}.1`);
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, MAGIC, 0, MAGIC.length, 0);
  return file;
}

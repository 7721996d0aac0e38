import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { LARGE_FRAME_BYTES } from '../../net/frame-memory.js';
import { messageOf } from '../errors.js';
import {
  BLOCK_HEADER_BYTES,
  DATA_BLOCK,
  END_BLOCK,
  fromJson,
  MAGIC,
  MOST_BATCH_FRAMES,
  OUTPUTS,
  STOP_REASONS,
  Tag,
} from './format.js';
import type { RecordingHeader, StopReason } from './format.js';
import { BadRecord, RecordCursor } from './record-cursor.js';

/** Longest file that is read: what a daemon may write. */
export const MOST_RECORDING_BYTES = 1024 * 1024 * 1024;
/** Most memory that a recording may ask for its node's frames. */
const MOST_FRAME_BYTES = 2 ** 31;

/** The file is no recording, or not one this version can replay; the message says why and what to do. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

/** A recording that has been read and checked from its first record to its last. */
export interface Recording {
  readonly header: RecordingHeader;
  /** Where the records are. */
  readonly bytes: Uint8Array;
  readonly begin: number;
  /** The end of what can be replayed. */
  readonly end: number;
  /** How it ended; `cut off`: the process or the disk ended without a word. */
  readonly stop: StopReason | 'cut off';
  /** Microseconds from the beginning to the last input. */
  readonly durationUs: number;
  readonly inputs: number;
}

/** Reads a file. Throws a RecordingError. */
export function readRecording(path: string): Recording {
  return parseRecording(readWhole(path), path);
}

/** @param bytes of the file; changed by the call: the recording uses the same memory */
export function parseRecording(bytes: Uint8Array, name: string): Recording {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new RecordingError(
      `${name} is no recording of a flight recorder, or of another version of Chorale: give the file that ` +
        'system.flight_recorder names, and the version that wrote it',
    );
  }
  const { length, stop } = joinBlocks(bytes);
  const cursor = new RecordCursor(bytes, 0, length);
  const header = readHeader(cursor, name);
  const begin = cursor.at;
  return { header, bytes, begin, stop, ...scan(cursor, stop, name) };
}

function readWhole(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('it is no regular file');
    if (stat.size > MOST_RECORDING_BYTES) throw new Error(`it is longer than ${MOST_RECORDING_BYTES} bytes`);
    const bytes = new Uint8Array(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw new RecordingError(`${path} cannot be read: ${messageOf(error)}; name a recording that you may read`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Moves the bytes of the good blocks together, to the front. */
function joinBlocks(bytes: Uint8Array): { length: number; stop: StopReason | 'cut off' } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = MAGIC.length;
  let length = 0;
  for (let number = 0; at + BLOCK_HEADER_BYTES <= bytes.length; number++) {
    const kind = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const start = at + BLOCK_HEADER_BYTES;
    if (kind !== DATA_BLOCK && kind !== END_BLOCK) break;
    if (view.getUint32(at + 8, true) !== number || start + size > bytes.length) break;
    const content = bytes.subarray(start, start + size);
    if (crc32(content) !== view.getUint32(at + 12, true)) break;
    if (kind === END_BLOCK) {
      const reason = String.fromCharCode(...content.subarray(0, 32));
      return { length, stop: STOP_REASONS.find((known) => known === reason) ?? 'cut off' };
    }
    bytes.copyWithin(length, start, start + size);
    length += size;
    at = start + size;
  }
  return { length, stop: 'cut off' };
}

function readHeader(cursor: RecordCursor, name: string): RecordingHeader {
  try {
    const header = fromJson(cursor.text()) as RecordingHeader;
    const { options, slotBytes, slots, largeSlots, startedMs, clockUs, version, outside } = header;
    const counts = [slotBytes, slots, largeSlots, options.nodeId];
    const good =
      counts.every((count) => Number.isSafeInteger(count) && count > 0) &&
      slotBytes % 64 === 0 &&
      slotBytes <= LARGE_FRAME_BYTES &&
      slots * slotBytes + largeSlots * LARGE_FRAME_BYTES <= MOST_FRAME_BYTES &&
      Number.isFinite(startedMs) &&
      Number.isSafeInteger(clockUs) &&
      typeof version === 'string' &&
      Array.isArray(options.peers) &&
      Array.isArray(outside);
    if (good) return header;
  } catch {
    // As for a header with something else in it.
  }
  throw new RecordingError(
    `${name} is damaged or was cut off at its beginning: nothing of it can be replayed. Use FILE.1, the recording ` +
      'before it, if there is one',
  );
}

/**
 * Goes over all records once. A recording that was not closed ends before its last input, because not all of what the
 * node asked then may be there.
 */
function scan(
  cursor: RecordCursor,
  stop: Recording['stop'],
  name: string,
): Pick<Recording, 'end' | 'durationUs' | 'inputs'> {
  let timeUs = 0;
  let inputs = 0;
  let depth = 0;
  let last = { end: cursor.at, durationUs: 0, inputs: 0 };
  try {
    while (!cursor.done) {
      const at = cursor.at;
      const tag = cursor.tag();
      if (tag === Tag.OUT) depth++;
      if (tag === Tag.OUT_END && --depth < 0) throw new BadRecord('an end without its beginning');
      if (isInput(tag)) {
        if (depth === 0) last = { end: at, durationUs: timeUs, inputs };
        inputs++;
      }
      timeUs += skip(cursor, tag);
    }
    if (stop === 'closed' && depth === 0) return { end: cursor.at, durationUs: timeUs, inputs };
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    if (!error.cut) {
      throw new RecordingError(
        `${name} is damaged: ${error.message}, after ${inputs} inputs. Replay it with the version of Chorale that wrote it`,
      );
    }
  }
  return last;
}

export function isInput(tag: number): boolean {
  return tag >= Tag.RECEIVE && tag <= Tag.COMMAND;
}

/** Reads the fields behind a tag; returns the microseconds that passed with it. */
function skip(cursor: RecordCursor, tag: number): number {
  const passed = isInput(tag) || tag === Tag.NOW ? cursor.number() : 0;
  switch (tag) {
    case Tag.RECEIVE:
      for (let left = cursor.number(MOST_BATCH_FRAMES); left > 0; left--) cursor.field(LARGE_FRAME_BYTES);
      break;
    case Tag.OPEN:
      cursor.text();
      for (let i = 0; i < 3; i++) cursor.number(0xffffffff);
      break;
    case Tag.REQUEST:
      cursor.number();
      cursor.field();
      break;
    case Tag.INTERFACE:
    case Tag.TIMER:
    case Tag.REQUEST_AGAIN:
    case Tag.CLOSE:
    case Tag.ENTROPY:
    case Tag.DISCARDED:
    case Tag.OUT:
      cursor.number();
      break;
    case Tag.RECONFIGURE:
      checkJson(cursor);
      break;
    case Tag.COMMAND:
      cursor.text();
      checkJson(cursor);
      break;
    case Tag.LOADED:
      if (cursor.number(2) > 0) cursor.field();
      break;
    case Tag.SAVED:
      if (cursor.number(1) === 0) cursor.field();
      break;
    case Tag.UNUSUAL:
      cursor.number();
      cursor.number();
      break;
    case Tag.DIGEST:
      for (let i = 0; i < OUTPUTS.length; i++) {
        cursor.number();
        cursor.number(0xffffffff);
      }
      break;
    case Tag.NOW:
    case Tag.START:
    case Tag.LEAVE:
    case Tag.FAREWELL:
    case Tag.CRASH:
    case Tag.REFORM:
    case Tag.OUT_END:
      break;
    default:
      throw new BadRecord(`there is no record of kind ${tag}`);
  }
  return passed;
}

function checkJson(cursor: RecordCursor): void {
  try {
    fromJson(cursor.text());
  } catch (error) {
    if (error instanceof BadRecord) throw error;
    throw new BadRecord('what should be JSON is not');
  }
}

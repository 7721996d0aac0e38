import type { NodeOptions } from '../node-options.js';

/**
 * A recording is a file of blocks. It begins with MAGIC; each block has a header of BLOCK_HEADER_BYTES {u32 kind,
 * u32 bytes that follow, u32 number counted from 0, u32 CRC-32 of them}, little-endian. The bytes of the data blocks, one
 * after the other, are one stream: the length and the JSON text of a RecordingHeader, then records. A record is a tag and
 * its fields: whole numbers, seven bits a byte, low ones first, the top bit set where more follow; byte strings with their
 * length before them.
 *
 * An input record begins with the microseconds since the input before it. What the engine asked its bindings while it
 * handled an input follows it.
 */
export const MAGIC = Uint8Array.from('chorale flight 1', (char) => char.charCodeAt(0));

export const BLOCK_HEADER_BYTES = 16;
export const DATA_BLOCK = 0x62524643;
/** The recording ends here; its bytes are a StopReason. */
export const END_BLOCK = 0x65524643;

/** Why a recording ended: the node did, the file has all the bytes it may have, or the recorder could not go on. */
export type StopReason = 'closed' | 'full' | 'behind' | 'write failed' | 'reentered';

export const STOP_REASONS: readonly StopReason[] = ['closed', 'full', 'behind', 'write failed', 'reentered'];

export const Tag = {
  /** Frames that came together: their number, then the bytes of each. */
  RECEIVE: 1,
  /** 1: the interface is up. */
  INTERFACE: 2,
  /** Number of the timer that expired, in the order in which timers were made. */
  TIMER: 3,
  /** A client: service, pid, uid, gid. Connections are numbered in this order. */
  OPEN: 4,
  /** Number of the connection, then the request. */
  REQUEST: 5,
  /** Number of the connection: the request that had to wait is offered again. */
  REQUEST_AGAIN: 6,
  /** Number of the connection. */
  CLOSE: 7,
  START: 8,
  LEAVE: 9,
  /** The second half of leaving. */
  FAREWELL: 10,
  CRASH: 11,
  /** JSON. */
  RECONFIGURE: 12,
  REFORM: 13,
  /** Something that the program around the node did to it: a name and JSON. */
  COMMAND: 14,

  /** A reading of the clock: microseconds since the last input or reading. */
  NOW: 32,
  ENTROPY: 33,
  /** 0: nothing was stored; 1 and the bytes; 2 and why it failed. */
  LOADED: 34,
  /** 1: saved; 0 and why not. */
  SAVED: 35,
  /** Frames that a pause made worthless. */
  DISCARDED: 36,
  /** Answers of the transport that differ from the usual: calls since the last of them, and the answer plus 1. */
  UNUSUAL: 37,
  /** The inputs up to OUT_END came while the node called out of itself: calls since the last that had any. */
  OUT: 38,
  OUT_END: 39,
  /** Of all outputs so far: count and 32-bit digest of each kind, in the order of OUTPUTS. */
  DIGEST: 48,
} as const;

/** What a node does to the outside, as digests tell it apart. */
export const OUTPUTS = ['frames sent', 'answers to clients', 'bytes stored', 'membership'] as const;
export type OutputKind = (typeof OUTPUTS)[number];

/** The longest of what a record may hold: a client's request is 1 MiB at most, a configuration as JSON may be longer. */
export const MOST_FIELD_BYTES = 16 * 1024 * 1024;
export const MOST_BATCH_FRAMES = 65536;

/** What a recording says of the node it is of. */
export interface RecordingHeader {
  /** Of Chorale: another version may do otherwise on the same inputs. */
  readonly version: string;
  /** Milliseconds since 1970 at the beginning. */
  readonly startedMs: number;
  /** The clock's reading then, in microseconds. */
  readonly clockUs: number;
  readonly options: NodeOptions;
  /** Of the frame memory. */
  readonly slotBytes: number;
  readonly slots: number;
  readonly largeSlots: number;
  /** Services whose requests are not recorded, because they belong to the program around the node. */
  readonly outside: readonly string[];
  /** What that program needs to put the same node together. */
  readonly composition: unknown;
}

/** JSON that also holds bigint, Map and Set. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return { $bigint: one.toString() };
    if (one instanceof Map) return { $map: [...(one as Map<unknown, unknown>)] };
    if (one instanceof Set) return { $set: [...(one as Set<unknown>)] };
    return one;
  });
}

/** The other way; throws a SyntaxError. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, one: unknown) => {
    if (typeof one !== 'object' || one === null) return one;
    const { $bigint, $map, $set } = one as { $bigint?: string; $map?: [unknown, unknown][]; $set?: unknown[] };
    if (typeof $bigint === 'string') return BigInt($bigint);
    if (Array.isArray($map)) return new Map($map);
    if (Array.isArray($set)) return new Set($set);
    return one;
  });
}

/**
 * Frames free at least while `FrameMemory.free` is not worth a record: below it, every reading is one. Far above what the
 * longest message needs, where the memory is as large as a daemon's.
 */
export function plentyOf(slots: number): number {
  return slots >> 2;
}

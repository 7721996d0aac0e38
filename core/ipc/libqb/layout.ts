/** Sizes and places in libqb's shared memory (ipc.md 3.1, 3.2): bytes, little-endian. */

export const PAGE_BYTES = 4096;
/** A ring is this much longer than the longest message, before it is rounded up to pages. */
const RING_SPARE_BYTES = 13;

/** Length of a ring's data for messages of up to `maxMessage` bytes. */
export function ringBytes(maxMessage: number): number {
  return Math.ceil((maxMessage + RING_SPARE_BYTES) / PAGE_BYTES) * PAGE_BYTES;
}

/** Of the `-header` file as the server makes it, user data included; a client cuts two of the three to HEADER_BYTES. */
export const HEADER_FILE_BYTES = 8252;
export const HEADER_BYTES = 8248;

export const HEADER_PATH_AT = 12;
export const DATA_PATH_AT = 4108;
export const PATH_BYTES = 4096;
export const SEMAPHORE_AT = 8208;

/** Places in the header as 32-bit words. */
export const HeaderWord = {
  WRITE: 0,
  READ: 1,
  SIZE: 2,
  REFERENCES: 8204 / 4,
  SEMAPHORE: SEMAPHORE_AT / 4,
  /** Request ring only: may the client send? */
  FLOW_CONTROL: 8240 / 4,
} as const;

/** What the second word of a chunk says of it. */
export const Magic = {
  ALLOCATED: 0xa110ced0 | 0,
  COMPLETE: 0xa1a1a1a1 | 0,
  DEAD: 0xd0d0d0d0 | 0,
} as const;

/** Words in front of a chunk's payload: its length and its magic. */
export const CHUNK_HEADER_WORDS = 2;
/** A chunk needs its payload and this much free space, so that a full ring never looks like an empty one. */
export const CHUNK_ROOM_BYTES = 12;

/** Values of the flow control word (ipc.md 5). */
export const FlowControl = { OPEN: 0, OFF: 1, LIMITED: 2 } as const;

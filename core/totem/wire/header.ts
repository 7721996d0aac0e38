/**
 * The 13-byte header every Totem frame starts with, and the numbers of the protocol (Corosync 3.1.7, totemsrp).
 *
 * | offset | type | field                                              |
 * | ------ | ---- | -------------------------------------------------- |
 * | 0      | u16  | magic 0xC070 in the sender's byte order            |
 * | 2      | u8   | version 3                                          |
 * | 3      | u8   | type                                               |
 * | 4      | u8   | encapsulated: 2 normal, 1 recovery; 0 if not MCAST |
 * | 5      | u32  | sender; 0 in a leave message                       |
 * | 9      | u32  | target, never read                                 |
 */
export const HEADER_BYTES = 13;
export const MAGIC = 0xc070;
const SWAPPED_MAGIC = 0x70c0;
export const VERSION = 3;

export const FrameType = {
  ORF_TOKEN: 0,
  MCAST: 1,
  MERGE_DETECT: 2,
  JOIN: 3,
  COMMIT_TOKEN: 4,
  HOLD_CANCEL: 5,
} as const;

export const Encapsulation = { NONE: 0, RECOVERY: 1, NORMAL: 2 } as const;

/** Most members of a ring (Corosync's PROCESSOR_COUNT_MAX); longer lists are refused. */
export const MEMBERS_MAX = 384;

/** Bytes of a packed ring id: u32 representative, u64 sequence. */
export const RING_ID_BYTES = 12;

/** Whether the frame's sender writes little-endian; undefined if this is no Totem frame of our version. */
export function byteOrderOf(view: DataView, offset: number, length: number): boolean | undefined {
  if (length < HEADER_BYTES || view.getUint8(offset + 2) !== VERSION) return undefined;
  const magic = view.getUint16(offset, true);
  if (magic === MAGIC) return true;
  return magic === SWAPPED_MAGIC ? false : undefined;
}

export function frameTypeOf(view: DataView, offset: number): number {
  return view.getUint8(offset + 3);
}

export function senderOf(view: DataView, offset: number, littleEndian: boolean): number {
  return view.getUint32(offset + 5, littleEndian);
}

export function writeHeader(
  view: DataView,
  offset: number,
  type: number,
  encapsulated: number,
  sender: number,
  littleEndian: boolean,
  target = 0,
): void {
  view.setUint16(offset, MAGIC, littleEndian);
  view.setUint8(offset + 2, VERSION);
  view.setUint8(offset + 3, type);
  view.setUint8(offset + 4, encapsulated);
  view.setUint32(offset + 5, sender, littleEndian);
  view.setUint32(offset + 9, target, littleEndian);
}

const TWO_32 = 0x1_0000_0000;

/**
 * A u64 as a number. Ring sequences grow by 4 a membership change; one past 2^53 is no ring's and reads as NaN, which
 * the decoders refuse.
 */
export function readU64(view: DataView, offset: number, littleEndian: boolean): number {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  const value = littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

export function writeU64(view: DataView, offset: number, value: number, littleEndian: boolean): void {
  const high = Math.floor(value / TWO_32);
  const low = value >>> 0;
  view.setUint32(offset, littleEndian ? low : high, littleEndian);
  view.setUint32(offset + 4, littleEndian ? high : low, littleEndian);
}

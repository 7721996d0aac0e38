import type { RingId } from '../ring.js';
import { Encapsulation, FrameType, HEADER_BYTES, readU64, senderOf, writeHeader, writeU64 } from './header.js';

/**
 * MCAST, type 1: a 45-byte header, then a packet of the packing layer or, in recovery, a whole MCAST of the old ring.
 * Read and written in place, field by field: nothing is allocated.
 *
 * | offset | type | field                                      |
 * | ------ | ---- | ------------------------------------------ |
 * | 13     | u32  | system_from: the originator                |
 * | 17     | u32  | seq                                        |
 * | 21     | i32  | this_seqno, a diagnostic counter           |
 * | 25     | 12   | ring id                                    |
 * | 37     | u32  | node_id, 0                                 |
 * | 41     | i32  | guarantee; Corosync sends 0 and reads none |
 */
export const MCAST_HEADER_BYTES = 45;

export function isEncapsulated(view: DataView, offset: number): boolean {
  return view.getUint8(offset + 4) === Encapsulation.RECOVERY;
}

export function mcastOriginator(view: DataView, offset: number, littleEndian: boolean): number {
  return view.getUint32(offset + HEADER_BYTES, littleEndian);
}

export function mcastSeq(view: DataView, offset: number, littleEndian: boolean): number {
  return view.getUint32(offset + 17, littleEndian);
}

export function mcastRingSeq(view: DataView, offset: number, littleEndian: boolean): number {
  return readU64(view, offset + 29, littleEndian);
}

export function mcastIsOf(view: DataView, offset: number, ringId: RingId, littleEndian: boolean): boolean {
  return (
    view.getUint32(offset + 25, littleEndian) === ringId.representative &&
    mcastRingSeq(view, offset, littleEndian) === ringId.seq
  );
}

export function mcastGuarantee(view: DataView, offset: number, littleEndian: boolean): number {
  return view.getInt32(offset + 41, littleEndian);
}

/** Marks how sure a frame must be before delivery; `writeMcastHeader` keeps it. */
export function setMcastGuarantee(view: DataView, offset: number, guarantee: number, littleEndian: boolean): void {
  view.setInt32(offset + 41, guarantee, littleEndian);
}

export function writeMcastHeader(
  view: DataView,
  offset: number,
  encapsulated: number,
  sender: number,
  seq: number,
  counter: number,
  ringId: RingId,
  littleEndian: boolean,
): void {
  writeHeader(view, offset, FrameType.MCAST, encapsulated, sender, littleEndian);
  view.setUint32(offset + 13, sender, littleEndian);
  view.setUint32(offset + 17, seq, littleEndian);
  view.setInt32(offset + 21, counter, littleEndian);
  view.setUint32(offset + 25, ringId.representative, littleEndian);
  writeU64(view, offset + 29, ringId.seq, littleEndian);
  view.setUint32(offset + 37, 0, littleEndian);
}

/** The header's fields, for tools and tests. */
export interface McastHeader {
  readonly sender: number;
  readonly target: number;
  readonly encapsulated: number;
  readonly originator: number;
  readonly seq: number;
  readonly counter: number;
  readonly ringId: RingId;
  readonly nodeId: number;
  readonly guarantee: number;
}

export function decodeMcastHeader(view: DataView, offset: number, littleEndian: boolean): McastHeader {
  return {
    sender: senderOf(view, offset, littleEndian),
    target: view.getUint32(offset + 9, littleEndian),
    encapsulated: view.getUint8(offset + 4),
    originator: mcastOriginator(view, offset, littleEndian),
    seq: mcastSeq(view, offset, littleEndian),
    counter: view.getInt32(offset + 21, littleEndian),
    ringId: {
      representative: view.getUint32(offset + 25, littleEndian),
      seq: readU64(view, offset + 29, littleEndian),
    },
    nodeId: view.getUint32(offset + 37, littleEndian),
    guarantee: mcastGuarantee(view, offset, littleEndian),
  };
}

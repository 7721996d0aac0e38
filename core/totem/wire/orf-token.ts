import { FrameType, RING_ID_BYTES, readU64, senderOf, writeHeader, writeU64 } from './header.js';

/** Most retransmit requests a token may carry; a real node overflows on more. */
export const RETRANSMIT_ENTRIES_MAX = 30;

const FIXED_BYTES = 57;
const ENTRY_BYTES = RING_ID_BYTES + 4;
export const ORF_TOKEN_BYTES_MAX = FIXED_BYTES + RETRANSMIT_ENTRIES_MAX * ENTRY_BYTES;

/**
 * ORF token, type 0: 57 bytes and 16 for each retransmit request. One object is read into and written from again and
 * again.
 *
 * | offset  | type | field                                                 |
 * | ------- | ---- | ----------------------------------------------------- |
 * | 13      | u32  | seq: highest message sequence number on the ring      |
 * | 17      | u32  | token_seq: one more at every hop                      |
 * | 21      | u32  | aru: all received up to                               |
 * | 25      | u32  | aru_addr: who lowered aru, 0 nobody                   |
 * | 29      | 12   | ring id                                               |
 * | 41      | u32  | backlog                                               |
 * | 45      | u32  | fcc: messages sent in the last rotation               |
 * | 49      | i32  | retrans_flg: somebody has old messages to send again  |
 * | 53      | i32  | number of retransmit requests                         |
 * | 57+16i  | 16   | ring id and u32 seq of each                           |
 */
export class OrfToken {
  sender = 0;
  target = 0;
  seq = 0;
  tokenSeq = 0;
  aru = 0;
  aruAddr = 0;
  representative = 0;
  ringSeq = 0;
  backlog = 0;
  fcc = 0;
  retransFlag = 0;
  requests = 0;
  readonly requestRepresentative = new Uint32Array(RETRANSMIT_ENTRIES_MAX);
  readonly requestRingSeq = new Float64Array(RETRANSMIT_ENTRIES_MAX);
  readonly requestSeq = new Uint32Array(RETRANSMIT_ENTRIES_MAX);

  /** False if the frame is shorter than it says, or says what no node may send. */
  read(view: DataView, offset: number, length: number, littleEndian: boolean): boolean {
    if (length < FIXED_BYTES) return false;
    const requests = view.getInt32(offset + 53, littleEndian);
    if (requests < 0 || requests > RETRANSMIT_ENTRIES_MAX || length < FIXED_BYTES + requests * ENTRY_BYTES)
      return false;
    this.sender = senderOf(view, offset, littleEndian);
    this.target = view.getUint32(offset + 9, littleEndian);
    this.seq = view.getUint32(offset + 13, littleEndian);
    this.tokenSeq = view.getUint32(offset + 17, littleEndian);
    this.aru = view.getUint32(offset + 21, littleEndian);
    this.aruAddr = view.getUint32(offset + 25, littleEndian);
    this.representative = view.getUint32(offset + 29, littleEndian);
    this.ringSeq = readU64(view, offset + 33, littleEndian);
    this.backlog = view.getUint32(offset + 41, littleEndian);
    this.fcc = view.getUint32(offset + 45, littleEndian);
    this.retransFlag = view.getInt32(offset + 49, littleEndian);
    this.requests = requests;
    let sane = !Number.isNaN(this.ringSeq);
    let at = offset + FIXED_BYTES;
    for (let i = 0; i < requests; i++, at += ENTRY_BYTES) {
      this.requestRepresentative[i] = view.getUint32(at, littleEndian);
      const ringSeq = readU64(view, at + 4, littleEndian);
      if (Number.isNaN(ringSeq)) sane = false;
      this.requestRingSeq[i] = ringSeq;
      this.requestSeq[i] = view.getUint32(at + RING_ID_BYTES, littleEndian);
    }
    return sane;
  }

  /** Writes the token and returns its length; at most ORF_TOKEN_BYTES_MAX. */
  write(view: DataView, offset: number, littleEndian: boolean): number {
    writeHeader(view, offset, FrameType.ORF_TOKEN, 0, this.sender, littleEndian, this.target);
    view.setUint32(offset + 13, this.seq, littleEndian);
    view.setUint32(offset + 17, this.tokenSeq, littleEndian);
    view.setUint32(offset + 21, this.aru, littleEndian);
    view.setUint32(offset + 25, this.aruAddr, littleEndian);
    view.setUint32(offset + 29, this.representative, littleEndian);
    writeU64(view, offset + 33, this.ringSeq, littleEndian);
    view.setUint32(offset + 41, this.backlog, littleEndian);
    view.setUint32(offset + 45, this.fcc, littleEndian);
    view.setInt32(offset + 49, this.retransFlag, littleEndian);
    view.setInt32(offset + 53, this.requests, littleEndian);
    let at = offset + FIXED_BYTES;
    for (let i = 0; i < this.requests; i++, at += ENTRY_BYTES) {
      view.setUint32(at, this.requestRepresentative[i]!, littleEndian);
      writeU64(view, at + 4, this.requestRingSeq[i]!, littleEndian);
      view.setUint32(at + RING_ID_BYTES, this.requestSeq[i]!, littleEndian);
    }
    return at - offset;
  }

  /** Adds a request; the caller has checked that there is room. */
  addRequest(representative: number, ringSeq: number, seq: number): void {
    this.requestRepresentative[this.requests] = representative;
    this.requestRingSeq[this.requests] = ringSeq;
    this.requestSeq[this.requests] = seq;
    this.requests++;
  }

  removeRequest(index: number): void {
    this.requestRepresentative.copyWithin(index, index + 1, this.requests);
    this.requestRingSeq.copyWithin(index, index + 1, this.requests);
    this.requestSeq.copyWithin(index, index + 1, this.requests);
    this.requests--;
  }
}

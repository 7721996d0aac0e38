import type { RingId } from '../ring.js';
import { readU64, writeU64 } from '../wire/header.js';
import type { RingState } from './ring-state.js';

/** Sequences that no cluster reaches by itself: 10^15 changes of membership. */
const RING_SEQ_FAR = 2 ** 52;
/** How far ahead of this node another may be out there. */
const RING_SEQ_LEAP = 2 ** 20;

/**
 * Whether a ring sequence may be true. One false JOIN close below 2^53 would leave no number for the next ring, on no
 * node and, as it is stored, for good.
 */
export function isPlausible(ring: RingState, ringSeq: number): boolean {
  return ringSeq <= RING_SEQ_FAR || ringSeq - ring.highestRingSeq <= RING_SEQ_LEAP;
}

const RING_ID_FILE_BYTES = 8;

/** The store's entry of a node's ring sequence; the name is Corosync's. */
export function ringIdKey(nodeId: number): string {
  return `ringid_${nodeId}`;
}

/** The first ring id of this process: one above what was stored, so that no ring id is ever used twice. */
export function loadRingId(ring: RingState): RingId {
  const bytes = ring.store.load(ringIdKey(ring.nodeId));
  let seq = 0;
  if (bytes && bytes.length >= RING_ID_FILE_BYTES) {
    seq = readU64(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, true);
    if (Number.isNaN(seq)) {
      throw new Error(
        `The stored ring sequence of node ${ring.nodeId} (file ${ringIdKey(ring.nodeId)} in the state directory) is past 2^53: ` +
          'the file is damaged; stop all nodes and remove it on each.',
      );
    }
  } else {
    storeRingSeq(ring, 0);
  }
  return { representative: ring.nodeId, seq: seq + 1 };
}

export function storeRingSeq(ring: RingState, seq: number): void {
  ring.store.save(ringIdKey(ring.nodeId), encodeRingSeq(seq));
}

/** Corosync's format: the sequence as 8 bytes in host order. */
export function encodeRingSeq(seq: number): Uint8Array {
  const bytes = new Uint8Array(RING_ID_FILE_BYTES);
  writeU64(new DataView(bytes.buffer), 0, seq, true);
  return bytes;
}

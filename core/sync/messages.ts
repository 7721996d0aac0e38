import type { MessageView } from '../base/message-view.js';
import type { RingId } from '../totem/ring.js';

/**
 * The two messages of synchronization (totem.md 8). Both begin with the 16-byte request header `i32 id, pad, i32 size,
 * pad` and the ring id (u32 representative at 16, u64 seq at 20), in the sender's byte order.
 */
export const SyncMessage = { BARRIER: 0, SERVICE_BUILD: 1 } as const;

export const BARRIER_BYTES = 32;
export const SERVICE_BUILD_BYTES = 552;
/** Service ids are 0 to 63: a real node has a table of this many and writes past it when given more. */
export const SERVICE_IDS = 64;

const RING_ID_AT = 16;
const COUNT_AT = 32;
const LIST_AT = 40;

/** "I have sent the state of the service that is synchronized now." */
export function encodeBarrier(ringId: RingId, littleEndian: boolean): Uint8Array {
  return encodeHeader(SyncMessage.BARRIER, BARRIER_BYTES, ringId, littleEndian);
}

/** "These services of mine take part." Ids 0 to 63, ascending. */
export function encodeServiceBuild(ringId: RingId, ids: readonly number[], littleEndian: boolean): Uint8Array {
  const message = encodeHeader(SyncMessage.SERVICE_BUILD, SERVICE_BUILD_BYTES, ringId, littleEndian);
  const view = new DataView(message.buffer);
  view.setInt32(COUNT_AT, ids.length, littleEndian);
  ids.forEach((id, i) => view.setInt32(LIST_AT + 4 * i, id, littleEndian));
  return message;
}

/** Whether the message, a barrier or a service build, is about this ring. */
export function isForRing(message: MessageView, ringId: RingId): boolean {
  return message.u32(RING_ID_AT) === ringId.representative && message.u64(RING_ID_AT + 4) === BigInt(ringId.seq);
}

/** The ids of a service build, each once; undefined if the list is one that no node may send. */
export function decodeServiceIds(message: MessageView): Set<number> | undefined {
  if (message.length < SERVICE_BUILD_BYTES) return undefined;
  const count = message.u32(COUNT_AT);
  if (count > SERVICE_IDS) return undefined;
  const ids = new Set<number>();
  for (let i = 0; i < count; i++) {
    const id = message.u32(LIST_AT + 4 * i);
    if (id >= SERVICE_IDS) return undefined;
    ids.add(id);
  }
  return ids;
}

function encodeHeader(id: number, size: number, ringId: RingId, littleEndian: boolean): Uint8Array {
  const message = new Uint8Array(size);
  const view = new DataView(message.buffer);
  view.setInt32(0, id, littleEndian);
  view.setInt32(8, size, littleEndian);
  view.setUint32(RING_ID_AT, ringId.representative, littleEndian);
  view.setBigUint64(RING_ID_AT + 4, BigInt(ringId.seq), littleEndian);
  return message;
}

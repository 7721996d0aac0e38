import { ringMessage } from '../packet.js';

/** The functions of cfg's messages on the ring. */
export const RingFn = { RING_RE_ENABLE: 0, KILL_NODE: 1, SHUTDOWN: 2, RELOAD: 3, CRYPTO_RECONFIGURE: 4 } as const;

/** Sizes of the messages, their header included. */
export const Size = { SOURCE: 32, KILL_NODE: 288, SHUTDOWN: 16, CRYPTO_RECONFIGURE: 24 } as const;

/** Room of a reason to kill a node. */
export const REASON_ROOM = 256;

const encoder = new TextEncoder();

/** Body of KILL NODE. A reason that is too long is cut; its length counts the zero byte behind it, as Corosync's does. */
export function killNodeBody(nodeId: number, reason: string): Uint8Array {
  const bytes = encoder.encode(reason).subarray(0, REASON_ROOM - 2);
  return ringMessage(Size.KILL_NODE)
    .u32(16, nodeId)
    .u8(24, bytes.length + 1)
    .put(32, bytes).body;
}

/** Body of SHUTDOWN: nothing but the header. */
export function shutdownBody(): Uint8Array {
  return ringMessage(Size.SHUTDOWN).body;
}

/** Body of RELOAD: who asked, so that the node that sent it can answer its client. */
export function reloadBody(nodeId: number, connection: number): Uint8Array {
  return ringMessage(Size.SOURCE).u32(16, nodeId).u64(24, connection).body;
}

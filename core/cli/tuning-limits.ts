import type { ClusterConfig } from '../config/model.js';
import type { TuningLimits } from '../host/node-options.js';
import { DEFAULT_LARGE_SLOTS, DEFAULT_SLOTS, slotBytesFor } from '../net/options.js';
import type { Transport } from '../net/transport.js';

/** More brought nothing (docs/performance.md). */
const WINDOW_MOST = 160;
const ACCELERATED = 0;
/** What the kernel charges a socket for a frame at most, besides its bytes, in the unit of the buffer it reports. */
const FRAME_OVERHEAD = 640;
/** Rotations that may wait in a receive buffer: a member that has not read one lets the token no further than the next. */
const ROTATIONS_BUFFERED = 2;
/** Share of the frame memory for a rotation: frames stay until the token has been around twice more, and some wait to be sent. */
const MEMORY_SHARE = 16;

/**
 * What this node can bear if all members of the ring agree: windows that neither overflow its receive buffer nor its frame
 * memory. What the configuration file sets itself is not exceeded.
 */
export function tuningLimitsOf({ totem, entries }: ClusterConfig, { receiveBuffer = 0 }: Transport): TuningLimits {
  const isSet = (name: string): boolean => entries.some(({ path }) => path === `totem.${name}`);
  const { windowSize, maxMessages, netMtu } = totem;
  const buffered = Math.floor(receiveBuffer / (ROTATIONS_BUFFERED * (netMtu + FRAME_OVERHEAD)));
  const slots = netMtu <= slotBytesFor(netMtu) ? DEFAULT_SLOTS : DEFAULT_LARGE_SLOTS;
  const most = Math.max(windowSize, Math.min(WINDOW_MOST, buffered, Math.floor(slots / MEMORY_SHARE)));
  const windowMost = isSet('window_size') ? windowSize : most;
  return {
    windowLeast: windowSize,
    windowMost,
    maxMessagesMost: isSet('max_messages') ? maxMessages : windowMost,
    accelerated: ACCELERATED,
  };
}

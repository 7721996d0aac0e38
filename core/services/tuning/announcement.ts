import type { MessageView } from '../../base/message-view.js';
import type { RingId, RingTuning } from '../../totem/ring.js';
import { REQUEST_HEADER } from '../packet.js';

/** The layout below. Another one needs another message: a node that does not know it keeps all from agreeing. */
const VERSION = 1;
/** With the 16-byte header. What is longer is read as far as this. */
export const ANNOUNCEMENT_BYTES = 48;
/** No node says more: far below the messages that a ring can have under way. */
export const WINDOW_LIMIT = 4096;

/** What a member says that it can bear on a ring. */
export interface Announcement {
  readonly ringId: RingId;
  readonly tuning: RingTuning;
}

/**
 * What follows the 16-byte header, in the sender's byte order:
 *
 * | offset | type | field                                                   |
 * | ------ | ---- | ------------------------------------------------------- |
 * | 16     | u32  | version                                                 |
 * | 20     | u32  | the ring's representative                               |
 * | 24     | u64  | the ring's sequence number                              |
 * | 32     | u32  | frames of all members in a rotation                     |
 * | 36     | u32  | frames of one member at a visit                         |
 * | 40     | u32  | of these, frames that may follow the token; 0: none     |
 * | 44     | u32  | 0                                                       |
 */
export function encodeAnnouncement({ ringId, tuning }: Announcement, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(ANNOUNCEMENT_BYTES - REQUEST_HEADER);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, VERSION, littleEndian);
  view.setUint32(4, ringId.representative, littleEndian);
  view.setBigUint64(8, BigInt(ringId.seq), littleEndian);
  view.setUint32(16, tuning.windowSize, littleEndian);
  view.setUint32(20, tuning.maxMessages, littleEndian);
  view.setUint32(24, tuning.accelerated, littleEndian);
  return bytes;
}

/** The announcement in a message of ANNOUNCEMENT_BYTES or more; a text if it is none: why. */
export function decodeAnnouncement(message: MessageView): Announcement | string {
  const version = message.u32(16);
  if (version !== VERSION) return `has version ${version}, this node knows ${VERSION}`;
  const windowSize = message.u32(32);
  const maxMessages = message.u32(36);
  const accelerated = message.u32(40);
  if (windowSize < 1 || windowSize > WINDOW_LIMIT || maxMessages < 1 || maxMessages > windowSize) {
    return `has a window of ${windowSize} frames and ${maxMessages} of one member`;
  }
  if (accelerated > maxMessages) return `has ${accelerated} of ${maxMessages} frames behind the token`;
  return {
    ringId: { representative: message.u32(20), seq: Number(message.u64(24)) },
    tuning: { windowSize, maxMessages, accelerated },
  };
}

import { CsError } from '../../base/errors.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import { RESPONSE_HEADER } from '../packet.js';

/*
 * Numbers and messages of EVS, which are Chorale's own. Offsets count from the start of a message, its header included.
 */

/** Corosync 1.x had EVS as service 0, which is cmap today; Corosync 3 has none, and ignores messages of this id. */
export const EVS_SERVICE_ID = 48;

export const RingFn = { MCAST: 0 } as const;
export const RequestId = { JOIN: 0, LEAVE: 1, MCAST: 2, MEMBERSHIP_GET: 3 } as const;
export const ResponseId = { JOIN: 0, LEAVE: 1, MEMBERSHIP_GET: 3, DELIVER_EVENT: 4, CONFIGURATION_EVENT: 5 } as const;
export const EvsGuarantee = { AGREED: 0, SAFE: 1 } as const;
export const ConfigurationKind = { REGULAR: 0, TRANSITIONAL: 1 } as const;

/** A group's key, zero bytes behind a shorter name. */
export const GROUP_BYTES = 32;
/** Groups of one request, as in Corosync 1.x. */
export const GROUP_LIMIT = 50;
/** Where the list of groups starts. */
export const GroupsAt = { JOIN: 24, RING_MCAST: 24, REQUEST_MCAST: 32, DELIVER_EVENT: 40 } as const;
/** Largest data of a message: with 50 groups and all headers it is below what a request may have. */
export const DATA_LIMIT = 1024 * 1024 - 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A group's key. Throws ERR_NAME_TOO_LONG for a name of more than 32 bytes. */
export function groupKey(group: string | Uint8Array): Uint8Array {
  const name = typeof group === 'string' ? encoder.encode(group) : group;
  if (name.length > GROUP_BYTES) {
    throw new CsError('ERR_NAME_TOO_LONG', `the group's name has ${name.length} bytes: use at most ${GROUP_BYTES}.`);
  }
  const key = new Uint8Array(GROUP_BYTES);
  key.set(name);
  return key;
}

/** The keys in a list of groups, copied. Throws MalformedMessage if they are not all there. */
export function groupsAt(message: MessageView, at: number, count: number): Uint8Array[] {
  checkRoom(message, at, count, 0);
  return Array.from({ length: count }, (_, i) => message.copy(at + GROUP_BYTES * i, GROUP_BYTES));
}

/** A group's name as text. */
export function groupName(key: Uint8Array): string {
  const end = key.indexOf(0);
  return decoder.decode(end < 0 ? key : key.subarray(0, end));
}

/** Throws MalformedMessage unless `count` groups, from `at`, and `length` bytes behind them are there. */
export function checkRoom(message: MessageView, at: number, count: number, length: number): void {
  if (count > GROUP_LIMIT || at + GROUP_BYTES * count + length > message.length) {
    throw new MalformedMessage(`it announces ${count} groups and ${length} bytes, and has ${message.length} in all`);
  }
}

export const MEMBERSHIP_LIST_AT = RESPONSE_HEADER + 28;
export const CONFIGURATION_LIST_AT = RESPONSE_HEADER + 36;

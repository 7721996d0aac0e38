import { CsError, CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { RingId } from '../../totem/ring.js';
import { Packet, request, ringIdAt, u32sAt } from '../packet.js';
import { abortable, ServiceClient } from '../service-client.js';
import type { CallOptions } from '../service-client.js';
import {
  CONFIGURATION_LIST_AT,
  ConfigurationKind,
  DATA_LIMIT,
  EvsGuarantee,
  GROUP_BYTES,
  GROUP_LIMIT,
  groupKey,
  groupName,
  GroupsAt,
  groupsAt,
  MEMBERSHIP_LIST_AT,
  RequestId,
  ResponseId,
} from './layouts.js';

/** A group's name: text stands for its UTF-8 bytes. At most 32 bytes. */
export type EvsGroup = string | Uint8Array;

/** A message to groups, in the one order that all nodes see. */
export interface EvsMessage {
  readonly kind: 'message';
  /** The node it comes from. */
  readonly nodeId: number;
  /** All groups it was sent to, as text, not only those this client has joined. */
  readonly groups: readonly string[];
  /** The receiver's to keep. */
  readonly data: Uint8Array;
}

/**
 * The ring's configuration has changed. First the transitional one, of those who come along from the old ring: the old
 * ring's last messages follow, which only they are known to have. Then the regular one, of the new ring.
 */
export interface EvsConfiguration {
  readonly kind: 'transitional' | 'regular';
  readonly ringId: RingId;
  /** Node ids, ascending. */
  readonly members: readonly number[];
  readonly left: readonly number[];
  readonly joined: readonly number[];
}

export type EvsEvent = EvsMessage | EvsConfiguration;

/** The nodes of the ring, and which of them this client is connected to. */
export interface EvsMembership {
  readonly localNode: number;
  readonly ringId: RingId;
  readonly members: readonly number[];
}

/** How a message is sent. */
export interface EvsMulticastOptions extends CallOptions {
  /** Delivered only when every member of the ring is known to have it. */
  readonly safe?: boolean;
}

/**
 * A client of extended virtual synchrony: it joins any number of groups, sends to any set of groups, and is told messages
 * and the ring's configurations in one order. The first join brings the configuration it comes into, as an event.
 */
export class EvsClient extends ServiceClient<EvsEvent> {
  protected readonly hints = hints;
  private readonly joined = new Map<string, Uint8Array>();
  /** Multicasts in the order they were asked for, while one has to wait. */
  private sending: Promise<void> | undefined;
  private scratch = new Packet(4096);

  /** Messages to these groups are told from now on. Rejects with ERR_TOO_MANY_GROUPS for more than 50 in one call. */
  async join(...groups: EvsGroup[]): Promise<void> {
    const keys = groups.map(groupKey);
    await this.ask(listed(RequestId.JOIN, keys).bytes, 'join');
    for (const key of keys) this.joined.set(nameOfKey(key), key);
  }

  /** Messages to these groups are told no more. Rejects with ERR_NOT_EXIST, and leaves none, if it has not joined them all. */
  async leave(...groups: EvsGroup[]): Promise<void> {
    const keys = groups.map(groupKey);
    await this.ask(listed(RequestId.LEAVE, keys).bytes, 'leave');
    for (const key of keys) this.joined.delete(nameOfKey(key));
  }

  /**
   * Sends a message to all groups this client has joined. Resolves when the service has taken it; messages are taken in
   * the order of the calls. The bytes may not be changed before that. Rejects with ERR_NOT_EXIST if it has joined none,
   * ERR_TOO_BIG for more than 1044480 bytes.
   */
  mcastJoined(data: Uint8Array, options: EvsMulticastOptions = {}): Promise<void> {
    return this.multicast([...this.joined.values()], data, options);
  }

  /** Sends a message to these groups, joined or not. Otherwise as `mcastJoined`. */
  mcastGroups(groups: readonly EvsGroup[], data: Uint8Array, options: EvsMulticastOptions = {}): Promise<void> {
    try {
      return this.multicast(groups.map(groupKey), data, options);
    } catch (thrown) {
      return Promise.reject(thrown as Error);
    }
  }

  /** The ring's members, now. */
  async membership(): Promise<EvsMembership> {
    const answer = await this.ask(request(RequestId.MEMBERSHIP_GET).bytes, 'tell the membership');
    return {
      localNode: answer.u32(24),
      ringId: ringIdAt(answer, 32),
      members: u32sAt(answer, MEMBERSHIP_LIST_AT, answer.u32(48)),
    };
  }

  protected read(message: MessageView): EvsEvent | undefined {
    switch (message.i32(0)) {
      case ResponseId.DELIVER_EVENT: {
        const count = message.u32(32);
        const groups = groupsAt(message, GroupsAt.DELIVER_EVENT, count).map(groupName);
        const data = message.subarray(GroupsAt.DELIVER_EVENT + GROUP_BYTES * count, message.u32(36));
        return { kind: 'message', nodeId: message.u32(24), groups, data };
      }
      case ResponseId.CONFIGURATION_EVENT: {
        const [members, left, joined] = [message.u32(48), message.u32(52), message.u32(56)];
        const list = CONFIGURATION_LIST_AT;
        return {
          kind: message.u32(24) === ConfigurationKind.REGULAR ? 'regular' : 'transitional',
          ringId: ringIdAt(message, 32),
          members: u32sAt(message, list, members),
          left: u32sAt(message, list + 4 * members, left),
          joined: u32sAt(message, list + 4 * (members + left), joined),
        };
      }
      default:
        return undefined;
    }
  }

  private multicast(keys: readonly Uint8Array[], data: Uint8Array, options: EvsMulticastOptions): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (keys.length === 0) return Promise.reject(this.refusal(CsErrorCode.ERR_NOT_EXIST, 'multicast'));
    if (keys.length > GROUP_LIMIT) return Promise.reject(this.refusal(CsErrorCode.ERR_TOO_MANY_GROUPS, 'multicast'));
    if (data.length > DATA_LIMIT) return Promise.reject(this.refusal(CsErrorCode.ERR_TOO_BIG, 'multicast'));
    try {
      if (!this.sending && this.trySend(keys, data, options)) return Promise.resolve();
    } catch (thrown) {
      return Promise.reject(thrown as Error);
    }
    const sent = (this.sending ?? Promise.resolve()).then(async () => {
      options.signal?.throwIfAborted();
      while (!this.trySend(keys, data, options)) await abortable(this.connection.writable(), options.signal);
    });
    const settled = sent
      .catch(() => undefined)
      .then(() => {
        if (this.sending === settled) this.sending = undefined;
      });
    this.sending = settled;
    return sent;
  }

  private trySend(keys: readonly Uint8Array[], data: Uint8Array, { safe }: EvsMulticastOptions): boolean {
    const dataAt = GroupsAt.REQUEST_MCAST + GROUP_BYTES * keys.length;
    const size = dataAt + data.length;
    if (this.scratch.bytes.length < size) this.scratch = new Packet(2 * size);
    const message = this.scratch
      .u32(0, RequestId.MCAST)
      .u32(8, size)
      .u32(16, safe ? EvsGuarantee.SAFE : EvsGuarantee.AGREED)
      .u32(24, keys.length)
      .u32(28, data.length)
      .put(dataAt, data);
    keys.forEach((key, i) => message.put(GroupsAt.REQUEST_MCAST + GROUP_BYTES * i, key));
    try {
      this.connection.send(message.bytes.subarray(0, size));
      return true;
    } catch (thrown) {
      if (thrown instanceof CsError && thrown.code === CsErrorCode.ERR_TRY_AGAIN) return false;
      throw thrown;
    }
  }
}

function listed(id: number, keys: readonly Uint8Array[]): Packet {
  const message = request(id, GroupsAt.JOIN + GROUP_BYTES * keys.length).u32(16, keys.length);
  keys.forEach((key, i) => message.put(GroupsAt.JOIN + GROUP_BYTES * i, key));
  return message;
}

/** A key that a map can be read by: names that differ only in bytes that are no text stay apart. */
function nameOfKey(key: Uint8Array): string {
  return key.join(',');
}

const hints = new Map<number, string>([
  [CsErrorCode.ERR_NOT_EXIST, ': join a group first.'],
  [CsErrorCode.ERR_TOO_MANY_GROUPS, `: use at most ${GROUP_LIMIT} groups at once.`],
  [CsErrorCode.ERR_TOO_BIG, `: a message has at most ${DATA_LIMIT} bytes.`],
]);

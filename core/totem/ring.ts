import type { MessageView } from '../base/message-view.js';

/** A ring's name: its representative (lowest node id) and a sequence number that only grows. Equal if both are. */
export interface RingId {
  readonly representative: number;
  /** Below 2^53; u64 on the wire. */
  readonly seq: number;
}

/** A ring id as Corosync prints it: representative, dot, sequence in hexadecimal. */
export function formatRingId(ringId: RingId): string {
  return `${ringId.representative}.${ringId.seq.toString(16)}`;
}

export function sameRing(a: RingId, b: RingId): boolean {
  return a.representative === b.representative && a.seq === b.seq;
}

/** How sure a message must be before it is delivered. The numbers travel in the MCAST header. */
export const Guarantee = {
  /** In the one agreed order, as soon as everything before it is here. */
  AGREED: 0,
  /** In the same order, but only when every member of the configuration is known to have it. */
  SAFE: 1,
} as const;
export type Guarantee = (typeof Guarantee)[keyof typeof Guarantee];

/**
 * A configuration of extended virtual synchrony. A change comes as two: the transitional one (those who come from the
 * same old ring together; it has the *new* ring's id, as Corosync gives it), then the regular one of the new ring.
 * Node ids are in ascending order in `members`.
 */
export interface Configuration {
  readonly kind: 'transitional' | 'regular';
  readonly ringId: RingId;
  readonly members: readonly number[];
  /** Members that left with this event: only in a transitional one. */
  readonly left: readonly number[];
  /** Members that came with this event: only in a regular one. */
  readonly joined: readonly number[];
}

/**
 * How much the members of a ring send in a rotation, when it is not what is configured. All of them have to have agreed:
 * Corosync's nodes expect the configured values, and no message behind a token that counts it.
 */
export interface RingTuning {
  /** Frames that all members together may send from one visit of the token to the next. */
  readonly windowSize: number;
  /** Frames that one member may send at a visit; at most `windowSize`. */
  readonly maxMessages: number;
  /** Of these, how many may leave behind the token in place of before it (the Accelerated Ring); 0: none. */
  readonly accelerated: number;
}

/** Receives a group's messages. The view is valid until the call returns. */
export type MessageReceiver = (message: MessageView, sender: number) => void;

/** A named group of the packing layer: Corosync has `a` (services) and `sync`. */
export interface Group {
  /**
   * Queues one message, the concatenation of `parts`, for the agreed order. The parts are copied before it returns.
   * False: the queue is full and nothing was taken; try again after the next token.
   */
  multicast(parts: readonly Uint8Array[], guarantee: Guarantee): boolean;
}

/** Ordered messages and configurations: what Totem gives to everything above it. */
export interface Totem {
  readonly nodeId: number;
  /** Joins the group before `start`; one receiver a group. */
  join(name: string, receive: MessageReceiver): Group;
  /** Whether a message of `length` bytes would be taken now. */
  canMulticast(length: number): boolean;
  /** Called at every configuration event, in order with the messages. */
  onConfiguration(listener: (configuration: Configuration) => void): void;
  /**
   * Called each time this node has passed the token on (Corosync's "token sent" callback), while `listener` returns true;
   * a false ends it. Registering releases a held token.
   */
  afterToken(listener: () => boolean): void;
  /**
   * This node's last message of the running synchronization is queued. What is multicast from now on waits for
   * `synchronized`: sent at once it could arrive when the members have changed to their normal assembly sets, and break
   * a message that was interrupted there.
   */
  synchronizationSent?(): void;
  /** The services agree again on the ring of the last regular configuration: its queued ordinary messages may go. */
  synchronized(): void;
  start(): void;
  /** Sends the leave message, so that the others form a ring without this node at once, and stops. */
  leave(): void;
}

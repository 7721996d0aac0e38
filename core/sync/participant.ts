import type { RingId } from '../totem/ring.js';

/**
 * A service's part in synchronization: after each membership change every service of the ring, in order of its id, makes
 * its state the same on all members again. Barriers keep the members in step.
 */
export interface SyncParticipant {
  /** The service id, 0 to 63: the order of the phases, and what nodes agree on in the service list exchange. */
  readonly id: number;
  readonly name: string;
  /** A new ring was formed. `transitional` are those of `members` who came with this node from the ring before. */
  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void;
  /** Multicasts this node's state. False if it could not send everything now: it is called again after the next token. */
  syncProcess(): boolean;
  /** Every member has sent its state and all of it is delivered: use it. */
  syncActivate(): void;
  /** The membership changed before activate: forget what was collected. syncInit follows. */
  syncAbort(): void;
}

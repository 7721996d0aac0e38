import { Nothing, notice, ordered } from 'chorale/sdk';
import {
  LockReply,
  LockRequest,
  OpenRequest,
  ResourceRequest,
  Stripped,
  UnlockRequest,
  Waiter,
} from './messages.proto.js';

export const SERVICE = { id: 35, name: 'lck' } as const;

/** What a client may ask. */
export const Operations = {
  open: ordered(0, OpenRequest, Nothing),
  close: ordered(1, ResourceRequest, Nothing),
  /** Answered when it is decided. */
  lock: ordered(2, LockRequest, LockReply),
  unlock: ordered(3, UnlockRequest, Nothing),
  purge: ordered(4, ResourceRequest, Nothing),
} as const;

export const waiter = notice(1, Waiter);
export const stripped = notice(2, Stripped);

/** SaLckLockModeT, without SA_LCK_ and _LOCK_MODE: protected read (shared), and exclusive. */
export const LockMode = { PR: 1, EX: 2 } as const;
export type LockMode = (typeof LockMode)[keyof typeof LockMode];

/** SaLckResourceOpenFlagsT, without SA_LCK_. */
export const ResourceOpenFlags = { RESOURCE_CREATE: 0x1 } as const;

/** SaLckLockFlagsT, without SA_LCK_LOCK_. */
export const LockFlags = {
  /** Do not wait: the status is NOT_QUEUED where it would have to. */
  NO_QUEUE: 0x1,
  /** The lock outlives its holder, until somebody purges it. */
  ORPHAN: 0x2,
} as const;

/** SaLckLockStatusT, without SA_LCK_LOCK_. Anything but GRANTED: no lock is held and none waits. */
export const LockStatus = {
  GRANTED: 1,
  DEADLOCK: 2,
  NOT_QUEUED: 3,
  ORPHANED: 4,
  NO_MORE: 5,
  DUPLICATE_EX: 6,
} as const;
export type LockStatus = (typeof LockStatus)[keyof typeof LockStatus];

/** SaLckOptionsT, without SA_LCK_OPT_. This service has both. */
export const LockOptions = { ORPHAN_LOCKS: 0x1, DEADLOCK_DETECTION: 0x2 } as const;

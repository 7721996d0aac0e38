import { SaError, keyBytes } from 'chorale/sdk';
import type { SaName, TrackBuffer, TrackMode } from 'chorale/sdk';
import { nameOf } from './message.js';
import type { GroupChanged, GroupView } from './messages.proto.js';
import { GroupChange, SendingState } from './operations.js';
import type { GroupPolicy } from './operations.js';

/** SaMsgQueueGroupMemberT. */
export interface QueueGroupMember {
  readonly queueName: SaName;
  readonly sendingState: SendingState;
}

/** SaMsgQueueGroupNotificationT. */
export interface QueueGroupNotification {
  readonly member: QueueGroupMember;
  readonly change: GroupChange;
}

/** SaMsgQueueGroupNotificationBufferT. Give `capacity` for a buffer of that many entries. */
export interface QueueGroupNotificationBuffer extends TrackBuffer<QueueGroupNotification> {
  /** 0 once the group is gone. */
  queueGroupPolicy: GroupPolicy | 0;
}

/** An empty buffer for `queueGroupTrack`, of `capacity` entries or of as many as there are. */
export function groupBuffer(capacity?: number): QueueGroupNotificationBuffer {
  return { queueGroupPolicy: 0, numberOfItems: 0, notification: [], ...(capacity === undefined ? {} : { capacity }) };
}

/** A callback of group tracking. */
export interface Shown {
  readonly groupName: SaName;
  readonly buffer: QueueGroupNotificationBuffer;
  readonly numberOfMembers: number;
}

/** The groups that one library handle follows. */
export class GroupTracking {
  /** By the key of the group's name. */
  private readonly modes = new Map<string, TrackMode>();

  follow(group: string, mode: TrackMode): void {
    this.modes.set(group, mode);
  }

  /** Throws ERR_NOT_EXIST. */
  stop(group: string): void {
    if (this.modes.delete(group)) return;
    throw new SaError(
      'ERR_NOT_EXIST',
      'this handle does not follow the group; queueGroupTrack with CHANGES begins that',
    );
  }

  /** What to show of a change; undefined: nothing. */
  changed(group: string, { policy, changes, deleted }: GroupChanged): Shown | undefined {
    const mode = this.modes.get(group);
    if (mode === undefined) return undefined;
    if (deleted) this.modes.delete(group);
    const wanted = changes.filter(({ change }) => mode === 'changes' || change !== GroupChange.NO_CHANGE);
    const notification = wanted.map(({ queue, change }) => notificationOf(queue, change as GroupChange));
    return {
      groupName: nameOf(keyBytes(group)),
      buffer: { queueGroupPolicy: policy as GroupPolicy, numberOfItems: notification.length, notification },
      numberOfMembers: changes.filter(({ change }) => change !== GroupChange.REMOVED).length,
    };
  }
}

export function notificationsOf({ members }: GroupView): QueueGroupNotification[] {
  return members.map((member) => notificationOf(member, GroupChange.NO_CHANGE));
}

function notificationOf(queue: Uint8Array, change: GroupChange): QueueGroupNotification {
  return { member: { queueName: nameOf(queue), sendingState: SendingState.AVAILABLE }, change };
}

import type { SaError, SaName, SaTime } from 'chorale/sdk';
import type { QueueGroupNotificationBuffer } from './group-tracking.js';
import type { ReceivedMessage } from './message.js';
import type { MsgQueue } from './msg-queue.js';
import type { SendingState } from './operations.js';

/** SaMsgCallbacksT. `error` is undefined for SA_AIS_OK. */
export interface MsgCallbacks {
  /** saMsgQueueOpenCallback. */
  queueOpen(invocation: bigint, queue: MsgQueue | undefined, error: SaError | undefined): void;
  /** saMsgQueueGroupTrackCallback. */
  queueGroupTrack(
    groupName: SaName,
    buffer: QueueGroupNotificationBuffer,
    numberOfMembers: number,
    error: SaError | undefined,
  ): void;
  /** saMsgMessageDeliveredCallback. */
  messageDelivered(invocation: bigint, error: SaError | undefined): void;
  /** saMsgMessageReceivedCallback: a message is there to get; once a message. */
  messageReceived(queue: MsgQueue): void;
}

/** SaMsgQueueUsageT. */
export interface QueueUsage {
  /** Bytes of the area. */
  readonly queueSize: number;
  /** Bytes of the messages in it. */
  readonly queueUsed: number;
  readonly numberOfMessages: number;
}

/** SaMsgQueueStatusT. */
export interface QueueStatus {
  readonly sendingState: SendingState;
  readonly creationFlags: number;
  readonly retentionTime: SaTime;
  /** When it was closed last; 0n while it is open. */
  readonly closeTime: SaTime;
  /** By priority. */
  readonly usage: readonly QueueUsage[];
}

/** What saMsgMessageSendReceive gives. */
export interface SendReceiveResult {
  readonly message: ReceivedMessage;
  readonly replySendTime: SaTime;
}

import { Nothing, local, notice, ordered } from 'chorale/sdk';
import {
  Answer,
  GiveBackRequest,
  GiveUpRequest,
  GroupChanged,
  GroupRequest,
  GroupView,
  Lost,
  MemberRequest,
  NameRequest,
  OpenRequest,
  QueueRequest,
  Received,
  ReplyRequest,
  SendReceiveRequest,
  SendRequest,
  Status,
  TakeReply,
  TakeRequest,
  TrackRequest,
  WaitReply,
  WaitRequest,
} from './messages.proto.js';

export const SERVICE = { id: 36, name: 'msg' } as const;

const safe = { safe: true };

/** What a client may ask. What others can count on is `safe`: once it is answered, the death of a node does not undo it. */
export const Operations = {
  open: ordered(0, OpenRequest, Nothing, safe),
  close: ordered(1, QueueRequest, Nothing, safe),
  unlink: ordered(2, NameRequest, Nothing, safe),
  send: ordered(3, SendRequest, Nothing, safe),
  take: ordered(4, TakeRequest, TakeReply, safe),
  giveBack: ordered(5, GiveBackRequest, Nothing),
  /** Answered with the reply. */
  sendReceive: ordered(6, SendReceiveRequest, Answer, safe),
  giveUp: ordered(7, GiveUpRequest, Nothing),
  reply: ordered(8, ReplyRequest, Nothing),
  groupCreate: ordered(9, GroupRequest, Nothing, safe),
  groupInsert: ordered(10, MemberRequest, Nothing, safe),
  groupRemove: ordered(11, MemberRequest, Nothing, safe),
  groupDelete: ordered(12, NameRequest, Nothing, safe),
  /** Asked by a node: the time for queues whose owner was lost, at which nobody had a clock that all could go by. */
  closedNow: ordered(13, Nothing, Nothing),
  /** Answered when a message is there for this reader to take. */
  wait: local(14, WaitRequest, WaitReply),
  unwait: local(15, WaitRequest, Nothing),
  status: local(16, NameRequest, Status),
  track: local(17, TrackRequest, GroupView),
  trackStop: local(18, NameRequest, Nothing),
} as const;

export const received = notice(1, Received);
export const groupChanged = notice(2, GroupChanged);
export const lost = notice(3, Lost);

/** SaMsgQueueCreationFlagsT, without SA_MSG_QUEUE_. */
export const CreationFlags = { PERSISTENT: 0x1 } as const;

/** SaMsgQueueOpenFlagsT, without SA_MSG_QUEUE_. */
export const OpenFlags = { CREATE: 0x1, RECEIVE_CALLBACK: 0x2, EMPTY: 0x4 } as const;

/** SaMsgAckFlagsT, without SA_MSG_. */
export const AckFlags = { MESSAGE_DELIVERED_ACK: 0x1 } as const;

/** SA_MSG_MESSAGE_..._PRIORITY. */
export const MessagePriority = { HIGHEST: 0, LOWEST: 3 } as const;
export const PRIORITIES = 4;

/** SaMsgQueueGroupPolicyT, without SA_MSG_QUEUE_GROUP_. */
export const GroupPolicy = { ROUND_ROBIN: 1, LOCAL_ROUND_ROBIN: 2, LOCAL_BEST_QUEUE: 3, BROADCAST: 4 } as const;
export type GroupPolicy = (typeof GroupPolicy)[keyof typeof GroupPolicy];

/** SaMsgQueueGroupChangesT, without SA_MSG_QUEUE_GROUP_. */
export const GroupChange = { NO_CHANGE: 1, ADDED: 2, REMOVED: 3, STATE_CHANGED: 4 } as const;
export type GroupChange = (typeof GroupChange)[keyof typeof GroupChange];

/** SaMsgQueueSendingStateT, without SA_MSG_QUEUE_. Here every queue that is there takes messages. */
export const SendingState = { UNAVAILABLE: 1, AVAILABLE: 2 } as const;
export type SendingState = (typeof SendingState)[keyof typeof SendingState];

/** Bytes of one message or reply; more is refused with TOO_BIG. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

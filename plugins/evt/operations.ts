import { Nothing, local, notice, ordered } from 'chorale/sdk';
import {
  ClearRequest,
  CloseRequest,
  Delivery,
  Lost,
  OpenRequest,
  PublishReply,
  PublishRequest,
  SubscribeRequest,
  Taken,
  UnlinkRequest,
  UnsubscribeRequest,
} from './messages.proto.js';

export const SERVICE = { id: 34, name: 'evt' } as const;

const safe = { safe: true };

/** What a client may ask. What stays is `safe`: once it is answered, the death of a node does not undo it. */
export const Operations = {
  open: ordered(0, OpenRequest, Nothing, safe),
  close: ordered(1, CloseRequest, Nothing),
  unlink: ordered(2, UnlinkRequest, Nothing, safe),
  publish: ordered(3, PublishRequest, PublishReply, { inPlace: true }),
  /** Ordered, so that what was published before anywhere is not delivered. Only the client's node keeps it. */
  subscribe: ordered(4, SubscribeRequest, Nothing),
  unsubscribe: ordered(5, UnsubscribeRequest, Nothing),
  clear: ordered(6, ClearRequest, Nothing, safe),
  taken: local(7, Taken, Nothing),
  /** Publishes an event with a retention time. */
  retain: ordered(8, PublishRequest, PublishReply, safe),
} as const;

export const delivery = notice(1, Delivery);
export const lost = notice(2, Lost);

/** SaEvtChannelOpenFlagsT, without SA_EVT_CHANNEL_. */
export const ChannelOpenFlags = { PUBLISHER: 0x1, SUBSCRIBER: 0x2, CREATE: 0x4 } as const;

/** SaEvtEventFilterTypeT, without SA_EVT_ and _FILTER. */
export const FilterType = { PREFIX: 1, SUFFIX: 2, EXACT: 3, PASS_ALL: 4 } as const;
export type FilterType = (typeof FilterType)[keyof typeof FilterType];

export const SA_EVT_HIGHEST_PRIORITY = 0;
export const SA_EVT_LOWEST_PRIORITY = 3;

/** The id of an event that was not published yet. */
export const SA_EVT_EVENTID_NONE = 0n;
/** The id of a loss notice. */
export const SA_EVT_EVENTID_LOST = 1n;
/** Ids up to this one are reserved. */
export const LAST_RESERVED_EVENT_ID = 1000n;
/** The only pattern of a loss notice. */
export const SA_EVT_LOST_EVENT = 'SA_EVT_LOST_EVENT_PATTERN';

/** What one event, subscription, channel and cluster may have. */
export const Limits = {
  /** Bytes of data of an event. */
  DATA: 65_536,
  /** Patterns of an event, filters of a subscription. */
  PATTERNS: 64,
  /** Bytes of one pattern. */
  PATTERN: 4096,
  /** Channels of the cluster. */
  CHANNELS: 4096,
  /** Events retained in one channel. */
  RETAINED: 10_000,
  /** Bytes of all retained events. */
  RETAINED_BYTES: 256 * 1024 * 1024,
  /** Events that wait for one library handle, those it has not dispatched included. */
  WAITING: 1000,
  /** Bytes of events that wait in the daemon for one library handle. */
  WAITING_BYTES: 16 * 1024 * 1024,
} as const;

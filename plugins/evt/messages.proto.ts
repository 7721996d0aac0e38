// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

export interface OpenRequest {
  /** The client's number for the handle that this makes. */
  channel: number;
  name: Uint8Array;
  /** SaEvtChannelOpenFlagsT. */
  flags: number;
}

export const OpenRequest = {
  encode(message: OpenRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeOpenRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): OpenRequest {
    return decoded('OpenRequest', new Uint8Array(bytes), readOpenRequest);
  },
  view(bytes: Uint8Array): OpenRequest {
    return decoded('OpenRequest', bytes, readOpenRequest);
  },
};

function writeOpenRequest(writer: protobuf.Writer, message: OpenRequest): void {
  if (message.channel !== 0) writer.uint32(8).uint32(message.channel);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.flags !== 0) writer.uint32(24).uint32(message.flags);
}

function readOpenRequest(reader: protobuf.Reader, length: number): OpenRequest {
  const end = reader.pos + length;
  const message: OpenRequest = {
    channel: 0,
    name: noBytes,
    flags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.channel = reader.uint32();
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 24:
        message.flags = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface CloseRequest {
  channel: number;
}

export const CloseRequest = {
  encode(message: CloseRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeCloseRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): CloseRequest {
    return decoded('CloseRequest', bytes, readCloseRequest);
  },
  view(bytes: Uint8Array): CloseRequest {
    return decoded('CloseRequest', bytes, readCloseRequest);
  },
};

function writeCloseRequest(writer: protobuf.Writer, message: CloseRequest): void {
  if (message.channel !== 0) writer.uint32(8).uint32(message.channel);
}

function readCloseRequest(reader: protobuf.Reader, length: number): CloseRequest {
  const end = reader.pos + length;
  const message: CloseRequest = {
    channel: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.channel = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface UnlinkRequest {
  name: Uint8Array;
}

export const UnlinkRequest = {
  encode(message: UnlinkRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeUnlinkRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): UnlinkRequest {
    return decoded('UnlinkRequest', new Uint8Array(bytes), readUnlinkRequest);
  },
  view(bytes: Uint8Array): UnlinkRequest {
    return decoded('UnlinkRequest', bytes, readUnlinkRequest);
  },
};

function writeUnlinkRequest(writer: protobuf.Writer, message: UnlinkRequest): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
}

function readUnlinkRequest(reader: protobuf.Reader, length: number): UnlinkRequest {
  const end = reader.pos + length;
  const message: UnlinkRequest = {
    name: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface PublishRequest {
  channel: number;
  patterns: Uint8Array[];
  priority: number;
  /** Nanoseconds. */
  retention: bigint;
  publisher: Uint8Array;
  data: Uint8Array;
}

export const PublishRequest = {
  encode(message: PublishRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writePublishRequest(writer, message);
    return writer.finish();
  },
  parts(message: PublishRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writePublishRequestHead(writer, message);
    if (message.data.length > 0) writer.uint32(50).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): PublishRequest {
    return decoded('PublishRequest', new Uint8Array(bytes), readPublishRequest);
  },
  view(bytes: Uint8Array): PublishRequest {
    return decoded('PublishRequest', bytes, readPublishRequest);
  },
};

function writePublishRequest(writer: protobuf.Writer, message: PublishRequest): void {
  writePublishRequestHead(writer, message);
  if (message.data.length > 0) writer.uint32(50).bytes(message.data);
}

function writePublishRequestHead(writer: protobuf.Writer, message: PublishRequest): void {
  if (message.channel !== 0) writer.uint32(8).uint32(message.channel);
  for (const one of message.patterns) writer.uint32(18).bytes(one);
  if (message.priority !== 0) writer.uint32(24).uint32(message.priority);
  if (message.retention !== 0n) writeWide(writer.uint32(33), message.retention);
  if (message.publisher.length > 0) writer.uint32(42).bytes(message.publisher);
}

function readPublishRequest(reader: protobuf.Reader, length: number): PublishRequest {
  const end = reader.pos + length;
  const message: PublishRequest = {
    channel: 0,
    patterns: [],
    priority: 0,
    retention: 0n,
    publisher: noBytes,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.channel = reader.uint32();
        break;
      case 18:
        message.patterns.push(bytesOf(reader));
        break;
      case 24:
        message.priority = reader.uint32();
        break;
      case 33:
        message.retention = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 42:
        message.publisher = bytesOf(reader);
        break;
      case 50:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface PublishReply {
  id: bigint;
  /** Nanoseconds since 1970. */
  time: bigint;
}

export const PublishReply = {
  encode(message: PublishReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writePublishReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): PublishReply {
    return decoded('PublishReply', bytes, readPublishReply);
  },
  view(bytes: Uint8Array): PublishReply {
    return decoded('PublishReply', bytes, readPublishReply);
  },
};

function writePublishReply(writer: protobuf.Writer, message: PublishReply): void {
  if (message.id !== 0n) writeWide(writer.uint32(9), message.id);
  if (message.time !== 0n) writeWide(writer.uint32(17), message.time);
}

function readPublishReply(reader: protobuf.Reader, length: number): PublishReply {
  const end = reader.pos + length;
  const message: PublishReply = {
    id: 0n,
    time: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.id = wide(reader.fixed32(), reader.fixed32());
        break;
      case 17:
        message.time = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SubscribeRequest {
  channel: number;
  /** The client's number for the subscription. */
  subscription: number;
  filters: Filter[];
}

export const SubscribeRequest = {
  encode(message: SubscribeRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSubscribeRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): SubscribeRequest {
    return decoded('SubscribeRequest', new Uint8Array(bytes), readSubscribeRequest);
  },
  view(bytes: Uint8Array): SubscribeRequest {
    return decoded('SubscribeRequest', bytes, readSubscribeRequest);
  },
};

function writeSubscribeRequest(writer: protobuf.Writer, message: SubscribeRequest): void {
  if (message.channel !== 0) writer.uint32(8).uint32(message.channel);
  if (message.subscription !== 0) writer.uint32(16).uint32(message.subscription);
  for (const one of message.filters) nested(writer.uint32(26), one, writeFilter);
}

function readSubscribeRequest(reader: protobuf.Reader, length: number): SubscribeRequest {
  const end = reader.pos + length;
  const message: SubscribeRequest = {
    channel: 0,
    subscription: 0,
    filters: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.channel = reader.uint32();
        break;
      case 16:
        message.subscription = reader.uint32();
        break;
      case 26:
        message.filters.push(readFilter(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Filter {
  /** SaEvtEventFilterTypeT. */
  type: number;
  pattern: Uint8Array;
}

export const Filter = {
  encode(message: Filter): Uint8Array {
    const writer = protobuf.Writer.create();
    writeFilter(writer, message);
    return writer.finish();
  },
  parts(message: Filter): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeFilterHead(writer, message);
    if (message.pattern.length > 0) writer.uint32(18).uint32(message.pattern.length);
    return [writer.finish(), message.pattern];
  },
  decode(bytes: Uint8Array): Filter {
    return decoded('Filter', new Uint8Array(bytes), readFilter);
  },
  view(bytes: Uint8Array): Filter {
    return decoded('Filter', bytes, readFilter);
  },
};

function writeFilter(writer: protobuf.Writer, message: Filter): void {
  writeFilterHead(writer, message);
  if (message.pattern.length > 0) writer.uint32(18).bytes(message.pattern);
}

function writeFilterHead(writer: protobuf.Writer, message: Filter): void {
  if (message.type !== 0) writer.uint32(8).uint32(message.type);
}

function readFilter(reader: protobuf.Reader, length: number): Filter {
  const end = reader.pos + length;
  const message: Filter = {
    type: 0,
    pattern: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.type = reader.uint32();
        break;
      case 18:
        message.pattern = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface UnsubscribeRequest {
  subscription: number;
}

export const UnsubscribeRequest = {
  encode(message: UnsubscribeRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeUnsubscribeRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): UnsubscribeRequest {
    return decoded('UnsubscribeRequest', bytes, readUnsubscribeRequest);
  },
  view(bytes: Uint8Array): UnsubscribeRequest {
    return decoded('UnsubscribeRequest', bytes, readUnsubscribeRequest);
  },
};

function writeUnsubscribeRequest(writer: protobuf.Writer, message: UnsubscribeRequest): void {
  if (message.subscription !== 0) writer.uint32(8).uint32(message.subscription);
}

function readUnsubscribeRequest(reader: protobuf.Reader, length: number): UnsubscribeRequest {
  const end = reader.pos + length;
  const message: UnsubscribeRequest = {
    subscription: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.subscription = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ClearRequest {
  channel: number;
  event: bigint;
}

export const ClearRequest = {
  encode(message: ClearRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeClearRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ClearRequest {
    return decoded('ClearRequest', bytes, readClearRequest);
  },
  view(bytes: Uint8Array): ClearRequest {
    return decoded('ClearRequest', bytes, readClearRequest);
  },
};

function writeClearRequest(writer: protobuf.Writer, message: ClearRequest): void {
  if (message.channel !== 0) writer.uint32(8).uint32(message.channel);
  if (message.event !== 0n) writeWide(writer.uint32(17), message.event);
}

function readClearRequest(reader: protobuf.Reader, length: number): ClearRequest {
  const end = reader.pos + length;
  const message: ClearRequest = {
    channel: 0,
    event: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.channel = reader.uint32();
        break;
      case 17:
        message.event = wide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The client has dispatched, or dropped, what it was sent: there is room for more. */
export interface Taken {
  priorities: TakenPriority[];
  /** Subscriptions whose loss notice was dispatched. */
  losses: number[];
}

export const Taken = {
  encode(message: Taken): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTaken(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Taken {
    return decoded('Taken', bytes, readTaken);
  },
  view(bytes: Uint8Array): Taken {
    return decoded('Taken', bytes, readTaken);
  },
};

function writeTaken(writer: protobuf.Writer, message: Taken): void {
  for (const one of message.priorities) nested(writer.uint32(10), one, writeTakenPriority);
  if (message.losses.length > 0) {
    writer.uint32(18).fork();
    for (const one of message.losses) writer.uint32(one);
    writer.ldelim();
  }
}

function readTaken(reader: protobuf.Reader, length: number): Taken {
  const end = reader.pos + length;
  const message: Taken = {
    priorities: [],
    losses: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.priorities.push(readTakenPriority(reader, reader.uint32()));
        break;
      case 16:
        message.losses.push(reader.uint32());
        break;
      case 18:
        for (const last = packedEnd(reader); reader.pos < last;) message.losses.push(reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface TakenPriority {
  priority: number;
  events: number;
  /** Of encoded events. */
  bytes: number;
}

export const TakenPriority = {
  encode(message: TakenPriority): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTakenPriority(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TakenPriority {
    return decoded('TakenPriority', bytes, readTakenPriority);
  },
  view(bytes: Uint8Array): TakenPriority {
    return decoded('TakenPriority', bytes, readTakenPriority);
  },
};

function writeTakenPriority(writer: protobuf.Writer, message: TakenPriority): void {
  if (message.priority !== 0) writer.uint32(8).uint32(message.priority);
  if (message.events !== 0) writer.uint32(16).uint32(message.events);
  if (message.bytes !== 0) writer.uint32(24).uint32(message.bytes);
}

function readTakenPriority(reader: protobuf.Reader, length: number): TakenPriority {
  const end = reader.pos + length;
  const message: TakenPriority = {
    priority: 0,
    events: 0,
    bytes: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.priority = reader.uint32();
        break;
      case 16:
        message.events = reader.uint32();
        break;
      case 24:
        message.bytes = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 1, to a subscriber. */
export interface Delivery {
  subscription: number;
  /** A PublishedEvent. */
  event: Uint8Array;
}

export const Delivery = {
  encode(message: Delivery): Uint8Array {
    const writer = protobuf.Writer.create();
    writeDelivery(writer, message);
    return writer.finish();
  },
  parts(message: Delivery): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeDeliveryHead(writer, message);
    if (message.event.length > 0) writer.uint32(18).uint32(message.event.length);
    return [writer.finish(), message.event];
  },
  decode(bytes: Uint8Array): Delivery {
    return decoded('Delivery', new Uint8Array(bytes), readDelivery);
  },
  view(bytes: Uint8Array): Delivery {
    return decoded('Delivery', bytes, readDelivery);
  },
};

function writeDelivery(writer: protobuf.Writer, message: Delivery): void {
  writeDeliveryHead(writer, message);
  if (message.event.length > 0) writer.uint32(18).bytes(message.event);
}

function writeDeliveryHead(writer: protobuf.Writer, message: Delivery): void {
  if (message.subscription !== 0) writer.uint32(8).uint32(message.subscription);
}

function readDelivery(reader: protobuf.Reader, length: number): Delivery {
  const end = reader.pos + length;
  const message: Delivery = {
    subscription: 0,
    event: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.subscription = reader.uint32();
        break;
      case 18:
        message.event = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 2, to a subscriber: events were dropped. */
export interface Lost {
  subscription: number;
}

export const Lost = {
  encode(message: Lost): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLost(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Lost {
    return decoded('Lost', bytes, readLost);
  },
  view(bytes: Uint8Array): Lost {
    return decoded('Lost', bytes, readLost);
  },
};

function writeLost(writer: protobuf.Writer, message: Lost): void {
  if (message.subscription !== 0) writer.uint32(8).uint32(message.subscription);
}

function readLost(reader: protobuf.Reader, length: number): Lost {
  const end = reader.pos + length;
  const message: Lost = {
    subscription: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.subscription = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface PublishedEvent {
  id: bigint;
  time: bigint;
  patterns: Uint8Array[];
  priority: number;
  retention: bigint;
  publisher: Uint8Array;
  data: Uint8Array;
}

export const PublishedEvent = {
  encode(message: PublishedEvent): Uint8Array {
    const writer = protobuf.Writer.create();
    writePublishedEvent(writer, message);
    return writer.finish();
  },
  parts(message: PublishedEvent): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writePublishedEventHead(writer, message);
    if (message.data.length > 0) writer.uint32(58).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): PublishedEvent {
    return decoded('PublishedEvent', new Uint8Array(bytes), readPublishedEvent);
  },
  view(bytes: Uint8Array): PublishedEvent {
    return decoded('PublishedEvent', bytes, readPublishedEvent);
  },
};

function writePublishedEvent(writer: protobuf.Writer, message: PublishedEvent): void {
  writePublishedEventHead(writer, message);
  if (message.data.length > 0) writer.uint32(58).bytes(message.data);
}

function writePublishedEventHead(writer: protobuf.Writer, message: PublishedEvent): void {
  if (message.id !== 0n) writeWide(writer.uint32(9), message.id);
  if (message.time !== 0n) writeWide(writer.uint32(17), message.time);
  for (const one of message.patterns) writer.uint32(26).bytes(one);
  if (message.priority !== 0) writer.uint32(32).uint32(message.priority);
  if (message.retention !== 0n) writeWide(writer.uint32(41), message.retention);
  if (message.publisher.length > 0) writer.uint32(50).bytes(message.publisher);
}

function readPublishedEvent(reader: protobuf.Reader, length: number): PublishedEvent {
  const end = reader.pos + length;
  const message: PublishedEvent = {
    id: 0n,
    time: 0n,
    patterns: [],
    priority: 0,
    retention: 0n,
    publisher: noBytes,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.id = wide(reader.fixed32(), reader.fixed32());
        break;
      case 17:
        message.time = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 26:
        message.patterns.push(bytesOf(reader));
        break;
      case 32:
        message.priority = reader.uint32();
        break;
      case 41:
        message.retention = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 50:
        message.publisher = bytesOf(reader);
        break;
      case 58:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** In synchronization: one of these. */
export interface StateRecord {
  issued: IssuedRecord[];
  channels: ChannelRecord[];
  retained: RetainedRecord[];
}

export const StateRecord = {
  encode(message: StateRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeStateRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): StateRecord {
    return decoded('StateRecord', new Uint8Array(bytes), readStateRecord);
  },
  view(bytes: Uint8Array): StateRecord {
    return decoded('StateRecord', bytes, readStateRecord);
  },
};

function writeStateRecord(writer: protobuf.Writer, message: StateRecord): void {
  for (const one of message.issued) nested(writer.uint32(10), one, writeIssuedRecord);
  for (const one of message.channels) nested(writer.uint32(18), one, writeChannelRecord);
  for (const one of message.retained) nested(writer.uint32(26), one, writeRetainedRecord);
}

function readStateRecord(reader: protobuf.Reader, length: number): StateRecord {
  const end = reader.pos + length;
  const message: StateRecord = {
    issued: [],
    channels: [],
    retained: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.issued.push(readIssuedRecord(reader, reader.uint32()));
        break;
      case 18:
        message.channels.push(readChannelRecord(reader, reader.uint32()));
        break;
      case 26:
        message.retained.push(readRetainedRecord(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The numbers that an engine's life has given to events and channels. */
export interface IssuedRecord {
  /** The upper half of the ids. */
  prefix: number;
  /** The highest lower half. */
  last: number;
}

export const IssuedRecord = {
  encode(message: IssuedRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeIssuedRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): IssuedRecord {
    return decoded('IssuedRecord', bytes, readIssuedRecord);
  },
  view(bytes: Uint8Array): IssuedRecord {
    return decoded('IssuedRecord', bytes, readIssuedRecord);
  },
};

function writeIssuedRecord(writer: protobuf.Writer, message: IssuedRecord): void {
  if (message.prefix !== 0) writer.uint32(8).uint32(message.prefix);
  if (message.last !== 0) writer.uint32(16).uint32(message.last);
}

function readIssuedRecord(reader: protobuf.Reader, length: number): IssuedRecord {
  const end = reader.pos + length;
  const message: IssuedRecord = {
    prefix: 0,
    last: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.prefix = reader.uint32();
        break;
      case 16:
        message.last = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ChannelRecord {
  /** Its own, and those of what was merged into it. */
  ids: bigint[];
  name: Uint8Array;
  unlinked: boolean;
  opens: OpenRecord[];
}

export const ChannelRecord = {
  encode(message: ChannelRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChannelRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ChannelRecord {
    return decoded('ChannelRecord', new Uint8Array(bytes), readChannelRecord);
  },
  view(bytes: Uint8Array): ChannelRecord {
    return decoded('ChannelRecord', bytes, readChannelRecord);
  },
};

function writeChannelRecord(writer: protobuf.Writer, message: ChannelRecord): void {
  if (message.ids.length > 0) {
    writer.uint32(10).fork();
    for (const one of message.ids) writeWide(writer, one);
    writer.ldelim();
  }
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.unlinked !== false) writer.uint32(24).bool(message.unlinked);
  for (const one of message.opens) nested(writer.uint32(34), one, writeOpenRecord);
}

function readChannelRecord(reader: protobuf.Reader, length: number): ChannelRecord {
  const end = reader.pos + length;
  const message: ChannelRecord = {
    ids: [],
    name: noBytes,
    unlinked: false,
    opens: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.ids.push(wide(reader.fixed32(), reader.fixed32()));
        break;
      case 10:
        for (const last = packedEnd(reader); reader.pos < last;)
          message.ids.push(wide(reader.fixed32(), reader.fixed32()));
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 24:
        message.unlinked = reader.bool();
        break;
      case 34:
        message.opens.push(readOpenRecord(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface OpenRecord {
  owner: string;
  channel: number;
  flags: number;
}

export const OpenRecord = {
  encode(message: OpenRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeOpenRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): OpenRecord {
    return decoded('OpenRecord', bytes, readOpenRecord);
  },
  view(bytes: Uint8Array): OpenRecord {
    return decoded('OpenRecord', bytes, readOpenRecord);
  },
};

function writeOpenRecord(writer: protobuf.Writer, message: OpenRecord): void {
  if (message.owner !== '') writer.uint32(10).string(message.owner);
  if (message.channel !== 0) writer.uint32(16).uint32(message.channel);
  if (message.flags !== 0) writer.uint32(24).uint32(message.flags);
}

function readOpenRecord(reader: protobuf.Reader, length: number): OpenRecord {
  const end = reader.pos + length;
  const message: OpenRecord = {
    owner: '',
    channel: 0,
    flags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.channel = reader.uint32();
        break;
      case 24:
        message.flags = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface RetainedRecord {
  /** Of the channel. */
  channel: bigint;
  /** A PublishedEvent. */
  event: Uint8Array;
}

export const RetainedRecord = {
  encode(message: RetainedRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeRetainedRecord(writer, message);
    return writer.finish();
  },
  parts(message: RetainedRecord): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeRetainedRecordHead(writer, message);
    if (message.event.length > 0) writer.uint32(18).uint32(message.event.length);
    return [writer.finish(), message.event];
  },
  decode(bytes: Uint8Array): RetainedRecord {
    return decoded('RetainedRecord', new Uint8Array(bytes), readRetainedRecord);
  },
  view(bytes: Uint8Array): RetainedRecord {
    return decoded('RetainedRecord', bytes, readRetainedRecord);
  },
};

function writeRetainedRecord(writer: protobuf.Writer, message: RetainedRecord): void {
  writeRetainedRecordHead(writer, message);
  if (message.event.length > 0) writer.uint32(18).bytes(message.event);
}

function writeRetainedRecordHead(writer: protobuf.Writer, message: RetainedRecord): void {
  if (message.channel !== 0n) writeWide(writer.uint32(9), message.channel);
}

function readRetainedRecord(reader: protobuf.Reader, length: number): RetainedRecord {
  const end = reader.pos + length;
  const message: RetainedRecord = {
    channel: 0n,
    event: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.channel = wide(reader.fixed32(), reader.fixed32());
        break;
      case 18:
        message.event = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

function nested<T>(writer: protobuf.Writer, message: T, write: (writer: protobuf.Writer, message: T) => void): void {
  writer.fork();
  write(writer, message);
  writer.ldelim();
}

function packedEnd(reader: protobuf.Reader): number {
  const length = reader.uint32();
  return reader.pos + length;
}

function bytesOf(reader: protobuf.Reader): Uint8Array {
  const bytes = reader.bytes();
  return bytes.length === 0 ? noBytes : bytes;
}

const noBytes = new Uint8Array(0);

const halves = new DataView(new ArrayBuffer(8));

function writeWide(writer: protobuf.Writer, value: bigint): void {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${value} has more than 64 bits`);
  halves.setBigUint64(0, value, true);
  writer.fixed32(halves.getUint32(0, true)).fixed32(halves.getUint32(4, true));
}

function wide(low: number, high: number): bigint {
  halves.setUint32(0, low, true);
  halves.setUint32(4, high, true);
  return halves.getBigUint64(0, true);
}

function signedWide(low: number, high: number): bigint {
  halves.setUint32(0, low, true);
  halves.setUint32(4, high, true);
  return halves.getBigInt64(0, true);
}

function decoded<T>(name: string, bytes: Uint8Array, read: (reader: protobuf.Reader, length: number) => T): T {
  // Views of a Buffer would be Buffers, whose `slice` is no copy.
  const plain =
    bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return read(protobuf.Reader.create(plain), plain.length);
  } catch (error) {
    const malformed = new Error(`no ${name}: ${error instanceof Error ? error.message : String(error)}`);
    malformed.name = 'MalformedMessage';
    throw malformed;
  }
}

// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** A message as its sender gives it. */
export interface Content {
  type: number;
  version: number;
  priority: number;
  senderName: Uint8Array;
  data: Uint8Array;
}

export const Content = {
  encode(message: Content): Uint8Array {
    const writer = protobuf.Writer.create();
    writeContent(writer, message);
    return writer.finish();
  },
  parts(message: Content): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeContentHead(writer, message);
    if (message.data.length > 0) writer.uint32(42).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): Content {
    return decoded('Content', new Uint8Array(bytes), readContent);
  },
  view(bytes: Uint8Array): Content {
    return decoded('Content', bytes, readContent);
  },
};

function writeContent(writer: protobuf.Writer, message: Content): void {
  writeContentHead(writer, message);
  if (message.data.length > 0) writer.uint32(42).bytes(message.data);
}

function writeContentHead(writer: protobuf.Writer, message: Content): void {
  if (message.type !== 0) writer.uint32(8).uint32(message.type);
  if (message.version !== 0) writer.uint32(16).uint32(message.version);
  if (message.priority !== 0) writer.uint32(24).uint32(message.priority);
  if (message.senderName.length > 0) writer.uint32(34).bytes(message.senderName);
}

function readContent(reader: protobuf.Reader, length: number): Content {
  const end = reader.pos + length;
  const message: Content = {
    type: 0,
    version: 0,
    priority: 0,
    senderName: noBytes,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.type = reader.uint32();
        break;
      case 16:
        message.version = reader.uint32();
        break;
      case 24:
        message.priority = reader.uint32();
        break;
      case 34:
        message.senderName = bytesOf(reader);
        break;
      case 42:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A message as a queue has it. Owner and call are its identity. */
export interface MessageRecord {
  content?: Content;
  /** The client that sent it. */
  owner: string;
  /** Its place in the order of all messages; two sides of a partition may know it by different ones. */
  sequence: number;
  /** When it was sent, in nanoseconds since 1970. */
  time: bigint;
  /** The request that it is; 0: none, nobody waits for a reply. */
  senderId: bigint;
  /** The call of its owner that sent it. */
  call: number;
}

export const MessageRecord = {
  encode(message: MessageRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeMessageRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): MessageRecord {
    return decoded('MessageRecord', new Uint8Array(bytes), readMessageRecord);
  },
  view(bytes: Uint8Array): MessageRecord {
    return decoded('MessageRecord', bytes, readMessageRecord);
  },
};

function writeMessageRecord(writer: protobuf.Writer, message: MessageRecord): void {
  if (message.content !== undefined) nested(writer.uint32(10), message.content, writeContent);
  if (message.owner !== '') writer.uint32(18).string(message.owner);
  if (message.sequence !== 0) writer.uint32(24).uint64(whole(message.sequence));
  if (message.time !== 0n) writeWide(writer.uint32(33), message.time);
  if (message.senderId !== 0n) writeWide(writer.uint32(41), message.senderId);
  if (message.call !== 0) writer.uint32(48).uint32(message.call);
}

function readMessageRecord(reader: protobuf.Reader, length: number): MessageRecord {
  const end = reader.pos + length;
  const message: MessageRecord = {
    owner: '',
    sequence: 0,
    time: 0n,
    senderId: 0n,
    call: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.content = readContent(reader, reader.uint32());
        break;
      case 18:
        message.owner = reader.string();
        break;
      case 24:
        message.sequence = whole(reader.uint64());
        break;
      case 33:
        message.time = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 41:
        message.senderId = wide(reader.fixed32(), reader.fixed32());
        break;
      case 48:
        message.call = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Attributes {
  /** SaMsgQueueCreationFlagsT. */
  flags: number;
  /** Bytes, by priority. */
  size: number[];
  retention: bigint;
}

export const Attributes = {
  encode(message: Attributes): Uint8Array {
    const writer = protobuf.Writer.create();
    writeAttributes(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Attributes {
    return decoded('Attributes', bytes, readAttributes);
  },
  view(bytes: Uint8Array): Attributes {
    return decoded('Attributes', bytes, readAttributes);
  },
};

function writeAttributes(writer: protobuf.Writer, message: Attributes): void {
  if (message.flags !== 0) writer.uint32(8).uint32(message.flags);
  if (message.size.length > 0) {
    writer.uint32(18).fork();
    for (const one of message.size) writer.uint64(whole(one));
    writer.ldelim();
  }
  if (message.retention !== 0n) writeWide(writer.uint32(25), message.retention);
}

function readAttributes(reader: protobuf.Reader, length: number): Attributes {
  const end = reader.pos + length;
  const message: Attributes = {
    flags: 0,
    size: [],
    retention: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.flags = reader.uint32();
        break;
      case 16:
        message.size.push(whole(reader.uint64()));
        break;
      case 18:
        for (const last = packedEnd(reader); reader.pos < last;) message.size.push(whole(reader.uint64()));
        break;
      case 25:
        message.retention = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface OpenRequest {
  /** The client's number for the handle that this makes. */
  queue: number;
  name: Uint8Array;
  /** Missing: the queue has to be there. */
  create?: Attributes;
  /** SaMsgQueueOpenFlagsT. */
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
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.create !== undefined) nested(writer.uint32(26), message.create, writeAttributes);
  if (message.flags !== 0) writer.uint32(32).uint32(message.flags);
}

function readOpenRequest(reader: protobuf.Reader, length: number): OpenRequest {
  const end = reader.pos + length;
  const message: OpenRequest = {
    queue: 0,
    name: noBytes,
    flags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 26:
        message.create = readAttributes(reader, reader.uint32());
        break;
      case 32:
        message.flags = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface QueueRequest {
  queue: number;
}

export const QueueRequest = {
  encode(message: QueueRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeQueueRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): QueueRequest {
    return decoded('QueueRequest', bytes, readQueueRequest);
  },
  view(bytes: Uint8Array): QueueRequest {
    return decoded('QueueRequest', bytes, readQueueRequest);
  },
};

function writeQueueRequest(writer: protobuf.Writer, message: QueueRequest): void {
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
}

function readQueueRequest(reader: protobuf.Reader, length: number): QueueRequest {
  const end = reader.pos + length;
  const message: QueueRequest = {
    queue: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface NameRequest {
  name: Uint8Array;
}

export const NameRequest = {
  encode(message: NameRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeNameRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): NameRequest {
    return decoded('NameRequest', new Uint8Array(bytes), readNameRequest);
  },
  view(bytes: Uint8Array): NameRequest {
    return decoded('NameRequest', bytes, readNameRequest);
  },
};

function writeNameRequest(writer: protobuf.Writer, message: NameRequest): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
}

function readNameRequest(reader: protobuf.Reader, length: number): NameRequest {
  const end = reader.pos + length;
  const message: NameRequest = {
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

export interface SendRequest {
  destination: Uint8Array;
  content?: Content;
}

export const SendRequest = {
  encode(message: SendRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSendRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): SendRequest {
    return decoded('SendRequest', new Uint8Array(bytes), readSendRequest);
  },
  view(bytes: Uint8Array): SendRequest {
    return decoded('SendRequest', bytes, readSendRequest);
  },
};

function writeSendRequest(writer: protobuf.Writer, message: SendRequest): void {
  if (message.destination.length > 0) writer.uint32(10).bytes(message.destination);
  if (message.content !== undefined) nested(writer.uint32(18), message.content, writeContent);
}

function readSendRequest(reader: protobuf.Reader, length: number): SendRequest {
  const end = reader.pos + length;
  const message: SendRequest = {
    destination: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.destination = bytesOf(reader);
        break;
      case 18:
        message.content = readContent(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface TakeRequest {
  queue: number;
  /** Bytes of the caller's buffer; missing: whatever it takes. */
  capacity?: number;
}

export const TakeRequest = {
  encode(message: TakeRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTakeRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TakeRequest {
    return decoded('TakeRequest', bytes, readTakeRequest);
  },
  view(bytes: Uint8Array): TakeRequest {
    return decoded('TakeRequest', bytes, readTakeRequest);
  },
};

function writeTakeRequest(writer: protobuf.Writer, message: TakeRequest): void {
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
  if (message.capacity !== undefined) writer.uint32(16).uint32(message.capacity);
}

function readTakeRequest(reader: protobuf.Reader, length: number): TakeRequest {
  const end = reader.pos + length;
  const message: TakeRequest = {
    queue: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      case 16:
        message.capacity = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Without either the queue is empty. */
export interface TakeReply {
  message?: MessageRecord;
  /** The message stays: its data has this many bytes. */
  needed?: number;
}

export const TakeReply = {
  encode(message: TakeReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTakeReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TakeReply {
    return decoded('TakeReply', new Uint8Array(bytes), readTakeReply);
  },
  view(bytes: Uint8Array): TakeReply {
    return decoded('TakeReply', bytes, readTakeReply);
  },
};

function writeTakeReply(writer: protobuf.Writer, message: TakeReply): void {
  if (message.message !== undefined) nested(writer.uint32(10), message.message, writeMessageRecord);
  if (message.needed !== undefined) writer.uint32(16).uint32(message.needed);
}

function readTakeReply(reader: protobuf.Reader, length: number): TakeReply {
  const end = reader.pos + length;
  const message: TakeReply = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.message = readMessageRecord(reader, reader.uint32());
        break;
      case 16:
        message.needed = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A message that was taken but never got to the reader. */
export interface GiveBackRequest {
  queue: number;
  message?: MessageRecord;
}

export const GiveBackRequest = {
  encode(message: GiveBackRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGiveBackRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GiveBackRequest {
    return decoded('GiveBackRequest', new Uint8Array(bytes), readGiveBackRequest);
  },
  view(bytes: Uint8Array): GiveBackRequest {
    return decoded('GiveBackRequest', bytes, readGiveBackRequest);
  },
};

function writeGiveBackRequest(writer: protobuf.Writer, message: GiveBackRequest): void {
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
  if (message.message !== undefined) nested(writer.uint32(18), message.message, writeMessageRecord);
}

function readGiveBackRequest(reader: protobuf.Reader, length: number): GiveBackRequest {
  const end = reader.pos + length;
  const message: GiveBackRequest = {
    queue: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      case 18:
        message.message = readMessageRecord(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SendReceiveRequest {
  destination: Uint8Array;
  content?: Content;
  /** The client's number for the request. */
  request: number;
  capacity?: number;
}

export const SendReceiveRequest = {
  encode(message: SendReceiveRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSendReceiveRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): SendReceiveRequest {
    return decoded('SendReceiveRequest', new Uint8Array(bytes), readSendReceiveRequest);
  },
  view(bytes: Uint8Array): SendReceiveRequest {
    return decoded('SendReceiveRequest', bytes, readSendReceiveRequest);
  },
};

function writeSendReceiveRequest(writer: protobuf.Writer, message: SendReceiveRequest): void {
  if (message.destination.length > 0) writer.uint32(10).bytes(message.destination);
  if (message.content !== undefined) nested(writer.uint32(18), message.content, writeContent);
  if (message.request !== 0) writer.uint32(24).uint32(message.request);
  if (message.capacity !== undefined) writer.uint32(32).uint32(message.capacity);
}

function readSendReceiveRequest(reader: protobuf.Reader, length: number): SendReceiveRequest {
  const end = reader.pos + length;
  const message: SendReceiveRequest = {
    destination: noBytes,
    request: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.destination = bytesOf(reader);
        break;
      case 18:
        message.content = readContent(reader, reader.uint32());
        break;
      case 24:
        message.request = reader.uint32();
        break;
      case 32:
        message.capacity = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Answer {
  content?: Content;
  time: bigint;
  /** The reply has this many bytes, more than the caller's buffer. */
  needed?: number;
}

export const Answer = {
  encode(message: Answer): Uint8Array {
    const writer = protobuf.Writer.create();
    writeAnswer(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Answer {
    return decoded('Answer', new Uint8Array(bytes), readAnswer);
  },
  view(bytes: Uint8Array): Answer {
    return decoded('Answer', bytes, readAnswer);
  },
};

function writeAnswer(writer: protobuf.Writer, message: Answer): void {
  if (message.content !== undefined) nested(writer.uint32(10), message.content, writeContent);
  if (message.time !== 0n) writeWide(writer.uint32(17), message.time);
  if (message.needed !== undefined) writer.uint32(24).uint32(message.needed);
}

function readAnswer(reader: protobuf.Reader, length: number): Answer {
  const end = reader.pos + length;
  const message: Answer = {
    time: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.content = readContent(reader, reader.uint32());
        break;
      case 17:
        message.time = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 24:
        message.needed = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface GiveUpRequest {
  request: number;
}

export const GiveUpRequest = {
  encode(message: GiveUpRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGiveUpRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GiveUpRequest {
    return decoded('GiveUpRequest', bytes, readGiveUpRequest);
  },
  view(bytes: Uint8Array): GiveUpRequest {
    return decoded('GiveUpRequest', bytes, readGiveUpRequest);
  },
};

function writeGiveUpRequest(writer: protobuf.Writer, message: GiveUpRequest): void {
  if (message.request !== 0) writer.uint32(8).uint32(message.request);
}

function readGiveUpRequest(reader: protobuf.Reader, length: number): GiveUpRequest {
  const end = reader.pos + length;
  const message: GiveUpRequest = {
    request: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.request = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ReplyRequest {
  senderId: bigint;
  content?: Content;
}

export const ReplyRequest = {
  encode(message: ReplyRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReplyRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ReplyRequest {
    return decoded('ReplyRequest', new Uint8Array(bytes), readReplyRequest);
  },
  view(bytes: Uint8Array): ReplyRequest {
    return decoded('ReplyRequest', bytes, readReplyRequest);
  },
};

function writeReplyRequest(writer: protobuf.Writer, message: ReplyRequest): void {
  if (message.senderId !== 0n) writeWide(writer.uint32(9), message.senderId);
  if (message.content !== undefined) nested(writer.uint32(18), message.content, writeContent);
}

function readReplyRequest(reader: protobuf.Reader, length: number): ReplyRequest {
  const end = reader.pos + length;
  const message: ReplyRequest = {
    senderId: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.senderId = wide(reader.fixed32(), reader.fixed32());
        break;
      case 18:
        message.content = readContent(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface GroupRequest {
  name: Uint8Array;
  /** SaMsgQueueGroupPolicyT. */
  policy: number;
}

export const GroupRequest = {
  encode(message: GroupRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGroupRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GroupRequest {
    return decoded('GroupRequest', new Uint8Array(bytes), readGroupRequest);
  },
  view(bytes: Uint8Array): GroupRequest {
    return decoded('GroupRequest', bytes, readGroupRequest);
  },
};

function writeGroupRequest(writer: protobuf.Writer, message: GroupRequest): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
  if (message.policy !== 0) writer.uint32(16).uint32(message.policy);
}

function readGroupRequest(reader: protobuf.Reader, length: number): GroupRequest {
  const end = reader.pos + length;
  const message: GroupRequest = {
    name: noBytes,
    policy: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 16:
        message.policy = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface MemberRequest {
  name: Uint8Array;
  queue: Uint8Array;
}

export const MemberRequest = {
  encode(message: MemberRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeMemberRequest(writer, message);
    return writer.finish();
  },
  parts(message: MemberRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeMemberRequestHead(writer, message);
    if (message.queue.length > 0) writer.uint32(18).uint32(message.queue.length);
    return [writer.finish(), message.queue];
  },
  decode(bytes: Uint8Array): MemberRequest {
    return decoded('MemberRequest', new Uint8Array(bytes), readMemberRequest);
  },
  view(bytes: Uint8Array): MemberRequest {
    return decoded('MemberRequest', bytes, readMemberRequest);
  },
};

function writeMemberRequest(writer: protobuf.Writer, message: MemberRequest): void {
  writeMemberRequestHead(writer, message);
  if (message.queue.length > 0) writer.uint32(18).bytes(message.queue);
}

function writeMemberRequestHead(writer: protobuf.Writer, message: MemberRequest): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
}

function readMemberRequest(reader: protobuf.Reader, length: number): MemberRequest {
  const end = reader.pos + length;
  const message: MemberRequest = {
    name: noBytes,
    queue: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 18:
        message.queue = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface WaitRequest {
  queue: number;
  /** The client's number for it. */
  wait: number;
  /** Do not wait, tell only. */
  poll: boolean;
}

export const WaitRequest = {
  encode(message: WaitRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWaitRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WaitRequest {
    return decoded('WaitRequest', bytes, readWaitRequest);
  },
  view(bytes: Uint8Array): WaitRequest {
    return decoded('WaitRequest', bytes, readWaitRequest);
  },
};

function writeWaitRequest(writer: protobuf.Writer, message: WaitRequest): void {
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
  if (message.wait !== 0) writer.uint32(16).uint32(message.wait);
  if (message.poll !== false) writer.uint32(24).bool(message.poll);
}

function readWaitRequest(reader: protobuf.Reader, length: number): WaitRequest {
  const end = reader.pos + length;
  const message: WaitRequest = {
    queue: 0,
    wait: 0,
    poll: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      case 16:
        message.wait = reader.uint32();
        break;
      case 24:
        message.poll = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface WaitReply {
  ready: boolean;
}

export const WaitReply = {
  encode(message: WaitReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWaitReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WaitReply {
    return decoded('WaitReply', bytes, readWaitReply);
  },
  view(bytes: Uint8Array): WaitReply {
    return decoded('WaitReply', bytes, readWaitReply);
  },
};

function writeWaitReply(writer: protobuf.Writer, message: WaitReply): void {
  if (message.ready !== false) writer.uint32(8).bool(message.ready);
}

function readWaitReply(reader: protobuf.Reader, length: number): WaitReply {
  const end = reader.pos + length;
  const message: WaitReply = {
    ready: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.ready = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Status {
  attributes?: Attributes;
  closeTime: bigint;
  usage: Usage[];
}

export const Status = {
  encode(message: Status): Uint8Array {
    const writer = protobuf.Writer.create();
    writeStatus(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Status {
    return decoded('Status', bytes, readStatus);
  },
  view(bytes: Uint8Array): Status {
    return decoded('Status', bytes, readStatus);
  },
};

function writeStatus(writer: protobuf.Writer, message: Status): void {
  if (message.attributes !== undefined) nested(writer.uint32(10), message.attributes, writeAttributes);
  if (message.closeTime !== 0n) writeWide(writer.uint32(17), message.closeTime);
  for (const one of message.usage) nested(writer.uint32(26), one, writeUsage);
}

function readStatus(reader: protobuf.Reader, length: number): Status {
  const end = reader.pos + length;
  const message: Status = {
    closeTime: 0n,
    usage: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.attributes = readAttributes(reader, reader.uint32());
        break;
      case 17:
        message.closeTime = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 26:
        message.usage.push(readUsage(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Usage {
  used: number;
  messages: number;
}

export const Usage = {
  encode(message: Usage): Uint8Array {
    const writer = protobuf.Writer.create();
    writeUsage(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Usage {
    return decoded('Usage', bytes, readUsage);
  },
  view(bytes: Uint8Array): Usage {
    return decoded('Usage', bytes, readUsage);
  },
};

function writeUsage(writer: protobuf.Writer, message: Usage): void {
  if (message.used !== 0) writer.uint32(8).uint64(whole(message.used));
  if (message.messages !== 0) writer.uint32(16).uint32(message.messages);
}

function readUsage(reader: protobuf.Reader, length: number): Usage {
  const end = reader.pos + length;
  const message: Usage = {
    used: 0,
    messages: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.used = whole(reader.uint64());
        break;
      case 16:
        message.messages = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface TrackRequest {
  name: Uint8Array;
  changes: boolean;
}

export const TrackRequest = {
  encode(message: TrackRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTrackRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TrackRequest {
    return decoded('TrackRequest', new Uint8Array(bytes), readTrackRequest);
  },
  view(bytes: Uint8Array): TrackRequest {
    return decoded('TrackRequest', bytes, readTrackRequest);
  },
};

function writeTrackRequest(writer: protobuf.Writer, message: TrackRequest): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
  if (message.changes !== false) writer.uint32(16).bool(message.changes);
}

function readTrackRequest(reader: protobuf.Reader, length: number): TrackRequest {
  const end = reader.pos + length;
  const message: TrackRequest = {
    name: noBytes,
    changes: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 16:
        message.changes = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface GroupView {
  policy: number;
  members: Uint8Array[];
}

export const GroupView = {
  encode(message: GroupView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGroupView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GroupView {
    return decoded('GroupView', new Uint8Array(bytes), readGroupView);
  },
  view(bytes: Uint8Array): GroupView {
    return decoded('GroupView', bytes, readGroupView);
  },
};

function writeGroupView(writer: protobuf.Writer, message: GroupView): void {
  if (message.policy !== 0) writer.uint32(8).uint32(message.policy);
  for (const one of message.members) writer.uint32(18).bytes(one);
}

function readGroupView(reader: protobuf.Reader, length: number): GroupView {
  const end = reader.pos + length;
  const message: GroupView = {
    policy: 0,
    members: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.policy = reader.uint32();
        break;
      case 18:
        message.members.push(bytesOf(reader));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 1, to a reader who wants it: a message is there. */
export interface Received {
  queue: number;
}

export const Received = {
  encode(message: Received): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReceived(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Received {
    return decoded('Received', bytes, readReceived);
  },
  view(bytes: Uint8Array): Received {
    return decoded('Received', bytes, readReceived);
  },
};

function writeReceived(writer: protobuf.Writer, message: Received): void {
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
}

function readReceived(reader: protobuf.Reader, length: number): Received {
  const end = reader.pos + length;
  const message: Received = {
    queue: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 2, to those who follow a group. */
export interface GroupChanged {
  name: Uint8Array;
  policy: number;
  changes: Change[];
  /** The group is gone. */
  deleted: boolean;
}

export const GroupChanged = {
  encode(message: GroupChanged): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGroupChanged(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GroupChanged {
    return decoded('GroupChanged', new Uint8Array(bytes), readGroupChanged);
  },
  view(bytes: Uint8Array): GroupChanged {
    return decoded('GroupChanged', bytes, readGroupChanged);
  },
};

function writeGroupChanged(writer: protobuf.Writer, message: GroupChanged): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
  if (message.policy !== 0) writer.uint32(16).uint32(message.policy);
  for (const one of message.changes) nested(writer.uint32(26), one, writeChange);
  if (message.deleted !== false) writer.uint32(32).bool(message.deleted);
}

function readGroupChanged(reader: protobuf.Reader, length: number): GroupChanged {
  const end = reader.pos + length;
  const message: GroupChanged = {
    name: noBytes,
    policy: 0,
    changes: [],
    deleted: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 16:
        message.policy = reader.uint32();
        break;
      case 26:
        message.changes.push(readChange(reader, reader.uint32()));
        break;
      case 32:
        message.deleted = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Change {
  queue: Uint8Array;
  /** SaMsgQueueGroupChangesT. */
  change: number;
}

export const Change = {
  encode(message: Change): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChange(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Change {
    return decoded('Change', new Uint8Array(bytes), readChange);
  },
  view(bytes: Uint8Array): Change {
    return decoded('Change', bytes, readChange);
  },
};

function writeChange(writer: protobuf.Writer, message: Change): void {
  if (message.queue.length > 0) writer.uint32(10).bytes(message.queue);
  if (message.change !== 0) writer.uint32(16).uint32(message.change);
}

function readChange(reader: protobuf.Reader, length: number): Change {
  const end = reader.pos + length;
  const message: Change = {
    queue: noBytes,
    change: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.queue = bytesOf(reader);
        break;
      case 16:
        message.change = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 3, to one of two owners of a queue when partitions met. */
export interface Lost {
  queue: number;
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
  if (message.queue !== 0) writer.uint32(8).uint32(message.queue);
}

function readLost(reader: protobuf.Reader, length: number): Lost {
  const end = reader.pos + length;
  const message: Lost = {
    queue: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.queue = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** In synchronization: one of these. */
export interface Record {
  queue?: QueueRecord;
  /** Of the queue that came last. */
  message?: MessageRecord;
  group?: GroupRecord;
  request?: PendingRecord;
  stamps?: number;
}

export const Record = {
  encode(message: Record): Uint8Array {
    const writer = protobuf.Writer.create();
    writeRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Record {
    return decoded('Record', new Uint8Array(bytes), readRecord);
  },
  view(bytes: Uint8Array): Record {
    return decoded('Record', bytes, readRecord);
  },
};

function writeRecord(writer: protobuf.Writer, message: Record): void {
  if (message.queue !== undefined) nested(writer.uint32(10), message.queue, writeQueueRecord);
  if (message.message !== undefined) nested(writer.uint32(18), message.message, writeMessageRecord);
  if (message.group !== undefined) nested(writer.uint32(26), message.group, writeGroupRecord);
  if (message.request !== undefined) nested(writer.uint32(34), message.request, writePendingRecord);
  if (message.stamps !== undefined) writer.uint32(40).uint64(whole(message.stamps));
}

function readRecord(reader: protobuf.Reader, length: number): Record {
  const end = reader.pos + length;
  const message: Record = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.queue = readQueueRecord(reader, reader.uint32());
        break;
      case 18:
        message.message = readMessageRecord(reader, reader.uint32());
        break;
      case 26:
        message.group = readGroupRecord(reader, reader.uint32());
        break;
      case 34:
        message.request = readPendingRecord(reader, reader.uint32());
        break;
      case 40:
        message.stamps = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface QueueRecord {
  id: string;
  name: Uint8Array;
  attributes?: Attributes;
  unlinked: boolean;
  /** Empty: closed. */
  owner: string;
  handle: number;
  closeTime: bigint;
  stamp: number;
  consumed: Mark[];
}

export const QueueRecord = {
  encode(message: QueueRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeQueueRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): QueueRecord {
    return decoded('QueueRecord', new Uint8Array(bytes), readQueueRecord);
  },
  view(bytes: Uint8Array): QueueRecord {
    return decoded('QueueRecord', bytes, readQueueRecord);
  },
};

function writeQueueRecord(writer: protobuf.Writer, message: QueueRecord): void {
  if (message.id !== '') writer.uint32(10).string(message.id);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.attributes !== undefined) nested(writer.uint32(26), message.attributes, writeAttributes);
  if (message.unlinked !== false) writer.uint32(32).bool(message.unlinked);
  if (message.owner !== '') writer.uint32(42).string(message.owner);
  if (message.handle !== 0) writer.uint32(48).uint32(message.handle);
  if (message.closeTime !== 0n) writeWide(writer.uint32(57), message.closeTime);
  if (message.stamp !== 0) writer.uint32(64).uint64(whole(message.stamp));
  for (const one of message.consumed) nested(writer.uint32(74), one, writeMark);
}

function readQueueRecord(reader: protobuf.Reader, length: number): QueueRecord {
  const end = reader.pos + length;
  const message: QueueRecord = {
    id: '',
    name: noBytes,
    unlinked: false,
    owner: '',
    handle: 0,
    closeTime: 0n,
    stamp: 0,
    consumed: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 26:
        message.attributes = readAttributes(reader, reader.uint32());
        break;
      case 32:
        message.unlinked = reader.bool();
        break;
      case 42:
        message.owner = reader.string();
        break;
      case 48:
        message.handle = reader.uint32();
        break;
      case 57:
        message.closeTime = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 64:
        message.stamp = whole(reader.uint64());
        break;
      case 74:
        message.consumed.push(readMark(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Messages of this sender and priority up to this one were taken off the queue. */
export interface Mark {
  owner: string;
  priority: number;
  sequence: number;
  /** Its call. */
  call: number;
}

export const Mark = {
  encode(message: Mark): Uint8Array {
    const writer = protobuf.Writer.create();
    writeMark(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Mark {
    return decoded('Mark', bytes, readMark);
  },
  view(bytes: Uint8Array): Mark {
    return decoded('Mark', bytes, readMark);
  },
};

function writeMark(writer: protobuf.Writer, message: Mark): void {
  if (message.owner !== '') writer.uint32(10).string(message.owner);
  if (message.priority !== 0) writer.uint32(16).uint32(message.priority);
  if (message.sequence !== 0) writer.uint32(24).uint64(whole(message.sequence));
  if (message.call !== 0) writer.uint32(32).uint32(message.call);
}

function readMark(reader: protobuf.Reader, length: number): Mark {
  const end = reader.pos + length;
  const message: Mark = {
    owner: '',
    priority: 0,
    sequence: 0,
    call: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.priority = reader.uint32();
        break;
      case 24:
        message.sequence = whole(reader.uint64());
        break;
      case 32:
        message.call = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface GroupRecord {
  name: Uint8Array;
  policy: number;
  members: Uint8Array[];
  cursor: number;
}

export const GroupRecord = {
  encode(message: GroupRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGroupRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GroupRecord {
    return decoded('GroupRecord', new Uint8Array(bytes), readGroupRecord);
  },
  view(bytes: Uint8Array): GroupRecord {
    return decoded('GroupRecord', bytes, readGroupRecord);
  },
};

function writeGroupRecord(writer: protobuf.Writer, message: GroupRecord): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
  if (message.policy !== 0) writer.uint32(16).uint32(message.policy);
  for (const one of message.members) writer.uint32(26).bytes(one);
  if (message.cursor !== 0) writer.uint32(32).uint32(message.cursor);
}

function readGroupRecord(reader: protobuf.Reader, length: number): GroupRecord {
  const end = reader.pos + length;
  const message: GroupRecord = {
    name: noBytes,
    policy: 0,
    members: [],
    cursor: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 16:
        message.policy = reader.uint32();
        break;
      case 26:
        message.members.push(bytesOf(reader));
        break;
      case 32:
        message.cursor = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Somebody waits for a reply. */
export interface PendingRecord {
  senderId: bigint;
  owner: string;
  call: number;
  request: number;
  capacity?: number;
}

export const PendingRecord = {
  encode(message: PendingRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writePendingRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): PendingRecord {
    return decoded('PendingRecord', bytes, readPendingRecord);
  },
  view(bytes: Uint8Array): PendingRecord {
    return decoded('PendingRecord', bytes, readPendingRecord);
  },
};

function writePendingRecord(writer: protobuf.Writer, message: PendingRecord): void {
  if (message.senderId !== 0n) writeWide(writer.uint32(9), message.senderId);
  if (message.owner !== '') writer.uint32(18).string(message.owner);
  if (message.call !== 0) writer.uint32(24).uint32(message.call);
  if (message.request !== 0) writer.uint32(32).uint32(message.request);
  if (message.capacity !== undefined) writer.uint32(40).uint32(message.capacity);
}

function readPendingRecord(reader: protobuf.Reader, length: number): PendingRecord {
  const end = reader.pos + length;
  const message: PendingRecord = {
    senderId: 0n,
    owner: '',
    call: 0,
    request: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.senderId = wide(reader.fixed32(), reader.fixed32());
        break;
      case 18:
        message.owner = reader.string();
        break;
      case 24:
        message.call = reader.uint32();
        break;
      case 32:
        message.request = reader.uint32();
        break;
      case 40:
        message.capacity = reader.uint32();
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

/** A 64-bit integer as a number. */
function whole(value: number | { low: number; high: number; unsigned: boolean }): number {
  const number =
    typeof value === 'number'
      ? value
      : (value.unsigned ? value.high >>> 0 : value.high) * 4294967296 + (value.low >>> 0);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is no whole number below 2^53`);
  return number;
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

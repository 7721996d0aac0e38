// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** What a node tells of itself at each synchronization. */
export interface Announcement {
  /** SaClmNodeAddressFamilyT: 1 IPv4, 2 IPv6; 0 if the node has no such address. */
  family: number;
  /** In network byte order. */
  address: Uint8Array;
  name: string;
  /** Nanoseconds since 1970. */
  boot: bigint;
}

export const Announcement = {
  encode(message: Announcement): Uint8Array {
    const writer = protobuf.Writer.create();
    writeAnnouncement(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Announcement {
    return decoded('Announcement', new Uint8Array(bytes), readAnnouncement);
  },
  view(bytes: Uint8Array): Announcement {
    return decoded('Announcement', bytes, readAnnouncement);
  },
};

function writeAnnouncement(writer: protobuf.Writer, message: Announcement): void {
  if (message.family !== 0) writer.uint32(8).uint32(message.family);
  if (message.address.length > 0) writer.uint32(18).bytes(message.address);
  if (message.name !== '') writer.uint32(26).string(message.name);
  if (message.boot !== 0n) writeWide(writer.uint32(33), message.boot);
}

function readAnnouncement(reader: protobuf.Reader, length: number): Announcement {
  const end = reader.pos + length;
  const message: Announcement = {
    family: 0,
    address: noBytes,
    name: '',
    boot: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.family = reader.uint32();
        break;
      case 18:
        message.address = bytesOf(reader);
        break;
      case 26:
        message.name = reader.string();
        break;
      case 33:
        message.boot = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Member {
  node: number;
  /** The life of its engine. */
  run: number;
  about?: Announcement;
  /** Number of the view in which it became a member. */
  initialView: number;
}

export const Member = {
  encode(message: Member): Uint8Array {
    const writer = protobuf.Writer.create();
    writeMember(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Member {
    return decoded('Member', new Uint8Array(bytes), readMember);
  },
  view(bytes: Uint8Array): Member {
    return decoded('Member', bytes, readMember);
  },
};

function writeMember(writer: protobuf.Writer, message: Member): void {
  if (message.node !== 0) writer.uint32(8).uint32(message.node);
  if (message.run !== 0) writer.uint32(16).uint32(message.run);
  if (message.about !== undefined) nested(writer.uint32(26), message.about, writeAnnouncement);
  if (message.initialView !== 0) writer.uint32(32).uint64(whole(message.initialView));
}

function readMember(reader: protobuf.Reader, length: number): Member {
  const end = reader.pos + length;
  const message: Member = {
    node: 0,
    run: 0,
    initialView: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.node = reader.uint32();
        break;
      case 16:
        message.run = reader.uint32();
        break;
      case 26:
        message.about = readAnnouncement(reader, reader.uint32());
        break;
      case 32:
        message.initialView = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A view of the membership: in synchronization, and the answer to "track". */
export interface View {
  number: number;
  /** By node id, ascending. */
  members: Member[];
}

export const View = {
  encode(message: View): Uint8Array {
    const writer = protobuf.Writer.create();
    writeView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): View {
    return decoded('View', new Uint8Array(bytes), readView);
  },
  view(bytes: Uint8Array): View {
    return decoded('View', bytes, readView);
  },
};

function writeView(writer: protobuf.Writer, message: View): void {
  if (message.number !== 0) writer.uint32(8).uint64(whole(message.number));
  for (const one of message.members) nested(writer.uint32(18), one, writeMember);
}

function readView(reader: protobuf.Reader, length: number): View {
  const end = reader.pos + length;
  const message: View = {
    number: 0,
    members: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.number = whole(reader.uint64());
        break;
      case 18:
        message.members.push(readMember(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface TrackRequest {
  /** Changes are wanted from now on. */
  changes: boolean;
}

export const TrackRequest = {
  encode(message: TrackRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTrackRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TrackRequest {
    return decoded('TrackRequest', bytes, readTrackRequest);
  },
  view(bytes: Uint8Array): TrackRequest {
    return decoded('TrackRequest', bytes, readTrackRequest);
  },
};

function writeTrackRequest(writer: protobuf.Writer, message: TrackRequest): void {
  if (message.changes !== false) writer.uint32(8).bool(message.changes);
}

function readTrackRequest(reader: protobuf.Reader, length: number): TrackRequest {
  const end = reader.pos + length;
  const message: TrackRequest = {
    changes: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.changes = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface NodeRequest {
  /** 0xFFFFFFFF: the client's own node. */
  node: number;
}

export const NodeRequest = {
  encode(message: NodeRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeNodeRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): NodeRequest {
    return decoded('NodeRequest', bytes, readNodeRequest);
  },
  view(bytes: Uint8Array): NodeRequest {
    return decoded('NodeRequest', bytes, readNodeRequest);
  },
};

function writeNodeRequest(writer: protobuf.Writer, message: NodeRequest): void {
  if (message.node !== 0) writer.uint32(8).uint32(message.node);
}

function readNodeRequest(reader: protobuf.Reader, length: number): NodeRequest {
  const end = reader.pos + length;
  const message: NodeRequest = {
    node: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.node = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Change {
  member?: Member;
  /** SaClmClusterChangesT. */
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
  if (message.member !== undefined) nested(writer.uint32(10), message.member, writeMember);
  if (message.change !== 0) writer.uint32(16).uint32(message.change);
}

function readChange(reader: protobuf.Reader, length: number): Change {
  const end = reader.pos + length;
  const message: Change = {
    change: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.member = readMember(reader, reader.uint32());
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

/** Notice 1, to clients that track. */
export interface Transition {
  number: number;
  /** Present members and those that left. */
  changes: Change[];
}

export const Transition = {
  encode(message: Transition): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTransition(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Transition {
    return decoded('Transition', new Uint8Array(bytes), readTransition);
  },
  view(bytes: Uint8Array): Transition {
    return decoded('Transition', bytes, readTransition);
  },
};

function writeTransition(writer: protobuf.Writer, message: Transition): void {
  if (message.number !== 0) writer.uint32(8).uint64(whole(message.number));
  for (const one of message.changes) nested(writer.uint32(18), one, writeChange);
}

function readTransition(reader: protobuf.Reader, length: number): Transition {
  const end = reader.pos + length;
  const message: Transition = {
    number: 0,
    changes: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.number = whole(reader.uint64());
        break;
      case 18:
        message.changes.push(readChange(reader, reader.uint32()));
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

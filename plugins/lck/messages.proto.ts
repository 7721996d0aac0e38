// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

export interface OpenRequest {
  /** The client's number for the handle that this makes. */
  resource: number;
  name: Uint8Array;
  create: boolean;
  /** The client's process, for what is decided by process. */
  process: string;
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
  if (message.resource !== 0) writer.uint32(8).uint32(message.resource);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.create !== false) writer.uint32(24).bool(message.create);
  if (message.process !== '') writer.uint32(34).string(message.process);
}

function readOpenRequest(reader: protobuf.Reader, length: number): OpenRequest {
  const end = reader.pos + length;
  const message: OpenRequest = {
    resource: 0,
    name: noBytes,
    create: false,
    process: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.resource = reader.uint32();
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 24:
        message.create = reader.bool();
        break;
      case 34:
        message.process = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Close, and purge. */
export interface ResourceRequest {
  resource: number;
}

export const ResourceRequest = {
  encode(message: ResourceRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeResourceRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ResourceRequest {
    return decoded('ResourceRequest', bytes, readResourceRequest);
  },
  view(bytes: Uint8Array): ResourceRequest {
    return decoded('ResourceRequest', bytes, readResourceRequest);
  },
};

function writeResourceRequest(writer: protobuf.Writer, message: ResourceRequest): void {
  if (message.resource !== 0) writer.uint32(8).uint32(message.resource);
}

function readResourceRequest(reader: protobuf.Reader, length: number): ResourceRequest {
  const end = reader.pos + length;
  const message: ResourceRequest = {
    resource: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.resource = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LockRequest {
  resource: number;
  /** The client's number for the lock. */
  lock: number;
  /** SaLckLockModeT. */
  mode: number;
  /** SaLckLockFlagsT. */
  flags: number;
  signal: bigint;
}

export const LockRequest = {
  encode(message: LockRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLockRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LockRequest {
    return decoded('LockRequest', bytes, readLockRequest);
  },
  view(bytes: Uint8Array): LockRequest {
    return decoded('LockRequest', bytes, readLockRequest);
  },
};

function writeLockRequest(writer: protobuf.Writer, message: LockRequest): void {
  if (message.resource !== 0) writer.uint32(8).uint32(message.resource);
  if (message.lock !== 0) writer.uint32(16).uint32(message.lock);
  if (message.mode !== 0) writer.uint32(24).uint32(message.mode);
  if (message.flags !== 0) writer.uint32(32).uint32(message.flags);
  if (message.signal !== 0n) writeWide(writer.uint32(41), message.signal);
}

function readLockRequest(reader: protobuf.Reader, length: number): LockRequest {
  const end = reader.pos + length;
  const message: LockRequest = {
    resource: 0,
    lock: 0,
    mode: 0,
    flags: 0,
    signal: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.resource = reader.uint32();
        break;
      case 16:
        message.lock = reader.uint32();
        break;
      case 24:
        message.mode = reader.uint32();
        break;
      case 32:
        message.flags = reader.uint32();
        break;
      case 41:
        message.signal = wide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** When the request is decided: at once, or after it has waited. */
export interface LockReply {
  /** SaLckLockStatusT. */
  status: number;
}

export const LockReply = {
  encode(message: LockReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLockReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LockReply {
    return decoded('LockReply', bytes, readLockReply);
  },
  view(bytes: Uint8Array): LockReply {
    return decoded('LockReply', bytes, readLockReply);
  },
};

function writeLockReply(writer: protobuf.Writer, message: LockReply): void {
  if (message.status !== 0) writer.uint32(8).uint32(message.status);
}

function readLockReply(reader: protobuf.Reader, length: number): LockReply {
  const end = reader.pos + length;
  const message: LockReply = {
    status: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.status = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface UnlockRequest {
  lock: number;
}

export const UnlockRequest = {
  encode(message: UnlockRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeUnlockRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): UnlockRequest {
    return decoded('UnlockRequest', bytes, readUnlockRequest);
  },
  view(bytes: Uint8Array): UnlockRequest {
    return decoded('UnlockRequest', bytes, readUnlockRequest);
  },
};

function writeUnlockRequest(writer: protobuf.Writer, message: UnlockRequest): void {
  if (message.lock !== 0) writer.uint32(8).uint32(message.lock);
}

function readUnlockRequest(reader: protobuf.Reader, length: number): UnlockRequest {
  const end = reader.pos + length;
  const message: UnlockRequest = {
    lock: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.lock = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 1, to the holder of a lock: somebody waits for it. */
export interface Waiter {
  signal: bigint;
  lock: number;
  held: number;
  requested: number;
}

export const Waiter = {
  encode(message: Waiter): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWaiter(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Waiter {
    return decoded('Waiter', bytes, readWaiter);
  },
  view(bytes: Uint8Array): Waiter {
    return decoded('Waiter', bytes, readWaiter);
  },
};

function writeWaiter(writer: protobuf.Writer, message: Waiter): void {
  if (message.signal !== 0n) writeWide(writer.uint32(9), message.signal);
  if (message.lock !== 0) writer.uint32(16).uint32(message.lock);
  if (message.held !== 0) writer.uint32(24).uint32(message.held);
  if (message.requested !== 0) writer.uint32(32).uint32(message.requested);
}

function readWaiter(reader: protobuf.Reader, length: number): Waiter {
  const end = reader.pos + length;
  const message: Waiter = {
    signal: 0n,
    lock: 0,
    held: 0,
    requested: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.signal = wide(reader.fixed32(), reader.fixed32());
        break;
      case 16:
        message.lock = reader.uint32();
        break;
      case 24:
        message.held = reader.uint32();
        break;
      case 32:
        message.requested = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 2, to a holder whose lock was taken away when partitions met. */
export interface Stripped {
  lock: number;
}

export const Stripped = {
  encode(message: Stripped): Uint8Array {
    const writer = protobuf.Writer.create();
    writeStripped(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Stripped {
    return decoded('Stripped', bytes, readStripped);
  },
  view(bytes: Uint8Array): Stripped {
    return decoded('Stripped', bytes, readStripped);
  },
};

function writeStripped(writer: protobuf.Writer, message: Stripped): void {
  if (message.lock !== 0) writer.uint32(8).uint32(message.lock);
}

function readStripped(reader: protobuf.Reader, length: number): Stripped {
  const end = reader.pos + length;
  const message: Stripped = {
    lock: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.lock = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** In synchronization: one resource. */
export interface ResourceRecord {
  name: Uint8Array;
  opens: OpenRecord[];
  /** In the order in which they were granted. */
  granted: LockRecord[];
  /** The first one first. */
  queue: LockRecord[];
}

export const ResourceRecord = {
  encode(message: ResourceRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeResourceRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ResourceRecord {
    return decoded('ResourceRecord', new Uint8Array(bytes), readResourceRecord);
  },
  view(bytes: Uint8Array): ResourceRecord {
    return decoded('ResourceRecord', bytes, readResourceRecord);
  },
};

function writeResourceRecord(writer: protobuf.Writer, message: ResourceRecord): void {
  if (message.name.length > 0) writer.uint32(10).bytes(message.name);
  for (const one of message.opens) nested(writer.uint32(18), one, writeOpenRecord);
  for (const one of message.granted) nested(writer.uint32(26), one, writeLockRecord);
  for (const one of message.queue) nested(writer.uint32(34), one, writeLockRecord);
}

function readResourceRecord(reader: protobuf.Reader, length: number): ResourceRecord {
  const end = reader.pos + length;
  const message: ResourceRecord = {
    name: noBytes,
    opens: [],
    granted: [],
    queue: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = bytesOf(reader);
        break;
      case 18:
        message.opens.push(readOpenRecord(reader, reader.uint32()));
        break;
      case 26:
        message.granted.push(readLockRecord(reader, reader.uint32()));
        break;
      case 34:
        message.queue.push(readLockRecord(reader, reader.uint32()));
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
  resource: number;
  process: string;
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
  if (message.resource !== 0) writer.uint32(16).uint32(message.resource);
  if (message.process !== '') writer.uint32(26).string(message.process);
}

function readOpenRecord(reader: protobuf.Reader, length: number): OpenRecord {
  const end = reader.pos + length;
  const message: OpenRecord = {
    owner: '',
    resource: 0,
    process: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.resource = reader.uint32();
        break;
      case 26:
        message.process = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LockRecord {
  owner: string;
  resource: number;
  lock: number;
  mode: number;
  flags: number;
  signal: bigint;
  /** Of the request that waits. */
  call: number;
  /** Its holder is gone. */
  orphan: boolean;
  process: string;
}

export const LockRecord = {
  encode(message: LockRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLockRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LockRecord {
    return decoded('LockRecord', bytes, readLockRecord);
  },
  view(bytes: Uint8Array): LockRecord {
    return decoded('LockRecord', bytes, readLockRecord);
  },
};

function writeLockRecord(writer: protobuf.Writer, message: LockRecord): void {
  if (message.owner !== '') writer.uint32(10).string(message.owner);
  if (message.resource !== 0) writer.uint32(16).uint32(message.resource);
  if (message.lock !== 0) writer.uint32(24).uint32(message.lock);
  if (message.mode !== 0) writer.uint32(32).uint32(message.mode);
  if (message.flags !== 0) writer.uint32(40).uint32(message.flags);
  if (message.signal !== 0n) writeWide(writer.uint32(49), message.signal);
  if (message.call !== 0) writer.uint32(56).uint32(message.call);
  if (message.orphan !== false) writer.uint32(64).bool(message.orphan);
  if (message.process !== '') writer.uint32(74).string(message.process);
}

function readLockRecord(reader: protobuf.Reader, length: number): LockRecord {
  const end = reader.pos + length;
  const message: LockRecord = {
    owner: '',
    resource: 0,
    lock: 0,
    mode: 0,
    flags: 0,
    signal: 0n,
    call: 0,
    orphan: false,
    process: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.resource = reader.uint32();
        break;
      case 24:
        message.lock = reader.uint32();
        break;
      case 32:
        message.mode = reader.uint32();
        break;
      case 40:
        message.flags = reader.uint32();
        break;
      case 49:
        message.signal = wide(reader.fixed32(), reader.fixed32());
        break;
      case 56:
        message.call = reader.uint32();
        break;
      case 64:
        message.orphan = reader.bool();
        break;
      case 74:
        message.process = reader.string();
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

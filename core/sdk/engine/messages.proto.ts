// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** Function 1: a client has gone, or, without a connection, a node's engine stops. */
export interface Gone {
  run: number;
  connection?: number;
}

export const Gone = {
  encode(message: Gone): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGone(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Gone {
    return decoded('Gone', bytes, readGone);
  },
  view(bytes: Uint8Array): Gone {
    return decoded('Gone', bytes, readGone);
  },
};

function writeGone(writer: protobuf.Writer, message: Gone): void {
  if (message.run !== 0) writer.uint32(8).uint32(message.run);
  if (message.connection !== undefined) writer.uint32(16).uint32(message.connection);
}

function readGone(reader: protobuf.Reader, length: number): Gone {
  const end = reader.pos + length;
  const message: Gone = {
    run: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.run = reader.uint32();
        break;
      case 16:
        message.connection = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Function 2: the time of something has come. */
export interface Expired {
  key: string;
  /** Which of the times that the thing had. */
  stamp: number;
}

export const Expired = {
  encode(message: Expired): Uint8Array {
    const writer = protobuf.Writer.create();
    writeExpired(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Expired {
    return decoded('Expired', bytes, readExpired);
  },
  view(bytes: Uint8Array): Expired {
    return decoded('Expired', bytes, readExpired);
  },
};

function writeExpired(writer: protobuf.Writer, message: Expired): void {
  if (message.key !== '') writer.uint32(10).string(message.key);
  if (message.stamp !== 0) writer.uint32(16).uint64(whole(message.stamp));
}

function readExpired(reader: protobuf.Reader, length: number): Expired {
  const end = reader.pos + length;
  const message: Expired = {
    key: '',
    stamp: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 16:
        message.stamp = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Function 3, in synchronization only: who takes part, and what it has. */
export interface Hello {
  /** The ring that is synchronized; what is left over from another one is ignored. */
  representative: number;
  seq: number;
  /** This life of the engine. */
  run: number;
  /** Engines with the same lineage have the same state; empty: none yet. */
  lineage: string;
  /** Ordered messages handled so far, agreed among those of one lineage. */
  sequence: number;
  /** What the service tells of this member. */
  announcement: Uint8Array;
  /** The ring that the sender comes from, as it was at its end, was quorate. */
  quorate: boolean;
}

export const Hello = {
  encode(message: Hello): Uint8Array {
    const writer = protobuf.Writer.create();
    writeHello(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Hello {
    return decoded('Hello', new Uint8Array(bytes), readHello);
  },
  view(bytes: Uint8Array): Hello {
    return decoded('Hello', bytes, readHello);
  },
};

function writeHello(writer: protobuf.Writer, message: Hello): void {
  if (message.representative !== 0) writer.uint32(8).uint32(message.representative);
  if (message.seq !== 0) writer.uint32(16).uint64(whole(message.seq));
  if (message.run !== 0) writer.uint32(24).uint32(message.run);
  if (message.lineage !== '') writer.uint32(34).string(message.lineage);
  if (message.sequence !== 0) writer.uint32(40).uint64(whole(message.sequence));
  if (message.announcement.length > 0) writer.uint32(50).bytes(message.announcement);
  if (message.quorate !== false) writer.uint32(56).bool(message.quorate);
}

function readHello(reader: protobuf.Reader, length: number): Hello {
  const end = reader.pos + length;
  const message: Hello = {
    representative: 0,
    seq: 0,
    run: 0,
    lineage: '',
    sequence: 0,
    announcement: noBytes,
    quorate: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.representative = reader.uint32();
        break;
      case 16:
        message.seq = whole(reader.uint64());
        break;
      case 24:
        message.run = reader.uint32();
        break;
      case 34:
        message.lineage = reader.string();
        break;
      case 40:
        message.sequence = whole(reader.uint64());
        break;
      case 50:
        message.announcement = bytesOf(reader);
        break;
      case 56:
        message.quorate = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Function 4, in synchronization only: some of the state of the sender's lineage. */
export interface Chunk {
  representative: number;
  seq: number;
  records: Uint8Array[];
  /** The last record goes on with the first one of the next chunk. */
  cut: boolean;
  /** That was all. */
  last: boolean;
  /** The records are deadlines, not the service's. */
  deadlines: boolean;
}

export const Chunk = {
  encode(message: Chunk): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChunk(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Chunk {
    return decoded('Chunk', new Uint8Array(bytes), readChunk);
  },
  view(bytes: Uint8Array): Chunk {
    return decoded('Chunk', bytes, readChunk);
  },
};

function writeChunk(writer: protobuf.Writer, message: Chunk): void {
  if (message.representative !== 0) writer.uint32(8).uint32(message.representative);
  if (message.seq !== 0) writer.uint32(16).uint64(whole(message.seq));
  for (const one of message.records) writer.uint32(26).bytes(one);
  if (message.cut !== false) writer.uint32(32).bool(message.cut);
  if (message.last !== false) writer.uint32(40).bool(message.last);
  if (message.deadlines !== false) writer.uint32(48).bool(message.deadlines);
}

function readChunk(reader: protobuf.Reader, length: number): Chunk {
  const end = reader.pos + length;
  const message: Chunk = {
    representative: 0,
    seq: 0,
    records: [],
    cut: false,
    last: false,
    deadlines: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.representative = reader.uint32();
        break;
      case 16:
        message.seq = whole(reader.uint64());
        break;
      case 26:
        message.records.push(bytesOf(reader));
        break;
      case 32:
        message.cut = reader.bool();
        break;
      case 40:
        message.last = reader.bool();
        break;
      case 48:
        message.deadlines = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** In a chunk: a time at which something happens. */
export interface DeadlineRecord {
  key: string;
  stamp: number;
  /** Milliseconds until then. */
  remaining: number;
}

export const DeadlineRecord = {
  encode(message: DeadlineRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeDeadlineRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): DeadlineRecord {
    return decoded('DeadlineRecord', bytes, readDeadlineRecord);
  },
  view(bytes: Uint8Array): DeadlineRecord {
    return decoded('DeadlineRecord', bytes, readDeadlineRecord);
  },
};

function writeDeadlineRecord(writer: protobuf.Writer, message: DeadlineRecord): void {
  if (message.key !== '') writer.uint32(10).string(message.key);
  if (message.stamp !== 0) writer.uint32(16).uint64(whole(message.stamp));
  if (!Object.is(message.remaining, 0)) writer.uint32(25).double(message.remaining);
}

function readDeadlineRecord(reader: protobuf.Reader, length: number): DeadlineRecord {
  const end = reader.pos + length;
  const message: DeadlineRecord = {
    key: '',
    stamp: 0,
    remaining: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 16:
        message.stamp = whole(reader.uint64());
        break;
      case 25:
        message.remaining = reader.double();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
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

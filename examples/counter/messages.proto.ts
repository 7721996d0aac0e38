// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** Ring message 0: add to a counter. All nodes get all of them in one order. */
export interface Add {
  counter: string;
  /** Negative to subtract. */
  amount: number;
  /** The run of the sending node: see Share. */
  run: number;
  /** Names the request at the node that sent it. */
  request: number;
}

export const Add = {
  encode(message: Add): Uint8Array {
    const writer = protobuf.Writer.create();
    writeAdd(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Add {
    return decoded('Add', bytes, readAdd);
  },
  view(bytes: Uint8Array): Add {
    return decoded('Add', bytes, readAdd);
  },
};

function writeAdd(writer: protobuf.Writer, message: Add): void {
  if (message.counter !== '') writer.uint32(10).string(message.counter);
  if (message.amount !== 0) writer.uint32(16).sint64(whole(message.amount));
  if (message.run !== 0) writer.uint32(24).uint32(message.run);
  if (message.request !== 0) writer.uint32(32).uint32(message.request);
}

function readAdd(reader: protobuf.Reader, length: number): Add {
  const end = reader.pos + length;
  const message: Add = {
    counter: '',
    amount: 0,
    run: 0,
    request: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.counter = reader.string();
        break;
      case 16:
        message.amount = whole(reader.sint64());
        break;
      case 24:
        message.run = reader.uint32();
        break;
      case 32:
        message.request = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Ring message 1, in synchronization only: some of what the sender has counted. */
export interface State {
  shares: Share[];
}

export const State = {
  encode(message: State): Uint8Array {
    const writer = protobuf.Writer.create();
    writeState(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): State {
    return decoded('State', bytes, readState);
  },
  view(bytes: Uint8Array): State {
    return decoded('State', bytes, readState);
  },
};

function writeState(writer: protobuf.Writer, message: State): void {
  for (const one of message.shares) nested(writer.uint32(10), one, writeShare);
}

function readState(reader: protobuf.Reader, length: number): State {
  const end = reader.pos + length;
  const message: State = {
    shares: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.shares.push(readShare(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** What one run of one node has added to a counter, and what it has taken away. Both only grow. */
export interface Share {
  counter: string;
  node: number;
  run: number;
  added: number;
  taken: number;
}

export const Share = {
  encode(message: Share): Uint8Array {
    const writer = protobuf.Writer.create();
    writeShare(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Share {
    return decoded('Share', bytes, readShare);
  },
  view(bytes: Uint8Array): Share {
    return decoded('Share', bytes, readShare);
  },
};

function writeShare(writer: protobuf.Writer, message: Share): void {
  if (message.counter !== '') writer.uint32(10).string(message.counter);
  if (message.node !== 0) writer.uint32(16).uint32(message.node);
  if (message.run !== 0) writer.uint32(24).uint32(message.run);
  if (message.added !== 0) writer.uint32(32).uint64(whole(message.added));
  if (message.taken !== 0) writer.uint32(40).uint64(whole(message.taken));
}

function readShare(reader: protobuf.Reader, length: number): Share {
  const end = reader.pos + length;
  const message: Share = {
    counter: '',
    node: 0,
    run: 0,
    added: 0,
    taken: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.counter = reader.string();
        break;
      case 16:
        message.node = reader.uint32();
        break;
      case 24:
        message.run = reader.uint32();
        break;
      case 32:
        message.added = whole(reader.uint64());
        break;
      case 40:
        message.taken = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Request 0, answered by Value when the addition is done on this node. */
export interface AddRequest {
  counter: string;
  amount: number;
}

export const AddRequest = {
  encode(message: AddRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeAddRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): AddRequest {
    return decoded('AddRequest', bytes, readAddRequest);
  },
  view(bytes: Uint8Array): AddRequest {
    return decoded('AddRequest', bytes, readAddRequest);
  },
};

function writeAddRequest(writer: protobuf.Writer, message: AddRequest): void {
  if (message.counter !== '') writer.uint32(10).string(message.counter);
  if (message.amount !== 0) writer.uint32(16).sint64(whole(message.amount));
}

function readAddRequest(reader: protobuf.Reader, length: number): AddRequest {
  const end = reader.pos + length;
  const message: AddRequest = {
    counter: '',
    amount: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.counter = reader.string();
        break;
      case 16:
        message.amount = whole(reader.sint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Request 1, answered by Value at once. Request 2 (watch) has no body; its answer neither. */
export interface GetRequest {
  counter: string;
}

export const GetRequest = {
  encode(message: GetRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGetRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GetRequest {
    return decoded('GetRequest', bytes, readGetRequest);
  },
  view(bytes: Uint8Array): GetRequest {
    return decoded('GetRequest', bytes, readGetRequest);
  },
};

function writeGetRequest(writer: protobuf.Writer, message: GetRequest): void {
  if (message.counter !== '') writer.uint32(10).string(message.counter);
}

function readGetRequest(reader: protobuf.Reader, length: number): GetRequest {
  const end = reader.pos + length;
  const message: GetRequest = {
    counter: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.counter = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Value {
  value: number;
}

export const Value = {
  encode(message: Value): Uint8Array {
    const writer = protobuf.Writer.create();
    writeValue(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Value {
    return decoded('Value', bytes, readValue);
  },
  view(bytes: Uint8Array): Value {
    return decoded('Value', bytes, readValue);
  },
};

function writeValue(writer: protobuf.Writer, message: Value): void {
  if (message.value !== 0) writer.uint32(8).sint64(whole(message.value));
}

function readValue(reader: protobuf.Reader, length: number): Value {
  const end = reader.pos + length;
  const message: Value = {
    value: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.value = whole(reader.sint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Event 0, to clients that watch. */
export interface Changed {
  counter: string;
  value: number;
}

export const Changed = {
  encode(message: Changed): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChanged(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Changed {
    return decoded('Changed', bytes, readChanged);
  },
  view(bytes: Uint8Array): Changed {
    return decoded('Changed', bytes, readChanged);
  },
};

function writeChanged(writer: protobuf.Writer, message: Changed): void {
  if (message.counter !== '') writer.uint32(10).string(message.counter);
  if (message.value !== 0) writer.uint32(16).sint64(whole(message.value));
}

function readChanged(reader: protobuf.Reader, length: number): Changed {
  const end = reader.pos + length;
  const message: Changed = {
    counter: '',
    value: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.counter = reader.string();
        break;
      case 16:
        message.value = whole(reader.sint64());
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

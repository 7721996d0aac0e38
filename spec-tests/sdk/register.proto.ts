// Made from register.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

export interface Put {
  key: string;
  value: string;
  held: boolean;
  /** Milliseconds until it expires; 0: never. */
  ttl: number;
}

export const Put = {
  encode(message: Put): Uint8Array {
    const writer = protobuf.Writer.create();
    writePut(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Put {
    return decoded('Put', bytes, readPut);
  },
  view(bytes: Uint8Array): Put {
    return decoded('Put', bytes, readPut);
  },
};

function writePut(writer: protobuf.Writer, message: Put): void {
  if (message.key !== '') writer.uint32(10).string(message.key);
  if (message.value !== '') writer.uint32(18).string(message.value);
  if (message.held !== false) writer.uint32(24).bool(message.held);
  if (message.ttl !== 0) writer.uint32(32).uint32(message.ttl);
}

function readPut(reader: protobuf.Reader, length: number): Put {
  const end = reader.pos + length;
  const message: Put = {
    key: '',
    value: '',
    held: false,
    ttl: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 18:
        message.value = reader.string();
        break;
      case 24:
        message.held = reader.bool();
        break;
      case 32:
        message.ttl = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Get {
  key: string;
}

export const Get = {
  encode(message: Get): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGet(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Get {
    return decoded('Get', bytes, readGet);
  },
  view(bytes: Uint8Array): Get {
    return decoded('Get', bytes, readGet);
  },
};

function writeGet(writer: protobuf.Writer, message: Get): void {
  if (message.key !== '') writer.uint32(10).string(message.key);
}

function readGet(reader: protobuf.Reader, length: number): Get {
  const end = reader.pos + length;
  const message: Get = {
    key: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Entry {
  key: string;
  value: string;
  /** Of the message that set it. */
  version: number;
  owner: string;
}

export const Entry = {
  encode(message: Entry): Uint8Array {
    const writer = protobuf.Writer.create();
    writeEntry(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Entry {
    return decoded('Entry', bytes, readEntry);
  },
  view(bytes: Uint8Array): Entry {
    return decoded('Entry', bytes, readEntry);
  },
};

function writeEntry(writer: protobuf.Writer, message: Entry): void {
  if (message.key !== '') writer.uint32(10).string(message.key);
  if (message.value !== '') writer.uint32(18).string(message.value);
  if (message.version !== 0) writer.uint32(24).uint64(whole(message.version));
  if (message.owner !== '') writer.uint32(34).string(message.owner);
}

function readEntry(reader: protobuf.Reader, length: number): Entry {
  const end = reader.pos + length;
  const message: Entry = {
    key: '',
    value: '',
    version: 0,
    owner: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 18:
        message.value = reader.string();
        break;
      case 24:
        message.version = whole(reader.uint64());
        break;
      case 34:
        message.owner = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Changed {
  key: string;
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
  if (message.key !== '') writer.uint32(10).string(message.key);
}

function readChanged(reader: protobuf.Reader, length: number): Changed {
  const end = reader.pos + length;
  const message: Changed = {
    key: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.key = reader.string();
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

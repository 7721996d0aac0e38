// Made from control.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** One plugin of the node. */
export interface PluginState {
  name: string;
  version: string;
  service: string;
  id: number;
  /** loaded, waiting, running, failed or stopped. */
  state: string;
  /** Exceptions that were the plugin's own fault. */
  bugs: number;
  /** Why it is isolated. */
  failure?: string;
  clients: number;
  /** Messages received and sent by function number. */
  rx: number[];
  tx: number[];
}

export const PluginState = {
  encode(message: PluginState): Uint8Array {
    const writer = protobuf.Writer.create();
    writePluginState(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): PluginState {
    return decoded('PluginState', bytes, readPluginState);
  },
};

function writePluginState(writer: protobuf.Writer, message: PluginState): void {
  if (message.name !== '') writer.uint32(10).string(message.name);
  if (message.version !== '') writer.uint32(18).string(message.version);
  if (message.service !== '') writer.uint32(26).string(message.service);
  if (message.id !== 0) writer.uint32(32).uint32(message.id);
  if (message.state !== '') writer.uint32(42).string(message.state);
  if (message.bugs !== 0) writer.uint32(48).uint64(whole(message.bugs));
  if (message.failure !== undefined) writer.uint32(58).string(message.failure);
  if (message.clients !== 0) writer.uint32(64).uint32(message.clients);
  if (message.rx.length > 0) {
    writer.uint32(74).fork();
    for (const one of message.rx) writer.uint64(whole(one));
    writer.ldelim();
  }
  if (message.tx.length > 0) {
    writer.uint32(82).fork();
    for (const one of message.tx) writer.uint64(whole(one));
    writer.ldelim();
  }
}

function readPluginState(reader: protobuf.Reader, length: number): PluginState {
  const end = reader.pos + length;
  const message: PluginState = {
    name: '',
    version: '',
    service: '',
    id: 0,
    state: '',
    bugs: 0,
    clients: 0,
    rx: [],
    tx: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.version = reader.string();
        break;
      case 26:
        message.service = reader.string();
        break;
      case 32:
        message.id = reader.uint32();
        break;
      case 42:
        message.state = reader.string();
        break;
      case 48:
        message.bugs = whole(reader.uint64());
        break;
      case 58:
        message.failure = reader.string();
        break;
      case 64:
        message.clients = reader.uint32();
        break;
      case 72:
        message.rx.push(whole(reader.uint64()));
        break;
      case 74:
        for (const last = packedEnd(reader); reader.pos < last;) message.rx.push(whole(reader.uint64()));
        break;
      case 80:
        message.tx.push(whole(reader.uint64()));
        break;
      case 82:
        for (const last = packedEnd(reader); reader.pos < last;) message.tx.push(whole(reader.uint64()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The node at a glance. */
export interface StatusReply {
  nodeId: number;
  state: string;
  /** Missing before the first configuration. */
  ringId?: string;
  members: number[];
  rotationMs: number;
  sentPerSecond: number;
  deliveredPerSecond: number;
  retransmittedPerSecond: number;
  tokensPerSecond: number;
  plugins: PluginState[];
}

export const StatusReply = {
  encode(message: StatusReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeStatusReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): StatusReply {
    return decoded('StatusReply', bytes, readStatusReply);
  },
};

function writeStatusReply(writer: protobuf.Writer, message: StatusReply): void {
  if (message.nodeId !== 0) writer.uint32(8).uint32(message.nodeId);
  if (message.state !== '') writer.uint32(18).string(message.state);
  if (message.ringId !== undefined) writer.uint32(26).string(message.ringId);
  if (message.members.length > 0) {
    writer.uint32(34).fork();
    for (const one of message.members) writer.uint32(one);
    writer.ldelim();
  }
  if (!Object.is(message.rotationMs, 0)) writer.uint32(41).double(message.rotationMs);
  if (!Object.is(message.sentPerSecond, 0)) writer.uint32(49).double(message.sentPerSecond);
  if (!Object.is(message.deliveredPerSecond, 0)) writer.uint32(57).double(message.deliveredPerSecond);
  if (!Object.is(message.retransmittedPerSecond, 0)) writer.uint32(65).double(message.retransmittedPerSecond);
  if (!Object.is(message.tokensPerSecond, 0)) writer.uint32(73).double(message.tokensPerSecond);
  for (const one of message.plugins) nested(writer.uint32(82), one, writePluginState);
}

function readStatusReply(reader: protobuf.Reader, length: number): StatusReply {
  const end = reader.pos + length;
  const message: StatusReply = {
    nodeId: 0,
    state: '',
    members: [],
    rotationMs: 0,
    sentPerSecond: 0,
    deliveredPerSecond: 0,
    retransmittedPerSecond: 0,
    tokensPerSecond: 0,
    plugins: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.nodeId = reader.uint32();
        break;
      case 18:
        message.state = reader.string();
        break;
      case 26:
        message.ringId = reader.string();
        break;
      case 32:
        message.members.push(reader.uint32());
        break;
      case 34:
        for (const last = packedEnd(reader); reader.pos < last;) message.members.push(reader.uint32());
        break;
      case 41:
        message.rotationMs = reader.double();
        break;
      case 49:
        message.sentPerSecond = reader.double();
        break;
      case 57:
        message.deliveredPerSecond = reader.double();
        break;
      case 65:
        message.retransmittedPerSecond = reader.double();
        break;
      case 73:
        message.tokensPerSecond = reader.double();
        break;
      case 82:
        message.plugins.push(readPluginState(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Everything, as JSON. */
export interface DumpReply {
  json: string;
}

export const DumpReply = {
  encode(message: DumpReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeDumpReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): DumpReply {
    return decoded('DumpReply', bytes, readDumpReply);
  },
};

function writeDumpReply(writer: protobuf.Writer, message: DumpReply): void {
  if (message.json !== '') writer.uint32(10).string(message.json);
}

function readDumpReply(reader: protobuf.Reader, length: number): DumpReply {
  const end = reader.pos + length;
  const message: DumpReply = {
    json: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.json = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LoadRequest {
  /** As in "service { name: ... }". */
  specifier: string;
}

export const LoadRequest = {
  encode(message: LoadRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLoadRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LoadRequest {
    return decoded('LoadRequest', bytes, readLoadRequest);
  },
};

function writeLoadRequest(writer: protobuf.Writer, message: LoadRequest): void {
  if (message.specifier !== '') writer.uint32(10).string(message.specifier);
}

function readLoadRequest(reader: protobuf.Reader, length: number): LoadRequest {
  const end = reader.pos + length;
  const message: LoadRequest = {
    specifier: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.specifier = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ServiceRequest {
  /** The name of the service. */
  service: string;
  /** restart: reads the plugin's file again first. */
  fresh: boolean;
}

export const ServiceRequest = {
  encode(message: ServiceRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeServiceRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ServiceRequest {
    return decoded('ServiceRequest', bytes, readServiceRequest);
  },
};

function writeServiceRequest(writer: protobuf.Writer, message: ServiceRequest): void {
  if (message.service !== '') writer.uint32(10).string(message.service);
  if (message.fresh !== false) writer.uint32(16).bool(message.fresh);
}

function readServiceRequest(reader: protobuf.Reader, length: number): ServiceRequest {
  const end = reader.pos + length;
  const message: ServiceRequest = {
    service: '',
    fresh: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.service = reader.string();
        break;
      case 16:
        message.fresh = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** What a command did, or why it could not; commands that fail answer with an error code besides. */
export interface TextReply {
  text: string;
}

export const TextReply = {
  encode(message: TextReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTextReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TextReply {
    return decoded('TextReply', bytes, readTextReply);
  },
};

function writeTextReply(writer: protobuf.Writer, message: TextReply): void {
  if (message.text !== '') writer.uint32(10).string(message.text);
}

function readTextReply(reader: protobuf.Reader, length: number): TextReply {
  const end = reader.pos + length;
  const message: TextReply = {
    text: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.text = reader.string();
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

function decoded<T>(name: string, bytes: Uint8Array, read: (reader: protobuf.Reader, length: number) => T): T {
  try {
    return read(protobuf.Reader.create(bytes), bytes.length);
  } catch (error) {
    const malformed = new Error(`no ${name}: ${error instanceof Error ? error.message : String(error)}`);
    malformed.name = 'MalformedMessage';
    throw malformed;
  }
}

// Made from messages.proto by "chorale proto". Change that file and run it again, not this one.
import protobuf from 'protobufjs/minimal.js';

/** SaCkptCheckpointCreationAttributesT. */
export interface Attributes {
  flags: number;
  checkpointSize: number;
  retentionDuration: bigint;
  maxSections: number;
  maxSectionSize: number;
  maxSectionIdSize: number;
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
  if (message.checkpointSize !== 0) writer.uint32(16).uint64(whole(message.checkpointSize));
  if (message.retentionDuration !== 0n) writeWide(writer.uint32(25), message.retentionDuration);
  if (message.maxSections !== 0) writer.uint32(32).uint32(message.maxSections);
  if (message.maxSectionSize !== 0) writer.uint32(40).uint64(whole(message.maxSectionSize));
  if (message.maxSectionIdSize !== 0) writer.uint32(48).uint64(whole(message.maxSectionIdSize));
}

function readAttributes(reader: protobuf.Reader, length: number): Attributes {
  const end = reader.pos + length;
  const message: Attributes = {
    flags: 0,
    checkpointSize: 0,
    retentionDuration: 0n,
    maxSections: 0,
    maxSectionSize: 0,
    maxSectionIdSize: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.flags = reader.uint32();
        break;
      case 16:
        message.checkpointSize = whole(reader.uint64());
        break;
      case 25:
        message.retentionDuration = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 32:
        message.maxSections = reader.uint32();
        break;
      case 40:
        message.maxSectionSize = whole(reader.uint64());
        break;
      case 48:
        message.maxSectionIdSize = whole(reader.uint64());
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
  handle: number;
  name: Uint8Array;
  flags: number;
  /** With CREATE only. */
  attributes?: Attributes;
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
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.flags !== 0) writer.uint32(24).uint32(message.flags);
  if (message.attributes !== undefined) nested(writer.uint32(34), message.attributes, writeAttributes);
}

function readOpenRequest(reader: protobuf.Reader, length: number): OpenRequest {
  const end = reader.pos + length;
  const message: OpenRequest = {
    handle: 0,
    name: noBytes,
    flags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.name = bytesOf(reader);
        break;
      case 24:
        message.flags = reader.uint32();
        break;
      case 34:
        message.attributes = readAttributes(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface OpenReply {
  /** Of the creation attributes: the library decides some errors by them. */
  creationFlags: number;
}

export const OpenReply = {
  encode(message: OpenReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeOpenReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): OpenReply {
    return decoded('OpenReply', bytes, readOpenReply);
  },
  view(bytes: Uint8Array): OpenReply {
    return decoded('OpenReply', bytes, readOpenReply);
  },
};

function writeOpenReply(writer: protobuf.Writer, message: OpenReply): void {
  if (message.creationFlags !== 0) writer.uint32(8).uint32(message.creationFlags);
}

function readOpenReply(reader: protobuf.Reader, length: number): OpenReply {
  const end = reader.pos + length;
  const message: OpenReply = {
    creationFlags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.creationFlags = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Close, and others without more to say. */
export interface HandleRequest {
  handle: number;
}

export const HandleRequest = {
  encode(message: HandleRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeHandleRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): HandleRequest {
    return decoded('HandleRequest', bytes, readHandleRequest);
  },
  view(bytes: Uint8Array): HandleRequest {
    return decoded('HandleRequest', bytes, readHandleRequest);
  },
};

function writeHandleRequest(writer: protobuf.Writer, message: HandleRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
}

function readHandleRequest(reader: protobuf.Reader, length: number): HandleRequest {
  const end = reader.pos + length;
  const message: HandleRequest = {
    handle: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
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

export interface RetentionRequest {
  handle: number;
  duration: bigint;
}

export const RetentionRequest = {
  encode(message: RetentionRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeRetentionRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): RetentionRequest {
    return decoded('RetentionRequest', bytes, readRetentionRequest);
  },
  view(bytes: Uint8Array): RetentionRequest {
    return decoded('RetentionRequest', bytes, readRetentionRequest);
  },
};

function writeRetentionRequest(writer: protobuf.Writer, message: RetentionRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.duration !== 0n) writeWide(writer.uint32(17), message.duration);
}

function readRetentionRequest(reader: protobuf.Reader, length: number): RetentionRequest {
  const end = reader.pos + length;
  const message: RetentionRequest = {
    handle: 0,
    duration: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 17:
        message.duration = signedWide(reader.fixed32(), reader.fixed32());
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
  sections: number;
  memoryUsed: number;
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
  if (message.sections !== 0) writer.uint32(16).uint32(message.sections);
  if (message.memoryUsed !== 0) writer.uint32(24).uint64(whole(message.memoryUsed));
}

function readStatus(reader: protobuf.Reader, length: number): Status {
  const end = reader.pos + length;
  const message: Status = {
    sections: 0,
    memoryUsed: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.attributes = readAttributes(reader, reader.uint32());
        break;
      case 16:
        message.sections = reader.uint32();
        break;
      case 24:
        message.memoryUsed = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SectionCreateRequest {
  handle: number;
  /** Empty: the service chooses. */
  id: Uint8Array;
  expiration: bigint;
  data: Uint8Array;
}

export const SectionCreateRequest = {
  encode(message: SectionCreateRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSectionCreateRequest(writer, message);
    return writer.finish();
  },
  parts(message: SectionCreateRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeSectionCreateRequestHead(writer, message);
    if (message.data.length > 0) writer.uint32(34).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): SectionCreateRequest {
    return decoded('SectionCreateRequest', new Uint8Array(bytes), readSectionCreateRequest);
  },
  view(bytes: Uint8Array): SectionCreateRequest {
    return decoded('SectionCreateRequest', bytes, readSectionCreateRequest);
  },
};

function writeSectionCreateRequest(writer: protobuf.Writer, message: SectionCreateRequest): void {
  writeSectionCreateRequestHead(writer, message);
  if (message.data.length > 0) writer.uint32(34).bytes(message.data);
}

function writeSectionCreateRequestHead(writer: protobuf.Writer, message: SectionCreateRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.id.length > 0) writer.uint32(18).bytes(message.id);
  if (message.expiration !== 0n) writeWide(writer.uint32(25), message.expiration);
}

function readSectionCreateRequest(reader: protobuf.Reader, length: number): SectionCreateRequest {
  const end = reader.pos + length;
  const message: SectionCreateRequest = {
    handle: 0,
    id: noBytes,
    expiration: 0n,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.id = bytesOf(reader);
        break;
      case 25:
        message.expiration = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 34:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SectionRequest {
  handle: number;
  id: Uint8Array;
}

export const SectionRequest = {
  encode(message: SectionRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSectionRequest(writer, message);
    return writer.finish();
  },
  parts(message: SectionRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeSectionRequestHead(writer, message);
    if (message.id.length > 0) writer.uint32(18).uint32(message.id.length);
    return [writer.finish(), message.id];
  },
  decode(bytes: Uint8Array): SectionRequest {
    return decoded('SectionRequest', new Uint8Array(bytes), readSectionRequest);
  },
  view(bytes: Uint8Array): SectionRequest {
    return decoded('SectionRequest', bytes, readSectionRequest);
  },
};

function writeSectionRequest(writer: protobuf.Writer, message: SectionRequest): void {
  writeSectionRequestHead(writer, message);
  if (message.id.length > 0) writer.uint32(18).bytes(message.id);
}

function writeSectionRequestHead(writer: protobuf.Writer, message: SectionRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
}

function readSectionRequest(reader: protobuf.Reader, length: number): SectionRequest {
  const end = reader.pos + length;
  const message: SectionRequest = {
    handle: 0,
    id: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.id = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SectionId {
  id: Uint8Array;
}

export const SectionId = {
  encode(message: SectionId): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSectionId(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): SectionId {
    return decoded('SectionId', new Uint8Array(bytes), readSectionId);
  },
  view(bytes: Uint8Array): SectionId {
    return decoded('SectionId', bytes, readSectionId);
  },
};

function writeSectionId(writer: protobuf.Writer, message: SectionId): void {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
}

function readSectionId(reader: protobuf.Reader, length: number): SectionId {
  const end = reader.pos + length;
  const message: SectionId = {
    id: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ExpirationRequest {
  handle: number;
  id: Uint8Array;
  expiration: bigint;
}

export const ExpirationRequest = {
  encode(message: ExpirationRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeExpirationRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ExpirationRequest {
    return decoded('ExpirationRequest', new Uint8Array(bytes), readExpirationRequest);
  },
  view(bytes: Uint8Array): ExpirationRequest {
    return decoded('ExpirationRequest', bytes, readExpirationRequest);
  },
};

function writeExpirationRequest(writer: protobuf.Writer, message: ExpirationRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.id.length > 0) writer.uint32(18).bytes(message.id);
  if (message.expiration !== 0n) writeWide(writer.uint32(25), message.expiration);
}

function readExpirationRequest(reader: protobuf.Reader, length: number): ExpirationRequest {
  const end = reader.pos + length;
  const message: ExpirationRequest = {
    handle: 0,
    id: noBytes,
    expiration: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.id = bytesOf(reader);
        break;
      case 25:
        message.expiration = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface OverwriteRequest {
  handle: number;
  id: Uint8Array;
  data: Uint8Array;
}

export const OverwriteRequest = {
  encode(message: OverwriteRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeOverwriteRequest(writer, message);
    return writer.finish();
  },
  parts(message: OverwriteRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeOverwriteRequestHead(writer, message);
    if (message.data.length > 0) writer.uint32(26).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): OverwriteRequest {
    return decoded('OverwriteRequest', new Uint8Array(bytes), readOverwriteRequest);
  },
  view(bytes: Uint8Array): OverwriteRequest {
    return decoded('OverwriteRequest', bytes, readOverwriteRequest);
  },
};

function writeOverwriteRequest(writer: protobuf.Writer, message: OverwriteRequest): void {
  writeOverwriteRequestHead(writer, message);
  if (message.data.length > 0) writer.uint32(26).bytes(message.data);
}

function writeOverwriteRequestHead(writer: protobuf.Writer, message: OverwriteRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.id.length > 0) writer.uint32(18).bytes(message.id);
}

function readOverwriteRequest(reader: protobuf.Reader, length: number): OverwriteRequest {
  const end = reader.pos + length;
  const message: OverwriteRequest = {
    handle: 0,
    id: noBytes,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.id = bytesOf(reader);
        break;
      case 26:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface WriteRequest {
  handle: number;
  elements: WriteElement[];
}

export const WriteRequest = {
  encode(message: WriteRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWriteRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WriteRequest {
    return decoded('WriteRequest', new Uint8Array(bytes), readWriteRequest);
  },
  view(bytes: Uint8Array): WriteRequest {
    return decoded('WriteRequest', bytes, readWriteRequest);
  },
};

function writeWriteRequest(writer: protobuf.Writer, message: WriteRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  for (const one of message.elements) nested(writer.uint32(18), one, writeWriteElement);
}

function readWriteRequest(reader: protobuf.Reader, length: number): WriteRequest {
  const end = reader.pos + length;
  const message: WriteRequest = {
    handle: 0,
    elements: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.elements.push(readWriteElement(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface WriteElement {
  id: Uint8Array;
  offset: number;
  data: Uint8Array;
}

export const WriteElement = {
  encode(message: WriteElement): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWriteElement(writer, message);
    return writer.finish();
  },
  parts(message: WriteElement): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeWriteElementHead(writer, message);
    if (message.data.length > 0) writer.uint32(26).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): WriteElement {
    return decoded('WriteElement', new Uint8Array(bytes), readWriteElement);
  },
  view(bytes: Uint8Array): WriteElement {
    return decoded('WriteElement', bytes, readWriteElement);
  },
};

function writeWriteElement(writer: protobuf.Writer, message: WriteElement): void {
  writeWriteElementHead(writer, message);
  if (message.data.length > 0) writer.uint32(26).bytes(message.data);
}

function writeWriteElementHead(writer: protobuf.Writer, message: WriteElement): void {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
  if (message.offset !== 0) writer.uint32(16).uint64(whole(message.offset));
}

function readWriteElement(reader: protobuf.Reader, length: number): WriteElement {
  const end = reader.pos + length;
  const message: WriteElement = {
    id: noBytes,
    offset: 0,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = bytesOf(reader);
        break;
      case 16:
        message.offset = whole(reader.uint64());
        break;
      case 26:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A SaAisErrorT, 1 for none, and the element that it is about. */
export interface WriteReply {
  error: number;
  element: number;
}

export const WriteReply = {
  encode(message: WriteReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWriteReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WriteReply {
    return decoded('WriteReply', bytes, readWriteReply);
  },
  view(bytes: Uint8Array): WriteReply {
    return decoded('WriteReply', bytes, readWriteReply);
  },
};

function writeWriteReply(writer: protobuf.Writer, message: WriteReply): void {
  if (message.error !== 0) writer.uint32(8).uint32(message.error);
  if (message.element !== 0) writer.uint32(16).uint32(message.element);
}

function readWriteReply(reader: protobuf.Reader, length: number): WriteReply {
  const end = reader.pos + length;
  const message: WriteReply = {
    error: 0,
    element: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.error = reader.uint32();
        break;
      case 16:
        message.element = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ReadRequest {
  handle: number;
  elements: ReadElement[];
}

export const ReadRequest = {
  encode(message: ReadRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReadRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ReadRequest {
    return decoded('ReadRequest', new Uint8Array(bytes), readReadRequest);
  },
  view(bytes: Uint8Array): ReadRequest {
    return decoded('ReadRequest', bytes, readReadRequest);
  },
};

function writeReadRequest(writer: protobuf.Writer, message: ReadRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  for (const one of message.elements) nested(writer.uint32(18), one, writeReadElement);
}

function readReadRequest(reader: protobuf.Reader, length: number): ReadRequest {
  const end = reader.pos + length;
  const message: ReadRequest = {
    handle: 0,
    elements: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 18:
        message.elements.push(readReadElement(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ReadElement {
  id: Uint8Array;
  offset: number;
  /** Missing: all there is. */
  size?: number;
}

export const ReadElement = {
  encode(message: ReadElement): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReadElement(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ReadElement {
    return decoded('ReadElement', new Uint8Array(bytes), readReadElement);
  },
  view(bytes: Uint8Array): ReadElement {
    return decoded('ReadElement', bytes, readReadElement);
  },
};

function writeReadElement(writer: protobuf.Writer, message: ReadElement): void {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
  if (message.offset !== 0) writer.uint32(16).uint64(whole(message.offset));
  if (message.size !== undefined) writer.uint32(24).uint64(whole(message.size));
}

function readReadElement(reader: protobuf.Reader, length: number): ReadElement {
  const end = reader.pos + length;
  const message: ReadElement = {
    id: noBytes,
    offset: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = bytesOf(reader);
        break;
      case 16:
        message.offset = whole(reader.uint64());
        break;
      case 24:
        message.size = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ReadReply {
  error: number;
  element: number;
  /** How many bytes each element has; they follow one another. */
  sizes: number[];
  data: Uint8Array;
  /** Asks for the rest of the data; 0: that was all. */
  rest: number;
}

export const ReadReply = {
  encode(message: ReadReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReadReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ReadReply {
    return decoded('ReadReply', new Uint8Array(bytes), readReadReply);
  },
  view(bytes: Uint8Array): ReadReply {
    return decoded('ReadReply', bytes, readReadReply);
  },
};

function writeReadReply(writer: protobuf.Writer, message: ReadReply): void {
  if (message.error !== 0) writer.uint32(8).uint32(message.error);
  if (message.element !== 0) writer.uint32(16).uint32(message.element);
  if (message.sizes.length > 0) {
    writer.uint32(26).fork();
    for (const one of message.sizes) writer.uint64(whole(one));
    writer.ldelim();
  }
  if (message.data.length > 0) writer.uint32(34).bytes(message.data);
  if (message.rest !== 0) writer.uint32(40).uint32(message.rest);
}

function readReadReply(reader: protobuf.Reader, length: number): ReadReply {
  const end = reader.pos + length;
  const message: ReadReply = {
    error: 0,
    element: 0,
    sizes: [],
    data: noBytes,
    rest: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.error = reader.uint32();
        break;
      case 16:
        message.element = reader.uint32();
        break;
      case 24:
        message.sizes.push(whole(reader.uint64()));
        break;
      case 26:
        for (const last = packedEnd(reader); reader.pos < last;) message.sizes.push(whole(reader.uint64()));
        break;
      case 34:
        message.data = bytesOf(reader);
        break;
      case 40:
        message.rest = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface RestRequest {
  rest: number;
  offset: number;
}

export const RestRequest = {
  encode(message: RestRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeRestRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): RestRequest {
    return decoded('RestRequest', bytes, readRestRequest);
  },
  view(bytes: Uint8Array): RestRequest {
    return decoded('RestRequest', bytes, readRestRequest);
  },
};

function writeRestRequest(writer: protobuf.Writer, message: RestRequest): void {
  if (message.rest !== 0) writer.uint32(8).uint32(message.rest);
  if (message.offset !== 0) writer.uint32(16).uint64(whole(message.offset));
}

function readRestRequest(reader: protobuf.Reader, length: number): RestRequest {
  const end = reader.pos + length;
  const message: RestRequest = {
    rest: 0,
    offset: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.rest = reader.uint32();
        break;
      case 16:
        message.offset = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Piece {
  data: Uint8Array;
}

export const Piece = {
  encode(message: Piece): Uint8Array {
    const writer = protobuf.Writer.create();
    writePiece(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Piece {
    return decoded('Piece', new Uint8Array(bytes), readPiece);
  },
  view(bytes: Uint8Array): Piece {
    return decoded('Piece', bytes, readPiece);
  },
};

function writePiece(writer: protobuf.Writer, message: Piece): void {
  if (message.data.length > 0) writer.uint32(10).bytes(message.data);
}

function readPiece(reader: protobuf.Reader, length: number): Piece {
  const end = reader.pos + length;
  const message: Piece = {
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface IterateRequest {
  handle: number;
  /** The client's number for the iteration. */
  iteration: number;
  /** SaCkptSectionsChosenT. */
  chosen: number;
  time: bigint;
}

export const IterateRequest = {
  encode(message: IterateRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeIterateRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): IterateRequest {
    return decoded('IterateRequest', bytes, readIterateRequest);
  },
  view(bytes: Uint8Array): IterateRequest {
    return decoded('IterateRequest', bytes, readIterateRequest);
  },
};

function writeIterateRequest(writer: protobuf.Writer, message: IterateRequest): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
  if (message.iteration !== 0) writer.uint32(16).uint32(message.iteration);
  if (message.chosen !== 0) writer.uint32(24).uint32(message.chosen);
  if (message.time !== 0n) writeWide(writer.uint32(33), message.time);
}

function readIterateRequest(reader: protobuf.Reader, length: number): IterateRequest {
  const end = reader.pos + length;
  const message: IterateRequest = {
    handle: 0,
    iteration: 0,
    chosen: 0,
    time: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
        break;
      case 16:
        message.iteration = reader.uint32();
        break;
      case 24:
        message.chosen = reader.uint32();
        break;
      case 33:
        message.time = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface IterationRequest {
  iteration: number;
}

export const IterationRequest = {
  encode(message: IterationRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeIterationRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): IterationRequest {
    return decoded('IterationRequest', bytes, readIterationRequest);
  },
  view(bytes: Uint8Array): IterationRequest {
    return decoded('IterationRequest', bytes, readIterationRequest);
  },
};

function writeIterationRequest(writer: protobuf.Writer, message: IterationRequest): void {
  if (message.iteration !== 0) writer.uint32(8).uint32(message.iteration);
}

function readIterationRequest(reader: protobuf.Reader, length: number): IterationRequest {
  const end = reader.pos + length;
  const message: IterationRequest = {
    iteration: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.iteration = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Missing: no more sections. */
export interface NextReply {
  descriptor?: Descriptor;
}

export const NextReply = {
  encode(message: NextReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeNextReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): NextReply {
    return decoded('NextReply', new Uint8Array(bytes), readNextReply);
  },
  view(bytes: Uint8Array): NextReply {
    return decoded('NextReply', bytes, readNextReply);
  },
};

function writeNextReply(writer: protobuf.Writer, message: NextReply): void {
  if (message.descriptor !== undefined) nested(writer.uint32(10), message.descriptor, writeDescriptor);
}

function readNextReply(reader: protobuf.Reader, length: number): NextReply {
  const end = reader.pos + length;
  const message: NextReply = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.descriptor = readDescriptor(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface Descriptor {
  id: Uint8Array;
  expiration: bigint;
  size: number;
  lastUpdate: bigint;
}

export const Descriptor = {
  encode(message: Descriptor): Uint8Array {
    const writer = protobuf.Writer.create();
    writeDescriptor(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Descriptor {
    return decoded('Descriptor', new Uint8Array(bytes), readDescriptor);
  },
  view(bytes: Uint8Array): Descriptor {
    return decoded('Descriptor', bytes, readDescriptor);
  },
};

function writeDescriptor(writer: protobuf.Writer, message: Descriptor): void {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
  if (message.expiration !== 0n) writeWide(writer.uint32(17), message.expiration);
  if (message.size !== 0) writer.uint32(24).uint64(whole(message.size));
  if (message.lastUpdate !== 0n) writeWide(writer.uint32(33), message.lastUpdate);
}

function readDescriptor(reader: protobuf.Reader, length: number): Descriptor {
  const end = reader.pos + length;
  const message: Descriptor = {
    id: noBytes,
    expiration: 0n,
    size: 0,
    lastUpdate: 0n,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = bytesOf(reader);
        break;
      case 17:
        message.expiration = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 24:
        message.size = whole(reader.uint64());
        break;
      case 33:
        message.lastUpdate = signedWide(reader.fixed32(), reader.fixed32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Some of a request that is too long for one message. */
export interface PartRequest {
  transfer: number;
  data: Uint8Array;
}

export const PartRequest = {
  encode(message: PartRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writePartRequest(writer, message);
    return writer.finish();
  },
  parts(message: PartRequest): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writePartRequestHead(writer, message);
    if (message.data.length > 0) writer.uint32(18).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): PartRequest {
    return decoded('PartRequest', new Uint8Array(bytes), readPartRequest);
  },
  view(bytes: Uint8Array): PartRequest {
    return decoded('PartRequest', bytes, readPartRequest);
  },
};

function writePartRequest(writer: protobuf.Writer, message: PartRequest): void {
  writePartRequestHead(writer, message);
  if (message.data.length > 0) writer.uint32(18).bytes(message.data);
}

function writePartRequestHead(writer: protobuf.Writer, message: PartRequest): void {
  if (message.transfer !== 0) writer.uint32(8).uint32(message.transfer);
}

function readPartRequest(reader: protobuf.Reader, length: number): PartRequest {
  const end = reader.pos + length;
  const message: PartRequest = {
    transfer: 0,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.transfer = reader.uint32();
        break;
      case 18:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The request whose parts came: as if it had come whole. */
export interface WholeRequest {
  transfer: number;
  /** Its operation's id. */
  operation: number;
}

export const WholeRequest = {
  encode(message: WholeRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWholeRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WholeRequest {
    return decoded('WholeRequest', bytes, readWholeRequest);
  },
  view(bytes: Uint8Array): WholeRequest {
    return decoded('WholeRequest', bytes, readWholeRequest);
  },
};

function writeWholeRequest(writer: protobuf.Writer, message: WholeRequest): void {
  if (message.transfer !== 0) writer.uint32(8).uint32(message.transfer);
  if (message.operation !== 0) writer.uint32(16).uint32(message.operation);
}

function readWholeRequest(reader: protobuf.Reader, length: number): WholeRequest {
  const end = reader.pos + length;
  const message: WholeRequest = {
    transfer: 0,
    operation: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.transfer = reader.uint32();
        break;
      case 16:
        message.operation = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface WholeReply {
  reply: Uint8Array;
}

export const WholeReply = {
  encode(message: WholeReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeWholeReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): WholeReply {
    return decoded('WholeReply', new Uint8Array(bytes), readWholeReply);
  },
  view(bytes: Uint8Array): WholeReply {
    return decoded('WholeReply', bytes, readWholeReply);
  },
};

function writeWholeReply(writer: protobuf.Writer, message: WholeReply): void {
  if (message.reply.length > 0) writer.uint32(10).bytes(message.reply);
}

function readWholeReply(reader: protobuf.Reader, length: number): WholeReply {
  const end = reader.pos + length;
  const message: WholeReply = {
    reply: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.reply = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** In synchronization, in this order: the space, then each checkpoint with its sections after it; then parts. */
export interface StateRecord {
  space?: SpaceRecord;
  checkpoint?: CheckpointRecord;
  section?: SectionRecord;
  part?: PartRecord;
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
  if (message.space !== undefined) nested(writer.uint32(10), message.space, writeSpaceRecord);
  if (message.checkpoint !== undefined) nested(writer.uint32(18), message.checkpoint, writeCheckpointRecord);
  if (message.section !== undefined) nested(writer.uint32(26), message.section, writeSectionRecord);
  if (message.part !== undefined) nested(writer.uint32(34), message.part, writePartRecord);
}

function readStateRecord(reader: protobuf.Reader, length: number): StateRecord {
  const end = reader.pos + length;
  const message: StateRecord = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.space = readSpaceRecord(reader, reader.uint32());
        break;
      case 18:
        message.checkpoint = readCheckpointRecord(reader, reader.uint32());
        break;
      case 26:
        message.section = readSectionRecord(reader, reader.uint32());
        break;
      case 34:
        message.part = readPartRecord(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface SpaceRecord {
  lastStamp: number;
}

export const SpaceRecord = {
  encode(message: SpaceRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSpaceRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): SpaceRecord {
    return decoded('SpaceRecord', bytes, readSpaceRecord);
  },
  view(bytes: Uint8Array): SpaceRecord {
    return decoded('SpaceRecord', bytes, readSpaceRecord);
  },
};

function writeSpaceRecord(writer: protobuf.Writer, message: SpaceRecord): void {
  if (message.lastStamp !== 0) writer.uint32(8).uint64(whole(message.lastStamp));
}

function readSpaceRecord(reader: protobuf.Reader, length: number): SpaceRecord {
  const end = reader.pos + length;
  const message: SpaceRecord = {
    lastStamp: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.lastStamp = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface CheckpointRecord {
  id: string;
  name: Uint8Array;
  attributes?: Attributes;
  unlinked: boolean;
  /** The last rings that its content was changed in, the latest last. */
  history: ChangeRecord[];
  generated: number;
  /** The node of the active replica, and its run. */
  active: string;
  opens: OpenRecord[];
}

export const CheckpointRecord = {
  encode(message: CheckpointRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeCheckpointRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): CheckpointRecord {
    return decoded('CheckpointRecord', new Uint8Array(bytes), readCheckpointRecord);
  },
  view(bytes: Uint8Array): CheckpointRecord {
    return decoded('CheckpointRecord', bytes, readCheckpointRecord);
  },
};

function writeCheckpointRecord(writer: protobuf.Writer, message: CheckpointRecord): void {
  if (message.id !== '') writer.uint32(10).string(message.id);
  if (message.name.length > 0) writer.uint32(18).bytes(message.name);
  if (message.attributes !== undefined) nested(writer.uint32(26), message.attributes, writeAttributes);
  if (message.unlinked !== false) writer.uint32(32).bool(message.unlinked);
  for (const one of message.history) nested(writer.uint32(42), one, writeChangeRecord);
  if (message.generated !== 0) writer.uint32(48).uint64(whole(message.generated));
  if (message.active !== '') writer.uint32(58).string(message.active);
  for (const one of message.opens) nested(writer.uint32(66), one, writeOpenRecord);
}

function readCheckpointRecord(reader: protobuf.Reader, length: number): CheckpointRecord {
  const end = reader.pos + length;
  const message: CheckpointRecord = {
    id: '',
    name: noBytes,
    unlinked: false,
    history: [],
    generated: 0,
    active: '',
    opens: [],
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
        message.history.push(readChangeRecord(reader, reader.uint32()));
        break;
      case 48:
        message.generated = whole(reader.uint64());
        break;
      case 58:
        message.active = reader.string();
        break;
      case 66:
        message.opens.push(readOpenRecord(reader, reader.uint32()));
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface ChangeRecord {
  ring: string;
  count: number;
  node: number;
}

export const ChangeRecord = {
  encode(message: ChangeRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChangeRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ChangeRecord {
    return decoded('ChangeRecord', bytes, readChangeRecord);
  },
  view(bytes: Uint8Array): ChangeRecord {
    return decoded('ChangeRecord', bytes, readChangeRecord);
  },
};

function writeChangeRecord(writer: protobuf.Writer, message: ChangeRecord): void {
  if (message.ring !== '') writer.uint32(10).string(message.ring);
  if (message.count !== 0) writer.uint32(16).uint64(whole(message.count));
  if (message.node !== 0) writer.uint32(24).uint32(message.node);
}

function readChangeRecord(reader: protobuf.Reader, length: number): ChangeRecord {
  const end = reader.pos + length;
  const message: ChangeRecord = {
    ring: '',
    count: 0,
    node: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.ring = reader.string();
        break;
      case 16:
        message.count = whole(reader.uint64());
        break;
      case 24:
        message.node = reader.uint32();
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
  handle: number;
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
  if (message.handle !== 0) writer.uint32(16).uint32(message.handle);
  if (message.flags !== 0) writer.uint32(24).uint32(message.flags);
}

function readOpenRecord(reader: protobuf.Reader, length: number): OpenRecord {
  const end = reader.pos + length;
  const message: OpenRecord = {
    owner: '',
    handle: 0,
    flags: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.handle = reader.uint32();
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

/** A section, or with an offset: more of the data of the one before. */
export interface SectionRecord {
  id: Uint8Array;
  expiration: bigint;
  lastUpdate: bigint;
  size: number;
  offset: number;
  data: Uint8Array;
}

export const SectionRecord = {
  encode(message: SectionRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeSectionRecord(writer, message);
    return writer.finish();
  },
  parts(message: SectionRecord): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writeSectionRecordHead(writer, message);
    if (message.data.length > 0) writer.uint32(50).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): SectionRecord {
    return decoded('SectionRecord', new Uint8Array(bytes), readSectionRecord);
  },
  view(bytes: Uint8Array): SectionRecord {
    return decoded('SectionRecord', bytes, readSectionRecord);
  },
};

function writeSectionRecord(writer: protobuf.Writer, message: SectionRecord): void {
  writeSectionRecordHead(writer, message);
  if (message.data.length > 0) writer.uint32(50).bytes(message.data);
}

function writeSectionRecordHead(writer: protobuf.Writer, message: SectionRecord): void {
  if (message.id.length > 0) writer.uint32(10).bytes(message.id);
  if (message.expiration !== 0n) writeWide(writer.uint32(17), message.expiration);
  if (message.lastUpdate !== 0n) writeWide(writer.uint32(25), message.lastUpdate);
  if (message.size !== 0) writer.uint32(32).uint64(whole(message.size));
  if (message.offset !== 0) writer.uint32(40).uint64(whole(message.offset));
}

function readSectionRecord(reader: protobuf.Reader, length: number): SectionRecord {
  const end = reader.pos + length;
  const message: SectionRecord = {
    id: noBytes,
    expiration: 0n,
    lastUpdate: 0n,
    size: 0,
    offset: 0,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.id = bytesOf(reader);
        break;
      case 17:
        message.expiration = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 25:
        message.lastUpdate = signedWide(reader.fixed32(), reader.fixed32());
        break;
      case 32:
        message.size = whole(reader.uint64());
        break;
      case 40:
        message.offset = whole(reader.uint64());
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

export interface PartRecord {
  owner: string;
  transfer: number;
  data: Uint8Array;
}

export const PartRecord = {
  encode(message: PartRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writePartRecord(writer, message);
    return writer.finish();
  },
  parts(message: PartRecord): Uint8Array[] {
    const writer = protobuf.Writer.create();
    writePartRecordHead(writer, message);
    if (message.data.length > 0) writer.uint32(26).uint32(message.data.length);
    return [writer.finish(), message.data];
  },
  decode(bytes: Uint8Array): PartRecord {
    return decoded('PartRecord', new Uint8Array(bytes), readPartRecord);
  },
  view(bytes: Uint8Array): PartRecord {
    return decoded('PartRecord', bytes, readPartRecord);
  },
};

function writePartRecord(writer: protobuf.Writer, message: PartRecord): void {
  writePartRecordHead(writer, message);
  if (message.data.length > 0) writer.uint32(26).bytes(message.data);
}

function writePartRecordHead(writer: protobuf.Writer, message: PartRecord): void {
  if (message.owner !== '') writer.uint32(10).string(message.owner);
  if (message.transfer !== 0) writer.uint32(16).uint32(message.transfer);
}

function readPartRecord(reader: protobuf.Reader, length: number): PartRecord {
  const end = reader.pos + length;
  const message: PartRecord = {
    owner: '',
    transfer: 0,
    data: noBytes,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.owner = reader.string();
        break;
      case 16:
        message.transfer = reader.uint32();
        break;
      case 26:
        message.data = bytesOf(reader);
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Notice 1, to an opener: when partitions met, the content of another side took the place of his. */
export interface Replaced {
  handle: number;
}

export const Replaced = {
  encode(message: Replaced): Uint8Array {
    const writer = protobuf.Writer.create();
    writeReplaced(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): Replaced {
    return decoded('Replaced', bytes, readReplaced);
  },
  view(bytes: Uint8Array): Replaced {
    return decoded('Replaced', bytes, readReplaced);
  },
};

function writeReplaced(writer: protobuf.Writer, message: Replaced): void {
  if (message.handle !== 0) writer.uint32(8).uint32(message.handle);
}

function readReplaced(reader: protobuf.Reader, length: number): Replaced {
  const end = reader.pos + length;
  const message: Replaced = {
    handle: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.handle = reader.uint32();
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

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
  view(bytes: Uint8Array): PluginState {
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
  /** Missing from a daemon that knows no other windows than the configured ones. */
  tuning?: TuningView;
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
  view(bytes: Uint8Array): StatusReply {
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
  if (message.tuning !== undefined) nested(writer.uint32(90), message.tuning, writeTuningView);
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
      case 90:
        message.tuning = readTuningView(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The ring's windows in use, in frames. */
export interface TuningView {
  /** All members agreed on them; if not, they are the configured ones. */
  agreed: boolean;
  windowSize: number;
  maxMessages: number;
  accelerated: number;
}

export const TuningView = {
  encode(message: TuningView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTuningView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TuningView {
    return decoded('TuningView', bytes, readTuningView);
  },
  view(bytes: Uint8Array): TuningView {
    return decoded('TuningView', bytes, readTuningView);
  },
};

function writeTuningView(writer: protobuf.Writer, message: TuningView): void {
  if (message.agreed !== false) writer.uint32(8).bool(message.agreed);
  if (message.windowSize !== 0) writer.uint32(16).uint32(message.windowSize);
  if (message.maxMessages !== 0) writer.uint32(24).uint32(message.maxMessages);
  if (message.accelerated !== 0) writer.uint32(32).uint32(message.accelerated);
}

function readTuningView(reader: protobuf.Reader, length: number): TuningView {
  const end = reader.pos + length;
  const message: TuningView = {
    agreed: false,
    windowSize: 0,
    maxMessages: 0,
    accelerated: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.agreed = reader.bool();
        break;
      case 16:
        message.windowSize = reader.uint32();
        break;
      case 24:
        message.maxMessages = reader.uint32();
        break;
      case 32:
        message.accelerated = reader.uint32();
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
  view(bytes: Uint8Array): DumpReply {
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
  view(bytes: Uint8Array): LoadRequest {
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
  view(bytes: Uint8Array): ServiceRequest {
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
  view(bytes: Uint8Array): TextReply {
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

/** A node of the configuration, or one that votequorum has seen, as this node sees it. */
export interface NodeView {
  nodeId: number;
  name?: string;
  /** By link. */
  addresses: string[];
  /** This node. */
  local: boolean;
  /** On the ring of the last regular configuration. */
  member: boolean;
  /** Missing without votequorum. */
  votes?: number;
}

export const NodeView = {
  encode(message: NodeView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeNodeView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): NodeView {
    return decoded('NodeView', bytes, readNodeView);
  },
  view(bytes: Uint8Array): NodeView {
    return decoded('NodeView', bytes, readNodeView);
  },
};

function writeNodeView(writer: protobuf.Writer, message: NodeView): void {
  if (message.nodeId !== 0) writer.uint32(8).uint32(message.nodeId);
  if (message.name !== undefined) writer.uint32(18).string(message.name);
  for (const one of message.addresses) writer.uint32(26).string(one);
  if (message.local !== false) writer.uint32(32).bool(message.local);
  if (message.member !== false) writer.uint32(40).bool(message.member);
  if (message.votes !== undefined) writer.uint32(48).uint32(message.votes);
}

function readNodeView(reader: protobuf.Reader, length: number): NodeView {
  const end = reader.pos + length;
  const message: NodeView = {
    nodeId: 0,
    addresses: [],
    local: false,
    member: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.nodeId = reader.uint32();
        break;
      case 18:
        message.name = reader.string();
        break;
      case 26:
        message.addresses.push(reader.string());
        break;
      case 32:
        message.local = reader.bool();
        break;
      case 40:
        message.member = reader.bool();
        break;
      case 48:
        message.votes = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The quorum device of this node. */
export interface QdeviceView {
  name: string;
  votes: number;
  alive: boolean;
  castsVote: boolean;
  masterWins: boolean;
}

export const QdeviceView = {
  encode(message: QdeviceView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeQdeviceView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): QdeviceView {
    return decoded('QdeviceView', bytes, readQdeviceView);
  },
  view(bytes: Uint8Array): QdeviceView {
    return decoded('QdeviceView', bytes, readQdeviceView);
  },
};

function writeQdeviceView(writer: protobuf.Writer, message: QdeviceView): void {
  if (message.name !== '') writer.uint32(10).string(message.name);
  if (message.votes !== 0) writer.uint32(16).uint32(message.votes);
  if (message.alive !== false) writer.uint32(24).bool(message.alive);
  if (message.castsVote !== false) writer.uint32(32).bool(message.castsVote);
  if (message.masterWins !== false) writer.uint32(40).bool(message.masterWins);
}

function readQdeviceView(reader: protobuf.Reader, length: number): QdeviceView {
  const end = reader.pos + length;
  const message: QdeviceView = {
    name: '',
    votes: 0,
    alive: false,
    castsVote: false,
    masterWins: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 16:
        message.votes = reader.uint32();
        break;
      case 24:
        message.alive = reader.bool();
        break;
      case 32:
        message.castsVote = reader.bool();
        break;
      case 40:
        message.masterWins = reader.bool();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface QuorumView {
  /** corosync_votequorum, or none: then the node is always quorate and the numbers are 0. */
  provider: string;
  quorate: boolean;
  /** Votes needed. */
  needed: number;
  totalVotes: number;
  expectedVotes: number;
  highestExpected: number;
  /** As corosync-quorumtool names them: 2Node, Quorate, WaitForAll ... */
  flags: string[];
  waitingForAll: boolean;
  qdevice?: QdeviceView;
}

export const QuorumView = {
  encode(message: QuorumView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeQuorumView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): QuorumView {
    return decoded('QuorumView', bytes, readQuorumView);
  },
  view(bytes: Uint8Array): QuorumView {
    return decoded('QuorumView', bytes, readQuorumView);
  },
};

function writeQuorumView(writer: protobuf.Writer, message: QuorumView): void {
  if (message.provider !== '') writer.uint32(10).string(message.provider);
  if (message.quorate !== false) writer.uint32(16).bool(message.quorate);
  if (message.needed !== 0) writer.uint32(24).uint32(message.needed);
  if (message.totalVotes !== 0) writer.uint32(32).uint32(message.totalVotes);
  if (message.expectedVotes !== 0) writer.uint32(40).uint32(message.expectedVotes);
  if (message.highestExpected !== 0) writer.uint32(48).uint32(message.highestExpected);
  for (const one of message.flags) writer.uint32(58).string(one);
  if (message.waitingForAll !== false) writer.uint32(64).bool(message.waitingForAll);
  if (message.qdevice !== undefined) nested(writer.uint32(74), message.qdevice, writeQdeviceView);
}

function readQuorumView(reader: protobuf.Reader, length: number): QuorumView {
  const end = reader.pos + length;
  const message: QuorumView = {
    provider: '',
    quorate: false,
    needed: 0,
    totalVotes: 0,
    expectedVotes: 0,
    highestExpected: 0,
    flags: [],
    waitingForAll: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.provider = reader.string();
        break;
      case 16:
        message.quorate = reader.bool();
        break;
      case 24:
        message.needed = reader.uint32();
        break;
      case 32:
        message.totalVotes = reader.uint32();
        break;
      case 40:
        message.expectedVotes = reader.uint32();
        break;
      case 48:
        message.highestExpected = reader.uint32();
        break;
      case 58:
        message.flags.push(reader.string());
        break;
      case 64:
        message.waitingForAll = reader.bool();
        break;
      case 74:
        message.qdevice = readQdeviceView(reader, reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LinkView {
  link: number;
  transport: string;
  /** Of this node. */
  address: string;
  port: number;
  /** Other nodes reached over it, and other nodes there are. */
  reached: number;
  others: number;
}

export const LinkView = {
  encode(message: LinkView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLinkView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LinkView {
    return decoded('LinkView', bytes, readLinkView);
  },
  view(bytes: Uint8Array): LinkView {
    return decoded('LinkView', bytes, readLinkView);
  },
};

function writeLinkView(writer: protobuf.Writer, message: LinkView): void {
  if (message.link !== 0) writer.uint32(8).uint32(message.link);
  if (message.transport !== '') writer.uint32(18).string(message.transport);
  if (message.address !== '') writer.uint32(26).string(message.address);
  if (message.port !== 0) writer.uint32(32).uint32(message.port);
  if (message.reached !== 0) writer.uint32(40).uint32(message.reached);
  if (message.others !== 0) writer.uint32(48).uint32(message.others);
}

function readLinkView(reader: protobuf.Reader, length: number): LinkView {
  const end = reader.pos + length;
  const message: LinkView = {
    link: 0,
    transport: '',
    address: '',
    port: 0,
    reached: 0,
    others: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.link = reader.uint32();
        break;
      case 18:
        message.transport = reader.string();
        break;
      case 26:
        message.address = reader.string();
        break;
      case 32:
        message.port = reader.uint32();
        break;
      case 40:
        message.reached = reader.uint32();
        break;
      case 48:
        message.others = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A connection of a program to a service. */
export interface ClientView {
  id: number;
  service: string;
  pid: number;
  /** The program, as the kernel names it. */
  program: string;
  /** Of CPG. */
  group?: string;
  requests: number;
  events: number;
  /** Requests that had to wait, or were refused, because the ring took nothing. */
  delayed: number;
  /** Events that wait for the client to read. */
  queued: number;
}

export const ClientView = {
  encode(message: ClientView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeClientView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ClientView {
    return decoded('ClientView', bytes, readClientView);
  },
  view(bytes: Uint8Array): ClientView {
    return decoded('ClientView', bytes, readClientView);
  },
};

function writeClientView(writer: protobuf.Writer, message: ClientView): void {
  if (message.id !== 0) writer.uint32(8).uint32(message.id);
  if (message.service !== '') writer.uint32(18).string(message.service);
  if (message.pid !== 0) writer.uint32(24).uint32(message.pid);
  if (message.program !== '') writer.uint32(34).string(message.program);
  if (message.group !== undefined) writer.uint32(42).string(message.group);
  if (message.requests !== 0) writer.uint32(48).uint64(whole(message.requests));
  if (message.events !== 0) writer.uint32(56).uint64(whole(message.events));
  if (message.delayed !== 0) writer.uint32(64).uint64(whole(message.delayed));
  if (message.queued !== 0) writer.uint32(72).uint32(message.queued);
}

function readClientView(reader: protobuf.Reader, length: number): ClientView {
  const end = reader.pos + length;
  const message: ClientView = {
    id: 0,
    service: '',
    pid: 0,
    program: '',
    requests: 0,
    events: 0,
    delayed: 0,
    queued: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.id = reader.uint32();
        break;
      case 18:
        message.service = reader.string();
        break;
      case 24:
        message.pid = reader.uint32();
        break;
      case 34:
        message.program = reader.string();
        break;
      case 42:
        message.group = reader.string();
        break;
      case 48:
        message.requests = whole(reader.uint64());
        break;
      case 56:
        message.events = whole(reader.uint64());
        break;
      case 64:
        message.delayed = whole(reader.uint64());
        break;
      case 72:
        message.queued = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** A group of CPG, cluster-wide. */
export interface GroupView {
  name: string;
  processes: number;
  nodes: number[];
}

export const GroupView = {
  encode(message: GroupView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeGroupView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): GroupView {
    return decoded('GroupView', bytes, readGroupView);
  },
  view(bytes: Uint8Array): GroupView {
    return decoded('GroupView', bytes, readGroupView);
  },
};

function writeGroupView(writer: protobuf.Writer, message: GroupView): void {
  if (message.name !== '') writer.uint32(10).string(message.name);
  if (message.processes !== 0) writer.uint32(16).uint32(message.processes);
  if (message.nodes.length > 0) {
    writer.uint32(26).fork();
    for (const one of message.nodes) writer.uint32(one);
    writer.ldelim();
  }
}

function readGroupView(reader: protobuf.Reader, length: number): GroupView {
  const end = reader.pos + length;
  const message: GroupView = {
    name: '',
    processes: 0,
    nodes: [],
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 16:
        message.processes = reader.uint32();
        break;
      case 24:
        message.nodes.push(reader.uint32());
        break;
      case 26:
        for (const last = packedEnd(reader); reader.pos < last;) message.nodes.push(reader.uint32());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The last regular configuration. */
export interface ChangeView {
  /** Milliseconds since 1970. */
  timeMs: number;
  joined: number[];
  left: number[];
  /** Regular configurations since the start, this one included. */
  count: number;
}

export const ChangeView = {
  encode(message: ChangeView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeChangeView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): ChangeView {
    return decoded('ChangeView', bytes, readChangeView);
  },
  view(bytes: Uint8Array): ChangeView {
    return decoded('ChangeView', bytes, readChangeView);
  },
};

function writeChangeView(writer: protobuf.Writer, message: ChangeView): void {
  if (!Object.is(message.timeMs, 0)) writer.uint32(9).double(message.timeMs);
  if (message.joined.length > 0) {
    writer.uint32(18).fork();
    for (const one of message.joined) writer.uint32(one);
    writer.ldelim();
  }
  if (message.left.length > 0) {
    writer.uint32(26).fork();
    for (const one of message.left) writer.uint32(one);
    writer.ldelim();
  }
  if (message.count !== 0) writer.uint32(32).uint32(message.count);
}

function readChangeView(reader: protobuf.Reader, length: number): ChangeView {
  const end = reader.pos + length;
  const message: ChangeView = {
    timeMs: 0,
    joined: [],
    left: [],
    count: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 9:
        message.timeMs = reader.double();
        break;
      case 16:
        message.joined.push(reader.uint32());
        break;
      case 18:
        for (const last = packedEnd(reader); reader.pos < last;) message.joined.push(reader.uint32());
        break;
      case 24:
        message.left.push(reader.uint32());
        break;
      case 26:
        for (const last = packedEnd(reader); reader.pos < last;) message.left.push(reader.uint32());
        break;
      case 32:
        message.count = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** Since the start. */
export interface TotalsView {
  sent: number;
  delivered: number;
  /** Frames sent again for others, and asked for again by this node. */
  retransmitted: number;
  retransmitRequests: number;
  tokens: number;
  tokensLost: number;
  bytesSent: number;
  bytesReceived: number;
  /** Datagrams that could not be sent, and received ones that were dropped. */
  sendErrors: number;
  dropped: number;
}

export const TotalsView = {
  encode(message: TotalsView): Uint8Array {
    const writer = protobuf.Writer.create();
    writeTotalsView(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): TotalsView {
    return decoded('TotalsView', bytes, readTotalsView);
  },
  view(bytes: Uint8Array): TotalsView {
    return decoded('TotalsView', bytes, readTotalsView);
  },
};

function writeTotalsView(writer: protobuf.Writer, message: TotalsView): void {
  if (message.sent !== 0) writer.uint32(8).uint64(whole(message.sent));
  if (message.delivered !== 0) writer.uint32(16).uint64(whole(message.delivered));
  if (message.retransmitted !== 0) writer.uint32(24).uint64(whole(message.retransmitted));
  if (message.retransmitRequests !== 0) writer.uint32(32).uint64(whole(message.retransmitRequests));
  if (message.tokens !== 0) writer.uint32(40).uint64(whole(message.tokens));
  if (message.tokensLost !== 0) writer.uint32(48).uint64(whole(message.tokensLost));
  if (message.bytesSent !== 0) writer.uint32(56).uint64(whole(message.bytesSent));
  if (message.bytesReceived !== 0) writer.uint32(64).uint64(whole(message.bytesReceived));
  if (message.sendErrors !== 0) writer.uint32(72).uint64(whole(message.sendErrors));
  if (message.dropped !== 0) writer.uint32(80).uint64(whole(message.dropped));
}

function readTotalsView(reader: protobuf.Reader, length: number): TotalsView {
  const end = reader.pos + length;
  const message: TotalsView = {
    sent: 0,
    delivered: 0,
    retransmitted: 0,
    retransmitRequests: 0,
    tokens: 0,
    tokensLost: 0,
    bytesSent: 0,
    bytesReceived: 0,
    sendErrors: 0,
    dropped: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.sent = whole(reader.uint64());
        break;
      case 16:
        message.delivered = whole(reader.uint64());
        break;
      case 24:
        message.retransmitted = whole(reader.uint64());
        break;
      case 32:
        message.retransmitRequests = whole(reader.uint64());
        break;
      case 40:
        message.tokens = whole(reader.uint64());
        break;
      case 48:
        message.tokensLost = whole(reader.uint64());
        break;
      case 56:
        message.bytesSent = whole(reader.uint64());
        break;
      case 64:
        message.bytesReceived = whole(reader.uint64());
        break;
      case 72:
        message.sendErrors = whole(reader.uint64());
        break;
      case 80:
        message.dropped = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

/** The whole picture. */
export interface OverviewReply {
  status?: StatusReply;
  version: string;
  clusterName: string;
  configFile: string;
  /** Milliseconds since 1970. */
  startedMs: number;
  nowMs: number;
  nodes: NodeView[];
  quorum?: QuorumView;
  links: LinkView[];
  clients: ClientView[];
  groups: GroupView[];
  lastChange?: ChangeView;
  totals?: TotalsView;
  /** Milliseconds since a token came; missing before the first. */
  tokenAgeMs?: number;
  /** Of the configuration: after this a token is lost. */
  tokenTimeoutMs: number;
  /** Attempts in a row that found nobody. */
  continuousGather: number;
  messagesWaiting: number;
  logLinesLost: number;
  /** Why a target of the log takes no lines now, and what to do; missing while all take them. */
  logFailure?: string;
}

export const OverviewReply = {
  encode(message: OverviewReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeOverviewReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): OverviewReply {
    return decoded('OverviewReply', bytes, readOverviewReply);
  },
  view(bytes: Uint8Array): OverviewReply {
    return decoded('OverviewReply', bytes, readOverviewReply);
  },
};

function writeOverviewReply(writer: protobuf.Writer, message: OverviewReply): void {
  if (message.status !== undefined) nested(writer.uint32(10), message.status, writeStatusReply);
  if (message.version !== '') writer.uint32(18).string(message.version);
  if (message.clusterName !== '') writer.uint32(26).string(message.clusterName);
  if (message.configFile !== '') writer.uint32(34).string(message.configFile);
  if (!Object.is(message.startedMs, 0)) writer.uint32(41).double(message.startedMs);
  if (!Object.is(message.nowMs, 0)) writer.uint32(49).double(message.nowMs);
  for (const one of message.nodes) nested(writer.uint32(58), one, writeNodeView);
  if (message.quorum !== undefined) nested(writer.uint32(66), message.quorum, writeQuorumView);
  for (const one of message.links) nested(writer.uint32(74), one, writeLinkView);
  for (const one of message.clients) nested(writer.uint32(82), one, writeClientView);
  for (const one of message.groups) nested(writer.uint32(90), one, writeGroupView);
  if (message.lastChange !== undefined) nested(writer.uint32(98), message.lastChange, writeChangeView);
  if (message.totals !== undefined) nested(writer.uint32(106), message.totals, writeTotalsView);
  if (message.tokenAgeMs !== undefined) writer.uint32(113).double(message.tokenAgeMs);
  if (message.tokenTimeoutMs !== 0) writer.uint32(120).uint32(message.tokenTimeoutMs);
  if (message.continuousGather !== 0) writer.uint32(128).uint32(message.continuousGather);
  if (message.messagesWaiting !== 0) writer.uint32(136).uint32(message.messagesWaiting);
  if (message.logLinesLost !== 0) writer.uint32(144).uint64(whole(message.logLinesLost));
  if (message.logFailure !== undefined) writer.uint32(154).string(message.logFailure);
}

function readOverviewReply(reader: protobuf.Reader, length: number): OverviewReply {
  const end = reader.pos + length;
  const message: OverviewReply = {
    version: '',
    clusterName: '',
    configFile: '',
    startedMs: 0,
    nowMs: 0,
    nodes: [],
    links: [],
    clients: [],
    groups: [],
    tokenTimeoutMs: 0,
    continuousGather: 0,
    messagesWaiting: 0,
    logLinesLost: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.status = readStatusReply(reader, reader.uint32());
        break;
      case 18:
        message.version = reader.string();
        break;
      case 26:
        message.clusterName = reader.string();
        break;
      case 34:
        message.configFile = reader.string();
        break;
      case 41:
        message.startedMs = reader.double();
        break;
      case 49:
        message.nowMs = reader.double();
        break;
      case 58:
        message.nodes.push(readNodeView(reader, reader.uint32()));
        break;
      case 66:
        message.quorum = readQuorumView(reader, reader.uint32());
        break;
      case 74:
        message.links.push(readLinkView(reader, reader.uint32()));
        break;
      case 82:
        message.clients.push(readClientView(reader, reader.uint32()));
        break;
      case 90:
        message.groups.push(readGroupView(reader, reader.uint32()));
        break;
      case 98:
        message.lastChange = readChangeView(reader, reader.uint32());
        break;
      case 106:
        message.totals = readTotalsView(reader, reader.uint32());
        break;
      case 113:
        message.tokenAgeMs = reader.double();
        break;
      case 120:
        message.tokenTimeoutMs = reader.uint32();
        break;
      case 128:
        message.continuousGather = reader.uint32();
        break;
      case 136:
        message.messagesWaiting = reader.uint32();
        break;
      case 144:
        message.logLinesLost = whole(reader.uint64());
        break;
      case 154:
        message.logFailure = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LogRequest {
  /** Only records with a higher number. */
  after: number;
}

export const LogRequest = {
  encode(message: LogRequest): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLogRequest(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LogRequest {
    return decoded('LogRequest', bytes, readLogRequest);
  },
  view(bytes: Uint8Array): LogRequest {
    return decoded('LogRequest', bytes, readLogRequest);
  },
};

function writeLogRequest(writer: protobuf.Writer, message: LogRequest): void {
  if (message.after !== 0) writer.uint32(8).uint64(whole(message.after));
}

function readLogRequest(reader: protobuf.Reader, length: number): LogRequest {
  const end = reader.pos + length;
  const message: LogRequest = {
    after: 0,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.after = whole(reader.uint64());
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LogRecord {
  /** Counts from 1. */
  number: number;
  /** Milliseconds since 1970. */
  timeMs: number;
  severity: string;
  subsystem: string;
  text: string;
}

export const LogRecord = {
  encode(message: LogRecord): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLogRecord(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LogRecord {
    return decoded('LogRecord', bytes, readLogRecord);
  },
  view(bytes: Uint8Array): LogRecord {
    return decoded('LogRecord', bytes, readLogRecord);
  },
};

function writeLogRecord(writer: protobuf.Writer, message: LogRecord): void {
  if (message.number !== 0) writer.uint32(8).uint64(whole(message.number));
  if (!Object.is(message.timeMs, 0)) writer.uint32(17).double(message.timeMs);
  if (message.severity !== '') writer.uint32(26).string(message.severity);
  if (message.subsystem !== '') writer.uint32(34).string(message.subsystem);
  if (message.text !== '') writer.uint32(42).string(message.text);
}

function readLogRecord(reader: protobuf.Reader, length: number): LogRecord {
  const end = reader.pos + length;
  const message: LogRecord = {
    number: 0,
    timeMs: 0,
    severity: '',
    subsystem: '',
    text: '',
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 8:
        message.number = whole(reader.uint64());
        break;
      case 17:
        message.timeMs = reader.double();
        break;
      case 26:
        message.severity = reader.string();
        break;
      case 34:
        message.subsystem = reader.string();
        break;
      case 42:
        message.text = reader.string();
        break;
      default:
        reader.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return message;
}

export interface LogReply {
  records: LogRecord[];
  /** There are more: ask again after the last. */
  more: boolean;
  /** The daemon keeps records (logging.blackbox). */
  kept: boolean;
}

export const LogReply = {
  encode(message: LogReply): Uint8Array {
    const writer = protobuf.Writer.create();
    writeLogReply(writer, message);
    return writer.finish();
  },
  decode(bytes: Uint8Array): LogReply {
    return decoded('LogReply', bytes, readLogReply);
  },
  view(bytes: Uint8Array): LogReply {
    return decoded('LogReply', bytes, readLogReply);
  },
};

function writeLogReply(writer: protobuf.Writer, message: LogReply): void {
  for (const one of message.records) nested(writer.uint32(10), one, writeLogRecord);
  if (message.more !== false) writer.uint32(16).bool(message.more);
  if (message.kept !== false) writer.uint32(24).bool(message.kept);
}

function readLogReply(reader: protobuf.Reader, length: number): LogReply {
  const end = reader.pos + length;
  const message: LogReply = {
    records: [],
    more: false,
    kept: false,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        message.records.push(readLogRecord(reader, reader.uint32()));
        break;
      case 16:
        message.more = reader.bool();
        break;
      case 24:
        message.kept = reader.bool();
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

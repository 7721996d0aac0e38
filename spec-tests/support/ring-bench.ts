import type { Store } from '../../core/base/store.js';
import type { FrameBatch } from '../../core/net/transport.js';
import { formatRingId, type Guarantee, type RingId } from '../../core/totem/ring.js';
import { DEFAULT_RING_PARAMETERS, type RingParameters } from '../../core/totem/srp/parameters.js';
import { MCAST_HEADER_BYTES, type RingPortListener } from '../../core/totem/srp/port.js';
import type { RingState } from '../../core/totem/srp/ring-state.js';
import { SingleRing } from '../../core/totem/srp/single-ring.js';
import { FrameType } from '../../core/totem/wire/header.js';
import type { CommitEntry, CommitToken, Join } from '../../core/totem/wire/membership.js';
import { FakeClock } from './fake-clock.js';
import { ScriptedTransport, WatchedMemory } from './scripted-transport.js';
import { decodeFrame, frameOf, type Frame, type Token } from './totem-frames.js';

/** A clock whose process can be stopped for a while: time passes, no timer expires. */
export class BenchClock extends FakeClock {
  private skipped = 0;

  override now(): number {
    return super.now() + this.skipped;
  }

  freeze(milliseconds: number): void {
    this.skipped += milliseconds;
  }
}

export interface BenchOptions {
  /** The node under test; default 2. */
  nodeId?: number;
  /** The configured nodes; default 1, 2, 3. */
  nodes?: readonly number[];
  parameters?: Partial<RingParameters>;
  littleEndian?: boolean;
  /** Byte order of the peers' frames; default: that of the node. */
  peersLittleEndian?: boolean;
  firstSeq?: number;
  firstTokenSeq?: number;
  netmtu?: number;
  /** What outlives the process. */
  stored?: Map<string, Uint8Array>;
  /** Called instead of keeping bytes, to fail. */
  save?: (key: string, bytes: Uint8Array) => void;
  below?: (limit: number) => number;
  slots?: number;
  /** A clock that several benches share. */
  clock?: BenchClock;
}

/** What a script says of a member's old ring; the rest is that of a node that has everything. */
export type Entries = Record<number, Partial<CommitEntry>>;

const utf8 = new TextDecoder();

/**
 * One node's ring with a scripted network: the test plays all other nodes. Events the layer above sees are lines of text
 * in `events`, in order.
 */
export class RingBench {
  readonly nodeId: number;
  readonly nodes: readonly number[];
  readonly clock: BenchClock;
  readonly memory: WatchedMemory;
  readonly transport: ScriptedTransport;
  readonly ring: SingleRing;
  readonly stored: Map<string, Uint8Array>;
  readonly fatal: Error[] = [];
  readonly log: string[] = [];
  events: string[] = [];
  /** Called after each event is noted; a service above reacts here. */
  onEvent: (event: string) => void = () => undefined;
  private readonly batch: { count: number; frames: Int32Array; lengths: Int32Array } & FrameBatch;

  constructor(readonly options: BenchOptions = {}) {
    this.clock = options.clock ?? new BenchClock();
    this.nodeId = options.nodeId ?? 2;
    this.nodes = options.nodes ?? [1, 2, 3];
    this.stored = options.stored ?? new Map<string, Uint8Array>();
    this.memory = WatchedMemory.watched(2048, options.slots ?? 1024, 16);
    this.transport = new ScriptedTransport(this.memory, this.nodeId, this.nodes);
    this.batch = { count: 0, frames: new Int32Array(256), lengths: new Int32Array(256) };
    const store: Store = {
      load: (key) => this.stored.get(key),
      save: options.save ?? ((key, bytes) => void this.stored.set(key, bytes.slice())),
    };
    this.ring = new SingleRing({
      nodeId: this.nodeId,
      transport: this.transport,
      clock: this.clock,
      entropy: { below: options.below ?? (() => 0) },
      store,
      logger: { enabled: () => true, log: (severity, line) => void this.log.push(`${severity} ${line}`) },
      parameters: { ...DEFAULT_RING_PARAMETERS, ...options.parameters },
      netmtu: options.netmtu ?? 1500,
      nodes: this.nodes,
      fatal: (error) => void this.fatal.push(error),
      ...(options.littleEndian === undefined ? {} : { littleEndian: options.littleEndian }),
      ...(options.firstSeq === undefined ? {} : { firstSeq: options.firstSeq }),
      ...(options.firstTokenSeq === undefined ? {} : { firstTokenSeq: options.firstTokenSeq }),
    });
  }

  /** The ring's inner state, where a script needs numbers that no frame shows. */
  get state(): RingState {
    return (this.ring as unknown as { ring: RingState }).ring;
  }

  /** Byte order of the frames that the script makes. */
  get littleEndian(): boolean {
    return this.options.peersLittleEndian ?? this.options.littleEndian ?? true;
  }

  private readonly listener: RingPortListener = {
    tokenReceived: () => undefined,
    deliver: (offset, length, sender) => {
      this.note(`deliver ${sender} ${utf8.decode(this.memory.bytes.subarray(offset, offset + length))}`);
    },
    configuration: ({ kind, ringId, members, left, joined }) => {
      const change = kind === 'transitional' ? `left [${left.join()}]` : `joined [${joined.join()}]`;
      if ((kind === 'transitional' ? joined : left).length > 0)
        throw new Error(`wrong lists in a ${kind} configuration`);
      this.note(`${kind} ${formatRingId(ringId)} [${members.join()}] ${change}`);
    },
    queueChanging: (transitional) => this.note(`queue ${transitional ? 'transitional' : 'normal'}`),
    assemblyChanging: () => this.note('assembly'),
  };

  private note(event: string): void {
    this.events.push(event);
    this.onEvent(event);
  }

  /** Opens the ring; with `up` its interface is found at once, and it begins to gather. */
  start(up = true): this {
    this.ring.start(this.listener);
    if (up) this.ring.interfaceChanged(true);
    return this;
  }

  /** Hands frames over as one batch. */
  receive(...frames: readonly Uint8Array[]): void {
    if (this.transport.closed) return;
    this.batch.count = frames.length;
    for (const [i, bytes] of frames.entries()) {
      const frame = this.memory.allocate(bytes.length);
      if (frame < 0) throw new Error('the script has no frame left');
      this.memory.bytes.set(bytes, this.memory.offsetOf(frame));
      this.batch.frames[i] = frame;
      this.batch.lengths[i] = bytes.length;
    }
    this.transport.receiver!.receive(this.batch);
  }

  /** Hands over what the node sent to itself until now, one frame a batch. Returns how many. */
  loop(): number {
    const frames = this.transport.toSelf.splice(0);
    for (const bytes of frames) this.receive(bytes);
    return frames.length;
  }

  /** Queues a message of the layer above. */
  send(payload: string, guarantee: Guarantee = 0): void {
    this.sendBytes(Buffer.from(payload), guarantee);
  }

  sendBytes(bytes: Uint8Array, guarantee: Guarantee = 0): void {
    const frame = this.memory.allocate(this.memory.slotBytes);
    if (frame < 0) throw new Error('no frame is free');
    this.memory.bytes.set(bytes, this.memory.offsetOf(frame) + MCAST_HEADER_BYTES);
    this.ring.enqueue(frame, bytes.length, guarantee);
  }

  /** What was sent since the last call, decoded. */
  take(): (Frame & { to: number | 'all'; bytes: Uint8Array })[] {
    return this.transport.sent.splice(0).map(({ to, bytes }) => {
      const frame = decodeFrame(bytes);
      if (frame === undefined) throw new Error('the node sent a frame that is refused');
      return { ...frame, to, bytes };
    });
  }

  /** What was sent since the last call, of one type. */
  takeOf<Type extends Frame['type']>(type: Type): (Extract<Frame, { type: Type }> & { to: number | 'all' })[] {
    return this.take().filter((frame) => frame.type === type) as never;
  }

  takeEvents(): string[] {
    return this.events.splice(0);
  }

  private lastOf(type: number): Frame | undefined {
    const sent = this.transport.last.get(type);
    return sent && decodeFrame(sent.bytes);
  }

  /** The last JOIN, commit token and ORF token this node sent. */
  get lastJoin(): Join {
    const frame = this.lastOf(FrameType.JOIN);
    if (frame?.type !== 'join') throw new Error('no JOIN was sent');
    return frame.join;
  }

  get lastCommit(): CommitToken {
    const frame = this.lastOf(FrameType.COMMIT_TOKEN);
    if (frame?.type !== 'commit') throw new Error('no commit token was sent');
    return frame.commit;
  }

  get lastToken(): Token {
    const frame = this.lastOf(FrameType.ORF_TOKEN);
    if (frame?.type !== 'token') throw new Error('no token was sent');
    return frame.token;
  }

  /** Each of `peers` that this node does not know of says that it is there too. */
  introduce(peers: readonly number[], ringSeq = this.ring.ringId.seq): void {
    for (const peer of peers) {
      const { procList, failedList } = this.lastJoin;
      if (procList.includes(peer)) continue;
      this.receive(frameOf.join(peer, [...procList, peer], failedList, ringSeq, this.littleEndian));
    }
  }

  /** Each of `peers` says what this node says: JOINs that agree with its last one. */
  agree(peers: readonly number[]): void {
    for (const peer of peers) {
      if (peer === this.nodeId || this.ring.phase !== 'gather') continue;
      const { procList, failedList } = this.lastJoin;
      this.receive(frameOf.join(peer, procList, failedList, this.ring.ringId.seq, this.littleEndian));
    }
  }

  /**
   * Brings the node to GATHER with consensus on `members`. As the lowest of them it is in COMMIT afterwards. `others` is
   * the ring sequence the peers come with.
   */
  gather(members: readonly number[], ringSeq = this.ring.ringId.seq): void {
    if (this.ring.phase !== 'gather') this.ring.interfaceChanged(true);
    const peers = members.filter((node) => node !== this.nodeId);
    // Agreeing comes after, or it could be agreed on fewer members.
    this.introduce(peers, ringSeq);
    for (let round = 0; round < 3; round++) {
      this.agree(peers);
      // Alone it agrees with itself.
      if (peers.length === 0) this.loop();
      if (this.ring.phase !== 'gather') return;
      const { procList, failedList } = this.lastJoin;
      if (procList.filter((node) => !failedList.includes(node)).length === members.length) return;
      this.clock.advance(this.state.parameters.consensusMs);
    }
    throw new Error(`no consensus on ${members.join()}: ${JSON.stringify(this.lastJoin)}`);
  }

  /** Who this node wants to form a ring with, ascending. */
  get candidates(): number[] {
    const { procList, failedList } = this.state;
    return [...procList].filter((node) => !failedList.has(node)).sort((a, b) => a - b);
  }

  private entryOf(node: number, entries: Entries): CommitEntry {
    const { order, members } = this.state;
    const companion = members.includes(node);
    return {
      ringId: companion ? order.ringId : { representative: node, seq: 5 },
      aru: companion ? order.aru : 0,
      highDelivered: companion ? order.highDelivered : 0,
      receivedFlag: 1,
      ...entries[node],
    };
  }

  /** From GATHER with consensus to COMMIT: the lowest node's commit token comes with the entries before this node's. */
  commit(entries: Entries = {}, ringSeq = this.state.highestRingSeq + 4): void {
    if (this.ring.phase === 'commit') return;
    const members = this.candidates;
    const filled = members.indexOf(this.nodeId);
    const none: CommitEntry = { ringId: { representative: 0, seq: 0 }, aru: 0, highDelivered: 0, receivedFlag: 0 };
    this.receive(
      frameOf.commit(
        {
          sender: members[filled - 1]!,
          target: 0,
          tokenSeq: filled,
          ringId: { representative: members[0]!, seq: ringSeq },
          retransFlag: 0,
          filled,
          members,
          entries: members.map((node, i) => (i < filled ? this.entryOf(node, entries) : none)),
        },
        this.littleEndian,
      ),
    );
  }

  /** From COMMIT to RECOVERY: the others fill their entries and the token comes back. */
  recover(entries: Entries = {}): void {
    const token = this.lastCommit;
    const { members, filled } = token;
    const last = members.indexOf(this.nodeId) - 1;
    this.receive(
      frameOf.commit(
        {
          ...token,
          sender: members.at(last)!,
          tokenSeq: token.tokenSeq + members.length - 1,
          filled: members.length,
          entries: token.entries.map((entry, i) => (i < filled ? entry : this.entryOf(members[i]!, entries))),
        },
        this.littleEndian,
      ),
    );
  }

  /** The token as it comes to this node next, when the other members have every message and send none. */
  get nextToken(): Token {
    const token = this.lastToken;
    const others = this.state.formingMembers.filter((node) => node !== this.nodeId);
    const { aru, aruAddr } = aruAfter(token, others);
    const sender = others.at(others.findIndex((node) => node > this.nodeId) - 1) ?? this.nodeId;
    return { ...token, sender, tokenSeq: (token.tokenSeq + others.length) >>> 0, aru, aruAddr };
  }

  /** The first ORF token as it comes to this node. */
  get firstToken(): Token {
    const { ringId, formingMembers } = this.state;
    const seq = this.options.firstSeq ?? 0;
    const place = formingMembers.indexOf(this.nodeId);
    return {
      sender: formingMembers[place - 1]!,
      target: 0,
      seq,
      tokenSeq: ((this.options.firstTokenSeq ?? 0) + place - 1) >>> 0,
      aru: (seq - 1) >>> 0,
      aruAddr: formingMembers[0]!,
      ringId,
      backlog: 0,
      fcc: 0,
      retransFlag: 0,
      requests: [],
    };
  }

  /** Brings the first token of the ring being recovered to this node, or lets it send it. Call once, in RECOVERY. */
  firstVisit(changes: Partial<Token> = {}): void {
    if (this.state.isRepresentative) {
      const token = this.lastCommit;
      const tokenSeq = token.tokenSeq + token.members.length - 1;
      this.receive(frameOf.commit({ ...token, tokenSeq }, this.littleEndian));
    } else {
      this.receive(frameOf.token({ ...this.firstToken, ...changes }, this.littleEndian));
    }
  }

  /** One rotation: the token comes back to this node as `nextToken`, with `changes`. Returns what it made of it. */
  visit(changes: Partial<Token> = {}): Token {
    this.receive(frameOf.token({ ...this.nextToken, ...changes }, this.littleEndian));
    return this.lastToken;
  }

  /** From RECOVERY to OPERATIONAL, with rotations until it is there. */
  install(): void {
    this.firstVisit();
    for (let i = 0; i < 40 && this.ring.phase === 'recovery'; i++) this.visit();
    if (this.ring.phase !== 'operational') throw new Error(`the ring did not become operational: ${this.ring.phase}`);
  }

  /** From wherever it is to OPERATIONAL with `members`. */
  form(members: readonly number[], entries: Entries = {}): this {
    this.gather(members);
    this.commit(entries);
    this.recover(entries);
    this.install();
    return this;
  }

  /** The same, and the synchronization of the ring done; what was sent and seen on the way is forgotten. */
  operational(members: readonly number[] = this.nodes): this {
    if (!this.state.started) this.start();
    this.form(members);
    // Rings are merged again once the token has come back: then all members have installed this one.
    this.visit();
    this.ring.synchronized();
    this.take();
    this.takeEvents();
    this.transport.toSelf.length = 0;
    return this;
  }

  get ringId(): RingId {
    return this.ring.ringId;
  }
}

/** aru of a token after visits of `others` who have every message up to its seq (6.4). */
function aruAfter(token: Token, others: readonly number[]): Pick<Token, 'aru' | 'aruAddr'> {
  let { aru, aruAddr } = token;
  for (const node of others) {
    if (aruAddr !== 0 && aruAddr !== node) continue;
    aru = token.seq;
    aruAddr = 0;
  }
  return { aru, aruAddr };
}

import type { MessageView } from '../../base/message-view.js';
import { concat } from '../../base/bytes.js';
import { formatRingId } from '../../totem/ring.js';
import type { RingId } from '../../totem/ring.js';
import type { Deadline, Expiries } from './expiries.js';
import { Chunk, Hello } from './messages.proto.js';

/** A member of the ring that has the service. */
export interface Participant {
  /** Which life of its engine it is. */
  readonly run: number;
  /** What its engine tells of the member. */
  readonly announcement: Uint8Array;
}

/** Members that had the same state when synchronization began: a side of a partition, or those who stayed together. */
export interface Branch<S> {
  /** Ascending. */
  readonly nodes: readonly number[];
  /** Whether one of them comes from a ring that was quorate: at most one side of a partition does, where quorum is counted. */
  readonly quorate: boolean;
  readonly state: S;
}

/** What all members know at the end of synchronization, the same on each. */
export interface TransferResult<S> {
  readonly ringId: RingId;
  /** Of the ring. */
  readonly members: readonly number[];
  /** By node id, ascending. */
  readonly participants: ReadonlyMap<number, Participant>;
  /** Those that are quorate first, then the largest, then that with the lowest node id. Empty: nobody had any state. */
  readonly branches: readonly Branch<S>[];
  /** The times that each branch awaits; undefined: its times are this node's. */
  readonly deadlines: readonly (readonly Deadline[] | undefined)[];
  /** The position of this node's own branch; undefined: its engine was new, or its branch could not be sent. */
  readonly own: number | undefined;
  /** The most ordered messages that a member has handled. */
  readonly sequence: number;
}

/** What the transfer asks of the engine. */
export interface TransferSource<S> {
  readonly nodeId: number;
  readonly run: number;
  readonly sequence: number;
  readonly state: S;
  readonly expiries: Expiries;
  /** Whether the node's part of the cluster is quorate now. */
  readonly quorate: boolean;
  announcement(): Uint8Array;
  /** The state as records of any length. It is read a few at a time; the state does not change meanwhile. */
  snapshot(): Iterable<Uint8Array>;
  /** An empty state to load another branch into. */
  stage(): S;
  /** Adds one record of a snapshot to a stage. */
  load(stage: S, record: Uint8Array): void;
  multicastHello(body: Uint8Array): boolean;
  multicastChunk(body: Uint8Array): boolean;
}

/** Bytes of records in one message, and messages at one visit of the token: the ring's other work goes on between. */
const CHUNK_BYTES = 32 * 1024;
const CHUNKS_A_VISIT = 8;

interface Staged<S> {
  readonly sender: number;
  /** Undefined: this node's own lineage, nothing needs loading. */
  readonly state: S | undefined;
  readonly deadlines: Deadline[];
  /** The beginning of a record that was cut. */
  cut: Uint8Array[];
  complete: boolean;
}

/**
 * The exchange of state in synchronization. Every member says hello first; whoever's hello is the first of its lineage in
 * the order of messages sends that lineage's state, so that each state is sent once, by a member that is there. Members of
 * the lineage itself keep what they have; the others load the records as they come, aside, and use them at the end.
 */
export class StateTransfer<S> {
  private lineage = '';
  private ringId: RingId | undefined;
  private members: readonly number[] = [];
  /** Of the ring that this node was synchronized on last, at its end. */
  private quorate = false;
  private readonly hellos = new Map<number, Hello>();
  private readonly staged = new Map<string, Staged<S>>();
  private helloSent = false;
  private settled = false;
  /** What is being sent: the service's records, then the deadlines. */
  private records: Iterator<Uint8Array> | undefined;
  private sendsDeadlines = false;
  private waiting: Chunk | undefined;
  /** What of the last record did not fit into the chunk before. */
  private rest: Uint8Array | undefined;

  constructor(private readonly source: TransferSource<S>) {}

  init(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    // Quorum is counted anew before the services' turn: after a synchronization that was interrupted it is the new ring's.
    if (this.settled) this.quorate = this.source.quorate;
    this.settled = false;
    this.abort();
    // Who came along delivered the same messages; who did not may differ from now on.
    if (this.lineage !== '') this.lineage += `|${transitional.join()}`;
    this.ringId = ringId;
    this.members = members;
  }

  /** False while something is left to send. */
  process(): boolean {
    const { source } = this;
    if (!this.helloSent) {
      const { run, sequence } = source;
      const { lineage, quorate } = this;
      const hello = { ...this.ring(), run, lineage, sequence, quorate, announcement: source.announcement() };
      this.helloSent = source.multicastHello(Hello.encode(hello));
      return false;
    }
    if (!this.hellos.has(source.nodeId)) return false;
    if (this.staged.get(this.lineage)?.sender !== source.nodeId) return true;
    for (let sent = 0; sent < CHUNKS_A_VISIT; sent++) {
      this.waiting ??= this.nextChunk();
      if (!source.multicastChunk(Chunk.encode(this.waiting))) return false;
      const { last } = this.waiting;
      this.waiting = undefined;
      if (last) return true;
    }
    return false;
  }

  /** A hello has come. */
  hello(message: Uint8Array, sender: number): void {
    const hello = Hello.decode(message);
    if (!this.isOfRing(hello) || !this.members.includes(sender) || this.hellos.has(sender)) return;
    this.hellos.set(sender, hello);
    const { lineage } = hello;
    if (lineage === '' || this.staged.has(lineage)) return;
    const state = lineage === this.lineage ? undefined : this.source.stage();
    this.staged.set(lineage, { sender, state, deadlines: [], cut: [], complete: false });
  }

  /** A chunk has come. Throws when it cannot be loaded: this node could not have the others' state then. */
  chunk(message: Uint8Array, sender: number): void {
    const chunk = Chunk.decode(message);
    const lineage = this.hellos.get(sender)?.lineage ?? '';
    const staged = this.staged.get(lineage);
    if (!this.isOfRing(chunk) || staged?.sender !== sender) return;
    if (chunk.last) staged.complete = true;
    if (staged.state === undefined) return;
    chunk.records.forEach((record, index) => {
      if (chunk.cut && index === chunk.records.length - 1) {
        staged.cut.push(record);
        return;
      }
      const whole = staged.cut.length === 0 ? record : concat([...staged.cut, record]);
      staged.cut = [];
      try {
        if (chunk.deadlines) staged.deadlines.push(this.source.expiries.read(whole));
        else this.source.load(staged.state!, whole);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`node ${sender} sent state that cannot be loaded: ${why}`, { cause: error });
      }
    });
  }

  /** Every member has sent what it has. Throws when this node needs a state that its sender failed to send. */
  activate(): TransferResult<S> {
    const ringId = this.ringId!;
    const participants = new Map(
      [...this.hellos].sort(([a], [b]) => a - b).map(([node, { run, announcement }]) => [node, { run, announcement }]),
    );
    const nodesOf = (lineage: string): number[] =>
      [...participants.keys()].filter((node) => this.hellos.get(node)!.lineage === lineage);
    const branches = [...this.staged]
      .filter(([, staged]) => staged.complete)
      .map(([lineage, { state = this.source.state, deadlines }]) => ({
        lineage,
        nodes: nodesOf(lineage),
        quorate: nodesOf(lineage).some((node) => this.hellos.get(node)!.quorate),
        state,
        deadlines,
      }))
      .sort(
        (a, b) => Number(b.quorate) - Number(a.quorate) || b.nodes.length - a.nodes.length || a.nodes[0]! - b.nodes[0]!,
      );
    const position = branches.findIndex((branch) => branch.lineage === this.lineage);
    const own = position < 0 ? undefined : position;
    const deadlines = branches.map((branch, index) => (index === own ? undefined : branch.deadlines));
    if (branches.length === 0 && this.staged.size > 0 && this.lineage === '') {
      throw new Error('the member that had the state failed while it sent it; restart the service on this node');
    }
    const sequence = Math.max(...[...this.hellos.values()].map((hello) => hello.sequence));
    const { members } = this;
    this.abort();
    this.lineage = formatRingId(ringId);
    this.settled = true;
    return { ringId, members, participants, branches, deadlines, own, sequence };
  }

  /** Forgets what was collected. */
  abort(): void {
    this.ringId = undefined;
    this.hellos.clear();
    this.staged.clear();
    this.helloSent = false;
    this.records = undefined;
    this.sendsDeadlines = false;
    this.waiting = undefined;
    this.rest = undefined;
  }

  private nextChunk(): Chunk {
    const chunk: Chunk = { ...this.ring(), records: [], cut: false, last: false, deadlines: this.sendsDeadlines };
    let room = CHUNK_BYTES;
    while (room > 0) {
      const record = this.rest ?? this.nextRecord();
      this.rest = undefined;
      if (record === undefined) {
        if (this.sendsDeadlines) chunk.last = true;
        this.sendsDeadlines = true;
        this.records = this.source.expiries.records()[Symbol.iterator]();
        break;
      }
      if (record.length > room && (record.length > CHUNK_BYTES || chunk.records.length === 0)) {
        chunk.records.push(record.subarray(0, room));
        chunk.cut = true;
        this.rest = record.subarray(room);
        break;
      }
      if (record.length > room) {
        this.rest = record;
        break;
      }
      chunk.records.push(record);
      // An empty record costs something too.
      room -= record.length + 4;
    }
    return chunk;
  }

  private nextRecord(): Uint8Array | undefined {
    this.records ??= this.source.snapshot()[Symbol.iterator]();
    const { done, value } = this.records.next();
    return done === true ? undefined : value;
  }

  private ring(): { representative: number; seq: number } {
    return { representative: this.ringId!.representative, seq: this.ringId!.seq };
  }

  private isOfRing({ representative, seq }: { representative: number; seq: number }): boolean {
    return this.ringId !== undefined && this.ringId.representative === representative && this.ringId.seq === seq;
  }
}

/** What follows the 16-byte header of a ring message, in place. */
export function bodyOf(message: MessageView): Uint8Array {
  return message.subarray(16, message.length - 16);
}

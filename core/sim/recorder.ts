import { formatRingId } from '../totem/ring.js';
import type { Configuration, RingId } from '../totem/ring.js';
import type { History, HistoryEvent, MessageInfo, ProcessInfo } from './checker/history.js';
import type { Violation } from './checker/violation.js';
import { Digest } from './digest.js';
import type { FrameTrace } from './frame-trace.js';
import type { NetworkObserver } from './network.js';
import type { Packet } from './packet.js';
import type { Scheduler } from './scheduler.js';

/** Bytes of each frame that go into the digest: every header, and the beginning of the contents. */
const DIGESTED_BYTES = 64;
/** Bytes kept of each frame that is traced: a JOIN of a small cluster is whole. */
const TRACED_BYTES = 128;

/** Writes down what happens in a run: the history for the checker, the digest, and on demand every frame. */
export class Recorder implements NetworkObserver {
  readonly processes: ProcessInfo[] = [];
  readonly messages: MessageInfo[] = [];
  readonly events: HistoryEvent[] = [];
  /** What is wrong whatever the checker says: an exception, a frame released twice, a service that failed. */
  readonly problems: Violation[] = [];
  readonly digest = new Digest();
  readonly frames: FrameTrace[] = [];
  framesSent = 0;
  clientEvents = 0;
  /** Rings that were installed, each counted by each of its members. */
  rings = 0;
  readonly framesLost: Record<string, number> = {};
  /** Messages of processes that still run, which their senders have not delivered themselves. */
  outstanding = 0;
  /** Messages that their senders have delivered themselves. */
  ownDelivered = 0;
  private readonly owed: (Set<number> | undefined)[] = [];
  /** How often a node's store was lost: its ring ids begin again, and are told apart by this. */
  private readonly storesLost = new Map<number, number>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly traceFrames: boolean,
  ) {}

  get history(): History {
    return { processes: this.processes, messages: this.messages, events: this.events };
  }

  /** A node begins a life. */
  begin(nodeId: number): ProcessInfo {
    const life = this.processes.filter((process) => process.nodeId === nodeId).length;
    const process = { index: this.processes.length, nodeId, life };
    this.processes.push(process);
    this.owed.push(new Set());
    this.note(process.index, 'starts');
    return process;
  }

  end(process: number, kind: 'crash' | 'leave'): void {
    this.outstanding -= this.owed[process]?.size ?? 0;
    this.owed[process] = undefined;
    this.add({ kind, at: this.scheduler.now, process });
  }

  /** Whether the process has not come to its end. */
  isRunning(process: number): boolean {
    return this.owed[process] !== undefined;
  }

  storeLost(nodeId: number): void {
    this.storesLost.set(nodeId, (this.storesLost.get(nodeId) ?? 0) + 1);
  }

  /** The number of the next message, if it is taken: then `sent` has to follow. */
  get nextMessage(): number {
    return this.messages.length;
  }

  sent(packet: Packet, to: number): void {
    const { digest } = this;
    this.framesSent++;
    digest.number(this.scheduler.now);
    digest.word((packet.from << 16) ^ to);
    digest.word(packet.length);
    digest.bytes(packet.bytes, Math.min(DIGESTED_BYTES, packet.length));
    if (!this.traceFrames) return;
    const { from, type, length, bytes } = packet;
    const head = bytes.slice(0, Math.min(TRACED_BYTES, length));
    packet.trace = { at: this.scheduler.now, from, to, type, bytes: length, head, fates: [] };
    this.frames.push(packet.trace);
  }

  arrived(packet: Packet, to: number): void {
    packet.trace?.fates.push({ to, at: this.scheduler.now, lost: '' });
  }

  lost(packet: Packet, to: number, why: string): void {
    this.framesLost[why] = (this.framesLost[why] ?? 0) + 1;
    this.digest.word((packet.from << 16) ^ to ^ packet.length);
    packet.trace?.fates.push({ to, at: this.scheduler.now, lost: why });
  }

  queued(process: number, safe: boolean, stream: number, bytes: number): void {
    const index = this.messages.length;
    this.messages.push({ index, sender: process, safe, bytes, stream });
    this.owed[process]?.add(index);
    this.outstanding++;
    this.add({ kind: 'queue', at: this.scheduler.now, process, message: index });
  }

  delivered(process: number, message: number, from: number, damage?: string): void {
    if (this.owed[process]?.delete(message) === true) {
      this.outstanding--;
      this.ownDelivered++;
    }
    const event = { kind: 'deliver' as const, at: this.scheduler.now, process, message, from };
    this.add(damage === undefined ? event : { ...event, damage });
  }

  installed(process: number, configuration: Configuration): void {
    const { kind, ringId, members, left, joined } = configuration;
    if (kind === 'regular') this.rings++;
    this.add({
      kind,
      at: this.scheduler.now,
      process,
      ring: this.ringName(ringId),
      ringSeq: ringId.seq + 2 ** 40 * (this.storesLost.get(this.processes[process]!.nodeId) ?? 0),
      representative: ringId.representative,
      members: [...members],
      left: [...left],
      joined: [...joined],
    });
  }

  mark(process: number, key: string, value: string): void {
    this.add({ kind: 'mark', at: this.scheduler.now, process, key, value });
  }

  /** Something that a client of a service saw. */
  saw(process: number, text: string): void {
    this.clientEvents++;
    const { digest } = this;
    digest.number(this.scheduler.now);
    digest.word(process);
    digest.text(text);
  }

  /** Something for people who read the history; -1 for the whole cluster. */
  note(process: number, text: string): void {
    this.add({ kind: 'note', at: this.scheduler.now, process, text });
  }

  problem(property: string, text: string): void {
    this.problems.push({ property, text, at: this.scheduler.now });
    this.digest.text(text.split('\n')[0]!);
  }

  /** A ring's name, unique also if its representative has forgotten which names it had given. */
  ringName(ringId: RingId): string {
    const lost = this.storesLost.get(ringId.representative) ?? 0;
    return formatRingId(ringId) + '~'.repeat(lost);
  }

  private add(event: HistoryEvent): void {
    this.events.push(event);
    const { digest } = this;
    digest.number(event.at);
    digest.word(event.process);
    digest.text(event.kind);
    if ('message' in event) digest.word(event.message);
    if ('ring' in event) digest.text(`${event.ring} ${event.members.join()}`);
    if ('value' in event) digest.text(event.key + event.value);
  }
}

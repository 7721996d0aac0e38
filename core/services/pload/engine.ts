import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { MessageView } from '../../base/message-view.js';
import type { Configuration, MessageReceiver } from '../../totem/ring.js';
import type { ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import { Outbox } from '../outbox.js';
import { FinalLoad, START_BYTES } from './final-load.js';
import type { FinalLoadDependencies } from './final-load.js';
import { Refusals, ringHandlers } from '../handlers.js';
import { REQUEST_HEADER } from '../packet.js';

/** What the engine needs from its surroundings. */
export interface PloadDependencies {
  readonly ring: ServiceRing;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Missing: a load that another node orders is counted and not taken part in. */
  readonly finalLoad?: FinalLoadDependencies;
}

/** What has been delivered to this node since `measure`. */
export interface PloadReading {
  readonly messages: number;
  /** Of whole messages, their 16-byte headers included. */
  readonly bytes: number;
  /** Numbered messages that did not follow the one before of their sender: lost, repeated or out of order. */
  readonly disorder: number;
  /** Numbered messages by sender. */
  readonly senders: Readonly<Record<number, number>>;
  /** From the first delivery to the last time the clock was looked at, which is every STAMP_BYTES bytes. */
  readonly elapsedMs: number;
  /** In that time. */
  readonly messagesPerSecond: number;
  /** In units of 10^6 bytes. */
  readonly megabytesPerSecond: number;
}

/** One sender's numbered messages. */
interface Numbered {
  readonly sender: number;
  /** The number that has to come next; undefined before the first. */
  next: number | undefined;
  messages: number;
}

const MCAST = 1;

/** A message with room for it carries u32 NUMBERED and u32 number behind its header; Corosync's load carries nothing. */
const NUMBERED = 0x64616f6c;
const NUMBERED_BYTES = REQUEST_HEADER + 8;
/** Looking at the clock costs as much as a small message: it is done once for so many bytes. */
const STAMP_BYTES = 16 * 1024;
const NOBODY: Numbered = { sender: 0, next: undefined, messages: 0 };

/** Largest message of a load: what Corosync takes at most. */
export const PLOAD_SIZE_LIMIT = 1024 * 1024;

/**
 * The load generator (service 4): multicasts as fast as the ring takes it, and counts what arrives, from whatever node.
 * Messages of 24 bytes and more are numbered, and every node checks each sender's numbers. Corosync's own load, which
 * ends the processes that take part in it, is joined by daemons; what else runs this engine only counts it.
 */
export class PloadEngine implements ServiceEngine {
  readonly name = 'pload';
  readonly id = 4;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  private readonly ring: ServiceRing;
  private readonly clock: Clock;
  private readonly refusals: Refusals;
  private readonly logger: Logger;
  private readonly outbox: Outbox;
  private readonly final: FinalLoad | undefined;
  private parts: readonly Uint8Array[] = [];
  /** Over the message being sent, if it is numbered. */
  private body: DataView | undefined;
  private toSend = 0;
  private taken = 0;
  private waiting = false;
  private count = 0;
  private bytes = 0;
  private disorder = 0;
  private readonly numbered = new Map<number, Numbered>();
  /** The one heard last: messages of a sender come in a row. */
  private speaker = NOBODY;
  private first = 0;
  /** Time, messages and bytes when the clock was looked at, and the bytes to look again at. */
  private stamp = 0;
  private stampedCount = 0;
  private stampedBytes = 0;
  private stampAt = 0;

  constructor({ ring, clock, logger, finalLoad }: PloadDependencies) {
    this.ring = ring;
    this.clock = clock;
    this.refusals = new Refusals(logger);
    this.logger = logger;
    this.outbox = new Outbox(ring, true);
    this.final =
      finalLoad &&
      new FinalLoad(finalLoad, clock, logger, this.outbox, PLOAD_SIZE_LIMIT, (count, size) =>
        this.startLoad(count, size),
      );
    this.messages = ringHandlers(this.refusals, [
      [START_BYTES, (message, sender) => this.ordered(message, sender)],
      [REQUEST_HEADER, (message, sender) => this.delivered(message, sender)],
    ]);
  }

  /**
   * Multicasts `count` messages of `size` bytes (their 16-byte headers included) as fast as the ring takes them. A load
   * that is still running goes on with what was added. Throws a RangeError for a size that cannot be sent.
   */
  startLoad(count: number, size: number): void {
    if (!Number.isInteger(size) || size < REQUEST_HEADER || size > PLOAD_SIZE_LIMIT) {
      throw new RangeError(`a load of ${size} bytes: give a size from ${REQUEST_HEADER} to ${PLOAD_SIZE_LIMIT}.`);
    }
    const body = new Uint8Array(size - REQUEST_HEADER);
    this.parts = [body];
    this.body = size < NUMBERED_BYTES ? undefined : new DataView(body.buffer);
    this.body?.setUint32(0, NUMBERED, true);
    this.toSend += count;
    this.send();
  }

  stopLoad(): void {
    this.toSend = 0;
  }

  start(): void {
    this.final?.start();
  }

  stop(): void {
    this.stopLoad();
    this.final?.stop();
    this.outbox.close();
  }

  /** A node that left begins to count anew if it comes back. */
  configurationChanged({ left }: Configuration): void {
    for (const nodeId of left) this.forget(nodeId);
  }

  /** Messages of the load that the ring has not taken yet. */
  get remaining(): number {
    return this.toSend;
  }

  /** Messages that the ring has taken from this node since it started. */
  get sent(): number {
    return this.taken;
  }

  /** Begins to count anew. */
  measure(): void {
    this.count = this.bytes = this.disorder = 0;
    this.stampedCount = this.stampedBytes = this.stampAt = 0;
    for (const numbered of this.numbered.values()) numbered.messages = 0;
  }

  get reading(): PloadReading {
    const { count, bytes, disorder, stampedCount, stampedBytes } = this;
    const elapsedMs = stampedCount > 1 ? this.stamp - this.first : 0;
    const perSecond = elapsedMs > 0 ? 1000 / elapsedMs : 0;
    return {
      messages: count,
      bytes,
      disorder,
      senders: Object.fromEntries([...this.numbered.values()].map(({ sender, messages }) => [sender, messages])),
      elapsedMs,
      messagesPerSecond: stampedCount * perSecond,
      megabytesPerSecond: (stampedBytes * perSecond) / 1e6,
    };
  }

  dump(): unknown {
    return { ...this.reading, remaining: this.toSend, sent: this.taken };
  }

  private send(): void {
    while (this.toSend > 0) {
      this.body?.setUint32(4, this.taken, true);
      if (!this.ring.multicast(MCAST, this.parts)) break;
      this.toSend--;
      this.taken++;
    }
    if (this.toSend === 0 || this.waiting) return;
    this.waiting = true;
    this.ring.whenRoom(this.room);
  }

  private readonly room = (): void => {
    this.waiting = false;
    this.send();
  };

  private delivered(message: MessageView, sender: number): void {
    this.count++;
    this.bytes += message.length;
    if (this.bytes > this.stampAt) this.lookAtClock();
    if (message.length >= NUMBERED_BYTES && message.u32(REQUEST_HEADER) === NUMBERED) {
      this.follow(sender, message.u32(REQUEST_HEADER + 4));
    }
    this.final?.message();
  }

  private ordered(message: MessageView, sender: number): void {
    if (this.final) this.final.ordered(message, sender);
    else this.logger.log('notice', `node ${sender} starts a load; this node only counts`);
  }

  private lookAtClock(): void {
    this.stamp = this.clock.now();
    if (this.count === 1) this.first = this.stamp;
    this.stampedCount = this.count;
    this.stampedBytes = this.bytes;
    this.stampAt = this.bytes + STAMP_BYTES;
  }

  private follow(sender: number, number: number): void {
    if (this.speaker.sender !== sender) this.speaker = this.numberedOf(sender);
    const { speaker } = this;
    if (speaker.next !== undefined && speaker.next !== number) this.disorder++;
    speaker.next = (number + 1) >>> 0;
    speaker.messages++;
  }

  private numberedOf(sender: number): Numbered {
    let numbered = this.numbered.get(sender);
    if (numbered === undefined) {
      numbered = { sender, next: undefined, messages: 0 };
      this.numbered.set(sender, numbered);
    }
    return numbered;
  }

  private forget(sender: number): void {
    this.numbered.delete(sender);
    if (this.speaker.sender === sender) this.speaker = NOBODY;
  }
}

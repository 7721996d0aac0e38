import type { Clock, Timer } from '../../base/clock.js';
import type { Entropy } from '../../base/entropy.js';
import type { Store } from '../../base/store.js';
import { FrameMemory } from '../../net/frame-memory.js';
import type { FrameReceiver, Transport } from '../../net/transport.js';
import { plentyOf, Tag } from './format.js';
import type { RecordingHeader } from './format.js';
import { Output } from './output-digest.js';
import type { ReplayFeed } from './replay-feed.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The node's clock: readings come from the recording, and so do expiries. */
export class ReplayClock implements Clock {
  private readonly timers: ReplayTimer[] = [];

  constructor(private readonly feed: ReplayFeed) {}

  now(): number {
    const { feed } = this;
    if (feed.asking && feed.expect(Tag.NOW, 'reads the clock')) feed.pass(feed.cursor.number());
    return feed.nowUs / 1000;
  }

  timer(onExpiry: () => void): Timer {
    const timer = new ReplayTimer(onExpiry);
    this.timers.push(timer);
    return timer;
  }

  /** A timer expires; false if there is none of that number or it does not run. */
  expire(number: number): boolean {
    return this.timers[number]?.expire() ?? false;
  }
}

class ReplayTimer implements Timer {
  running = false;

  constructor(private readonly onExpiry: () => void) {}

  start(): void {
    this.running = true;
  }

  stop(): void {
    this.running = false;
  }

  expire(): boolean {
    if (!this.running) return false;
    this.running = false;
    this.onExpiry();
    return true;
  }
}

export class ReplayEntropy implements Entropy {
  constructor(private readonly feed: ReplayFeed) {}

  below(limit: number): number {
    const { feed } = this;
    if (!feed.asking || !feed.expect(Tag.ENTROPY, 'takes a random number')) return 0;
    return feed.cursor.number() % limit;
  }
}

export class ReplayStore implements Store {
  constructor(private readonly feed: ReplayFeed) {}

  load(key: string): Uint8Array | undefined {
    const { feed } = this;
    if (!feed.asking || !feed.expect(Tag.LOADED, `loads "${key}"`)) return undefined;
    const found = feed.cursor.number();
    if (found === 0) return undefined;
    const bytes = feed.cursor.field();
    if (found === 2) throw new Error(decoder.decode(bytes));
    return bytes.slice();
  }

  save(key: string, bytes: Uint8Array): void {
    const { feed } = this;
    feed.digest.begin(Output.STORE, bytes.length);
    feed.digest.bytes(Output.STORE, encoder.encode(key));
    feed.digest.bytes(Output.STORE, bytes);
    if (!feed.asking || !feed.expect(Tag.SAVED, `saves "${key}"`)) return;
    if (feed.cursor.number() === 0) throw new Error(decoder.decode(feed.cursor.field()));
  }
}

/** Memory of the same size as the recorded node's; that nothing was free is in the recording. */
class ReplayFrameMemory extends FrameMemory {
  private readonly plenty: number;

  constructor(
    memory: FrameMemory,
    private readonly feed: ReplayFeed,
  ) {
    super(memory.lent);
    this.plenty = plentyOf(memory.lent.slots);
  }

  override allocate(length: number): number {
    return this.feed.unusual() ?? super.allocate(length);
  }

  override get free(): number {
    return this.feed.unusual() ?? this.plenty;
  }

  /** For a frame that was received. */
  place(length: number): number {
    return super.allocate(length);
  }
}

/** The node's transport: frames come from the recording; what is sent is digested, and goes nowhere. */
export class ReplayTransport implements Transport {
  readonly frames: ReplayFrameMemory;
  readonly counters = { received: 0, sent: 0 };
  private receiver: FrameReceiver | undefined;
  private batch = { count: 0, frames: new Int32Array(64), lengths: new Int32Array(64) };

  constructor(
    private readonly feed: ReplayFeed,
    header: RecordingHeader,
  ) {
    this.frames = new ReplayFrameMemory(FrameMemory.create(header.slotBytes, header.slots, header.largeSlots), feed);
  }

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
  }

  /** Frames arrive: `count` byte strings of the recording. */
  arrive(count: number): void {
    if (this.batch.frames.length < count) {
      this.batch = { count: 0, frames: new Int32Array(count), lengths: new Int32Array(count) };
    }
    const { batch, frames, feed } = this;
    batch.count = 0;
    for (let i = 0; i < count; i++) {
      const bytes = feed.cursor.field();
      const frame = frames.place(bytes.length);
      if (frame < 0) {
        feed.differ('inputs', 'the node holds more frames than the recorded one did: there is no memory for another');
        return;
      }
      frames.bytes.set(bytes, frames.offsetOf(frame));
      batch.frames[i] = frame;
      batch.lengths[i] = bytes.length;
    }
    batch.count = count;
    this.counters.received += count;
    if (this.receiver === undefined) feed.differ('inputs', 'frames came before the node opened its transport');
    else this.receiver.receive(batch);
  }

  interfaceChanged(up: boolean): void {
    if (this.receiver === undefined) this.feed.differ('inputs', 'the interface changed before the node opened it');
    else this.receiver.interfaceChanged(up);
  }

  setPeers(): void {
    // Nobody is sent to.
  }

  multicast(frame: number, length: number, toSelf: boolean): void {
    this.sent(toSelf ? 1 : 0, frame, length);
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    this.sent(nodeId, frame, length);
    return this.feed.unusual() === undefined;
  }

  flush(): void {
    // What is sent has been digested already.
  }

  discardPending(): number {
    const { feed } = this;
    return feed.asking && feed.expect(Tag.DISCARDED, 'throws waiting frames away') ? feed.cursor.number() : 0;
  }

  close(): void {
    // Frames may still be in the recording: the transport's last batch.
  }

  private sent(to: number, frame: number, length: number): void {
    this.counters.sent++;
    this.feed.digest.begin(Output.FRAMES, to);
    this.feed.digest.view(Output.FRAMES, this.frames.view, this.frames.offsetOf(frame), length);
  }
}

import type { Clock } from '../../base/clock.js';
import type { Configuration } from '../../totem/ring.js';
import type { FrameMemory } from '../../net/frame-memory.js';
import type { FrameBatch } from '../../net/transport.js';
import { BlockFile } from './block-file.js';
import { OUTPUTS, Tag, toJson } from './format.js';
import type { RecordingHeader, StopReason } from './format.js';
import { hashConfiguration } from './membership.js';
import { OutputDigest } from './output-digest.js';
import { RecordingClock } from './recording-clock.js';

/** Inputs, and microseconds, between two digests of the outputs. */
const DIGEST_INPUTS = 64;
const DIGEST_US = 1_000_000;

/** Bytes of the longest tag with a number. */
const NUMBER_BYTES = 9;

const encoder = new TextEncoder();

export interface FlightRecorderOptions {
  /** Created anew; one of the name before it becomes FILE.1. */
  readonly file: string;
  /** Most bytes of the file. */
  readonly limit: number;
  /** The node's real clock. */
  readonly clock: Clock;
  /** The node's real frame memory. */
  readonly frames: FrameMemory;
  readonly header: Pick<RecordingHeader, 'version' | 'startedMs' | 'options' | 'outside' | 'composition'>;
  /** The recording ended before the node did: `text` is a line for the log. */
  readonly stopped: (text: string) => void;
}

/** What a recorder is doing. */
export interface FlightRecorderStatus {
  readonly file: string;
  readonly bytes: number;
  readonly state: 'recording' | StopReason;
}

/**
 * Writes down everything a node is told and everything it asks, in order, so that another node, told and answered the same
 * (`Replay`), goes through the same states. It never holds the node up: what it cannot write ends the recording.
 *
 * Every entry into the node is an input: `begin`, the call, `end`. What the node asks between them is recorded as values;
 * what somebody else asks (a status, a dump) is not.
 */
export class FlightRecorder {
  /** What the node and its surroundings take time from. */
  readonly clock: RecordingClock;
  readonly digest = new OutputDigest();
  /** Services that belong to the program around the node. */
  readonly outside: ReadonlySet<string>;
  /** Still recording. */
  on = true;
  private readonly file: BlockFile;
  private readonly raw: Clock;
  /** Of the last input or reading, in microseconds of the clock. */
  private lastUs: number;
  private depth = 0;
  /** Calls out of the node under way, and whether the innermost has had an input. */
  private outs = 0;
  private outWritten = false;
  /** Calls out of the node since the last that had an input. */
  private quietOuts = 0;
  private inputs = 0;
  private digestUs = 0;
  private calls = 0;

  /** Throws the system's error if the file cannot be written. */
  constructor(options: FlightRecorderOptions) {
    const { clock, frames, header, limit } = options;
    this.raw = clock;
    this.clock = new RecordingClock(this, clock);
    this.outside = new Set(header.outside);
    this.file = new BlockFile(options.file, limit, (reason, text) => {
      this.on = false;
      options.stopped(stopText(options.file, reason, text));
    });
    this.lastUs = this.readUs();
    this.digestUs = this.lastUs;
    const { slotBytes, slots, largeSlots } = frames.lent;
    const whole: RecordingHeader = { ...header, clockUs: this.lastUs, slotBytes, slots, largeSlots };
    this.text(toJson(whole));
  }

  get status(): FlightRecorderStatus {
    return { file: this.file.path, bytes: this.file.bytes, state: this.file.stopReason ?? 'recording' };
  }

  /** The clock's reading as the node gets it: whole microseconds, so that it is the same number again when replayed. */
  readUs(): number {
    return Math.round(this.raw.now() * 1000);
  }

  /** Whether what is asked now is asked by the node. */
  get asking(): boolean {
    return this.on && this.depth > 0;
  }

  /** The node's parts are being made: what they ask is recorded. `end` ends it. */
  beginConstruction(): void {
    this.depth++;
  }

  /** An input begins; its fields follow, then the call, then `end`. */
  begin(tag: number): void {
    if (this.depth++ > 0) {
      this.file.stop('reentered', `something called the node in the middle of its work (input ${tag}); report this`);
      return;
    }
    if (!this.on) return;
    const now = this.readUs();
    if (this.outs === 0) {
      if (++this.inputs % DIGEST_INPUTS === 0 || now - this.digestUs >= DIGEST_US) this.writeDigest(now);
    } else if (!this.outWritten) {
      this.value(Tag.OUT, this.quietOuts);
      this.quietOuts = 0;
      this.outWritten = true;
    }
    this.tag(tag);
    this.number(now - this.lastUs);
    this.lastUs = now;
  }

  end(): void {
    this.depth--;
  }

  /** An input that is no part of the hot path. */
  input<T>(tag: number, fields: () => void, call: () => T): T {
    this.begin(tag);
    try {
      if (this.on) fields();
      return call();
    } finally {
      this.end();
    }
  }

  /** Something the program around the node does to it, by its name and plain data. */
  command<T>(name: string, data: unknown, call: () => T): T {
    const fields = (): void => {
      this.text(name);
      this.text(toJson(data) ?? 'null');
    };
    return this.input(Tag.COMMAND, fields, call);
  }

  /**
   * The node calls out of itself; whom it calls may call it. A replay comes to the same places in the same order, whether
   * or not anybody is called there.
   */
  out<T>(call: () => T): T {
    this.quietOuts++;
    const { depth, outWritten } = this;
    this.depth = 0;
    this.outWritten = false;
    this.outs++;
    try {
      return call();
    } finally {
      if (this.outWritten) this.tag(Tag.OUT_END);
      this.outs--;
      this.outWritten = outWritten;
      this.depth = depth;
    }
  }

  /** Frames that came together. */
  received(batch: FrameBatch, memory: FrameMemory): void {
    this.begin(Tag.RECEIVE);
    if (!this.on) return;
    this.number(batch.count);
    for (let i = 0; i < batch.count; i++)
      this.field(memory.bytes, memory.offsetOf(batch.frames[i]!), batch.lengths[i]!);
  }

  configured(configuration: Configuration): void {
    hashConfiguration(this.digest, configuration);
  }

  /** The node has read the clock: `us` as `readUs` gave it. */
  reading(us: number): void {
    this.tag(Tag.NOW);
    this.number(us - this.lastUs);
    this.lastUs = us;
  }

  /** A value the node asked for: a tag with one number. */
  value(tag: number, number: number): void {
    this.tag(tag);
    this.number(number);
  }

  /** A call whose answer is recorded only if it is unusual; every call passes here. */
  called(): void {
    this.calls++;
  }

  unusual(answer: number): void {
    this.value(Tag.UNUSUAL, this.calls);
    this.number(answer + 1);
    this.calls = 0;
  }

  tag(tag: number): void {
    this.file.ensure(1);
    this.file.block[this.file.at++] = tag;
  }

  /** A whole number from 0 to 2^53. */
  number(number: number): void {
    const { file } = this;
    file.ensure(NUMBER_BYTES);
    const { block } = file;
    while (number >= 0x80) {
      block[file.at++] = (number & 0x7f) | 0x80;
      number = Math.floor(number / 0x80);
    }
    block[file.at++] = number;
  }

  /** A byte string with its length. */
  field(bytes: Uint8Array, offset: number, length: number): void {
    this.number(length);
    this.file.copy(bytes, offset, length);
  }

  text(text: string): void {
    const bytes = encoder.encode(text);
    this.field(bytes, 0, bytes.length);
  }

  /** Everything so far goes to the disk before this returns, and the recording ends. */
  close(): void {
    if (this.on) this.writeDigest(this.readUs());
    this.on = false;
    this.file.close();
  }

  private writeDigest(nowUs: number): void {
    this.digestUs = nowUs;
    this.tag(Tag.DIGEST);
    for (let kind = 0; kind < OUTPUTS.length; kind++) {
      this.number(this.digest.counts[kind]!);
      this.number(this.digest.hashes[kind]! >>> 0);
    }
  }
}

function stopText(file: string, reason: StopReason, text: string): string {
  return `the flight recorder has stopped (${reason}): ${text}. ${file} can be replayed up to here; the node goes on.`;
}

import { CsError } from '../../base/errors.js';
import { Guarantee } from '../ring.js';
import { MCAST_HEADER_BYTES } from '../srp/port.js';
import type { RingPort } from '../srp/port.js';
import type { Assembly } from './assembly.js';
import type { PackingCounters } from './counters.js';
import { FillingFrame } from './filling-frame.js';
import { HeldFrames } from './held-frames.js';
import { fragmentBefore, longestMessage, nextFragment } from './packet.js';

/**
 * Room at the end of a frame that is worth beginning a message in that does not fit. A message cut in two costs every
 * receiver a copy, so small ones are not cut.
 */
const WORTH_A_CUT_BYTES = 128;
/** Parts up to this length are copied byte by byte: that is cheaper than a call of TypedArray.set. */
const SHORT_PART_BYTES = 24;

/** The piece of a frame that takes an unfinished message back; nobody delivers it. */
const RESET = new Uint8Array(1);

const NO_PARTS: readonly Uint8Array[] = [];

/**
 * The sending half: copies messages straight into the frame being filled, many small ones to a frame, big ones cut at
 * frame borders. Whatever follows packs behind the tail of a big one: a Corosync 3.1.7 receiver takes that (its own
 * senders do the same with the tails of small parts).
 *
 * Between calls the stream is always in the same simple state: at most one frame is partly filled, its last message is
 * complete, and a place in the queue is left for it. Enqueueing that frame therefore always works and ends the chain of
 * fragments, which makes every such point a safe one to change the queue.
 */
export class Sender {
  private readonly filling: FillingFrame;
  private readonly held: HeldFrames;
  private readonly frameBytes: number;
  private readonly longest: number;

  /** The message being cut: its prefix (part -1) and parts, and how far it is copied. */
  private prefix: Uint8Array = new Uint8Array(0);
  private parts = NO_PARTS;
  private part = 0;
  private partOffset = 0;

  /** Whether the second queue is in use. */
  private transitional = false;
  /** Whether messages wait for the end of synchronization instead of being enqueued. */
  private holding = false;
  /** Places in an empty queue. */
  private readonly capacity: number;
  /**
   * Frames it would take to send the beginning of any waiting message of the normal and of the second queue again. What
   * services send leaves memory for them: else they could wait for the memory of what is behind them.
   */
  private readonly again = { normal: 0, transitional: 0 };
  /** Places the normal queue has while the second one is in use. */
  private normalPlaces: number;

  /**
   * `reserveFrames`: small frames of the memory that are left free for what is received. Three quarters of them are open
   * during synchronization, whose messages must get through even if ordinary ones, which cannot leave meanwhile, fill
   * the memory.
   */
  constructor(
    private readonly port: RingPort,
    private readonly counters: PackingCounters,
    private readonly reserveFrames: number,
    littleEndian: boolean,
  ) {
    this.filling = new FillingFrame(port.frames, port.payloadBytes, littleEndian);
    this.held = new HeldFrames(port);
    this.frameBytes = MCAST_HEADER_BYTES + port.payloadBytes;
    this.longest = longestMessage(port.payloadBytes);
    this.capacity = this.normalPlaces = port.available;
  }

  /** Whether `multicast` would take a message of `length` bytes, prefix included. */
  canTake(length: number): boolean {
    return length <= this.longest && (length <= this.filling.room || this.isRoomFor(length));
  }

  /**
   * Copies a message into frames; they leave when they are full or the token comes. False if that takes more frames than
   * there are places in the queue or than memory allows; then nothing was taken. Throws CS_ERR_TOO_BIG.
   */
  multicast(prefix: Uint8Array, parts: readonly Uint8Array[], guarantee: Guarantee): boolean {
    let length = prefix.length;
    for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
    if (length <= this.filling.room) {
      let at = this.filling.add(length, guarantee);
      at = this.copyPart(prefix, at);
      for (let i = 0; i < parts.length; i++) at = this.copyPart(parts[i]!, at);
    } else {
      if (length > this.longest) throw tooBig(length - prefix.length, this.longest - prefix.length);
      if (!this.isRoomFor(length)) {
        this.counters.refused++;
        return false;
      }
      this.prefix = prefix;
      this.parts = parts;
      this.part = -1;
      this.partOffset = 0;
      this.cut(length, guarantee);
      this.parts = NO_PARTS;
    }
    this.counters.sent++;
    return true;
  }

  /** The token is here: what is partly filled may go, unless it has to wait in any case. */
  tokenReceived(): void {
    if (this.holding) return;
    // Nothing waits, so no message can be cut any more.
    if (this.filling.frame < 0 && this.port.available === this.capacity) this.again[this.queue] = 0;
    this.flush();
  }

  /** Enqueues the partly filled frame. */
  flush(): void {
    if (this.filling.frame >= 0) this.close(0);
  }

  /** See RingPortListener.queueChanging. */
  queueChanging(transitional: boolean): void {
    this.flush();
    this.holding = false;
    if (transitional && !this.transitional) this.normalPlaces = this.port.available;
    this.transitional = transitional;
  }

  /**
   * A new ring's synchronization begins. Its first message begins a frame: it may not stand behind the tail of one that
   * newcomers have not seen the head of. What had to wait for the end of an interrupted synchronization goes on waiting.
   */
  beginSynchronization(): void {
    this.flush();
    this.holding = false;
  }

  /**
   * From now on messages wait for `release`: this node's part of synchronization is queued, and what followed it in the
   * second queue could reach the members after they changed their assembly set.
   */
  hold(): void {
    if (!this.transitional) return;
    this.flush();
    this.holding = true;
  }

  /** The normal queue is in use again: it gets what waited. */
  release(): void {
    this.held.enqueue();
  }

  /**
   * Puts in front of the queue in use what takes an unfinished message of this node back, and its beginning again (see
   * StreamRepair). False if there is not enough memory now; then nothing was done. The frames are agreed ones also for a
   * safe message: that is delivered with its last frame, which waits for everything before it.
   */
  sendAgain(beginning: Assembly): boolean {
    this.flush();
    const { filling } = this;
    const { length, lastFragment } = beginning;
    const fragments = Math.ceil(length / filling.longestPiece);
    if (!this.isMemoryFor(fragments + 1, this.reserveFrames >> 2)) return false;

    // From the last to the first, because each goes in front of the others.
    for (let i = fragments - 1; i >= 0; i--) {
      const offset = i * filling.longestPiece;
      const number = fragmentBefore(lastFragment, fragments - 1 - i);
      const piece = beginning.buffer.bytes.subarray(offset, Math.min(length, offset + filling.longestPiece));
      this.prepend(piece, i === 0 ? 0 : fragmentBefore(number, 1), number);
    }
    this.prepend(RESET, nextFragment(lastFragment), 0);
    return true;
  }

  private prepend(piece: Uint8Array, continuation: number, fragmented: number): void {
    const { filling, port } = this;
    const frame = port.frames.allocate(this.frameBytes);
    filling.open(frame, piece.length, continuation);
    port.frames.bytes.set(piece, filling.add(piece.length, Guarantee.AGREED));
    port.prepend(frame, filling.seal(fragmented), Guarantee.AGREED);
  }

  /** Gives back the memory of what waits for the normal queue. */
  discard(): void {
    this.held.discard();
  }

  /** Where messages go that are multicast now. */
  private get queue(): 'normal' | 'transitional' {
    return this.transitional && !this.holding ? 'transitional' : 'normal';
  }

  /** Frames that may be enqueued, the partly filled one included. */
  private get places(): number {
    return this.holding ? this.normalPlaces - this.held.count : this.port.available;
  }

  /** Whether there are places and memory for a message that does not fit the frame being filled. */
  private isRoomFor(length: number): boolean {
    const { frame, room, longestPiece } = this.filling;
    const cut = room >= WORTH_A_CUT_BYTES ? room : 0;
    const fresh = Math.ceil((length - cut) / longestPiece);
    if (fresh + (frame < 0 ? 0 : 1) > this.places) return false;
    const least = this.reserveFrames >> 2;
    const again = Math.max(this.again[this.queue], framesToSendAgain(fresh, cut > 0));
    return this.isMemoryFor(fresh, Math.max(this.transitional ? least : this.reserveFrames, again + least), again);
  }

  /** Whether `count` frames are free, and after them `reserve` small or `large` large ones. */
  private isMemoryFor(count: number, reserve: number, large = 0): boolean {
    const { frames } = this.port;
    if (this.frameBytes <= frames.slotBytes) return frames.free - count >= reserve;
    return canAllocate(frames, this.frameBytes, count + large);
  }

  /** Copies a message that does not fit the frame being filled. There are places and memory for it. */
  private cut(length: number, guarantee: Guarantee): void {
    const { filling } = this;
    if (filling.frame >= 0 && filling.room < WORTH_A_CUT_BYTES) this.close(0);
    const cut = filling.frame >= 0;
    const fresh = Math.ceil((length - (cut ? filling.room : 0)) / filling.longestPiece);
    this.again[this.queue] = Math.max(this.again[this.queue], framesToSendAgain(fresh, cut));
    let fragment = 0;
    for (let rest = length; rest > 0;) {
      if (filling.frame < 0) {
        const frame = this.port.frames.allocate(this.frameBytes);
        filling.open(frame, Math.min(rest, filling.longestPiece), fragment);
      }
      const piece = Math.min(rest, filling.room);
      this.copyNext(filling.add(piece, guarantee), piece);
      rest -= piece;
      if (rest > 0) {
        fragment = nextFragment(fragment);
        this.close(fragment);
      }
    }
    this.port.wantToken();
  }

  /** Completes the frame being filled and gives it on. */
  private close(fragmented: number): void {
    const { frame, guarantee } = this.filling;
    const length = this.filling.seal(fragmented);
    if (this.holding) this.held.add(frame, length, guarantee);
    else this.port.enqueue(frame, length, guarantee);
  }

  /** Copies a whole part to `at` and returns the position behind it. */
  private copyPart(part: Uint8Array, at: number): number {
    const { bytes } = this.port.frames;
    const { length } = part;
    if (length > SHORT_PART_BYTES) bytes.set(part, at);
    else for (let i = 0; i < length; i++) bytes[at + i] = part[i]!;
    return at + length;
  }

  /** Copies the next `length` bytes of the message being cut. */
  private copyNext(at: number, length: number): void {
    for (let rest = length; rest > 0;) {
      const part = this.part < 0 ? this.prefix : this.parts[this.part]!;
      const size = Math.min(rest, part.length - this.partOffset);
      if (size === part.length) at = this.copyPart(part, at);
      else at = this.copyPart(part.subarray(this.partOffset, this.partOffset + size), at);
      rest -= size;
      this.partOffset += size;
      if (this.partOffset === part.length) {
        this.part++;
        this.partOffset = 0;
      }
    }
  }
}

/** Whether `count` large frames are free. There are few, so they are counted by taking them. */
function canAllocate(frames: RingPort['frames'], bytes: number, count: number): boolean {
  const taken: number[] = [];
  while (taken.length < count) {
    const frame = frames.allocate(bytes);
    if (frame < 0) break;
    taken.push(frame);
  }
  for (const frame of taken) frames.release(frame);
  return taken.length === count;
}

/** Frames that `sendAgain` takes at most for a message in `fresh` frames and, if it is `cut`, one that is partly filled. */
function framesToSendAgain(fresh: number, cut: boolean): number {
  return fresh > 1 || cut ? fresh + 1 : 0;
}

function tooBig(length: number, limit: number): CsError {
  return new CsError(
    'ERR_TOO_BIG',
    `${length} bytes are over the ring's limit of ${limit} for a message; send it in parts`,
  );
}

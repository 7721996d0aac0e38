import type { FrameMemory } from '../../net/frame-memory.js';
import { Guarantee } from '../ring.js';
import { MCAST_HEADER_BYTES } from '../srp/port.js';
import { CONTINUATION_AT, COUNT_AT, FRAGMENTED_AT, LENGTH_BYTES, PACKET_HEADER_BYTES } from './packet.js';

/**
 * The frame being filled with pieces of messages, in the frame memory itself.
 *
 * A frame begins with a table of the pieces' lengths, and how many pieces it will hold is not known when the first is
 * copied. So room is left for as many as the frame before had; only if that proves wrong the pieces are moved, once or
 * twice a frame and not once a message. A piece that fills a frame by itself is never moved.
 */
export class FillingFrame {
  /** The frame's number, -1 if none is being filled. */
  frame = -1;
  /** The strictest guarantee of what is in it. */
  guarantee: Guarantee = Guarantee.AGREED;
  /** The longest piece an empty frame takes. */
  readonly longestPiece: number;
  /** Bytes of a frame for length entries and pieces. */
  private readonly capacity: number;
  /** Where its payload starts in the frame memory. */
  private payload = 0;
  /** Length entries that room is left for; the pieces start behind them. */
  private entries = 0;
  private pieces = 0;
  /** Bytes of the pieces. */
  private filled = 0;
  private continuation = 0;
  /** Pieces of the frame before. */
  private usualPieces = 1;

  constructor(
    private readonly frames: FrameMemory,
    payloadBytes: number,
    private readonly littleEndian: boolean,
  ) {
    this.capacity = payloadBytes - PACKET_HEADER_BYTES;
    this.longestPiece = this.capacity - LENGTH_BYTES;
  }

  /** The longest piece that still fits; negative in a full frame, and -1 if there is no frame. */
  get room(): number {
    return this.frame < 0 ? -1 : this.capacity - this.filled - LENGTH_BYTES * (this.pieces + 1);
  }

  /** Begins an empty frame, whose first piece will have `length` bytes and continue fragment `continuation`, 0 for none. */
  open(frame: number, length: number, continuation: number): void {
    this.frame = frame;
    this.payload = this.frames.offsetOf(frame) + MCAST_HEADER_BYTES;
    this.entries = Math.min(this.usualPieces, (this.capacity - length) >> 1);
    this.pieces = 0;
    this.filled = 0;
    this.continuation = continuation;
    this.guarantee = Guarantee.AGREED;
  }

  /** Adds a piece of `length` bytes, at most `room`; returns where in the frame memory its bytes have to be put now. */
  add(length: number, guarantee: Guarantee): number {
    const entry = this.pieces++;
    const most = (this.capacity - this.filled - length) >> 1;
    if (entry >= this.entries) this.movePieces(Math.min(2 * this.pieces, most));
    else if (this.entries > most) this.movePieces(most);
    if (guarantee > this.guarantee) this.guarantee = guarantee;
    const table = this.payload + PACKET_HEADER_BYTES;
    this.frames.view.setUint16(table + LENGTH_BYTES * entry, length, this.littleEndian);
    const at = table + LENGTH_BYTES * this.entries + this.filled;
    this.filled += length;
    return at;
  }

  /** Completes the payload and returns its bytes. `fragmented`: the number of the fragment it ends with, 0 for a message. */
  seal(fragmented: number): number {
    if (this.entries !== this.pieces) this.movePieces(this.pieces);
    if (this.filled < this.longestPiece) this.usualPieces = this.pieces;
    const { bytes, view } = this.frames;
    view.setUint32(this.payload, 0);
    bytes[this.payload + FRAGMENTED_AT] = fragmented;
    bytes[this.payload + CONTINUATION_AT] = this.continuation;
    view.setUint16(this.payload + COUNT_AT, this.pieces, this.littleEndian);
    this.frame = -1;
    return PACKET_HEADER_BYTES + LENGTH_BYTES * this.pieces + this.filled;
  }

  private movePieces(entries: number): void {
    const table = this.payload + PACKET_HEADER_BYTES;
    const from = table + LENGTH_BYTES * this.entries;
    this.frames.bytes.copyWithin(table + LENGTH_BYTES * entries, from, from + this.filled);
    this.entries = entries;
  }
}

import { BlockPool } from './block-pool.js';

/** What all clients' queues hold together, and where they take memory from. */
export class QueueBudget {
  bytes = 0;
  readonly blocks = new BlockPool();
}

/** Memory of messages that were queued one after the other. */
interface Block {
  readonly bytes: Uint8Array;
  /** Where the next message goes. */
  end: number;
}

/** Places for lengths: the first, and how many an empty queue keeps. */
const PLACES = 64;
const PLACES_KEPT = 4096;

/**
 * Messages that wait for a client, in order. Each is a copy, in blocks that all queues use again and again: a client that is
 * slow for a while costs no garbage.
 */
export class MessageQueue {
  /** Of all messages. */
  bytes = 0;
  private blocks: Block[] = [];
  /** Where the first message begins in the first block. */
  private start = 0;
  /** Lengths of the messages: a ring. */
  private lengths = new Int32Array(PLACES);
  private head = 0;
  private count = 0;

  constructor(private readonly budget: QueueBudget) {}

  get length(): number {
    return this.count;
  }

  push(parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    const block = this.blockFor(length);
    for (const part of parts) {
      block.bytes.set(part, block.end);
      block.end += part.length;
    }
    if (this.count === this.lengths.length) this.grow();
    this.lengths[(this.head + this.count) % this.lengths.length] = length;
    this.count++;
    this.account(length);
  }

  /** The first message, in place until `shift` or `clear`; there is one. */
  get first(): Uint8Array {
    const block = this.blockOfFirst();
    return block.bytes.subarray(this.start, this.start + this.lengths[this.head]!);
  }

  shift(): void {
    this.blockOfFirst();
    const length = this.lengths[this.head]!;
    this.start += length;
    this.head = (this.head + 1) % this.lengths.length;
    this.count--;
    this.account(-length);
    if (this.count === 0) this.clear();
  }

  clear(): void {
    this.account(-this.bytes);
    while (this.blocks.length > 0) this.dropFirstBlock();
    this.start = 0;
    if (this.lengths.length > PLACES_KEPT) this.lengths = new Int32Array(PLACES);
    this.head = this.count = 0;
  }

  /** The block that the next message goes to, with room for it. */
  private blockFor(length: number): Block {
    const last = this.blocks.at(-1);
    if (last !== undefined && last.bytes.length - last.end >= length) return last;
    const block = { bytes: this.budget.blocks.take(length), end: 0 };
    this.blocks.push(block);
    return block;
  }

  /** Blocks whose messages are all gone go now: a message without bytes may have been the last. */
  private blockOfFirst(): Block {
    const length = this.lengths[this.head]!;
    while (length > 0 && this.start === this.blocks[0]!.end) this.dropFirstBlock();
    return this.blocks[0]!;
  }

  private dropFirstBlock(): void {
    this.budget.blocks.give(this.blocks.shift()!.bytes);
    this.start = 0;
  }

  private grow(): void {
    const lengths = new Int32Array(2 * this.lengths.length);
    for (let i = 0; i < this.count; i++) lengths[i] = this.lengths[(this.head + i) % this.lengths.length]!;
    this.lengths = lengths;
    this.head = 0;
  }

  private account(bytes: number): void {
    this.bytes += bytes;
    this.budget.bytes += bytes;
  }
}

import { SA_TIME_ONE_MILLISECOND, keyBytes, nameKey } from 'chorale/sdk';
import type { OwnerId } from 'chorale/sdk';
import { Area } from './area.js';
import type { Message } from './area.js';
import type { Attributes, Content, QueueRecord } from './messages.proto.js';
import { CreationFlags, PRIORITIES } from './operations.js';

/** Messages of one queue, of whatever size: also those without data cost memory. */
export const MAX_MESSAGES = 65_536;
/** Senders of whose messages a queue remembers which were taken, for the merge after a partition. */
const MAX_MARKS = 1024;

/** A message queue. */
export class Queue {
  /** By priority. */
  readonly areas: readonly Area[] = Array.from({ length: PRIORITIES }, () => new Area());
  /** Of each sender and priority, the last message that was taken; the key is `markKey`. The most recent last. */
  readonly consumed = new Map<string, number>();
  /** Who has it open; '': nobody. */
  owner: OwnerId = '';
  /** The owner's number for it. */
  handle = 0;
  /** 0: it is open, or was closed and nobody has told the time yet. */
  closeTime = 0n;
  /** Of its retention time that runs. */
  stamp = 0;
  /** It has no name any more, its owner may still read. */
  unlinked = false;

  constructor(
    /** The same on every node, never used again. */
    readonly id: string,
    /** The key of its name. */
    readonly name: string,
    readonly attributes: Attributes,
  ) {}

  get count(): number {
    return this.areas.reduce((sum, { length }) => sum + length, 0);
  }

  get persistent(): boolean {
    return (this.attributes.flags & CreationFlags.PERSISTENT) !== 0;
  }

  get isOpen(): boolean {
    return this.owner !== '';
  }

  /** Milliseconds from close to deletion; Infinity: it stays. */
  get retentionMs(): number {
    return this.persistent ? Infinity : Number(this.attributes.retention / SA_TIME_ONE_MILLISECOND);
  }

  /** Bytes free for a priority. */
  room(priority: number): number {
    return this.attributes.size[priority]! - this.areas[priority]!.used;
  }

  takes({ priority, data }: Content): boolean {
    // A size of 0 takes nothing, not even a message without data.
    return this.attributes.size[priority]! > 0 && data.length <= this.room(priority) && this.count < MAX_MESSAGES;
  }

  /** Whether a message that was taken has room again: those that were taken and those that came since may be as many. */
  takesBack({ priority, data }: Content): boolean {
    const { used } = this.areas[priority]!;
    return used + data.length <= 2 * this.attributes.size[priority]! && this.count < 2 * MAX_MESSAGES;
  }

  get first(): Message | undefined {
    return this.areas.find(({ length }) => length > 0)?.first;
  }

  /** Takes the first message off: of the highest priority, the one that came first. */
  take(): Message | undefined {
    const message = this.areas.find(({ length }) => length > 0)?.shift();
    if (message !== undefined) this.mark(message);
    return message;
  }

  empty(): void {
    while (this.take() !== undefined);
  }

  /** Whether this queue has had the message, and it was taken. */
  hasConsumed({ owner, sequence, content }: Message): boolean {
    return (this.consumed.get(markKey(owner, content.priority)) ?? -1) >= sequence;
  }

  remember(key: string, sequence: number): void {
    const before = this.consumed.get(key) ?? 0;
    this.consumed.delete(key);
    this.consumed.set(key, Math.max(sequence, before));
    if (this.consumed.size > MAX_MARKS) this.consumed.delete(this.consumed.keys().next().value!);
  }

  encode(): QueueRecord {
    const { id, name, attributes, unlinked, owner, handle, closeTime, stamp } = this;
    const consumed = [...this.consumed].map(([key, sequence]) => ({
      owner: key.slice(2),
      priority: Number(key[0]),
      sequence,
    }));
    return { id, name: keyBytes(name), attributes, unlinked, owner, handle, closeTime, stamp, consumed };
  }

  static decode({ id, name, attributes, consumed, ...rest }: QueueRecord): Queue {
    const queue = new Queue(id, nameKey(name), attributes!);
    Object.assign(queue, rest);
    for (const mark of consumed) queue.consumed.set(markKey(mark.owner, mark.priority), mark.sequence);
    return queue;
  }

  private mark({ owner, sequence, content }: Message): void {
    this.remember(markKey(owner, content.priority), sequence);
  }
}

function markKey(owner: OwnerId, priority: number): string {
  return `${priority}/${owner}`;
}

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

/** Of a message: the call that sent it, among those of its owner, and its place in the order of all messages. */
interface Place {
  readonly call: number;
  readonly sequence: number;
}

/** A message queue. */
export class Queue {
  /** By priority. */
  readonly areas: readonly Area[] = Array.from({ length: PRIORITIES }, () => new Area());
  /** Of each sender and priority, the last message that was taken; the key is `markKey`. The most recent last. */
  readonly consumed = new Map<string, Place>();
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
  hasConsumed({ owner, call, content }: Message): boolean {
    const last = this.consumed.get(markKey(owner, content.priority));
    return last !== undefined && !isAfter(call, last.call);
  }

  remember(key: string, { call, sequence }: Place): void {
    const before = this.consumed.get(key);
    this.consumed.delete(key);
    this.consumed.set(key, before === undefined || isAfter(call, before.call) ? { call, sequence } : before);
    if (this.consumed.size > MAX_MARKS) this.consumed.delete(this.consumed.keys().next().value!);
  }

  encode(): QueueRecord {
    const { id, name, attributes, unlinked, owner, handle, closeTime, stamp } = this;
    const consumed = [...this.consumed].map(([key, { call, sequence }]) => ({
      owner: key.slice(2),
      priority: Number(key[0]),
      sequence,
      call,
    }));
    return { id, name: keyBytes(name), attributes, unlinked, owner, handle, closeTime, stamp, consumed };
  }

  static decode({ id, name, attributes, consumed, ...rest }: QueueRecord): Queue {
    const queue = new Queue(id, nameKey(name), attributes!);
    Object.assign(queue, rest);
    for (const { owner, priority, call, sequence } of consumed) {
      queue.consumed.set(markKey(owner, priority), { call, sequence });
    }
    return queue;
  }

  private mark({ owner, call, sequence, content }: Message): void {
    this.remember(markKey(owner, content.priority), { call, sequence });
  }
}

function markKey(owner: OwnerId, priority: number): string {
  return `${priority}/${owner}`;
}

/** Whether a client made this call after that one. The numbers of calls begin again at 2^30. */
function isAfter(call: number, other: number): boolean {
  const steps = (call - other) & (2 ** 30 - 1);
  return steps !== 0 && steps < 2 ** 29;
}

import { SaError, nameKey } from 'chorale/sdk';
import type { OrderedContext, OwnerId, ReplyTo } from 'chorale/sdk';
import type { Message } from './area.js';
import { Group, full } from './group.js';
import type {
  Answer,
  Attributes,
  Content,
  GiveBackRequest,
  OpenRequest,
  PendingRecord,
  TakeReply,
  TakeRequest,
} from './messages.proto.js';
import { CreationFlags, GroupPolicy, MAX_MESSAGE_BYTES, OpenFlags, PRIORITIES } from './operations.js';
import { Queue } from './queue.js';

export const MAX_QUEUES = 4096;
export const MAX_GROUPS = 1024;
export const MAX_MEMBERS = 1024;
/** Bytes of all areas of all queues. */
export const MAX_BYTES = 1024 * 1024 * 1024;

/** What the space has others told. */
export interface MsgEffects {
  /** A queue has a message more. */
  arrived(queue: Queue): void;
  /** Its time until deletion runs. */
  waits(queue: Queue, milliseconds: number): void;
  opened(queue: Queue): void;
  /** Nobody has it open any more; it may be gone besides. */
  closed(queue: Queue): void;
  removed(queue: Queue): void;
  /** The members of a group have changed, or it is gone. */
  changed(group: string): void;
  answered(request: ReplyTo, answer: Answer): void;
}

const nobody = (): undefined => undefined;
const silent: MsgEffects = {
  arrived: nobody,
  waits: nobody,
  opened: nobody,
  closed: nobody,
  removed: nobody,
  changed: nobody,
  answered: nobody,
};

/** All queues and groups of the cluster, and the requests that wait for a reply: the same on every node. */
export class MsgSpace {
  /** By id, those without a name too. */
  readonly queues = new Map<string, Queue>();
  readonly groups = new Map<string, Group>();
  /** By sender id. */
  readonly requests = new Map<bigint, PendingRecord>();
  /** Counts the times that queues were given. */
  stamps = 0;
  private readonly names = new Map<string, Queue>();
  /** By `handleKey`. */
  private readonly handles = new Map<string, Queue>();
  private bytes = 0;

  constructor(public effects: MsgEffects = silent) {}

  /** Throws ERR_NOT_EXIST, ERR_EXIST, ERR_BUSY, ERR_NO_RESOURCES. */
  open({ owner, sequence }: OrderedContext, { queue: handle, name, create, flags }: OpenRequest): void {
    const key = nameKey(name);
    if (this.handles.has(handleKey(owner, handle))) throw invalid('the handle is open already');
    if (create !== undefined) checkAttributes(create);
    let queue = this.names.get(key);
    if (queue === undefined) {
      if (create === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such queue');
      if (this.groups.has(key)) throw new SaError('ERR_EXIST', 'a group has this name');
      if (this.queues.size >= MAX_QUEUES || this.bytes + bytesOf(create) > MAX_BYTES) {
        throw new SaError('ERR_NO_RESOURCES', 'there are too many queues, or they are too large');
      }
      queue = new Queue(`${owner}/${sequence}`, key, create);
      this.add(queue);
    } else {
      if (create !== undefined && !sameAttributes(create, queue.attributes)) {
        throw new SaError('ERR_EXIST', 'the queue was created with other attributes');
      }
      if (queue.isOpen) throw new SaError('ERR_BUSY', 'somebody has the queue open');
    }
    if ((flags & OpenFlags.EMPTY) !== 0) queue.empty();
    Object.assign(queue, { owner, handle, closeTime: 0n });
    this.handles.set(handleKey(owner, handle), queue);
    this.effects.opened(queue);
  }

  close({ owner, time }: OrderedContext, handle: number): void {
    this.closeQueue(this.opened(owner, handle), time);
  }

  unlink(name: Uint8Array): void {
    const queue = this.named(name);
    if (!queue.isOpen) {
      this.remove(queue);
      return;
    }
    this.unname(queue);
    queue.unlinked = true;
  }

  /** The queue of this name. Throws ERR_NOT_EXIST. */
  named(name: Uint8Array): Queue {
    const queue = this.names.get(nameKey(name));
    if (queue === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such queue');
    return queue;
  }

  /** The queue that this handle is of. Throws ERR_BAD_HANDLE. */
  opened(owner: OwnerId, handle: number): Queue {
    const queue = this.handles.get(handleKey(owner, handle));
    if (queue === undefined) throw new SaError('ERR_BAD_HANDLE', 'the queue is not open');
    return queue;
  }

  /** Throws ERR_NOT_EXIST, ERR_QUEUE_FULL, ERR_QUEUE_NOT_AVAILABLE; ERR_INVALID_PARAM for a request to a broadcast group. */
  send(context: OrderedContext, destination: Uint8Array, content: Content, isRequest = false): bigint {
    checkContent(content);
    const { owner, call, sequence, time, node } = context;
    const queues = this.route(nameKey(destination), content, node, isRequest);
    const senderId = isRequest ? (BigInt(node) << 32n) | BigInt.asUintN(32, BigInt(sequence)) : 0n;
    const message: Message = { content, owner, call, sequence, time, senderId };
    for (const queue of queues) {
      queue.areas[content.priority]!.push(message);
      this.effects.arrived(queue);
    }
    return senderId;
  }

  /** A message whose sender waits for the reply. */
  request(context: OrderedContext, destination: Uint8Array, content: Content, about: AboutRequest): void {
    const { owner, call } = context;
    const senderId = this.send(context, destination, content, true);
    this.requests.set(senderId, { senderId, owner, call, ...about });
  }

  giveUp(owner: OwnerId, number: number): void {
    for (const [id, request] of this.requests) {
      if (request.owner === owner && request.request === number) this.requests.delete(id);
    }
  }

  /** Throws ERR_NOT_EXIST when nobody waits (any more), ERR_NO_SPACE when it is too large for who waits. */
  answer(senderId: bigint, content: Content, time: bigint): void {
    checkContent(content);
    const request = this.requests.get(senderId);
    if (request === undefined) throw new SaError('ERR_NOT_EXIST', 'nobody waits for this reply');
    this.requests.delete(senderId);
    if (content.data.length > (request.capacity ?? Infinity)) {
      this.effects.answered(request, { time, needed: content.data.length });
      throw new SaError('ERR_NO_SPACE', 'the reply is larger than the buffer of who waits for it');
    }
    this.effects.answered(request, { time, content });
  }

  /** Takes the first message off the queue. */
  take(owner: OwnerId, { queue: handle, capacity = Infinity }: TakeRequest): TakeReply {
    const queue = this.opened(owner, handle);
    const needed = queue.first?.content.data.length ?? 0;
    if (needed > capacity) return { needed };
    const message = queue.take();
    return message === undefined ? {} : { message };
  }

  giveBack(owner: OwnerId, { queue: handle, message }: GiveBackRequest): void {
    const queue = this.opened(owner, handle);
    const whole = checkedMessage(message);
    if (!queue.takesBack(whole.content)) throw full();
    if (queue.areas[whole.content.priority]!.insert(whole)) this.effects.arrived(queue);
  }

  groupCreate(name: Uint8Array, policy: number): void {
    const key = nameKey(name);
    if (!Object.values<number>(GroupPolicy).includes(policy)) throw invalid('there is no such policy');
    if (this.groups.has(key) || this.names.has(key)) throw new SaError('ERR_EXIST', 'the name is taken');
    if (this.groups.size >= MAX_GROUPS) throw new SaError('ERR_NO_RESOURCES', 'there are too many groups');
    this.groups.set(key, new Group(key, policy as GroupPolicy));
  }

  groupInsert(name: Uint8Array, queueName: Uint8Array): void {
    const group = this.group(name);
    const queue = this.named(queueName);
    if (group.members.includes(queue.name)) throw new SaError('ERR_EXIST', 'the queue is in the group');
    if (group.members.length >= MAX_MEMBERS) throw new SaError('ERR_NO_RESOURCES', 'the group has too many queues');
    group.members.push(queue.name);
    this.effects.changed(group.name);
  }

  groupRemove(name: Uint8Array, queueName: Uint8Array): void {
    const group = this.group(name);
    if (!group.remove(nameKey(queueName))) throw new SaError('ERR_NOT_EXIST', 'the queue is not in the group');
    this.effects.changed(group.name);
  }

  groupDelete(name: Uint8Array): void {
    const group = this.group(name);
    this.groups.delete(group.name);
    this.effects.changed(group.name);
  }

  group(name: Uint8Array): Group {
    const group = this.groups.get(nameKey(name));
    if (group === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such group');
    return group;
  }

  /** The retention time of a queue is over. */
  expire(id: string): void {
    const queue = this.queues.get(id);
    if (queue !== undefined && !queue.isOpen) this.remove(queue);
  }

  /** A queue was lost by its owner, and nobody has told yet when. */
  get lacksTime(): boolean {
    return [...this.queues.values()].some((queue) => !queue.isOpen && queue.closeTime === 0n);
  }

  /** Queues that were lost by their owners have been closed by now. */
  closedBy(time: bigint): void {
    for (const queue of this.queues.values()) if (!queue.isOpen && queue.closeTime === 0n) queue.closeTime = time;
  }

  ownersGone(isGone: (owner: OwnerId) => boolean): void {
    const orphaned = [...this.queues.values()].filter((queue) => queue.isOpen && isGone(queue.owner));
    for (const queue of orphaned) this.closeQueue(queue, 0n);
    for (const [id, { owner }] of this.requests) if (isGone(owner)) this.requests.delete(id);
  }

  /** Takes in a queue as it is. */
  add(queue: Queue): void {
    this.queues.set(queue.id, queue);
    if (!queue.unlinked) this.names.set(queue.name, queue);
    if (queue.isOpen) this.handles.set(handleKey(queue.owner, queue.handle), queue);
    this.bytes += bytesOf(queue.attributes);
  }

  private route(key: string, content: Content, node: number, isRequest: boolean): readonly Queue[] {
    const queue = this.names.get(key);
    if (queue !== undefined) {
      if (!queue.takes(content)) throw full();
      return [queue];
    }
    const group = this.groups.get(key);
    if (group === undefined) throw new SaError('ERR_NOT_EXIST', 'there is no such queue or group');
    if (isRequest && group.policy === GroupPolicy.BROADCAST) throw invalid('a request has one destination');
    const members = group.members.map((name) => this.names.get(name)!);
    return group.choose(members, content, node);
  }

  private closeQueue(queue: Queue, time: bigint): void {
    this.handles.delete(handleKey(queue.owner, queue.handle));
    this.effects.closed(queue);
    Object.assign(queue, { owner: '', handle: 0, closeTime: time, stamp: ++this.stamps });
    const { retentionMs } = queue;
    if (queue.unlinked || retentionMs <= 0) this.remove(queue);
    else if (retentionMs !== Infinity) this.effects.waits(queue, retentionMs);
  }

  private remove(queue: Queue): void {
    this.queues.delete(queue.id);
    this.bytes -= bytesOf(queue.attributes);
    this.unname(queue);
    this.effects.removed(queue);
  }

  private unname(queue: Queue): void {
    if (this.names.get(queue.name) !== queue) return;
    this.names.delete(queue.name);
    for (const group of this.groups.values()) if (group.remove(queue.name)) this.effects.changed(group.name);
  }
}

type AboutRequest = Pick<PendingRecord, 'request' | 'capacity'>;

/** What came as a message of a queue. */
export function checkedMessage(message: Partial<Message> | undefined): Message {
  if (message?.content === undefined) throw invalid('there is no message');
  checkContent(message.content);
  return message as Message;
}

function handleKey(owner: OwnerId, handle: number): string {
  return `${owner}/${handle}`;
}

function bytesOf({ size }: Attributes): number {
  return size.reduce((sum, bytes) => sum + bytes, 0);
}

/** Retention times apart. */
function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a.flags === b.flags && a.size.join() === b.size.join();
}

function checkAttributes({ flags, size, retention }: Attributes): void {
  if (
    size.length === PRIORITIES &&
    (flags | CreationFlags.PERSISTENT) === CreationFlags.PERSISTENT &&
    retention >= 0n
  ) {
    return;
  }
  throw invalid('these are no attributes of a queue');
}

function checkContent(content: Content | undefined): asserts content is Content {
  if (content === undefined || content.priority >= PRIORITIES) throw invalid('this is no message');
  if (content.data.length > MAX_MESSAGE_BYTES) throw new SaError('ERR_TOO_BIG', 'the message is too large');
}

function invalid(advice: string): SaError {
  return new SaError('ERR_INVALID_PARAM', advice);
}

import {
  AisHandle,
  AisLibrary,
  B_01_01,
  HandleType,
  SaError,
  checkBuffer,
  checkFlags,
  daemonBindings,
  fillBuffer,
  nameBytes,
  nameKey,
  readTrackFlags,
} from 'chorale/sdk';
import type { LibraryBindings, Operation, SaName, SaTime, Session } from 'chorale/sdk';
import { GroupTracking, notificationsOf } from './group-tracking.js';
import type { QueueGroupNotificationBuffer, Shown } from './group-tracking.js';
import { attributesOf, capacityOf, contentOf, invalid, messageOf, tooSmall } from './message.js';
import type { MessageBuffer, MsgMessage, QueueCreationAttributes } from './message.js';
import type { OpenRequest } from './messages.proto.js';
import { MsgQueue } from './msg-queue.js';
import {
  AckFlags,
  GroupPolicy,
  OpenFlags,
  Operations,
  SERVICE,
  SendingState,
  groupChanged,
  lost,
  received,
} from './operations.js';
import type { MsgCallbacks, QueueStatus, SendReceiveResult } from './types.js';

export { TrackFlags } from 'chorale/sdk';
export { groupBuffer } from './group-tracking.js';
export type { QueueGroupMember, QueueGroupNotification, QueueGroupNotificationBuffer } from './group-tracking.js';
export type { MessageBuffer, MsgMessage, QueueCreationAttributes, ReceivedMessage } from './message.js';
export type { MessageGetResult } from './message-get.js';
export { MsgQueue } from './msg-queue.js';
export type { MsgCallbacks, QueueStatus, QueueUsage, SendReceiveResult } from './types.js';
export {
  AckFlags,
  CreationFlags,
  GroupChange,
  GroupPolicy,
  MAX_MESSAGE_BYTES,
  MessagePriority,
  OpenFlags,
  SendingState,
} from './operations.js';

const QUEUE = new HandleType<MsgQueue>('message queue');

/** The Message library, B.01.01: `initialize` gives handles. */
export class MsgLibrary extends AisLibrary<MsgCallbacks, Msg> {
  /** Without bindings: the daemon on this host. */
  constructor(bindings: LibraryBindings = daemonBindings()) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Msg(session) }, bindings);
  }
}

/** A handle of the Message library (SaMsgHandleT). Methods reject with an SaError, those of asynchronous calls throw it. */
export class Msg extends AisHandle<MsgCallbacks> {
  private lastNumber = 0;
  private readonly queues = new Map<number, MsgQueue>();
  private readonly tracking = new GroupTracking();

  constructor(session: Session<MsgCallbacks>) {
    super(session);
    this.onNotice(received, ({ queue: number }) => {
      const { messageReceived } = this.callbacks;
      const queue = this.queues.get(number);
      if (messageReceived && queue) this.queue(() => messageReceived(queue), { valid: () => queue.isOpen });
    });
    this.onNotice(groupChanged, (change) => {
      const shown = this.tracking.changed(nameKey(change.name), change);
      if (shown) this.show(shown);
    });
    this.onNotice(lost, ({ queue: number }) => {
      const queue = this.queues.get(number);
      if (queue === undefined) return;
      this.forget(queue);
      queue.ended();
    });
  }

  /** saMsgFinalize. Messages that were taken for calls that had timed out go back to their queues first. */
  override async finalize(): Promise<void> {
    this.check();
    const holding = [...this.queues.values()].filter((queue) => queue.holds);
    if (holding.length > 0) await Promise.allSettled(holding.map((queue) => queue.close()));
    await super.finalize();
  }

  /**
   * saMsgQueueOpen. With OpenFlags.CREATE and attributes the queue is made if it is not there. ERR_INVALID_PARAM, ERR_BAD_FLAGS;
   * ERR_INIT for RECEIVE_CALLBACK without the callback; ERR_TIMEOUT; ERR_NOT_EXIST; ERR_EXIST when it has other attributes;
   * ERR_BUSY when anybody in the cluster has it open.
   */
  async queueOpen(
    name: SaName,
    creationAttributes: QueueCreationAttributes | null | undefined,
    openFlags: number,
    timeout: SaTime,
  ): Promise<MsgQueue> {
    const request = this.openRequest(name, creationAttributes, openFlags);
    this.checkOpen(openFlags);
    let queue: MsgQueue | undefined;
    await this.call(Operations.open, request, {
      timeout,
      arrived: () => {
        queue = this.opened(request.queue);
      },
      late: () => this.tell(Operations.close, { queue: request.queue }),
    });
    return queue!;
  }

  /** saMsgQueueOpenAsync: the queue comes by the callback. Throws ERR_INIT without one. */
  queueOpenAsync(
    invocation: bigint,
    name: SaName,
    creationAttributes: QueueCreationAttributes | null | undefined,
    openFlags: number,
  ): void {
    const request = this.openRequest(name, creationAttributes, openFlags);
    this.checkOpen(openFlags);
    const callback = this.needed('queueOpen');
    this.start(Operations.open, request, ({ error }) => {
      const queue = error === undefined ? this.opened(request.queue) : undefined;
      this.queue(() => callback(invocation, queue, error));
    });
  }

  /** The open queue with this handle. Throws ERR_BAD_HANDLE. */
  queueAt(handle: bigint): MsgQueue {
    this.check();
    const queue = this.handles.get(QUEUE, handle);
    queue.check();
    return queue;
  }

  /** saMsgQueueStatusGet. ERR_NOT_EXIST. */
  async queueStatusGet(name: SaName): Promise<QueueStatus> {
    const { attributes, closeTime, usage } = await this.call(Operations.status, { name: nameBytes(name) });
    const { flags, size, retention } = attributes!;
    return {
      sendingState: SendingState.AVAILABLE,
      creationFlags: flags,
      retentionTime: retention,
      closeTime,
      usage: usage.map(({ used, messages }, priority) => ({
        queueSize: size[priority]!,
        queueUsed: used,
        numberOfMessages: messages,
      })),
    };
  }

  /** saMsgQueueUnlink: the name is free at once; whoever has the queue open may go on reading. ERR_NOT_EXIST. */
  async queueUnlink(name: SaName): Promise<void> {
    await this.call(Operations.unlink, { name: nameBytes(name) });
  }

  /** saMsgQueueGroupCreate. ERR_EXIST for the name of a group or a queue. */
  async queueGroupCreate(groupName: SaName, policy: GroupPolicy): Promise<void> {
    const name = nameBytes(groupName);
    if (!Object.values<number>(GroupPolicy).includes(policy))
      throw invalid(`${String(policy)} is no policy: 1 to 4 are`);
    await this.call(Operations.groupCreate, { name, policy });
  }

  /** saMsgQueueGroupInsert. ERR_NOT_EXIST for either name, ERR_EXIST. */
  async queueGroupInsert(groupName: SaName, queueName: SaName): Promise<void> {
    await this.call(Operations.groupInsert, { name: nameBytes(groupName), queue: nameBytes(queueName) });
  }

  /** saMsgQueueGroupRemove. ERR_NOT_EXIST when it is no member. */
  async queueGroupRemove(groupName: SaName, queueName: SaName): Promise<void> {
    await this.call(Operations.groupRemove, { name: nameBytes(groupName), queue: nameBytes(queueName) });
  }

  /** saMsgQueueGroupDelete: its queues stay. ERR_NOT_EXIST. */
  async queueGroupDelete(groupName: SaName): Promise<void> {
    await this.call(Operations.groupDelete, { name: nameBytes(groupName) });
  }

  /**
   * saMsgQueueGroupTrack. With CURRENT, the members are written to `buffer`, or come by the callback without one. With CHANGES
   * or CHANGES_ONLY, each later change comes by the callback, until `queueGroupTrackStop`. ERR_BAD_FLAGS; ERR_INVALID_PARAM for a
   * buffer without room; ERR_INIT; ERR_NOT_EXIST; ERR_NO_SPACE: `numberOfItems` is what is needed, and nothing is followed.
   */
  async queueGroupTrack(
    groupName: SaName,
    trackFlags: number,
    buffer?: QueueGroupNotificationBuffer | null,
  ): Promise<void> {
    const name = nameBytes(groupName);
    const { current, mode } = readTrackFlags(trackFlags);
    const target = current ? (buffer ?? undefined) : undefined;
    if (target !== undefined) checkBuffer(target);
    this.check();
    if (mode !== undefined || (current && target === undefined)) this.needed('queueGroupTrack');
    const view = await this.call(
      Operations.track,
      { name, changes: mode !== undefined },
      {
        arrived: (there) => {
          const fits = there.members.length <= (target?.capacity ?? Infinity);
          if (fits && mode !== undefined) this.tracking.follow(nameKey(name), mode);
          if (!current || target !== undefined) return;
          const notification = notificationsOf(there);
          const numberOfItems = notification.length;
          const shown = { queueGroupPolicy: there.policy as GroupPolicy, numberOfItems, notification };
          this.show({ groupName, buffer: shown, numberOfMembers: numberOfItems });
        },
      },
    );
    if (target === undefined) return;
    fillBuffer(target, notificationsOf(view));
    target.queueGroupPolicy = view.policy as GroupPolicy;
  }

  /** saMsgQueueGroupTrackStop. ERR_NOT_EXIST when this handle does not follow the group. */
  async queueGroupTrackStop(groupName: SaName): Promise<void> {
    const name = nameBytes(groupName);
    this.check();
    this.tracking.stop(nameKey(name));
    await this.call(Operations.trackStop, { name });
  }

  /**
   * saMsgMessageSend: resolves when the message is in the queue, or one of the group's, on all nodes that live. ERR_INVALID_PARAM,
   * ERR_TOO_BIG; ERR_TIMEOUT; ERR_NOT_EXIST; ERR_QUEUE_FULL; ERR_QUEUE_NOT_AVAILABLE for a group without queues.
   */
  async messageSend(destination: SaName, message: MsgMessage, timeout: SaTime): Promise<void> {
    const request = { destination: nameBytes(destination), content: contentOf(message) };
    await this.call(Operations.send, request, { timeout });
  }

  /** saMsgMessageSendAsync: with MESSAGE_DELIVERED_ACK its end comes by the callback; ERR_INIT without one. */
  messageSendAsync(invocation: bigint, destination: SaName, message: MsgMessage, ackFlags: number): void {
    const request = { destination: nameBytes(destination), content: contentOf(message) };
    this.startAcknowledged(Operations.send, request, invocation, ackFlags);
  }

  /**
   * saMsgMessageSendReceive: sends, then waits for the reply, both within `timeout`. What `messageSend` refuses;
   * ERR_INVALID_PARAM for a group that broadcasts; ERR_NO_SPACE when the reply is larger than `buffer`.
   */
  async messageSendReceive(
    destination: SaName,
    message: MsgMessage,
    timeout: SaTime,
    buffer?: MessageBuffer | null,
  ): Promise<SendReceiveResult> {
    const number = this.number();
    const content = contentOf(message);
    const request = { destination: nameBytes(destination), content, request: number, ...capacityOf(buffer) };
    try {
      const { content: reply, time, needed } = await this.call(Operations.sendReceive, request, { timeout });
      if (needed !== undefined) throw tooSmall(buffer, needed);
      return { message: messageOf(reply!, buffer), replySendTime: time };
    } catch (thrown) {
      // Who replies now hears that nobody waits.
      if (timeout > 0n && isTimeout(thrown)) this.tell(Operations.giveUp, { request: number });
      throw thrown;
    }
  }

  /**
   * saMsgMessageReply: to whom a message with this sender id came from, once. ERR_INVALID_PARAM, also for 0n; ERR_NOT_EXIST when
   * nobody waits for it (any more); ERR_NO_SPACE when it is larger than the buffer there; ERR_TIMEOUT.
   */
  async messageReply(replyMessage: MsgMessage, senderId: bigint, timeout: SaTime): Promise<void> {
    const request = { content: contentOf(replyMessage), senderId: checkedSender(senderId) };
    await this.call(Operations.reply, request, { timeout });
  }

  /** saMsgMessageReplyAsync: with MESSAGE_DELIVERED_ACK its end comes by the callback; ERR_INIT without one. */
  messageReplyAsync(invocation: bigint, replyMessage: MsgMessage, senderId: bigint, ackFlags: number): void {
    const request = { content: contentOf(replyMessage), senderId: checkedSender(senderId) };
    this.startAcknowledged(Operations.reply, request, invocation, ackFlags);
  }

  /** @internal See MsgQueue. */
  async closeQueue(queue: MsgQueue): Promise<void> {
    this.check();
    this.forget(queue);
    const { number } = queue;
    for (const message of await queue.leftOver()) this.tell(Operations.giveBack, { queue: number, message });
    await this.call(Operations.close, { queue: number });
  }

  private startAcknowledged<Q>(
    operation: Operation<Q, object>,
    request: Q,
    invocation: bigint,
    ackFlags: number,
  ): void {
    checkFlags(ackFlags, AckFlags.MESSAGE_DELIVERED_ACK);
    this.check();
    const callback = ackFlags === 0 ? undefined : this.needed('messageDelivered');
    this.start(operation, request, ({ error }) => {
      if (callback) this.queue(() => callback(invocation, error));
    });
  }

  private show({ groupName, buffer, numberOfMembers }: Shown): void {
    const { queueGroupTrack } = this.callbacks;
    if (queueGroupTrack) this.queue(() => queueGroupTrack(groupName, buffer, numberOfMembers, undefined));
  }

  private openRequest(
    name: SaName,
    attributes: QueueCreationAttributes | null | undefined,
    flags: number,
  ): OpenRequest {
    const bytes = nameBytes(name);
    checkFlags(flags, OpenFlags.CREATE | OpenFlags.RECEIVE_CALLBACK | OpenFlags.EMPTY);
    const isGiven = attributes !== undefined && attributes !== null;
    if (((flags & OpenFlags.CREATE) !== 0) !== isGiven) throw invalid('CREATE and attributes go together');
    const request = { queue: this.number(), name: bytes, flags };
    return isGiven ? { ...request, create: attributesOf(attributes) } : request;
  }

  private checkOpen(flags: number): void {
    this.check();
    if ((flags & OpenFlags.RECEIVE_CALLBACK) !== 0) this.needed('messageReceived');
  }

  private opened(number: number): MsgQueue {
    const queue = new MsgQueue(this, number, {
      after: (milliseconds, run) => {
        const timer = this.clock.timer(run);
        timer.start(milliseconds);
        return () => timer.stop();
      },
      wait: async (wait, poll) => (await this.call(Operations.wait, { queue: number, wait, poll })).ready,
      unwait: (wait) => this.tell(Operations.unwait, { queue: number, wait, poll: false }),
      take: (capacity) =>
        this.call(Operations.take, { queue: number, ...(capacity === undefined ? {} : { capacity }) }),
    });
    queue.registered(this.open(QUEUE, queue, () => queue.ended()));
    this.queues.set(number, queue);
    return queue;
  }

  private forget(queue: MsgQueue): void {
    this.queues.delete(queue.number);
    this.closed(queue.handle);
  }

  /** Asks what nobody waits for. */
  private tell<Q>(operation: Operation<Q, unknown>, request: Q): void {
    this.call(operation, request).catch(() => undefined);
  }

  private number(): number {
    return (this.lastNumber = (this.lastNumber + 1) >>> 0);
  }
}

function checkedSender(senderId: bigint): bigint {
  if (typeof senderId === 'bigint' && senderId > 0n && senderId < 2n ** 64n) return senderId;
  throw invalid('give the sender id of a message that wants a reply; 0n is none');
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof SaError && thrown.spec === 'SA_AIS_ERR_TIMEOUT';
}

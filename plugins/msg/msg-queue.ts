import { SaError, badHandle } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import type { Msg } from './client.js';
import { MessageGets } from './message-get.js';
import type { MessageGetResult, ReadPort } from './message-get.js';
import type { MessageBuffer, Taken } from './message.js';

/** A queue that this process has open (SaMsgQueueHandleT). */
export class MsgQueue {
  private id = 0n;
  private open = true;
  private readonly gets: MessageGets;

  /** @internal Made by `queueOpen`. */
  constructor(
    private readonly msg: Msg,
    /** @internal The library's number for it. */
    readonly number: number,
    port: ReadPort,
  ) {
    this.gets = new MessageGets(port);
  }

  /** Its number, as `queueAt` of the library handle takes it. */
  get handle(): bigint {
    return this.id;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /**
   * saMsgMessageGet: takes the first message of the highest priority off the queue, and waits for one. ERR_TIMEOUT, with 0 at
   * once if there is none; ERR_NO_SPACE when `buffer` is too small: the message stays, `size` says what it needs.
   * ERR_INTERRUPT by `messageCancel`, ERR_BAD_HANDLE when the queue is closed meanwhile.
   */
  async messageGet(timeout: SaTime, buffer?: MessageBuffer | null): Promise<MessageGetResult> {
    this.check();
    return this.gets.get(timeout, buffer);
  }

  /** saMsgMessageCancel: all `messageGet` of this handle that wait end with ERR_INTERRUPT. ERR_NOT_EXIST: none does. */
  async messageCancel(): Promise<void> {
    this.check();
    if (!this.gets.interrupt('cancelled')) throw new SaError('ERR_NOT_EXIST', 'no messageGet waits');
  }

  /** saMsgQueueClose: messages stay in the queue, as long as it stays. ERR_BAD_HANDLE. */
  async close(): Promise<void> {
    this.check();
    this.ended();
    await this.msg.closeQueue(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.open) await this.close();
  }

  /** @internal */
  registered(handle: bigint): void {
    this.id = handle;
  }

  /** @internal Throws ERR_BAD_HANDLE once it is closed. */
  check(): void {
    if (!this.open) throw badHandle('message queue');
  }

  /** @internal The queue was closed, the library finalized, the service lost, or the queue given to another owner. */
  ended(): void {
    this.open = false;
    this.gets.interrupt('closed');
  }

  /** @internal Whether a message was taken that nobody has got yet. */
  get holds(): boolean {
    return this.gets.holds;
  }

  /** @internal Messages that were taken and that nobody got. */
  leftOver(): Promise<Taken[]> {
    return this.gets.leftOver();
  }
}

import type { Logger } from '../../base/logger.js';
import type { RingPort } from '../srp/port.js';
import type { Receiver } from './receiver.js';
import type { Sender } from './sender.js';

/**
 * Lets newcomers understand a message that a membership change cut in two.
 *
 * Frames that wait when a new ring is installed go out on the new ring. If the first of them continues a message whose
 * beginning went out on the old ring, the members that were there put the message together and deliver it, and those that
 * have joined cannot: members of one configuration would not deliver the same messages in it. Corosync 3.1.7 has this
 * flaw; its receivers then even lose every whole message up to the next frame that ends with one.
 *
 * So before such a queue goes on, the sender takes back what was sent of the message. In front of the queue go
 *
 * 1. a frame that continues what nobody has (a *reset*): it is no beginning, and its continuation is not the number that
 *    the old members remember. Its one piece therefore cannot be delivered, and because its `fragmented` is 0 every
 *    receiver, Corosync's too, is behind it as if it had never heard the sender (totem.md 7.4);
 * 2. the beginning of the message again, numbered so that the frames that wait continue it.
 *
 * What was sent is what this node has received from itself: at a configuration event a member has delivered everything
 * that it sent before. All who came along have the same of it; that is why nothing is done when nobody joined. If the
 * ring changes again before all of this is out, the same rule holds for what is out by then: the record of a sender
 * begins anew with its reset.
 *
 * The same happens to the messages of an interrupted synchronization, in the second queue and assembly set, when the next
 * one begins.
 */
export class StreamRepair {
  /** Somebody joined since the queue was last known to be understood by all: the normal queue, and the second one. */
  private newcomers = { normal: false, transitional: false };
  private waiting = false;

  constructor(
    private readonly port: RingPort,
    private readonly sender: Sender,
    private readonly receiver: Receiver,
    private readonly logger: Logger,
  ) {}

  /** A regular configuration, before anything is sent in it: the second queue is in use. */
  configured(joined: readonly number[]): void {
    if (joined.length > 0) this.newcomers = { normal: true, transitional: true };
    this.repair('transitional');
  }

  /** Synchronization is complete: the normal queue is in use, and nothing of it has been sent in this configuration. */
  synchronized(): void {
    this.repair('normal');
  }

  /** The token is here: what memory was short for may be possible now. */
  tokenReceived(): void {
    if (this.waiting) this.repair(this.receiver.inTransitionalSet ? 'transitional' : 'normal');
  }

  private repair(queue: 'normal' | 'transitional'): void {
    const own = this.newcomers[queue] ? this.receiver.unfinishedOf(this.port.nodeId) : undefined;
    const short = own !== undefined && !this.sender.sendAgain(own);
    if (short !== this.waiting) this.pause(short);
    if (short) return;
    this.newcomers[queue] = false;
    // Until the reset is out nothing of this queue is: a second one would say the same.
    if (own !== undefined) own.reset();
  }

  private pause(short: boolean): void {
    this.waiting = short;
    this.port.pauseSending(short);
    if (!short) return;
    this.logger.log(
      'warning',
      'Frame memory is short: what this node has queued waits until the beginning of a message can be sent again. If ' +
        'other messages do not get through either, look for a member that does not receive.',
    );
  }
}

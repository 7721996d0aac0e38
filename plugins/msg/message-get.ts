import { SA_TIME_END, SaError, badHandle, fromMilliseconds, timeoutMs } from 'chorale/sdk';
import type { SaTime } from 'chorale/sdk';
import { capacityOf, messageOf, tooSmall } from './message.js';
import type { MessageBuffer, ReceivedMessage, Taken } from './message.js';
import type { TakeReply } from './messages.proto.js';

/** What saMsgMessageGet gives. */
export interface MessageGetResult {
  readonly message: ReceivedMessage;
  /** When it was sent, on the clock of the sender's node. */
  readonly sendTime: SaTime;
  /** For `messageReply`; 0n: the sender waits for no reply. */
  readonly senderId: bigint;
}

/** What reading needs of the service. */
export interface ReadPort {
  /** Milliseconds. */
  now(): number;
  /** Resolves when a message is there to be taken; to false if there is none and `poll`. */
  wait(wait: number, poll: boolean, timeout: SaTime): Promise<boolean>;
  unwait(wait: number): void;
  take(capacity: number | undefined, timeout: SaTime, late: (reply: TakeReply) => void): Promise<TakeReply>;
}

type End = 'cancelled' | 'closed';

interface Getter {
  end: End | undefined;
  wake: () => void;
}

/**
 * The calls of messageGet on one open queue. A message is first waited for, which changes nothing, then taken, which all
 * nodes do. What comes when its call has timed out is kept for the next one.
 */
export class MessageGets {
  private kept: Taken[] = [];
  private readonly getters = new Set<Getter>();
  private lastWait = 0;
  private ended = false;

  constructor(private readonly port: ReadPort) {}

  async get(timeout: SaTime, buffer: MessageBuffer | null | undefined): Promise<MessageGetResult> {
    const { capacity } = capacityOf(buffer);
    const limitMs = timeoutMs(timeout);
    const getter: Getter = { end: undefined, wake: () => undefined };
    this.getters.add(getter);
    try {
      return resultOf(await this.next(getter, limitMs, capacity, buffer), buffer);
    } finally {
      this.getters.delete(getter);
    }
  }

  /** Ends the calls that wait. False: none does. */
  interrupt(end: End): boolean {
    if (end === 'closed') this.ended = true;
    for (const getter of this.getters) {
      getter.end ??= end;
      getter.wake();
    }
    return this.getters.size > 0;
  }

  /** Messages that were taken and that nobody got. */
  takeKept(): Taken[] {
    return this.kept.splice(0);
  }

  private async next(
    getter: Getter,
    limitMs: number,
    capacity: number | undefined,
    buffer: MessageBuffer | null | undefined,
  ): Promise<Taken> {
    const deadline = this.port.now() + limitMs;
    const isPoll = limitMs === 0;
    // A call that may not wait for a message still takes one that is there.
    const left = (): SaTime =>
      isPoll || limitMs === Infinity ? SA_TIME_END : fromMilliseconds(Math.max(1, deadline - this.port.now()));
    for (;;) {
      const [kept] = this.kept;
      if (kept !== undefined) {
        const needed = kept.content.data.length;
        if (needed > (capacity ?? Infinity)) throw tooSmall(buffer, needed);
        this.kept.shift();
        return kept;
      }
      if (getter.end === 'closed') throw badHandle('message queue');
      if (getter.end === 'cancelled') throw new SaError('ERR_INTERRUPT', 'messageCancel ended the call');
      const ready = await this.wait(getter, isPoll, left());
      if (ready === 'none') throw new SaError('ERR_TIMEOUT', 'there is no message');
      if (ready === 'woken') continue;
      const { message, needed } = await this.port.take(capacity, left(), (reply) => this.keep(reply));
      if (message !== undefined) return message as Taken;
      if (needed !== undefined) throw tooSmall(buffer, needed);
    }
  }

  private async wait(getter: Getter, isPoll: boolean, timeout: SaTime): Promise<'ready' | 'none' | 'woken'> {
    const wait = (this.lastWait = (this.lastWait + 1) >>> 0);
    const woken = new Promise<'woken'>((resolve) => (getter.wake = () => resolve('woken')));
    const answer = this.port.wait(wait, isPoll, timeout).then((ready) => (ready ? 'ready' : 'none'));
    try {
      const outcome = await Promise.race([answer, woken]);
      if (outcome === 'woken' && !this.ended) this.port.unwait(wait);
      return outcome;
    } catch (thrown) {
      if (thrown instanceof SaError && thrown.spec === 'SA_AIS_ERR_TIMEOUT') this.port.unwait(wait);
      throw thrown;
    }
  }

  private keep({ message }: TakeReply): void {
    if (message === undefined || this.ended) return;
    this.kept.push(message as Taken);
    for (const getter of this.getters) getter.wake();
  }
}

function resultOf({ content, time, senderId }: Taken, buffer: MessageBuffer | null | undefined): MessageGetResult {
  return { message: messageOf(content, buffer), sendTime: time, senderId };
}

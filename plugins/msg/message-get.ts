import { SaError, badHandle, timeoutMs } from 'chorale/sdk';
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
  /** Runs something after so many milliseconds; gives how to stop that. */
  after(milliseconds: number, run: () => void): () => void;
  /** Resolves to true when a message is there to be taken; to false if there is none and `poll`, or after `unwait`. */
  wait(wait: number, poll: boolean): Promise<boolean>;
  unwait(wait: number): void;
  take(capacity: number | undefined): Promise<TakeReply>;
}

type End = 'cancelled' | 'closed' | 'overdue';

/** A call that is under way. */
interface Getter {
  end: End | undefined;
  wake: () => void;
}

/**
 * The calls of messageGet on one open queue. A message is first waited for, which changes nothing, then taken, which all
 * nodes do. What was taken goes through one line here, so that a message whose call has timed out meanwhile is for the next
 * call, in its order; and no more are taken than calls wait.
 */
export class MessageGets {
  private readonly kept: Taken[] = [];
  private readonly getters = new Set<Getter>();
  private readonly takes = new Set<Promise<unknown>>();
  private lastWait = 0;

  constructor(private readonly port: ReadPort) {}

  /** Whether something was taken, or is being taken, that nobody has got yet. */
  get holds(): boolean {
    return this.kept.length > 0 || this.takes.size > 0;
  }

  async get(timeout: SaTime, buffer: MessageBuffer | null | undefined): Promise<MessageGetResult> {
    const { capacity } = capacityOf(buffer);
    const limitMs = timeoutMs(timeout);
    const getter: Getter = { end: undefined, wake: () => undefined };
    const stop =
      limitMs === 0 || limitMs === Infinity ? undefined : this.port.after(limitMs, () => end(getter, 'overdue'));
    this.getters.add(getter);
    try {
      const { content, time, senderId } = await this.next(getter, limitMs === 0, capacity, buffer);
      return { message: messageOf(content, buffer), sendTime: time, senderId };
    } finally {
      this.getters.delete(getter);
      stop?.();
    }
  }

  /** Ends the calls that wait. False: none does. */
  interrupt(how: 'cancelled' | 'closed'): boolean {
    for (const getter of this.getters) end(getter, how);
    return this.getters.size > 0;
  }

  /** Messages that were taken and that nobody got, all of them once nothing is being taken any more. */
  async leftOver(): Promise<Taken[]> {
    await Promise.allSettled(this.takes);
    return this.kept.splice(0);
  }

  private async next(
    getter: Getter,
    isPoll: boolean,
    capacity: number | undefined,
    buffer: MessageBuffer | null | undefined,
  ): Promise<Taken> {
    for (;;) {
      if (getter.end === 'closed') throw badHandle('message queue');
      const [kept] = this.kept;
      if (kept !== undefined) {
        const needed = kept.content.data.length;
        if (needed > (capacity ?? Infinity)) throw tooSmall(buffer, needed);
        this.kept.shift();
        return kept;
      }
      if (getter.end === 'cancelled') throw new SaError('ERR_INTERRUPT', 'messageCancel ended the call');
      if (getter.end === 'overdue') throw noMessage();
      // A message is under way for a call that has timed out: it is for this one.
      if (!isPoll && this.takes.size >= this.getters.size) {
        await this.woken(getter);
        continue;
      }
      const ready = await this.wait(getter, isPoll);
      if (ready === 'none') throw noMessage();
      if (ready === 'woken') continue;
      const needed = await Promise.race([this.take(capacity), this.woken(getter)]);
      if (typeof needed === 'number') throw tooSmall(buffer, needed);
    }
  }

  private async wait(getter: Getter, isPoll: boolean): Promise<'ready' | 'none' | 'woken'> {
    const wait = (this.lastWait = (this.lastWait + 1) >>> 0);
    const answer = this.port.wait(wait, isPoll);
    const outcome = await Promise.race([answer, this.woken(getter)]);
    if (outcome !== 'woken') return outcome ? 'ready' : 'none';
    this.port.unwait(wait);
    // It was told to take a message before it heard of that, or it had not been asked yet.
    answer.then((ready) => ready && this.port.unwait(wait)).catch(() => undefined);
    return 'woken';
  }

  /** Has a message taken, which comes into the line. Resolves to the room it needs if that is too little. */
  private take(capacity: number | undefined): Promise<number | undefined> {
    const work = this.port.take(capacity).then(({ message, needed }) => {
      if (message !== undefined) this.kept.push(message as Taken);
      return needed;
    });
    this.takes.add(work);
    const over = (): void => {
      this.takes.delete(work);
      for (const getter of this.getters) getter.wake();
    };
    work.then(over, over);
    return work;
  }

  private woken(getter: Getter): Promise<'woken'> {
    if (getter.end !== undefined) return Promise.resolve('woken');
    return new Promise((resolve) => (getter.wake = () => resolve('woken')));
  }
}

function end(getter: Getter, how: End): void {
  getter.end ??= how;
  getter.wake();
}

function noMessage(): SaError {
  return new SaError('ERR_TIMEOUT', 'no message came in time');
}

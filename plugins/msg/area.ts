import type { Content, MessageRecord } from './messages.proto.js';

/** A message in a queue. It is not changed any more. */
export type Message = MessageRecord & { readonly content: Content };

/** The messages of one priority in a queue, in the order of their sequences. */
export class Area {
  private messages: Message[] = [];
  /** Those before this position are taken. */
  private head = 0;
  /** Bytes of their data. */
  used = 0;

  get length(): number {
    return this.messages.length - this.head;
  }

  get first(): Message | undefined {
    return this.messages[this.head];
  }

  push(message: Message): void {
    this.messages.push(message);
    this.used += message.content.data.length;
  }

  /** Takes the first one off. */
  shift(): Message | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.used -= first.content.data.length;
    this.head++;
    // What is taken goes when it is half of the list, so that a message costs the same however many there are.
    if (this.head * 2 > this.messages.length) {
      this.messages = this.messages.slice(this.head);
      this.head = 0;
    }
    return first;
  }

  /** Puts a message where it belongs. False: it is there already. */
  insert(message: Message): boolean {
    const all = [...this];
    if (all.some((one) => sameMessage(one, message))) return false;
    this.replace([...all, message].sort(bySequence));
    return true;
  }

  replace(messages: readonly Message[]): void {
    this.messages = [...messages];
    this.head = 0;
    this.used = messages.reduce((sum, { content }) => sum + content.data.length, 0);
  }

  *[Symbol.iterator](): Iterator<Message> {
    for (let at = this.head; at < this.messages.length; at++) yield this.messages[at]!;
  }
}

export function sameMessage(a: Message, b: Message): boolean {
  return a.call === b.call && a.owner === b.owner;
}

/** The order of messages. Those of two partitions may have the same sequence. */
export function bySequence(a: Message, b: Message): number {
  return a.sequence - b.sequence || (a.owner < b.owner ? -1 : 1);
}

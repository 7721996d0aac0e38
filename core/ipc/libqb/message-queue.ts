/** What all clients' queues hold together. */
export interface QueueBudget {
  bytes: number;
}

/** Messages that wait for a client, in order. Each is a copy. */
export class MessageQueue {
  bytes = 0;
  private messages: Uint8Array[] = [];
  private head = 0;

  constructor(private readonly budget: QueueBudget) {}

  get length(): number {
    return this.messages.length - this.head;
  }

  push(parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    const message = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    this.messages.push(message);
    this.count(length);
  }

  /** The first message; there is one. */
  get first(): Uint8Array {
    return this.messages[this.head]!;
  }

  shift(): void {
    this.count(-this.first.length);
    // Let go at once; the places go when they are the greater part.
    this.messages[this.head++] = nothing;
    if (this.head * 2 > this.messages.length) {
      this.messages = this.messages.slice(this.head);
      this.head = 0;
    }
  }

  clear(): void {
    this.count(-this.bytes);
    this.messages = [];
    this.head = 0;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    this.budget.bytes += bytes;
  }
}

const nothing = new Uint8Array(0);

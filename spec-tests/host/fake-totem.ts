import type { MessageView } from '../../core/base/message-view.js';
import { MessageView as View } from '../../core/base/message-view.js';
import type { Group, MessageReceiver, Totem } from '../../core/totem/ring.js';

/** A ring of one node that keeps what is multicast, and has as much room as it is told. */
export class FakeTotem implements Totem {
  readonly nodeId = 7;
  room = Infinity;
  readonly sent: Uint8Array[] = [];
  private receiver: MessageReceiver | undefined;
  private listeners: (() => boolean)[] = [];

  join(_name: string, receive: MessageReceiver): Group {
    this.receiver = receive;
    return {
      multicast: (parts) => {
        const message = new Uint8Array(Buffer.concat(parts));
        if (message.length > this.room) return false;
        this.room -= message.length;
        this.sent.push(message);
        return true;
      },
    };
  }

  canMulticast(length: number): boolean {
    return length <= this.room;
  }

  onConfiguration(): void {
    // Nothing here changes.
  }

  afterToken(listener: () => boolean): void {
    this.listeners.push(listener);
  }

  /** The token has passed: there is room again. */
  token(room = Infinity): void {
    this.room = room;
    const staying = this.listeners.splice(0).filter((listener) => listener());
    this.listeners.push(...staying);
  }

  get listenerCount(): number {
    return this.listeners.length;
  }

  deliver(bytes: Uint8Array, sender = 1, littleEndian = true): MessageView {
    const view = View.over(bytes, littleEndian);
    this.receiver!(view, sender);
    return view;
  }

  synchronized(): void {
    // Nothing is synchronized here.
  }

  start(): void {
    // It is always there.
  }

  leave(): void {
    // It is always there.
  }
}

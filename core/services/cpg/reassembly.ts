import { FragmentType } from './layouts.js';

/** A fragment of a message as its event shows it; `data` is the receiver's to keep. */
export interface Fragment {
  readonly nodeId: number;
  readonly pid: number;
  readonly type: number;
  /** Of the whole message. */
  readonly messageLength: number;
  readonly data: Uint8Array;
}

interface Unfinished {
  readonly messageLength: number;
  readonly parts: Uint8Array[];
  length: number;
}

/** Puts messages together that were sent in fragments, one unfinished message a process. */
export class Reassembly {
  private readonly unfinished = new Map<string, Unfinished>();

  /** The whole message, if this fragment ends one. A fragment that fits no message drops that process's message. */
  add({ nodeId, pid, type, messageLength, data }: Fragment): Uint8Array | undefined {
    const key = `${nodeId} ${pid}`;
    if (type === FragmentType.FIRST) this.unfinished.set(key, { messageLength, parts: [], length: 0 });
    const message = this.unfinished.get(key);
    if (!message) return undefined;
    message.length += data.length;
    if (message.messageLength !== messageLength || message.length > messageLength) {
      this.unfinished.delete(key);
      return undefined;
    }
    message.parts.push(data);
    if (type !== FragmentType.LAST) return undefined;
    this.unfinished.delete(key);
    if (message.length !== messageLength) return undefined;
    const whole = new Uint8Array(messageLength);
    let at = 0;
    for (const part of message.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** A process has left: nothing more of its message will come. */
  drop(nodeId: number, pid: number): void {
    this.unfinished.delete(`${nodeId} ${pid}`);
  }
}

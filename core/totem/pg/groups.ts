import { MalformedMessage, MessageView } from '../../base/message-view.js';
import type { Logger } from '../../base/logger.js';
import { worthALine } from '../../base/sparse-log.js';
import type { MessageReceiver } from '../ring.js';
import type { PackingCounters } from './counters.js';

interface JoinedGroup {
  readonly name: Uint8Array;
  readonly receive: MessageReceiver;
}

/**
 * The groups this node has joined, and the way of a message to them. Each message begins with a group prefix
 * (totem.md 7.2): `u16 g, u16 length[g], g names`, in the sender's byte order.
 */
export class GroupTable {
  private readonly groups: JoinedGroup[] = [];
  private readonly message = new MessageView();
  /** Bytes of the longest prefix this node puts before a message. */
  longestPrefix = 0;

  constructor(
    private readonly counters: PackingCounters,
    private readonly logger: Logger,
    private readonly littleEndian: boolean,
  ) {}

  /** Adds a group; returns the prefix of its messages. Names are ASCII, 1 to 255 characters. */
  join(name: string, receive: MessageReceiver): Uint8Array {
    const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    if (bytes.length === 0 || bytes.length > 255 || bytes.some((byte, i) => byte !== name.charCodeAt(i))) {
      throw new RangeError(`"${name}" cannot name a group: use 1 to 255 ASCII characters`);
    }
    if (this.groups.some((group) => group.name.length === bytes.length && sameBytes(group.name, bytes, 0))) {
      throw new Error(`group "${name}" is joined already: it has one receiver a node, join another name`);
    }
    this.groups.push({ name: bytes, receive });
    const prefix = new Uint8Array(4 + bytes.length);
    const view = new DataView(prefix.buffer);
    view.setUint16(0, 1, this.littleEndian);
    view.setUint16(2, bytes.length, this.littleEndian);
    prefix.set(bytes, 4);
    this.longestPrefix = Math.max(this.longestPrefix, prefix.length);
    return prefix;
  }

  /** Shows a whole message, prefix first, to the receiver of each joined group that its prefix names. */
  dispatch(
    bytes: Uint8Array,
    data: DataView,
    offset: number,
    length: number,
    sender: number,
    littleEndian: boolean,
  ): void {
    const names = length < 2 ? 0 : data.getUint16(offset, littleEndian);
    let body = 2 + 2 * names;
    if (length < 2 || body > length) return this.malformed(sender, 'its group prefix is cut short');
    for (let i = 0; i < names; i++) body += data.getUint16(offset + 2 + 2 * i, littleEndian);
    if (body > length) return this.malformed(sender, 'its group names are longer than it');

    let known = false;
    for (const group of this.groups) {
      let at = offset + 2 + 2 * names;
      for (let i = 0; i < names; i++) {
        const nameLength = data.getUint16(offset + 2 + 2 * i, littleEndian);
        if (nameLength === group.name.length && sameBytes(group.name, bytes, at)) {
          known = true;
          this.message.set(bytes, data, offset + body, length - body, littleEndian);
          this.show(group, sender);
          break;
        }
        at += nameLength;
      }
    }
    if (!known) this.counters.unknownGroup++;
  }

  private show(group: JoinedGroup, sender: number): void {
    try {
      group.receive(this.message, sender);
      this.counters.delivered++;
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.malformed(sender, error.message);
    }
  }

  private malformed(sender: number, why: string): void {
    const count = ++this.counters.malformedMessages;
    if (worthALine(count)) {
      this.logger.log('warning', `Dropped a message of node ${sender}: ${why} (${count} malformed messages so far)`);
    }
  }
}

/** Whether `bytes` holds all of `name` from `at` on. */
function sameBytes(name: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[at + i]) return false;
  return true;
}

import { silentLogger } from '../../core/base/logger.js';
import { MessageView } from '../../core/base/message-view.js';
import { Packing } from '../../core/totem/pg/packing.js';
import { capturedRings } from '../totem-pg/captured-rings.js';
import { FakePort } from '../totem-pg/fake-ring.js';

/** A service's message that a real node multicast, with its header. */
export interface CapturedMessage {
  readonly sender: number;
  /** `service id << 16 | function`. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** What was multicast on one ring, in its order. */
export interface CapturedServiceRing {
  readonly representative: number;
  readonly seq: number;
  readonly senders: readonly number[];
  readonly messages: readonly CapturedMessage[];
}

/** The services' messages of a capture, ring by ring. */
export function capturedServiceMessages(file: string): CapturedServiceRing[] {
  return capturedRings(file).rings.map((ring) => {
    const port = new FakePort(9);
    const packing = new Packing(port, { logger: silentLogger });
    const messages: CapturedMessage[] = [];
    packing.join('sync', () => undefined);
    packing.join('a', (message, sender) => {
      messages.push({ sender, id: message.i32(0), bytes: message.copy(0, message.length) });
    });
    packing.start();
    packing.configuration({ kind: 'regular', ringId: ring, members: ring.senders, left: [], joined: ring.senders });
    for (const { sender, payload } of ring.frames) port.deliver({ sender, payload, littleEndian: true });
    return { representative: ring.representative, seq: ring.seq, senders: ring.senders, messages };
  });
}

/** One thing in a message that has a meaning: a number of 2, 4 or 8 bytes, or bytes that have no order. */
export interface MessageField {
  readonly at: number;
  readonly size: number;
  readonly number: boolean;
}

/** What has a meaning in a captured message (totem.md 9); everything else is padding. */
export function fieldsOf({ id, bytes }: CapturedMessage): MessageField[] {
  const message = MessageView.over(bytes);
  const number = (size: number, ...offsets: number[]): MessageField[] =>
    offsets.map((at) => ({ at, size, number: true }));
  const raw = (at: number, size: number): MessageField => ({ at, size, number: false });
  const text = (at: number, room: number): MessageField => raw(at, bytes.subarray(at, at + room).indexOf(0) + 1);
  const name = (at: number): MessageField[] => [...number(4, at), raw(at + 8, message.u32(at))];
  switch (id) {
    case 0: {
      const version = message.u8(48 + 264) === 8 ? number(8, 48 + 280) : [];
      const head = [raw(16, 1), raw(24, 1), ...number(2, 48), raw(56, message.u16(48)), raw(48 + 264, 1)];
      return [...head, ...number(8, 48 + 272), ...version];
    }
    case 0x10001:
      return [...number(4, 16), ...number(2, 24), raw(32, message.u16(24))];
    case 0x10002:
      return [];
    case 0x10003:
      return [...number(4, 16), ...number(8, 24)];
    case 0x20000:
    case 0x20001:
      return [...name(16), ...number(4, 152, 160)];
    case 0x20002:
      return Array.from({ length: (bytes.length - 24) / 144 }, (_, i) => [
        ...number(4, 24 + 144 * i),
        ...name(32 + 144 * i),
      ]).flat();
    case 0x20003:
      return [...name(16), ...number(4, 152, 160, 168), ...number(8, 176), raw(184, bytes.length - 184)];
    case 0x20005:
      return number(4, 16, 24, ...Array.from({ length: message.u32(24) }, (_, i) => 32 + 4 * i));
    case 0x20006:
      return [...name(16), ...number(4, 152, 160, 168, 176, 184), ...number(8, 192), raw(200, bytes.length - 200)];
    case 0x50000:
      return number(4, 16, 20, 24, 28);
    case 0x50001:
      return [...number(4, 16, 20), raw(24, 1)];
    case 0x50002:
      return [...number(4, 16), text(20, 255)];
    case 0x50003:
      return [text(16, 255), text(271, 255)];
    default:
      throw new Error(`no table for message ${id.toString(16)}`);
  }
}

/** The message as a node of the other byte order would have sent it. */
export function swapped(message: CapturedMessage): MessageView {
  const bytes = message.bytes.slice();
  const header: MessageField[] = [
    { at: 0, size: 4, number: true },
    { at: 8, size: 4, number: true },
  ];
  for (const { at, size, number } of [...header, ...fieldsOf(message)]) {
    if (number) bytes.subarray(at, at + size).reverse();
  }
  return MessageView.over(bytes, false);
}

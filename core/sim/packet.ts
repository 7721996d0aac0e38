import { FrameType } from '../totem/wire/header.js';
import type { FrameTrace } from './frame-trace.js';
import type { Random } from './random.js';

/** A frame on its way: the bytes as they were when it was sent, shared by all copies of it. */
export class Packet {
  length = 0;
  /** As FrameType; -1 if it is too short to tell. */
  type = -1;
  /** Sent to one node: on `udp` such frames have a socket of their own. */
  unicast = false;
  /** Position of the node that sent it. */
  from = 0;
  /** Copies that are still on their way. */
  copies = 0;
  /** Where its way is written down, if it is. */
  trace: FrameTrace | undefined = undefined;

  constructor(public bytes: Uint8Array) {}
}

const TYPE_AT = 3;
const SMALL_BYTES = 2048;

/** Packets used again and again. */
export class PacketPool {
  private readonly idle: Packet[] = [];

  /** Takes the frame that is now at `offset` of `memory`. */
  capture(memory: Uint8Array, offset: number, length: number, from: number, unicast: boolean): Packet {
    const packet = this.take(length);
    packet.bytes.set(memory.subarray(offset, offset + length));
    return describe(packet, length, from, unicast);
  }

  /**
   * A damaged copy. `evident` damage is one that the receiver can see: a header that is none, or a frame shorter than the
   * least of its type. `any` damage is anywhere.
   */
  damaged(original: Packet, mode: 'evident' | 'any', random: Random): Packet {
    const damaged = this.damage(original, mode, random);
    damaged.trace = original.trace;
    return damaged;
  }

  /** One copy has arrived or is lost. */
  done(packet: Packet): void {
    if (--packet.copies <= 0 && packet.bytes.length === SMALL_BYTES) this.idle.push(packet);
  }

  private damage(original: Packet, mode: 'evident' | 'any', random: Random): Packet {
    const { length, from, unicast } = original;
    const packet = this.take(length);
    packet.bytes.set(original.bytes.subarray(0, length));
    if (mode === 'evident') {
      if (random.chance(0.5))
        return describe(packet, random.below(Math.min(length, shortest(original.type))), from, unicast);
      // The magic, the version, or a type that does not exist.
      const at = random.below(4);
      packet.bytes[at] = at === TYPE_AT ? 6 + random.below(250) : packet.bytes[at]! ^ (1 << random.below(8));
      return describe(packet, length, from, unicast);
    }
    if (random.chance(0.2)) return describe(packet, random.below(length), from, unicast);
    for (let flips = random.between(1, 8); flips > 0; flips--) {
      packet.bytes[random.below(length)]! ^= 1 << random.below(8);
    }
    return describe(packet, length, from, unicast);
  }

  private take(length: number): Packet {
    if (length > SMALL_BYTES) return new Packet(new Uint8Array(length));
    return this.idle.pop() ?? new Packet(new Uint8Array(SMALL_BYTES));
  }
}

function describe(packet: Packet, length: number, from: number, unicast: boolean): Packet {
  packet.length = length;
  packet.type = length > TYPE_AT ? packet.bytes[TYPE_AT]! : -1;
  packet.from = from;
  packet.unicast = unicast;
  packet.copies = 0;
  packet.trace = undefined;
  return packet;
}

/** Least bytes of a frame of a type: shorter ones are refused without looking further. */
function shortest(type: number): number {
  switch (type) {
    case FrameType.ORF_TOKEN:
      return 57;
    case FrameType.MCAST:
      return 45;
    case FrameType.MERGE_DETECT:
      return 29;
    case FrameType.JOIN:
      return 33;
    case FrameType.COMMIT_TOKEN:
      return 41;
    default:
      return 25;
  }
}

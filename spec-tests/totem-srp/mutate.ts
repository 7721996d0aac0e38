import { FrameType, RING_ID_BYTES } from '../../core/totem/wire/header.js';
import type { RingBench } from '../support/ring-bench.js';
import { frameOf } from '../support/totem-frames.js';
import { datagramsOf, ringCaptures } from '../totem-wire/captured.js';
import type { Random } from './random.js';

/** Where a ring id stands in a frame of each type, and where the originator. */
const RING_AT: Record<number, number> = {
  [FrameType.ORF_TOKEN]: 29,
  [FrameType.MCAST]: 25,
  [FrameType.MERGE_DETECT]: 17,
  [FrameType.COMMIT_TOKEN]: 17,
  [FrameType.HOLD_CANCEL]: 13,
};
const ORIGINATOR_AT: Record<number, number> = {
  [FrameType.MCAST]: 13,
  [FrameType.MERGE_DETECT]: 13,
  [FrameType.JOIN]: 13,
};

const INTERESTING = [0, 1, 2, 3, 4, 30, 31, 384, 385, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 0x00200000];

/** Different captured frames of every type, at most `limit` of each. */
export function capturedCorpus(limit: number): Uint8Array[] {
  const byType = new Map<number, Map<string, Uint8Array>>();
  for (const name of ringCaptures()) {
    for (const { payload } of datagramsOf(name)) {
      const ofType = byType.get(payload[3]!) ?? new Map<string, Uint8Array>();
      byType.set(payload[3]!, ofType);
      if (ofType.size < limit) ofType.set(Buffer.from(payload).toString('latin1'), payload);
    }
  }
  return [...byType.values()].flatMap((ofType) => [...ofType.values()]);
}

/**
 * Makes frames that mean harm: captured ones and ones that fit the state of the node under test, addressed to its ring
 * and members so that they get past the first checks, then damaged.
 */
export class Mutator {
  constructor(
    private readonly random: Random,
    private readonly corpus: readonly Uint8Array[],
    private readonly bench: RingBench,
  ) {}

  next(): Uint8Array {
    const { random } = this;
    let bytes = random.chance(0.5) ? this.addressed(random.pick(this.corpus).slice()) : this.fitting();
    for (let damages = random.below(4); damages > 0; damages--) bytes = this.damaged(bytes);
    return bytes;
  }

  /** A captured frame that speaks of the node's own ring and members. */
  private addressed(bytes: Uint8Array): Uint8Array {
    const { random, bench } = this;
    const view = new DataView(bytes.buffer);
    const type = bytes[3]!;
    const ringAt = RING_AT[type];
    if (ringAt !== undefined && random.chance(0.8)) this.writeRing(view, ringAt);
    const originatorAt = ORIGINATOR_AT[type];
    if (originatorAt !== undefined && random.chance(0.8)) view.setUint32(originatorAt, random.pick(bench.nodes), true);
    if (type === FrameType.ORF_TOKEN && random.chance(0.9)) {
      view.setUint32(13, this.seqNear(), true);
      view.setUint32(17, this.tokenSeqNear(), true);
      view.setUint32(21, this.seqNear(), true);
      for (let at = 57; at + 16 <= bytes.length; at += 16) {
        this.writeRing(view, at);
        view.setUint32(at + RING_ID_BYTES, this.seqNear(), true);
      }
    }
    if (type === FrameType.MCAST && random.chance(0.9)) view.setUint32(17, this.seqNear(), true);
    return bytes;
  }

  /** A frame of the kind that the node expects now, with numbers near its own. */
  private fitting(): Uint8Array {
    const { random, bench } = this;
    const { nodes, ringId } = bench;
    const { procList, failedList, order } = bench.state;
    const from = random.pick(nodes);
    const littleEndian = random.chance(0.8);
    switch (random.below(8)) {
      case 0:
        return frameOf.join(
          from,
          random.chance(0.5) ? [...procList] : this.someNodes(),
          random.chance(0.5) ? [...failedList] : this.someNodes(),
          Math.max(0, ringId.seq + random.below(12) - 6),
          littleEndian,
        );
      case 1:
        return this.commitToken(littleEndian);
      case 2:
        return frameOf.mcast(from, ringId, this.seqNear(), 'x'.repeat(random.below(200)), { littleEndian });
      case 3: {
        const inner = frameOf.mcast(from, order.ringId, this.seqNear(), 'y'.repeat(random.below(90)), {
          guarantee: random.below(2),
        });
        return frameOf.encapsulated(from, ringId, this.seqNear(), inner, littleEndian);
      }
      case 4:
        return frameOf.holdCancel(from, ringId, littleEndian);
      case 5:
        return frameOf.merge(from, { representative: from, seq: ringId.seq + random.below(4) }, littleEndian);
      default:
        return frameOf.token(
          {
            sender: from,
            target: 0,
            seq: this.seqNear(),
            tokenSeq: this.tokenSeqNear(),
            aru: this.seqNear(),
            aruAddr: random.below(4),
            ringId,
            backlog: random.below(60),
            fcc: random.below(60),
            retransFlag: random.below(2),
            requests: Array.from({ length: random.below(31) }, () => ({
              ringId: random.chance(0.9) ? ringId : order.ringId,
              seq: this.seqNear(),
            })),
          },
          littleEndian,
        );
    }
  }

  private commitToken(littleEndian: boolean): Uint8Array {
    const { random, bench } = this;
    const { order, formingMembers } = bench.state;
    const members = random.chance(0.5) ? bench.candidates : random.chance(0.8) ? formingMembers : this.someNodes();
    const count = Math.max(1, members.length);
    const place = members.indexOf(bench.nodeId);
    return frameOf.commit(
      {
        sender: random.pick(bench.nodes),
        target: 0,
        tokenSeq: random.below(10),
        ringId: { ...bench.ringId, seq: bench.ringId.seq + (random.chance(0.5) ? 0 : 4) },
        retransFlag: 0,
        filled: random.chance(0.5) && place >= 0 ? place : random.chance(0.8) ? count : random.below(count + 2),
        members: members.length > 0 ? members : [bench.nodeId],
        entries: Array.from({ length: count }, () => ({
          ringId: random.chance(0.8) ? order.ringId : bench.ringId,
          aru: this.seqNear(),
          highDelivered: this.seqNear(),
          receivedFlag: random.below(2),
        })),
      },
      littleEndian,
    );
  }

  private damaged(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    if (bytes.length === 0) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    switch (random.below(8)) {
      case 0: // a flipped bit
      case 1: {
        const at = random.below(bytes.length);
        bytes[at] = bytes[at]! ^ (1 << random.below(8));
        return bytes;
      }
      case 2: // cut short
        return bytes.slice(0, random.below(bytes.length + 1));
      case 3: {
        // longer
        const longer = new Uint8Array(bytes.length + random.below(100));
        longer.set(bytes);
        return longer;
      }
      case 4: {
        // the head of this frame, the tail of another
        const other = random.pick(this.corpus);
        const cut = random.below(bytes.length);
        const spliced = new Uint8Array(cut + Math.max(0, other.length - cut));
        spliced.set(bytes.subarray(0, cut));
        spliced.set(other.subarray(cut), cut);
        return spliced;
      }
      case 5: {
        // random bytes
        const from = random.below(bytes.length);
        for (let i = from; i < Math.min(bytes.length, from + 16); i++) bytes[i] = random.below(256);
        return bytes;
      }
      default: {
        // a number that is on some border, where a count or sequence number may stand
        if (bytes.length < 17) return bytes;
        const at = 13 + random.below(Math.min(80, bytes.length - 16));
        const value = random.chance(0.5) ? random.pick(INTERESTING) : this.seqNear();
        view.setUint32(at, value, random.chance(0.9));
        return bytes;
      }
    }
  }

  /** A sequence number near the node's, or half a circle away from it. */
  private seqNear(): number {
    const { random } = this;
    const { phase, order, forming } = this.bench.state;
    const current = phase === 'recovery' ? forming : order;
    const base = random.pick([current.highSeq, current.aru, current.queue.lastReleased, order.highSeq]);
    const far = random.chance(0.1) ? random.pick([2 ** 31, 2 ** 31 - 1, 2 ** 31 + 1, 16383, 16384, 16385]) : 0;
    return (base + far + random.below(12) - 4) >>> 0;
  }

  private tokenSeqNear(): number {
    const { random, bench } = this;
    const last = bench.transport.last.get(FrameType.ORF_TOKEN);
    const tokenSeq = last ? new DataView(last.bytes.buffer).getUint32(17, bench.littleEndian) : 0;
    return (tokenSeq + random.below(6) - 1) >>> 0;
  }

  private someNodes(): number[] {
    const { random, bench } = this;
    return Array.from({ length: random.below(6) }, () =>
      random.chance(0.9) ? random.pick(bench.nodes) : random.below(99),
    );
  }

  private writeRing(view: DataView, at: number): void {
    const { representative, seq } = this.bench.ringId;
    view.setUint32(at, representative, true);
    view.setBigUint64(at + 4, BigInt(seq), true);
  }
}

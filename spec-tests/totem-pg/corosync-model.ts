import type { FrameMemory } from '../../core/net/frame-memory.js';
import type { Configuration } from '../../core/totem/ring.js';
import type { RingPortListener } from '../../core/totem/srp/port.js';

export interface ModelMessage {
  readonly sender: number;
  /** Group prefix and body as they would be handed up. */
  readonly bytes: Uint8Array;
}

/** A sender's record; a fresh one is what Corosync gets from its free list. */
interface Record {
  data: Uint8Array;
  index: number;
  last: number;
  throwingAway: boolean;
}

const BUFFER_BYTES = 1024 * 1024 + 64 * 1024;

/**
 * How a Corosync 3.1.7 node takes packets (totem.md 7.4), with its faults: this is what the sender must satisfy. It throws
 * where a real node would abort.
 */
export class CorosyncModel implements RingPortListener {
  readonly messages: ModelMessage[] = [];
  /** Packets it threw away, by sender. */
  readonly thrownAway: number[] = [];
  private readonly normal = new Map<number, Record>();
  private readonly transitional = new Map<number, Record>();
  private inUse = this.normal;
  /** Records are 1.06 MiB: they are used again. */
  private readonly free: Record[] = [];

  constructor(private readonly frames: FrameMemory) {}

  deliver(offset: number, length: number, sender: number, littleEndian: boolean): void {
    const packet = new DataView(this.frames.bytes.buffer, offset, length);
    const fragmented = packet.getUint8(4);
    const continuation = packet.getUint8(5);
    const n = packet.getUint16(6, littleEndian);
    const lengths = Array.from({ length: n }, (_, i) => packet.getUint16(8 + 2 * i, littleEndian));
    const sum = lengths.reduce((a, b) => a + b, 8 + 2 * n);
    if (sum !== length) throw new Error(`a packet of ${length} bytes has lengths for ${sum}`);
    if (n === 0) throw new Error('a packet without pieces');
    if (lengths.includes(0)) throw new Error('an empty piece');

    const record = this.record(sender);
    if (record.index + length >= BUFFER_BYTES) throw new Error('the node aborts: its buffer is full');
    record.data.set(this.frames.bytes.subarray(offset + 8 + 2 * n, offset + length), record.index);

    const whole = fragmented === 0 ? n : n - 1;
    if (record.throwingAway) {
      this.thrownAway.push(sender);
      if (fragmented <= 1) {
        record.throwingAway = false;
        record.index += lengths[0]!;
      }
    } else if (continuation === record.last) {
      record.last = fragmented;
      let start = 0;
      for (let i = 0; i < whole; i++) {
        const end = record.index + lengths[i]!;
        this.messages.push({ sender, bytes: record.data.slice(start, end) });
        record.index = start = end;
      }
    } else {
      this.thrownAway.push(sender);
      record.throwingAway = true;
    }

    if (fragmented === 0) {
      this.inUse.delete(sender);
      this.free.push(record);
    } else {
      const tail = lengths[n - 1]!;
      if (n > 1) {
        record.data.copyWithin(0, record.index, record.index + tail);
        record.index = 0;
      }
      record.index += tail;
    }
  }

  configuration(configuration: Configuration): void {
    for (const node of configuration.left) {
      this.normal.delete(node);
      this.transitional.delete(node);
    }
  }

  assemblyChanging(): void {
    this.inUse = this.transitional;
  }

  queueChanging(transitional: boolean): void {
    if (!transitional) this.inUse = this.normal;
  }

  tokenReceived(): void {
    // Receiving does not depend on the token.
  }

  private record(sender: number): Record {
    let record = this.inUse.get(sender);
    if (record === undefined) {
      const { data } = this.free.pop() ?? { data: new Uint8Array(BUFFER_BYTES + 65536) };
      record = { data, index: 0, last: 0, throwingAway: false };
      this.inUse.set(sender, record);
    }
    return record;
  }
}

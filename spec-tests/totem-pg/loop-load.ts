import { silentLogger } from '../../core/base/logger.js';
import { FrameMemory } from '../../core/net/frame-memory.js';
import { Packing } from '../../core/totem/pg/packing.js';
import { MCAST_HEADER_BYTES } from '../../core/totem/srp/port.js';
import type { RingPort, RingPortListener } from '../../core/totem/srp/port.js';

/**
 * A load of its own, for `node --expose-gc --import tsx loop-load.ts SIZE COUNT`: COUNT messages of SIZE bytes through the
 * sender and the receiver of one node. Prints JSON: bytes of garbage and nanoseconds for each message.
 */
class LoopPort implements RingPort {
  readonly nodeId = 1;
  readonly frames = FrameMemory.create(1536, 4096, 0);
  readonly payloadBytes = 1410;
  private readonly queued = new Int32Array(2048);
  private readonly lengths = new Int32Array(2048);
  private count = 0;
  private listener: RingPortListener | undefined;

  get available(): number {
    return this.queued.length - this.count;
  }

  enqueue(frame: number, length: number): void {
    this.queued[this.count] = frame;
    this.lengths[this.count++] = length;
  }

  prepend(): void {
    throw new Error('nobody joins this ring');
  }

  pauseSending(): void {
    // Only for what is prepended.
  }

  /** A token visit that sends everything, and the delivery of it. */
  rotate(): void {
    this.listener!.tokenReceived();
    for (let i = 0; i < this.count; i++) {
      const frame = this.queued[i]!;
      this.listener!.deliver(this.frames.offsetOf(frame) + MCAST_HEADER_BYTES, this.lengths[i]!, 1, true);
      this.frames.release(frame);
    }
    this.count = 0;
  }

  wantToken(): void {
    // Rotated by the load.
  }

  afterToken(): void {
    // Not used by the load.
  }

  synchronized(): void {
    // Always is.
  }

  start(listener: RingPortListener): void {
    this.listener = listener;
    const ringId = { representative: 1, seq: 4 };
    listener.configuration({ kind: 'regular', ringId, members: [1], left: [], joined: [1] });
  }

  leave(): void {
    // Ends with the process.
  }
}

const size = Number(process.argv[2]);
const count = Number(process.argv[3]);
const port = new LoopPort();
const packing = new Packing(port, { logger: silentLogger });
let received = 0;
let sum = 0;
const group = packing.join('a', (message) => {
  received++;
  sum += message.u8(message.length - 1);
});
packing.start();

const header = new Uint8Array(16);
const parts = [header, new Uint8Array(size - header.length).fill(1)];

function load(messages: number): void {
  for (let i = 0; i < messages; i++) {
    while (!group.multicast(parts, 0)) port.rotate();
    if (i % 300 === 299) port.rotate();
  }
  port.rotate();
}

load(count / 4);
const collect = (globalThis as { gc?: () => void }).gc;
collect?.();
received = sum = 0;
const before = process.memoryUsage();
const start = process.hrtime.bigint();
load(count);
const ns = Number(process.hrtime.bigint() - start);
const after = process.memoryUsage();
if (received !== count || sum !== count) throw new Error(`${received} of ${count} messages came`);
const garbage = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
console.log(JSON.stringify({ size, count, garbage: garbage / count, ns: ns / count }));

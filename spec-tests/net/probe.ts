import { openTransport } from '../../core/net/open-transport.js';
import type { TransportOptions } from '../../core/net/options.js';
import type { FrameBatch, FrameReceiver, Transport } from '../../core/net/transport.js';

/** Ports of the tests, out of the range of those that the system gives away. */
let nextPort = 20000 + (process.pid % 100) * 100;
export function freshPort(): number {
  nextPort += 2;
  return nextPort;
}

/** Takes what a transport hands over: copies the frames, gives them back, and lets a test await events. */
export class Probe implements FrameReceiver {
  transport!: Transport;
  /** Every frame received, in order. */
  readonly frames: Buffer[] = [];
  /** Frames of each hand-over. */
  readonly batches: number[] = [];
  readonly interfaceStates: boolean[] = [];
  /** Called with each frame; may use the transport. */
  onFrame: ((bytes: Buffer) => void) | undefined;
  private readonly waiting: { done: () => boolean; resolve: () => void }[] = [];

  receive(batch: FrameBatch): void {
    const { frames } = this.transport;
    this.batches.push(batch.count);
    for (let i = 0; i < batch.count; i++) {
      const from = frames.offsetOf(batch.frames[i]!);
      const bytes = Buffer.from(frames.bytes.slice(from, from + batch.lengths[i]!));
      frames.release(batch.frames[i]!);
      this.frames.push(bytes);
      this.onFrame?.(bytes);
    }
    this.wake();
  }

  interfaceChanged(up: boolean): void {
    this.interfaceStates.push(up);
    this.wake();
  }

  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ done, resolve }));
  }

  untilFrames(count: number): Promise<void> {
    return this.until(() => this.frames.length >= count);
  }

  get texts(): string[] {
    return this.frames.map((frame) => frame.toString());
  }

  private wake(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      if (!this.waiting[i]!.done()) continue;
      this.waiting[i]!.resolve();
      this.waiting.splice(i, 1);
    }
  }
}

/** A transport with its probe, opened and up. */
export interface Node {
  readonly transport: Transport;
  readonly probe: Probe;
}

const opened: Transport[] = [];

/** Closes every transport that `startNode` opened; for afterEach. */
export function closeNodes(): void {
  for (const transport of opened.splice(0)) transport.close();
}

export async function startNode(options: TransportOptions): Promise<Node> {
  const transport = await openTransport(options);
  opened.push(transport);
  const probe = new Probe();
  probe.transport = transport;
  transport.open(probe);
  await probe.until(() => probe.interfaceStates.length > 0);
  return { transport, probe };
}

/** One node for each address, ids from 1. */
export async function startNodes(
  addresses: readonly string[],
  options: Partial<TransportOptions> = {},
): Promise<Node[]> {
  const peers = addresses.map((address, place) => ({ nodeId: place + 1, address }));
  const port = freshPort();
  return Promise.all(
    peers.map(({ nodeId, address }) => startNode({ ...plain(port), nodeId, localAddress: address, peers, ...options })),
  );
}

/** Options with what the tests do not care about filled in. */
export function plain(port: number): TransportOptions {
  return {
    transport: 'udpu',
    nodeId: 1,
    localAddress: '127.0.0.1',
    port,
    peers: [],
    blockUnlistedIps: true,
    netmtu: 1500,
    downcheck: 1000,
    bindAttempts: 1,
    slots: 4096,
    largeSlots: 16,
  };
}

/** A frame with these bytes, owned by the caller. */
export function frameOf(transport: Transport, bytes: string | Uint8Array): { frame: number; length: number } {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const frame = transport.frames.allocate(content.length);
  if (frame === -1) throw new Error('no free frame in the test');
  transport.frames.bytes.set(content, transport.frames.offsetOf(frame));
  return { frame, length: content.length };
}

/** Queues one multicast for each text, flushes, and releases the frames. */
export function multicastTexts(transport: Transport, texts: readonly (string | Uint8Array)[], toSelf = false): void {
  const queued = texts.map((text) => frameOf(transport, text));
  for (const { frame, length } of queued) transport.multicast(frame, length, toSelf);
  transport.flush();
  for (const { frame } of queued) transport.frames.release(frame);
}

/** Sends one frame to one node and flushes. */
export function unicastText(transport: Transport, text: string | Uint8Array, nodeId: number): boolean {
  const { frame, length } = frameOf(transport, text);
  const known = transport.unicast(frame, length, nodeId);
  transport.flush();
  transport.frames.release(frame);
  return known;
}

import { FrameMemory } from '../../net/frame-memory.js';
import type { FrameBatch, FrameReceiver, Peer, Transport } from '../../net/transport.js';
import type { FlightRecorder } from './flight-recorder.js';
import { plentyOf, Tag } from './format.js';
import { Output } from './output-digest.js';

/** The node's frame memory, shared with its driver: that a frame is not to be had is an answer that has to be recorded. */
class RecordingFrameMemory extends FrameMemory {
  private readonly plenty: number;

  constructor(
    private readonly inner: FrameMemory,
    private readonly recorder: FlightRecorder,
  ) {
    super(inner.lent);
    this.plenty = plentyOf(inner.lent.slots);
  }

  override allocate(length: number): number {
    const frame = this.inner.allocate(length);
    this.recorder.called();
    if (frame < 0 && this.recorder.asking) this.recorder.unusual(-1);
    return frame;
  }

  override release(frame: number): void {
    this.inner.release(frame);
  }

  override get free(): number {
    const { free } = this.inner;
    this.recorder.called();
    if (free >= this.plenty) return this.plenty;
    if (this.recorder.asking) this.recorder.unusual(free);
    return free;
  }
}

/** The node's transport: what comes in is recorded, what goes out is digested. */
export class RecordingTransport implements Transport, FrameReceiver {
  readonly frames: FrameMemory;
  readonly counters: Readonly<Record<string, number>>;
  private receiver: FrameReceiver | undefined;

  constructor(
    private readonly inner: Transport,
    private readonly recorder: FlightRecorder,
  ) {
    this.frames = new RecordingFrameMemory(inner.frames, recorder);
    this.counters = inner.counters;
  }

  open(receiver: FrameReceiver): void {
    this.receiver = receiver;
    this.inner.open(this);
  }

  receive(batch: FrameBatch): void {
    this.recorder.received(batch, this.frames);
    try {
      this.receiver!.receive(batch);
    } finally {
      this.recorder.end();
    }
  }

  interfaceChanged(up: boolean): void {
    this.recorder.input(
      Tag.INTERFACE,
      () => this.recorder.number(up ? 1 : 0),
      () => this.receiver!.interfaceChanged(up),
    );
  }

  setPeers(peers: readonly Peer[]): void {
    this.inner.setPeers(peers);
  }

  multicast(frame: number, length: number, toSelf: boolean): void {
    if (this.recorder.on) this.sent(toSelf ? 1 : 0, frame, length);
    this.inner.multicast(frame, length, toSelf);
  }

  unicast(frame: number, length: number, nodeId: number): boolean {
    if (this.recorder.on) this.sent(nodeId, frame, length);
    const taken = this.inner.unicast(frame, length, nodeId);
    this.recorder.called();
    if (!taken && this.recorder.asking) this.recorder.unusual(0);
    return taken;
  }

  flush(): void {
    this.inner.flush();
  }

  discardPending(): number {
    const discarded = this.inner.discardPending();
    if (this.recorder.asking) this.recorder.value(Tag.DISCARDED, discarded);
    return discarded;
  }

  close(): void {
    this.inner.close();
  }

  private sent(to: number, frame: number, length: number): void {
    const { digest } = this.recorder;
    digest.begin(Output.FRAMES, to);
    digest.view(Output.FRAMES, this.frames.view, this.frames.offsetOf(frame), length);
  }
}

import { MessageView } from '../../core/base/message-view.js';
import type { ServiceEngine, ServiceRing } from '../../core/host/service-engine.js';

/** A message an engine multicast, without its header. */
export interface Multicast {
  readonly fn: number;
  readonly body: Uint8Array;
  readonly guarantee: number;
}

/** A ring that keeps what is multicast; what comes back is up to the test. */
export class StubRing implements ServiceRing {
  readonly sent: Multicast[] = [];
  full = false;
  synchronizing = false;
  private waiters: (() => void)[] = [];

  constructor(readonly nodeId: number) {}

  multicast(fn: number, parts: readonly Uint8Array[], guarantee: 0 | 1 = 0): boolean {
    if (this.full) return false;
    this.sent.push({ fn, body: new Uint8Array(Buffer.concat(parts)), guarantee });
    return true;
  }

  canMulticast(): boolean {
    return !this.full;
  }

  whenRoom(listener: () => void): void {
    this.waiters.push(listener);
  }

  tokenPassed(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  get waiting(): number {
    return this.waiters.length;
  }

  /** Gives everything sent so far to the engine, as from this node. */
  loop(engine: ServiceEngine): void {
    for (const { fn, body } of this.sent.splice(0)) deliver(engine, fn, body, this.nodeId);
  }
}

/** Delivers a message, given without its header, to an engine. */
export function deliver(engine: ServiceEngine, fn: number, body: Uint8Array, sender: number): void {
  const bytes = new Uint8Array(16 + body.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, (engine.id << 16) | fn, true);
  view.setInt32(8, bytes.length, true);
  bytes.set(body, 16);
  engine.messages[fn]!(MessageView.over(bytes), sender);
}

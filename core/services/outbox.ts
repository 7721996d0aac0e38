import type { ServiceRing } from '../host/service-engine.js';

interface Waiting {
  readonly fn: number;
  readonly body: Uint8Array;
}

/**
 * Messages an engine sends on its own account and may not lose (a process has left, a vote has changed). They go out in
 * order; while the ring is full they wait here. An outbox that `waitsForSync` also keeps them while services are being
 * synchronized, so that they overtake nothing that was queued before; synchronization's own messages may not wait so.
 */
export class Outbox {
  private readonly waiting: Waiting[] = [];
  private armed = false;
  private closed = false;

  constructor(
    private readonly ring: ServiceRing,
    private readonly waitsForSync: boolean,
  ) {}

  /** Whether a message sent now would overtake none and could go at once, if the ring has room. */
  get clear(): boolean {
    return this.waiting.length === 0 && !this.held;
  }

  /** How many messages wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** Sends `body` (what follows the 16-byte header) as soon as the ring takes it. The bytes may not change afterwards. */
  send(fn: number, body: Uint8Array): void {
    this.waiting.push({ fn, body });
    this.flush();
  }

  /** Forgets what waits and sends nothing more: the node is leaving. */
  close(): void {
    this.closed = true;
    this.waiting.length = 0;
  }

  private get held(): boolean {
    return this.waitsForSync && this.ring.synchronizing;
  }

  private flush(): void {
    if (this.closed) return;
    if (!this.held) {
      let sent = 0;
      for (const { fn, body } of this.waiting) {
        if (!this.ring.multicast(fn, [body])) break;
        sent++;
      }
      this.waiting.splice(0, sent);
    }
    if (this.waiting.length > 0 && !this.armed) {
      this.armed = true;
      this.ring.whenRoom(() => {
        this.armed = false;
        this.flush();
      });
    }
  }
}

import type { Clock, Timer } from '../../base/clock.js';

/** The Clock of a running node: monotonic, on Node's event loop. */
export class NodeClock implements Clock {
  now(): number {
    return performance.now();
  }

  timer(onExpiry: () => void): Timer {
    return new NodeTimer(onExpiry);
  }
}

/**
 * A timer that is cheap to move: a start only notes the deadline. Node's own timer is left as it is armed; if it fires
 * before the deadline it is armed again for the rest. Only a deadline earlier than the armed one costs a new timer.
 * A delay of 0 expires on the next turn of the event loop.
 */
class NodeTimer implements Timer {
  running = false;
  private deadline = 0;
  private armed: NodeJS.Timeout | undefined;
  private armedFor = 0;
  private immediate: NodeJS.Immediate | undefined;

  constructor(private readonly onExpiry: () => void) {}

  start(delayMs: number): void {
    const now = performance.now();
    this.deadline = now + delayMs;
    this.running = true;
    if (delayMs <= 0) {
      this.immediate ??= setImmediate(this.turn);
      return;
    }
    if (this.armed === undefined) this.arm(delayMs);
    else if (this.deadline < this.armedFor) {
      clearTimeout(this.armed);
      this.arm(delayMs);
    } else this.armed.ref();
  }

  stop(): void {
    this.running = false;
    // Stays armed for the next start, but keeps no process alive.
    this.armed?.unref();
  }

  private arm(delayMs: number): void {
    this.armedFor = performance.now() + delayMs;
    this.armed = setTimeout(this.fire, Math.max(1, Math.ceil(delayMs)));
  }

  private readonly fire = (): void => {
    this.armed = undefined;
    this.check();
  };

  private readonly turn = (): void => {
    this.immediate = undefined;
    this.check();
  };

  private check(): void {
    if (!this.running) return;
    const left = this.deadline - performance.now();
    if (left <= 0) {
      this.running = false;
      this.onExpiry();
    } else if (this.armed === undefined) this.arm(left);
  }
}

/** The clock of this process. */
export const nodeClock: Clock = new NodeClock();

import type { Timer } from '../../base/clock.js';
import type { RingState } from './ring-state.js';

/**
 * Notices that this process was not running for a while (SIGSTOP, a frozen virtual machine). The JOINs that waited in
 * its sockets meanwhile tell of a membership that is over; acting on them would break the next one, so they are
 * dropped.
 */
export class PauseDetector {
  private readonly timer: Timer;
  private lastTick = 0;
  private stale = false;

  constructor(private readonly ring: RingState) {
    this.timer = ring.clock.timer(() => this.tick());
  }

  start(): void {
    this.lastTick = this.ring.clock.now();
    this.timer.start(this.intervalMs);
  }

  stop(): void {
    this.timer.stop();
  }

  /** Whether a JOIN that just arrived may have waited through a pause. Throws away what else waits. */
  isStale(): boolean {
    this.check();
    if (!this.stale) return false;
    this.ring.statistics.droppedAfterPause += 1 + this.ring.transport.discardPending();
    return true;
  }

  /** What arrived together has been handled: what comes next was sent after the pause. */
  batchDone(): void {
    this.stale = false;
  }

  private get intervalMs(): number {
    return this.ring.parameters.tokenMs / 5;
  }

  private tick(): void {
    this.check();
    this.start();
  }

  private check(): void {
    const pausedMs = this.ring.clock.now() - this.lastTick;
    if (pausedMs <= this.ring.parameters.tokenMs / 2) return;
    this.stale = true;
    this.lastTick = this.ring.clock.now();
    this.ring.logger.log(
      'warning',
      `Process pause detected for ${Math.round(pausedMs)} ms: this node did not run. ` +
        'Give it a real-time priority, locked memory and enough processor time.',
    );
  }
}

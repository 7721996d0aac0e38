import type { TuningLimits } from '../../host/node-options.js';
import type { RingTuning } from '../../totem/ring.js';

/** After a loss the window grows again when it has been quiet for so long, and by this factor. */
const QUIET_MS = 3000;
const GROWTH = 1.25;
/** A loss halves it. */
const REDUCTION = 0.5;

/**
 * The window that this node can bear: from what the configuration gives to the limits of its buffers. Halved when it had
 * to ask for lost frames, grown slowly when it did not for a while: so losses do not feed themselves, whatever is too small
 * for the load.
 */
export class AdaptiveWindow {
  private windowSize: number;
  private changedAt = -Infinity;

  constructor(private readonly limits: TuningLimits) {
    this.windowSize = limits.windowMost;
  }

  get tuning(): RingTuning {
    const { limits, windowSize } = this;
    const maxMessages = Math.min(windowSize, limits.maxMessagesMost);
    return { windowSize, maxMessages, accelerated: Math.min(maxMessages, limits.accelerated) };
  }

  /** Notes at time `now` whether frames were lost since the last time. True: `tuning` is another one now. */
  observe(now: number, lost: boolean): boolean {
    const { limits, windowSize } = this;
    if (!lost && now - this.changedAt < QUIET_MS) return false;
    if (!lost && windowSize === limits.windowMost) return false;
    const wanted = lost
      ? Math.max(limits.windowLeast, Math.floor(windowSize * REDUCTION))
      : Math.min(limits.windowMost, Math.ceil(windowSize * GROWTH));
    // A loss at the least window changes nothing, and puts growth off.
    this.changedAt = now;
    this.windowSize = wanted;
    return wanted !== windowSize;
  }
}

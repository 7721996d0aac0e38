import type { Clock, Timer } from '../../base/clock.js';
import type { FlightRecorder } from './flight-recorder.js';
import { Tag } from './format.js';

/** The node's clock: every reading and every expiry is recorded. Timers are numbered in the order they are made. */
export class RecordingClock implements Clock {
  private timers = 0;

  constructor(
    private readonly recorder: FlightRecorder,
    private readonly clock: Clock,
  ) {}

  now(): number {
    const us = this.recorder.readUs();
    if (this.recorder.asking) this.recorder.reading(us);
    return us / 1000;
  }

  timer(onExpiry: () => void): Timer {
    const { recorder } = this;
    const number = this.timers++;
    return this.clock.timer(() => {
      recorder.begin(Tag.TIMER);
      try {
        if (recorder.on) recorder.number(number);
        onExpiry();
      } finally {
        recorder.end();
      }
    });
  }
}

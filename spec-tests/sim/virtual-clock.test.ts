import { expect } from 'chai';
import { Random } from '../../core/sim/random.js';
import { Scheduler } from '../../core/sim/scheduler.js';
import { VirtualClock } from '../../core/sim/virtual-clock.js';

describe('sim: clocks', () => {
  it('have no timer expire before its time, whatever their rate and however they jump', () => {
    const random = new Random(1, 'clocks');
    for (let run = 0; run < 300; run++) {
      const scheduler = new Scheduler();
      const clock = new VirtualClock(scheduler, random.uniform(0.9, 1.1));
      let expiries = 0;
      let due = 0;
      const timer = clock.timer(() => {
        expect(clock.now(), `run ${run}, expiry ${++expiries}`).to.be.at.least(due);
        start();
      });
      const start = (): void => {
        const delay = random.logUniform(0.001, 5000);
        due = clock.now() + delay;
        timer.start(delay);
      };
      start();
      for (let step = 0; step < 200; step++) {
        scheduler.step();
        if (random.chance(0.05)) clock.jump(random.uniform(0, 1000));
      }
      expect(expiries).to.be.above(0);
    }
  });
});

/**
 * Timers a second of the Timer Service: started and expired, started and cancelled; and timers of Node in their place. Prints a
 * JSON line a run. See README.md here.
 */
import { A_01_01, SA_TIME_ONE_HOUR, SA_TIME_ONE_MILLISECOND, daemonBindings } from 'chorale/sdk';
import { TimeType, TmrLibrary } from 'chorale/tmr';
import { bench, benchCommand, numbers, ratio } from './ais/command.js';
import { rateOfLines } from './ais/measure.js';

const MILLISECOND = {
  type: TimeType.DURATION,
  initialExpirationTime: SA_TIME_ONE_MILLISECOND,
  timerPeriodDuration: 0n,
} as const;
const HOUR = { ...MILLISECOND, initialExpirationTime: SA_TIME_ONE_HOUR } as const;

const command = benchCommand('tmr', "Measure the Timer Service, and Node's timers beside it.").option(
  '--timers <n,...>',
  'timers that run at once',
  numbers,
  [1000, 10_000],
);

bench(command, 'tmr', async function* (ring, { timers, seconds }) {
  const tmr = await new TmrLibrary(daemonBindings({ path: ring.path(1) })).initialize(
    { timerExpired: (_timerId, expired) => (expired as () => void)() },
    A_01_01,
    { dispatch: 'automatic' },
  );
  /** Starts so many, and waits until all have expired; each round counts as so many. */
  const expiring = (count: number, start: (expired: () => void) => unknown) => (): Promise<void> =>
    new Promise((resolve) => {
      let left = count;
      const expired = (): void => {
        if (--left === 0) resolve();
      };
      for (let started = 0; started < count; started++) start(expired);
    });
  /** Cancels the oldest for each one that it starts. */
  const cancelling = <T>(count: number, start: () => T, cancel: (timer: T) => unknown) => {
    const running = Array.from({ length: count }, start);
    let oldest = 0;
    return {
      round: async (): Promise<void> => {
        for (let done = 0; done < count; done++) {
          cancel(running[oldest]!);
          running[oldest] = start();
          oldest = (oldest + 1) % count;
        }
        await new Promise((resolve) => setImmediate(resolve));
      },
      end: () => running.forEach(cancel),
    };
  };
  for (const count of timers as readonly number[]) {
    const rate = async (round: () => Promise<void>): Promise<number> =>
      count * (await rateOfLines(ring, [round], seconds)).perSecond;
    const expired = await rate(expiring(count, (run) => tmr.timerStart(MILLISECOND, run)));
    const expiredOfNode = await rate(expiring(count, (run) => setTimeout(run, 1)));
    const ours = cancelling(
      count,
      () => tmr.timerStart(HOUR, undefined).timerId,
      (id) => tmr.timerCancel(id),
    );
    const cancelled = await rate(ours.round);
    ours.end();
    const nodes = cancelling(
      count,
      () => setTimeout(() => undefined, 3_600_000),
      (timer) => clearTimeout(timer),
    );
    const cancelledOfNode = await rate(nodes.round);
    nodes.end();
    yield {
      timers: count,
      expiredPerSecond: expired,
      nodeExpiredPerSecond: expiredOfNode,
      share: ratio(expired, expiredOfNode),
      cancelledPerSecond: cancelled,
      nodeCancelledPerSecond: cancelledOfNode,
      cancelledShare: ratio(cancelled, cancelledOfNode),
    };
  }
  await tmr.finalize();
});

/**
 * A program of the Timer Service that a test may kill: periodic timers of several periods, and single-shot ones of random times,
 * which are started again and again. It checks each expiry: it says `bad WHAT` for one too many, too early, or out of order;
 * `expired COUNT` now and then, and `lost TIME` with its daemon.
 */
import { DispatchFlags, A_01_01, SA_TIME_ONE_MILLISECOND, daemonBindings } from 'chorale/sdk';
import type { SaError } from 'chorale/sdk';
import { TimeType, TmrLibrary } from '../../plugins/tmr/index.js';
import { forever, now, say } from './ais-program.js';

const PERIODS = Array.from({ length: 20 }, (_, i) => 10 + i);
const SINGLES = 50;
const LONGEST_MS = 300;
/** Between the reading of a clock here and in the library. */
const TICK_MS = 1;

interface Started {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  /** 0: single-shot. */
  readonly period: number;
  count: number;
}

const [path] = process.argv.slice(2) as [string];
const ms = (milliseconds: number): bigint => BigInt(milliseconds) * SA_TIME_ONE_MILLISECOND;
let expired = 0;

await forever(async (ready) => {
  const running = new Map<bigint, Started>();
  const tmr = await new TmrLibrary(daemonBindings({ path })).initialize(
    {
      timerExpired: (id, data, count) => {
        const timer = data as Started;
        if (!running.has(id)) return say('bad', 'an expiry of a timer that is over');
        check(timer, Number(count), [...running.values()]);
        timer.count = Number(count);
        if (timer.period === 0) {
          running.delete(id);
          single();
        }
        if (++expired % 200 === 0) say('expired', expired);
      },
    },
    A_01_01,
  );
  const start = (first: number, period: number): void => {
    const from = now();
    const attributes = {
      type: TimeType.DURATION,
      initialExpirationTime: ms(first),
      timerPeriodDuration: ms(period),
    };
    const timer: { -readonly [K in keyof Started]: Started[K] } = { from, to: from, first, period, count: 0 };
    running.set(tmr.timerStart(attributes, timer).timerId, timer);
    timer.to = now();
  };
  const single = (): void => start(1 + Math.floor(Math.random() * LONGEST_MS), 0);
  ready();
  for (const period of PERIODS) start(period, period);
  for (let i = 0; i < SINGLES; i++) single();
  try {
    while (await tmr.selectionObjectGet().ready()) await tmr.dispatch(DispatchFlags.ALL);
  } catch (thrown) {
    // From now on each call says so too.
    const after = refusal(() => tmr.timeGet());
    if (after !== 'SA_AIS_ERR_LIBRARY') say('bad', 'a call without the service ends with', after);
    await tmr.finalize();
    throw thrown;
  }
});

function check(timer: Started, count: number, all: readonly Started[]): void {
  const { from, first, period } = timer;
  const passed = now() - from;
  const most = period === 0 ? 1 : Math.floor((passed + TICK_MS - first) / period) + 1;
  if (passed + TICK_MS < first) say('bad', `${first} ms are over after ${passed}`);
  if (count > most) say('bad', `count ${count} of period ${period} after ${passed} ms`);
  if (count <= timer.count) say('bad', `count ${count} after ${timer.count}`);
  // In the order of expiry: what should have expired long before this one has.
  const due = timer.from + first + (count - 1) * period;
  const forgotten = all.find((other) => other.period === 0 && other.to + other.first < due - 2 * TICK_MS);
  if (forgotten !== undefined && period === 0) say('bad', `a timer of ${forgotten.first} ms was passed over`);
}

function refusal(call: () => unknown): string {
  try {
    call();
    return 'OK';
  } catch (thrown) {
    return (thrown as SaError).spec;
  }
}

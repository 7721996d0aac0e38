import { expect } from 'chai';
import type { ConformanceTable } from './rows.js';
import { D, TmrProgram, WILD, ms } from './tmr-cluster.js';
import { badAttributes } from './tmr-start-rows.js';

const UNKNOWN = 99n;

/** Reschedule, cancel, skip and queries. */
export function changeRows(table: ConformanceTable): void {
  const row = (ids: string | readonly string[], title: string, test: (at: TmrProgram) => Promise<void>): void =>
    table.row(ids, title, async () => test(await TmrProgram.of()));
  const times = (at: TmrProgram): number[] => at.runs.map((run) => run.at);
  const counts = (at: TmrProgram): number[] => at.runs.map(({ count }) => Number(count));
  /** A timer that was never there, one that was cancelled, one that was called back, one of another handle. */
  const strangers = async (at: TmrProgram): Promise<bigint[]> => {
    const cancelled = at.start(D(1000));
    at.tmr.timerCancel(cancelled);
    const over = at.start(D(1));
    await at.serve(5);
    const theirs = (await at.initialize()).timerStart(D(1000), 1).timerId;
    return [UNKNOWN, cancelled, over, theirs];
  };

  row('TMR-RES-01', 'sooner', async (at) => {
    const id = at.start(D(1000));
    const before = at.tmr.timeGet();
    const callTime = at.tmr.timerReschedule(id, D(50));
    expect(before <= callTime && callTime <= at.tmr.timeGet()).to.equal(true);
    await at.serve(1100);
    expect(times(at)).to.deep.equal([50]);
  });
  row('TMR-RES-02', 'later', async (at) => {
    const id = at.start(D(50));
    at.tmr.timerReschedule(id, D(1000));
    await at.serve(100);
    expect(at.runs).to.deep.equal([]);
    await at.serve(901);
    expect(times(at)).to.deep.equal([1000]);
  });
  row('TMR-RES-03', 'DURATION to ABSOLUTE and back', async (at) => {
    const id = at.start(D(50, 1000));
    for (const attributes of [at.A(80, 1000), D(60, 1000)]) {
      at.tmr.timerReschedule(id, attributes);
      expect(at.tmr.timerAttributesGet(id)).to.deep.equal(attributes);
    }
    await at.serve(100);
    expect(times(at)).to.deep.equal([60]);
  });
  row('TMR-RES-04', 'another period', async (at) => {
    const id = at.start(D(50, 50));
    await at.serve(110);
    at.tmr.timerReschedule(id, D(20, 30));
    await at.serve(85);
    expect(times(at)).to.deep.equal([50, 100, 130, 160, 190]);
    expect(counts(at)).to.deep.equal([1, 2, 3, 4, 5]);
  });
  row('TMR-RES-05', 'withdraws what waits', async (at) => {
    const id = at.start(D(10, 10));
    await at.pass(15);
    expect(at.readable).to.equal(true);
    at.tmr.timerReschedule(id, D(50, 50));
    expect(at.readable).to.equal(false);
    await at.serve(55);
    expect(times(at)).to.deep.equal([65]);
    expect(counts(at)).to.deep.equal([2]);
  });
  row('TMR-RES-06', 'single-shot and periodic stay so', async (at) => {
    const [once, periodic] = [at.start(D(50)), at.start(D(50, 500))];
    expect(await at.outcome(() => at.tmr.timerReschedule(once, D(10, 10)))).to.equal('INVALID_PARAM');
    expect(await at.outcome(() => at.tmr.timerReschedule(periodic, D(10)))).to.equal('INVALID_PARAM');
    expect(at.tmr.timerAttributesGet(once)).to.deep.equal(D(50));
    expect(at.tmr.timerAttributesGet(periodic)).to.deep.equal(D(50, 500));
    await at.serve(100);
    expect(times(at)).to.deep.equal([50, 50]);
  });
  row('TMR-RES-07', 'a single-shot that expired and was not dispatched', async (at) => {
    const id = at.start(D(10));
    await at.pass(20);
    expect(await at.outcome(() => at.tmr.timerReschedule(id, D(50)))).to.equal('NOT_EXIST');
    await at.dispatch();
    expect(counts(at)).to.deep.equal([1]);
  });
  row(['TMR-RES-08', 'TMR-RES-11'], 'no timer of this handle, and no handle', async (at) => {
    for (const id of await strangers(at)) {
      expect(await at.outcome(() => at.tmr.timerReschedule(id, D(50)))).to.equal('NOT_EXIST');
    }
    expect(await at.outcome(() => at.library.at(WILD).timerReschedule(1n, D(50)))).to.equal('BAD_HANDLE');
    const id = at.start(D(50));
    await at.ais.settled(at.tmr.finalize());
    expect(await at.outcome(() => at.tmr.timerReschedule(id, D(50)))).to.equal('BAD_HANDLE');
  });
  row(['TMR-RES-09', 'TMR-RES-10'], 'attributes that cannot be', async (at) => {
    const id = at.start(D(50));
    for (const [, bad] of badAttributes(at)) {
      expect(await at.outcome(() => at.tmr.timerReschedule(id, bad as never))).to.equal('INVALID_PARAM');
    }
    expect(at.tmr.timerAttributesGet(id)).to.deep.equal(D(50));
    await at.serve(60);
    expect(times(at)).to.deep.equal([50]);
  });

  row('TMR-CAN-01', 'a running timer', async (at) => {
    const data = {};
    const id = at.start(D(50, 50), data);
    await at.serve(60);
    expect(at.tmr.timerCancel(id)).to.equal(data);
    await at.serve(200);
    expect(times(at)).to.deep.equal([50]);
  });
  row(['TMR-CAN-02', 'TMR-CAN-03', 'TMR-CAN-07'], 'no timer of this handle, and no handle', async (at) => {
    for (const id of await strangers(at)) {
      expect(await at.outcome(() => at.tmr.timerCancel(id))).to.equal('NOT_EXIST');
    }
    expect(await at.outcome(() => at.library.at(WILD).timerCancel(1n))).to.equal('BAD_HANDLE');
    const id = at.start(D(50));
    await at.ais.settled(at.tmr.finalize());
    expect(await at.outcome(() => at.tmr.timerCancel(id))).to.equal('BAD_HANDLE');
  });
  row(['TMR-CAN-04', 'TMR-CAN-05'], 'one that has expired', async (at) => {
    for (const attributes of [D(10), D(10, 10)]) {
      const id = at.start(attributes, 'data');
      await at.pass(15);
      expect(at.readable).to.equal(true);
      expect(at.tmr.timerCancel(id)).to.equal('data');
      expect(at.readable).to.equal(false);
      await at.serve(50);
      expect(at.runs).to.deep.equal([]);
    }
  });
  table.notApplicable('TMR-CAN-06', 'there is no output pointer: the data is the result');

  row('TMR-SKIP-01', 'the first expiry', async (at) => {
    at.tmr.periodicTimerSkip(at.start(D(50, 50)));
    await at.serve(160);
    expect(times(at)).to.deep.equal([100, 150]);
    expect(counts(at)).to.deep.equal([1, 2]);
  });
  row(['TMR-SKIP-02', 'TMR-SKIP-03'], 'twice', async (at) => {
    const id = at.start(D(50, 50));
    for (const remaining of [50, 100, 150]) {
      expect(at.tmr.timerRemainingTimeGet(id)).to.equal(ms(remaining));
      if (remaining < 150) at.tmr.periodicTimerSkip(id);
    }
    await at.serve(160);
    expect(times(at)).to.deep.equal([150]);
  });
  row('TMR-SKIP-04', 'one waits to be dispatched', async (at) => {
    const id = at.start(D(50, 50));
    await at.pass(60);
    at.tmr.periodicTimerSkip(id);
    expect(at.readable).to.equal(false);
    const remaining = at.tmr.timerRemainingTimeGet(id);
    expect(remaining > ms(50) && remaining <= ms(100)).to.equal(true);
    await at.serve(100);
    expect(times(at)).to.deep.equal([150]);
    expect(counts(at)).to.deep.equal([2]);
  });
  row(['TMR-SKIP-05', 'TMR-SKIP-06'], 'what cannot be skipped', async (at) => {
    for (const id of [...(await strangers(at)), at.start(D(50))]) {
      expect(await at.outcome(() => at.tmr.periodicTimerSkip(id))).to.equal('NOT_EXIST');
    }
    expect(await at.outcome(() => at.library.at(WILD).periodicTimerSkip(1n))).to.equal('BAD_HANDLE');
    const id = at.start(D(50, 50));
    await at.ais.settled(at.tmr.finalize());
    expect(await at.outcome(() => at.tmr.periodicTimerSkip(id))).to.equal('BAD_HANDLE');
  });

  row('TMR-GET-01', 'remaining time of a single-shot', async (at) => {
    const id = at.start(D(1000));
    const first = at.tmr.timerRemainingTimeGet(id);
    expect(first > 0n && first <= ms(1000)).to.equal(true);
    await at.pass(10);
    expect(at.tmr.timerRemainingTimeGet(id) < first).to.equal(true);
  });
  row(['TMR-GET-02', 'TMR-GET-03'], 'remaining time of a periodic timer', async (at) => {
    const [id, once] = [at.start(D(50, 20)), at.start(D(50))];
    await at.pass(51);
    expect([at.tmr.timerRemainingTimeGet(id), at.tmr.timerRemainingTimeGet(once)]).to.deep.equal([0n, 0n]);
    await at.dispatch();
    const remaining = at.tmr.timerRemainingTimeGet(id);
    expect(remaining > 0n && remaining <= ms(20)).to.equal(true);
  });
  row(['TMR-GET-04', 'TMR-GET-07'], 'no timer of this handle', async (at) => {
    for (const id of await strangers(at)) {
      expect(await at.outcome(() => at.tmr.timerRemainingTimeGet(id))).to.equal('NOT_EXIST');
      expect(await at.outcome(() => at.tmr.timerAttributesGet(id))).to.equal('NOT_EXIST');
    }
  });
  row('TMR-GET-06', 'attributes', async (at) => {
    const id = at.start(D(50, 20));
    expect(at.tmr.timerAttributesGet(id)).to.deep.equal(D(50, 20));
    await at.serve(60);
    at.tmr.timerReschedule(id, D(70, 10));
    expect(at.tmr.timerAttributesGet(id)).to.deep.equal(D(70, 10));
  });
  row(['TMR-GET-09', 'TMR-GET-11'], 'the time and its tick', async (at) => {
    expect(at.tmr.timeGet()).to.equal(at.calendar);
    expect(at.tmr.clockTickGet() > 0n).to.equal(true);
  });
  for (const [id, result] of [
    ['TMR-GET-05', 'remaining time'],
    ['TMR-GET-08', 'list of attributes'],
    ['TMR-GET-10', 'time'],
    ['TMR-GET-12', 'tick'],
  ] as const) {
    table.notApplicable(id, `there is no output pointer: the ${result} is the result`);
  }
  row('TMR-GET-13', 'a wild and a finalized handle', async (at) => {
    const id = at.start(D(50));
    const { tmr } = at;
    await at.ais.settled(tmr.finalize());
    for (const handle of [() => tmr, () => at.library.at(WILD)]) {
      for (const call of [
        () => handle().timeGet(),
        () => handle().clockTickGet(),
        () => handle().timerRemainingTimeGet(id),
        () => handle().timerAttributesGet(id),
      ]) {
        expect(await at.outcome(call)).to.equal('BAD_HANDLE');
      }
    }
  });
}

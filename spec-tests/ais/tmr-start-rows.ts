import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import type { TimerAttributes } from '../../plugins/tmr/index.js';
import type { ConformanceTable } from './rows.js';
import { D, TmrProgram, WILD, ms } from './tmr-cluster.js';
import type { Run } from './tmr-cluster.js';

/** What can be neither started nor set. */
export function badAttributes({ calendar }: TmrProgram): [id: string, bad: unknown][] {
  const absolute = (time: bigint): TimerAttributes => ({ ...D(1), type: 1, initialExpirationTime: time });
  return [
    ['TMR-START-08', null],
    ['TMR-START-08', undefined],
    ['TMR-START-09', { ...D(50), type: 0 }],
    ['TMR-START-09', { ...D(50), type: 3 }],
    ['TMR-START-10', D(0)],
    ['TMR-START-11', D(-1)],
    ['TMR-START-11', absolute(-1n)],
    ['TMR-START-12', D(50, -1)],
    ['TMR-START-13', absolute(calendar)],
    ['TMR-START-13', absolute(calendar - 1n)],
    ['TMR-START-14', { ...D(1), initialExpirationTime: SA_TIME_END }],
    ['TMR-START-14', { ...D(1), initialExpirationTime: SA_TIME_END - calendar + 1n }],
    ['TMR-START-09', { ...D(1), initialExpirationTime: 50 }],
    ['TMR-START-09', { ...D(1), timerPeriodDuration: 2n ** 64n }],
  ];
}

/** Start and expiry. */
export function startRows(table: ConformanceTable): void {
  const row = (ids: string | readonly string[], title: string, test: (at: TmrProgram) => Promise<void>): void =>
    table.row(ids, title, async () => test(await TmrProgram.of()));
  const times = (runs: readonly Run[]): number[] => runs.map(({ at }) => at);
  const counts = (runs: readonly Run[]): number[] => runs.map(({ count }) => Number(count));
  const datas = (runs: readonly Run[]): unknown[] => runs.map(({ data }) => data);

  row('TMR-START-01', 'D(50,0) expires once', async (at) => {
    const data = { some: 'data' };
    const id = at.start(D(50), data);
    await at.serve(300);
    expect(at.runs).to.deep.equal([{ id, data, count: 1n, at: 50 }]);
    expect(at.runs[0]!.data).to.equal(data);
  });
  row('TMR-START-02', 'D(50,50) expires again and again', async (at) => {
    at.start(D(50, 50));
    await at.serve(220);
    expect(times(at.runs)).to.deep.equal([50, 100, 150, 200]);
    expect(counts(at.runs)).to.deep.equal([1, 2, 3, 4]);
  });
  row(['TMR-START-03', 'TMR-START-04'], 'A(50,0) and A(50,50)', async (at) => {
    at.start(at.A(50), 'once');
    at.start(at.A(50, 50), 'periodic');
    await at.serve(170);
    const of = (data: string): number[] => times(at.runs.filter((run) => run.data === data));
    expect(of('once')).to.deep.equal([50]);
    expect(of('periodic')).to.deep.equal([50, 100, 150]);
  });
  row('TMR-START-05', 'A at SA_TIME_END', async (at) => {
    const id = at.start({ ...at.A(1), initialExpirationTime: SA_TIME_END });
    await at.serve(2000);
    expect(at.runs).to.deep.equal([]);
    expect(at.tmr.timerRemainingTimeGet(id)).to.equal(SA_TIME_END - at.calendar);
  });
  row('TMR-START-06', 'callTime', async ({ tmr }) => {
    const before = tmr.timeGet();
    const { callTime } = tmr.timerStart(D(50), null);
    expect(before <= callTime && callTime <= tmr.timeGet()).to.equal(true);
  });
  row('TMR-START-07', 'without data', async (at) => {
    at.start(D(10), null);
    await at.serve(20);
    expect(datas(at.runs)).to.deep.equal([null]);
  });
  for (const id of ['08', '09', '10', '11', '12', '13', '14'].map((number) => `TMR-START-${number}`)) {
    row(id, 'attributes that cannot be', async (at) => {
      const bad = badAttributes(at).filter(([one]) => one === id);
      expect(bad).to.not.have.length(0);
      for (const [, attributes] of bad) {
        expect(await at.outcome(() => at.tmr.timerStart(attributes as never, 1))).to.equal('INVALID_PARAM');
      }
      await at.serve(100);
      expect(at.runs).to.deep.equal([]);
    });
  }
  row('TMR-START-16', 'a wild and a finalized handle', async (at) => {
    expect(await at.outcome(() => at.library.at(WILD).timerStart(D(1), 1))).to.equal('BAD_HANDLE');
    await at.ais.settled(at.tmr.finalize());
    expect(await at.outcome(() => at.tmr.timerStart(D(1), 1))).to.equal('BAD_HANDLE');
  });
  row('TMR-START-17', '1000 timers', async (at) => {
    const firsts = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 7919) % 500));
    const ids = new Set(firsts.map((first) => at.start(D(first), first)));
    expect(ids.size).to.equal(1000);
    await at.pass(600);
    await at.dispatch();
    expect(datas(at.runs)).to.deep.equal(firsts.toSorted((a, b) => a - b));
  });
  row('TMR-START-18', 'two handles', async (at) => {
    const theirs: Run[] = [];
    const other = await at.initialize(theirs);
    at.start(D(10), 'ours');
    other.timerStart(D(10), 'theirs');
    await at.pass(20);
    await at.dispatch();
    expect([datas(at.runs), datas(theirs)]).to.deep.equal([['ours'], []]);
    await other.dispatch(2);
    expect([datas(at.runs), datas(theirs)]).to.deep.equal([['ours'], ['theirs']]);
  });
  row('TMR-START-19', 'attributes overwritten after the call', async (at) => {
    const attributes = { ...D(50) };
    const id = at.start(attributes);
    Object.assign(attributes, D(10, 10));
    expect(at.tmr.timerAttributesGet(id)).to.deep.equal(D(50));
    await at.serve(100);
    expect(times(at.runs)).to.deep.equal([50]);
  });
  it('goes by the calendar for ABSOLUTE, and not for DURATION, when the calendar is stepped', async () => {
    const at = await TmrProgram.of();
    at.start(at.A(60_000), 'absolute');
    at.start(at.A(3_600_000), 'far');
    at.start(D(5000), 'duration');
    at.stepped = ms(120_000);
    await at.serve(1100);
    expect(datas(at.runs)).to.deep.equal(['absolute']);
    at.stepped = ms(-120_000);
    await at.serve(5000);
    expect(datas(at.runs)).to.deep.equal(['absolute', 'duration']);
    expect(at.runs[1]!.at).to.equal(5000);
  });

  row(['TMR-EXP-01', 'TMR-EXP-02'], 'expiries without a dispatch are one callback', async (at) => {
    at.start(D(20, 20));
    await at.pass(110);
    await at.dispatch();
    expect(counts(at.runs)).to.deep.equal([5]);
    await at.serve(9);
    expect(counts(at.runs)).to.deep.equal([5]);
    await at.serve(3);
    expect(counts(at.runs)).to.deep.equal([5, 6]);
    expect(at.runs[1]!.at).to.equal(120);
  });
  row('TMR-EXP-03', 'a single-shot is gone, also within its callback', async (at) => {
    const inside: Promise<string>[] = [];
    const id = at.start(D(10));
    at.inCallback = () => {
      let outcome = 'OK';
      try {
        at.tmr.timerCancel(id);
      } catch (error) {
        outcome = (error as { spec: string }).spec;
      }
      inside.push(Promise.resolve(outcome));
    };
    await at.serve(20);
    expect(await Promise.all(inside)).to.deep.equal(['SA_AIS_ERR_NOT_EXIST']);
    expect(await at.outcome(() => at.tmr.timerCancel(id))).to.equal('NOT_EXIST');
  });
  row('TMR-EXP-04', 'in the order of expiry', async (at) => {
    for (const first of [30, 10, 20]) at.start(D(first), first);
    at.start(at.A(15), 15);
    await at.pass(50);
    await at.dispatch();
    expect(datas(at.runs)).to.deep.equal([10, 15, 20, 30]);
  });
  row('TMR-EXP-05', 'a callback starts a timer', async (at) => {
    at.inCallback = ({ data }) => void (data === 'first' && at.start(D(10), 'second'));
    at.start(D(10), 'first');
    await at.serve(30);
    expect(datas(at.runs)).to.deep.equal(['first', 'second']);
    expect(times(at.runs)).to.deep.equal([10, 20]);
  });
  row('TMR-EXP-06', 'a callback cancels one that has expired', async (at) => {
    at.start(D(10), 'first');
    const other = at.start(D(20), 'other');
    at.inCallback = () => void at.tmr.timerCancel(other);
    await at.pass(30);
    await at.dispatch();
    expect(datas(at.runs)).to.deep.equal(['first']);
  });
  row('TMR-EXP-07', 'when the selection object is readable', async (at) => {
    at.start(D(10, 50));
    expect(at.readable).to.equal(false);
    const ready = at.tmr.selectionObjectGet().ready();
    await at.pass(11);
    expect(at.readable).to.equal(true);
    expect(await ready).to.equal(true);
    await at.dispatch();
    expect(at.readable).to.equal(false);
  });
}

import { expect } from 'chai';
import { A_01_01, DispatchFlags } from 'chorale/sdk';
import type { SaVersion, SaVersionError } from 'chorale/sdk';
import { outcomeName } from './cluster.js';
import type { ConformanceTable } from './rows.js';
import { D, TmrProgram, WILD } from './tmr-cluster.js';

const { ONE, ALL, BLOCKING } = DispatchFlags;

const version = (releaseCode: string, majorVersion: number, minorVersion: number): SaVersion => ({
  releaseCode,
  majorVersion,
  minorVersion,
});

/** Library life cycle. */
export function lifeRows(table: ConformanceTable): void {
  const row = (ids: string | readonly string[], title: string, test: (at: TmrProgram) => Promise<void>): void =>
    table.row(ids, title, async () => test(await TmrProgram.of()));

  row('TMR-INIT-01', 'A.01.01 with the callback', async ({ tmr }) => {
    expect(tmr.version).to.deep.equal(A_01_01);
  });
  row(['TMR-INIT-02', 'TMR-START-15'], 'without callbacks', async ({ ais, library }) => {
    for (const callbacks of [null, {}]) {
      const mute = await ais.settled(library.initialize(callbacks, A_01_01));
      expect(await ais.outcome(() => mute.timerStart(D(50), 1))).to.equal('INIT');
    }
  });
  row('TMR-INIT-03', 'no version (the handle is the result)', async ({ ais, library }) => {
    expect(await ais.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
  });
  for (const [id, asked] of [
    ['TMR-INIT-04', version('B', 1, 1)],
    ['TMR-INIT-05', version('A', 2, 1)],
    ['TMR-INIT-06', version('\0', 0, 0)],
  ] as const) {
    row(id, `version ${JSON.stringify(asked)}`, async ({ ais, library }) => {
      const error = (await ais.error(() => library.initialize({}, asked))) as SaVersionError;
      expect(outcomeName(error)).to.equal('VERSION');
      expect(error.supported).to.deep.equal(A_01_01);
    });
  }
  row('TMR-INIT-07', 'other minor versions', async ({ ais, library }) => {
    for (const minor of [9, 0]) {
      const tmr = await ais.settled(library.initialize({}, version('A', 1, minor)));
      expect(tmr.version).to.deep.equal(A_01_01);
    }
  });
  row('TMR-INIT-08', '100 handles', async (at) => {
    const handles = new Set<bigint>();
    for (let i = 0; i < 100; i++) handles.add((await at.initialize()).handle);
    expect(handles.size).to.equal(100);
  });
  table.notApplicable('TMR-INIT-09', 'there is no output pointer: the selection object is the result');
  row('TMR-INIT-10', 'a new handle is not readable', async ({ readable }) => {
    expect(readable).to.equal(false);
  });
  row(['TMR-INIT-11', 'TMR-INIT-12', 'TMR-INIT-13', 'TMR-INIT-22'], 'no handle', async ({ ais, library, tmr }) => {
    for (const handle of [0n, WILD]) {
      expect(await ais.outcome(() => library.at(handle).selectionObjectGet())).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => library.at(handle).finalize())).to.equal('BAD_HANDLE');
      expect(await ais.outcome(() => library.at(handle).dispatch(ALL))).to.equal('BAD_HANDLE');
    }
    expect(await ais.outcome(() => tmr.finalize())).to.equal('OK');
    expect(await ais.outcome(() => tmr.selectionObjectGet())).to.equal('BAD_HANDLE');
    expect(await ais.outcome(() => tmr.finalize())).to.equal('BAD_HANDLE');
    expect(await ais.outcome(() => tmr.dispatch(ALL))).to.equal('BAD_HANDLE');
    expect(await ais.outcome(() => library.at(tmr.handle))).to.equal('BAD_HANDLE');
  });
  row('TMR-INIT-14', 'finalize with timers running and expired', async (at) => {
    at.start(D(10));
    at.start(D(50, 50));
    at.start(at.A(60));
    await at.pass(20);
    expect(await at.outcome(() => at.tmr.finalize())).to.equal('OK');
    await at.pass(200);
    expect(at.runs).to.deep.equal([]);
  });
  row('TMR-INIT-15', 'finalize inside a callback, also of a nested dispatch', async (at) => {
    at.inCallback = ({ data }) => void (data === 1 ? at.dispatch(ONE) : at.tmr.finalize());
    for (const data of [1, 2, 3]) at.start(D(10, 10), data);
    await at.pass(20);
    expect(await at.outcome(() => at.dispatch())).to.equal('OK');
    await at.pass(100);
    expect(at.runs.map(({ data }) => data)).to.deep.equal([1, 2]);
    expect(await at.outcome(() => at.tmr.timeGet())).to.equal('BAD_HANDLE');
  });
  row('TMR-INIT-16', 'finalize ends a BLOCKING dispatch, which runs what comes until then', async (at) => {
    at.start(D(10, 10));
    const blocking = at.dispatch(BLOCKING);
    await at.pass(35);
    expect(at.runs.map(({ count }) => count)).to.deep.equal([1n, 2n, 3n]);
    await at.ais.settled(at.tmr.finalize());
    await at.ais.settled(blocking);
  });
  row('TMR-INIT-17', 'other flags', async (at) => {
    for (const flags of [0, 4]) expect(await at.outcome(() => at.dispatch(flags as never))).to.equal('INVALID_PARAM');
  });
  row(['TMR-INIT-18', 'TMR-INIT-19'], 'nothing pending', async (at) => {
    const began = at.ais.cluster.now;
    at.start(D(50));
    expect([await at.outcome(() => at.dispatch(ONE)), await at.outcome(() => at.dispatch(ALL))]).to.deep.equal([
      'OK',
      'OK',
    ]);
    expect(at.ais.cluster.now).to.equal(began);
    expect(at.runs).to.deep.equal([]);
  });
  row(['TMR-INIT-20', 'TMR-INIT-21'], 'two expired', async (at) => {
    for (const [data, first] of [
      ['later', 20],
      ['sooner', 10],
    ] as const) {
      at.start(D(first, 1000), data);
    }
    await at.pass(30);
    await at.dispatch(ONE);
    expect(at.runs.map(({ data }) => data)).to.deep.equal(['sooner']);
    expect(at.readable).to.equal(true);
    at.start(D(5), 'last');
    await at.pass(10);
    await at.dispatch(ALL);
    expect(at.runs.map(({ data }) => data)).to.deep.equal(['sooner', 'later', 'last']);
    expect(at.readable).to.equal(false);
  });

  it('ends timers with ERR_LIBRARY when the service is gone from the node', async () => {
    const at = await TmrProgram.of();
    const id = at.start(D(10, 10));
    at.ais.cluster.node(1).host.unload('tmr');
    await at.pass(50);
    expect(at.runs).to.deep.equal([]);
    for (const call of [
      () => at.start(D(1)),
      () => at.tmr.timerCancel(id),
      () => at.tmr.timeGet(),
      () => at.dispatch(),
    ]) {
      expect(await at.outcome(call)).to.equal('LIBRARY');
    }
    expect(await at.outcome(() => at.tmr.finalize())).to.equal('OK');
  });
  it('neither delays nor doubles expiries while nodes come, go, part and meet', async () => {
    const at = await TmrProgram.of([1, 2, 3], [1, 2]);
    const { cluster } = at.ais;
    at.start(D(50, 50));
    const disturb = [
      () => cluster.start(3),
      () => cluster.partition([1], [2, 3]),
      () => cluster.partition(),
      () => cluster.crash(2),
    ];
    for (const change of disturb) {
      change();
      await at.serve(1000);
    }
    expect(at.runs.map(({ at }) => at)).to.deep.equal(Array.from({ length: 80 }, (_, i) => 50 * (i + 1)));
    expect(at.runs.map(({ count }) => count)).to.deep.equal(Array.from({ length: 80 }, (_, i) => BigInt(i + 1)));
  });
  it('shows the handles of the node in its dump', async () => {
    const at = await TmrProgram.of();
    await at.initialize();
    const handles = (): number[] => {
      const { services } = at.ais.cluster.node(1).dump() as { services: { tmr: { handles: Record<number, number> } } };
      return Object.values(services.tmr.handles);
    };
    expect(handles()).to.deep.equal([2]);
    at.program.kill();
    await at.pass(10);
    expect(handles()).to.deep.equal([]);
  });
}

import { expect } from 'chai';
import { A_01_01, B_01_01, SA_TIME_END } from 'chorale/sdk';
import type { SaVersionError } from 'chorale/sdk';
import type { LckResource } from '../../plugins/lck/index.js';
import { outcomeName } from './cluster.js';
import { CREATE, EX, LckCluster, PR, WILD, ms } from './lck-cluster.js';
import type { ConformanceTable } from './rows.js';

/** Rows of the library's life, and of resources that are opened and closed. */
export function openRows(table: ConformanceTable): void {
  table.row(['LCK-INIT-01', 'LCK-INIT-02'], 'with all callbacks, and without any', async () => {
    const all = await LckCluster.of();
    const { library } = await all.process();
    const handle = await all.ais.settled(library.initialize(null, B_01_01));
    expect(handle.version).to.deep.equal(B_01_01);
  });
  table.row('LCK-INIT-03', 'no version (the handle is the result)', async () => {
    const all = await LckCluster.of();
    const { library } = await all.process();
    expect(await all.ais.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
  });
  table.row('LCK-INIT-04', 'other versions', async () => {
    const all = await LckCluster.of();
    const { library } = await all.process();
    for (const version of [A_01_01, { ...B_01_01, releaseCode: 'C' }, { ...B_01_01, majorVersion: 2 }]) {
      const error = (await all.ais.error(() => library.initialize({}, version))) as SaVersionError;
      expect(outcomeName(error)).to.equal('VERSION');
      expect(error.supported).to.deep.equal(B_01_01);
    }
  });
  table.notApplicable('LCK-INIT-05', 'there is no output pointer: the selection object is the result');
  table.row('LCK-INIT-06', 'dispatch flags', async () => {
    const all = await LckCluster.of();
    const { lck } = await all.process();
    for (const flags of [0, 4, -1]) {
      expect(await all.ais.outcome(() => lck.dispatch(flags as never))).to.equal('INVALID_PARAM');
    }
  });
  table.row(['LCK-INIT-07', 'LCK-INIT-08'], 'finalize gives up its locks; twice', async () => {
    const all = await LckCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    await all.granted(await a.open(), EX);
    const waiting = await all.waiting(await b.open(), EX);
    expect(waiting.outcome).to.equal(undefined);
    await all.ais.settled(a.lck.finalize());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('GRANTED');
    expect(await all.ais.outcome(() => a.lck.finalize())).to.equal('BAD_HANDLE');
  });
  table.row('LCK-INIT-09', 'options', async () => {
    const all = await LckCluster.of();
    const { lck } = await all.process();
    expect(await all.ais.settled(lck.optionCheck())).to.equal(3);
  });
  table.notApplicable('LCK-INIT-10', 'there is no output pointer: the options are the result');
  table.row('LCK-INIT-11', 'options of no handle', async () => {
    const all = await LckCluster.of();
    const { lck, library } = await all.process();
    expect(await all.ais.outcome(() => library.at(WILD).optionCheck())).to.equal('BAD_HANDLE');
    await all.ais.settled(lck.finalize());
    expect(await all.ais.outcome(() => lck.optionCheck())).to.equal('BAD_HANDLE');
  });

  table.row(['LCK-OPEN-01', 'LCK-OPEN-02', 'LCK-OPEN-03', 'LCK-OPEN-04', 'LCK-OPEN-05'], 'open', async () => {
    const all = await LckCluster.of();
    const a = await all.process();
    expect(await all.ais.outcome(() => a.open('R', 0))).to.equal('NOT_EXIST');
    const handles = [await a.open('R'), await a.open('R'), await a.open('R', 0)].map(({ handle }) => handle);
    expect(new Set(handles).size).to.equal(3);
    expect(await all.ais.outcome(() => a.open('other', 0))).to.equal('NOT_EXIST');
  });
  table.row(['LCK-OPEN-06', 'LCK-OPEN-07', 'LCK-OPEN-08', 'LCK-OPEN-09'], 'bad arguments', async () => {
    const all = await LckCluster.of();
    const { lck, library } = await all.process();
    const open = (name: unknown, flags: number, timeout: bigint): Promise<string> =>
      all.ais.outcome(() => lck.resourceOpen(name as string, flags, timeout));
    expect(await open('R', 0x2, ms(100))).to.equal('BAD_FLAGS');
    expect(await open('R', 0xff, ms(100))).to.equal('BAD_FLAGS');
    expect(await open(null, CREATE, ms(100))).to.equal('INVALID_PARAM');
    expect(await open('x'.repeat(257), CREATE, ms(100))).to.equal('INVALID_PARAM');
    expect(await open('R', CREATE, 0n)).to.equal('TIMEOUT');
    expect(await all.ais.outcome(() => library.at(WILD).resourceOpen('R', CREATE, ms(100)))).to.equal('BAD_HANDLE');
    await all.ais.settled(lck.finalize());
    expect(await open('R', CREATE, ms(100))).to.equal('BAD_HANDLE');
  });
  table.row('LCK-OPEN-10', 'made on one node, opened on another', async () => {
    const all = await LckCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.open('R');
    await b.open('R', 0);
  });
  table.row(['LCK-OPEN-11', 'LCK-OPEN-12'], 'asynchronous', async () => {
    const all = await LckCluster.of();
    const a = await all.process();
    a.lck.resourceOpenAsync(1n, 'none', 0);
    a.lck.resourceOpenAsync(2n, 'R', CREATE);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['open 1 NOT_EXIST', 'open 2 OK']);
    expect(await all.lock(a.opened[0]!, EX)).to.equal('GRANTED');
  });
  table.row(['LCK-OPEN-13', 'LCK-OPEN-14', 'LCK-OPEN-15'], 'asynchronous with bad arguments', async () => {
    const all = await LckCluster.of();
    const [a, mute] = [await all.process(), await all.process(1, { without: ['resourceOpen'] })];
    expect(await all.ais.outcome(() => mute.lck.resourceOpenAsync(1n, 'R', CREATE))).to.equal('INIT');
    expect(await all.ais.outcome(() => a.lck.resourceOpenAsync(1n, 'R', 0x2))).to.equal('BAD_FLAGS');
    expect(await all.ais.outcome(() => a.lck.resourceOpenAsync(1n, null as never, CREATE))).to.equal('INVALID_PARAM');
    await all.ais.quiet();
    expect([...a.log, ...mute.log]).to.deep.equal([]);
  });
  table.row('LCK-OPEN-16', 'finalized before dispatch', async () => {
    const all = await LckCluster.of();
    const [a, b] = [await all.process(1, { dispatch: 'manual' }), await all.process()];
    a.lck.resourceOpenAsync(1n, 'R', CREATE);
    await all.ais.quiet();
    await b.open('R', 0).then((resource) => all.ais.settled(resource.close()));
    await all.ais.settled(a.lck.finalize());
    await all.ais.quiet();
    expect(a.log).to.deep.equal([]);
    expect(await all.ais.outcome(() => b.open('R', 0))).to.equal('NOT_EXIST');
  });
  table.row(['LCK-OPEN-17', 'LCK-OPEN-18'], 'close, again, of no handle', async () => {
    const all = await LckCluster.of();
    const { lck, open, library } = await all.process().then((a) => ({ ...a, lck: a.lck, open: () => a.open('R') }));
    const [first, second] = [await open(), await open()];
    expect(lck.resource(first.handle)).to.equal(first);
    await all.ais.settled(first.close());
    expect(await all.ais.outcome(() => first.close())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => lck.resource(first.handle))).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => lck.resource(WILD).close())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => lck.resource(lck.handle)), 'another kind of handle').to.equal('BAD_HANDLE');
    await all.ais.settled(lck.finalize());
    expect(await all.ais.outcome(() => second.close())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => library.at(lck.handle))).to.equal('BAD_HANDLE');
  });
  table.row('LCK-OPEN-19', 'the last close', async () => {
    const all = await LckCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const resources: LckResource[] = [await a.open('R'), await b.open('R')];
    await all.ais.settled(resources[0]!.close());
    expect(await all.ais.outcome(async () => (await a.lck.resourceOpen('R', 0, SA_TIME_END)).close())).to.equal('OK');
    await all.ais.settled(resources[1]!.close());
    expect(await all.ais.outcome(() => a.open('R', 0))).to.equal('NOT_EXIST');
  });
  table.row(['LCK-OPEN-20', 'LCK-OPEN-22'], 'close gives up the locks of its handle only', async () => {
    const all = await LckCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    const [one, two] = [await a.open('R'), await a.open('R')];
    await all.granted(one, PR);
    await all.granted(two, PR);
    const waiting = await all.waiting(await b.open('R'), EX);
    await all.ais.settled(one.close());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal(undefined);
    await all.ais.settled(two.close());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('GRANTED');
  });
  table.row('LCK-OPEN-21', 'close with a request that waits', async () => {
    const all = await LckCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    const held = await all.granted(await a.open('R'), EX);
    const resource = await b.open('R');
    resource.lockAsync(1n, EX, 0, 0n);
    const waiting = await all.waiting(resource, PR);
    await all.ais.settled(resource.close());
    await a.unlock(held);
    await all.ais.quiet();
    expect(b.log).to.deep.equal([]);
    expect(waiting.outcome).to.equal('BAD_HANDLE');
    expect(all.states(1)).to.deep.equal([{ R: { open: 1, granted: [], waiting: [] } }]);
  });
}

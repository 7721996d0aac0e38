import { expect } from 'chai';
import { A_01_01, B_01_01, DispatchFlags } from 'chorale/sdk';
import type { SaVersionError } from 'chorale/sdk';
import { outcomeName } from './cluster.js';
import {
  A1,
  A2,
  A3,
  A5,
  CHECKPOINT_COLLOCATED,
  CREATE,
  CkptCluster,
  READ,
  RWC,
  SECOND,
  WILD,
  WRITE,
  WR_ACTIVE_REPLICA,
  WR_ACTIVE_REPLICA_WEAK,
  WR_ALL_REPLICAS,
} from './ckpt-cluster.js';
import type { ConformanceTable } from './rows.js';

/** Rows of the library's life cycle, of open and close. */
export function openRows(table: ConformanceTable): void {
  table.row(['CKPT-INIT-01', 'CKPT-INIT-02'], 'with callbacks and without', async () => {
    const all = await CkptCluster.of();
    const { library, callbacks } = await all.process();
    for (const given of [callbacks, null]) {
      expect((await all.settled(library.initialize(given, B_01_01))).version).to.deep.equal(B_01_01);
    }
  });
  table.row('CKPT-INIT-03', 'no version', async () => {
    const all = await CkptCluster.of();
    const { library } = await all.process();
    expect(await all.outcome(() => library.initialize({}, null as never))).to.equal('INVALID_PARAM');
  });
  table.row('CKPT-INIT-04', 'other versions', async () => {
    const all = await CkptCluster.of();
    const { library } = await all.process();
    for (const version of [A_01_01, { releaseCode: 'C', majorVersion: 0, minorVersion: 1 }]) {
      const error = (await all.ais.error(() => library.initialize({}, version))) as SaVersionError;
      expect(outcomeName(error)).to.equal('VERSION');
      expect(error.supported).to.deep.equal(B_01_01);
    }
  });
  table.notApplicable('CKPT-INIT-05', 'there is no output pointer: the selection object is the result');
  table.row(['CKPT-INIT-06', 'CKPT-INIT-07', 'CKPT-INIT-10'], 'flags, and a finalized handle', async () => {
    const all = await CkptCluster.of();
    const { ckpt } = await all.process();
    for (const flags of [0, 4, -1]) {
      expect(await all.outcome(() => ckpt.dispatch(flags as never))).to.equal('INVALID_PARAM');
    }
    await all.settled(ckpt.finalize());
    expect(await all.outcome(() => ckpt.selectionObjectGet())).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => ckpt.finalize())).to.equal('BAD_HANDLE');
  });
  table.row('CKPT-INIT-08', 'BLOCKING until it is finalized', async () => {
    const all = await CkptCluster.of();
    const { ckpt } = await all.process();
    const blocking = all.outcome(() => ckpt.dispatch(DispatchFlags.BLOCKING));
    await ckpt.finalize();
    expect(await blocking).to.equal('OK');
  });
  table.row('CKPT-INIT-09', 'finalize with open checkpoints', async () => {
    const all = await CkptCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    const checkpoint = await a.open('C', { ...A1, retentionDuration: 0n });
    await all.settled(a.ckpt.finalize());
    expect(await all.outcome(() => checkpoint.statusGet())).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect(await b.exists('C')).to.equal(false);
  });

  for (const [id, attributes] of [
    ['CKPT-OPEN-01', A1],
    ['CKPT-OPEN-02', A2],
    ['CKPT-OPEN-03', A3],
  ] as const) {
    table.row([id, 'CKPT-OPEN-04', 'CKPT-OPEN-05', 'CKPT-OPEN-06'], 'create and open again', async () => {
      const all = await CkptCluster.of();
      const { ckpt, ...process } = await all.process().then((one) => ({ ckpt: one.ckpt, open: one.open.bind(one) }));
      const handles = [
        await process.open('C', attributes),
        await process.open('C', attributes),
        await process.open('C', null, READ),
        await process.open('C', null, WRITE),
      ].map(({ handle }) => handle);
      expect(new Set(handles).size).to.equal(4);
      expect(ckpt.checkpoint(handles[0]!).handle).to.equal(handles[0]);
      expect(all.states(1)).to.have.nested.property('[0].C.open', 4);
    });
  }
  table.row(['CKPT-OPEN-07', 'CKPT-OPEN-08', 'CKPT-OPEN-09'], 'attributes go with CREATE', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    await a.open();
    expect(await a.tryOpen('C', A1, READ)).to.equal('INVALID_PARAM');
    expect(await a.tryOpen('C', null, RWC)).to.equal('INVALID_PARAM');
    expect(await a.tryOpen('D', null, CREATE)).to.equal('INVALID_PARAM');
    expect(await a.tryOpen('D', null, READ)).to.equal('NOT_EXIST');
  });
  table.row(['CKPT-OPEN-10', 'CKPT-OPEN-11', 'CKPT-OPEN-12'], 'create again with other attributes', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    await a.open();
    for (const other of [
      { maxSections: 5 },
      { maxSectionSize: 1025 },
      { checkpointSize: 4095 },
      { maxSectionIdSize: 15 },
      { creationFlags: WR_ACTIVE_REPLICA },
    ]) {
      expect(await a.tryOpen('C', { ...A1, ...other }, RWC), JSON.stringify(other)).to.equal('EXIST');
    }
    expect(await a.tryOpen('C', { ...A1, retentionDuration: 99n }, RWC)).to.equal('OK');
  });
  table.row(['CKPT-OPEN-13', 'CKPT-OPEN-14', 'CKPT-OPEN-15'], 'bad flags, no name', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    await a.open();
    expect(await a.tryOpen('C', null, 0)).to.equal('BAD_FLAGS');
    for (const bit of [0x8, 0x10, 64]) expect(await a.tryOpen('C', null, bit | READ)).to.equal('BAD_FLAGS');
    for (const name of [null, undefined, 7, 'x'.repeat(257)]) {
      expect(await a.tryOpen(name, null, READ)).to.equal('INVALID_PARAM');
    }
  });
  table.notApplicable('CKPT-OPEN-16', 'there is no output pointer: the checkpoint is the result');
  for (const [id, wrong] of [
    ['CKPT-OPEN-17', { creationFlags: WR_ALL_REPLICAS | WR_ACTIVE_REPLICA }],
    ['CKPT-OPEN-18', { creationFlags: WR_ACTIVE_REPLICA | WR_ACTIVE_REPLICA_WEAK }],
    ['CKPT-OPEN-19', { creationFlags: 0 }],
    ['CKPT-OPEN-19', { creationFlags: CHECKPOINT_COLLOCATED }],
    ['CKPT-OPEN-20', { creationFlags: WR_ALL_REPLICAS | 0x10 }],
    ['CKPT-OPEN-21', { checkpointSize: 4097 }],
    ['CKPT-OPEN-23', { retentionDuration: -1n }],
  ] as const) {
    table.row(id, `attributes with ${Object.entries(wrong).join(' ')}`, async () => {
      const all = await CkptCluster.of();
      const a = await all.process();
      expect(await a.tryOpen('C', { ...A1, ...wrong }, RWC)).to.equal('INVALID_PARAM');
      expect(await a.exists('C')).to.equal(false);
    });
  }
  table.row('CKPT-OPEN-22', 'one section without an id', async () => {
    const all = await CkptCluster.of();
    expect(await (await all.process()).tryOpen('C', { ...A5, maxSectionIdSize: 0 }, RWC)).to.equal('OK');
  });
  table.row(
    ['CKPT-OPEN-24', 'CKPT-OPEN-25', 'CKPT-OPEN-26', 'CKPT-OPEN-27'],
    'timeouts, handles, no name',
    async () => {
      const all = await CkptCluster.of();
      const a = await all.process();
      expect(await a.tryOpen('C', A1, RWC, 0n)).to.equal('TIMEOUT');
      expect(await a.tryOpen('C', A1, RWC, -1n)).to.equal('INVALID_PARAM');
      expect(await a.tryOpen('', A1, RWC)).to.equal('INVALID_PARAM');
      expect(await all.outcome(() => a.library.at(WILD).checkpointOpen('C', A1, RWC, SECOND))).to.equal('BAD_HANDLE');
      await all.settled(a.ckpt.finalize());
      expect(await a.tryOpen('C', A1, RWC)).to.equal('BAD_HANDLE');
    },
  );
  table.row('CKPT-OPEN-28', 'made on one node, opened on another', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await all.create(await a.open(), 's', 'content');
    expect(await all.read(await b.open('C', null), 's')).to.equal('content');
  });
  for (const [id, other, expected] of [
    ['CKPT-OPEN-29', A1, ['OK', 'OK']],
    ['CKPT-OPEN-30', { ...A1, maxSections: 5 }, ['EXIST', 'OK']],
  ] as const) {
    table.row(id, `two nodes create at once: ${expected.join(', ')}`, async () => {
      const all = await CkptCluster.of([1, 2]);
      const [a, b] = [await all.process(1), await all.process(2)];
      const outcomes = await Promise.all([a.tryOpen('C', A1, RWC), b.tryOpen('C', other, RWC)]);
      expect([...outcomes].sort()).to.deep.equal(expected);
      await all.ais.quiet();
      const [one, two] = all.states(1, 2);
      expect(one).to.deep.equal(two);
      expect(one).to.have.nested.property('C.open', outcomes.filter((outcome) => outcome === 'OK').length);
    });
  }

  table.row(['CKPT-OPENA-01', 'CKPT-OPENA-02', 'CKPT-OPENA-03', 'CKPT-OPENA-04'], 'asynchronous', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    a.ckpt.checkpointOpenAsync(1n, 'C', A1, RWC);
    a.ckpt.checkpointOpenAsync(2n, 'C', null, READ);
    a.ckpt.checkpointOpenAsync(3n, 'none', null, READ);
    a.ckpt.checkpointOpenAsync(4n, 'C', A2, RWC);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['open 1 OK', 'open 2 OK', 'open 3 NOT_EXIST', 'open 4 EXIST']);
    await all.create(a.opened[0]!, 's', 'x');
    expect(await all.read(a.opened[1]!, 's')).to.equal('x');
  });
  const refused = ['CKPT-OPENA-05', 'CKPT-OPENA-06', 'CKPT-OPENA-07', 'CKPT-OPENA-08', 'CKPT-OPENA-09'];
  table.row(refused, 'asynchronous with bad arguments', async () => {
    const all = await CkptCluster.of();
    const [a, mute] = [await all.process(), await all.process(1, { without: ['checkpointOpen'] })];
    const open = (name: unknown, attributes: unknown, flags: number, of = a): Promise<string> =>
      all.outcome(() => of.ckpt.checkpointOpenAsync(1n, name as string, attributes as null, flags));
    expect(await open(null, A1, RWC)).to.equal('INVALID_PARAM');
    expect(await open('C', A1, READ)).to.equal('INVALID_PARAM');
    expect(await open('C', null, RWC)).to.equal('INVALID_PARAM');
    expect(await open('C', null, 0x8)).to.equal('BAD_FLAGS');
    expect(await open('C', A1, RWC, mute)).to.equal('INIT');
    expect(await all.outcome(() => a.library.at(WILD).checkpointOpenAsync(1n, 'C', A1, RWC))).to.equal('BAD_HANDLE');
    await all.settled(a.ckpt.finalize());
    expect(await open('C', A1, RWC)).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect([...a.log, ...mute.log]).to.deep.equal([]);
  });
  table.row('CKPT-OPENA-10', 'finalized before dispatch', async () => {
    const all = await CkptCluster.of();
    const [a, b] = [await all.process(1, { dispatch: 'manual' }), await all.process()];
    a.ckpt.checkpointOpenAsync(1n, 'C', { ...A1, retentionDuration: 0n }, RWC);
    await all.ais.quiet();
    await all.settled(a.ckpt.finalize());
    await all.ais.quiet();
    expect(a.log).to.deep.equal([]);
    expect(await b.exists()).to.equal(false);
  });

  table.row(
    ['CKPT-CLOSE-01', 'CKPT-CLOSE-02', 'CKPT-CLOSE-03', 'CKPT-CLOSE-04', 'CKPT-CLOSE-07'],
    'close',
    async () => {
      const all = await CkptCluster.of();
      const a = await all.process();
      const [one, two] = [await a.open(), await a.open()];
      await all.create(one, 's', 'x');
      expect(await all.outcome(() => one.close())).to.equal('OK');
      expect(await all.outcome(() => one.close())).to.equal('BAD_HANDLE');
      expect(await all.outcome(() => a.ckpt.checkpoint(one.handle))).to.equal('BAD_HANDLE');
      expect(await all.read(one, 's')).to.equal('BAD_HANDLE');
      expect(await all.read(two, 's')).to.equal('x');
      await all.settled(a.ckpt.finalize());
      expect(await all.outcome(() => two.close())).to.equal('BAD_HANDLE');
    },
  );
  table.row('CKPT-CLOSE-05', 'close with a synchronize pending', async () => {
    const all = await CkptCluster.of();
    const a = await all.process(1, { dispatch: 'manual' });
    const checkpoint = await a.open('C', A2);
    checkpoint.synchronizeAsync(1n);
    await all.ais.quiet();
    checkpoint.synchronizeAsync(2n);
    await all.settled(checkpoint.close());
    await a.dispatch();
    expect(a.log).to.deep.equal([]);
  });
  table.row('CKPT-CLOSE-06', 'close with an open pending', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const checkpoint = await a.open();
    a.ckpt.checkpointOpenAsync(1n, 'C', A1, RWC);
    await all.settled(checkpoint.close());
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['open 1 OK']);
  });
  table.row('CKPT-CLOSE-08', 'close with an iteration', async () => {
    const all = await CkptCluster.of();
    const checkpoint = await (await all.process()).open();
    const iteration = await all.settled(checkpoint.sectionIterationInitialize(5));
    await all.settled(checkpoint.close());
    expect(await all.outcome(() => iteration.next())).to.equal('BAD_HANDLE');
  });
}

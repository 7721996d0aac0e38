import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import type { CkptCheckpoint } from '../../plugins/ckpt/index.js';
import {
  A1,
  A2,
  A3,
  A4,
  A5,
  CHECKPOINT_COLLOCATED,
  CREATE,
  CkptCluster,
  READ,
  SECOND,
  WILD,
  WR_ALL_REPLICAS,
  bytes,
} from './ckpt-cluster.js';
import type { ConformanceTable } from './rows.js';

const retained = (retentionDuration: bigint): typeof A1 => ({ ...A1, retentionDuration });

/** Rows of retention, unlink, active replicas, status and synchronization. */
export function lifeRows(table: ConformanceTable): void {
  const rows = ['CKPT-RET-01', 'CKPT-RET-02', 'CKPT-RET-03', 'CKPT-RET-04', 'CKPT-RET-05'];
  table.row(rows, 'unlink a closed checkpoint, and what is none', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    await all.settled((await a.open()).close());
    expect(await a.exists()).to.equal(true);
    expect(await all.outcome(() => a.ckpt.checkpointUnlink('C'))).to.equal('OK');
    expect(await a.exists()).to.equal(false);
    expect(await all.outcome(() => a.ckpt.checkpointUnlink('C'))).to.equal('NOT_EXIST');
    expect(await all.outcome(() => a.ckpt.checkpointUnlink('D'))).to.equal('NOT_EXIST');
    expect(await all.outcome(() => a.ckpt.checkpointUnlink(null as never))).to.equal('INVALID_PARAM');
    expect(all.states(1)).to.deep.equal([{}]);
    expect(await all.outcome(() => a.library.at(WILD).checkpointUnlink('C'))).to.equal('BAD_HANDLE');
    await all.settled(a.ckpt.finalize());
    expect(await all.outcome(() => a.ckpt.checkpointUnlink('C'))).to.equal('BAD_HANDLE');
  });
  const open = ['CKPT-RET-06', 'CKPT-RET-07', 'CKPT-RET-08', 'CKPT-RET-09', 'CKPT-RET-10', 'CKPT-RET-14'];
  table.row(open, 'unlink while it is open on another node', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const old = await a.open('C', retained(SA_TIME_END));
    await all.create(old, 's', 'old');
    await all.settled(b.ckpt.checkpointUnlink('C'));
    expect(await a.tryOpen('C', null, READ)).to.equal('NOT_EXIST');
    const other = await b.open('C', { ...A1, maxSections: 9 });
    expect(await all.ids(other)).to.deep.equal([]);
    await all.create(other, 's', 'new');
    await all.write(old, 's', 'OLD');
    expect([await all.read(old, 's'), await all.read(other, 's')]).to.deep.equal(['OLD', 'new']);
    expect(await all.outcome(() => old.retentionDurationSet(SECOND))).to.equal('BAD_OPERATION');
    await all.settled(old.close());
    expect(Object.keys(all.states(1)[0] as object)).to.deep.equal(['C']);
    expect(await all.read(other, 's')).to.equal('new');
  });
  table.row(['CKPT-RET-11', 'CKPT-RET-12', 'CKPT-RET-15'], 'retention durations', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const checkpoint = await a.open();
    await all.settled(checkpoint.retentionDurationSet(20n * SECOND));
    const { checkpointCreationAttributes } = await all.settled(checkpoint.statusGet());
    expect(checkpointCreationAttributes).to.deep.equal(retained(20n * SECOND));
    expect(await all.outcome(() => checkpoint.retentionDurationSet(-1n))).to.equal('INVALID_PARAM');
    await all.settled(checkpoint.retentionDurationSet(0n));
    await all.settled(checkpoint.close());
    expect(await a.exists()).to.equal(false);
    expect(await all.outcome(() => checkpoint.retentionDurationSet(0n))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).retentionDurationSet(0n))).to.equal('BAD_HANDLE');
  });
  table.row('CKPT-RET-13', 'for ever', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const checkpoint = await a.open();
    await all.settled(checkpoint.retentionDurationSet(SA_TIME_END));
    await all.settled(checkpoint.close());
    await all.ais.quiet(60_000);
    expect(await a.exists()).to.equal(true);
  });
  table.row(['CKPT-RET-16', 'CKPT-RET-17'], 'open again within the retention time, and after it', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const first = await a.open('C', retained(SECOND));
    await all.create(first, 's', 'x');
    await all.settled(first.close());
    await all.ais.quiet(300);
    const second = await b.open('C', null);
    expect(await all.read(second, 's')).to.equal('x');
    await all.settled(second.close());
    await all.ais.quiet(3000);
    expect([await a.exists(), await b.exists()]).to.deep.equal([false, false]);
  });
  table.row('CKPT-RET-18', 'open again, and beyond the first deadline', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    await all.settled((await a.open('C', retained(SECOND))).close());
    await all.ais.quiet(500);
    const again = await a.open('C', null);
    await all.ais.quiet(3000);
    expect(await all.outcome(() => again.statusGet())).to.equal('OK');
    await all.settled(again.close());
    await all.ais.quiet(700);
    expect(all.states(1), 'the whole time counts anew').to.have.nested.property('[0].C');
  });
  table.row('CKPT-RET-19', 'one of two openers closes', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const first = await a.open('C', retained(SECOND));
    const second = await b.open('C', null);
    await all.settled(first.close());
    await all.ais.quiet(3000);
    expect(await all.outcome(() => second.statusGet())).to.equal('OK');
  });
  table.row('CKPT-RET-20', 'the last opener is killed', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.open('C', retained(SECOND));
    a.program.kill();
    await all.ais.quiet(500);
    expect(all.states(2)).to.have.nested.property('[0].C.open', 0);
    await all.ais.quiet(1500);
    expect(await b.exists()).to.equal(false);
  });
  table.row('CKPT-RET-21', "the last opener's node fails", async () => {
    const all = await CkptCluster.of([1, 2, 3]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await a.open('C', retained(5n * SECOND));
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(2, 3);
    expect(all.states(2)).to.have.nested.property('[0].C.open', 0);
    await all.ais.quiet(8000);
    expect(all.states(2, 3)).to.deep.equal([{}, {}]);
    expect(await b.exists()).to.equal(false);
  });

  for (const [id, attributes] of [
    ['CKPT-ACT-01', A3],
    ['CKPT-ACT-02', A4],
  ] as const) {
    table.row([id, 'CKPT-ACT-03', 'CKPT-ACT-06'], 'set the active replica', async () => {
      const all = await CkptCluster.of();
      const a = await all.process();
      const checkpoint = await a.open('C', attributes);
      const reader = await a.open('C', null, READ);
      expect(await all.outcome(() => reader.activeReplicaSet())).to.equal('ACCESS');
      expect(await all.outcome(() => checkpoint.statusGet())).to.equal('NOT_EXIST');
      expect(await all.outcome(() => checkpoint.activeReplicaSet())).to.equal('OK');
      expect(await all.outcome(() => reader.statusGet())).to.equal('OK');
      await all.settled(checkpoint.close());
      expect(await all.outcome(() => checkpoint.activeReplicaSet())).to.equal('BAD_HANDLE');
    });
  }
  table.row(['CKPT-ACT-04', 'CKPT-ACT-05'], 'where there is none to set', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    for (const attributes of [A2, { ...A1, creationFlags: CHECKPOINT_COLLOCATED | WR_ALL_REPLICAS }]) {
      const checkpoint = await a.open(`C${attributes.creationFlags}`, attributes);
      expect(await all.outcome(() => checkpoint.activeReplicaSet())).to.equal('BAD_OPERATION');
      expect(await all.outcome(() => checkpoint.statusGet()), 'it has its replicas').to.equal('OK');
    }
  });
  table.row('CKPT-ACT-07', 'another node takes over', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [one, two] = [await a.open('C', A3), await b.open('C', A3)];
    await all.settled(one.activeReplicaSet());
    await all.create(one, 's', 'x');
    await all.settled(two.activeReplicaSet());
    await all.write(one, 's', 'y');
    expect([await all.read(one, 's'), await all.read(two, 's')]).to.deep.equal(['y', 'y']);
    expect(all.states(1)).to.have.nested.property('[0].C.active', 2);
  });
  table.row(['CKPT-ACT-08', 'CKPT-ACT-09', 'CKPT-ACT-10'], 'no active replica', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const checkpoint = await a.open('C', A3);
    const calls: Record<string, (one: CkptCheckpoint) => Promise<unknown>> = {
      sectionCreate: (one) => one.sectionCreate({ sectionId: 's' }),
      statusGet: (one) => one.statusGet(),
      write: (one) => one.write([{ sectionId: 's', dataBuffer: bytes('x') }]),
      read: (one) => one.read([{ sectionId: 's' }]),
      sectionDelete: (one) => one.sectionDelete('s'),
      sectionExpirationTimeSet: (one) => one.sectionExpirationTimeSet('s', SA_TIME_END),
      sectionIterationInitialize: (one) => one.sectionIterationInitialize(5),
      synchronize: (one) => one.synchronize(SECOND),
      sectionOverwrite: (one) => one.sectionOverwrite('s', bytes('x')),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(await all.outcome(() => call(checkpoint)), name).to.equal('NOT_EXIST');
    }
    checkpoint.synchronizeAsync(1n);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['synchronize 1 NOT_EXIST']);
  });
  table.row('CKPT-ACT-11', 'its node fails', async () => {
    const all = await CkptCluster.of([1, 2, 3]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [one, two] = [await a.open('C', A3), await b.open('C', A3)];
    await all.settled(one.activeReplicaSet());
    await all.create(one, 's', 'x');
    await all.settled(one.synchronize(SECOND));
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(2, 3);
    const write = (): Promise<void> => two.write([{ sectionId: 's', dataBuffer: bytes('y') }]);
    expect(await all.outcome(write)).to.equal('NOT_EXIST');
    await all.settled(two.activeReplicaSet());
    expect(await all.read(two, 's'), 'what was synchronized').to.equal('x');
    expect(await all.outcome(write)).to.equal('OK');
  });

  table.row(['CKPT-STAT-01', 'CKPT-STAT-05', 'CKPT-STAT-06'], 'status', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const checkpoint = await a.open();
    await all.create(checkpoint, 'a', 'x'.repeat(10));
    await all.create(checkpoint, 'b', 'x'.repeat(20));
    const blind = await a.open('C', A1, CREATE);
    const status = { checkpointCreationAttributes: A1, numberOfSections: 2, memoryUsed: 30 };
    expect(await all.settled(blind.statusGet())).to.deep.equal(status);
    await all.settled(checkpoint.sectionDelete('a'));
    expect(await all.settled(checkpoint.statusGet())).to.include({ numberOfSections: 1, memoryUsed: 20 });
  });
  table.row('CKPT-STAT-02', 'with the default section', async () => {
    const all = await CkptCluster.of();
    const checkpoint = await (await all.process()).open('C', A5);
    expect(await all.settled(checkpoint.statusGet())).to.include({ numberOfSections: 1, memoryUsed: 0 });
  });
  table.notApplicable('CKPT-STAT-03', 'there is no output pointer: the status is the result');
  table.row('CKPT-STAT-04', 'status of no handle', async () => {
    const all = await CkptCluster.of();
    const a = await all.process();
    const [one, two] = [await a.open(), await a.open()];
    await all.settled(one.close());
    expect(await all.outcome(() => one.statusGet())).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).statusGet())).to.equal('BAD_HANDLE');
    await all.settled(a.ckpt.finalize());
    expect(await all.outcome(() => two.statusGet())).to.equal('BAD_HANDLE');
  });

  table.row(['CKPT-SYNC-01', 'CKPT-SYNC-02', 'CKPT-SYNC-07'], 'synchronize', async () => {
    const all = await CkptCluster.of([1, 2]);
    const a = await all.process();
    const checkpoint = await a.open('C', A2);
    expect(await all.outcome(() => checkpoint.synchronize(SECOND))).to.equal('OK');
    await all.create(checkpoint, 's', 'x');
    await all.write(checkpoint, 's', 'y');
    expect(await all.outcome(() => checkpoint.synchronize(SECOND))).to.equal('OK');
    for (const invocation of [0n, 2n ** 64n - 1n]) checkpoint.synchronizeAsync(invocation);
    await all.ais.quiet();
    expect(a.log).to.deep.equal(['synchronize 0 OK', `synchronize ${2n ** 64n - 1n} OK`]);
  });
  const refused = ['CKPT-SYNC-03', 'CKPT-SYNC-04', 'CKPT-SYNC-05', 'CKPT-SYNC-06', 'CKPT-SYNC-08'];
  table.row([...refused, 'CKPT-SYNC-09', 'CKPT-SYNC-10', 'CKPT-SYNC-11'], 'synchronize refused', async () => {
    const all = await CkptCluster.of();
    const [a, mute] = [await all.process(), await all.process(1, { without: ['checkpointSynchronize'] })];
    const cases: [CkptCheckpoint, string][] = [
      [await a.open('C'), 'BAD_OPERATION'],
      [await a.open('D', A2, READ | CREATE), 'ACCESS'],
    ];
    const closed = await a.open('D', A2);
    await all.settled(closed.close());
    cases.push([closed, 'BAD_HANDLE']);
    for (const [checkpoint, expected] of cases) {
      expect(await all.outcome(() => checkpoint.synchronize(SECOND))).to.equal(expected);
      expect(await all.outcome(() => checkpoint.synchronizeAsync(1n))).to.equal(expected);
    }
    const good = await a.open('D', A2);
    expect(await all.outcome(() => good.synchronize(0n))).to.equal('TIMEOUT');
    const silent = await mute.open('D', A2);
    expect(await all.outcome(() => silent.synchronizeAsync(1n))).to.equal('INIT');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).synchronize(SECOND))).to.equal('BAD_HANDLE');
    await all.settled(a.ckpt.finalize());
    expect(await all.outcome(() => good.synchronizeAsync(1n))).to.equal('BAD_HANDLE');
    await all.ais.quiet();
    expect([...a.log, ...mute.log]).to.deep.equal([]);
  });
}

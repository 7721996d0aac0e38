import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import {
  SA_CKPT_DEFAULT_SECTION_ID,
  SA_CKPT_GENERATED_SECTION_ID,
  SectionState,
  SectionsChosen,
} from '../../plugins/ckpt/index.js';
import type { SectionDescriptor } from '../../plugins/ckpt/index.js';
import { A1, A5, CREATE, CkptCluster, READ, SECOND, WILD, bytes, text } from './ckpt-cluster.js';
import type { CkptProcess } from './ckpt-cluster.js';
import type { ConformanceTable } from './rows.js';
import type { CkptCheckpoint } from '../../plugins/ckpt/index.js';

/** A cluster with a process and a checkpoint of A1, or of other attributes. */
export async function opened(attributes = A1): Promise<{ all: CkptCluster; a: CkptProcess; c: CkptCheckpoint }> {
  const all = await CkptCluster.of();
  const a = await all.process();
  return { all, a, c: await a.open('C', attributes) };
}

/** Rows of sections: create, delete, expiration, iteration. */
export function sectionRows(table: ConformanceTable): void {
  const forever = SA_TIME_END;
  table.row(['CKPT-SCRE-01', 'CKPT-SCRE-02'], 'create, and again', async () => {
    const { all, c } = await opened();
    await all.settled(c.sectionCreate({ sectionId: 's1', expirationTime: forever }, bytes('0123456789')));
    expect(await all.read(c, 's1')).to.equal('0123456789');
    expect(await all.outcome(() => c.sectionCreate({ sectionId: 's1' }))).to.equal('EXIST');
  });
  table.row(['CKPT-SCRE-03', 'CKPT-SCRE-04'], 'generated ids', async () => {
    const { all, c } = await opened({
      ...A1,
      maxSections: 600,
      maxSectionSize: 8,
      maxSectionIdSize: 2,
      checkpointSize: 4800,
    });
    await all.create(c, new Uint8Array([1]), 'taken');
    const ids = new Set<string>();
    for (let i = 0; i < 300; i++) ids.add(text(await all.create(c, SA_CKPT_GENERATED_SECTION_ID, `${i}`)));
    expect(ids.size).to.equal(300);
    expect([...ids].every((id) => id.length > 0 && id.length <= 2 && id !== '\x01')).to.equal(true);
    const [first] = ids;
    expect(
      await all.read(
        c,
        Uint8Array.from(first!, (one) => one.charCodeAt(0)),
      ),
    ).to.equal('0');
  });
  table.row('CKPT-SCRE-04', 'generated ids, until there are no more', async () => {
    const { all, c } = await opened({
      ...A1,
      maxSections: 300,
      maxSectionSize: 1,
      maxSectionIdSize: 1,
      checkpointSize: 300,
    });
    const ids: Uint8Array[] = [];
    for (let i = 0; i < 255; i++) ids.push(await all.create(c, SA_CKPT_GENERATED_SECTION_ID));
    const next = (): Promise<Uint8Array> => c.sectionCreate({ sectionId: SA_CKPT_GENERATED_SECTION_ID });
    expect(await all.outcome(next)).to.equal('NO_SPACE');
    await all.settled(c.sectionDelete(ids[7]!));
    expect(await all.settled(next()), 'a free one').to.deep.equal(ids[7]);
  });
  table.row(['CKPT-SCRE-05', 'CKPT-SCRE-06'], 'no id', async () => {
    const { all, c } = await opened();
    for (const attributes of [{}, { sectionId: null }, { sectionId: 's', expirationTime: -1n }]) {
      expect(await all.outcome(() => c.sectionCreate(attributes as never))).to.equal('INVALID_PARAM');
    }
    expect(await all.outcome(() => c.sectionCreate(null as never))).to.equal('INVALID_PARAM');
  });
  table.notApplicable('CKPT-SCRE-07', 'the size is that of the data: data null is a section of no bytes');
  table.row(['CKPT-SCRE-08', 'CKPT-SCRE-09'], 'no data', async () => {
    const { all, c } = await opened();
    await all.settled(c.sectionCreate({ sectionId: 'a' }, null));
    await all.settled(c.sectionCreate({ sectionId: 'b' }, bytes('')));
    expect([await all.read(c, 'a'), await all.read(c, 'b')]).to.deep.equal(['', '']);
    expect(await all.outcome(() => c.sectionCreate({ sectionId: 'c' }, 'text' as never))).to.equal('INVALID_PARAM');
  });
  table.row(['CKPT-SCRE-10', 'CKPT-SCRE-11', 'CKPT-SCRE-12', 'CKPT-SCRE-13'], 'too large, not allowed', async () => {
    const { all, a, c } = await opened();
    expect(await all.outcome(() => c.sectionCreate({ sectionId: 's' }, new Uint8Array(1025)))).to.equal(
      'INVALID_PARAM',
    );
    expect(await all.outcome(() => c.sectionCreate({ sectionId: 'x'.repeat(17) }))).to.equal('INVALID_PARAM');
    const reader = await a.open('C', A1, READ | CREATE);
    expect(await all.outcome(() => reader.sectionCreate({ sectionId: 's' }))).to.equal('ACCESS');
    const one = await a.open('one', A5);
    expect(await all.outcome(() => one.sectionCreate({ sectionId: 's' }))).to.equal('EXIST');
    expect(await all.ids(c)).to.deep.equal([]);
  });
  table.row(['CKPT-SCRE-14', 'CKPT-SCRE-15'], 'as many as there may be', async () => {
    const { all, a, c } = await opened();
    for (const id of ['1', '2', '3', '4']) await all.create(c, id);
    const next = (): Promise<unknown> => c.sectionCreate({ sectionId: '5' });
    expect(await all.outcome(next)).to.equal('NO_SPACE');
    await all.settled(c.sectionDelete('2'));
    expect(await all.outcome(next)).to.equal('OK');
    const small = await a.open('small', { ...A1, checkpointSize: 10 });
    await all.create(small, '1', 'x'.repeat(10));
    expect(await all.outcome(() => small.sectionCreate({ sectionId: '2' }, bytes('x')))).to.equal('NO_SPACE');
    expect(await all.outcome(() => small.sectionOverwrite('1', new Uint8Array(11)))).to.equal('NO_SPACE');
  });
  table.row(['CKPT-SCRE-16', 'CKPT-SCRE-17'], 'with an expiration time', async () => {
    const { all, c } = await opened();
    await all.settled(c.sectionCreate({ sectionId: 's', expirationTime: all.now() + SECOND }, bytes('x')));
    await all.settled(c.sectionCreate({ sectionId: 'past', expirationTime: all.now() - SECOND }, bytes('x')));
    expect([await all.read(c, 's'), await all.read(c, 'past')]).to.deep.equal(['x', 'NOT_EXIST']);
    await all.ais.quiet(2000);
    expect(await all.read(c, 's')).to.equal('NOT_EXIST');
    expect(await all.settled(c.statusGet())).to.include({ numberOfSections: 0, memoryUsed: 0 });
  });
  table.row('CKPT-SCRE-18', 'zero bytes in ids', async () => {
    const { all, c } = await opened();
    const ids = [new Uint8Array([97, 0, 1]), new Uint8Array([97, 0, 2]), new Uint8Array([97]), new Uint8Array([0])];
    for (const [i, id] of ids.entries()) await all.create(c, id, `${i}`);
    for (const [i, id] of ids.entries()) expect(await all.read(c, id)).to.equal(`${i}`);
  });
  table.row(['CKPT-SCRE-19', 'CKPT-SDEL-06', 'CKPT-SDEL-14'], 'of no handle', async () => {
    const { all, a, c } = await opened();
    await all.settled(c.close());
    expect(await all.outcome(() => c.sectionCreate({ sectionId: 's' }))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => c.sectionDelete('s'))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => c.sectionExpirationTimeSet('s', forever))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).sectionCreate({ sectionId: 's' }))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).sectionDelete('s'))).to.equal('BAD_HANDLE');
  });
  table.row('CKPT-SCRE-20', 'one id from two nodes at once', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [one, two] = [await (await all.process(1)).open(), await (await all.process(2)).open()];
    const create = (c: CkptCheckpoint): Promise<string> => all.outcome(() => c.sectionCreate({ sectionId: 's' }));
    expect((await Promise.all([create(one), create(two)])).sort()).to.deep.equal(['EXIST', 'OK']);
  });

  table.row(['CKPT-SDEL-01', 'CKPT-SDEL-02', 'CKPT-SDEL-04', 'CKPT-SDEL-05'], 'delete', async () => {
    const { all, a, c } = await opened();
    await all.create(c, 's', 'x');
    const reader = await a.open('C', null, READ);
    expect(await all.outcome(() => reader.sectionDelete('s'))).to.equal('ACCESS');
    expect(await all.outcome(() => c.sectionDelete(null as never))).to.equal('INVALID_PARAM');
    expect(await all.outcome(() => c.sectionDelete('s'))).to.equal('OK');
    expect(await all.read(c, 's')).to.equal('NOT_EXIST');
    expect(await all.outcome(() => c.sectionDelete('s'))).to.equal('NOT_EXIST');
  });
  table.row(['CKPT-SDEL-03', 'CKPT-SDEL-10'], 'the default section', async () => {
    const { all, c } = await opened(A5);
    expect(await all.outcome(() => c.sectionDelete(SA_CKPT_DEFAULT_SECTION_ID))).to.equal('INVALID_PARAM');
    const set = (): Promise<void> => c.sectionExpirationTimeSet(SA_CKPT_DEFAULT_SECTION_ID, all.now() + SECOND);
    expect(await all.outcome(set)).to.equal('INVALID_PARAM');
  });
  table.row(['CKPT-SDEL-07', 'CKPT-SDEL-08', 'CKPT-SDEL-09'], 'expiration times', async () => {
    const all = await CkptCluster.of([1, 2]);
    const [c, other] = [await (await all.process(1)).open(), await (await all.process(2)).open()];
    for (const id of ['gone', 'stays', 'later']) await all.create(c, id, id);
    await all.settled(c.sectionExpirationTimeSet('gone', all.now() + SECOND));
    await all.settled(c.sectionExpirationTimeSet('stays', all.now() + SECOND));
    await all.settled(other.sectionExpirationTimeSet('stays', forever));
    const later = all.now() + 5n * SECOND;
    await all.settled(c.sectionExpirationTimeSet('later', later));
    await all.ais.quiet(2000);
    expect([await all.ids(c), await all.ids(other)]).to.deep.equal(Array(2).fill(['later', 'stays']));
    const iteration = await all.settled(other.sectionIterationInitialize(SectionsChosen.LEQ_EXPIRATION_TIME, later));
    expect((await all.settled(iteration.next()))?.expirationTime).to.equal(later);
    await all.ais.quiet(4000);
    expect([await all.ids(c), await all.ids(other)]).to.deep.equal(Array(2).fill(['stays']));
  });
  table.row(['CKPT-SDEL-11', 'CKPT-SDEL-12', 'CKPT-SDEL-13'], 'expiration times refused', async () => {
    const { all, a, c } = await opened();
    expect(await all.outcome(() => c.sectionExpirationTimeSet('none', forever))).to.equal('NOT_EXIST');
    expect(await all.outcome(() => c.sectionExpirationTimeSet(null as never, forever))).to.equal('INVALID_PARAM');
    expect(await all.outcome(() => c.sectionExpirationTimeSet('none', 5 as never))).to.equal('INVALID_PARAM');
    const reader = await a.open('C', null, READ);
    expect(await all.outcome(() => reader.sectionExpirationTimeSet('s', forever))).to.equal('ACCESS');
  });

  const { ANY, FOREVER, LEQ_EXPIRATION_TIME, GEQ_EXPIRATION_TIME, CORRUPTED } = SectionsChosen;
  const choices = ['CKPT-ITER-01', 'CKPT-ITER-02', 'CKPT-ITER-03', 'CKPT-ITER-04', 'CKPT-ITER-05'];
  table.row(choices, 'each choice of sections', async () => {
    const { all, c } = await opened();
    const time = all.now() + 60n * SECOND;
    await all.create(c, 'never');
    for (const [id, by] of [
      ['early', -1n],
      ['then', 0n],
      ['late', 1n],
    ] as const) {
      await all.settled(c.sectionCreate({ sectionId: id, expirationTime: time + by }));
    }
    expect(await all.ids(c, ANY)).to.deep.equal(['early', 'late', 'never', 'then']);
    expect(await all.ids(c, FOREVER)).to.deep.equal(['never']);
    expect(await all.ids(c, LEQ_EXPIRATION_TIME, time)).to.deep.equal(['early', 'then']);
    expect(await all.ids(c, GEQ_EXPIRATION_TIME, time)).to.deep.equal(['late', 'never', 'then']);
    expect(await all.ids(c, CORRUPTED)).to.deep.equal([]);
  });
  table.row(['CKPT-ITER-06', 'CKPT-ITER-08'], 'no choice, no handle', async () => {
    const { all, a, c } = await opened();
    for (const chosen of [0, 6]) {
      expect(await all.outcome(() => c.sectionIterationInitialize(chosen as never))).to.equal('INVALID_PARAM');
    }
    await all.settled(c.close());
    expect(await all.outcome(() => c.sectionIterationInitialize(ANY))).to.equal('BAD_HANDLE');
    expect(await all.outcome(() => a.ckpt.checkpoint(WILD).sectionIterationInitialize(ANY))).to.equal('BAD_HANDLE');
  });
  table.notApplicable('CKPT-ITER-07', 'there is no output pointer: the iteration is the result');
  table.row(
    ['CKPT-ITER-09', 'CKPT-ITER-12', 'CKPT-ITER-13', 'CKPT-ITER-15', 'CKPT-ITER-16'],
    'to the end',
    async () => {
      const { all, a, c } = await opened();
      const iteration = await all.settled(c.sectionIterationInitialize(ANY));
      expect(a.ckpt.iteration(iteration.handle)).to.equal(iteration);
      for (let i = 0; i < 3; i++) expect(await all.settled(iteration.next()), 'NO_SECTIONS').to.equal(undefined);
      expect(await all.outcome(() => iteration.finalize())).to.equal('OK');
      expect(await all.outcome(() => iteration.finalize())).to.equal('BAD_HANDLE');
      expect(await all.outcome(() => iteration.next())).to.equal('BAD_HANDLE');
      expect(await all.outcome(() => a.ckpt.iteration(iteration.handle))).to.equal('BAD_HANDLE');
      expect(await all.outcome(() => a.ckpt.iteration(WILD).next())).to.equal('BAD_HANDLE');
      expect(await all.outcome(() => a.ckpt.iteration(WILD).finalize())).to.equal('BAD_HANDLE');
    },
  );
  table.row('CKPT-ITER-10', 'descriptors', async () => {
    const { all, c } = await opened();
    const expirationTime = all.now() + 60n * SECOND;
    await all.settled(c.sectionCreate({ sectionId: 's', expirationTime }, bytes('abc')));
    await all.ais.quiet(1000);
    const began = all.now();
    await all.write(c, 's', 'defgh');
    const iteration = await all.settled(c.sectionIterationInitialize(ANY));
    const { lastUpdate, ...descriptor } = (await all.settled(iteration.next())) as SectionDescriptor;
    const sectionId = bytes('s');
    expect(descriptor).to.deep.equal({ sectionId, expirationTime, sectionSize: 5, sectionState: SectionState.VALID });
    expect(lastUpdate >= began && lastUpdate <= all.now()).to.equal(true);
  });
  table.notApplicable('CKPT-ITER-11', 'there is no output pointer: the descriptor is the result');
  table.row('CKPT-ITER-14', 'sections come and go meanwhile', async () => {
    const { all, c } = await opened();
    for (const id of ['1', '2', '3']) await all.create(c, id);
    const iteration = await all.settled(c.sectionIterationInitialize(ANY));
    const first = text((await all.settled(iteration.next()))!.sectionId);
    const [second, third] = ['1', '2', '3'].filter((id) => id !== first);
    await all.settled(c.sectionDelete(second!));
    await all.create(c, '4');
    const rest: string[] = [];
    for (let one = await all.settled(iteration.next()); one; one = await all.settled(iteration.next())) {
      rest.push(text(one.sectionId));
    }
    expect(rest.filter((id) => id !== '4')).to.deep.equal([third]);
  });
}

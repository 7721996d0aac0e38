import { expect } from 'chai';
import { SA_CKPT_DEFAULT_SECTION_ID } from '../../plugins/ckpt/index.js';
import type { CkptCheckpoint } from '../../plugins/ckpt/index.js';
import { A1, A2, A5, CREATE, CkptCluster, READ, WILD, WRITE, bytes, text } from './ckpt-cluster.js';
import type { CkptProcess } from './ckpt-cluster.js';
import type { ConformanceTable } from './rows.js';
import { opened } from './ckpt-section-rows.js';

const TEN = '0123456789';

/** With the sections a, b and c, of ten bytes each. */
async function filled(attributes = A1): Promise<{ all: CkptCluster; a: CkptProcess; c: CkptCheckpoint }> {
  const made = await opened(attributes);
  for (const id of ['a', 'b', 'c']) await made.all.create(made.c, id, TEN);
  return made;
}

/** Rows of write, overwrite and read. */
export function dataRows(table: ConformanceTable): void {
  table.row(['CKPT-WR-01', 'CKPT-WR-02', 'CKPT-RD-01', 'CKPT-RD-02'], 'write and read vectors', async () => {
    for (const attributes of [A1, A2]) {
      const { all, c } = await filled(attributes);
      await all.write(c, 'a', 'x');
      expect(await all.read(c, 'a')).to.equal('x123456789');
      const elements = ['a', 'b', 'c'].map((sectionId) => ({ sectionId, dataBuffer: bytes(`new ${sectionId}`) }));
      await all.settled(c.write(elements));
      const read = await all.settled(c.read(['c', 'b', 'a'].map((sectionId) => ({ sectionId, dataSize: 5 }))));
      expect(read.map(text)).to.deep.equal(['new c', 'new b', 'new a']);
    }
  });
  table.notApplicable('CKPT-WR-03', 'there is no output pointer: the index is in the error');
  table.row(['CKPT-WR-04', 'CKPT-WR-21'], 'the default section', async () => {
    const { all, c } = await opened(A5);
    await all.write(c, SA_CKPT_DEFAULT_SECTION_ID, 'written');
    expect(await all.read(c, SA_CKPT_DEFAULT_SECTION_ID)).to.equal('written');
    await all.settled(c.sectionOverwrite(SA_CKPT_DEFAULT_SECTION_ID, bytes('over')));
    expect(await all.read(c, SA_CKPT_DEFAULT_SECTION_ID)).to.equal('over');
  });
  table.row(['CKPT-WR-05', 'CKPT-WR-06'], 'within a section, and beyond its end', async () => {
    const { all, c } = await filled();
    await all.write(c, 'a', 'xyz', 3);
    expect(await all.read(c, 'a')).to.equal('012xyz6789');
    await all.write(c, 'a', 'abcde', 8);
    expect(await all.read(c, 'a')).to.equal('012xyz67abcde');
    await all.write(c, 'a', '!', 15);
    expect(await all.read(c, 'a')).to.equal('012xyz67abcde\0\0!');
    await all.settled(c.sectionOverwrite('a', bytes('ab')));
    await all.write(c, 'a', '!', 4);
    expect(await all.read(c, 'a'), 'nothing old comes back').to.equal('ab\0\0!');
    expect(await all.settled(c.statusGet())).to.include({ memoryUsed: 25 });
  });
  table.row(['CKPT-WR-07', 'CKPT-WR-08', 'CKPT-WR-09', 'CKPT-WR-13', 'CKPT-WR-14'], 'bad arguments', async () => {
    const { all, a, c } = await filled();
    for (const vector of [null, undefined, [], [null], [{ dataBuffer: bytes('x') }], ['a']]) {
      expect(await all.outcome(() => c.write(vector as never))).to.equal('INVALID_PARAM');
    }
    const reader = await a.open('C', null, READ);
    expect(await all.outcome(() => reader.write([{ sectionId: 'a', dataBuffer: bytes('x') }]))).to.equal('ACCESS');
    for (const wrong of [
      { dataBuffer: null, dataSize: 3 },
      { dataBuffer: bytes('x'), dataSize: 2 },
      { dataBuffer: bytes('x'), dataOffset: -1 },
      { dataBuffer: bytes('x'), dataOffset: 0.5 },
    ]) {
      const vector = [
        { sectionId: 'a', dataBuffer: bytes('x') },
        { sectionId: 'a', ...wrong },
      ];
      expect(await all.vectorOutcome(() => c.write(vector))).to.equal('INVALID_PARAM 1');
    }
    expect(await all.outcome(() => c.write([{ sectionId: 'a', dataBuffer: null, dataSize: 0 }]))).to.equal('OK');
    expect(await all.outcome(() => c.write([{ sectionId: 'a', dataBuffer: bytes(''), dataOffset: 20 }]))).to.equal(
      'OK',
    );
    expect(await all.read(c, 'a')).to.equal(TEN);
  });
  table.row(['CKPT-WR-10', 'CKPT-WR-11', 'CKPT-WR-12'], 'a wrong element: nothing is written', async () => {
    for (const attributes of [A1, A2]) {
      const { all, c } = await filled(attributes);
      for (const [expected, wrong] of [
        ['NOT_EXIST 1', { sectionId: 'none', dataBuffer: bytes('x') }],
        ['INVALID_PARAM 1', { sectionId: 'b', dataBuffer: new Uint8Array(1025) }],
        ['INVALID_PARAM 1', { sectionId: 'b', dataBuffer: bytes('xx'), dataOffset: 1023 }],
        ['NOT_EXIST 1', { sectionId: SA_CKPT_DEFAULT_SECTION_ID, dataBuffer: bytes('x') }],
      ] as const) {
        const vector = [{ sectionId: 'a', dataBuffer: bytes('x') }, wrong];
        expect(await all.vectorOutcome(() => c.write(vector))).to.equal(expected);
        expect(await all.read(c, 'a')).to.equal(TEN);
      }
      await all.write(c, 'b', 'xx', 1022);
    }
  });
  table.row(['CKPT-WR-12', 'CKPT-WR-18'], 'elements that are too much together', async () => {
    const { all, c } = await opened({ ...A1, checkpointSize: 20 });
    await all.create(c, 'a', TEN);
    const write = (dataOffset: number): Promise<string> =>
      all.vectorOutcome(() =>
        c.write([0, 5].map((more) => ({ sectionId: 'a', dataBuffer: bytes('xxxxx'), dataOffset: dataOffset + more }))),
      );
    expect(await write(11)).to.equal('NO_SPACE 1');
    expect(await all.read(c, 'a')).to.equal(TEN);
    expect(await write(10)).to.equal('OK');
  });
  table.row(['CKPT-WR-15', 'CKPT-WR-24', 'CKPT-RD-13'], 'of no handle', async () => {
    const { all, a, c } = await filled();
    const other = await a.open();
    const calls = (one: () => CkptCheckpoint): (() => Promise<unknown>)[] => [
      () => one().write([{ sectionId: 'a', dataBuffer: bytes('x') }]),
      () => one().sectionOverwrite('a', bytes('x')),
      () => one().read([{ sectionId: 'a' }]),
    ];
    await all.settled(c.close());
    const of = [...calls(() => c), ...calls(() => a.ckpt.checkpoint(WILD))];
    for (const call of of) expect(await all.outcome(async () => call())).to.equal('BAD_HANDLE');
    await all.settled(a.ckpt.finalize());
    for (const call of calls(() => other)) expect(await all.outcome(call)).to.equal('BAD_HANDLE');
  });
  table.row('CKPT-WR-16', 'two nodes write at once', async () => {
    const all = await CkptCluster.of([1, 2, 3]);
    const of: CkptCheckpoint[] = [];
    for (const node of [1, 2, 3]) of.push(await (await all.process(node)).open());
    await all.create(of[0]!, 's', '0');
    for (let round = 0; round < 10; round++) {
      const write = (c: CkptCheckpoint, value: string): Promise<void> =>
        c.write([{ sectionId: 's', dataBuffer: bytes(value) }]);
      await all.settled(Promise.all([write(of[0]!, 'A'), write(of[1]!, 'B')]));
      const read = await all.settled(Promise.all(of.map((c) => c.read([{ sectionId: 's' }]))));
      const values = read.map(([value]) => text(value));
      expect(values[0]).to.be.oneOf(['A', 'B']);
      expect(new Set(values).size).to.equal(1);
    }
  });
  const over = ['CKPT-WR-17', 'CKPT-WR-18', 'CKPT-WR-19', 'CKPT-WR-20', 'CKPT-WR-22', 'CKPT-WR-23'];
  table.row(over, 'overwrite', async () => {
    for (const attributes of [A1, A2]) {
      const { all, a, c } = await filled(attributes);
      await all.settled(c.sectionOverwrite('a', bytes('abc')));
      expect(await all.read(c, 'a')).to.equal('abc');
      await all.settled(c.sectionOverwrite('a', new Uint8Array(1024)));
      expect(await all.read(c, 'a')).to.equal('\0'.repeat(1024));
      expect(await all.outcome(() => c.sectionOverwrite('a', new Uint8Array(1025)))).to.equal('INVALID_PARAM');
      expect(await all.outcome(() => c.sectionOverwrite('a', null as never))).to.equal('INVALID_PARAM');
      expect(await all.outcome(() => c.sectionOverwrite(null as never, bytes('x')))).to.equal('INVALID_PARAM');
      expect(await all.outcome(() => c.sectionOverwrite('none', bytes('x')))).to.equal('NOT_EXIST');
      const reader = await a.open('C', null, READ);
      expect(await all.outcome(() => reader.sectionOverwrite('a', bytes('x')))).to.equal('ACCESS');
      expect(await all.settled(c.statusGet())).to.include({ memoryUsed: 1044 });
    }
  });

  table.row(['CKPT-RD-03', 'CKPT-RD-04', 'CKPT-RD-05', 'CKPT-RD-06'], 'buffers, sizes and offsets', async () => {
    const { all, c } = await filled();
    const buffer = bytes('................');
    const [whole, some, rest, end] = await all.settled(
      c.read([
        { sectionId: 'a', dataBuffer: null },
        { sectionId: 'a', dataSize: 4 },
        { sectionId: 'a', dataBuffer: buffer, dataOffset: 4 },
        { sectionId: 'a', dataSize: 100, dataOffset: 10 },
      ]),
    );
    expect([whole, some, rest, end].map(text)).to.deep.equal([TEN, '0123', '456789', '']);
    expect(text(buffer)).to.equal('456789..........');
    expect(rest!.buffer).to.equal(buffer.buffer);
  });
  const wrong = ['CKPT-RD-07', 'CKPT-RD-08', 'CKPT-RD-09', 'CKPT-RD-10', 'CKPT-RD-11'];
  table.row(wrong, 'refused', async () => {
    const { all, a, c } = await filled();
    const read = (element: object): Promise<string> =>
      all.vectorOutcome(() => c.read([{ sectionId: 'a' }, { sectionId: 'a', ...element }]));
    expect(await read({ dataOffset: 11 })).to.equal('INVALID_PARAM 1');
    expect(await read({ dataSize: 1025 })).to.equal('INVALID_PARAM 1');
    expect(await read({ dataBuffer: bytes('x'), dataSize: 2 })).to.equal('INVALID_PARAM 1');
    expect(await read({ sectionId: null })).to.equal('INVALID_PARAM 1');
    expect(await read({ sectionId: 'none' })).to.equal('NOT_EXIST 1');
    for (const vector of [null, []]) {
      expect(await all.outcome(() => c.read(vector as never))).to.equal('INVALID_PARAM');
    }
    const writer = await a.open('C', A1, WRITE | CREATE);
    expect(await all.outcome(() => writer.read([{ sectionId: 'a' }]))).to.equal('ACCESS');
  });
  table.notApplicable('CKPT-RD-12', 'there is no output pointer: the index is in the error');
  for (const [id, attributes] of [
    ['CKPT-RD-14', A1],
    ['CKPT-RD-15', A2],
  ] as const) {
    table.row(id, 'a write that returned is seen on another node', async () => {
      const all = await CkptCluster.of([1, 2, 3]);
      const [one, two] = [
        await (await all.process(1)).open('C', attributes),
        await (await all.process(2)).open('C', attributes),
      ];
      await all.create(one, 's');
      all.ais.cluster.lose(0.1);
      for (let round = 0; round < 30; round++) {
        const seen = one
          .write([{ sectionId: 's', dataBuffer: bytes(`${round}`.padStart(4)) }])
          .then(() => two.read([{ sectionId: 's' }]));
        expect(Number(text((await all.settled(seen))[0]))).to.equal(round);
      }
    });
  }
}

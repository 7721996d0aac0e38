import { expect } from 'chai';
import type { CkptCheckpoint } from '../../plugins/ckpt/index.js';
import { A1, CkptCluster, SECOND, bytes, text } from './ckpt-cluster.js';
import type { ConformanceTable } from './rows.js';

/** Rows of what survives. */
export function survivalRows(table: ConformanceTable): void {
  table.row('CKPT-HA-01', 'the writer is killed', async () => {
    const all = await CkptCluster.of();
    const [a, b] = [await all.process(), await all.process()];
    const c = await a.open();
    await all.create(c, 's');
    await all.write(c, 's', 'last');
    a.program.kill();
    await all.ais.quiet();
    expect(await all.read(await b.open('C', null), 's')).to.equal('last');
  });
  table.row('CKPT-HA-02', "the writer's node fails, and frames are lost", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const all = await CkptCluster.of([1, 2, 3], { seed });
      const [one, two] = [await (await all.process(1)).open(), await (await all.process(2)).open()];
      await all.create(one, 's');
      all.ais.cluster.lose(0.1);
      for (let round = 0; round < 5; round++) await all.write(one, 's', `last ${round}`);
      all.ais.cluster.crash(1);
      all.ais.cluster.lose(0);
      await all.ais.cluster.formed(2, 3);
      expect(await all.read(two, 's')).to.equal('last 4');
    }
  });
  table.row('CKPT-HA-03', 'a node joins later', async () => {
    const all = await CkptCluster.of([1, 2, 3], { start: [1, 2] });
    const a = await all.process(1);
    const large = { ...A1, maxSections: 1000, maxSectionSize: 400_000, checkpointSize: 3_000_000 };
    const c = await a.open('C', large);
    const content = (i: number): Uint8Array => new Uint8Array(i % 100 === 7 ? 300_000 : i).fill(i);
    for (let i = 0; i < 500; i++) await all.settled(c.sectionCreate({ sectionId: `s${i}` }, content(i)));
    all.ais.cluster.start(3);
    await all.ais.cluster.formed(1, 2, 3);
    const other = await (await all.process(3)).open('C', null);
    const { checkpointCreationAttributes } = await all.settled(other.statusGet());
    expect(checkpointCreationAttributes).to.deep.equal(large);
    const read = await all.settled(other.read(Array.from({ length: 500 }, (_, i) => ({ sectionId: `s${i}` }))));
    expect(read).to.have.length(500);
    read.forEach((data, i) => expect(Buffer.compare(data, content(i)), `s${i}`).to.equal(0));
    expect(all.states(1)).to.deep.equal(all.states(3));
  });
  table.row('CKPT-HA-04', 'a node joins during heavy writing', async () => {
    const all = await CkptCluster.of([1, 2, 3], { start: [1, 2] });
    const one = await (await all.process(1)).open();
    await all.create(one, 's', '0000');
    const answered = { last: 0 };
    const writer = (async () => {
      for (let i = 1; i <= 200; i++) {
        await one.write([{ sectionId: 's', dataBuffer: bytes(`${i}`.padStart(4, '0')) }]);
        answered.last = i;
      }
    })();
    await all.ais.quiet(20);
    all.ais.cluster.start(3);
    await all.settled(writer);
    await all.ais.cluster.formed(1, 2, 3);
    const other = await (await all.process(3)).open('C', null);
    expect(answered.last).to.equal(200);
    expect([await all.read(one, 's'), await all.read(other, 's')]).to.deep.equal(['0200', '0200']);
  });
  table.row('CKPT-HA-05', 'a node joins, then the one that created a section leaves', async () => {
    const all = await CkptCluster.of([1, 2, 3], { start: [1, 2] });
    const one = await (await all.process(1)).open();
    await all.settled(one.sectionCreate({ sectionId: 's', expirationTime: all.now() + 20n * SECOND }, bytes('x')));
    all.ais.cluster.start(3);
    await all.ais.cluster.formed(1, 2, 3);
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(2, 3);
    all.ais.cluster.crash(2);
    await all.ais.cluster.formed(3);
    const other = await (await all.process(3)).open('C', A1);
    expect(await all.read(other, 's')).to.equal('x');
    await all.ais.quiet(20_000);
    expect(await all.read(other, 's')).to.equal('NOT_EXIST');
  });
  table.row(['CKPT-WR-02', 'CKPT-RD-02'], 'more than a message holds: all of it or nothing', async () => {
    const all = await CkptCluster.of([1, 2]);
    const size = 3_000_000;
    const attributes = { ...A1, maxSectionSize: size, checkpointSize: 2 * size, maxSections: 2 };
    const [one, two] = [
      await (await all.process(1)).open('C', attributes),
      await (await all.process(2)).open('C', attributes),
    ];
    await all.settled(one.sectionCreate({ sectionId: 'a' }, new Uint8Array(size).fill(1)));
    await all.settled(one.sectionCreate({ sectionId: 'b' }));
    const halves = (value: number): Promise<void> =>
      one.write(['a', 'b'].map((sectionId) => ({ sectionId, dataBuffer: new Uint8Array(size).fill(value) })));
    const values = async (c: CkptCheckpoint): Promise<number[]> => {
      const read = await c.read([{ sectionId: 'a' }, { sectionId: 'b' }]);
      return read.flatMap((data) => [...new Set(data)]);
    };
    expect(await all.settled(values(two))).to.deep.equal([1]);
    await all.settled(halves(2));
    const under = halves(3);
    for (let round = 0; round < 20; round++) {
      const [a, b, ...others] = await all.settled(values(two));
      expect([a === b, others.length]).to.deep.equal([true, 0]);
    }
    await all.settled(under);
    expect(await all.settled(values(two))).to.deep.equal([3, 3]);
    await all.settled(one.sectionOverwrite('a', new Uint8Array(size).fill(4)));
    expect(await all.settled(values(two))).to.deep.equal([4, 3]);
    const [middle] = await all.settled(two.read([{ sectionId: 'a', dataOffset: size - 3, dataSize: 10 }]));
    expect(text(middle)).to.equal('\x04\x04\x04');
  });
}

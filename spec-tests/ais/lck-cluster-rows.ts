import { expect } from 'chai';
import { EX, LckCluster, NO_QUEUE, ORPHAN, PR, WILD, ms } from './lck-cluster.js';
import { processes } from './lck-lock-rows.js';
import type { ConformanceTable } from './rows.js';

const FULL_SIGNAL = 2n ** 64n - 1n;

/** Rows of waiter callbacks, deadlocks, orphans, and clusters of several nodes. */
export function clusterRows(table: ConformanceTable): void {
  for (const [id, held, asked] of [
    ['LCK-WAIT-01', EX, PR],
    ['LCK-WAIT-02', PR, EX],
  ] as const) {
    table.row([id, 'LCK-WAIT-08', 'LCK-WAIT-10'], `mode ${asked} waits for ${held}`, async () => {
      const { all, of, r } = await processes(2);
      const lockId = await all.granted(r[0]!, held);
      await all.waiting(r[1]!, asked, { signal: 77n });
      r[1]!.lockAsync(1n, asked, 0, FULL_SIGNAL);
      await all.waiting(r[1]!, asked, { signal: 0n });
      expect(of[0]!.waiters).to.deep.equal(
        [77n, FULL_SIGNAL, 0n].map((signal) => ({ signal, lockId, held, requested: asked })),
      );
    });
  }
  table.row(['LCK-WAIT-03', 'LCK-WAIT-05'], 'every lock in the way, also two of one process', async () => {
    const { all, of, r } = await processes(4);
    const ids: bigint[][] = [[], [], []];
    for (const i of [0, 0, 1, 2]) ids[i]!.push(await all.granted(r[i]!, PR));
    await all.waiting(r[3]!, EX);
    expect([0, 1, 2].map((i) => of[i]!.waiters.map(({ lockId }) => lockId))).to.deep.equal(ids);
  });
  table.row(['LCK-WAIT-04', 'LCK-WAIT-09'], 'every request that waits, and no other', async () => {
    const { all, of, r } = await processes(4);
    await all.granted(r[0]!, EX);
    expect(of[0]!.waiters).to.deep.equal([]);
    for (const i of [1, 2, 3]) await all.waiting(r[i]!, EX, { signal: BigInt(i) });
    expect(of[0]!.waiters.map(({ signal }) => signal)).to.deep.equal([1n, 2n, 3n]);
  });
  table.row('LCK-WAIT-06', 'a holder without the callback', async () => {
    const { all, r } = await processes(2, 1, { without: ['lockWaiter'] });
    await all.granted(r[0]!, EX);
    expect(await all.lock(r[1]!, EX)).to.equal('TIMEOUT');
  });
  table.row('LCK-WAIT-07', 'the holder unlocks inside it', async () => {
    const { all, of, r } = await processes(2);
    of[0]!.onWaiter = (lockId) => void of[0]!.lck.resourceUnlock(lockId, ms(1000));
    await all.granted(r[0]!, EX);
    expect(await all.lock(r[1]!, EX)).to.equal('GRANTED');
  });
  table.row('LCK-WAIT-11', 'a new holder is told who waits already', async () => {
    const { all, of, r } = await processes(3);
    const first = await all.granted(r[0]!, EX);
    const second = await all.waiting(r[1]!, EX, { signal: 1n });
    await all.waiting(r[2]!, EX, { signal: 2n });
    await of[0]!.unlock(first);
    await all.ais.quiet();
    expect(of[1]!.waiters).to.deep.equal([{ signal: 2n, lockId: second.lockId, held: EX, requested: EX }]);
  });

  for (const count of [2, 3]) {
    const ids = count === 2 ? ['LCK-DL-01', 'LCK-DL-08'] : ['LCK-DL-02'];
    table.row(ids, `a circle of ${count} processes`, async () => {
      const all = await LckCluster.of([1, 2]);
      const of = [];
      for (let i = 0; i < count; i++) of.push(await all.process(1 + (i % 2)));
      const held = [];
      for (let i = 0; i < count; i++) held.push(await all.granted(await of[i]!.open(`R${i}`), EX));
      const waiting = [];
      for (let i = 0; i < count; i++) waiting.push(await all.waiting(await of[i]!.open(`R${(i + 1) % count}`), EX));
      expect(waiting.map(({ outcome }) => outcome)).to.deep.equal([...Array(count - 1).fill(undefined), 'DEADLOCK']);
      const last = count - 1;
      expect(await of[last]!.unlock(held[last]!), 'it holds what it held').to.equal('OK');
      await all.ais.quiet();
      expect(waiting[last - 1]!.outcome).to.equal('GRANTED');
    });
  }
  table.row(['LCK-DL-03', 'LCK-DL-04'], 'a process in its own way', async () => {
    const { all, of, r } = await processes(1);
    await all.granted(r[0]!, EX);
    expect(await all.lock(r[0]!, PR)).to.equal('DEADLOCK');
    const again = await of[0]!.open('R');
    expect([await all.lock(again, PR), await all.lock(again, EX)]).to.deep.equal(['DEADLOCK', 'DEADLOCK']);
    const other = await all.process(1, { library: of[0]!.library });
    expect(await all.lock(await other.open('R'), EX), 'through another library handle').to.equal('DEADLOCK');
  });
  table.row('LCK-DL-05', 'two shared holders that both want it alone', async () => {
    const { all, r } = await processes(2);
    await all.granted(r[0]!, PR);
    const lockId = await all.granted(r[1]!, PR);
    expect(await all.lock(r[0]!, EX), 'it holds a shared lock itself').to.equal('DEADLOCK');
    expect(await all.lock(r[1]!, EX)).to.equal('DEADLOCK');
    expect(lockId > 0n).to.equal(true);
  });
  table.row('LCK-DL-06', 'a circle by asynchronous requests', async () => {
    const { all, of, r } = await processes(2);
    const s = [await of[0]!.open('S'), await of[1]!.open('S')];
    await all.granted(r[0]!, EX);
    await all.granted(s[1]!, EX);
    s[0]!.lockAsync(1n, EX, 0, 0n);
    await all.ais.quiet();
    r[1]!.lockAsync(2n, EX, 0, 0n);
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal([]);
    expect(of[1]!.log).to.deep.equal(['grant 2 DEADLOCK']);
  });
  table.row('LCK-DL-07', 'NO_QUEUE makes no circle', async () => {
    const { all, of, r } = await processes(2);
    const s = [await of[0]!.open('S'), await of[1]!.open('S')];
    await all.granted(r[0]!, EX);
    await all.granted(s[1]!, EX);
    await all.waiting(s[0]!, EX);
    expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
  });

  for (const [id, how] of [
    ['LCK-ORPH-01', 'exits'],
    ['LCK-ORPH-02', 'closes the resource'],
    ['LCK-ORPH-03', 'finalizes'],
  ] as const) {
    const ids = [id, 'LCK-ORPH-05', 'LCK-ORPH-06', 'LCK-ORPH-07', 'LCK-ORPH-08', 'LCK-ORPH-21'];
    table.row(ids, `the holder of an orphan ${how}`, async () => {
      const { all, of, r } = await processes(2);
      await all.granted(r[0]!, EX, ORPHAN);
      if (how === 'exits') of[0]!.program.kill();
      else await all.ais.settled(how === 'finalizes' ? of[0]!.lck.finalize() : r[0]!.close());
      await all.ais.quiet();
      expect([await all.lock(r[1]!, PR), await all.lock(r[1]!, EX)]).to.deep.equal(['TIMEOUT', 'TIMEOUT']);
      expect([await all.lock(r[1]!, PR, ORPHAN), await all.lock(r[1]!, EX, ORPHAN)]).to.deep.equal(
        Array(2).fill('ORPHANED'),
      );
      expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
      expect(await all.lock(r[1]!, EX, NO_QUEUE | ORPHAN)).to.equal('NOT_QUEUED');
      expect([...of[0]!.waiters, ...of[1]!.waiters]).to.deep.equal([]);
    });
  }
  table.row(['LCK-ORPH-04', 'LCK-ORPH-11', 'LCK-ORPH-12'], 'what leaves no orphan', async () => {
    const { all, of, r } = await processes(3);
    await all.granted(r[0]!, EX);
    await all.waiting(r[1]!, EX, { flags: ORPHAN });
    await all.ais.settled(r[1]!.close());
    of[0]!.program.kill();
    await all.ais.quiet();
    const lockId = await all.granted(r[2]!, EX, ORPHAN);
    await of[2]!.unlock(lockId);
    of[2]!.program.kill();
    await all.ais.quiet();
    expect(all.states(1)).to.deep.equal([{}]);
  });
  table.row(['LCK-ORPH-09', 'LCK-ORPH-10'], 'a shared orphan', async () => {
    const { all, of, r } = await processes(2);
    await all.granted(r[0]!, PR, ORPHAN);
    of[0]!.program.kill();
    await all.ais.quiet();
    expect(await all.lock(r[1]!, PR)).to.equal('GRANTED');
    expect(await all.lock(await (await all.process()).open('R'), EX, ORPHAN)).to.equal('ORPHANED');
  });
  table.row(['LCK-ORPH-13', 'LCK-ORPH-14', 'LCK-ORPH-15', 'LCK-ORPH-16'], 'purge', async () => {
    const { all, of, r } = await processes(3);
    expect(await all.ais.outcome(() => r[1]!.lockPurge())).to.equal('OK');
    await all.granted(r[0]!, PR, ORPHAN);
    await all.granted(r[1]!, PR);
    of[0]!.program.kill();
    await all.ais.quiet();
    const waiting = await all.waiting(r[2]!, EX);
    expect(await all.ais.outcome(() => r[1]!.lockPurge())).to.equal('OK');
    await all.ais.quiet();
    expect(waiting.outcome, 'a live lock stays').to.equal(undefined);
    await all.ais.settled(r[1]!.close());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('GRANTED');
  });
  table.row('LCK-ORPH-13', 'purge grants the next', async () => {
    const { all, of, r } = await processes(3);
    await all.granted(r[0]!, EX, ORPHAN);
    of[0]!.program.kill();
    const waiting = await all.waiting(r[1]!, EX);
    await all.ais.settled(r[2]!.lockPurge());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('GRANTED');
  });
  table.row('LCK-ORPH-17', 'purge of no handle', async () => {
    const { all, of, r } = await processes(1);
    const other = await of[0]!.open('S');
    await all.ais.settled(r[0]!.close());
    expect(await all.ais.outcome(() => r[0]!.lockPurge())).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.lck.resource(WILD).lockPurge())).to.equal('BAD_HANDLE');
    await all.ais.settled(of[0]!.lck.finalize());
    expect(await all.ais.outcome(() => other.lockPurge())).to.equal('BAD_HANDLE');
  });
  table.notApplicable('LCK-ORPH-18', 'orphan locks are supported');
  table.row(['LCK-ORPH-19', 'LCK-ORPH-20'], 'a resource that only an orphan keeps', async () => {
    const { all, of, r } = await processes(1);
    const other = await all.process();
    await all.granted(r[0]!, EX, ORPHAN);
    of[0]!.program.kill();
    await all.ais.quiet();
    const resource = await other.open('R', 0);
    expect(await all.lock(resource, EX)).to.equal('TIMEOUT');
    await all.ais.settled(resource.lockPurge());
    await all.ais.settled(resource.close());
    expect(await all.ais.outcome(() => other.open('R', 0))).to.equal('NOT_EXIST');
  });

  table.row(['LCK-HA-01', 'LCK-HA-03'], 'the node of a holder, and of a waiting one, fails', async () => {
    const all = await LckCluster.of([1, 2, 3]);
    const [a, b, c] = [await all.process(1), await all.process(2), await all.process(3)];
    await all.granted(await a.open(), EX);
    const resource = await c.open();
    await all.waiting(await b.open(), EX);
    const waiting = await all.waiting(resource, EX);
    all.ais.cluster.crash(2);
    await all.ais.cluster.formed(1, 3);
    expect(waiting.outcome).to.equal(undefined);
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(3);
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('GRANTED');
  });
  table.row('LCK-HA-02', 'the node of an orphan fails', async () => {
    const all = await LckCluster.of([1, 2]);
    const [a, b] = [await all.process(1), await all.process(2)];
    await all.granted(await a.open(), EX, ORPHAN);
    all.ais.cluster.crash(1);
    await all.ais.cluster.formed(2);
    expect(await all.lock(await b.open('R', 0), EX, ORPHAN)).to.equal('ORPHANED');
  });
  table.row(['LCK-HA-04', 'LCK-HA-05', 'LCK-HA-06'], 'a node joins', async () => {
    const all = await LckCluster.of([1, 2, 3], { start: [1, 2] });
    const [a, b] = [await all.process(1), await all.process(2)];
    const held = await all.granted(await a.open(), EX);
    const first = await all.waiting(await b.open(), EX);
    const timed = await all.waiting(await b.open(), PR, { timeout: ms(3000) });
    const began = all.ais.cluster.now;
    all.ais.cluster.start(3);
    await all.ais.cluster.formed(1, 2, 3);
    const c = await all.process(3);
    const last = await all.waiting(await c.open('R', 0), EX);
    expect([first.outcome, last.outcome]).to.deep.equal([undefined, undefined]);
    await all.ais.cluster.until(() => timed.outcome !== undefined, 'the timeout');
    expect(timed.outcome).to.equal('TIMEOUT');
    expect(all.ais.cluster.now - began).to.be.within(2900, 3100);
    await a.unlock(held);
    await all.ais.quiet();
    expect([first.outcome, last.outcome]).to.deep.equal(['GRANTED', undefined]);
    await b.unlock(first.lockId);
    await all.ais.quiet();
    expect(last.outcome).to.equal('GRANTED');
    const [one, ...others] = all.states(1, 2, 3);
    for (const other of others) expect(other).to.deep.equal(one);
  });
  table.row('LCK-HA-07', 'both sides of a partition lock, then meet', async () => {
    const all = await LckCluster.of([1, 2, 3]);
    const [a, b] = [await all.process(1), await all.process(2)];
    const [ra, rb] = [await a.open(), await b.open()];
    all.ais.cluster.partition([1], [2, 3]);
    await all.ais.cluster.formed(1);
    await all.ais.cluster.formed(2, 3);
    const [la, lb] = [await all.granted(ra, EX), await all.granted(rb, EX)];
    all.ais.cluster.partition();
    await all.ais.cluster.formed(1, 2, 3);
    await all.ais.quiet();
    const [one, ...others] = all.states(1, 2, 3) as { R: { granted: string[] } }[];
    for (const other of others) expect(other).to.deep.equal(one);
    expect(one!.R.granted).to.have.length(1);
    expect(a.strippedIds, 'the smaller side').to.deep.equal([la]);
    expect(await a.unlock(la)).to.equal('NOT_EXIST');
    expect(await all.lock(ra, EX)).to.equal('TIMEOUT');
    expect(await b.unlock(lb)).to.equal('OK');
    expect(await all.lock(ra, EX)).to.equal('GRANTED');
  });
}

import { expect } from 'chai';
import { SA_TIME_END } from 'chorale/sdk';
import type { LckResource } from '../../plugins/lck/index.js';
import { EX, LckCluster, NO_QUEUE, ORPHAN, PR, WILD, ms } from './lck-cluster.js';
import type { LckProcess } from './lck-cluster.js';
import type { ConformanceTable } from './rows.js';

/** A cluster of one node with so many processes, each of which has R open. */
export async function processes(
  count: number,
  ...options: Parameters<LckCluster['process']>
): Promise<{ all: LckCluster; of: LckProcess[]; r: LckResource[] }> {
  const all = await LckCluster.of();
  const of: LckProcess[] = [];
  const r: LckResource[] = [];
  for (let i = 0; i < count; i++) {
    of.push(await all.process(...options));
    r.push(await of[i]!.open('R'));
  }
  return { all, of, r };
}

/** Rows of locks that are asked for, with and without waiting, and given up. */
export function lockRows(table: ConformanceTable): void {
  table.row(['LCK-LOCK-01', 'LCK-LOCK-03', 'LCK-LOCK-04'], 'shared locks', async () => {
    const { all, r } = await processes(2);
    const ids = [await all.granted(r[0]!, PR), await all.granted(r[1]!, PR), await all.granted(r[0]!, PR)];
    // Ids are each process's own; those of one are different.
    expect(ids[0]).to.not.equal(ids[2]);
    expect(ids[0]).to.not.equal(ids[1]);
  });
  table.row(['LCK-LOCK-02', 'LCK-LOCK-22', 'LCK-LOCK-26'], 'exclusive ones, of two resources', async () => {
    const { all, of, r } = await processes(1);
    await all.granted(r[0]!, EX, 0, SA_TIME_END);
    await all.granted(await of[0]!.open('S'), EX);
  });
  for (const [id, held, asked] of [
    ['LCK-LOCK-05', PR, EX],
    ['LCK-LOCK-06', EX, PR],
    ['LCK-LOCK-07', EX, EX],
  ] as const) {
    table.row([id, 'LCK-LOCK-08'], `mode ${asked} behind ${held} times out, and leaves nothing`, async () => {
      const { all, of, r } = await processes(2);
      const lockId = await all.granted(r[0]!, held);
      const began = all.ais.cluster.now;
      expect(await all.lock(r[1]!, asked, 0, ms(300))).to.equal('TIMEOUT');
      expect(all.ais.cluster.now - began).to.be.within(300, 320);
      expect(await of[0]!.unlock(lockId)).to.equal('OK');
      await all.ais.quiet();
      expect(all.states(1)).to.deep.equal([{ R: { open: 2, granted: [], waiting: [] } }]);
    });
  }
  table.row('LCK-LOCK-09', 'granted when the holder unlocks', async () => {
    const { all, of, r } = await processes(2);
    const lockId = await all.granted(r[0]!, EX);
    const waiting = await all.waiting(r[1]!, EX, { timeout: ms(5000) });
    await all.ais.quiet(200);
    expect(waiting.outcome).to.equal(undefined);
    await of[0]!.unlock(lockId);
    await all.ais.quiet(20);
    expect(waiting.outcome).to.equal('GRANTED');
  });
  table.row('LCK-LOCK-10', 'all shared requests behind an exclusive lock', async () => {
    const { all, of, r } = await processes(4);
    const lockId = await all.granted(r[0]!, EX);
    const waiting = [];
    for (const one of r.slice(1)) waiting.push(await all.waiting(one, PR));
    await of[0]!.unlock(lockId);
    await all.ais.quiet();
    expect(waiting.map(({ outcome }) => outcome)).to.deep.equal(['GRANTED', 'GRANTED', 'GRANTED']);
  });
  table.row('LCK-LOCK-11', 'exclusive requests one at a time, in order', async () => {
    const { all, of, r } = await processes(4);
    let lockId = await all.granted(r[0]!, EX);
    const waiting = [];
    for (const one of r.slice(1)) waiting.push(await all.waiting(one, EX));
    for (let turn = 0; turn < 3; turn++) {
      await of[turn]!.unlock(lockId);
      await all.ais.quiet();
      expect(waiting.map(({ outcome }) => outcome === 'GRANTED')).to.deep.equal([0, 1, 2].map((i) => i <= turn));
      ({ lockId } = waiting[turn]!);
    }
  });
  table.row('LCK-LOCK-12', 'an exclusive request gets its turn under a load of shared ones', async () => {
    const { all, of, r } = await processes(4);
    let shared = await all.granted(r[0]!, PR);
    const exclusive = await all.waiting(r[1]!, EX);
    // Two processes that always overlap.
    for (let turn = 0; turn < 10 && exclusive.outcome === undefined; turn++) {
      const next = await all.waiting(r[turn % 2 === 0 ? 2 : 0]!, PR);
      await of[turn % 2 === 0 ? 0 : 2]!.unlock(shared);
      await all.ais.quiet();
      shared = next.lockId;
    }
    expect(exclusive.outcome).to.equal('GRANTED');
  });
  table.row(['LCK-LOCK-13', 'LCK-LOCK-14', 'LCK-LOCK-15', 'LCK-LOCK-16'], 'NO_QUEUE', async () => {
    const { all, of, r } = await processes(2);
    const shared = await all.granted(r[0]!, PR, NO_QUEUE);
    const second = await all.granted(r[1]!, PR, NO_QUEUE);
    await of[1]!.unlock(second);
    expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
    await of[0]!.unlock(shared);
    await all.granted(r[0]!, EX, NO_QUEUE);
    expect(await all.lock(r[1]!, PR, NO_QUEUE)).to.equal('NOT_QUEUED');
    expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
    expect(of[0]!.waiters).to.deep.equal([]);
  });
  table.row('LCK-LOCK-17', 'EX twice through one handle', async () => {
    const { all, of, r } = await processes(2);
    const lockId = await all.granted(r[0]!, EX);
    expect(await all.lock(r[0]!, EX)).to.equal('DUPLICATE_EX');
    expect(await all.lock(r[1]!, PR, NO_QUEUE)).to.equal('NOT_QUEUED');
    expect(await of[0]!.unlock(lockId)).to.equal('OK');
  });
  table.row(['LCK-LOCK-18', 'LCK-LOCK-20', 'LCK-LOCK-21'], 'bad arguments', async () => {
    const { all, r } = await processes(1);
    for (const mode of [0, 3]) expect(await all.lock(r[0]!, mode as never)).to.equal('INVALID_PARAM');
    for (const flags of [0x4, 0xff]) expect(await all.lock(r[0]!, EX, flags)).to.equal('BAD_FLAGS');
    expect(await all.lock(r[0]!, EX, 0, 0n)).to.equal('TIMEOUT');
    expect(all.states(1)).to.deep.equal([{ R: { open: 1, granted: [], waiting: [] } }]);
  });
  table.notApplicable('LCK-LOCK-19', 'there are no output pointers: id and status are the result');
  table.row('LCK-LOCK-23', 'closed, wild and finalized handles', async () => {
    const { all, of, r } = await processes(1);
    const { lck } = of[0]!;
    const other = await of[0]!.open('S');
    await all.ais.settled(r[0]!.close());
    expect(await all.lock(r[0]!, EX)).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => lck.resource(WILD).lock(EX, 0, 0n, SA_TIME_END))).to.equal('BAD_HANDLE');
    await all.ais.settled(lck.finalize());
    expect(await all.lock(other, EX)).to.equal('BAD_HANDLE');
  });
  table.row('LCK-LOCK-24', 'finalized while it waits', async () => {
    const { all, of, r } = await processes(2);
    await all.granted(r[0]!, EX);
    const waiting = await all.waiting(r[1]!, EX);
    await all.ais.settled(of[1]!.lck.finalize());
    await all.ais.quiet();
    expect(waiting.outcome).to.equal('BAD_HANDLE');
  });
  table.notApplicable('LCK-LOCK-25', 'orphan locks are supported');
  table.row('LCK-LOCK-27', 'too many locks', async () => {
    const { all, r } = await processes(1);
    const locks = Array.from({ length: 4096 }, () => r[0]!.lock(PR, 0, 0n, SA_TIME_END));
    const statuses = (await all.ais.settled(Promise.all(locks))).map(({ lockStatus }) => lockStatus);
    expect(new Set(statuses)).to.deep.equal(new Set([1]));
    expect(await all.lock(r[0]!, PR)).to.equal('NO_MORE');
  });

  table.row(['LCK-ASYNC-01', 'LCK-ASYNC-02'], 'asynchronous, free', async () => {
    const { all, of, r } = await processes(1);
    const lockId = r[0]!.lockAsync(7n, EX, 0, 0n);
    expect(lockId > 0n).to.equal(true);
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal(['grant 7 GRANTED']);
    expect(await of[0]!.unlock(lockId)).to.equal('OK');
  });
  table.row(['LCK-ASYNC-03', 'LCK-ASYNC-04', 'LCK-ASYNC-05'], 'asynchronous, blocked', async () => {
    const { all, of, r } = await processes(2);
    const lockId = await all.granted(r[0]!, EX);
    r[0]!.lockAsync(1n, EX, 0, 0n);
    r[1]!.lockAsync(2n, PR, NO_QUEUE, 0n);
    r[1]!.lockAsync(3n, PR, 0, 0n);
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal(['grant 1 DUPLICATE_EX']);
    expect(of[1]!.log).to.deep.equal(['grant 2 NOT_QUEUED']);
    await of[0]!.unlock(lockId);
    await all.ais.quiet();
    expect(of[1]!.log).to.deep.equal(['grant 2 NOT_QUEUED', 'grant 3 GRANTED']);
  });
  table.row(['LCK-ASYNC-06', 'LCK-ASYNC-07', 'LCK-ASYNC-08', 'LCK-ASYNC-09'], 'asynchronous, bad', async () => {
    const { all, of, r } = await processes(1);
    const mute = await all.process(1, { without: ['lockGrant'] });
    const muted = await mute.open('R');
    const ask = (resource: LckResource, mode: number, flags: number): Promise<string> =>
      all.ais.outcome(() => resource.lockAsync(1n, mode as never, flags, 0n));
    expect(await ask(muted, EX, 0)).to.equal('INIT');
    expect([await ask(r[0]!, 0, 0), await ask(r[0]!, 3, 0)]).to.deep.equal(['INVALID_PARAM', 'INVALID_PARAM']);
    expect(await ask(r[0]!, EX, 0x4)).to.equal('BAD_FLAGS');
    await all.ais.settled(r[0]!.close());
    expect(await ask(r[0]!, EX, 0)).to.equal('BAD_HANDLE');
    expect(await all.ais.outcome(() => of[0]!.lck.resource(WILD))).to.equal('BAD_HANDLE');
    expect(of[0]!.log).to.deep.equal([]);
  });
  table.row('LCK-ASYNC-10', 'ten shared requests', async () => {
    const { all, of, r } = await processes(1);
    for (let i = 0n; i < 10n; i++) r[0]!.lockAsync(i, PR, 0, 0n);
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal(Array.from({ length: 10 }, (_, i) => `grant ${i} GRANTED`));
  });

  table.row(
    ['LCK-UNL-01', 'LCK-UNL-02', 'LCK-UNL-03', 'LCK-UNL-09'],
    'unlock, again, of nothing, without time',
    async () => {
      const { all, of, r } = await processes(1);
      for (const mode of [PR, EX] as const) {
        const lockId = await all.granted(r[0]!, mode);
        expect(await all.ais.outcome(() => of[0]!.lck.resourceUnlock(lockId, 0n))).to.equal('TIMEOUT');
        expect(await of[0]!.unlock(lockId)).to.equal('OK');
        expect(await of[0]!.unlock(lockId)).to.equal('NOT_EXIST');
      }
      expect(await of[0]!.unlock(WILD)).to.equal('NOT_EXIST');
    },
  );
  table.row('LCK-UNL-04', 'ids of requests that were refused', async () => {
    const { all, of, r } = await processes(2);
    await all.granted(r[0]!, EX);
    const refused = await all.waiting(r[1]!, EX, { flags: NO_QUEUE });
    const timedOut = await all.waiting(r[1]!, EX, { timeout: ms(10) });
    const deadlock = await all.waiting(r[0]!, PR);
    await all.ais.quiet();
    const outcomes = [refused, timedOut, deadlock].map(({ outcome }) => outcome);
    expect(outcomes).to.deep.equal(['NOT_QUEUED', 'TIMEOUT', 'DEADLOCK']);
    expect(await of[1]!.unlock(refused.lockId)).to.equal('NOT_EXIST');
    expect(await of[1]!.unlock(timedOut.lockId)).to.equal('NOT_EXIST');
    expect(await of[0]!.unlock(deadlock.lockId)).to.equal('NOT_EXIST');
  });
  table.row(['LCK-UNL-05', 'LCK-UNL-06'], 'a request that waits', async () => {
    const { all, of, r } = await processes(3);
    const held = await all.granted(r[0]!, EX);
    const asked = r[1]!.lockAsync(5n, EX, 0, 0n);
    const waiting = await all.waiting(r[2]!, EX);
    expect(await of[1]!.unlock(asked)).to.equal('OK');
    expect(await of[2]!.unlock(waiting.lockId)).to.equal('OK');
    await all.ais.quiet();
    expect(of[1]!.log).to.deep.equal(['grant 5 NOT_EXIST']);
    expect(waiting.outcome).to.equal('NOT_EXIST');
    await of[0]!.unlock(held);
    await all.ais.quiet();
    expect(all.states(1)).to.deep.equal([{ R: { open: 3, granted: [], waiting: [] } }]);
  });
  table.row(['LCK-UNL-07', 'LCK-UNL-08'], 'after close and finalize', async () => {
    const { all, of, r } = await processes(1);
    const lockId = await all.granted(r[0]!, PR);
    await all.ais.settled(r[0]!.close());
    expect(await of[0]!.unlock(lockId)).to.equal('NOT_EXIST');
    await all.ais.settled(of[0]!.lck.finalize());
    expect(await of[0]!.unlock(lockId)).to.equal('BAD_HANDLE');
  });
  table.row('LCK-UNL-10', 'one of two shared locks', async () => {
    const { all, of, r } = await processes(2);
    const first = await all.granted(r[0]!, PR);
    await all.granted(r[0]!, PR);
    await of[0]!.unlock(first);
    expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
  });
  table.row('LCK-UNL-11', 'the id of another process', async () => {
    const { all, of, r } = await processes(2);
    const lockId = await all.granted(r[0]!, EX);
    expect(await of[1]!.unlock(lockId)).to.equal('NOT_EXIST');
    expect(await all.lock(r[1]!, EX, NO_QUEUE)).to.equal('NOT_QUEUED');
  });
  table.row(['LCK-UNL-12', 'LCK-UNL-13', 'LCK-UNL-14', 'LCK-UNL-15'], 'asynchronous', async () => {
    const { all, of, r } = await processes(2);
    const held = await all.granted(r[0]!, EX);
    expect(await all.ais.outcome(() => of[0]!.lck.resourceUnlockAsync(1n, WILD))).to.equal('NOT_EXIST');
    const asked = r[1]!.lockAsync(2n, EX, 0, 0n);
    of[1]!.lck.resourceUnlockAsync(3n, asked);
    of[0]!.lck.resourceUnlockAsync(4n, held);
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal(['unlock 4 OK']);
    expect(of[1]!.log).to.have.members(['grant 2 NOT_EXIST', 'unlock 3 OK']);
    const mute = await all.process(1, { without: ['resourceUnlock'] });
    const lockId = await all.granted(await mute.open('S'), EX);
    expect(await all.ais.outcome(() => mute.lck.resourceUnlockAsync(1n, lockId))).to.equal('INIT');
  });
  table.row('LCK-UNL-16', 'asynchronous, finalized before dispatch', async () => {
    const { all, of, r } = await processes(2, 1, { dispatch: 'manual' });
    const lockId = await all.granted(r[0]!, EX);
    of[0]!.lck.resourceUnlockAsync(1n, lockId);
    await all.ais.settled(of[0]!.lck.finalize());
    await all.ais.quiet();
    expect(of[0]!.log).to.deep.equal([]);
    expect(await all.lock(r[1]!, EX, ORPHAN)).to.equal('GRANTED');
  });
}

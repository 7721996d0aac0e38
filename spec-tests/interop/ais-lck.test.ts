import { expect } from 'chai';
import { B_01_01, SA_TIME_END, SA_TIME_ONE_SECOND } from 'chorale/sdk';
import { LckLibrary, LockFlags, LockMode, LockStatus, ResourceOpenFlags } from '../../plugins/lck/index.js';
import type { Lck } from '../../plugins/lck/index.js';
import { daemonRow } from '../ais/row-report.js';
import { ServiceLab } from './ais-lab.js';
import type { LabProgram } from './ais-lab.js';
import { now } from './ais-program.js';
import { eventually } from './lab.js';

/** Somebody had the lock, from when he knew it until he gave it up: what was taken from him ends for certain at its beginning. */
interface Hold {
  readonly host: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The Lock Service in real daemons on three hosts. On each a program locks one resource again and again, through everything that
 * happens; nobody may have it while another one has. Beside it one holder keeps a lock all the time.
 */
describe('LCK on three hosts', function () {
  this.timeout(120_000);
  const hosts = ServiceLab.of(this, ['chorale/lck'], 'ais-locks.ts');
  const lockers: LabProgram[] = [];
  /** While the hosts were parted as 1 and 2, 3. */
  const parted = { from: Infinity, to: Infinity };
  let holder: { lck: Lck; lockId: bigint; stripped: bigint[] };

  const lckOn = async (host: number): Promise<{ lck: Lck; stripped: bigint[] }> => {
    const stripped: bigint[] = [];
    const lck = await new LckLibrary(hosts.bindings(host)).initialize(
      { lockStripped: (lockId) => stripped.push(lockId) },
      B_01_01,
      { dispatch: 'automatic' },
    );
    return { lck, stripped };
  };
  /** What an attempt to lock without waiting ends with. */
  const attempt = async (lck: Lck): Promise<{ status: string; lockId: bigint }> => {
    const resource = await lck.resourceOpen('kept', ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);
    const { lockStatus, lockId } = await resource.lock(LockMode.EX, LockFlags.NO_QUEUE, 0n, 20n * SA_TIME_ONE_SECOND);
    return { status: Object.entries(LockStatus).find(([, status]) => status === lockStatus)![0], lockId };
  };
  const hold = async (host: number): Promise<void> => {
    const { lck, stripped } = await lckOn(host);
    const { status, lockId } = await attempt(lck);
    expect(status).to.equal('GRANTED');
    holder = { lck, lockId, stripped };
  };
  const isKept = async (...from: number[]): Promise<void> => {
    for (const host of from) {
      const { lck } = await lckOn(host);
      expect((await attempt(lck)).status, `of host ${host}`).to.equal('NOT_QUEUED');
      await lck.finalize();
    }
    expect(holder.stripped).to.deep.equal([]);
  };
  const release = async (): Promise<void> => {
    await holder.lck.resourceUnlock(holder.lockId, 20n * SA_TIME_ONE_SECOND);
    await holder.lck.finalize();
  };
  /** The lock goes round among these. */
  const goesOn = async (...programs: LabProgram[]): Promise<void> => {
    await Promise.all(programs.map((program) => program.more('held', 20)));
  };

  before(async () => {
    for (const host of [1, 2, 3]) lockers.push(await hosts.start(host, 'R'));
    await hold(2);
    await goesOn(...lockers);
  });

  daemonRow(['LCK-INIT-07', 'COM-FIN-08'], 'a client is killed while it holds, the next one is granted', async () => {
    for (let i = 0; i < 3; i++) {
      const victim = await hosts.start(1, 'R');
      const others = [...lockers];
      await victim.more('held', 5);
      // Somewhere between two of its lines.
      await victim.kill();
      await goesOn(...others);
    }
    await isKept(1, 2, 3);
  });

  daemonRow(['LCK-HA-01', 'LCK-HA-03', 'LCK-HA-04'], 'a node is killed, and comes back', async () => {
    await hosts.killNode(3, 1, 2);
    await goesOn(lockers[0]!, lockers[1]!);
    await isKept(1, 2);
    await hosts.startNode(3);
    await goesOn(...lockers);
    await isKept(1, 2, 3);
    expect(lockers[2]!.said('lost'), 'told once').to.have.length(1);
  });

  daemonRow(
    ['LCK-HA-07'],
    'both sides of a partition lock, then meet: one of two holders is left, the other is told',
    async () => {
      const other = await lckOn(1);
      parted.from = now();
      await hosts.part([1], [2, 3]);
      await goesOn(...lockers);
      await isKept(2, 3);
      const second = await attempt(other.lck);
      expect(second.status, 'on the other side').to.equal('GRANTED');
      await hosts.meet();
      await eventually('the word to who lost the lock', () => other.stripped.includes(second.lockId));
      parted.to = now();
      const unlock = await other.lck
        .resourceUnlock(second.lockId, SA_TIME_END)
        .catch((thrown: Error) => thrown.message);
      expect(unlock).to.match(/SA_AIS_ERR_NOT_EXIST/);
      await isKept(1, 2, 3);
      await goesOn(...lockers);
      await other.lck.finalize();
    },
  );

  daemonRow(['LCK-HA-05'], 'every node is restarted in turn', async () => {
    await release();
    for (const host of [1, 2, 3]) {
      await hold(1 + (host % 3));
      await hosts.daemon(host).stop();
      hosts.daemon(host).start();
      await hosts.lab.oneRing();
      await goesOn(...lockers);
      await isKept(1, 2, 3);
      await release();
    }
  });

  daemonRow(['LCK-LOCK-07', 'LCK-LOCK-11'], 'nobody had the lock while another one had it', () => {
    const holds = hosts.programs.flatMap(holdsOf);
    const apart = ({ host, from }: Hold): boolean => host === 1 && from >= parted.from && from <= parted.to;
    expect(holds.filter(apart).length, 'holds apart').to.be.greaterThan(10);
    expect(holds.length).to.be.greaterThan(200);
    expectOneByOne(holds.filter(apart));
    expectOneByOne(holds.filter((one) => !apart(one)));
    return Promise.resolve();
  });
});

function holdsOf({ host, lines }: LabProgram): Hold[] {
  return lines.flatMap((line, i) => {
    const [what, time] = line.split(' ');
    if (what !== 'held') return [];
    const [after, until] = lines[i + 1]?.split(' ') ?? [];
    return [{ host, from: Number(time), to: Number(after === 'free' ? until : time) }];
  });
}

function expectOneByOne(holds: readonly Hold[]): void {
  const sorted = [...holds].sort((a, b) => a.from - b.from);
  sorted.forEach((hold, i) => {
    const next = sorted[i + 1];
    if (next !== undefined) {
      expect(next.from, `${JSON.stringify(hold)}, then ${JSON.stringify(next)}`).to.be.at.least(hold.to);
    }
  });
}

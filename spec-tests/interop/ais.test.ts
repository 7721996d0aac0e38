import { expect } from 'chai';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { B_01_01, SA_TIME_ONE_SECOND, daemonBindings } from 'chorale/sdk';
import {
  ClmLibrary,
  ClusterChange,
  SA_CLM_LOCAL_NODE_ID,
  TrackFlags,
  notificationBuffer,
} from '../../plugins/clm/index.js';
import { LckLibrary, LockFlags, LockMode, LockStatus, ResourceOpenFlags } from '../../plugins/lck/index.js';
import type { Lck, LckCallbacks } from '../../plugins/lck/index.js';
import { outcomeName } from '../ais/cluster.js';
import { daemonRow } from '../ais/row-report.js';
import { Lines } from '../cli/lines.js';
import { TestCluster, eventually, start } from '../cli/processes.js';

const HOLDER = fileURLToPath(new URL('ais-holder.ts', import.meta.url));
const { EX } = LockMode;

/** AIS services in real daemons on this host, named in corosync.conf, with clients over libqb's IPC. */
describe('AIS services of real daemons', function () {
  this.timeout(180_000);
  let cluster: TestCluster;

  before(async () => {
    // One as Chorale names it, one as openais does.
    cluster = await TestCluster.make({ nodes: 3, services: ['chorale/clm', 'openais_lck'] });
    await cluster.formed();
  });
  after(() => cluster.close());

  const path = (node: number): string => join(cluster.runDirectory, `choraled-n${node}.sock`);
  const lckOn = (node: number, callbacks: Partial<LckCallbacks> = {}): Promise<Lck> =>
    new LckLibrary(daemonBindings({ path: path(node) })).initialize(callbacks, B_01_01, { dispatch: 'automatic' });

  /** A process on a node that holds an exclusive lock; `kill` ends it at once. */
  async function holder(node: number, name: string, flags = 0): Promise<{ kill(): Promise<void> }> {
    const child = start(HOLDER, [path(node), name, String(flags)], cluster.env);
    child.stderr.pipe(process.stderr);
    await new Lines(child.stdout).find(/^held$/);
    return {
      kill: async () => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  daemonRow(['CLM-TRACK-02', 'CLM-GET-01', 'CLM-GET-03'], 'every node has the same view', async () => {
    const views = [];
    for (const node of [1, 2, 3]) {
      const clm = await new ClmLibrary(daemonBindings({ path: path(node) })).initialize(null, B_01_01);
      const buffer = notificationBuffer();
      await clm.clusterTrack(TrackFlags.CURRENT, buffer);
      const own = await clm.clusterNodeGet(SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND);
      expect(own.nodeId).to.equal(node);
      expect(own.nodeName).to.equal(`n${node}`);
      expect([...own.nodeAddress.value]).to.deep.equal([127, 0, 0, node]);
      const now = BigInt(Date.now()) * 1_000_000n;
      expect(own.bootTimestamp > 0n && own.bootTimestamp < now).to.equal(true);
      views.push(buffer);
      await clm.finalize();
    }
    expect(views[0]!.notification).to.have.length(3);
    expect(views[1]).to.deep.equal(views[0]);
    expect(views[2]).to.deep.equal(views[0]);
  });

  daemonRow(['LCK-LOCK-09', 'LCK-WAIT-01'], 'a lock goes from node to node', async () => {
    const waiters: bigint[] = [];
    const one = await lckOn(1, { lockWaiter: (signal) => waiters.push(signal) });
    const two = await lckOn(2);
    const open = (lck: Lck): ReturnType<Lck['resourceOpen']> =>
      lck.resourceOpen('R', ResourceOpenFlags.RESOURCE_CREATE, 5n * SA_TIME_ONE_SECOND);
    const [r1, r2] = [await open(one), await open(two)];
    const { lockId } = await r1.lock(EX, 0, 0n, SA_TIME_ONE_SECOND);
    const busy = await r2.lock(EX, 0, 1n, SA_TIME_ONE_SECOND / 10n).catch((error: unknown) => outcomeName(error));
    expect(busy).to.equal('TIMEOUT');
    const waiting = r2.lock(EX, 0, 77n, 10n * SA_TIME_ONE_SECOND);
    await eventually('the holder to be told', () => waiters.includes(77n));
    await one.resourceUnlock(lockId, SA_TIME_ONE_SECOND);
    expect((await waiting).lockStatus).to.equal(LockStatus.GRANTED);
    await one.finalize();
    await two.finalize();
  });

  daemonRow(['LCK-INIT-07', 'LCK-ORPH-01'], 'a killed client gives up its lock, or leaves an orphan', async () => {
    const plain = await holder(1, 'plain');
    const orphan = await holder(1, 'orphan', LockFlags.ORPHAN);
    const lck = await lckOn(2);
    const [free, left] = [
      await lck.resourceOpen('plain', 0, SA_TIME_ONE_SECOND),
      await lck.resourceOpen('orphan', 0, SA_TIME_ONE_SECOND),
    ];
    const waiting = free.lock(EX, 0, 0n, 10n * SA_TIME_ONE_SECOND);
    await plain.kill();
    await orphan.kill();
    expect((await waiting).lockStatus).to.equal(LockStatus.GRANTED);
    expect((await left.lock(EX, LockFlags.ORPHAN, 0n, 10n * SA_TIME_ONE_SECOND)).lockStatus).to.equal(
      LockStatus.ORPHANED,
    );
    await left.lockPurge();
    expect((await left.lock(EX, 0, 0n, SA_TIME_ONE_SECOND)).lockStatus).to.equal(LockStatus.GRANTED);
    await lck.finalize();
  });

  it('answers thousands of requests under way at once', async () => {
    const lck = await lckOn(3);
    const resource = await lck.resourceOpen('load', ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_ONE_SECOND);
    const locks = await Promise.all(
      Array.from({ length: 3000 }, () => resource.lock(LockMode.PR, 0, 0n, 30n * SA_TIME_ONE_SECOND)),
    );
    expect(new Set(locks.map(({ lockStatus }) => lockStatus))).to.deep.equal(new Set([LockStatus.GRANTED]));
    await resource.close();
    await lck.finalize();
  });

  // The last one: it leaves two nodes.
  daemonRow(['CLM-CHG-05', 'LCK-HA-01'], 'a killed node leaves the view, then its lock is granted', async () => {
    const order: string[] = [];
    const clm = await new ClmLibrary(daemonBindings({ path: path(1) })).initialize(
      {
        clusterTrack: ({ notification }) => {
          for (const { clusterNode, clusterChange } of notification)
            order.push(`${clusterNode.nodeId} ${clusterChange}`);
        },
      },
      B_01_01,
      { dispatch: 'automatic' },
    );
    await clm.clusterTrack(TrackFlags.CHANGES_ONLY);
    const killed = await holder(3, 'ha');
    const lck = await lckOn(1);
    const resource = await lck.resourceOpen('ha', 0, SA_TIME_ONE_SECOND);
    const waiting = resource.lock(EX, 0, 0n, 30n * SA_TIME_ONE_SECOND);
    await cluster.daemons[2]!.kill();
    expect((await waiting).lockStatus).to.equal(LockStatus.GRANTED);
    await eventually('the view without node 3', () => order.length > 0);
    expect(order).to.deep.equal([`3 ${ClusterChange.LEFT}`]);
    await killed.kill();
    await clm.finalize();
    await lck.finalize();
  });
});

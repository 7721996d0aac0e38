/**
 * A program of the Cluster Membership Service that a test may kill: it asks for the members without end, and says `view JSON` for
 * each view that it is told; `asked COUNT` now and then, and `lost TIME`
 * with its daemon.
 */
import { B_01_01, SA_TIME_ONE_SECOND, daemonBindings } from 'chorale/sdk';
import { ClmLibrary, SA_CLM_LOCAL_NODE_ID, TrackFlags, notificationBuffer } from '../../plugins/clm/index.js';
import { viewOf } from '../ais/clm-views.js';
import { forever, say } from './ais-program.js';

const [path] = process.argv.slice(2) as [string];
await forever(async (ready) => {
  const clm = await new ClmLibrary(daemonBindings({ path })).initialize(
    {
      clusterTrack: (buffer, numberOfMembers) => say('view', JSON.stringify(viewOf(buffer, numberOfMembers))),
    },
    B_01_01,
    { dispatch: 'automatic' },
  );
  ready();
  await clm.clusterTrack(TrackFlags.CURRENT | TrackFlags.CHANGES);
  for (let asked = 1; ; asked++) {
    const buffer = notificationBuffer();
    const [own] = await Promise.all([
      clm.clusterNodeGet(SA_CLM_LOCAL_NODE_ID, 30n * SA_TIME_ONE_SECOND),
      clm.clusterTrack(TrackFlags.CURRENT, buffer),
    ]);
    if (!buffer.notification.some(({ clusterNode }) => clusterNode.nodeId === own.nodeId)) {
      throw new Error(`node ${own.nodeId} is not in its view ${buffer.viewNumber}`);
    }
    if (asked % 50 === 0) say('asked', asked);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

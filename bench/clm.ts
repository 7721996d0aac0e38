/**
 * Questions a second to the Cluster Membership Service, and to the CPG layer beside it, on three daemons on loopback addresses.
 * Prints a JSON line a run. See README.md here.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { ClmLibrary, SA_CLM_LOCAL_NODE_ID, TrackFlags, notificationBuffer } from 'chorale/clm';
import { bench, benchCommand, numbers, ratio } from './ais/command.js';
import { cpgGroup } from './ais/cpg-group.js';
import { latencyOf, rateOfLines } from './ais/measure.js';

const NODES = 3;

const command = benchCommand('clm', 'Measure the Cluster Membership Service, and CPG beside it.').option(
  '--lines <n,...>',
  'questions under way at once',
  numbers,
  [1, 64],
);

bench(command, 'clm', async function* (ring, { lines, seconds }) {
  const clm = await new ClmLibrary(daemonBindings({ path: ring.path(1) })).initialize({}, B_01_01);
  const cpg = await cpgGroup(ring, NODES, new Uint8Array(40));
  const nodeGet = async (): Promise<void> => {
    const { member } = await clm.clusterNodeGet(SA_CLM_LOCAL_NODE_ID, SA_TIME_END);
    if (!member) throw new Error('the own node is no member');
  };
  const track = async (): Promise<void> => {
    const buffer = notificationBuffer();
    await clm.clusterTrack(TrackFlags.CURRENT, buffer);
    if (buffer.numberOfItems !== NODES) throw new Error(`the view has ${buffer.numberOfItems} nodes`);
  };
  for (const count of lines as readonly number[]) {
    const rate = (once: () => Promise<unknown>) => rateOfLines(ring, Array<typeof once>(count).fill(once), seconds);
    const gets = await rate(nodeGet);
    const tracks = await rate(track);
    const asked = await rate(cpg.members);
    yield {
      lines: count,
      nodeGetsPerSecond: gets.perSecond,
      tracksPerSecond: tracks.perSecond,
      cpgQuestionsPerSecond: asked.perSecond,
      share: ratio(gets.perSecond, asked.perSecond),
      nodeGetCpuMicroseconds: gets.cpuMicroseconds,
      trackCpuMicroseconds: tracks.cpuMicroseconds,
      cpgCpuMicroseconds: asked.cpuMicroseconds,
      nodeGetMicroseconds: await latencyOf(nodeGet, seconds),
      trackMicroseconds: await latencyOf(track, seconds),
      cpgMicroseconds: await latencyOf(cpg.members, seconds),
    };
  }
  await clm.finalize();
  await cpg.close();
});

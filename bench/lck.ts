/**
 * Cycles of lock and unlock a second of the Lock Service, without and with competition, and what the CPG layer under it does in
 * their place, on three daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { LckLibrary, LockMode, LockStatus, ResourceOpenFlags } from 'chorale/lck';
import type { Lck } from 'chorale/lck';
import { bench, benchCommand, numbers, ratio } from './ais/command.js';
import { cpgGroup } from './ais/cpg-group.js';
import type { LoopbackRing } from './ais/loopback.js';
import { latencyOf, rateOfLines } from './ais/measure.js';

const NODES = 3;

/** Locks the resource and unlocks it: two requests, each answered when every node has done it. */
async function cycleOn(lck: Lck, name: string): Promise<() => Promise<void>> {
  const resource = await lck.resourceOpen(name, ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);
  return async () => {
    const { lockId, lockStatus } = await resource.lock(LockMode.EX, 0, 0n, SA_TIME_END);
    if (lockStatus !== LockStatus.GRANTED) throw new Error(`a lock ended with status ${lockStatus}`);
    await lck.resourceUnlock(lockId, SA_TIME_END);
  };
}

async function measure(ring: LoopbackRing, lines: number, seconds: number): Promise<Record<string, number>> {
  const handles = await Promise.all(
    Array.from({ length: NODES }, (_, index) =>
      new LckLibrary(daemonBindings({ path: ring.path(index + 1) })).initialize({}, B_01_01),
    ),
  );
  const places = Array.from({ length: lines }, (_, index) => index);
  // Each line has a resource of its own, on node 1; or all nodes want one.
  const apart = await Promise.all(places.map((place) => cycleOn(handles[0]!, `bench ${place}`)));
  const together = await Promise.all(handles.map((lck) => cycleOn(lck, 'bench')));
  const cpg = await cpgGroup(ring, NODES, new Uint8Array(40));
  const free = await rateOfLines(ring, apart, seconds);
  const contended = await rateOfLines(ring, together, seconds);
  const messages = await rateOfLines(
    ring,
    places.map(() => cpg.ownMessage),
    seconds,
  );
  const one = await rateOfLines(ring, [cpg.ownMessage], seconds);
  const result = {
    lines,
    cyclesPerSecond: free.perSecond,
    cpgMessagesPerSecond: messages.perSecond,
    share: ratio(free.perSecond, messages.perSecond),
    cpuMicroseconds: free.cpuMicroseconds,
    cpgCpuMicroseconds: messages.cpuMicroseconds,
    contendedCyclesPerSecond: contended.perSecond,
    cpgMessagesOneByOnePerSecond: one.perSecond,
    contendedShare: ratio(contended.perSecond, one.perSecond),
    cycleMicroseconds: await latencyOf(apart[0]!, seconds),
    cpgMicroseconds: await latencyOf(cpg.ownMessage, seconds),
  };
  for (const lck of handles) await lck.finalize();
  await cpg.close();
  return result;
}

const command = benchCommand('lck', 'Measure the Lock Service, and CPG beside it.').option(
  '--lines <n,...>',
  'cycles under way at once, each on a resource of its own',
  numbers,
  [1, 64],
);

bench(command, 'lck', async function* (ring, { lines, seconds }) {
  for (const count of lines as readonly number[]) yield await measure(ring, count, seconds);
});

/**
 * A program of the Lock Service that a test may kill: `ais-locks SOCKET RESOURCE` locks exclusively, holds for a moment and
 * unlocks, without end. It says `held TIME` and `free TIME`, `stripped TIME` when partitions met, `lost TIME` with its daemon.
 */
import { setTimeout } from 'node:timers/promises';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { LckLibrary, LockMode, LockStatus, ResourceOpenFlags } from '../../plugins/lck/index.js';
import { forever, now, say } from './ais-program.js';

const HOLD_MS = 2;
const PAUSE_MS = 3;

const [path, name] = process.argv.slice(2) as [string, string];
await forever(async (ready) => {
  const taken = new Set<bigint>();
  const lck = await new LckLibrary(daemonBindings({ path })).initialize(
    {
      lockStripped: (lockId) => {
        taken.add(lockId);
        say('stripped', now());
      },
    },
    B_01_01,
    { dispatch: 'automatic' },
  );
  const resource = await lck.resourceOpen(name, ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);
  ready();
  for (;;) {
    const { lockId, lockStatus } = await resource.lock(LockMode.EX, 0, 0n, SA_TIME_END);
    if (lockStatus !== LockStatus.GRANTED) throw new Error(`the lock ended with status ${lockStatus}`);
    say('held', now());
    await setTimeout(HOLD_MS);
    if (!taken.has(lockId)) say('free', now());
    await lck.resourceUnlock(lockId, SA_TIME_END).catch((thrown: unknown) => {
      // Taken away meanwhile: the callback says so, now or in a moment.
      if ((thrown as { spec?: string }).spec !== 'SA_AIS_ERR_NOT_EXIST') throw thrown;
      say('notheld', now());
    });
    await setTimeout(PAUSE_MS);
  }
});

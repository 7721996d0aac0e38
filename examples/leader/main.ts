import {
  B_01_01,
  DispatchFlags,
  SA_TIME_END,
  SA_TIME_ONE_SECOND,
  SaError,
  daemonBindings,
  socketPath,
} from 'chorale/sdk';
import { LckLibrary, LockFlags, LockMode, LockStatus, ResourceOpenFlags } from 'chorale/lck';
import type { LckCallbacks, LckResource } from 'chorale/lck';
import { Command } from 'commander';

const program = new Command('leader')
  .description('Have one program of the cluster lead, and another one when it is gone.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host');

async function openLeader(callbacks: Partial<LckCallbacks> = {}): Promise<LckResource> {
  const { instance } = program.opts<{ instance?: string }>();
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  const lck = await new LckLibrary(daemonBindings({ path })).initialize(callbacks, B_01_01, { dispatch: 'automatic' });
  return lck.resourceOpen('leader', ResourceOpenFlags.RESOURCE_CREATE, 10n * SA_TIME_ONE_SECOND);
}

/** Asks for the lock, and waits in line for it if somebody has it. */
async function campaign(leader: LckResource, name: string): Promise<void> {
  const { lockStatus } = await leader.lock(LockMode.EX, LockFlags.NO_QUEUE, 0n, SA_TIME_END);
  if (lockStatus !== LockStatus.GRANTED) {
    console.log(`${name} waits`);
    await leader.lock(LockMode.EX, 0, 0n, SA_TIME_END);
  }
  console.log(`${name} leads`);
}

program
  .command('lead <name>')
  .description('lead as soon as nobody else does, until Ctrl-C')
  .action(async (name: string) => {
    const leader = await openLeader({
      // Partitions have met, and the other side has a leader too: this one steps down.
      lockStripped: () => {
        console.log(`${name} leads no more`);
        campaign(leader, name).catch(failed);
      },
    });
    await campaign(leader, name);
    // It ends with ERR_LIBRARY when the node is gone, and the lock with it: then nobody may lead here any more.
    await leader.library.dispatch(DispatchFlags.BLOCKING);
  });

program
  .command('status')
  .description('tell whether somebody leads')
  .action(async () => {
    const leader = await openLeader();
    // Many may share the lock to look, but not while somebody has it alone.
    const { lockStatus } = await leader.lock(LockMode.PR, LockFlags.NO_QUEUE, 0n, SA_TIME_END);
    console.log(lockStatus === LockStatus.GRANTED ? 'nobody leads' : 'somebody leads');
    await leader.library.finalize();
  });

function failed(thrown: unknown): void {
  console.error(thrown instanceof SaError ? thrown.message : thrown);
  process.exit(1);
}

program.parseAsync().catch(failed);

import { B_01_01, DispatchFlags, daemonBindings, socketPath } from 'chorale/sdk';
import { ClmLibrary, ClusterChange, TrackFlags, notificationBuffer } from 'chorale/clm';
import type { Clm, ClmCallbacks, ClusterNotification } from 'chorale/clm';
import { Command } from 'commander';

const program = new Command('members')
  .description('Tell which nodes the cluster has, and which come and go.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host');

function initialize(callbacks: Partial<ClmCallbacks>): Promise<Clm> {
  const { instance } = program.opts<{ instance?: string }>();
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  return new ClmLibrary(daemonBindings({ path })).initialize(callbacks, B_01_01);
}

const WORDS: Readonly<Record<ClusterChange, string>> = {
  [ClusterChange.NO_CHANGE]: 'is there',
  [ClusterChange.JOINED]: 'joined',
  [ClusterChange.LEFT]: 'left',
  [ClusterChange.RECONFIGURED]: 'has changed',
};

function print({ clusterNode, clusterChange }: ClusterNotification): void {
  console.log(`${clusterNode.nodeName} ${WORDS[clusterChange]}`);
}

program
  .command('list')
  .description('print the members')
  .action(async () => {
    const clm = await initialize({});
    const buffer = notificationBuffer();
    await clm.clusterTrack(TrackFlags.CURRENT, buffer);
    console.log(buffer.notification.map(({ clusterNode }) => clusterNode.nodeName).join(', '));
    await clm.finalize();
  });

program
  .command('watch')
  .description('print the members, then who comes and goes, until Ctrl-C')
  .action(async () => {
    const clm = await initialize({ clusterTrack: ({ notification }) => notification.forEach(print) });
    await clm.clusterTrack(TrackFlags.CURRENT | TrackFlags.CHANGES_ONLY);
    await clm.dispatch(DispatchFlags.BLOCKING);
  });

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

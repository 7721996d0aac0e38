import { Command } from 'commander';
import { B_01_01, DispatchFlags, SA_TIME_ONE_HOUR, SA_TIME_ONE_SECOND, daemonBindings, socketPath } from 'chorale/sdk';
import { ChannelOpenFlags, EvtLibrary, FilterType, SA_EVT_EVENTID_LOST } from 'chorale/evt';
import type { EventFilter, EvtChannel, EvtEvent } from 'chorale/evt';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

const program = new Command('alarms')
  .description('Raise alarms, see them on every node, clear them.')
  .option('--instance <name>', 'the daemon to talk to, if there are several on this host');

/** Opens the channel of alarms; `delivered` gets the events. */
async function openAlarms(delivered: (event: EvtEvent) => void): Promise<EvtChannel> {
  const { instance } = program.opts<{ instance?: string }>();
  const path = socketPath(instance === undefined ? 'choraled' : `choraled-${instance}`);
  const evt = await new EvtLibrary(daemonBindings({ path })).initialize(
    { eventDeliver: (_subscription, event) => delivered(event) },
    B_01_01,
  );
  const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;
  return evt.channelOpen('alarms', PUBLISHER | SUBSCRIBER | CREATE, 10n * SA_TIME_ONE_SECOND);
}

/** Alarms have one pattern, their source. */
function from(source: string | undefined): EventFilter[] {
  return source === undefined ? [] : [{ filterType: FilterType.EXACT, filter: source }];
}

/** The alarms that stand: retained events come with the subscription. */
async function standing(source?: string): Promise<{ channel: EvtChannel; alarms: EvtEvent[] }> {
  const alarms: EvtEvent[] = [];
  const channel = await openAlarms((event) => alarms.push(event));
  await channel.eventSubscribe(from(source), 1);
  await channel.library.dispatch(DispatchFlags.ALL);
  return { channel, alarms };
}

function print(event: EvtEvent): void {
  const { eventId, patterns } = event.attributesGet();
  if (eventId === SA_EVT_EVENTID_LOST) console.log('some alarms were lost, this program was too slow');
  else console.log(`${text(patterns[0])}: ${text(event.dataGet())}`);
}

program
  .command('raise <source> <text...>')
  .description('raise an alarm, which stands for an hour or until it is cleared')
  .action(async (source: string, words: string[]) => {
    const channel = await openAlarms(() => undefined);
    const alarm = channel.eventAllocate();
    alarm.attributesSet({ patterns: [source], priority: 0, retentionTime: SA_TIME_ONE_HOUR });
    await alarm.publish(new TextEncoder().encode(words.join(' ')));
    console.log('raised');
    await channel.library.finalize();
  });

program
  .command('list [source]')
  .description('print the alarms that stand')
  .action(async (source: string | undefined) => {
    const { channel, alarms } = await standing(source);
    alarms.forEach(print);
    if (alarms.length === 0) console.log('no alarms');
    await channel.library.finalize();
  });

program
  .command('clear <source>')
  .description('clear the alarms of a source')
  .action(async (source: string) => {
    const { channel, alarms } = await standing(source);
    for (const alarm of alarms) await channel.eventRetentionTimeClear(alarm.attributesGet().eventId);
    console.log(`${alarms.length} cleared`);
    await channel.library.finalize();
  });

program
  .command('watch [source]')
  .description('print alarms as they are raised, those that stand first, until Ctrl-C')
  .action(async (source: string | undefined) => {
    const channel = await openAlarms(print);
    await channel.eventSubscribe(from(source), 1);
    await channel.library.dispatch(DispatchFlags.BLOCKING);
  });

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

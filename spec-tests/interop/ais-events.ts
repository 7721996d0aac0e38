/**
 * A program of the Event Service that a test may kill or stop: `ais-events SOCKET CHANNEL publish PREFIX`, which publishes
 * retained events without end and prints the text of each that was answered; or `ais-events SOCKET CHANNEL subscribe`, which
 * prints what is delivered, `LOST` for a loss notice.
 */
import { setTimeout } from 'node:timers/promises';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import type { SaError } from 'chorale/sdk';
import { ChannelOpenFlags, EvtLibrary, SA_EVT_EVENTID_LOST } from '../../plugins/evt/index.js';

/** A load of some hundred events a second: a channel retains only so many. */
const AHEAD = 4;
const PAUSE_MS = 10;

const [path, name, what, prefix = ''] = process.argv.slice(2) as [string, string, string, string?];
const { PUBLISHER, SUBSCRIBER, CREATE } = ChannelOpenFlags;
const evt = await new EvtLibrary(daemonBindings({ path })).initialize(
  {
    eventDeliver: (_id, event) => {
      const isLoss = event.attributesGet().eventId === SA_EVT_EVENTID_LOST;
      process.stdout.write(`${isLoss ? 'LOST' : new TextDecoder().decode(event.dataGet())}\n`);
    },
  },
  B_01_01,
  { dispatch: 'automatic' },
);
const channel = await evt.channelOpen(name, PUBLISHER | SUBSCRIBER | CREATE, SA_TIME_END);
if (what === 'subscribe') {
  await channel.eventSubscribe([], 1);
  process.stdout.write('ready\n');
} else {
  let last = 0;
  const publish = async (): Promise<never> => {
    for (;;) {
      const text = `${prefix}${++last}`;
      const event = channel.eventAllocate();
      event.attributesSet({ priority: 1, retentionTime: SA_TIME_END });
      await event.publish(new TextEncoder().encode(text));
      process.stdout.write(`${text}\n`);
      await setTimeout(PAUSE_MS);
    }
  };
  const failed = (error: SaError): never => {
    // With its daemon the service is gone: the test knows.
    if (error.spec !== 'SA_AIS_ERR_LIBRARY') console.error(error.message);
    process.exit(1);
  };
  for (let i = 0; i < AHEAD; i++) publish().catch(failed);
}
setInterval(() => undefined, 60_000);

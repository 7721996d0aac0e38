/**
 * A program of the Message Service that a test may kill: `ais-messages SOCKET send QUEUE NAME` sends numbers to a persistent queue
 * without end and says `sent NAME.LIFE NUMBER` for each that was answered; `ais-messages SOCKET read QUEUE` opens it and says `got
 * NAME.LIFE NUMBER`. Both say `lost TIME` with their daemon, and begin anew; a sender has another LIFE then.
 */
import { setTimeout } from 'node:timers/promises';
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import type { SaError } from 'chorale/sdk';
import { CreationFlags, MsgLibrary, OpenFlags } from '../../plugins/msg/index.js';
import type { Msg, MsgQueue } from '../../plugins/msg/index.js';
import { forever, say } from './ais-program.js';

const PAUSE_MS = 5;
const AREA = 256 * 1024;
const ATTRIBUTES = { creationFlags: CreationFlags.PERSISTENT, size: [AREA, AREA, AREA, AREA], retentionTime: 0n };

const [path, what, name, sender = ''] = process.argv.slice(2) as [string, 'send' | 'read', string, string?];
let life = 0;
await forever(async (ready) => {
  const msg = await new MsgLibrary(daemonBindings({ path })).initialize({}, B_01_01);
  if (what === 'read') await read(await opened(msg), ready);
  ready();
  const tag = `${sender}.${++life}`;
  for (let number = 1; ; number++) {
    await send(msg, `${tag} ${number}`);
    say('sent', tag, number);
    await setTimeout(PAUSE_MS);
  }
});

async function read(queue: MsgQueue, ready: () => void): Promise<never> {
  ready();
  for (;;) {
    const { message } = await queue.messageGet(SA_TIME_END);
    say('got', new TextDecoder().decode(message.data));
  }
}

/** Somebody who was killed may still have it open. */
async function opened(msg: Msg): Promise<MsgQueue> {
  for (;;) {
    try {
      return await msg.queueOpen(name, ATTRIBUTES, OpenFlags.CREATE, SA_TIME_END);
    } catch (thrown) {
      if ((thrown as SaError).spec !== 'SA_AIS_ERR_BUSY') throw thrown;
      await setTimeout(PAUSE_MS);
    }
  }
}

async function send(msg: Msg, text: string): Promise<void> {
  for (;;) {
    try {
      return await msg.messageSend(name, { priority: 1, data: new TextEncoder().encode(text) }, SA_TIME_END);
    } catch (thrown) {
      // Nobody reads: it waits for room. A node that has just started is alone for a moment, and knows no queue.
      if (!['SA_AIS_ERR_QUEUE_FULL', 'SA_AIS_ERR_NOT_EXIST'].includes((thrown as SaError).spec)) throw thrown;
      await setTimeout(PAUSE_MS);
    }
  }
}

/**
 * Messages a second of the Message Service from a sender on one node to a reader on another, and what the CPG layer under it
 * does in their place, on three daemons on loopback addresses. Prints a JSON line a run. See README.md here.
 */
import { B_01_01, SA_TIME_END, daemonBindings } from 'chorale/sdk';
import { MsgLibrary, OpenFlags } from 'chorale/msg';
import { bench, benchCommand, ratio } from './ais/command.js';
import { cpgGroup } from './ais/cpg-group.js';
import type { LoopbackRing } from './ais/loopback.js';
import { rateOf } from './ais/measure.js';
import type { Load } from './ais/measure.js';

/** Sent and not yet received. */
const AHEAD = 200;
/** Calls of messageGet at a time. */
const GETS = 64;

async function queue(ring: LoopbackRing, data: Uint8Array): Promise<Load> {
  const open = (node: number) => new MsgLibrary(daemonBindings({ path: ring.path(node) })).initialize({}, B_01_01);
  const [sender, reader] = [await open(1), await open(2)];
  const room = Array<number>(4).fill(2 * AHEAD * data.length);
  const attributes = { creationFlags: 0, size: room, retentionTime: 0n };
  const jobs = await reader.queueOpen(`bench ${data.length}`, attributes, OpenFlags.CREATE, SA_TIME_END);
  let received = 0;
  let isOver = false;
  const get = async (): Promise<void> => {
    while (!isOver) {
      await jobs.messageGet(SA_TIME_END);
      received++;
    }
  };
  // The end of the run ends those that wait.
  const ended = (thrown: unknown): void => {
    if (!isOver) throw thrown;
  };
  const gets = Array.from({ length: GETS }, () => get().catch(ended));
  return {
    received: () => received,
    send: () => sender.messageSend(`bench ${data.length}`, { data }, SA_TIME_END),
    close: async () => {
      isOver = true;
      await jobs.close();
      await Promise.allSettled(gets);
      for (const msg of [sender, reader]) await msg.finalize();
    },
  };
}

const command = benchCommand('msg', 'Measure the Message Service, and CPG beside it.', [100, 10_000]);

bench(command, 'msg', async function* (ring, { size: sizes, seconds }) {
  for (const size of sizes as readonly number[]) {
    const data = new Uint8Array(size);
    const jobs = await queue(ring, data);
    const messages = await rateOf(ring, jobs, seconds, AHEAD);
    await jobs.close();
    const group = await cpgGroup(ring, 2, data);
    const sent = await rateOf(ring, group, seconds, AHEAD);
    await group.close();
    yield {
      size,
      messagesPerSecond: messages.perSecond,
      cpgMessagesPerSecond: sent.perSecond,
      share: ratio(messages.perSecond, sent.perSecond),
      cpuMicroseconds: messages.cpuMicroseconds,
      cpgCpuMicroseconds: sent.cpuMicroseconds,
    };
  }
});

import { openCpg } from '../../core/cpg.js';
import type { LoopbackRing } from './loopback.js';
import type { Load } from './measure.js';

/** What the services stand on: a group with members on the first nodes. The one on node 1 sends. */
export async function cpgGroup(
  ring: LoopbackRing,
  members: number,
  data: Uint8Array,
): Promise<Load & { ownMessage(): Promise<void>; members(): Promise<void> }> {
  const got = Array<number>(members).fill(0);
  const clients = await Promise.all(got.map((_, place) => openCpg({ path: ring.path(place + 1) })));
  const waiting: (() => void)[] = [];
  const reading = clients.map(async (client, place) => {
    for await (const one of client.events()) {
      if (one.kind !== 'message') continue;
      got[place]!++;
      if (place === 0) waiting.shift()?.();
    }
  });
  for (const client of clients) await client.join('bench');
  const send = (): Promise<unknown> => clients[0]!.multicast(data);
  return {
    received: () => Math.min(...got),
    send,
    /** Sends, and waits for the own delivery. */
    ownMessage: async () => {
      const own = new Promise<void>((resolve) => waiting.push(resolve));
      await send();
      await own;
    },
    /** Asks node 1 who is in the group. */
    members: async () => {
      const there = await clients[0]!.members('bench');
      if (there.length !== members) throw new Error(`the group has ${there.length} members`);
    },
    close: async () => {
      for (const client of clients) client.close();
      await Promise.allSettled(reading);
    },
  };
}

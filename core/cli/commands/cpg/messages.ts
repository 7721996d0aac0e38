import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { openCpg } from '../../../cpg.js';
import type { CpgEvent, CpgMember, CpgMemberChange } from '../../../cpg.js';
import { followService } from '../context.js';
import type { DaemonChoice, Output } from '../context.js';
import { printable } from '../printable.js';

export interface SendOptions {
  readonly safe: boolean;
}

export interface ListenOptions {
  readonly json: boolean;
  /** End after this many messages; missing: only when told to. */
  readonly count?: number;
  /** Aborted when the person has had enough: the group is left politely. */
  readonly stop: AbortSignal;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Joins the group, multicasts each text, and leaves when this node has delivered the last. */
export async function send(
  choice: DaemonChoice,
  group: string,
  texts: readonly string[],
  options: SendOptions,
): Promise<void> {
  await followService(choice, openCpg, async (client) => {
    await client.join(group);
    for (const text of texts) await client.multicast(encoder.encode(text), { safe: options.safe });
    await client.leave();
  });
}

/** The lines of a stream, for `send` without texts. */
export async function linesOf(input: Readable): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input })) lines.push(line);
  return lines;
}

/** Joins the group and prints what happens in it, one line each. */
export async function listen(
  choice: DaemonChoice,
  group: string,
  options: ListenOptions,
  output: Output,
): Promise<void> {
  await followService(choice, openCpg, async (client) => {
    const events = client.events();
    const leave = (): void => void client.leave().then(() => events.return?.());
    await client.join(group);
    if (options.stop.aborted) return;
    options.stop.addEventListener('abort', leave, { once: true });
    let messages = 0;
    for await (const event of events) {
      output.out(options.json ? JSON.stringify(plainEvent(event)) : eventText(event));
      if (event.kind === 'message' && ++messages === options.count) break;
    }
    options.stop.removeEventListener('abort', leave);
    if (!options.stop.aborted) await client.leave();
  });
}

function eventText(event: CpgEvent): string {
  switch (event.kind) {
    case 'message':
      return `${name(event.sender)}: ${printable(decoder.decode(event.data))}`;
    case 'membership': {
      const changes = [...event.joined, ...event.left].map((change) => `${name(change)} ${happened(change)}`);
      return `-- ${changes.join(', ')}; members ${names(event.members) || 'none'}`;
    }
    case 'ring':
      return `-- the ring has nodes ${event.members.join(' ')}`;
  }
}

function plainEvent(event: CpgEvent): unknown {
  return event.kind === 'message'
    ? { kind: event.kind, sender: event.sender, text: decoder.decode(event.data), bytes: event.data.length }
    : event;
}

function happened({ reason }: CpgMemberChange): string {
  const verb = reason === 'join' || reason === 'node up' ? 'joined' : 'left';
  return reason === 'join' || reason === 'leave' ? verb : `${verb} (${reason})`;
}

function name({ nodeId, pid }: CpgMember): string {
  return `${nodeId}.${pid}`;
}

function names(members: readonly CpgMember[]): string {
  return members.map(name).join(' ');
}

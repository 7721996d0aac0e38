/**
 * The counterpart of cpg-client.c over Chorale's TypeScript client: the same commands on standard input, the same JSON
 * lines on standard output. It connects to the daemon of its network namespace.
 *
 *   chorale-client GROUP
 */
import { createInterface } from 'node:readline';
import { NodeClock } from '../../core/host/bindings/node-clock.js';
import { connect } from '../../core/ipc/client.js';
import { CpgClient } from '../../core/services/cpg/client.js';
import type { CpgEvent, CpgMemberChange } from '../../core/services/cpg/client.js';

const HEAD_BYTES = 12;
const MARK = 0xffffffff;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const MASK = (1n << 64n) - 1n;
const REASONS = { join: 1, leave: 2, 'node down': 3, 'node up': 4, 'process down': 5 } as const;

const [group] = process.argv.slice(2) as [string];
const client = new CpgClient(await connect('cpg', { timeoutMs: 20_000 }), {
  pid: process.pid,
  clock: new NodeClock(),
});
const self = await client.localNode();
let number = 0;
let quiet = false;
let safe = false;
let delivered = 0;
let errors = 0;
let digest = FNV_OFFSET;
const next = new Map<number, number>();
const window = new Uint8Array(HEAD_BYTES);

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function mix(value: number): void {
  for (let i = 0; i < 4; i++) digest = ((digest ^ BigInt((value >>> (8 * i)) & 0xff)) * FNV_PRIME) & MASK;
}

function deliver(node: number, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const headless = data.length < HEAD_BYTES;
  const tag = headless ? node : view.getUint32(0, true);
  const which = headless ? (data[0] ?? 0) : view.getUint32(4, true);
  if (headless) next.set(tag, (next.get(tag) ?? 0) + 1);
  else if (which === MARK) {
    digest = FNV_OFFSET;
    delivered = 0;
  } else {
    if (view.getUint32(8, true) !== data.length || tag !== node) errors++;
    if (next.has(tag) && next.get(tag) !== which) errors++;
    next.set(tag, which + 1);
    for (let i = HEAD_BYTES; i < data.length; i += data.length > 4096 ? 997 : 61) {
      if (data[i] !== ((which + i) & 0xff)) {
        errors++;
        break;
      }
    }
  }
  delivered++;
  mix(tag);
  mix(which);
  mix(data.length);
  if (!quiet) print({ deliver: { node, tag, number: which, length: data.length } });
}

function changes(list: readonly CpgMemberChange[]): unknown[] {
  return list.map((member) => ({ node: member.nodeId, pid: member.pid, reason: REASONS[member.reason] }));
}

function received(event: CpgEvent): void {
  if (event.kind === 'message') deliver(event.sender.nodeId, event.data);
  else if (event.kind === 'membership') {
    const members = event.members.map((member) => ({ node: member.nodeId, pid: member.pid, reason: 0 }));
    print({ change: { members, left: changes(event.left), joined: changes(event.joined) } });
  }
}

function message(size: number, which: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let i = size < HEAD_BYTES ? 0 : HEAD_BYTES; i < size; i++) bytes[i] = which + i;
  if (size < HEAD_BYTES) return bytes;
  view.setUint32(0, self, true);
  view.setUint32(4, which, true);
  view.setUint32(8, size, true);
  return bytes;
}

const send = (size: number, which: number): Promise<void> => client.multicast(message(size, which), { safe });

/** As many multicasts under way as keep the daemon busy between two turns of the event loop. */
const BATCH = 64;

async function command(line: string): Promise<void> {
  const [word, first, second] = line.trim().split(' ');
  const size = Number(first);
  const count = Number(second);
  if (word === 'send') {
    for (let i = 0; i < count; i++) await send(size, number++);
  } else if (word === 'flood') {
    const until = performance.now() + 1000 * count;
    let sent = 0;
    while (performance.now() < until) {
      const batch: Promise<void>[] = [];
      for (let i = 0; i < BATCH; i++, sent++) batch.push(send(size, number++));
      await Promise.all(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
    print({ flooded: sent });
  } else if (word === 'mark') await send(window.length, MARK);
  else if (word === 'safe') safe = true;
  else if (word === 'quiet') quiet = true;
  else if (word === 'report') {
    print({ report: { delivered, errors, digest: digest.toString(16).padStart(16, '0') } });
  } else if (word === 'quit') {
    await client.leave();
    client.close();
    process.exit(0);
  }
}

client.listen(received);
await client.join(group);
print({ joined: { node: self, pid: process.pid } });
for await (const line of createInterface({ input: process.stdin })) await command(line);
process.exit(0);

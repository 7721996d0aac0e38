/**
 * Chorale's TypeScript clients, put through everything they can do with the daemon of this network namespace, Chorale's
 * or Corosync's. Prints one JSON object: what the daemon answered and told, as far as it does not depend on the run.
 */
import { openCfg } from '../../core/cfg.js';
import { openCmap } from '../../core/cmap.js';
import { openConfdb } from '../../core/confdb.js';
import { openCpg } from '../../core/cpg.js';
import type { CpgEvent } from '../../core/cpg.js';
import { openQuorum } from '../../core/quorum.js';
import { openVotequorum } from '../../core/votequorum.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The code of a refusal. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no refusal',
    (error: Error & { spec?: string }) => error.spec ?? error.message,
  );
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

async function take<T>(stream: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    items.push(value as T);
  }
  return items;
}

async function quorum(): Promise<unknown> {
  await using client = await openQuorum();
  const stream = await client.track();
  const [nodes, change] = await take(stream, 2);
  const again = await refusal(client.track());
  await stream.return();
  return {
    quorate: await client.quorate(),
    type: await client.type(),
    nodes: { ...nodes, ringId: undefined },
    change: { ...change, ringId: undefined },
    again,
  };
}

async function votequorum(): Promise<unknown> {
  await using client = await openVotequorum();
  const stream = await client.track();
  const [nodes, change] = await take(stream, 2);
  const infos = [await client.info(), await client.info(2)];
  await client.setExpectedVotes(2);
  const [expected] = await take(stream, 1);
  await client.setVotes(2, 1);
  const refused = [
    await refusal(client.info(9)),
    await refusal(client.setExpectedVotes(1)),
    await refusal(client.setVotes(9, 1)),
    await refusal(client.track()),
  ];
  await stream.return();
  return {
    nodes: { ...nodes, ringId: undefined },
    change,
    expected,
    infos,
    refused,
    stop: await refusal(client.trackStop()),
  };
}

async function cfg(): Promise<unknown> {
  await using client = await openCfg();
  await using other = await openCfg();
  const status = await client.nodeStatus(2);
  const stream = await other.track();
  const shutdown = refusal(client.tryShutdown());
  const [question] = await take(stream, 1);
  await other.replyToShutdown(false);
  const answers = {
    local: await client.localNode(),
    addresses: await client.nodeAddresses(2),
    ringStatus: await client.ringStatus(),
    link: status.links[0],
    reachable: status.reachable,
    question,
    shutdown: await shutdown,
    refused: [
      await refusal(client.nodeAddresses(9)),
      await refusal(client.killNode(9, 'no such node')),
      await refusal(other.replyToShutdown(true)),
    ],
    reload: await refusal(client.reload()),
    reopen: await refusal(client.reopenLogs()),
  };
  await stream.return();
  return answers;
}

async function cmap(): Promise<unknown> {
  await using client = await openCmap();
  const values = [
    ['i8', -5],
    ['u8', 250],
    ['i16', -500],
    ['u16', 60000],
    ['i32', -70000],
    ['u32', 4000000000],
    ['i64', -5n],
    ['u64', 2n ** 63n],
    ['float', 1.5],
    ['double', 0.1],
    ['string', 'text'],
    ['binary', bytes('bytes')],
  ] as const;
  const changes = await client.track('typescript.', { prefix: true });
  for (const [type, value] of values) await client.set(`typescript.${type}`, type, value as never);
  await client.inc('typescript.u8');
  await client.adjust('typescript.u8', 10);
  await client.dec('typescript.i8');
  await client.set('typescript.string', 'string', 'text');
  await client.set('typescript.string', 'string', 'x'.repeat(2000));
  const entries = await all(client.entries('typescript.'));
  const keys = await all(client.keys('typescript.'));
  for (const [type] of values) await client.delete(`typescript.${type}`);
  const told = await take(changes, 12 + 3 + 1 + 12);
  await changes.return();
  const refused = [
    await refusal(client.delete('typescript.none')),
    await refusal(client.inc('typescript.none')),
    await refusal(client.set('ab', 'u8', 1)),
    await refusal(client.set('no spaces', 'u8', 1)),
    await refusal(client.set('totem.cluster_name', 'string', 'other')),
    await refusal(client.set('runtime.services.cpg.0.tx', 'u64', 1)),
    await refusal(client.set('typescript.long', 'binary', new Uint8Array(16385))),
  ];
  await using stats = await openCmap({ map: 'stats' });
  return {
    entries,
    keys,
    told,
    refused,
    clusterName: await client.get('totem.cluster_name', 'string'),
    nodeids: (await all(client.entries('nodelist.'))).filter(([key]) => key.endsWith('.nodeid')),
    stats: await stats.get('stats.srp.commit_entered').then((entry) => entry?.type),
    statsSet: await refusal(stats.set('stats.srp.commit_entered', 'u64', 1)),
  };
}

async function confdb(): Promise<unknown> {
  await using client = await openConfdb();
  const object = client.root.create('typescript');
  const events = await client.track(object);
  await object.keyCreate('count', 'u32', 1);
  await object.create('child').keyCreate('name', 'string', 'x');
  const count = [await object.keyIncrement('count'), await object.keyDecrement('count')];
  const children = (await all(object.children())).map(({ name }) => name);
  await object.destroy();
  const told = (await take(events, 9)).map((event) =>
    'object' in event ? `${event.kind} ${event.object.path} ${'key' in event ? event.key : ''}` : event.kind,
  );
  await events.return();
  return { count, children, told, exists: await object.exists() };
}

async function cpg(): Promise<unknown> {
  await using client = await openCpg({ ringAtJoin: true });
  const events = client.events();
  const joined = await client.join('typescript');
  const shown = (event: CpgEvent): unknown => {
    if (event.kind === 'message')
      return { length: event.data.length, sum: event.data.reduce((a, b) => (a + b) % 65521, 0) };
    if (event.kind === 'ring') return { ring: event.members };
    return {
      members: event.members.length,
      joined: event.joined.map(({ reason }) => reason),
      left: event.left.map(({ reason }) => reason),
    };
  };
  const COUNT = 400;
  const sizes = [0, 1, 100, 1500, 60_000, 1_047_552, 1_047_553, 2_500_000];
  for (let i = 0; i < COUNT; i++) await client.multicast(bytes(`message ${i} ${'x'.repeat(i * 5)}`));
  for (const size of sizes) await client.multicast(new Uint8Array(size).fill(size));
  await client.multicast(bytes('safe'), { safe: true });
  const got = (await take(events, 2 + COUNT + sizes.length + 1)).map(shown);
  const members = await client.members('typescript');
  const groups = await client.groups();
  const result = {
    joined: joined.joined.map(({ nodeId, reason }) => `${nodeId} ${reason}`),
    got,
    local: await client.localNode(),
    members: members.map(({ nodeId }) => nodeId),
    groups: groups.map(({ name, members: list }) => [Buffer.from(name).toString(), list.length]),
    again: await refusal(client.join('typescript')),
  };
  await client.leave();
  return { ...result, left: (await take(events, 1)).map(shown) };
}

/** One client floods while another reads slowly: nothing is lost, and neither waits for ever. */
async function slowReader(): Promise<unknown> {
  await using reader = await openCpg();
  const events = reader.events();
  await reader.join('slow');
  await take(events, 1);
  await using writer = await openCmap();
  const COUNT = 3000;
  const data = new Uint8Array(4000);
  for (let i = 0; i < COUNT; i++) {
    new DataView(data.buffer).setUint32(0, i);
    await reader.multicast(data);
  }
  await writer.get('totem.cluster_name');
  let inOrder = 0;
  for (const event of await take(events, COUNT)) {
    if (event.kind === 'message' && new DataView(event.data.buffer, event.data.byteOffset).getUint32(0) === inOrder)
      inOrder++;
  }
  return { inOrder };
}

/** A scenario that never ends says so. */
async function limited(scenario: () => Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it does not end')), 20_000);
  });
  try {
    return await Promise.race([scenario(), late]);
  } catch (error) {
    return { failed: (error as Error).stack };
  } finally {
    clearTimeout(timer);
  }
}

const result: Record<string, unknown> = {};
for (const scenario of [quorum, votequorum, cfg, cmap, confdb, cpg, slowReader]) {
  result[scenario.name] = await limited(scenario);
}
const plain = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
process.stdout.write(JSON.stringify(result, plain), () => process.exit());

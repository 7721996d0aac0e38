import { expect } from 'chai';
import { CsError } from '../../core/base/errors.js';
import { silentLogger } from '../../core/base/logger.js';
import { CpgClient } from '../../core/services/cpg/client.js';
import type { CpgEvent, CpgMessageEvent } from '../../core/services/cpg/client.js';
import { CpgEngine } from '../../core/services/cpg/engine.js';
import { STREAM_BATCH } from '../../core/services/event-stream.js';
import { Reassembly } from '../../core/services/cpg/reassembly.js';
import { EngineConnection } from '../support/engine-connection.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';

class Bench {
  readonly clock = new FakeClock();
  readonly cluster: FakeCluster;
  private serial = 0;

  constructor(queueLimit = 50) {
    this.cluster = new FakeCluster({ nodes: [1, 2, 3], random: seededRandom(5), queueLimit });
    for (const node of this.cluster.nodes) node.add(new CpgEngine({ ring: node.ringOf(2), logger: silentLogger }));
    this.cluster.reform([1, 2, 3]);
    this.cluster.settle();
  }

  connect(nodeId: number): { client: CpgClient; connection: EngineConnection; events: CpgEvent[]; pid: number } {
    const node = this.cluster.node(nodeId);
    const id = ++this.serial;
    const pid = 100 + id;
    const connection = new EngineConnection(node.engines.get(2)!, node.ringOf(2), { id, pid });
    const client = new CpgClient(connection, { pid, clock: this.clock });
    const events: CpgEvent[] = [];
    client.listen((event) => events.push(event));
    return { client, connection, events, pid };
  }

  /** Lets the cluster and the clients' promises go on until `promise` is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    void promise.then(
      () => (done = true),
      () => (done = true),
    );
    for (let turns = 0; !done; turns++) {
      if (turns > 100_000) throw new Error('the promise is never settled');
      this.cluster.run(10);
      this.clock.advance(1);
      await Promise.resolve();
    }
    return promise;
  }

  async quiet(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      this.cluster.settle();
      await Promise.resolve();
    }
  }
}

function texts(events: readonly CpgEvent[]): string[] {
  return events.filter((event) => event.kind === 'message').map(({ data }) => Buffer.from(data).toString());
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(CsError);
    return (thrown as CsError).spec;
  }
  throw new Error('nothing was refused');
}

describe('CPG client', () => {
  it('joins, sends, is told of members and messages, and leaves', async () => {
    const bench = new Bench();
    const a = bench.connect(1);
    const b = bench.connect(2);
    const joined = await bench.until(a.client.join('group'));
    expect(joined.members).to.deep.equal([{ nodeId: 1, pid: a.pid }]);
    expect((await bench.until(b.client.join('group'))).members).to.have.length(2);
    await a.client.multicast(bytes('one'));
    await b.client.multicast(bytes('two'), { safe: true });
    await bench.quiet();
    expect(texts(a.events).toSorted()).to.deep.equal(['one', 'two']);
    expect(texts(b.events)).to.deep.equal(texts(a.events));
    expect(await a.client.members('group')).to.deep.equal(joined.members.concat({ nodeId: 2, pid: b.pid }));
    expect(await a.client.groups()).to.deep.equal([
      { name: bytes('group'), members: joined.members.concat({ nodeId: 2, pid: b.pid }) },
    ]);
    expect(await a.client.localNode()).to.equal(1);

    await bench.until(b.client.leave());
    await bench.quiet();
    const last = a.events.at(-1);
    expect(last).to.deep.equal({
      kind: 'membership',
      members: joined.members,
      joined: [],
      left: [{ nodeId: 2, pid: b.pid, reason: 'leave' }],
    });
    expect(await refusal(b.client.join('again')), 'a connection joins once').to.equal('CS_ERR_EXIST');
    const seen = b.events.length;
    await bench.until(a.client.multicast(bytes('more')));
    await bench.quiet();
    expect(b.events.slice(seen), 'what the service goes on telling is no concern of it').to.deep.equal([]);
    b.client.close();
    await bench.quiet();
    const again = bench.connect(2);
    expect((await bench.until(again.client.join('again'))).members).to.deep.equal([{ nodeId: 2, pid: again.pid }]);
  });

  it('names its group when it leaves, as libcpg does', async () => {
    const bench = new Bench();
    const { client, connection } = bench.connect(1);
    await bench.until(client.join('group'));
    const asked: Uint8Array[] = [];
    const ask = connection.request.bind(connection);
    connection.request = (message) => ask((asked.push(message), message));
    await bench.until(client.leave());
    expect(Buffer.from(asked[0]!.subarray(16, 29)).toString('latin1')).to.equal('\x05\0\0\0\0\0\0\0group');
  });

  it('says by name what is refused', async () => {
    const bench = new Bench();
    const { client } = bench.connect(1);
    expect(await refusal(client.multicast(bytes('early')))).to.equal('CS_ERR_NOT_EXIST');
    expect(await refusal(client.leave())).to.equal('CS_ERR_NOT_EXIST');
    expect(await refusal(client.join('n'.repeat(129)))).to.equal('CS_ERR_NAME_TOO_LONG');
    await bench.until(client.join('group'));
    expect(await refusal(client.join('group'))).to.equal('CS_ERR_EXIST');
    expect(await refusal(client.join('other'))).to.equal('CS_ERR_EXIST');
  });

  it('loses and reorders nothing however full the ring is', async () => {
    const bench = new Bench(3);
    const clients = [1, 2, 3].map((id) => bench.connect(id));
    for (const { client } of clients) await bench.until(client.join('group'));
    const COUNT = 400;
    const big = new Uint8Array(20_000);
    const all = clients.flatMap(({ client }, from) =>
      Array.from({ length: COUNT }, (_, i) => client.multicast(Buffer.concat([bytes(`${from}:${i}`), big]))),
    );
    bench.cluster.reform([1, 2, 3]);
    await bench.until(Promise.all(all));
    await bench.quiet();
    const [first, ...others] = clients.map(({ events }) =>
      texts(events).map((text) => text.slice(0, text.indexOf('\0'))),
    );
    for (const other of others) expect(other).to.deep.equal(first);
    for (const from of [0, 1, 2]) {
      const own = first!.filter((text) => text.startsWith(`${from}:`));
      expect(own).to.deep.equal(Array.from({ length: COUNT }, (_, i) => `${from}:${i}`));
    }
  });

  it('sends a message of any size in fragments, which arrive as one', async () => {
    const bench = new Bench();
    const a = bench.connect(1);
    const b = bench.connect(2);
    await bench.until(a.client.join('group'));
    await bench.until(b.client.join('group'));
    const sizes = [0, 1, 1047552, 1047553, 2 * 1047552, 2_500_000];
    for (const size of sizes) {
      const data = new Uint8Array(size).map((_, i) => i * 31 + size);
      await bench.until(a.client.multicast(data));
      await bench.quiet();
      const { data: got } = b.events.at(-1) as CpgMessageEvent;
      expect(Buffer.compare(got, data), `${size} bytes`).to.equal(0);
    }
    expect(texts(b.events)).to.have.length(sizes.length);
  });

  it('begins a fragmented message again when the group changes in it', async () => {
    const bench = new Bench();
    const a = bench.connect(1);
    const b = bench.connect(2);
    await bench.until(a.client.join('group'));
    const data = new Uint8Array(4_000_000).fill(7);
    const sent = a.client.multicast(data);
    await Promise.resolve();
    await bench.until(b.client.join('group'));
    const behind = a.client.multicast(bytes('behind'));
    await bench.until(Promise.all([sent, behind]));
    await bench.quiet();
    for (const { events } of [a, b]) {
      const messages = events.filter((event) => event.kind === 'message').map(({ data }) => data.length);
      expect(messages).to.deep.equal([data.length, 6]);
    }
  });

  it('waits while services are synchronized', async () => {
    const bench = new Bench();
    const { client } = bench.connect(1);
    bench.cluster.reform([1, 2, 3]);
    expect(bench.cluster.node(1).synchronizing).to.equal(true);
    const joined = client.join('group');
    for (let i = 0; i < 20; i++) await Promise.resolve();
    bench.clock.advance(1000);
    bench.cluster.settle();
    expect((await bench.until(joined)).members).to.have.length(1);
  });

  it('gives events to for await, as many readers as there are, until it is closed', async () => {
    const bench = new Bench();
    const { client } = bench.connect(1);
    const read = async (limit: number): Promise<string[]> => {
      const kinds: string[] = [];
      for await (const event of client.events()) {
        kinds.push(event.kind);
        if (kinds.length === limit) break;
      }
      return kinds;
    };
    const [all, two] = [read(Infinity), read(2)];
    await bench.until(client.join('group'));
    await client.multicast(bytes('one'));
    await bench.quiet();
    client.close();
    expect(await all).to.deep.equal(['membership', 'message']);
    expect(await two).to.deep.equal(['membership', 'message']);
    expect(await read(1)).to.deep.equal([]);
  });

  it('leaves events with the service while a reader is behind, and loses none', async () => {
    const bench = new Bench();
    const { client, connection } = bench.connect(1);
    await bench.until(client.join('group'));
    const slow = client.events();
    const COUNT = 3 * STREAM_BATCH;
    for (let i = 0; i < COUNT; i++) await bench.until(client.multicast(bytes(String(i))));
    await bench.quiet();
    expect(connection.held).to.equal(COUNT - STREAM_BATCH);
    const read: CpgEvent[] = [];
    while (read.length < COUNT) read.push((await slow.next()).value as CpgEvent);
    expect(texts(read)).to.deep.equal(Array.from({ length: COUNT }, (_, i) => String(i)));
    expect(connection.held).to.equal(0);
  });

  it('leaves, and closes, however much a reader has left waiting', async () => {
    const bench = new Bench();
    const { client, connection } = bench.connect(1);
    await bench.until(client.join('group'));
    const slow = client.events();
    for (let i = 0; i < 2 * STREAM_BATCH; i++) await bench.until(client.multicast(bytes('text')));
    await bench.quiet();
    expect(connection.held).to.be.greaterThan(0);
    await bench.until(client.leave());
    expect(connection.held).to.equal(0);
    await slow.return();
    expect((await slow.next()).done).to.equal(true);
  });

  it('ends a reader, and a join that waits, by a signal', async () => {
    const bench = new Bench();
    const { client } = bench.connect(1);
    const reading = new AbortController();
    const stream = client.events({ signal: reading.signal });
    const next = stream.next();
    reading.abort(new Error('enough'));
    expect(await next.catch((error: Error) => error.message)).to.equal('enough');
    expect((await stream.next()).done).to.equal(true);

    bench.cluster.reform([1, 2, 3]);
    const joining = new AbortController();
    const joined = client.join('group', { signal: joining.signal });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    joining.abort(new Error('too slow'));
    expect(await joined.catch((error: Error) => error.message)).to.equal('too slow');
  });

  it('rejects what is under way when the connection ends, and everything after', async () => {
    const bench = new Bench();
    const { client, connection } = bench.connect(1);
    const waiting = [client.join('group')];
    const stream = client.events().next();
    connection.end(new CsError('ERR_LIBRARY', 'the node stops.'));
    for (const promise of waiting) expect(await refusal(promise)).to.equal('CS_ERR_LIBRARY');
    expect(await refusal(stream)).to.equal('CS_ERR_LIBRARY');
    expect(await refusal(client.multicast(bytes('late')))).to.equal('CS_ERR_LIBRARY');
    expect(await refusal(client.join('group'))).to.equal('CS_ERR_LIBRARY');
  });
});

describe('CPG client: fragments', () => {
  const part = (type: number, data: string, messageLength = 6, pid = 1) => ({
    nodeId: 1,
    pid,
    type,
    messageLength,
    data: bytes(data),
  });
  const run = (...parts: ReturnType<typeof part>[]): (string | undefined)[] => {
    const reassembly = new Reassembly();
    return parts.map((fragment) => {
      const whole = reassembly.add(fragment);
      return whole && Buffer.from(whole).toString();
    });
  };

  it('puts fragments of several senders together', () => {
    const parts = [part(1, 'ab'), part(1, 'uv', 4, 2), part(2, 'cd'), part(3, 'wx', 4, 2), part(3, 'ef')];
    expect(run(...parts)).to.deep.equal([undefined, undefined, undefined, 'uvwx', 'abcdef']);
  });

  it('drops what has no beginning, is too long, too short, or begun again', () => {
    expect(run(part(2, 'cd'), part(3, 'ef'))).to.deep.equal([undefined, undefined]);
    expect(run(part(1, 'abcd'), part(3, 'efg'))).to.deep.equal([undefined, undefined]);
    expect(run(part(1, 'ab'), part(3, 'cd'))).to.deep.equal([undefined, undefined]);
    expect(run(part(1, 'ab'), part(3, 'cd', 4))).to.deep.equal([undefined, undefined]);
    expect(run(part(1, 'xx'), part(1, 'abc'), part(3, 'def'))).to.deep.equal([undefined, undefined, 'abcdef']);
  });

  it('drops the message of a process that left', () => {
    const reassembly = new Reassembly();
    reassembly.add(part(1, 'abc'));
    reassembly.drop(1, 1);
    expect(reassembly.add(part(3, 'def'))).to.equal(undefined);
  });
});

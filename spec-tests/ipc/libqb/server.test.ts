import { chownSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { CsError } from '../../../core/base/errors.js';
import { mayConnect } from '../../../core/ipc/libqb/authorization.js';
import { removeLeftovers } from '../../../core/ipc/libqb/directories.js';
import { writeConnectionRequest } from '../../../core/ipc/libqb/handshake.js';
import { socketName } from '../../../core/ipc/libqb/names.js';
import { RateControl } from '../../../core/ipc/libqb/rate-control.js';
import { Fixture, Request, descriptors, directories, u32, u32s } from './fixture.js';
import { RawClient } from './raw-client.js';

describe("libqb's server (ipc.md)", function () {
  let fixture: Fixture;
  const clients: RawClient[] = [];
  beforeEach(() => (fixture = new Fixture()));
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    fixture.server.close();
    expect(directories()).to.deep.equal([]);
  });

  async function connect(service = 'cpg', maxMessage?: number): Promise<RawClient> {
    const client = await RawClient.connect(fixture.name(service), maxMessage);
    clients.push(client);
    return client;
  }

  it('lets a client in with three rings of its own in a directory of its own (2, 3.1)', async () => {
    const client = await connect();
    const { answer } = client;
    expect(answer).to.include({ error: 0, type: 1, maxMessage: 1048576 });
    const directory = answer!.request.replace(/\/qb-request-cpg$/, '');
    expect(directory).to.match(new RegExp(`^/dev/shm/qb-${process.pid}-${process.pid}-\\d+-`));
    // Not the client's, as Corosync makes it: see directories.ts.
    expect(statSync(directory)).to.include({ uid: process.getuid!(), gid: process.getgid!() });
    expect(statSync(directory).mode & 0o777).to.equal(0o750);
    for (const ring of ['request', 'response', 'event']) {
      for (const [file, size] of [
        ['header', 8252],
        ['data', 1052672],
      ] as const) {
        const is = statSync(`${directory}/qb-${ring}-cpg-${file}`);
        expect([is.mode & 0o777, is.size], `${ring} ${file}`).to.deep.equal([0o600, size]);
      }
    }
  });

  it('lets a crowd in one a turn of the event loop, so that nobody waits for all of it', async () => {
    const crowd = Promise.all(Array.from({ length: 24 }, () => connect()));
    let most = 0;
    for (let before = 0; before < 24;) {
      await new Promise((resolve) => setImmediate(resolve));
      const { accepted } = fixture.server.counters;
      most = Math.max(most, accepted - before);
      before = accepted;
    }
    expect(most).to.equal(1);
    for (const client of await crowd) expect(client.answer).to.include({ error: 0 });
  });

  it('forgets who goes away in the crowd', async () => {
    const before = descriptors();
    const crowd = Array.from({ length: 24 }, () => RawClient.silent(fixture.name('cpg')));
    for (const client of crowd) client.poller.send(client.socket, writeConnectionRequest(1048576));
    await crowd[0]!.until('the first to be let in', () => fixture.server.counters.accepted > 0);
    for (const client of crowd) client.close();
    const last = await connect();
    await last.until('the end of all others', () => fixture.server.status.length === 1);
    expect(fixture.server.counters.accepted).to.be.lessThan(24);
    last.close();
    await last.until('the end of all', () => descriptors() <= before);
  });

  it('grants between 12328 bytes and 1 MiB of message', async () => {
    expect((await connect('cpg', 1)).answer!.maxMessage).to.equal(12328);
    expect((await connect('cpg', 0xffffffff)).answer!.maxMessage).to.equal(1048576);
  });

  it('answers requests in order, and events come in order with a byte each (3.4, 4)', async () => {
    const client = await connect();
    for (let i = 0; i < 200; i++) client.send(Request.ECHO, u32s(i));
    for (let i = 0; i < 200; i++) expect(u32(await client.response(), 24)).to.equal(i);
    client.send(Request.EVENTS, u32s(100, 40));
    for (let i = 0; i < 100; i++) expect(u32(await client.event(), 24)).to.equal(i);
    expect(fixture.server.status[0]).to.include({ service: 'cpg', requests: 201, responses: 201, events: 100 });
    expect(fixture.server.status[0]).to.include({ pid: process.pid, queued: 0 });
  });

  it('refuses with EAGAIN before the first synchronization (12), and says what a CsError of the service says', async () => {
    fixture.hub.ready = false;
    expect((await connect()).answer!.error).to.equal(-11);
    fixture.hub.ready = true;
    fixture.cpg.clientConnected = () => {
      throw new CsError('ERR_NOT_SUPPORTED', 'not today');
    };
    const refused = await connect();
    expect(refused.answer!.error).to.equal(-38);
    expect(refused.answer!.request).to.equal('');
    await refused.until('the end', () => refused.hungUp);
    expect(fixture.server.counters).to.include({ accepted: 0, refused: 2 });
  });

  it('keeps what a client has no room for, in order, and cuts off one that never reads, by name', async () => {
    fixture.server.close();
    fixture = new Fixture({ queueBytes: 4 * 1024 * 1024 });
    const reader = await connect();
    const idler = await connect();
    reader.send(Request.EVENTS, u32s(3000, 1000));
    await reader.response();
    expect(fixture.server.status[0]!.queued).to.be.greaterThan(1000);
    for (let i = 0; i < 3000; i++) expect(u32(await reader.event(), 24)).to.equal(i);
    expect(fixture.server.status[0]!.queued).to.equal(0);
    idler.send(Request.EVENTS, u32s(6000, 1000));
    await idler.until('the end', () => idler.hungUp);
    expect(fixture.log.join()).to.match(
      new RegExp(
        `client ${process.pid} \\(.+\\) of service cpg is disconnected: it does not read its messages: \\d+ bytes`,
      ),
    );
    expect(fixture.server.budget.bytes).to.equal(0);
    reader.send(Request.ECHO);
    await reader.response();
  });

  it('tells a client for which much waits not to multicast, and handles what it asks all the same', async () => {
    fixture.server.close();
    fixture = new Fixture({ queueBytes: 4 * 1024 * 1024 });
    const client = await connect();
    const other = await connect();
    client.send(Request.EVENTS, u32s(3000, 1000));
    await client.response();
    expect(client.requests.flowControl).to.equal(2);
    expect(fixture.server.status[0]).to.include({ flowControl: 2, flowControlCount: 1 });
    expect(other.requests.flowControl).to.equal(0);
    client.send(Request.ECHO, u32s(5));
    expect(u32(await client.response(), 24)).to.equal(5);
    for (let i = 0; i < 3000; i++) expect(u32(await client.event(), 24)).to.equal(i);
    await client.until('the word', () => client.requests.flowControl === 0);
    expect(fixture.server.status[0]).to.include({ flowControl: 0, flowControlCount: 1 });
  });

  it('cuts off the client with most waiting when all together have too much', async () => {
    fixture.server.close();
    fixture = new Fixture({ allQueuesBytes: 4 * 1024 * 1024 });
    const [small, large] = [await connect(), await connect()];
    small.send(Request.EVENTS, u32s(2000, 1000));
    await small.response();
    large.send(Request.EVENTS, u32s(6000, 1000));
    await large.until('the end', () => large.hungUp);
    for (let i = 0; i < 2000; i++) expect(u32(await small.event(), 24)).to.equal(i);
  });

  it('tells clients to wait during synchronization, votequorum excepted, and reads no request of them (5, 10.6)', async () => {
    const [cpg, votequorum] = [await connect(), await connect('votequorum')];
    fixture.server.synchronizing = true;
    expect([cpg.requests.flowControl, votequorum.requests.flowControl]).to.deep.equal([2, 0]);
    cpg.send(Request.ECHO, u32s(1));
    votequorum.send(Request.ECHO, u32s(2));
    expect(u32(await votequorum.response(), 24)).to.equal(2);
    expect(cpg.takeResponse()).to.equal(undefined);
    const late = await connect();
    expect(late.requests.flowControl, 'learns it at the next change').to.equal(0);
    fixture.server.synchronizing = false;
    expect(cpg.requests.flowControl).to.equal(0);
    expect(u32(await cpg.response(), 24)).to.equal(1);
  });

  it('tells all clients to wait while the queue to the ring is critical', async () => {
    const client = await connect('votequorum');
    fixture.ring.used = 80;
    client.send(Request.ECHO);
    await client.response();
    await client.until('the word', () => client.requests.flowControl === 2);
    client.send(Request.ECHO, u32s(5));
    fixture.ring.used = 10;
    expect(u32(await client.response(), 24)).to.equal(5);
    expect(client.requests.flowControl).to.equal(0);
    expect(fixture.server.status[0]!.flowControlCount).to.equal(1);
  });

  it('keeps multicasts for which the ring has no room, and what comes behind them', async () => {
    const client = await connect();
    fixture.ring.room = false;
    for (let i = 0; i < 300; i++) expect(client.send(Request.MULTICAST, u32s(i))).to.equal(true);
    client.send(Request.ECHO, u32s(7));
    await client.until('the first to wait', () => [...fixture.server.status][0]!.requests === 1);
    fixture.ring.token();
    expect(fixture.cpg.multicasts).to.deep.equal([]);
    fixture.ring.room = true;
    fixture.ring.token();
    expect(u32(await client.response(), 24)).to.equal(7);
    expect(fixture.cpg.multicasts).to.deep.equal(Array.from({ length: 300 }, (_, i) => i));
  });

  it('lets a kept multicast go when the ring has got room during synchronization, after it', async () => {
    const client = await connect();
    fixture.ring.room = false;
    client.send(Request.MULTICAST, u32s(1));
    await client.until('it to wait', () => fixture.server.status[0]!.requests === 1);
    fixture.server.synchronizing = true;
    fixture.ring.room = true;
    fixture.ring.token();
    expect(fixture.cpg.multicasts).to.deep.equal([]);
    fixture.server.synchronizing = false;
    await client.until('it to go', () => fixture.cpg.multicasts.length === 1);
  });

  it('handles what a client sent before it ended, then removes everything of it', async () => {
    const client = await connect();
    for (let i = 0; i < 200; i++) client.send(Request.MULTICAST, u32s(i));
    client.close();
    clients.splice(0);
    const other = await connect();
    await other.until('the end', () => fixture.cpg.disconnected === 1);
    expect(fixture.cpg.multicasts.length).to.equal(200);
    expect(directories().length).to.equal(1);
  });

  it('disconnects the clients of a service that goes, and frees its name', async () => {
    const [cpg, votequorum] = [await connect(), await connect('votequorum')];
    fixture.hub.unregister(fixture.cpg, new CsError('ERR_LIBRARY', 'unloaded'));
    fixture.server.offer(['votequorum']);
    await cpg.until('the end', () => cpg.hungUp);
    expect(() => RawClient.silent(fixture.name()))
      .to.throw()
      .with.property('code', 'ECONNREFUSED');
    votequorum.send(Request.ECHO);
    await votequorum.response();
    fixture.hub.register(fixture.cpg);
    fixture.server.offer(['cpg', 'votequorum']);
    expect((await connect()).answer!.error).to.equal(0);
  });

  it('says who has a name that is taken, and leaves nothing bound', () => {
    const name = fixture.name();
    const other = (): Fixture => new Fixture({ nameOf: (service) => (service === 'cpg' ? `${name}2` : name) });
    expect(other).to.throw(/clients of service votequorum cannot be served at .* corosync or another choraled runs/);
    expect(() => RawClient.silent(`${name}2`))
      .to.throw()
      .with.property('code', 'ECONNREFUSED');
  });

  it('lets a thousand clients come and go without keeping anything of them', async () => {
    const one = async (): Promise<void> => {
      const client = await RawClient.connect(fixture.name());
      client.send(Request.ECHO);
      await client.response();
      client.close();
    };
    for (let i = 0; i < 20; i++) await one();
    const watcher = await connect();
    const before = descriptors();
    const memory = process.memoryUsage().rss;
    for (let i = 0; i < 1000; i++) await one();
    await watcher.until('the last to be gone', () => fixture.server.status.length === 1);
    expect(descriptors()).to.be.at.most(before);
    expect(directories().length).to.equal(1);
    expect(fixture.cpg.clients.length).to.equal(1);
    // A connection has 3 MB of files: keeping one in twenty would show.
    expect(process.memoryUsage().rss - memory).to.be.lessThan(150e6);
  });

  it('keeps at most 256 that say nothing, and cuts off the oldest', async () => {
    const first = RawClient.silent(fixture.name());
    clients.push(first);
    for (let i = 0; i < 256; i++) {
      clients.push(RawClient.silent(fixture.name()));
      // The listening socket's backlog is shorter, and a wake-up takes 16.
      if (i % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
    }
    await first.until('the end', () => first.hungUp);
    expect(fixture.log.join()).to.match(new RegExp(`process ${process.pid} connected to cpg and sent no request`));
    expect((await connect()).answer!.error).to.equal(0);
  });

  it('refuses with EMFILE while the daemon has few descriptors left, and serves the others (11)', () => {
    const program = new URL('./few-descriptors.ts', import.meta.url).pathname;
    const command = `ulimit -n 120; exec ${process.execPath} --import tsx ${program}`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(stdout, stderr).to.match(/^\{"let":\d+,"refused":-24,"again":0\}$/m);
  });

  it('removes what a killed daemon of ours left, and nothing else', () => {
    const dead = spawnSync('true').pid;
    const paths = [
      mkdtempSync(`/dev/shm/qb-${dead}-1-5-chorale-`),
      mkdtempSync(`/dev/shm/qb-${process.ppid}-1-5-chorale-`),
      mkdtempSync(`/dev/shm/qb-${dead}-1-5-`),
    ];
    try {
      removeLeftovers();
      expect(paths.map((path) => existsSync(path))).to.deep.equal([false, true, true]);
    } finally {
      for (const path of paths) rmSync(path, { recursive: true, force: true });
    }
  });

  it("leaves alone what is called like a killed daemon's and belongs to somebody else", function () {
    if (process.getuid!() !== 0) this.skip();
    const path = mkdtempSync(`/dev/shm/qb-${spawnSync('true').pid}-1-5-chorale-`);
    try {
      chownSync(path, 65534, 65534);
      removeLeftovers();
      expect(existsSync(path)).to.equal(true);
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  });

  it('lets in root, group 0, its own user and whom uidgid names (11)', () => {
    const rules = {
      u8: (key: string) => ({ 'uidgid.uid.5': 1, 'uidgid.config.gid.6': 1, 'uidgid.uid.7': 0 })[key],
      ownUid: 9,
    };
    const may = (uid: number, gid: number, restricted = false): boolean =>
      mayConnect({ pid: 1, uid, gid }, rules, restricted);
    expect([may(0, 8), may(8, 0), may(9, 8), may(5, 8), may(8, 6)]).to.not.include(false);
    expect([may(8, 8), may(7, 8), may(6, 5)]).to.not.include(true);
    expect([may(0, 8, true), may(9, 8, true)]).to.not.include(false);
    expect([may(8, 0, true), may(5, 8, true), may(8, 6, true)]).to.not.include(true);
  });

  it('has the queue levels of 10.6, which stay between their bands', () => {
    const rate = new RateControl();
    const levels = [10, 35, 45, 55, 65, 72, 75, 72, 65, 55, 45, 35, 29].map((percent) => {
      rate.used(percent);
      return rate.level;
    });
    expect(levels.join(' ')).to.equal('low low good good high high critical critical high high good good low');
  });

  it('names the sockets as Corosync, of an instance by it, of a private run directory in it', () => {
    const [usual, n1] = ['/run/chorale/choraled.sock', '/run/chorale/choraled-n1.sock'];
    expect(socketName('cpg', { path: usual, forceFilesystem: false })).to.equal('@cpg');
    expect(socketName('cpg', { path: usual, forceFilesystem: true })).to.equal('/tmp/cpg');
    expect(socketName('cpg', { path: n1, forceFilesystem: false })).to.equal('@n1.cpg');
    expect(socketName('cpg', { path: '/x/choraled-n1.sock' })).to.equal('/x/choraled-n1.cpg');
    expect(socketName('control', { path: usual, forceFilesystem: true })).to.equal(usual);
  });
});

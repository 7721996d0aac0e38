import { truncateSync } from 'node:fs';
import { expect } from 'chai';
import { requestMessage } from '../../../core/base/client-message.js';
import { HeaderWord, Magic, SEMAPHORE_AT } from '../../../core/ipc/libqb/layout.js';
import { writeConnectionRequest } from '../../../core/ipc/libqb/handshake.js';
import { Fixture, Request, descriptors, directories, u32, u32s } from './fixture.js';
import { RawClient } from './raw-client.js';

/** Clients that break the protocol harm themselves only, and the log says who they are. */
describe("libqb's server and clients that break its protocol", () => {
  let fixture: Fixture;
  let good: RawClient;
  let bad: RawClient;
  beforeEach(async () => {
    fixture = new Fixture();
    good = await RawClient.connect(fixture.name());
    bad = await RawClient.connect(fixture.name());
  });
  afterEach(async () => {
    good.send(Request.ECHO, u32s(42));
    expect(u32(await good.response(), 24), 'another client is served').to.equal(42);
    bad.close();
    await good.until('the end of the other', () => fixture.server.status.length === 1);
    good.close();
    fixture.server.close();
    expect(directories()).to.deep.equal([]);
  });

  const words = (ring: { readonly data: ArrayBuffer }): Int32Array => new Int32Array(ring.data);
  const header = (ring: { readonly header: ArrayBuffer }): Int32Array => new Int32Array(ring.header, 0, 2062);

  async function cutOff(why: RegExp): Promise<void> {
    await bad.until('the end', () => bad.hungUp);
    const { service, procname } = fixture.server.status[0]!;
    const who = `client ${process.pid} (${procname}) of service ${service} is disconnected`;
    expect(fixture.log.filter((line) => line.includes(who) && why.test(line)).length, fixture.log.join('\n')).to.equal(
      1,
    );
    expect(fixture.server.counters.dropped).to.equal(1);
  }

  const damaged: [string, () => void][] = [
    ['a semaphore without a message', () => undefined],
    ['a message half written', () => ((words(bad.requests)[0] = 20), (words(bad.requests)[1] = Magic.ALLOCATED))],
    ['a message that is dead', () => ((words(bad.requests)[0] = 20), (words(bad.requests)[1] = Magic.DEAD))],
    [
      'a length beyond the longest',
      () => ((words(bad.requests)[0] = 1048577), (words(bad.requests)[1] = Magic.COMPLETE)),
    ],
    ['a negative length', () => ((words(bad.requests)[0] = -1), (words(bad.requests)[1] = Magic.COMPLETE))],
  ];
  for (const [what, spoil] of damaged) {
    it(`${what} ends the connection`, async () => {
      spoil();
      bad.ring();
      await cutOff(/damaged the shared memory/);
    });
  }

  const headers: [string, Uint8Array][] = [
    ['a size that is too large', new Uint8Array(requestMessage(0).map((byte, i) => (i === 8 ? 17 : byte)))],
    ['a size of 0', new Uint8Array(16)],
    ['fewer bytes than a header', new Uint8Array(3)],
    ['no byte at all', new Uint8Array(0)],
  ];
  for (const [what, request] of headers) {
    it(`a request with ${what} ends the connection`, async () => {
      bad.put(request);
      bad.ring();
      await bad.until('the end', () => bad.hungUp);
    });
  }

  const change = (id: number, content: number): void => {
    // The first chunk of the ring: its header, then the request's.
    words(bad.requests)[2] = id;
    words(bad.requests)[2 + 4] = content;
  };

  it('a request that is changed while it is handled was copied before', async () => {
    fixture.cpg.beforeRequest = () => change(Request.EVENTS, 99);
    bad.send(Request.ECHO, u32s(7));
    expect(u32(await bad.response(), 24)).to.equal(7);
    expect(fixture.cpg.seen).to.deep.equal([[Request.ECHO, 7]]);
    fixture.cpg.beforeRequest = undefined;
  });

  it('a request read once is shown as it is now, and stays the one it was', async () => {
    fixture.cpg.beforeRequest = () => change(Request.EVENTS, 99);
    bad.send(Request.READ_ONCE, u32s(7));
    await bad.until('the request', () => fixture.cpg.seen.length > 0);
    expect(fixture.cpg.seen).to.deep.equal([[Request.READ_ONCE, 99]]);
    fixture.cpg.beforeRequest = undefined;
  });

  it('a request that waits and is changed meanwhile is handled as what it is then, and what is behind it too', async () => {
    fixture.ring.room = false;
    bad.send(Request.READ_ONCE, u32s(7));
    bad.send(Request.ECHO, u32s(8));
    await bad.until('the wait', () => fixture.ring.waits);
    change(Request.ECHO, 9);
    fixture.ring.room = true;
    fixture.ring.token();
    expect(u32(await bad.response(), 24)).to.equal(9);
    expect(u32(await bad.response(), 24)).to.equal(8);
  });

  it('a request that waits may not become shorter', async () => {
    fixture.ring.room = false;
    bad.send(Request.READ_ONCE, u32s(7));
    await bad.until('the wait', () => fixture.ring.waits);
    words(bad.requests)[2 + 2] = 16;
    fixture.ring.room = true;
    fixture.ring.token();
    await bad.until('the end', () => bad.hungUp);
  });

  it('a read pointer outside the ring ends the connection', async () => {
    header(bad.events)[HeaderWord.READ] = 0x7ffffff0;
    bad.send(Request.EVENTS, u32s(1, 4));
    await cutOff(/read pointer/);
  });

  for (const ring of ['request', 'response', 'event'] as const) {
    for (const file of ['header', 'data'] as const) {
      it(`a shortened ${ring} ${file} ends the connection, not the daemon`, async () => {
        const path = `${bad.answer![ring]}-${file}`;
        bad.send(Request.ECHO, u32s(1));
        await bad.response();
        truncateSync(path, 0);
        // What the client touches itself finds zeros too: the bell alone goes out.
        bad.poller.send(bad.socket, Uint8Array.of(0));
        for (const client of fixture.cpg.clients) client.event([new Uint8Array(40)]);
        for (const client of fixture.cpg.clients) client.respond([new Uint8Array(24)]);
        await good.response();
        if (ring === 'request' && file === 'data') {
          bad.requests.semaphore.memory.postSemaphore(SEMAPHORE_AT);
          bad.ring();
        }
        bad.poller.send(bad.socket, Uint8Array.of(0));
        good.send(Request.ECHO);
        await good.response();
        if (!bad.hungUp) bad.close();
      });
    }
  }

  it('a semaphore at its highest and one below 0 cost nothing but the connection', async () => {
    header(bad.requests)[HeaderWord.SEMAPHORE] = -5;
    bad.poller.send(bad.socket, Uint8Array.of(0));
    header(bad.responses)[HeaderWord.SEMAPHORE] = 0x7fffffff;
    header(bad.requests)[HeaderWord.SEMAPHORE] = 0x7fffffff;
    bad.poller.send(bad.socket, Uint8Array.of(0));
    await cutOff(/damaged the shared memory/);
  });

  it('changed sizes and pointers of its own are not looked at', async () => {
    const request = header(bad.requests);
    request[HeaderWord.SIZE] = 1;
    request[HeaderWord.READ] = 99;
    request[HeaderWord.WRITE] = -99;
    header(bad.responses)[HeaderWord.SIZE] = -1;
    header(bad.responses)[HeaderWord.WRITE] = 12345;
    bad.send(Request.ECHO, u32s(3));
    expect(u32(await bad.response(), 24)).to.equal(3);
  });

  it('requests without end leave others their turn', async () => {
    const flood = setInterval(() => {
      while (bad.put(requestMessage(Request.MULTICAST, u32s(1))));
      bad.ring(500);
      header(bad.requests)[HeaderWord.SEMAPHORE] = 3000;
    }, 0);
    try {
      for (let i = 0; i < 50; i++) {
        good.send(Request.ECHO, u32s(i));
        expect(u32(await good.response(), 24)).to.equal(i);
      }
    } finally {
      clearInterval(flood);
    }
  });

  it('bytes without messages wake nobody and are taken', async () => {
    const bytes = new Uint8Array(64 * 1024);
    for (let sent = 0, tries = 0; sent < 2e6 && tries < 1e5; tries++) {
      const now = bad.poller.send(bad.socket, bytes);
      if (now > 0) sent += now;
      else await new Promise((resolve) => setImmediate(resolve));
    }
    bad.send(Request.ECHO, u32s(8));
    expect(u32(await bad.response(), 24)).to.equal(8);
  });

  it('a first message that is no connection request is not answered', async () => {
    for (const greeting of [new Uint8Array(24), Uint8Array.from(writeConnectionRequest(1)).fill(1, 0, 4)]) {
      const stranger = RawClient.silent(fixture.name());
      stranger.poller.send(stranger.socket, greeting);
      await stranger.until('the end', () => stranger.hungUp);
      expect(stranger.answer).to.equal(undefined);
      stranger.close();
    }
  });

  it('the request -3 asks for the end (2)', async () => {
    bad.put(requestMessage(-3));
    bad.ring();
    await bad.until('the end', () => bad.hungUp);
    expect(fixture.server.counters.dropped).to.equal(0);
  });

  it('clients that connect, ask and end at random points leave nothing (seed in the title of a failure)', async () => {
    const seed = Number(process.env['LIBQB_SEED'] ?? Date.now() % 1e9);
    const seconds = Number(process.env['LIBQB_CHURN_SECONDS'] ?? 3);
    let state = seed;
    const random = (below: number): number => (state = (state * 48271 + 11) % 0x7fffffff) % below;
    const before = descriptors();
    const one = async (): Promise<void> => {
      const point = random(6);
      if (point === 0) return RawClient.silent(fixture.name()).close();
      const client = await RawClient.connect(fixture.name());
      for (let i = random(20); i > 0; i--) client.send(Request.MULTICAST, u32s(1));
      if (point === 1) client.put(requestMessage(0));
      if (point === 2) client.send(Request.EVENTS, u32s(random(3000), random(2000)));
      if (point === 3) (client.send(Request.ECHO), await client.response());
      if (point === 4) truncateSync(`${client.answer!.event}-data`, random(1052672));
      client.close();
    };
    const until = performance.now() + seconds * 1000;
    try {
      while (performance.now() < until) {
        await Promise.all(
          Array.from({ length: 50 }, (_, i) => new Promise((resolve) => setTimeout(resolve, i)).then(one)),
        );
      }
      await good.until('all to be gone', () => fixture.server.status.length === 2);
      expect(directories().length).to.equal(2);
      expect(descriptors()).to.be.at.most(before);
    } catch (error) {
      throw new Error(`LIBQB_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    }
  }).timeout(20_000 + 1000 * Number(process.env['LIBQB_CHURN_SECONDS'] ?? 3));
});

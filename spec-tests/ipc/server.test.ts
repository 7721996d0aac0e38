import { expect } from 'chai';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestMessage, responseMessage } from '../../core/base/client-message.js';
import { CsError } from '../../core/base/errors.js';
import { MessageView } from '../../core/base/message-view.js';
import { ClientHub } from '../../core/host/client-hub.js';
import type { ClientService } from '../../core/host/client-hub.js';
import type { Client } from '../../core/host/service-engine.js';
import { connect } from '../../core/ipc/client.js';
import { FrameKind, FrameReader } from '../../core/ipc/frames.js';
import { IpcServer } from '../../core/ipc/server.js';
import { socketPath } from '../../core/ipc/socket-path.js';

const ECHO = 0;
const SEND = 1;
const FLOOD = 2;

/** Echo answers; send is kept while the ring is full and counted; flood sends events of 1000 bytes, as many as asked. */
class TestService implements ClientService {
  readonly name = 'test';
  readonly alwaysOpen = false;
  readonly clients: Client[] = [];
  gone = 0;
  readonly sent: string[] = [];
  greeting = false;

  isFlowControlled(id: number): boolean {
    return id === SEND;
  }

  isUnanswered(id: number): boolean {
    return id === SEND;
  }

  isKept(id: number): boolean {
    return id === SEND;
  }

  clientConnected(client: Client): void {
    this.clients.push(client);
    if (this.greeting) client.event([responseMessage(9, Buffer.from('welcome'))]);
  }

  clientDisconnected(): void {
    this.gone++;
  }

  request(id: number, client: Client, request: MessageView): void {
    const body = request.copy(16, request.length - 16);
    if (id === SEND) this.sent.push(Buffer.from(body).toString());
    else if (id === ECHO) client.respond([responseMessage(id, body)]);
    else {
      for (let i = request.u32(16); i > 0; i--) client.event([responseMessage(i, new Uint8Array(976))]);
      client.respond([responseMessage(id)]);
    }
  }
}

const text = (id: number, body: string): Uint8Array => requestMessage(id, Buffer.from(body));
const count = (id: number, number: number): Uint8Array => {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setUint32(0, number, true);
  return requestMessage(id, body);
};
const bodyOf = (message: Uint8Array): string => Buffer.from(message.subarray(24)).toString();
const failure = (work: Promise<unknown>): Promise<CsError> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: CsError) => error,
  );

describe('client server', () => {
  let directory: string;
  let path: string;
  let server: IpcServer;
  let hub: ClientHub;
  let service: TestService;
  let logs: string[];
  let room: { synchronizing: boolean; full: boolean; waiting: (() => void)[] };

  const listen = (more: { queueBytes?: number; maxClients?: number } = {}): Promise<IpcServer> =>
    IpcServer.listen({ path, hub, log: { enabled: () => true, log: (_s, line) => logs.push(line) }, ...more });
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
  };
  const raw = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket: Socket = connectSocket(path, () => resolve(socket));
    });
  /** Everything the server sends until it closes. */
  const readToEnd = (socket: Socket): Promise<[number, Uint8Array][]> =>
    new Promise((resolve) => {
      const reader = new FrameReader();
      const frames: [number, Uint8Array][] = [];
      socket.on('data', (chunk) => {
        reader.push(chunk);
        while (reader.peek()) {
          frames.push([reader.kind, reader.copy()]);
          reader.next();
        }
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(frames));
    });
  const frame = (kind: number, message: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(message.length, 0);
    head.writeUInt32LE(kind, 4);
    return Buffer.concat([head, message]);
  };
  const hello = (name: string, version = 1): Buffer => {
    const body = Buffer.alloc(8 + name.length);
    body.writeUInt32LE(version, 0);
    body.writeUInt32LE(4711, 4);
    body.write(name, 8);
    return frame(FrameKind.HELLO, requestMessage(-1, body));
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-ipc-'));
    path = join(directory, 'run', 'node.sock');
    room = { synchronizing: false, full: false, waiting: [] };
    hub = new ClientHub({
      get synchronizing() {
        return room.synchronizing;
      },
      canMulticast: () => !room.full,
      whenRoom: (listener) => room.waiting.push(listener),
    });
    hub.ready = true;
    service = new TestService();
    hub.register(service);
    logs = [];
    server = await listen();
  });
  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  it('answers requests in order and keeps events apart', async () => {
    const connection = await connect('test', { path });
    const events: number[] = [];
    connection.onEvent((event) => events.push(MessageView.over(event).i32(0)));
    const answers = ['a', 'b', 'c'].map((body) => connection.request(text(ECHO, body)));
    const flood = connection.request(count(FLOOD, 3));
    expect((await Promise.all(answers)).map(bodyOf)).to.deep.equal(['a', 'b', 'c']);
    await flood;
    expect(events).to.deep.equal([3, 2, 1]);
    connection.close();
    await until(() => service.gone === 1);
  });

  it('tells a service who its client is', async () => {
    const connection = await connect('test', { path });
    const [client] = service.clients;
    expect([client!.pid, client!.uid]).to.deep.equal([process.pid, process.getuid!()]);
    connection.close();
  });

  it('keeps events that come before anybody listens, even before the welcome', async () => {
    service.greeting = true;
    const connection = await connect('test', { path });
    await connection.request(text(ECHO, 'a'));
    const events: string[] = [];
    connection.onEvent((event) => events.push(bodyOf(event)));
    expect(events).to.deep.equal(['welcome']);
    connection.close();
  });

  it('carries messages of up to 1 MiB whole, and refuses longer ones', async () => {
    const connection = await connect('test', { path });
    const body = 'x'.repeat(1024 * 1024 - 24);
    expect(bodyOf(await connection.request(text(ECHO, body)))).to.equal(body);
    const error = await failure(connection.request(text(ECHO, 'x'.repeat(1024 * 1024))));
    expect(error.message).to.match(/CS_ERR_MESSAGE_ERROR: a message of 1048592 bytes is longer/);
  });

  it('lets only its owner in', () => {
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(statSync(join(directory, 'run')).mode & 0o777).to.equal(0o700);
  });

  it('keeps unanswered requests while the ring is full: the client waits, nothing is lost or reordered', async () => {
    const connection = await connect('test', { path });
    room.full = true;
    const padding = 'x'.repeat(10_000);
    let sent = 0;
    for (let blocked = false; !blocked;) {
      try {
        connection.send(text(SEND, `${sent} ${padding}`));
        sent++;
      } catch (error) {
        expect((error as CsError).spec).to.equal('CS_ERR_TRY_AGAIN');
        blocked = true;
      }
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(service.sent).to.be.empty;
    room.full = false;
    const writable = connection.writable();
    await until(() => room.waiting.length > 0);
    for (const listener of room.waiting.splice(0)) listener();
    await writable;
    await connection.request(text(ECHO, 'the last'));
    expect(service.sent.map((line) => parseInt(line, 10))).to.deep.equal([...Array(sent).keys()]);
    connection.close();
  });

  it('handles what a client sent before it closed', async () => {
    const connection = await connect('test', { path });
    for (let i = 0; i < 2000; i++) connection.send(text(SEND, `${i}`));
    connection.close();
    await until(() => service.gone === 1);
    expect(service.sent).to.have.length(2000);
  });

  it('cuts off a client that does not read, and never waits for it', async () => {
    await server.close();
    server = await listen({ queueBytes: 1_000_000 });
    const socket = await raw();
    socket.pause();
    socket.write(hello('test'));
    socket.write(frame(FrameKind.REQUEST, count(FLOOD, 5000)));
    await until(() => service.gone === 1);
    expect(logs.join()).to.match(/client 4711 of service test does not read its messages: \d+ bytes wait/);
    const other = await connect('test', { path });
    expect(bodyOf(await other.request(text(ECHO, 'still here')))).to.equal('still here');
    other.close();
    socket.destroy();
  });

  it('says why it refuses', async () => {
    expect((await failure(connect('tset', { path }))).message).to.match(/CS_ERR_NOT_SUPPORTED: .*"tset".*it has: test/);
    hub.ready = false;
    expect((await failure(connect('test', { path }))).message).to.match(/CS_ERR_TRY_AGAIN: .*try again in a second/);
    const absent = join(directory, 'no.sock');
    expect((await failure(connect('test', { path: absent }))).message).to.contain(`no daemon listens at ${absent}`);
  });

  it('says why a connection ended', async () => {
    const connection = await connect('test', { path });
    const ended = new Promise<Error | undefined>((resolve) => connection.onClose(resolve));
    hub.unregister(service, new CsError('ERR_LIBRARY', 'service test was unloaded'));
    expect((await ended)?.message).to.equal('CS_ERR_LIBRARY: service test was unloaded');
    expect((await failure(connection.request(text(ECHO, 'a')))).message).to.contain('was unloaded');
  });

  it('tells its clients that it is gone', async () => {
    const connection = await connect('test', { path });
    const ended = new Promise<Error | undefined>((resolve) => connection.onClose(resolve));
    await server.close();
    expect((await ended)?.message).to.match(/the daemon has closed the connection/);
  });

  it('gives up on a daemon that does not answer', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    const silentPath = join(directory, 'silent.sock');
    await new Promise<void>((resolve) => silent.listen(silentPath, resolve));
    const error = await failure(connect('test', { path: silentPath, timeoutMs: 30 }));
    expect(error.message).to.match(/CS_ERR_TIMEOUT: .*did not answer within 30 ms/);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('turns away more clients than allowed, not those it has', async () => {
    await server.close();
    server = await listen({ maxClients: 1 });
    const first = await connect('test', { path });
    expect((await failure(connect('test', { path }))).spec).to.equal('CS_ERR_LIBRARY');
    expect(bodyOf(await first.request(text(ECHO, 'a')))).to.equal('a');
    first.close();
  });

  it('takes the place of a daemon that died, not of one that lives', async () => {
    const error = await listen().catch((thrown: Error) => thrown);
    expect((error as Error).message).to.match(/another daemon listens at .*instance name/);
    await server.close();
    writeFileSync(path, '');
    server = await listen();
    (await connect('test', { path })).close();
  });

  it('says what to do about a path that is too long or not its own', async () => {
    const { path: good } = { path };
    path = join(directory, 'x'.repeat(120));
    expect(((await listen().catch((thrown: Error) => thrown)) as Error).message).to.match(
      /107 are the most.*CHORALE_RUN_DIR/,
    );
    writeFileSync(join(directory, 'file'), '');
    path = join(directory, 'file', 'node.sock');
    expect(((await listen().catch((thrown: Error) => thrown)) as Error).message).to.contain('CHORALE_RUN_DIR');
    path = good;
  });

  it('finds its socket by instance, user and environment', () => {
    expect(socketPath('choraled-a', { CHORALE_RUN_DIR: '/here' })).to.equal('/here/choraled-a.sock');
    const usual = socketPath('choraled', { XDG_RUNTIME_DIR: '/run/user/7' });
    expect(usual).to.equal(
      process.getuid!() === 0 ? '/run/chorale/choraled.sock' : '/run/user/7/chorale/choraled.sock',
    );
  });

  describe('against bad clients', () => {
    const refusals: readonly [what: string, bytes: () => Buffer, reason: RegExp][] = [
      ['no hello first', () => frame(FrameKind.REQUEST, text(ECHO, 'a')), /the first frame is no hello/],
      ['a hello that is too short', () => frame(FrameKind.HELLO, new Uint8Array(23)), /no hello/],
      ['another protocol version', () => hello('test', 2), /speaks version 1, not 2/],
      ['a frame that is too long', () => Buffer.from('ffffffff02000000', 'hex'), /longer than the 1048576 allowed/],
      ['a second hello', () => Buffer.concat([hello('test'), hello('test')]), /kind 1 came where a request belongs/],
      [
        'a request with a wrong size',
        () => Buffer.concat([hello('test'), frame(FrameKind.REQUEST, new Uint8Array(20))]),
        /without a valid header/,
      ],
    ];
    for (const [what, bytes, reason] of refusals) {
      it(`ends the connection at ${what}, with the reason`, async () => {
        const socket = await raw();
        const frames = readToEnd(socket);
        socket.write(bytes());
        const [kind, message] = (await frames).at(-1)!;
        expect(kind).to.equal(FrameKind.GOODBYE);
        expect(bodyOf(message)).to.match(reason);
      });
    }

    it('survives random bytes, in any place of a conversation', async () => {
      let state = 12345;
      const random = (limit: number): number => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return Math.floor((state / 2 ** 32) * limit);
      };
      for (let i = 0; i < 200; i++) {
        const socket = await raw();
        const done = readToEnd(socket);
        if (i % 2 === 0) socket.write(hello('test'));
        const junk = Buffer.from(Array.from({ length: random(200) }, () => random(256)));
        if (i % 3 === 0 && junk.length > 8) junk.writeUInt32LE(random(junk.length), 0);
        socket.end(junk);
        await done;
      }
      const connection = await connect('test', { path });
      expect(bodyOf(await connection.request(text(ECHO, 'alive')))).to.equal('alive');
      connection.close();
      await until(() => server.clientCount === 0);
    });
  });
});

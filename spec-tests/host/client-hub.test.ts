import { expect } from 'chai';
import { requestMessage, responseMessage } from '../../core/base/client-message.js';
import { CsError } from '../../core/base/errors.js';
import { ClientHub } from '../../core/host/client-hub.js';
import type { ClientChannel, ClientService, ClientSession } from '../../core/host/client-hub.js';
import { connectLocally } from '../../core/host/local-connection.js';
import type { Client } from '../../core/host/service-engine.js';
import { FakeClock } from '../support/fake-clock.js';

const root = { pid: 1, uid: 0, gid: 0 };
const ECHO = 0;
const SEND = 1;
const ASK = 2;
const WAIT = 3;

/** Room for a number of messages; `free` makes more. */
class Room {
  synchronizing = false;
  messages = 0;
  private waiting: (() => void)[] = [];

  canMulticast(): boolean {
    return this.messages > 0;
  }

  whenRoom(listener: () => void): void {
    this.waiting.push(listener);
  }

  get waiters(): number {
    return this.waiting.length;
  }

  free(messages: number): void {
    this.messages = messages;
    for (const listener of this.waiting.splice(0)) listener();
  }
}

/** Echo is local; send multicasts and has no answer; ask multicasts and is answered; wait is as ask, and is kept. */
class EchoService implements ClientService {
  readonly name = 'echo';
  alwaysOpen = false;
  readonly handled: string[] = [];
  readonly clients = new Set<Client>();

  constructor(private readonly room: Room) {}

  isFlowControlled(id: number): boolean {
    return id !== ECHO;
  }

  isKept(id: number): boolean {
    return id === SEND || id === WAIT;
  }

  isUnanswered(id: number): boolean {
    return id === SEND;
  }

  clientConnected(client: Client): void {
    if (client.uid === 99) throw new CsError('ERR_ACCESS', 'not you');
    this.clients.add(client);
  }

  clientDisconnected(client: Client): void {
    this.clients.delete(client);
  }

  request(id: number, client: Client, request: { copy(at: number, length: number): Uint8Array; length: number }): void {
    const body = request.copy(16, request.length - 16);
    this.handled.push(`${client.pid}:${id}:${Buffer.from(body).toString()}`);
    if (id !== ECHO) this.room.messages--;
    if (id !== SEND) client.respond([responseMessage(id, body)]);
  }
}

/** A client's transport that offers its requests one after another, as the IPC server does. */
class FakeChannel implements ClientChannel {
  session!: ClientSession;
  readonly responses: Uint8Array[] = [];
  readonly requests: Uint8Array[] = [];
  ended: CsError | undefined;
  private held = false;

  offer(...requests: Uint8Array[]): this {
    this.requests.push(...requests);
    if (!this.held) this.work();
    return this;
  }

  respond(parts: readonly Uint8Array[]): void {
    this.responses.push(new Uint8Array(Buffer.concat(parts)));
  }

  event(): void {
    // The service here has no events.
  }

  resume(): void {
    this.held = false;
    this.work();
  }

  end(reason: CsError): void {
    this.ended = reason;
  }

  private work(): void {
    while (this.requests.length > 0) {
      const bytes = this.requests[0]!;
      const data = new DataView(bytes.buffer);
      this.held = !this.session.request(bytes, data, 0, bytes.length);
      if (this.held) return;
      this.requests.shift();
    }
  }
}

function setUp() {
  const room = new Room();
  const hub = new ClientHub(room);
  const service = new EchoService(room);
  hub.register(service);
  hub.ready = true;
  const connect = (pid: number): FakeChannel => {
    const channel = new FakeChannel();
    channel.session = hub.open('echo', { ...root, pid }, channel);
    return channel;
  };
  return { room, hub, service, connect };
}

const errorOf = (response: Uint8Array): number => new DataView(response.buffer).getInt32(16, true);
const text = (id: number, body: string): Uint8Array => requestMessage(id, Buffer.from(body));

describe('client hub', () => {
  it('lets clients in when the node has synchronized once, a service of the daemon at any time', () => {
    const { hub, service, connect } = setUp();
    hub.ready = false;
    expect(() => connect(1)).to.throw(CsError, /CS_ERR_TRY_AGAIN/);
    service.alwaysOpen = true;
    connect(1);
    expect(hub.clientCount()).to.equal(1);
  });

  it('says which services there are', () => {
    const { hub } = setUp();
    expect(() => hub.open('cgp', root, new FakeChannel())).to.throw(CsError, /no service "cgp" .*\(it has: echo\)/);
  });

  it('leaves nothing behind of a client that the service refuses', () => {
    const { hub } = setUp();
    expect(() => hub.open('echo', { ...root, uid: 99 }, new FakeChannel())).to.throw(CsError, /not you/);
    expect(hub.clientCount()).to.equal(0);
  });

  it('handles requests without flow control at any time', () => {
    const { room, service, connect } = setUp();
    room.synchronizing = true;
    const channel = connect(1).offer(text(ECHO, 'a'));
    expect(service.handled).to.deep.equal(['1:0:a']);
    expect(errorOf(channel.responses[0]!)).to.equal(1);
  });

  it('answers TRY_AGAIN, id 0 and no body, while the ring is full or services synchronize', () => {
    const { room, service, connect } = setUp();
    const channel = connect(1).offer(text(ASK, 'a'));
    room.messages = 9;
    room.synchronizing = true;
    channel.offer(text(ASK, 'b'));
    expect(service.handled).to.be.empty;
    expect(channel.responses).to.deep.equal([responseMessage(0, undefined, 6), responseMessage(0, undefined, 6)]);
  });

  it('keeps a request that has no answer, and the later ones, until there is room', () => {
    const { room, service, connect } = setUp();
    const channel = connect(1).offer(text(SEND, 'a'), text(ECHO, 'b'), text(SEND, 'c'));
    expect(service.handled).to.be.empty;
    room.free(1);
    expect(service.handled).to.deep.equal(['1:1:a', '1:0:b']);
    expect(room.waiters).to.equal(1);
    room.free(5);
    expect(service.handled).to.deep.equal(['1:1:a', '1:0:b', '1:1:c']);
    expect(channel.responses).to.have.length(1);
    expect(room.waiters).to.equal(0);
  });

  it('keeps a request that is answered too, where the service wants it', () => {
    const { room, service, connect } = setUp();
    const channel = connect(1).offer(text(WAIT, 'a'), text(ECHO, 'b'));
    expect(channel.responses).to.be.empty;
    room.free(1);
    expect(service.handled).to.deep.equal(['1:3:a', '1:0:b']);
    expect(channel.responses.map(errorOf)).to.deep.equal([1, 1]);
  });

  it('gives the next room to those who got nothing last time', () => {
    const { room, service, connect } = setUp();
    for (const pid of [1, 2, 3]) connect(pid).offer(...[1, 2, 3, 4].map((i) => text(SEND, `${i}`)));
    for (let round = 0; round < 6; round++) room.free(2);
    const order = service.handled.map((line) => line[0]);
    expect(order.slice(0, 6).sort().join('')).to.equal('112233');
    expect(order.slice(6).sort().join('')).to.equal('112233');
  });

  it('forgets the requests of a client that is gone', () => {
    const { room, hub, service, connect } = setUp();
    const channel = connect(1).offer(text(SEND, 'a'));
    channel.session.close();
    expect(service.clients.size).to.equal(0);
    room.free(5);
    expect(service.handled).to.be.empty;
    expect(hub.clientCount()).to.equal(0);
  });

  it('cuts off a client that sends no valid header', () => {
    const { connect } = setUp();
    const wrongSize = text(ECHO, 'a');
    new DataView(wrongSize.buffer).setInt32(8, 4, true);
    for (const bad of [new Uint8Array(0), new Uint8Array(15), wrongSize]) {
      expect(connect(1).offer(bad).ended?.message).to.match(/CS_ERR_INVALID_PARAM: a request without a valid header/);
    }
  });

  it('disconnects the clients of a service that goes', () => {
    const { hub, service, connect } = setUp();
    const channel = connect(1);
    hub.unregister(service, new CsError('ERR_LIBRARY', 'unloaded'));
    expect(channel.ended?.message).to.contain('unloaded');
    expect(service.clients.size).to.equal(0);
    expect(() => connect(2)).to.throw(/no service "echo"/);
    channel.session.respond([new Uint8Array(1)]);
    expect(channel.responses).to.be.empty;
  });
});

describe('connection within the process', () => {
  function local() {
    const { room, hub, service } = setUp();
    const clock = new FakeClock();
    return { room, hub, service, clock, connection: connectLocally(hub, 'echo', root, clock) };
  }

  it('answers on a later turn, one request at a time', async () => {
    const { service, clock, connection } = local();
    const answers = [connection.request(text(ECHO, 'a')), connection.request(text(ECHO, 'b'))];
    expect(service.handled).to.be.empty;
    clock.advance(1);
    expect(Buffer.from((await answers[0]!).subarray(24)).toString()).to.equal('a');
    clock.advance(1);
    expect(Buffer.from((await answers[1]!).subarray(24)).toString()).to.equal('b');
  });

  it('pushes back when the ring takes nothing, and loses nothing', async () => {
    const { room, service, clock, connection } = local();
    const big = Buffer.alloc(100_000);
    let sent = 0;
    for (; ; sent++) {
      clock.advance(1);
      try {
        connection.send(text(SEND, `${sent} ${big.toString('latin1')}`));
      } catch (error) {
        expect((error as CsError).spec).to.equal('CS_ERR_TRY_AGAIN');
        break;
      }
      expect(sent).to.be.below(1000);
    }
    let writable = false;
    const wait = connection.writable().then(() => (writable = true));
    clock.advance(1);
    await Promise.resolve();
    expect(writable).to.equal(false);
    for (let i = 0; i < 100; i++) {
      room.free(1000);
      clock.advance(1);
    }
    await wait;
    expect(service.handled.map((line) => parseInt(line.split(':')[2]!, 10))).to.deep.equal([...Array(sent).keys()]);
  });

  it('rejects what waits when it ends, and everything after', async () => {
    const { hub, service, clock, connection } = local();
    let reason: Error | undefined;
    connection.onClose((why) => (reason = why));
    const waiting = connection.request(text(ECHO, 'a'));
    hub.unregister(service, new CsError('ERR_LIBRARY', 'unloaded'));
    clock.advance(1);
    const failed = await waiting.then(
      () => undefined,
      (error: CsError) => error,
    );
    expect(failed?.spec).to.equal('CS_ERR_LIBRARY');
    expect(reason?.message).to.contain('unloaded');
    expect(() => connection.send(text(SEND, 'b'))).to.throw(CsError);
    connection.close();
  });

  it('ends without a reason when its own side closes it', async () => {
    const { hub, connection } = local();
    const reasons: (Error | undefined)[] = [];
    connection.onClose((why) => reasons.push(why));
    connection.close();
    connection.close();
    expect(reasons).to.deep.equal([undefined]);
    expect(hub.clientCount()).to.equal(0);
    const error = await connection.request(text(ECHO, 'a')).catch((thrown: CsError) => thrown);
    expect((error as CsError).message).to.match(/was closed; connect again/);
  });
});

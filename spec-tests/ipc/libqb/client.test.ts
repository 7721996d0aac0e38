import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { CsError } from '../../../core/base/errors.js';
import { requestMessage } from '../../../core/base/client-message.js';
import type { ServiceConnection } from '../../../core/base/service-connection.js';
import { connectLibqb } from '../../../core/ipc/libqb/client.js';
import { Fixture, Request, descriptors, directories, u32, u32s } from './fixture.js';

const NO_TIME = 10_000;

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(CsError);
  return (error as CsError).spec;
}

for (const type of ['shm', 'socket'] as const) {
  describe(`libqb's client over ${type}`, () => {
    let fixture: Fixture;
    const connections: ServiceConnection[] = [];
    beforeEach(() => (fixture = new Fixture({ type })));
    afterEach(async () => {
      for (const connection of connections.splice(0)) connection.close();
      await new Promise((resolve) => setImmediate(resolve));
      fixture.server.close();
      expect(directories()).to.deep.equal([]);
    });

    async function connect(service = 'cpg'): Promise<ServiceConnection> {
      const connection = await connectLibqb(service, { name: fixture.name(service), timeoutMs: NO_TIME });
      connections.push(connection);
      return connection;
    }

    const echo = async (connection: ServiceConnection, body: Uint8Array): Promise<Uint8Array> =>
      (await connection.request(requestMessage(Request.ECHO, body))).subarray(24);

    it('asks and is answered, in order, messages of many lengths', async () => {
      const connection = await connect();
      const lengths = type === 'shm' ? [0, 1, 3, 4, 1000, 1_000_000] : [0, 1, 3, 4, 1000, 100_000];
      const answers = await Promise.all(lengths.map((length) => echo(connection, new Uint8Array(length).fill(length))));
      expect(answers.map((answer) => answer.length)).to.deep.equal(lengths);
      for (const answer of answers) expect(answer.every((byte) => byte === (answer.length & 255))).to.equal(true);
    });

    it('goes round the ring many times', async () => {
      const connection = await connect();
      for (let i = 0; i < 300; i++) {
        const answer = await echo(connection, new Uint8Array(20_000 + i).fill(i));
        expect(answer.length).to.equal(20_000 + i);
        expect(answer[19_999]).to.equal(i & 255);
      }
    });

    it('takes events in order, and loses none while it is paused', async () => {
      const connection = await connect();
      const seen: number[] = [];
      const COUNT = 5000;
      const all = new Promise<void>((resolve) => {
        connection.onEvent((event) => {
          seen.push(u32(event, 24));
          if (seen.length === 100) connection.pauseEvents();
          if (seen.length === COUNT) resolve();
        });
      });
      await connection.request(requestMessage(Request.EVENTS, u32s(COUNT, 1000)));
      await echo(connection, u32s(1));
      expect(seen).to.have.length(100);
      connection.resumeEvents();
      await all;
      expect(seen).to.deep.equal(Array.from({ length: COUNT }, (_, i) => i));
    });

    it('holds messages back while the service takes none, and loses none', async () => {
      const connection = await connect();
      fixture.server.synchronizing = true;
      let full = 0;
      const COUNT = 3000;
      const big = new Uint8Array(5000);
      const sending = (async () => {
        for (let i = 0; i < COUNT;) {
          new DataView(big.buffer).setUint32(0, i, true);
          try {
            connection.send(requestMessage(Request.MULTICAST, big));
            i++;
          } catch (thrown) {
            expect((thrown as CsError).spec).to.equal('CS_ERR_TRY_AGAIN');
            full++;
            await connection.writable();
          }
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(fixture.cpg.multicasts).to.deep.equal([]);
      fixture.server.synchronizing = false;
      await sending;
      await echo(connection, u32s(1));
      expect(full).to.be.greaterThan(0);
      expect(fixture.cpg.multicasts).to.deep.equal(Array.from({ length: COUNT }, (_, i) => i));
    });

    it('has sent what was sent when it is closed at once', async () => {
      const other = await connect();
      const connection = await connect();
      const COUNT = 8;
      for (let i = 0; i < COUNT; i++) connection.send(requestMessage(Request.MULTICAST, u32s(i)));
      connection.close();
      while (fixture.cpg.disconnected === 0) await echo(other, u32s(1));
      expect(fixture.cpg.multicasts).to.deep.equal(Array.from({ length: COUNT }, (_, i) => i));
    });

    it('says what it was refused for', async () => {
      fixture.hub.ready = false;
      expect(await refusal(connect())).to.equal('CS_ERR_TRY_AGAIN');
      fixture.hub.ready = true;
      fixture.cpg.clientConnected = () => {
        throw new CsError('ERR_ACCESS', 'not you');
      };
      expect(await refusal(connect())).to.equal('CS_ERR_ACCESS');
      expect(await refusal(connect('none'))).to.equal('CS_ERR_LIBRARY');
    });

    it('refuses a message longer than the service takes, and goes on', async () => {
      const connection = await connect();
      const tooLong = requestMessage(Request.ECHO, new Uint8Array(1048576));
      expect(await refusal(connection.request(tooLong))).to.equal('CS_ERR_TOO_BIG');
      expect(() => connection.send(tooLong)).to.throw('CS_ERR_TOO_BIG');
      expect(await echo(connection, u32s(7))).to.deep.equal(u32s(7));
    });

    it('tells what was said before the service ends, then ends itself', async () => {
      const connection = await connect();
      const seen: number[] = [];
      connection.onEvent((event) => seen.push(u32(event, 24)));
      const ended = new Promise<Error | undefined>((resolve) => connection.onClose(resolve));
      await connection.request(requestMessage(Request.EVENTS, u32s(50, 100)));
      fixture.server.close();
      const waiting = refusal(echo(connection, u32s(1)));
      expect((await ended)?.message).to.match(/CS_ERR_LIBRARY/);
      expect(await waiting).to.equal('CS_ERR_LIBRARY');
      expect(await refusal(echo(connection, u32s(1)))).to.equal('CS_ERR_LIBRARY');
      expect(seen).to.have.length(50);
    });

    it('closes from inside a listener, and leaves nothing behind', async () => {
      const before = descriptors();
      for (let i = 0; i < 20; i++) {
        const connection = await connect();
        const closed = new Promise<void>((resolve) => {
          connection.onEvent(() => {
            connection.close();
            resolve();
          });
        });
        connection.request(requestMessage(Request.EVENTS, u32s(10, 10))).catch(() => undefined);
        await closed;
      }
      for (let tries = 0; directories().length > 0 && tries < 1000; tries++) await new Promise((r) => setImmediate(r));
      // The last connection took the poller with it, which another one makes anew.
      expect(descriptors()).to.be.lessThan(before + 8);
      expect(directories()).to.deep.equal([]);
    });
  });
}

describe("libqb's client", () => {
  it('lets its process end when it is closed, and keeps it while it is not', async () => {
    const fixture = new Fixture();
    const script = `
      import { connectLibqb } from './core/ipc/libqb/client.js';
      const connection = await connectLibqb('cpg', { name: '${fixture.name()}', timeoutMs: 10000 });
      process.stdout.write('connected');
      process.stdin.once('data', () => { process.stdin.unref?.(); process.stdin.destroy(); connection.close(); });
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    expect(String((await once(child.stdout, 'data'))[0])).to.equal('connected');
    child.stdin.write('x');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(0);
    fixture.server.close();
  });

  it('removes the files of a server that was killed', async () => {
    const script = `
      import { Fixture } from './spec-tests/ipc/libqb/fixture.js';
      const fixture = new Fixture();
      process.stdout.write(fixture.name());
    `;
    const server = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [name] = (await once(server.stdout, 'data')) as [Buffer];
    const connection = await connectLibqb('cpg', { name: String(name), timeoutMs: NO_TIME });
    const own = readdirSync('/dev/shm').filter((entry) => entry.startsWith(`qb-${server.pid}-`));
    expect(own).to.have.length(1);
    const ended = new Promise<Error | undefined>((resolve) => connection.onClose(resolve));
    server.kill('SIGKILL');
    expect(await ended).to.be.instanceOf(CsError);
    for (let tries = 0; existsSync(`/dev/shm/${own[0]}`); tries++) {
      if (tries > 500) throw new Error('the files are still there');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});

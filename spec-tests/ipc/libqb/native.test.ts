import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadNative } from '../../../core/net/native.js';
import { ACCEPT_NONE, IPC_READY } from '../../../core/net/native-ipc.js';
import type { NativeIpcPoller, NativeSharedMemory } from '../../../core/net/native-ipc.js';

const native = loadNative();

/** A poller whose wake-ups can be awaited. */
class Watched {
  readonly poller: NativeIpcPoller;
  private readonly seen: [number, number][] = [];
  private notify: () => void = () => undefined;

  constructor() {
    this.poller = new native.IpcPoller((count) => {
      for (let i = 0; i < count; i++) this.seen.push([this.poller.ready[2 * i]!, this.poller.ready[2 * i + 1]!]);
      this.notify();
    });
    this.poller.start();
  }

  async until(socket: number, bits: number): Promise<void> {
    for (;;) {
      const at = this.seen.findIndex(([number, what]) => number === socket && (what & bits) === bits);
      if (at >= 0) {
        this.seen.splice(at, 1);
        return;
      }
      await new Promise<void>((resolve) => (this.notify = resolve));
    }
  }

  get count(): number {
    return this.seen.length;
  }
}

describe('native primitives for clients on this machine', () => {
  let directory: string;
  let server: Watched;
  let client: Watched;
  let listening: number;
  let name: string;
  beforeEach(() => {
    directory = mkdtempSync('/dev/shm/chorale-test-');
    name = `chorale-test-${process.pid}-${Math.random()}`;
    server = new Watched();
    client = new Watched();
    listening = server.poller.listen(name);
  });
  afterEach(() => {
    server.poller.close();
    client.poller.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function connected(): Promise<[number, number]> {
    const out = client.poller.connect(name);
    await server.until(listening, IPC_READY.READABLE);
    const accepted = server.poller.accept(listening);
    expect(accepted).to.be.greaterThan(0);
    expect(server.poller.accept(listening)).to.equal(ACCEPT_NONE);
    return [out, accepted];
  }

  function header(): NativeSharedMemory {
    const memory = new native.SharedMemory(join(directory, `${Math.random()}`), 8252, { create: true });
    memory.initSemaphore(8208);
    return memory;
  }

  it('tell who sent what arrived', async () => {
    const [out, accepted] = await connected();
    expect(client.poller.send(out, Uint8Array.of(1, 2, 3))).to.equal(3);
    await server.until(accepted, IPC_READY.READABLE);
    const bytes = new Uint8Array(8);
    expect(server.poller.receive(accepted, bytes)).to.equal(3);
    expect([...server.poller.credentials]).to.deep.equal([1, process.pid, process.getuid!(), process.getgid!()]);
    expect(server.poller.receive(accepted, bytes)).to.equal(-11);
    client.poller.closeSocket(out);
    await server.until(accepted, IPC_READY.HUNG_UP);
    expect(server.poller.receive(accepted, bytes)).to.equal(0);
  });

  it('fail with a code for a name that is taken, and for one where nobody listens', () => {
    expect(() => server.poller.listen(name))
      .to.throw()
      .with.property('code', 'EADDRINUSE');
    expect(() => client.poller.connect(`${name}-nobody`))
      .to.throw()
      .with.property('code', 'ECONNREFUSED');
    expect(() => server.poller.listen('x'.repeat(108))).to.throw(RangeError);
  });

  it('ring many bells in one call: a semaphore unit and a byte for each, and bytes without a message wake nobody', async () => {
    const [out, accepted] = await connected();
    const memory = header();
    const place = { memory, offset: 8208 };
    server.poller.attach(accepted, { loud: place });
    client.poller.attach(out, { watched: place });
    server.poller.bells.set([accepted, 0, 3]);
    server.poller.ring(1);
    expect(memory.semaphoreValue(8208)).to.equal(3);
    await client.until(out, IPC_READY.READABLE);
    for (let i = 0; i < 3; i++) expect(memory.tryWaitSemaphore(8208)).to.equal(true);
    expect(memory.tryWaitSemaphore(8208)).to.equal(false);
    // The byte alone: the semaphore is 0.
    server.poller.send(accepted, Uint8Array.of(0));
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.count).to.equal(0);
    memory.close();
  });

  it('send the bytes that a peer had no room for when it has read some', async () => {
    const [out, accepted] = await connected();
    const memory = header();
    server.poller.attach(accepted, { loud: { memory, offset: 8208 } });
    const bells = 3000;
    for (let i = 0; i < bells; i++) {
      server.poller.bells.set([accepted, 0, 1]);
      server.poller.ring(1);
    }
    const bytes = new Uint8Array(64);
    let got = 0;
    while (got < bells) {
      await client.until(out, IPC_READY.READABLE);
      for (let n; (n = client.poller.receive(out, bytes)) > 0;) got += n;
    }
    expect(got).to.equal(bells);
    expect(memory.semaphoreValue(8208)).to.equal(bells);
    memory.close();
  });

  it('wait for a semaphore without holding up the event loop, and stop waiting when the socket is closed', async () => {
    const [out] = await connected();
    const memory = header();
    client.poller.attach(out, { awaited: { memory, offset: 8208 } });
    for (let i = 0; i < 3; i++) {
      client.poller.awaitSemaphore(out);
      memory.postSemaphore(8208);
      await client.until(out, IPC_READY.WAITED);
      expect(memory.semaphoreValue(8208)).to.equal(0);
    }
    client.poller.awaitSemaphore(out);
    client.poller.closeSocket(out);
    memory.close();
  });

  it('carry datagrams between two names', async () => {
    const one = server.poller.bindDatagram(`${name}-one`, 65536);
    const other = client.poller.bindDatagram(`${name}-other`, 65536);
    expect(server.poller.connectDatagram(one, `${name}-nobody`)).to.equal(-111);
    expect(server.poller.connectDatagram(one, `${name}-other`)).to.equal(0);
    expect(server.poller.send(one, Uint8Array.of(1, 2, 3, 4))).to.equal(4);
    await client.until(other, IPC_READY.READABLE);
    expect(client.poller.receive(other, new Uint8Array(2)), 'the whole length, of which 2 came').to.equal(4);
  });

  it('make files with all their blocks, for their owner only, once', () => {
    const path = join(directory, 'file');
    const memory = new native.SharedMemory(path, 8192, { create: true, twice: true });
    const { mode, size, blocks } = statSync(path);
    expect([mode & 0o777, size, blocks]).to.deep.equal([0o600, 8192, 16]);
    expect(() => new native.SharedMemory(path, 8192, { create: true }))
      .to.throw()
      .with.property('code', 'EEXIST');
    expect(() => new native.SharedMemory(path, 8193))
      .to.throw()
      .with.property('code', 'EINVAL');
    const bytes = new Uint8Array(memory.buffer);
    bytes[8190] = 9;
    expect([bytes.length, bytes[8192 + 8190]]).to.deep.equal([16384, 9]);
    memory.close();
    expect([memory.buffer.byteLength, bytes.length]).to.deep.equal([0, 0]);
    expect(() => memory.semaphoreValue(0)).to.throw(/closed/);
  });

  it('find zeros where the peer cut a file off, and count it', () => {
    const path = join(directory, 'file');
    const memory = new native.SharedMemory(path, 8192, { create: true });
    const bytes = new Uint8Array(memory.buffer).fill(1);
    truncateSync(path, 0);
    expect(native.sharedMemoryFaults[memory.place]).to.equal(0);
    expect(bytes[5000]).to.equal(0);
    expect(native.sharedMemoryFaults[memory.place]).to.equal(1);
    bytes[0] = 7;
    expect(native.sharedMemoryFaults[memory.place]).to.equal(2);
    memory.close();
  });

  it('leave a SIGBUS from elsewhere what it is', async () => {
    const child = fork(new URL('./raise-sigbus.ts', import.meta.url), { execArgv: ['--import=tsx'], stdio: 'ignore' });
    const signal = await new Promise((resolve) => child.once('exit', (_, name_) => resolve(name_)));
    expect(signal).to.equal('SIGBUS');
  });
});

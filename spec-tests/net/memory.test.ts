import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { closeNodes, frameOf, startNodes } from './probe.js';

const ADDON = fileURLToPath(new URL('../../native/build/Release/chorale.node', import.meta.url));

function runWithGc(body: string): { status: number | null; stdout: string; stderr: string } {
  const prologue = `const native = require(${JSON.stringify(ADDON)});`;
  return spawnSync(process.execPath, ['--expose-gc', '-e', prologue + body], { encoding: 'utf8' });
}

describe('net: memory', () => {
  afterEach(closeNodes);

  it('10^5 datagrams leave every frame free', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    const burst = 100;
    const { frame, length } = frameOf(a!.transport, 'x'.repeat(300));
    b!.probe.onFrame = () => b!.probe.frames.pop();
    let rounds = 0;
    while (b!.transport.counters['receivedDatagrams']! < 100000) {
      for (let i = 0; i < burst; i++) a!.transport.multicast(frame, length, i === 0);
      a!.transport.flush();
      rounds++;
      while (b!.transport.counters['receivedDatagrams']! < rounds * burst) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    a!.transport.frames.release(frame);
    await new Promise((resolve) => setImmediate(resolve));
    expect(a!.transport.counters).to.include({ sentDatagrams: 100000, selfFrames: 1000 });
    expect([a!.transport.frames.free, b!.transport.frames.free]).to.deep.equal([4096, 4096]);
  });

  it('outlives the objects that named it: endpoints without their arena, buffers without their endpoints', () => {
    const { status, stdout, stderr } = runWithGc(`
      let endpoints; let received = 0; let columns;
      (function () {
        const arena = new native.Arena(2048, 64, 4);
        endpoints = new native.UdpEndpoints(arena, (count) => { received += count; });
      })();
      const { port } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
      endpoints.setDestinations([{ address: '127.0.0.1', port, inAll: true }]);
      endpoints.start();
      let turns = 0;
      (function turn() {
        global.gc();
        endpoints.transmit.set([turns % 64, 1000, -1, 0]);
        endpoints.flush(1);
        if (++turns < 50) return setImmediate(turn);
        columns = [endpoints.frames, endpoints.transmit, endpoints.counters];
        endpoints.close();
        endpoints = undefined;
        setImmediate(() => {
          global.gc(); global.gc();
          setImmediate(() => {
            global.gc();
            for (const column of columns) column.fill(1);
            console.log(received);
          });
        });
      })();
    `);
    expect(status, stderr).to.equal(0);
    expect(Number(stdout)).to.be.within(1, 50);
  });

  it('gives memory back when nothing names it', () => {
    const { status, stdout, stderr } = runWithGc(`
      const mapped = () => Number(/VmSize:\\s*(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]);
      async function main() {
        const before = mapped();
        for (let i = 0; i < 50; i++) {
          const endpoints = new native.UdpEndpoints(new native.Arena(2048, 40960, 256), () => endpoints.transmit);
          endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
          if (i % 2) endpoints.start();
          endpoints.close();
          global.gc();
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        for (let i = 0; i < 5; i++) {
          global.gc();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        // 50 arenas would be 5 GB.
        console.log(mapped() - before);
      }
      main();
    `);
    expect(status, stderr).to.equal(0);
    expect(Number(stdout)).to.be.lessThan(600000);
  });

  it('threads may be ended at any moment of their traffic', () => {
    const { status, stdout, stderr } = runWithGc(`
      const { Worker } = require('node:worker_threads');
      const flood = () => {
        const native = require(process.argv[1]);
        const endpoints = new native.UdpEndpoints(new native.Arena(2048, 64, 4), (count) => { turn(); });
        const { port } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
        endpoints.setDestinations([{ address: '127.0.0.1', port, inAll: true }]);
        function turn() {
          for (let i = 0; i < 64; i++) endpoints.transmit.set([i, 1000, -1, 0], i * 4);
          endpoints.flush(64);
        }
        endpoints.start();
        turn();
        require('node:worker_threads').parentPort.postMessage('open');
      };
      async function main() {
        for (let i = 0; i < 20; i++) {
          const worker = new Worker('process.argv[1] = ' + ${JSON.stringify(JSON.stringify(ADDON))} + ';(' + flood + ')()', { eval: true });
          await new Promise((resolve) => worker.once('message', resolve));
          await new Promise((resolve) => setTimeout(resolve, i % 5));
          await worker.terminate();
        }
        console.log('ended');
      }
      main();
    `);
    expect(status, stderr).to.equal(0);
    expect(stdout).to.equal('ended\n');
  });

  for (const ending of ['process.exit(0)', 'endpoints.close(); process.exit(0)', '/* the worker is terminated */']) {
    it(`a thread may end with sockets open: ${ending}`, async () => {
      const worker = `
        const native = require(${JSON.stringify(ADDON)});
        const endpoints = new native.UdpEndpoints(new native.Arena(2048, 64, 4), () => {});
        endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
        endpoints.bind({ address: '127.0.0.1', port: 0, role: 'token' });
        endpoints.start();
        require('node:worker_threads').parentPort.postMessage('open');
        ${ending}`;
      const main = `
        const { Worker } = require('node:worker_threads');
        const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
        worker.on('message', () => worker.terminate());
        worker.on('exit', () => console.log('ended'));`;
      const child = spawn(process.execPath, ['-e', main], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal, said]).to.deep.equal([0, null, 'ended\n']);
    });
  }
});

import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDaemonNode } from '../../core/cli/compose.js';
import type { Daemon } from '../../core/cli/compose.js';
import { openCmap } from '../../core/cmap.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { openCpg } from '../../core/cpg.js';
import { socketName } from '../../core/ipc/libqb/names.js';
import { createLogging } from '../../core/log/logging.js';
import { Random } from '../../core/sim/random.js';
import { RawClient } from './libqb/raw-client.js';
import { directories } from './libqb/fixture.js';

/** Requests that do what they are for, to this node: cfg's kill node, try shutdown and reply to it. */
const LEFT_OUT: Readonly<Record<string, readonly number[]>> = { cfg: [2, 3, 4] };
const SERVICES = ['cpg', 'quorum', 'votequorum', 'cfg', 'cmap', 'evs'];
const REQUESTS = 1500;
const IDS = 20;
/** Lengths around those of real requests, and long ones. */
const LENGTHS = [0, 1, 7, 8, 16, 24, 40, 136, 144, 152, 264, 272, 280, 296, 552, 1000, 60_000, 1_000_000];
const NUMBERS = [0, 1, 2, 3, 4, 8, 127, 128, 129, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff];

describe('requests of any content to every service', () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 20261121);
  let directory: string;
  let path: string;
  let daemon: Daemon;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-fuzz-'));
    mkdirSync(join(directory, 'state'));
    path = join(directory, 'choraled.sock');
    const file = join(directory, 'node.conf');
    const lines = [
      `totem {\n version: 2\n transport: udpu\n interface {\n  mcastport: ${22_000 + (process.pid % 20_000)}\n }\n}`,
      'nodelist {\n node {\n  nodeid: 1\n  name: n1\n  ring0_addr: 127.0.0.1\n }\n}',
      'quorum {\n provider: corosync_votequorum\n}',
      `system {\n state_dir: ${join(directory, 'state')}\n}`,
      'logging {\n to_stderr: no\n to_syslog: no\n}',
    ];
    writeFileSync(file, lines.join('\n'));
    const { config } = await loadConfig(file, thisHost('n1'));
    const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
    daemon = await createDaemonNode({ config, logging, socketPath: path });
    await new Promise<void>((done) => daemon.node.onSynchronized(() => done()));
  });
  after(async () => {
    await daemon.leave();
    rmSync(directory, { recursive: true });
    expect(directories()).to.deep.equal([]);
  });

  for (const service of SERVICES) {
    it(`of ${service} harm nobody else`, async () => {
      const random = new Random(seed, service);
      const pick = <T>(all: readonly T[]): T => all[random.below(all.length)]!;
      /** Numbers and letters that mean something, at places where a request has its fields; bytes of any value elsewhere. */
      const body = (): Uint8Array => {
        const bytes = new Uint8Array(pick(LENGTHS));
        const view = new DataView(bytes.buffer);
        for (let at = 0; at + 4 <= Math.min(bytes.length, 600); at += 4) {
          const kind = random.below(4);
          if (kind === 0) view.setUint32(at, pick(NUMBERS), true);
          else if (kind === 1) view.setUint32(at, 0x61626364, true);
          else if (kind === 2) view.setUint32(at, random.below(0xffffffff), true);
        }
        return bytes;
      };
      await using cpg = await openCpg({ path });
      await using cmap = await openCmap({ path });
      await cpg.join('well-behaved');
      const events = cpg.events();
      let bad = await RawClient.connect(socketName(service, { path }));
      for (let i = 0; i < REQUESTS; i++) {
        let id = random.below(IDS) - 1;
        if (LEFT_OUT[service]?.includes(id) === true) id = 0;
        if (bad.hungUp) {
          bad.close();
          bad = await RawClient.connect(socketName(service, { path }));
        }
        bad.send(id, body());
        if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        while (bad.takeResponse() !== undefined || bad.takeEvent() !== undefined);
        if (i % 250 !== 0) continue;
        await cpg.multicast(new Uint8Array([i / 250]), { signal: AbortSignal.timeout(10_000) });
        for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
          if (event.kind !== 'message') continue;
          expect([...event.data], `seed ${seed}`).to.deep.equal([i / 250]);
          break;
        }
        expect(await cmap.get('totem.version'), `seed ${seed}`).to.deep.equal({ type: 'u32', value: 2 });
      }
      await events.return();
      bad.close();
      expect(daemon.node.state, `seed ${seed}`).to.equal('operational');
    });
  }
});

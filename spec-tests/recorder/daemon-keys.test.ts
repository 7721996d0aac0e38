import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import { createDaemonNode } from '../../core/cli/compose.js';
import type { Daemon } from '../../core/cli/compose.js';
import { ReplayedDaemon } from '../../core/cli/replay/replayed-daemon.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { readRecording } from '../../core/host/recorder/recording.js';
import { NodeClock } from '../../core/host/bindings/node-clock.js';
import { createLogging } from '../../core/log/logging.js';
import { CmapClient } from '../../core/services/cmap/client.js';
import type { CmapMap } from '../../core/services/cmap/client.js';

/** Keys that show what is outside of the node: the machine, its clients' names, time. */
describe('the keys of a recorded daemon', () => {
  let directory: string;
  let daemon: Daemon | undefined;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'chorale-keys-'))));
  afterEach(async () => {
    await daemon?.leave();
    rmSync(directory, { recursive: true });
  });

  it('are read again as they were: counters, clients, readings of the machine, what triggers set off', async () => {
    const file = join(directory, 'chorale.conf');
    const state = join(directory, 'state');
    mkdirSync(state);
    writeFileSync(
      file,
      [
        `totem {\n version: 2\n transport: udpu\n token: 1000\n interface {\n  mcastport: ${20_000 + (process.pid % 20_000)}\n }\n}`,
        'nodelist {\n node {\n  nodeid: 1\n  name: n1\n  ring0_addr: 127.0.0.1\n }\n}',
        'quorum {\n provider: corosync_votequorum\n}',
        `system {\n state_dir: ${state}\n flight_recorder: yes\n}`,
        'resources {\n system {\n  memory_used {\n   max: 100\n   poll_period: 500\n  }\n  load_15min {\n   max: 0\n  }\n }\n}',
        'logging {\n to_stderr: no\n to_syslog: no\n}',
      ].join('\n'),
    );
    const { config } = await loadConfig(file, thisHost('n1'));
    const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
    daemon = await createDaemonNode({ config, logging, socketPath: join(directory, '1.sock') });
    const { node } = daemon;
    const synchronized = (): Promise<void> => new Promise((resolve) => node.onSynchronized(resolve));
    await synchronized();

    const open = (map: CmapMap): CmapClient =>
      new CmapClient(node.connect('cmap', { pid: process.pid, uid: 0, gid: 0 }), { map, clock: new NodeClock() });
    const [icmap, stats] = [open('icmap'), open('stats')];
    const all = async (client: CmapClient): Promise<Map<string, unknown>> => {
      const entries = new Map<string, unknown>();
      for await (const [key, { value }] of client.entries()) entries.set(key, value);
      return entries;
    };
    const machine = await all(icmap);
    expect(machine.get('resources.system.memory_used.state')).to.equal('running');
    expect(machine.get('resources.system.memory_used.last_updated')).to.not.equal(0n);
    const before = await all(stats);
    expect([...before.keys()].filter((key) => key.endsWith('.procname'))).to.have.length(2);
    const formed = synchronized();
    await icmap.set('runtime.force_gather', 'string', 'yes');
    await formed;
    const inUse = async (key: string): Promise<unknown> => (await icmap.get(`runtime.config.totem.${key}`))?.value;
    const fromFile = await inUse('token');
    await icmap.set('totem.token', 'u32', 4321);
    expect([await inUse('token'), daemon.config.totem.tokenMs]).to.deep.equal([4321, 4321]);
    expect(await inUse('token_retransmit'), 'what follows from it').to.equal(1028);
    await icmap.set('totem.consensus', 'u32', 31);
    expect(await inUse('consensus'), 'shorter than join: not used').to.equal(5185);
    await icmap.delete('totem.consensus');
    await icmap.set('totem.join', 'u32', 29);
    expect(await inUse('join')).to.equal(50);
    await icmap.delete('totem.join');
    await icmap.set('totem.window_size', 'string', 'of another type');
    expect(await inUse('window_size')).to.equal(50);
    await icmap.delete('totem.token');
    expect(await inUse('token')).to.equal(3000);
    expect(fromFile).to.not.equal(undefined);
    await stats.set('stats.clear.all', 'string', 'yes');
    const after = await all(stats);
    expect(after.get('stats.srp.gather_entered')).to.equal(0n);
    expect([...after.keys()]).to.deep.equal([...before.keys()]);
    icmap.close();
    stats.close();
    await daemon.leave();

    const replayed = await ReplayedDaemon.create(readRecording(config.system.flightRecorder!.file), {
      verify: true,
      plugins: false,
      loggerOf: () => () => silentLogger,
      configured: () => undefined,
    });
    const { difference, compared } = await replayed.replay.run();
    expect(difference).to.equal(undefined);
    expect(compared).to.be.above(0);
  });
});

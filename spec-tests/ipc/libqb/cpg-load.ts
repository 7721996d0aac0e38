import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { requestMessage } from '../../../core/base/client-message.js';
import { createDaemonNode } from '../../../core/cli/compose.js';
import { thisHost } from '../../../core/config/host.js';
import { loadConfig } from '../../../core/config/load.js';
import { socketName } from '../../../core/ipc/libqb/names.js';
import { createLogging } from '../../../core/log/logging.js';
import { Packet } from '../../../core/services/packet.js';
import { RawClient } from './raw-client.js';

/**
 * A load of its own, for `node --expose-gc --import tsx cpg-load.ts SIZE COUNT`: COUNT multicasts of SIZE bytes to a group, from
 * a client's request ring through a daemon that is alone on its ring back to the client's event ring. Prints JSON: bytes of
 * garbage and microseconds of processor time for each message. The client makes no garbage of its own.
 */
const size = Number(process.argv[2]);
const count = Number(process.argv[3]);
/** Bytes under way at most: less than a ring holds. */
const WINDOW_BYTES = 512 * 1024;
const window = Math.max(1, Math.min(400, Math.floor(WINDOW_BYTES / (size + 256))));

const directory = mkdtempSync(join(tmpdir(), 'chorale-load-'));
mkdirSync(join(directory, 'state'));
const path = join(directory, 'choraled.sock');
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
const daemon = await createDaemonNode({ config, logging, socketPath: path });
await new Promise<void>((done) => daemon.node.onSynchronized(() => done()));

const client = await RawClient.connect(socketName('cpg', { path }));
const group = new Packet(152).u32(0, 4).text(8, 'load', 8).u32(136, process.pid).bytes;
client.send(0, group);
await client.response();
await client.event();
const parts = [requestMessage(2, new Uint8Array(24 + size))];
new DataView(parts[0]!.buffer).setUint32(24, 2, true);
new DataView(parts[0]!.buffer).setUint32(32, size, true);

async function load(messages: number): Promise<void> {
  let sent = 0;
  let came = 0;
  while (came < messages) {
    let put = 0;
    while (sent < messages && sent - came < window && client.putParts(parts)) {
      sent++;
      put++;
    }
    if (put > 0) client.ring(put);
    await turn();
    came += client.skipEvents();
  }
}

await load(Math.ceil(count / 2));
const collect = (globalThis as { gc?: () => void }).gc;
collect?.();
const before = process.memoryUsage();
const cpu = process.cpuUsage();
await load(count);
const { user, system } = process.cpuUsage(cpu);
const after = process.memoryUsage();
const garbage = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
console.log(JSON.stringify({ size, count, garbage: garbage / count, microseconds: (user + system) / count }));
client.close();
await daemon.leave();
rmSync(directory, { recursive: true });
process.exit();

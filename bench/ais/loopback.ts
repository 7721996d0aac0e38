import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_IDS, configFile, instanceOf, makePlaces } from '../../core/cli/demo/places.js';
import type { Places } from '../../core/cli/demo/places.js';

const CHORALED = fileURLToPath(new URL('../../core/cli/choraled.js', import.meta.url));
const FORMING_MS = 60_000;
/** Of a tick of /proc: Linux has 100 a second wherever Node runs. */
const TICK_MICROSECONDS = 10_000;

/** Three daemons of this build on 127.0.0.1 to 127.0.0.3, with one service besides Corosync's. Needs no root. */
export class LoopbackRing {
  private constructor(
    private readonly places: Places,
    private readonly daemons: readonly ChildProcess[],
  ) {}

  /** Starts them, and waits until they are on one ring. */
  static async of(service: string): Promise<LoopbackRing> {
    const places = await makePlaces();
    const daemons = NODE_IDS.map((node) => {
      appendFileSync(configFile(places, node), `service {\n\tname: ${service}\n\tver: 0\n}\n`);
      const args = [CHORALED, '-f', '-c', configFile(places, node), '-i', instanceOf(node)];
      const env = { ...process.env, CHORALE_RUN_DIR: places.runDirectory };
      return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    });
    const ring = new LoopbackRing(places, daemons);
    try {
      await Promise.all(daemons.map((daemon) => formed(daemon)));
    } catch (error) {
      await ring.close();
      throw error;
    }
    return ring;
  }

  /** The socket of a node, 1 to 3. */
  path(node: number): string {
    return join(this.places.runDirectory, `choraled-${instanceOf(node)}.sock`);
  }

  /** Processor time that the daemons and this program have used so far. */
  get processorMicroseconds(): number {
    const { user, system } = process.cpuUsage();
    return this.daemons.reduce((sum, { pid }) => sum + microsecondsOf(pid!), user + system);
  }

  async close(): Promise<void> {
    for (const daemon of this.daemons) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    }
    rmSync(this.places.directory, { recursive: true, force: true });
  }
}

function microsecondsOf(pid: number): number {
  // The name, which is second, may hold spaces: utime and stime are the 12th and 13th behind it.
  const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/);
  const fields = after.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

function formed(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (): void => reject(new Error(`a daemon formed no ring:\n${log.slice(-2000)}`));
    const timer = setTimeout(fail, FORMING_MS);
    daemon.on('exit', fail);
    daemon.stderr!.on('data', (chunk: Buffer) => {
      if (log.length < 1e6) log += chunk.toString();
      if (!/Sync members\[3\][^]*Completed service synchronization/.test(log)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

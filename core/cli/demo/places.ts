import { createSocket } from 'node:dgram';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Node i (1, 2, 3) of the demonstration is at 127.0.0.i: on Linux all of 127/8 is this machine. */
export const NODE_IDS: readonly number[] = [1, 2, 3];

/** Room in a socket's path for what comes behind the directory for temporary files. */
const LONGEST_BASE = 50;
const PORT_TRIES = 20;

export function addressOf(node: number): string {
  return `127.0.0.${node}`;
}

/** The files and ports of one demonstration. */
export interface Places {
  /** All files are below it. */
  readonly directory: string;
  readonly runDirectory: string;
  readonly port: number;
}

/** Makes directories and a configuration for each node, and finds a free port. Rejects with what to do. */
export async function makePlaces(): Promise<Places> {
  const port = await freePort(NODE_IDS.map(addressOf));
  const base = tmpdir().length > LONGEST_BASE ? '/tmp' : tmpdir();
  const directory = await mkdtemp(join(base, 'chorale-demo-'));
  const places: Places = { directory, runDirectory: join(directory, 'run'), port };
  try {
    await mkdir(places.runDirectory, { mode: 0o700 });
    for (const node of NODE_IDS) {
      await mkdir(stateDirectory(places, node));
      await writeFile(configFile(places, node), configText(places, node));
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return places;
}

export function configFile(places: Places, node: number): string {
  return join(places.directory, `node-${node}.conf`);
}

/** The name by which a daemon finds itself in the nodelist, and its socket is named. */
export function instanceOf(node: number): string {
  return `node-${node}`;
}

function stateDirectory(places: Places, node: number): string {
  return join(places.directory, `state-${node}`);
}

/**
 * A stock corosync.conf, but for what suits a demonstration: a failure is noticed within seconds, no real-time
 * priority is asked for, and the log comes to the demonstration alone.
 */
function configText(places: Places, node: number): string {
  return [
    'totem {',
    '  version: 2',
    '  cluster_name: demo',
    '  transport: udpu',
    '  ip_version: ipv4',
    '  token: 1000',
    '  token_coefficient: 0',
    '  interface {',
    '    linknumber: 0',
    `    mcastport: ${places.port}`,
    '  }',
    '}',
    'nodelist {',
    ...NODE_IDS.flatMap((id) => [
      '  node {',
      `    name: ${instanceOf(id)}`,
      `    nodeid: ${id}`,
      `    ring0_addr: ${addressOf(id)}`,
      '  }',
    ]),
    '}',
    'logging {',
    '  to_stderr: yes',
    '  to_syslog: no',
    '  timestamp: off',
    '}',
    'system {',
    `  state_dir: ${stateDirectory(places, node)}`,
    '  sched_rr: no',
    '}',
    '',
  ].join('\n');
}

/** A UDP port that is free at all these addresses of this machine. */
export async function freePort(addresses: readonly string[]): Promise<number> {
  for (let i = 0; i < PORT_TRIES; i++) {
    const port = await freeAt(addresses[0]!, 0);
    const others = await Promise.all(addresses.slice(1).map((address) => freeAt(address, port!)));
    if (others.every((free) => free !== undefined)) return port!;
  }
  throw new Error(`no UDP port is free at ${addresses.join(', ')}: try again when less runs here.`);
}

/** The port if it is free; any free one for 0. Rejects if the address is not this machine's. */
function freeAt(address: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else
        reject(
          new Error(
            `the loopback address ${address} cannot be used: ${error.message}. The demonstration needs 127.0.0.1 to 127.0.0.3.`,
          ),
        );
    });
    socket.bind(port, address, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}

/**
 * What the flight recorder costs: `npx tsx bench/recorder.ts [seconds] [runs]`. Two nodes in this process, on loopback,
 * both multicasting as fast as they may, in turns without a recorder, with one, and with one whose file is full. One JSON
 * line a kind and size, with medians of the runs: messages a second, processor time of the process a delivered message
 * (that of the threads that write the file too), and the ratio of that time to the one without.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../core/base/logger.js';
import type { Store } from '../core/base/store.js';
import { freePort } from '../core/cli/demo/places.js';
import { nodeClock } from '../core/host/bindings/node-clock.js';
import { NodeEntropy } from '../core/host/bindings/node-entropy.js';
import { ChoraleNode } from '../core/host/node.js';
import type { NodeBindings } from '../core/host/node.js';
import { FlightRecorder } from '../core/host/recorder/flight-recorder.js';
import { RecordedNode } from '../core/host/recorder/recorded-node.js';
import { openTransport } from '../core/net/open-transport.js';
import { ploadPlugin } from '../core/services/pload/index.js';
import type { PloadEngine } from '../core/services/pload/index.js';

type Kind = 'none' | 'recording' | 'full';

const KINDS: readonly Kind[] = ['none', 'recording', 'full'];
const SIZES = [64, 1000];
const NODE_IDS = [1, 2];
const seconds = Number(process.argv[2] ?? 2);
const runs = Number(process.argv[3] ?? 5);

const sleep = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

function memoryStore(): Store {
  const entries = new Map<string, Uint8Array>();
  return { load: (key) => entries.get(key), save: (key, bytes) => void entries.set(key, bytes.slice()) };
}

/** A node with its load; what it does besides is recorded or not, as `kind` says. */
class BenchNode {
  pload!: PloadEngine;
  private recorder: FlightRecorder | undefined;
  private constructor(readonly node: ChoraleNode) {}

  static async start(nodeId: number, port: number, kind: Kind, file: string): Promise<BenchNode> {
    const address = (id: number): string => `127.0.0.${id}`;
    const peers = NODE_IDS.map((id) => ({ nodeId: id, address: address(id) }));
    const transport = await openTransport({
      transport: 'udpu',
      nodeId,
      localAddress: address(nodeId),
      port,
      peers,
      blockUnlistedIps: true,
      netmtu: 1500,
      downcheck: 1000,
      segmentation: true,
    });
    let pload: PloadEngine | undefined;
    const bindings: NodeBindings = {
      transport,
      clock: nodeClock,
      entropy: new NodeEntropy(),
      store: memoryStore(),
      loggerOf: () => silentLogger,
      options: { nodeId, peers },
      plugins: [{ plugin: ploadPlugin((engine) => (pload = engine)) }],
      fatal: (error) => {
        throw error;
      },
    };
    const recorder = kind === 'none' ? undefined : recorderOf(bindings, kind, file);
    const made = new BenchNode(
      recorder === undefined ? new ChoraleNode(bindings) : new RecordedNode(bindings, recorder),
    );
    made.recorder = recorder;
    made.pload = pload!;
    made.node.start();
    return made;
  }

  load(size: number): void {
    const begin = (): void => this.pload.startLoad(Number.MAX_SAFE_INTEGER, size);
    if (this.recorder === undefined) begin();
    else this.recorder.command('load', { size }, begin);
  }

  /** Ends the node; the state in which the recorder was. */
  end(): string {
    const state = this.recorder?.status.state ?? 'none';
    this.node.crash();
    this.recorder?.close();
    return state;
  }
}

function recorderOf(bindings: NodeBindings, kind: Kind, file: string): FlightRecorder {
  return new FlightRecorder({
    file,
    limit: kind === 'full' ? 200_000 : 2 ** 33,
    clock: nodeClock,
    frames: bindings.transport.frames,
    header: { version: 'bench', startedMs: Date.now(), options: bindings.options, outside: [], composition: null },
    stopped: () => undefined,
  });
}

interface Run {
  readonly messagesPerSecond: number;
  /** Of both nodes, over what both delivered. */
  readonly cpuMicroseconds: number;
  readonly fileBytesPerSecond: number;
  readonly states: string;
}

async function measure(kind: Kind, size: number): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'chorale-bench-recorder-'));
  const port = await freePort(NODE_IDS.map((id) => `127.0.0.${id}`));
  const files = NODE_IDS.map((id) => join(directory, `${id}`));
  const nodes: BenchNode[] = [];
  for (const [index, id] of NODE_IDS.entries()) nodes.push(await BenchNode.start(id, port, kind, files[index]!));
  while (!nodes.every(({ node }) => node.state === 'operational' && node.members.length === nodes.length))
    await sleep(5);
  for (const node of nodes) node.load(size);
  await sleep(500);
  const bytes = (): number => (kind === 'none' ? 0 : statSync(files[0]!).size);
  const before = {
    messages: nodes[0]!.pload.reading.messages,
    at: performance.now(),
    bytes: bytes(),
    cpu: process.cpuUsage(),
  };
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - before.at) / 1000;
  const messages = nodes[0]!.pload.reading.messages - before.messages;
  const { user, system } = process.cpuUsage(before.cpu);
  const written = bytes() - before.bytes;
  const states = nodes.map((node) => node.end()).join(' ');
  await sleep(100);
  rmSync(directory, { recursive: true });
  return {
    messagesPerSecond: messages / elapsed,
    cpuMicroseconds: (user + system) / messages / nodes.length,
    fileBytesPerSecond: written / elapsed,
    states,
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

for (const size of SIZES) {
  const results = new Map<Kind, Run[]>(KINDS.map((kind) => [kind, []]));
  for (let run = 0; run < runs; run++) for (const kind of KINDS) results.get(kind)!.push(await measure(kind, size));
  const middle = (kind: Kind, field: 'messagesPerSecond' | 'cpuMicroseconds' | 'fileBytesPerSecond'): number =>
    median(results.get(kind)!.map((run) => run[field]));
  for (const kind of KINDS) {
    const cpu = middle(kind, 'cpuMicroseconds');
    console.log(
      JSON.stringify({
        bench: 'recorder',
        recorder: kind,
        size,
        messagesPerSecond: Math.round(middle(kind, 'messagesPerSecond')),
        cpuMicrosecondsPerDelivery: Number(cpu.toFixed(3)),
        ratio: Number((cpu / middle('none', 'cpuMicroseconds')).toFixed(3)),
        fileMegabytesPerSecond: Number((middle(kind, 'fileBytesPerSecond') / 1e6).toFixed(1)),
        states: [...new Set(results.get(kind)!.map(({ states }) => states))],
      }),
    );
  }
}
process.exit(0);

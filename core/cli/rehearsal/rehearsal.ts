import { setTimeout as delay } from 'node:timers/promises';
import { requestMessage } from '../../base/client-message.js';
import { silentLogger } from '../../base/logger.js';
import type { Store } from '../../base/store.js';
import { nodeClock } from '../../host/bindings/node-clock.js';
import { NodeEntropy } from '../../host/bindings/node-entropy.js';
import { ChoraleNode } from '../../host/node.js';
import type { TransportOptions } from '../../net/options.js';
import { UdpuTransport } from '../../net/udpu.js';
import { cpgPlugin } from '../../services/cpg/index.js';
import { RequestId } from '../../services/cpg/layouts.js';
import type { RingParameters } from '../../totem/srp/parameters.js';
import { RehearsedClient } from './rehearsed-client.js';
import { RehearsalWire } from './wire.js';

/** What a rehearsal is like, and how long it may take. */
export interface RehearsalOptions {
  readonly parameters: RingParameters;
  readonly netmtu: number;
  /** It ends here, however far it is. */
  readonly deadlineMs?: number;
  /** Messages, and bursts of some, one after the other on a ring of its own each. */
  readonly exchanges?: readonly number[];
}

const NODES = [1, 2, 3];
const SLOTS = 96;
const LARGE_SLOTS = 1;
/**
 * Exchanges of one rehearsal, with a ring of fresh nodes each. V8 changes the layout of a class until it has made eight
 * objects of it, and throws away what it has compiled for the old one: so first there are short ones.
 */
const EXCHANGES = [30, 30, 30, 10_000];
/** After so many messages V8's threads have the processor for a moment: what they were not done with is not compiled. */
const BLOCK = 250;
const PAUSE_MS = 2;
const DEADLINE_MS = 1000;
/** Rings that are made until one forms at once, and milliseconds in which one that is forming sends nothing. */
const ATTEMPTS = 5;
const STILL_MOST = 5;
/** Steps of the wire in which a message comes back. */
const STEPS_MOST = 2000;
const PAYLOAD_BYTES = 64;
const BURST = 16;
const GROUP = new TextEncoder().encode('rehearsal');

/**
 * A ring of three nodes inside this process, on no network, with a client that sends messages, so that V8 has compiled the
 * way of the token and of a message before a real token comes. A daemon that compiles while it is on the ring is slow for
 * its first thousands of messages: code that is not compiled is ten times slower, and compiling takes processor time from
 * what else runs on the machine.
 */
export class Rehearsal {
  /** Messages of its clients that came back. */
  messages = 0;
  milliseconds = 0;
  /** Kept: code that was compiled for their classes goes with the last objects of them. */
  private nodes: ChoraleNode[] = [];

  constructor(private readonly options: RehearsalOptions) {}

  /** Nothing of it goes on when this has resolved. */
  async run(): Promise<void> {
    detachOnce();
    const begin = performance.now();
    const deadline = begin + (this.options.deadlineMs ?? DEADLINE_MS);
    for (const pings of this.options.exchanges ?? EXCHANGES) {
      for (let attempt = 0; attempt < ATTEMPTS && performance.now() < deadline; attempt++) {
        if (await this.exchange(pings, deadline)) break;
      }
    }
    this.milliseconds = performance.now() - begin;
  }

  /** False if no ring formed. */
  private async exchange(pings: number, deadline: number): Promise<boolean> {
    const wire = new RehearsalWire();
    this.nodes = [];
    try {
      for (const nodeId of NODES) this.nodes.push(await nodeOn(wire, nodeId, this.options));
      for (const node of this.nodes) node.start();
      await this.form(wire, deadline);
      if (!formed(this.nodes)) return false;
      this.messages += await multicastFrom(this.nodes[0]!, wire, pings, deadline);
      return true;
    } finally {
      wire.close();
      for (const node of this.nodes) node.crash();
    }
  }

  /** Carries frames until the ring has formed, or stands still: then it would go on by its timers, which take too long. */
  private async form(wire: RehearsalWire, deadline: number): Promise<void> {
    for (let still = 0; still < STILL_MOST && performance.now() < deadline; still++) {
      await delay(1);
      // What a node hears before it has begun is lost, and with it the time until it is said again.
      if (wire.begun < NODES.length) still = 0;
      else while (!formed(this.nodes) && performance.now() < deadline && wire.step()) still = 0;
      if (formed(this.nodes)) return;
    }
  }
}

/**
 * V8 compiles accesses to typed arrays for a process in which no ArrayBuffer was ever detached, and throws all of that
 * code away when the first one is: that would be when the first client goes. So it is now, before there is any.
 */
function detachOnce(): void {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
}

async function nodeOn(wire: RehearsalWire, nodeId: number, options: RehearsalOptions): Promise<ChoraleNode> {
  const peers = NODES.map((id) => ({ nodeId: id, address: `127.0.0.${id}` }));
  const transportOptions: TransportOptions = {
    transport: 'udpu',
    nodeId,
    localAddress: `127.0.0.${nodeId}`,
    port: 1,
    peers,
    blockUnlistedIps: true,
    netmtu: options.netmtu,
    downcheck: 1000,
    firstCheck: 0,
    slots: SLOTS,
    largeSlots: LARGE_SLOTS,
  };
  const transport = new UdpuTransport(transportOptions, wire.addon);
  await transport.bindSockets();
  transport.setPeers(peers);
  return new ChoraleNode({
    transport,
    clock: nodeClock,
    entropy: new NodeEntropy(),
    store: nothingStored(),
    loggerOf: () => silentLogger,
    options: { nodeId, peers, parameters: options.parameters, netmtu: options.netmtu },
    plugins: [{ plugin: cpgPlugin() }],
  });
}

function nothingStored(): Store {
  const entries = new Map<string, Uint8Array>();
  return { load: (key) => entries.get(key), save: (key, bytes) => void entries.set(key, bytes.slice()) };
}

function formed(nodes: readonly ChoraleNode[]): boolean {
  return nodes.every((node) => node.members.length === nodes.length && node.state === 'operational');
}

/** One message after the other, then some at a time, each until it has come back. Returns how many did. */
async function multicastFrom(node: ChoraleNode, wire: RehearsalWire, pings: number, deadline: number): Promise<number> {
  const client = new RehearsedClient(node.clients, 'cpg');
  let came = 0;
  const until = (events: number): boolean => {
    const before = came;
    for (let steps = 0; came - before < events && steps < STEPS_MOST && wire.step(); steps++) came += client.take();
    return came - before >= events;
  };
  client.request(join());
  if (!until(1)) return 0;
  const message = multicast();
  came = 0;
  for (let i = 0; i < pings && performance.now() < deadline; i++) {
    const burst = i % BURST === BURST - 1 ? BURST : 1;
    for (let k = 0; k < burst; k++) client.request(message);
    if (!until(burst)) break;
    if (i % BLOCK === BLOCK - 1) await delay(PAUSE_MS);
  }
  client.close();
  return came;
}

function join(): Uint8Array {
  const body = new Uint8Array(152);
  const view = new DataView(body.buffer);
  view.setUint32(0, GROUP.length, true);
  body.set(GROUP, 8);
  view.setUint32(136, 1, true);
  return requestMessage(RequestId.JOIN, body);
}

function multicast(): Uint8Array {
  const body = new Uint8Array(24 + PAYLOAD_BYTES);
  const view = new DataView(body.buffer);
  view.setUint32(8, 2, true);
  view.setUint32(16, PAYLOAD_BYTES, true);
  return requestMessage(RequestId.MCAST, body);
}

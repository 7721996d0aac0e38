import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { MessageView } from '../../core/base/message-view.js';
import type { ServiceEngine } from '../../core/host/service-engine.js';
import { CAPTURES } from '../support/pcap.js';
import { FakeClient } from '../support/fake-client.js';
import { readIpcLog } from '../support/ipc-log.js';
import { FakeNode, seededRandom } from '../support/ring-fake.js';
import type { Random } from '../support/ring-fake.js';
import { capturedServiceMessages } from './captured-messages.js';
import type { CapturedMessage } from './captured-messages.js';
import { ServiceNode } from './service-node.js';

const SEED = Number(process.env['SEED'] ?? 20261121);

/** One captured message of each kind. */
function samples(): CapturedMessage[] {
  const found = new Map<number, CapturedMessage>();
  for (const file of readdirSync(CAPTURES).filter((name) => name.endsWith('.pcap') && name !== 'udpu-partial.pcap')) {
    for (const { messages } of capturedServiceMessages(file)) {
      for (const message of messages) if (!found.has(message.id)) found.set(message.id, message);
    }
  }
  return [...found.values()];
}

/** The services of node 1, in the middle of a synchronization with nodes 2 and 3, with a client of each. */
function target(): { node: ServiceNode; clients: Map<number, FakeClient>; engine: (id: number) => ServiceEngine } {
  const node = new ServiceNode(new FakeNode(1, 100_000), {
    nodelist: [1, 2, 3],
    keys: { 'quorum.device.model': 'net' },
  });
  for (const { sync } of node.node.engines.values()) sync?.syncInit([], [1, 2, 3], { representative: 1, seq: 4 });
  const engine = (id: number): ServiceEngine => node.node.engines.get(id)!;
  const clients = new Map([0, 1, 2, 3, 5].map((id) => [id, new FakeClient(engine(id), 10 + id)]));
  return { node, clients, engine };
}

function receive(engine: ServiceEngine, id: number, bytes: Uint8Array): void {
  engine.messages[id & 0xffff]!(MessageView.over(bytes), 2);
}

function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice(0, random(4) === 0 ? random(bytes.length + 1) : bytes.length);
  for (let changes = 1 + random(4); changes > 0 && copy.length > 0; changes--) {
    const at = random(copy.length);
    if (random(3) === 0) copy.fill(random(2) * 255, at, at + 4);
    else copy[at] = random(256);
  }
  return copy;
}

describe('services: hostile input', () => {
  it('refuses ring messages cut at any byte, counts them, and goes on', () => {
    const whole = samples();
    expect(whole.length).to.be.at.least(13);
    for (const { id, bytes } of whole) {
      const { node, engine } = target();
      for (let length = 0; length < bytes.length; length++) {
        // A join list cut between two entries is a shorter list.
        const whole = id === 0x20002 && length >= 24 && (length - 24) % 144 === 0;
        const before = node.refused;
        receive(engine(id >> 16), id, bytes.slice(0, length));
        expect(node.refused - before, `${id.toString(16)} cut at ${length}`).to.equal(whole ? 0 : 1);
      }
      receive(engine(id >> 16), id, bytes);
    }
  });

  it('answers requests cut at any byte, once each', () => {
    const logs: [number, string][] = [
      [0, 'ipc-cmap.txt'],
      [1, 'ipc-cfg-shutdown.txt'],
      [2, 'ipc-cpg.txt'],
      [3, 'ipc-quorum-v1.txt'],
      [5, 'ipc-votequorum-qdevice.txt'],
    ];
    for (const [service, file] of logs) {
      const { clients } = target();
      const client = clients.get(service)!;
      const seen = new Set<number>();
      for (const { kind, id, bytes } of readIpcLog(file)) {
        if (kind !== 'request' || seen.has(id) || (service === 2 && id === 2)) continue;
        seen.add(id);
        for (let length = 16; length < bytes.length; length++) {
          // Answers at once, in the middle of whatever state the requests before have made.
          const error = client.ask(bytes.slice(0, length));
          if (!(service === 2 && id >= 9)) expect(error, `${file} ${id} cut at ${length}`).to.equal(7);
        }
      }
      expect(seen.size).to.be.greaterThan(1);
    }
  });

  it(`survives random messages and requests (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const messages = samples();
    const requests = [0, 1, 2, 3, 5].flatMap((service) => {
      const files = [
        'ipc-cmap.txt',
        'ipc-cfg-shutdown.txt',
        'ipc-cpg.txt',
        'ipc-quorum-v1.txt',
        '',
        'ipc-votequorum-qdevice.txt',
      ];
      return readIpcLog(files[service]!)
        .filter(({ kind }) => kind === 'request')
        .map(({ bytes }) => ({ service, bytes }));
    });
    const { node, clients, engine } = target();
    for (let i = 0; i < 100_000; i++) {
      if (random(2) === 0) {
        const { id, bytes } = messages[random(messages.length)]!;
        receive(engine(id >> 16), id, mutated(bytes, random));
      } else {
        const { service, bytes } = requests[random(requests.length)]!;
        const changed = mutated(bytes, random);
        // The id chooses the handler, which the host has found.
        if (changed.length < 16) continue;
        changed.set(bytes.subarray(0, 4));
        clients.get(service)!.request(changed);
      }
      for (const client of clients.values()) client.events.length = client.responses.length = 0;
      if (i % 1000 === 0) {
        for (const { sync } of node.node.engines.values()) {
          sync?.syncProcess();
          sync?.syncActivate();
          sync?.syncInit([1, 2], [1, 2, 3], { representative: 1, seq: 4 + i });
        }
        node.node.queue.length = node.node.syncQueue.length = 0;
      }
    }
    expect(node.refused).to.be.greaterThan(10_000);
    for (const each of node.node.engines.values()) expect(() => JSON.stringify(each.dump?.())).not.to.throw();
  });
});

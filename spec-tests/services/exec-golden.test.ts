import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { MessageView } from '../../core/base/message-view.js';
import { killNodeBody, reloadBody, shutdownBody } from '../../core/services/cfg/layouts.js';
import {
  downlistBody,
  joinlistBody,
  multicastHead,
  nameAt,
  nameField,
  partialHead,
  processBody,
} from '../../core/services/cpg/layouts.js';
import { textAt } from '../../core/services/packet.js';
import {
  nodeInfoBody,
  qdeviceReconfigureBody,
  qdeviceRegBody,
  reconfigureBody,
} from '../../core/services/votequorum/layouts.js';
import { CAPTURES } from '../support/pcap.js';
import { FakeCluster, FakeNode, seededRandom } from '../support/ring-fake.js';
import { capturedServiceMessages, fieldsOf, swapped } from './captured-messages.js';
import type { CapturedMessage, CapturedServiceRing } from './captured-messages.js';
import { ServiceNode } from './service-node.js';

const files = readdirSync(CAPTURES).filter((name) => name.endsWith('.pcap') && name !== 'udpu-partial.pcap');

/** What the engines of node 1 know after they heard one ring of a capture, sync phases around it. */
function hear(ring: CapturedServiceRing, read: (message: CapturedMessage) => MessageView): unknown {
  const node = new ServiceNode(new FakeNode(1, 1000), { nodelist: [1, 2, 3] });
  const engines = [node.cmap, node.cfg, node.cpg, node.quorum, node.votequorum];
  for (const { sync } of [node.cmap, node.cpg, node.quorum, node.votequorum]) {
    sync.syncInit([], ring.senders, ring);
  }
  for (const message of ring.messages) {
    node.node.engines.get(message.id >> 16)!.messages[message.id & 0xffff]!(read(message), message.sender);
  }
  for (const { sync } of [node.cmap, node.cpg, node.quorum, node.votequorum]) sync.syncActivate();
  expect(node.refused).to.equal(0);
  return { dumps: engines.map((engine) => engine.dump()), shutdowns: node.shutdowns };
}

/** The same message as Chorale would encode it, from what it decoded. */
function encodeAgain({ id, bytes }: CapturedMessage): Uint8Array {
  const message = MessageView.over(bytes);
  const name = (at: number): Uint8Array => nameField(nameAt(message, at));
  switch (id) {
    case 0x10001:
      return killNodeBody(message.u32(16), textAt(message, 32, message.u16(24)));
    case 0x10002:
      return shutdownBody();
    case 0x10003:
      return reloadBody(message.u32(16), Number(message.u64(24)));
    case 0x20000:
    case 0x20001:
      return processBody(name(16), message.u32(152), message.u32(160));
    case 0x20002: {
      const count = (bytes.length - 24) / 144;
      const entry = (i: number): { pid: number; name: Uint8Array } => ({
        pid: message.u32(24 + 144 * i),
        name: name(32 + 144 * i),
      });
      return joinlistBody(Array.from({ length: count }, (_, i) => entry(i)));
    }
    case 0x20003: {
      const head = multicastHead(name(16), message.u32(160), message.u32(168), Number(message.u64(176)));
      new DataView(head.buffer, head.byteOffset).setUint32(152 - 16, message.u32(152), true);
      return Buffer.concat([head, bytes.subarray(184)]);
    }
    case 0x20005: {
      const left = Array.from({ length: message.u32(24) }, (_, i) => message.u32(32 + 4 * i));
      return downlistBody(message.u32(16), left);
    }
    case 0x20006: {
      const fragment = { messageLength: message.u32(152), length: message.u32(160), type: message.u32(176) };
      const head = partialHead(name(16), message.u32(168), message.u32(184), Number(message.u64(192)), fragment);
      return Buffer.concat([head, bytes.subarray(200)]);
    }
    case 0x50000: {
      const [nodeId, votes, expectedVotes, flags] = [16, 20, 24, 28].map((at) => message.u32(at)) as [
        number,
        number,
        number,
        number,
      ];
      return nodeInfoBody({ nodeId, votes, expectedVotes, flags });
    }
    case 0x50001:
      return reconfigureBody(message.u8(24), message.u32(16), message.u32(20));
    case 0x50002:
      return qdeviceRegBody(message.u32(16), textAt(message, 20, 255));
    case 0x50003:
      return qdeviceReconfigureBody(textAt(message, 16, 255), textAt(message, 271, 255));
    default:
      throw new Error(`no encoder for message ${id.toString(16)}`);
  }
}

function meaning(message: CapturedMessage, bytes: Uint8Array): string[] {
  return fieldsOf(message).map(
    ({ at, size }) => `${at}: ${Buffer.from(bytes.subarray(at, at + size)).toString('hex')}`,
  );
}

describe('services: messages of real Corosync nodes', () => {
  it('finds captures with every message that there is', () => {
    const ids = new Set(
      files.flatMap((file) => capturedServiceMessages(file).flatMap(({ messages }) => messages.map(({ id }) => id))),
    );
    const all = [0, 0x10001, 0x10002, 0x10003, 0x20000, 0x20001, 0x20002, 0x20003, 0x20005].concat([
      0x50000, 0x50001, 0x50002, 0x50003,
    ]);
    expect([...ids].sort((a, b) => a - b)).to.deep.equal(all);
  });

  for (const file of files) {
    it(`understands ${file}, and the same from a node of the other byte order`, () => {
      for (const ring of capturedServiceMessages(file)) {
        const native = hear(ring, ({ bytes }) => MessageView.over(bytes));
        expect(hear(ring, swapped)).to.deep.equal(native);
      }
    });

    it(`encodes ${file} again to the same bytes, padding apart`, () => {
      for (const { messages } of capturedServiceMessages(file)) {
        for (const message of messages) {
          if (message.id === 0) continue; // its encoder needs the engine: below
          const body = encodeAgain(message);
          const again = new Uint8Array(16 + body.length);
          again.set(body, 16);
          expect(again.length).to.equal(message.bytes.length);
          expect(meaning(message, again), message.id.toString(16)).to.deep.equal(meaning(message, message.bytes));
        }
      }
    });
  }

  for (const file of ['udpu-form.pcap', 'udp-form.pcap']) {
    it(`says what real nodes said when three of them formed a ring in ${file}`, () => {
      const rings = capturedServiceMessages(file);
      const real = rings.find(({ senders }) => senders.length === 3)!;
      const fake = new FakeCluster({ nodes: [1, 2, 3], random: seededRandom(3) });
      for (const node of fake.nodes) new ServiceNode(node, { nodelist: [1, 2, 3] });
      // In one of the captures node 1 comes up into the ring of three, in the other all were alone before.
      const fresh = real.messages[0]!.id === 0x50000 ? real.messages[0]!.sender : 0;
      fake.reform(...[1, 2, 3].filter((id) => id !== fresh).map((id) => [id]));
      fake.settle();
      for (const node of fake.nodes) node.history.length = 0;
      fake.reform([1, 2, 3]);
      fake.settle();
      const said = fake
        .node(1)
        .history.slice(1)
        .map((line): CapturedMessage => {
          const [sender, hex] = line.split(' ') as [string, string];
          const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
          return { sender: Number(sender), id: new DataView(bytes.buffer).getInt32(0, true), bytes };
        });
      for (const node of real.senders) {
        const of = (messages: readonly CapturedMessage[]): unknown =>
          messages
            .filter(({ sender, id }) => sender === node && id !== 0x20000)
            .map((message) => [message.id, message.bytes.length, meaning(message, message.bytes)]);
        expect(of(said), `node ${node}`).to.deep.equal(of(real.messages));
      }
    });
  }
});

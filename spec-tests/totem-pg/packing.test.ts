import { expect } from 'chai';
import fc from 'fast-check';
import { CsError } from '../../core/base/errors.js';
import type { Logger } from '../../core/base/logger.js';
import { MessageView } from '../../core/base/message-view.js';
import { Guarantee } from '../../core/totem/ring.js';
import { body, indexOf, modelMessages, testRings } from './nodes.js';
import type { Received, TestNode } from './nodes.js';

/** The sizes that have gone wrong anywhere: around a frame's borders, and everything up to 1 MiB. */
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 8, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1380, max: 1420 }) },
  { weight: 3, arbitrary: fc.integer({ min: 300, max: 6000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 6000, max: 100_000 }) },
);

interface Send {
  readonly sender: number;
  readonly size: number;
  /** 0: the token goes round after it. */
  readonly rotate: number;
}

function script(size: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Send[]> {
  return fc.array(fc.record({ sender: fc.integer({ min: 0, max: 2 }), size, rotate: fc.nat(5) }), {
    minLength: 1,
    maxLength,
  });
}

/** Three nodes, one of the other byte order, send these messages as their queues allow. */
function checkDelivery(sends: readonly Send[], capacity: number): void {
  const { rings, nodes } = testRings(3, [{ capacity }, { capacity, littleEndian: false }, { capacity }]);
  rings.form([1, 2, 3]);
  for (const { packing } of nodes) packing.synchronized();
  const sent = [0, 0, 0];
  for (const { sender, size, rotate } of sends) {
    const node = nodes[sender]!;
    while (!node.send(body(sender + 1, sent[sender]!, size))) rings.rotate();
    sent[sender]!++;
    if (rotate === 0) rings.rotate(() => 3);
  }
  rings.settle();
  for (const node of nodes) {
    const order = node.received.map((message) => [message.sender, indexOf(message)]);
    expect(order).to.deep.equal(nodes[0]!.received.map((message) => [message.sender, indexOf(message)]));
    for (const sender of [0, 1, 2]) {
      const expected = Array.from({ length: sent[sender]! }, (_, i) => i);
      expect(indexes(node.received, sender + 1)).to.deep.equal(expected);
      expect(indexes(modelMessages(node), sender + 1)).to.deep.equal(expected);
    }
    expect(node.model.thrownAway).to.deep.equal([]);
    expect(node.packing.unfinished).to.equal(0);
    expect(node.port.frames.free).to.equal(2 * capacity + 8);
  }
}

function indexes(messages: readonly Received[], sender: number): number[] {
  return messages.filter((message) => message.sender === sender).map(indexOf);
}

function pieceCounts(node: TestNode): number[] {
  return node.port.order!.frames.map(({ payload }) => new DataView(payload.buffer).getUint16(6, true));
}

describe('packing: sender and receiver', () => {
  it('gives every message of random sizes to every node, whole and in one order, as a Corosync receiver does', () => {
    fc.assert(
      fc.property(script(sizes, 60), fc.integer({ min: 80, max: 200 }), (sends, capacity) =>
        checkDelivery(sends, capacity),
      ),
      { numRuns: 60 },
    );
  });

  it('does so up to 1 MiB', () => {
    const large = fc.oneof(sizes, fc.integer({ min: 100_000, max: 1024 * 1024 + 200 }));
    fc.assert(
      fc.property(script(large, 20), (sends) => checkDelivery(sends, 1000)),
      { numRuns: 10 },
    );
  });

  it('carries messages of every length around one, two and three frames, alone and behind others', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    let sent = 0;
    for (const ahead of [0, 1, 19]) {
      for (let frames = 1; frames <= 3; frames++) {
        for (let size = 1400 * frames - 140; size <= 1400 * frames + 12; size++) {
          for (let i = 0; i < ahead; i++) expect(node.send(body(1, sent++, 60))).to.equal(true);
          expect(node.send(body(1, sent++, size))).to.equal(true);
          rings.rotate();
        }
      }
    }
    rings.settle();
    const expected = Array.from({ length: sent }, (_, i) => i);
    expect(indexes(node.received, 1)).to.deep.equal(expected);
    expect(indexes(modelMessages(node), 1)).to.deep.equal(expected);
  });

  it('carries 1 MiB and the longest message allowed; a longer one is refused with what to do', () => {
    const { rings, nodes } = testRings(2);
    rings.form([1, 2]);
    for (const node of nodes) node.packing.synchronized();
    const longest = 1024 * 1024 + 65536 - 1410 - 1 - 5;
    const lengths = [1_048_576, longest, 100, longest];
    lengths.forEach((length, i) => {
      expect(nodes[0]!.send(body(1, i, length))).to.equal(true);
    });
    expect(() => nodes[0]!.send(new Uint8Array(longest + 1))).to.throw(
      CsError,
      /CS_ERR_TOO_BIG: 1112697 bytes are over the ring's limit of 1112696 .* send it in parts/,
    );
    expect(nodes[0]!.packing.canMulticast(longest + 1)).to.equal(false);
    rings.settle();
    for (const node of nodes) {
      expect(node.received.map(({ body: bytes }) => bytes.length)).to.deep.equal(lengths);
      expect(indexes(node.received, 1)).to.deep.equal([0, 1, 2, 3]);
      expect(indexes(modelMessages(node), 1)).to.deep.equal([0, 1, 2, 3]);
    }
  });

  it('numbers fragments 1 to 255 and again from 1, and starts each message with 1', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    nodes[0]!.packing.synchronized();
    nodes[0]!.send(body(1, 0, 400_000));
    nodes[0]!.send(body(1, 1, 4000));
    rings.settle();
    const numbers = nodes[0]!.port.order!.frames.map(({ payload }) => [payload[4]!, payload[5]!]);
    const fragmented = numbers.map(([number]) => number!);
    expect(fragmented.slice(0, 257)).to.deep.equal([...Array.from({ length: 255 }, (_, i) => i + 1), 1, 2]);
    // 400005 bytes are 285 frames and 1005 bytes; with them goes the first part of the 4005.
    expect(fragmented.slice(255)).to.deep.equal([...Array.from({ length: 30 }, (_, i) => i + 1), 1, 2, 3, 0]);
    expect(numbers.map(([, continuation]) => continuation)).to.deep.equal([0, ...fragmented.slice(0, -1)]);
  });

  it('takes all of a message or nothing, and says so beforehand', () => {
    const capacity = 10;
    const { rings, nodes } = testRings(1, [{ capacity }]);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    expect(node.packing.canMulticast(14_001)).to.equal(false);
    expect(node.send(new Uint8Array(14_001))).to.equal(false);
    expect(node.port.queued).to.equal(0);
    let taken = 0;
    for (let size = 9000; size >= 8; size = Math.floor(size / 2)) {
      for (;;) {
        const can = node.packing.canMulticast(size);
        const queued = node.port.queued;
        const took = node.send(body(1, taken, size));
        expect(took).to.equal(can);
        if (!took) expect(node.port.queued).to.equal(queued);
        if (!took) break;
        taken++;
      }
    }
    expect(node.packing.counters.refused).to.be.greaterThan(5);
    expect(node.packing.counters.sent).to.equal(taken);
    rings.settle();
    expect(indexes(node.received, 1)).to.deep.equal(Array.from({ length: taken }, (_, i) => i));
  });

  it('refuses while frame memory is low, and leaves what is received its share', () => {
    const { rings, nodes } = testRings(1, [{ slots: 100 }]);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    let sent = 0;
    while (node.send(body(1, sent, 1000))) sent++;
    expect(node.port.frames.free).to.equal(25);
    rings.settle();
    expect(indexes(node.received, 1)).to.have.length(sent);
    expect(node.send(body(1, sent, 1000))).to.equal(true);
  });

  it('fills frames with small messages', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    nodes[0]!.packing.synchronized();
    for (let i = 0; i < 2100; i++) nodes[0]!.send(body(1, i, 59));
    for (let i = 0; i < 1900; i++) nodes[0]!.send(body(1, i, 64));
    rings.settle();
    // 64 bytes with the group prefix: 21 to a frame. 64 without it: 19 and a rest that is not worth cutting one.
    expect(pieceCounts(nodes[0]!)).to.deep.equal([...Array<number>(100).fill(21), ...Array<number>(100).fill(19)]);
  });

  it('cuts middling messages so that frames leave full', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    nodes[0]!.packing.synchronized();
    for (let i = 0; i < 1000; i++) nodes[0]!.send(body(1, i, 1000));
    rings.settle();
    const bytes = nodes[0]!.port.order!.frames.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(bytes / nodes[0]!.port.order!.frames.length).to.be.greaterThan(1390);
  });

  it('waits with a partly filled frame for the token, and asks for it once', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    const wanted = node.port.tokensWanted;
    node.send(body(1, 0, 20));
    node.send(body(1, 1, 20));
    expect(node.port.queued).to.equal(0);
    expect(node.port.tokensWanted).to.equal(wanted + 1);
    rings.rotate();
    expect(node.port.order!.frames).to.have.length(1);
    expect(indexes(node.received, 1)).to.deep.equal([0, 1]);
    node.send(body(1, 2, 20));
    expect(node.port.tokensWanted).to.equal(wanted + 2);
  });

  it('marks every frame that holds a part of a safe message, and no other', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    node.send(body(1, 0, 5000));
    node.send(body(1, 1, 3000), Guarantee.SAFE);
    node.send(body(1, 2, 5000));
    rings.settle();
    const guarantees = node.port.order!.frames.map(({ guarantee }) => guarantee);
    // 5005 bytes are 3 frames and 805 bytes; the safe 3005 end in the sixth.
    expect(guarantees).to.deep.equal([0, 0, 0, 1, 1, 1, 0, 0, 0, 0]);
    node.send(body(1, 3, 20));
    rings.settle();
    expect(node.port.order!.frames.at(-1)!.guarantee).to.equal(0);
  });

  it('joins parts, empty ones too, wherever a frame ends', () => {
    const { rings, nodes } = testRings(1);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    const whole = body(1, 0, 9000);
    const cuts = [0, 0, 1, 17, 1395, 1396, 1397, 2797, 2797, 8999, 9000];
    const parts = cuts.map((from, i) => whole.subarray(from, cuts[i + 1] ?? 9000));
    expect(node.group.multicast(parts, 0)).to.equal(true);
    expect(node.group.multicast([], 0)).to.equal(true);
    rings.settle();
    expect(node.received.map(({ body: bytes }) => bytes.length)).to.deep.equal([9000, 0]);
    expect(indexOf(node.received[0]!)).to.equal(0);
  });

  it('works with frames of any size', () => {
    for (const payloadBytes of [200, 1410, 8910, 65_400]) {
      const capacity = Math.ceil(100_000 / payloadBytes) + 8;
      const options = { payloadBytes, capacity };
      const { rings, nodes } = testRings(2, [options, { ...options, littleEndian: false }]);
      rings.form([1, 2]);
      for (const node of nodes) node.packing.synchronized();
      const lengths = [8, 100, 190, 1400, 9000, 70_000];
      lengths.forEach((length, i) => nodes.forEach((node, n) => node.send(body(n + 1, i, length))));
      rings.settle();
      for (const node of nodes) {
        expect(indexes(node.received, 1)).to.deep.equal([0, 1, 2, 3, 4, 5]);
        expect(indexes(modelMessages(node), 2)).to.deep.equal([0, 1, 2, 3, 4, 5]);
      }
    }
  });
});

describe('packing: while the services synchronize', () => {
  it('keeps what follows the last message of synchronization for the normal queue, as far as that has places', () => {
    const { rings, nodes } = testRings(1, [{ capacity: 10 }]);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    // Half of this message goes, and 5 frames stay in the normal queue.
    expect(node.send(body(1, 0, 11_000))).to.equal(true);
    node.port.visit(3);
    rings.form([1]);
    expect(node.send(body(1, 1, 100))).to.equal(true);
    node.packing.synchronizationSent();
    expect(node.port.queued).to.equal(6);
    // 5 places are left for these.
    expect(node.packing.canMulticast(7001)).to.equal(false);
    expect(node.send(body(1, 2, 5000))).to.equal(true);
    expect(node.send(body(1, 3, 2000))).to.equal(false);
    expect(node.send(body(1, 3, 1900))).to.equal(true);
    rings.rotate();
    expect(indexes(node.received, 1)).to.deep.equal([1]);
    node.packing.synchronized();
    expect(node.port.leftOver).to.equal(0);
    rings.settle();
    expect(indexes(node.received, 1)).to.deep.equal([1, 0, 2, 3]);
    expect(indexes(modelMessages(node), 1)).to.deep.equal([1, 0, 2, 3]);
  });

  it('keeps it through another membership change, without holding up that synchronization', () => {
    const { rings, nodes } = testRings(2);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronizationSent();
    expect(node.send(body(1, 0, 100))).to.equal(true);
    rings.form([1, 2]);
    expect(node.send(body(1, 1, 100))).to.equal(true);
    rings.rotate();
    rings.rotate();
    expect(indexes(nodes[1]!.received, 1)).to.deep.equal([1]);
    for (const { packing } of nodes) packing.synchronized();
    rings.settle();
    for (const { received } of nodes) expect(indexes(received, 1)).to.deep.equal([1, 0]);
  });

  it('gives all memory back when it leaves', () => {
    const { rings, nodes } = testRings(1, [{ capacity: 10 }]);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronizationSent();
    node.send(body(1, 0, 5000));
    node.packing.leave();
    expect(node.port.left).to.equal(true);
    expect(node.port.frames.free).to.equal(28);
  });

  it('lets its messages have memory that ordinary ones may not have', () => {
    const { rings, nodes } = testRings(1, [{ slots: 100 }]);
    rings.form([1]);
    const node = nodes[0]!;
    node.packing.synchronized();
    let sent = 0;
    while (node.send(body(1, sent, 1000))) sent++;
    rings.form([1]);
    expect(node.send(body(1, sent, 1000))).to.equal(true);
  });
});

describe('packing: groups', () => {
  it('routes by group name and byte order, ignores groups not joined, and counts prefixes that lie', () => {
    const lines: string[] = [];
    const logger: Logger = { enabled: () => true, log: (_severity, text) => void lines.push(text) };
    const { rings, nodes } = testRings(2, [{}, { littleEndian: false }], logger);
    rings.form([1, 2]);
    const node = nodes[0]!;
    const packet = (littleEndian: boolean, message: number[]): Uint8Array => {
      const bytes = new Uint8Array(10 + message.length);
      const view = new DataView(bytes.buffer);
      view.setUint16(6, 1, littleEndian);
      view.setUint16(8, message.length, littleEndian);
      bytes.set(message, 10);
      return bytes;
    };
    const deliver = (littleEndian: boolean, message: number[]): void =>
      node.port.deliver({ sender: 2, payload: packet(littleEndian, message), littleEndian });
    deliver(true, [1, 0, 1, 0, 97, 42]);
    deliver(false, [0, 1, 0, 1, 97, 43]);
    deliver(true, [2, 0, 2, 0, 1, 0, 120, 121, 97, 44]);
    expect(node.received.map(({ body: bytes }) => [...bytes])).to.deep.equal([[42], [43], [44]]);
    deliver(true, [1, 0, 1, 0, 98, 45]);
    deliver(true, [1, 0, 2, 0, 97, 97, 45]);
    deliver(true, [0, 0, 97]);
    expect(node.packing.counters.unknownGroup).to.equal(3);
    for (const bad of [[1], [1, 0], [1, 0, 2, 0, 97], [255, 255, 1, 0, 97], [9, 0, 1, 0, 97]]) deliver(true, bad);
    expect(node.packing.counters.malformedMessages).to.equal(5);
    expect(node.received).to.have.length(3);
    expect(lines.filter((line) => line.includes('Dropped a message of node 2'))).to.have.length(3);
  });

  it('joins a name once, before the start', () => {
    const { nodes } = testRings(1);
    const { packing } = nodes[0]!;
    expect(() => packing.join('b', () => undefined)).to.throw(/before start/);
  });

  it('counts a message whose receiver reads past its end, and goes on with the next', () => {
    const { rings, nodes } = testRings(1);
    const node = nodes[0]!;
    rings.form([1]);
    node.packing.synchronized();
    node.send(new Uint8Array(8));
    node.send(body(1, 7, 20));
    const received: number[] = [];
    const original = MessageView.prototype.copy;
    MessageView.prototype.copy = function copy(this: MessageView, at: number, length: number): Uint8Array {
      received.push(this.u32(8));
      return original.call(this, at, length);
    };
    try {
      rings.settle();
    } finally {
      MessageView.prototype.copy = original;
    }
    expect(received).to.have.length(1);
    expect(node.packing.counters.malformedMessages).to.equal(1);
    expect(indexes(node.received, 1)).to.deep.equal([7]);
  });
});

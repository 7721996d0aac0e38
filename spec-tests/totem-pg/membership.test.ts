import { expect } from 'chai';
import { Guarantee } from '../../core/totem/ring.js';
import type { FakeRings, SentFrame } from './fake-ring.js';
import { body, expectAgreement, indexOf, testRings } from './nodes.js';
import type { TestNode } from './nodes.js';

/** All bytes of a frame but 15: what it has of a message, when that fills it and begins before it. */
const FULL = 1400;

function synchronize(nodes: readonly TestNode[]): void {
  for (const { packing } of nodes) packing.synchronized();
}

/** Node 1's messages as `node` has them. */
function ofNode1(node: TestNode): number[] {
  return node.received.filter(({ sender }) => sender === 1).map(indexOf);
}

/** A frame as `continuation>fragmented`. */
function numbers({ payload }: SentFrame): string {
  return `${payload[5]}>${payload[4]}`;
}

function framesOf(rings: FakeRings, ring: number, transitional = false): SentFrame[] {
  return rings.orders[ring]!.frames.filter((frame) => frame.sender === 1 && frame.transitional === transitional);
}

/** Node 1 is with node 2, has sent `sent` frames of a message of `length` bytes, and another message waits behind it. */
function cutMessage(
  length: number,
  sent: number,
  guarantee: Guarantee = Guarantee.AGREED,
): ReturnType<typeof testRings> {
  const world = testRings(4);
  const { rings, nodes } = world;
  rings.form([1, 2], [3], [4]);
  synchronize(nodes);
  expect(nodes[0]!.send(body(1, 0, length), guarantee)).to.equal(true);
  expect(nodes[0]!.send(body(1, 1, 100))).to.equal(true);
  nodes[0]!.port.visit(sent);
  return world;
}

describe('packing: a message cut by a membership change', () => {
  it('is sent again from its beginning when somebody joins, and every member delivers it and what is behind it', () => {
    const { rings, nodes } = cutMessage(5 * FULL, 2);
    rings.form([1, 2, 3, 4]);
    synchronize(nodes);
    rings.settle();
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([0, 1]);
    expectAgreement(nodes);
    const frames = framesOf(rings, 3);
    expect(frames.map(numbers)).to.deep.equal(['3>0', '0>1', '1>2', '2>3', '3>4', '4>5', '5>0']);
    expect(frames[0]!.payload).to.have.length(8 + 2 + 1);
    expect(new Set(nodes.map(({ port }) => port.frames.free)).size).to.equal(1);
  });

  it('goes on where it was when nobody joins', () => {
    const { rings, nodes } = cutMessage(5 * FULL, 2);
    rings.form([1, 2], [3, 4]);
    synchronize(nodes);
    rings.settle();
    expectAgreement(nodes);
    expect(framesOf(rings, 3).map(numbers)).to.deep.equal(['2>3', '3>4', '4>5', '5>0']);
  });

  it('goes on where it was when who joined found nothing cut', () => {
    const { rings, nodes } = cutMessage(5 * FULL, Infinity);
    rings.form([1, 2, 3], [4]);
    synchronize(nodes);
    nodes[0]!.send(body(1, 2, 5 * FULL));
    nodes[0]!.port.visit(2);
    rings.form([1, 2, 3], [4]);
    synchronize(nodes);
    rings.settle();
    expectAgreement(nodes);
    expect(framesOf(rings, 5).map(numbers)).to.deep.equal(['2>3', '3>4', '4>5', '5>0']);
  });

  it('is numbered so that what waits continues it, wherever it was cut', () => {
    for (const sent of [1, 254, 255, 256, 300]) {
      const { rings, nodes } = cutMessage(310 * FULL, sent);
      rings.form([1, 2, 3], [4]);
      synchronize(nodes);
      rings.settle();
      for (const node of nodes.slice(0, 3)) expect(ofNode1(node)).to.deep.equal([0, 1]);
      expectAgreement(nodes);
      const [reset, ...frames] = framesOf(rings, 3);
      expect(reset!.payload[4]).to.equal(0);
      expect(reset!.payload[5]).to.not.be.oneOf([0, framesOf(rings, 0).at(-1)!.payload[4]]);
      frames.forEach(({ payload }, i) => expect(payload[5]).to.equal(i === 0 ? 0 : frames[i - 1]!.payload[4]));
      expect(frames.map(({ payload }) => payload[4]).slice(0, -1)).to.not.include(0);
    }
  });

  it('is taken back from a full buffer of a Corosync node without harm', () => {
    const longest = 1024 * 1024 + 65536 - 1410 - 1 - 5;
    const { rings, nodes } = cutMessage(longest, Math.ceil(longest / FULL) - 1);
    rings.form([1, 2, 3], [4]);
    synchronize(nodes);
    rings.settle();
    for (const node of nodes.slice(0, 3)) expect(ofNode1(node)).to.deep.equal([0, 1]);
    expectAgreement(nodes);
  });

  it('is sent again once for all who joined, though no synchronization between was complete', () => {
    const { rings, nodes } = cutMessage(5 * FULL, 3);
    rings.form([1, 2, 3], [4]);
    rings.form([1, 2, 3, 4]);
    rings.form([1, 2, 3, 4]);
    synchronize(nodes);
    rings.settle();
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([0, 1]);
    expectAgreement(nodes);
    expect(framesOf(rings, 6)).to.have.length(1 + 3 + 3);
  });

  it('is sent again as far as it has gone out, when the ring changes once more', () => {
    // What is out then: nothing, the frame that takes it back, half of the beginning, all of it, some of the rest.
    for (const sent of [0, 1, 3, 4, 5]) {
      const { rings, nodes } = cutMessage(5 * FULL, 3);
      rings.form([1, 2, 3], [4]);
      synchronize(nodes);
      nodes[0]!.port.visit(sent);
      rings.form([1, 2, 3, 4]);
      synchronize(nodes);
      rings.settle();
      for (const node of nodes) expect(ofNode1(node)).to.deep.equal([0, 1]);
      expectAgreement(nodes);
      const again = sent < 2 ? 3 - sent : sent;
      expect(framesOf(rings, 5), `${sent} frames were out`).to.have.length(sent < 2 ? 7 - sent : 7 - sent + again);
    }
  });

  it('is not sent again when the ring changes, nobody joins and half of it is out again', () => {
    const { rings, nodes } = cutMessage(5 * FULL, 3);
    rings.form([1, 2, 3], [4]);
    synchronize(nodes);
    nodes[0]!.port.visit(3);
    rings.form([1, 2, 3], [4]);
    synchronize(nodes);
    rings.settle();
    expectAgreement(nodes);
    expect(framesOf(rings, 5)).to.have.length(4);
  });

  it('stays safe: its last frame waits for every member to have all of it', () => {
    const { rings, nodes } = cutMessage(5 * FULL, 2, Guarantee.SAFE);
    rings.form([1, 2, 3, 4]);
    synchronize(nodes);
    rings.settle();
    const frames = framesOf(rings, 3);
    expect(frames.at(-1)!.guarantee).to.equal(Guarantee.SAFE);
    expectAgreement(nodes);
  });

  it('of an interrupted synchronization is sent again in the next one', () => {
    const { rings, nodes } = testRings(3);
    rings.form([1, 2], [3]);
    nodes[0]!.send(body(1, 0, 5 * FULL));
    nodes[0]!.send(body(1, 1, 100));
    nodes[0]!.port.visit(2);
    rings.form([1, 2, 3]);
    nodes[0]!.send(body(1, 2, 100));
    rings.settle();
    synchronize(nodes);
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([0, 1, 2]);
    expectAgreement(nodes);
    const frames = framesOf(rings, 2, true).map(numbers);
    expect(frames.slice(0, 3)).to.deep.equal(['3>0', '0>1', '1>2']);
  });

  it('waits for memory that received frames hold, with all that is behind it, and is not lost', () => {
    const { rings, nodes } = testRings(3, [{ slots: 200 }]);
    const { port } = nodes[0]!;
    rings.form([1, 2], [3]);
    synchronize(nodes);
    nodes[0]!.send(body(1, 0, 60 * FULL));
    port.visit(40);
    nodes[0]!.send(body(1, 1, 100));
    rings.form([1, 2, 3]);
    const received: number[] = [];
    while (port.frames.free > 45) received.push(port.frames.allocate(100));
    synchronize(nodes);
    expect(port.paused).to.equal(true);
    for (let i = 0; i < 3; i++) rings.rotate();
    expect(framesOf(rings, 2)).to.deep.equal([]);
    for (const frame of received) port.frames.release(frame);
    rings.rotate();
    expect(port.paused).to.equal(false);
    rings.settle();
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([0, 1]);
    expectAgreement(nodes);
  });

  it('waits for memory through another membership change, which is not held up', () => {
    const { rings, nodes } = testRings(3, [{ slots: 200 }]);
    const { port } = nodes[0]!;
    rings.form([1, 2], [3]);
    synchronize(nodes);
    nodes[0]!.send(body(1, 0, 60 * FULL));
    port.visit(40);
    rings.form([1, 2, 3]);
    const received: number[] = [];
    while (port.frames.free > 45) received.push(port.frames.allocate(100));
    synchronize(nodes);
    expect(port.paused).to.equal(true);
    rings.form([1, 2, 3]);
    expect(port.paused).to.equal(false);
    nodes[0]!.send(body(1, 1, 100));
    rings.rotate();
    rings.rotate();
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([1]);
    for (const frame of received) port.frames.release(frame);
    synchronize(nodes);
    rings.settle();
    for (const node of nodes) expect(ofNode1(node)).to.deep.equal([1, 0]);
    expectAgreement(nodes);
  });

  it('leaves memory to send its beginning again, whatever else services send', () => {
    const { rings, nodes } = testRings(2, [{ slots: 200 }]);
    const { port } = nodes[0]!;
    rings.form([1], [2]);
    synchronize(nodes);
    nodes[0]!.send(body(1, 0, 80 * FULL));
    let sent = 1;
    while (nodes[0]!.send(body(1, sent, 1000))) sent++;
    port.visit(80);
    while (nodes[0]!.send(body(1, sent, 1000))) sent++;
    rings.form([1, 2]);
    while (nodes[0]!.send(body(1, sent, 1000))) sent++;
    for (let i = 0; i < 10; i++) rings.rotate();
    synchronize(nodes);
    expect(port.paused).to.equal(false);
    rings.settle();
    for (const node of nodes) expect(new Set(ofNode1(node)).size).to.equal(sent);
    expectAgreement(nodes);
  });
});

describe('packing: what a node sent before it left', () => {
  it('is put together also when its end comes after the transitional configuration', () => {
    const { rings, nodes } = testRings(2);
    rings.form([1, 2]);
    synchronize(nodes);
    nodes[1]!.send(body(2, 0, 2 * FULL), Guarantee.SAFE);
    nodes[1]!.port.visit(Infinity);
    const { port } = nodes[0]!;
    const [head, ...rest] = rings.orders[0]!.frames;
    // As the ring does when it does not know of the rest whether all have it.
    port.listener!.deliver(...placed(port.frames.bytes, head!));
    const ringId = { representative: 1, seq: 8 };
    const alone = { ringId, members: [1] };
    port.listener!.configuration({ kind: 'transitional', ...alone, left: [2], joined: [] });
    port.listener!.queueChanging(true);
    for (const frame of rest) port.listener!.deliver(...placed(port.frames.bytes, frame));
    port.listener!.assemblyChanging();
    port.listener!.configuration({ kind: 'regular', ...alone, left: [], joined: [] });
    expect(nodes[0]!.received.map(indexOf)).to.deep.equal([0]);
    expect(nodes[0]!.packing.unfinished).to.equal(0);
  });
});

/** Puts a frame where nobody looks, as arguments of `deliver`. */
function placed(memory: Uint8Array, { payload, sender, littleEndian }: SentFrame): [number, number, number, boolean] {
  const offset = memory.length - payload.length;
  memory.set(payload, offset);
  return [offset, payload.length, sender, littleEndian];
}

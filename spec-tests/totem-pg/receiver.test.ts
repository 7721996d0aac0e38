import { expect } from 'chai';
import fc from 'fast-check';
import type { Logger } from '../../core/base/logger.js';
import type { FakePort, SentFrame } from './fake-ring.js';
import { body, indexOf, modelMessages, testRings } from './nodes.js';
import type { TestNode } from './nodes.js';

const PREFIX = [1, 0, 1, 0, 97];

/** A frame of node 2: `fragmented`, `continuation` and the bytes of the pieces. */
function frame(fragmented: number, continuation: number, ...pieces: (string | number[])[]): SentFrame {
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? [...Buffer.from(piece)] : piece));
  const payload = new Uint8Array(8 + 2 * bytes.length + bytes.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(payload.buffer);
  view.setUint8(4, fragmented);
  view.setUint8(5, continuation);
  view.setUint16(6, bytes.length, true);
  bytes.forEach(({ length }, i) => view.setUint16(8 + 2 * i, length, true));
  payload.set(bytes.flat(), 8 + 2 * bytes.length);
  return { sender: 2, payload, littleEndian: true, guarantee: 0, transitional: false };
}

/** A message that begins in its piece. */
function message(text: string): number[] {
  return [...PREFIX, ...Buffer.from(text)];
}

/** The same without the model, which stands only what a correct node sends. */
function deafListener(logger?: Logger): ReturnType<typeof listener> {
  const result = listener(logger);
  result.port.observers.splice(0);
  return result;
}

/** Node 1 of a ring of two, synchronized, and what it has received as text. */
function listener(logger?: Logger): {
  node: TestNode;
  port: FakePort;
  texts: () => string[];
  modelTexts: () => string[];
} {
  const { rings, nodes } = testRings(2, [], logger);
  rings.form([1, 2]);
  const node = nodes[0]!;
  node.packing.synchronized();
  return {
    node,
    port: node.port,
    texts: () => node.received.map(({ body: bytes }) => Buffer.from(bytes).toString()),
    modelTexts: () => modelMessages(node).map(({ body: bytes }) => Buffer.from(bytes).toString()),
  };
}

describe('packing: a receiver that is not in step', () => {
  it('throws away what Corosync throws away, and takes up the stream where Corosync does', () => {
    const { port, node, texts, modelTexts } = listener();
    const script = [
      frame(0, 0, message('one')),
      // Fragment 1 of a message, but its continuation is lost: everything up to a frame that ends with a message goes.
      frame(1, 0, message('two-')),
      frame(3, 2, 'lost', message('lost too'), message('three-')),
      frame(4, 3, '...'),
      frame(0, 4, 'lost', message('lost as well')),
      frame(0, 0, message('four'), message('five')),
      // A frame that fits but one: it goes too, and with it ends what was missing.
      frame(0, 9, 'lost', message('lost again')),
      frame(1, 0, message('si')),
      frame(0, 1, 'x', message('seven')),
      // Begins to throw away with fragment 1: that does not end it at once, though the next frame would fit.
      frame(1, 0, message('ei-')),
      frame(1, 5, 'lost', message('lost'), message('ni-')),
      frame(0, 1, 'lost', message('lost')),
      frame(0, 0, message('ten')),
    ];
    for (const sent of script) port.deliver(sent);
    expect(texts()).to.deep.equal(['one', 'four', 'five', 'six', 'seven', 'ten']);
    expect(modelTexts()).to.deep.equal(texts());
    expect(node.packing.counters.thrownAwayFrames).to.equal(6);
    expect(node.model.thrownAway).to.have.length(6);
    expect(node.packing.unfinished).to.equal(0);
  });

  it('never hands up bytes of different messages as one, where Corosync does', () => {
    const { port, texts, modelTexts } = listener();
    // The remembered number is 1 when throwing away ends with fragment 1, so that the next frame matches by chance.
    port.deliver(frame(1, 0, message('a-')));
    port.deliver(frame(2, 5, '?'));
    port.deliver(frame(1, 2, '?', message('skipped'), message('b-')));
    port.deliver(frame(0, 1, 'tail', message('c')));
    expect(texts()).to.deep.equal(['b-tail', 'c']);
    expect(modelTexts()).to.include('c').and.not.include('b-tail');
  });

  it('does not take the 256th fragment of a message for a first one', () => {
    const { port, texts } = listener();
    port.deliver(frame(1, 0, message('a-')));
    port.deliver(frame(255, 254, '?'));
    port.deliver(frame(1, 255, [...PREFIX, 63]));
    port.deliver(frame(0, 1, 'tail', message('whole')));
    expect(texts()).to.deep.equal(['whole']);
  });

  it('loses only the message whose beginning it has not heard, after a join', () => {
    const { port, node, texts, modelTexts } = listener();
    port.deliver(frame(8, 7, 'middle'));
    port.deliver(frame(1, 8, 'end', message('one'), message('tw')));
    port.deliver(frame(2, 1, 'o-'));
    port.deliver(frame(0, 2, 'two', message('three')));
    port.deliver(frame(0, 0, message('four')));
    expect(texts()).to.deep.equal(['one', 'two-two', 'three', 'four']);
    expect(modelTexts()).to.deep.equal(['four']);
    expect(node.packing.counters.incompleteMessages).to.equal(1);
    expect(node.packing.counters.thrownAwayFrames).to.equal(0);
  });

  it('keeps a message interrupted by a membership change apart from what is sent during synchronization', () => {
    const { rings, nodes } = testRings(3);
    rings.form([1, 2, 3]);
    const node = nodes[0]!;
    for (const { packing } of nodes) packing.synchronized();
    node.port.deliver(frame(1, 0, message('first half, ')));
    rings.form([1, 2], [3]);
    node.port.deliver(frame(1, 0, message('sync'), message('st')));
    node.port.deliver(frame(0, 1, 'ate'));
    node.packing.synchronized();
    node.port.deliver(frame(0, 1, 'second half'));
    expect(node.received.map(({ body: bytes }) => Buffer.from(bytes).toString())).to.deep.equal([
      'sync',
      'state',
      'first half, second half',
    ]);
  });

  it('forgets what a node that left had begun', () => {
    const { rings, nodes } = testRings(2);
    rings.form([1, 2]);
    const node = nodes[0]!;
    node.packing.synchronized();
    node.port.deliver(frame(1, 0, message('never ends')));
    expect(node.packing.unfinished).to.equal(1);
    rings.form([1], [2]);
    expect(node.packing.unfinished).to.equal(0);
    rings.form([1, 2]);
    node.packing.synchronized();
    node.port.deliver(frame(0, 1, 'x', message('after')));
    expect(node.received.map(({ body: bytes }) => Buffer.from(bytes).toString())).to.deep.equal(['after']);
  });
});

describe('packing: frames that no correct node sends', () => {
  it('drops a frame whose lengths do not add up, counts it, logs it sparsely, and goes on as if it had not come', () => {
    const lines: string[] = [];
    const logger: Logger = { enabled: () => true, log: (_severity, text) => void lines.push(text) };
    const { port, node, texts } = deafListener(logger);
    const good = frame(0, 1, 'b', message('c'));
    const bad: Uint8Array[] = [];
    for (let length = 0; length < good.payload.length; length++) bad.push(good.payload.subarray(0, length));
    bad.push(new Uint8Array([...good.payload, 0]));
    bad.push(new Uint8Array([0, 0, 0, 0, 3, 0, 0, 0]));
    bad.push(new Uint8Array([0, 0, 0, 0, 0, 0, 255, 255, 0, 0]));
    port.deliver(frame(1, 0, message('a')));
    for (const payload of bad) port.deliver({ ...good, payload });
    port.deliver(good);
    expect(texts()).to.deep.equal(['ab', 'c']);
    expect(node.packing.counters.malformedFrames).to.equal(bad.length);
    expect(lines).to.have.length(Math.floor(Math.log2(bad.length)) + 1);
    expect(lines[0]).to.equal('Dropped a frame of node 2: its lengths do not add up (1 frames so far)');
  });

  it('drops frames of nodes that are no members, so that strangers cost no memory', () => {
    const { port, node } = deafListener();
    for (let sender = 3; sender < 1000; sender++) port.deliver({ ...frame(1, 0, message('x')), sender });
    expect(node.packing.unfinished).to.equal(0);
    expect(node.packing.counters.malformedFrames).to.equal(997);
  });

  it('gives up a message that grows past 1 MiB and 64 KiB, and no other', () => {
    const { port, node, texts } = deafListener();
    const piece = 'x'.repeat(1400);
    let fragment = 1;
    port.deliver(frame(1, 0, message('endless')));
    for (let i = 0; i < 2000; i++) {
      const next = fragment === 255 ? 1 : fragment + 1;
      port.deliver(frame(next, fragment, piece));
      fragment = next;
    }
    expect(node.packing.unfinished).to.equal(0);
    port.deliver(frame(1, fragment, 'end', message('ne')));
    port.deliver(frame(0, 1, 'xt'));
    expect(texts()).to.deep.equal(['next']);
    expect(node.packing.counters.incompleteMessages).to.equal(1);
  });

  it('takes an empty piece and an empty frame for what they are', () => {
    const { port, node, texts } = deafListener();
    port.deliver(frame(0, 0));
    port.deliver(frame(1, 0, message('a'), []));
    port.deliver(frame(2, 1, []));
    port.deliver(frame(0, 2, message('b')));
    expect(texts()).to.deep.equal(['a', 'b']);
    port.deliver(frame(0, 0, []));
    expect(node.packing.counters.malformedMessages).to.equal(1);
  });

  it('survives any bytes', () => {
    const { port, node } = deafListener();
    const number = fc.oneof(fc.nat(3), fc.nat(255));
    const piece = fc.tuple(fc.boolean(), fc.array(number, { maxLength: 12 }));
    fc.assert(
      fc.property(
        fc.tuple(number, number),
        fc.array(piece, { maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(80), number), { maxLength: 2 }),
        fc.boolean(),
        ([fragmented, continuation], pieces, changes, littleEndian) => {
          const contents = pieces.map(([begins, bytes]) => (begins ? [...PREFIX, ...bytes] : bytes));
          const { payload } = frame(fragmented, continuation, ...contents);
          for (const [at, value] of changes) if (at < payload.length) payload[at] = value;
          port.deliver({ sender: 2, payload, littleEndian });
        },
      ),
      { numRuns: 20_000 },
    );
    expect(node.packing.counters.malformedFrames).to.be.greaterThan(0);
    expect(node.packing.counters.malformedMessages).to.be.greaterThan(0);
    expect(node.packing.counters.thrownAwayFrames).to.be.greaterThan(0);
    expect(node.received.length).to.be.greaterThan(0);
    // Still in order for what makes sense.
    port.deliver(frame(0, 0, message('whatever')));
    port.deliver(frame(0, 0, message('sense')));
    expect(Buffer.from(node.received.at(-1)!.body).toString()).to.equal('sense');
  });

  it('is in step again after frames were lost, as soon as Corosync is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 8, max: 4000 }), { minLength: 20, maxLength: 60 }),
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }),
        (lengths, lost) => {
          const { rings, nodes } = testRings(2);
          rings.form([1, 2]);
          for (const { packing } of nodes) packing.synchronized();
          lengths.forEach((length, i) => {
            nodes[1]!.send(body(2, i, length));
            if (i % 7 === 6) nodes[1]!.port.visit(Infinity);
          });
          nodes[1]!.port.visit(Infinity);
          const { frames } = nodes[1]!.port.order!;
          const gone = new Set(lost.map((n) => n % frames.length));
          frames.forEach((sent, i) => {
            if (!gone.has(i)) nodes[0]!.port.deliver(sent);
          });
          const ends = frames.findIndex(({ payload }, i) => i > Math.max(...gone) && payload[4] === 0);
          const after = frames.slice(ends + 1);
          const expected = ends < 0 ? 0 : messagesIn(after);
          const tail = (all: readonly number[]): number[] => all.slice(all.length - expected);
          const last = Array.from({ length: expected }, (_, i) => lengths.length - expected + i);
          expect(tail(nodes[0]!.received.slice(-expected || Infinity).map(indexOf))).to.deep.equal(last);
          expect(
            tail(
              modelMessages(nodes[0]!)
                .slice(-expected || Infinity)
                .map(indexOf),
            ),
          ).to.deep.equal(last);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Messages that are whole in these frames, of which the first begins with a message. */
function messagesIn(frames: readonly SentFrame[]): number {
  return frames.reduce((sum, { payload }) => sum + payload[6]! - (payload[4] === 0 ? 0 : 1), 0);
}

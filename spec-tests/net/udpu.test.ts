import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { openTransport } from '../../core/net/open-transport.js';
import { closeNodes, frameOf, freshPort, multicastTexts, plain, startNode, startNodes, unicastText } from './probe.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `frame ${i}`);
const random = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8)) & 255);

/** Sends datagrams from a socket of its own and closes it. */
async function sendFrom(address: string, port: number, to: string, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, targetPort, to, (error) => (error ? reject(error) : resolve()));
    });
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}
let targetPort = 0;

describe('net: transport udpu', () => {
  afterEach(closeNodes);

  for (const [family, addresses] of [
    ['IPv4', ['127.0.0.1', '127.0.0.2', '127.0.0.3']],
    ['IPv6', ['::1']],
  ] as const) {
    it(`${family}: a multicast reaches every peer and, if wanted, this node, with its bytes`, async () => {
      const nodes = await startNodes(addresses);
      const frames = [random(1), random(1472), random(2048), random(2049), random(30000), random(65000)];
      multicastTexts(nodes[0]!.transport, frames, true);
      multicastTexts(nodes[0]!.transport, ['not to itself'], false);
      for (const { probe } of nodes) await probe.untilFrames(frames.length);
      for (const { probe } of nodes.slice(1)) await probe.untilFrames(frames.length + 1);
      nodes.forEach(({ probe }, place) => {
        expect(
          probe.frames.slice(0, 6).map((frame) => Buffer.compare(frame, frames[probe.frames.indexOf(frame)]!)),
        ).to.deep.equal([0, 0, 0, 0, 0, 0]);
        expect(probe.texts.slice(6)).to.deep.equal(place === 0 ? [] : ['not to itself']);
      });
      for (const { transport } of nodes) expect(transport.frames.free).to.equal(4096);
    });
  }

  it('IPv6: nodes of one machine with one address talk by their ports', async () => {
    // Only ::1 is on every machine; the other node listens at another port and is reached as this test's own socket.
    const port = freshPort();
    const { transport, probe } = await startNode({
      ...plain(port),
      localAddress: '::1',
      peers: [
        { nodeId: 1, address: '::1' },
        { nodeId: 2, address: '::1' },
      ],
    });
    // Peer 2 is at our own address and port: what is sent to it arrives here through the kernel.
    expect(unicastText(transport, 'to 2', 2)).to.equal(true);
    multicastTexts(transport, ['to all']);
    await probe.untilFrames(2);
    // What came from the port of tokens is handed over behind the rest of a wake-up.
    expect(probe.texts).to.have.members(['to 2', 'to all']);
    expect(transport.counters['receivedDatagrams']).to.equal(2);
    expect(transport.counters['selfFrames']).to.equal(0);
  });

  it('delivers a burst in order, in few batches, with a token behind the multicasts sent before it', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    const texts = numbered(60);
    const queued = texts.map((text) => frameOf(a!.transport, text));
    for (const { frame, length } of queued) a!.transport.multicast(frame, length, false);
    const token = frameOf(a!.transport, 'token');
    a!.transport.unicast(token.frame, token.length, 2);
    a!.transport.flush();
    await b!.probe.untilFrames(61);
    expect(b!.probe.texts).to.deep.equal([...texts, 'token']);
    // One, if the kernel was through with all of it when the receiver looked; never one a frame.
    expect(b!.probe.batches.length).to.be.lessThan(31);
    expect(a!.transport.counters).to.include({ sentDatagrams: 61 });
    expect(b!.transport.counters['receiveWakeups']).to.be.lessThan(31);
  });

  it('sends more than the transmit queue holds', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    const { frame, length } = frameOf(a!.transport, 'x');
    for (let i = 0; i < 2500; i++) a!.transport.unicast(frame, length, 2);
    // Two whole queues have left by now, the rest leaves with the flush; some may be too much for the receive buffer.
    expect(a!.transport.counters['sentDatagrams']).to.equal(2048);
    a!.transport.flush();
    expect(a!.transport.counters).to.include({ sentDatagrams: 2500, sendInvalid: 0 });
    await b!.probe.untilFrames(100);
  });

  it('hands over nothing from inside a call', async () => {
    const [a] = await startNodes(['127.0.0.1']);
    multicastTexts(a!.transport, ['one', 'two'], true);
    unicastText(a!.transport, 'three', 1);
    expect(a!.probe.frames).to.have.length(0);
    await a!.probe.untilFrames(3);
    expect(a!.probe.texts).to.deep.equal(['one', 'two', 'three']);
    expect(a!.probe.batches).to.deep.equal([3]);
    expect(a!.transport.counters).to.include({ selfFrames: 3, sentDatagrams: 0, receivedDatagrams: 0 });
  });

  it('loops to itself what is sent while receiving from itself, on a later turn', async () => {
    const [a] = await startNodes(['127.0.0.1']);
    a!.probe.onFrame = (bytes) => {
      const hop = Number(bytes.toString());
      if (hop < 100) unicastText(a!.transport, String(hop + 1), 1);
    };
    unicastText(a!.transport, '1', 1);
    await a!.probe.untilFrames(100);
    expect(a!.probe.texts.at(-1)).to.equal('100');
    expect(a!.probe.batches).to.have.length(100);
    expect(a!.transport.frames.free).to.equal(4096);
  });

  it('counts self copies it has no memory for', async () => {
    const [a] = await startNodes(['127.0.0.1'], { slots: 3, largeSlots: 0 });
    const { frame, length } = frameOf(a!.transport, 'x');
    for (let i = 0; i < 5; i++) a!.transport.multicast(frame, length, true);
    a!.transport.flush();
    await a!.probe.untilFrames(2);
    expect(a!.transport.counters).to.include({ selfFrames: 2, selfNoFrame: 3 });
  });

  it('does not know who is no peer', async () => {
    const [a] = await startNodes(['127.0.0.1', '127.0.0.2']);
    expect(unicastText(a!.transport, 'x', 3)).to.equal(false);
    expect(a!.transport.counters['sendNoPeer']).to.equal(1);
  });

  it('follows a change of peers: who is sent to, who is heard', async () => {
    const [a, b, c] = await startNodes(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const remaining = [
      { nodeId: 1, address: '127.0.0.1' },
      { nodeId: 2, address: '127.0.0.2' },
    ];
    for (const { transport } of [a!, b!]) transport.setPeers(remaining);
    expect(unicastText(a!.transport, 'x', 3)).to.equal(false);
    multicastTexts(c!.transport, ['from 3']);
    multicastTexts(a!.transport, ['from 1']);
    await b!.probe.untilFrames(1);
    expect(b!.probe.texts).to.deep.equal(['from 1']);
    expect(b!.transport.counters['receiveUnlisted']).to.equal(1);
    expect(a!.transport.counters['sentDatagrams']).to.equal(1);
    a!.transport.setPeers([...remaining, { nodeId: 3, address: '127.0.0.3' }]);
    expect(unicastText(a!.transport, 'welcome', 3)).to.equal(true);
    await c!.probe.untilFrames(1);
    expect(c!.probe.texts).to.deep.equal(['welcome']);
  });

  for (const block of [true, false]) {
    it(`block_unlisted_ips ${block ? 'yes' : 'no'}: a stranger is ${block ? 'dropped and counted' : 'heard'}`, async () => {
      const [a] = await startNodes(['127.0.0.1', '127.0.0.2'], {
        blockUnlistedIps: block,
        port: (targetPort = freshPort()),
      });
      await sendFrom('127.0.0.9', 0, '127.0.0.1', [Buffer.from('stranger')]);
      // The port is not compared.
      await sendFrom('127.0.0.2', 0, '127.0.0.1', [Buffer.from('peer')]);
      await a!.probe.untilFrames(block ? 1 : 2);
      expect(a!.probe.texts).to.deep.equal(block ? ['peer'] : ['stranger', 'peer']);
      expect(a!.transport.counters['receiveUnlisted']).to.equal(block ? 1 : 0);
      expect(a!.transport.frames.free).to.equal(4096);
    });
  }

  it('drops and counts empty datagrams, and long ones when there is no large frame', async () => {
    const [a] = await startNodes(['127.0.0.1', '127.0.0.2'], { largeSlots: 1, port: (targetPort = freshPort()) });
    const held = a!.transport.frames.allocate(40000);
    await sendFrom('127.0.0.2', 0, '127.0.0.1', [new Uint8Array(0), random(40000), Buffer.from('end')]);
    await a!.probe.untilFrames(1);
    expect(a!.probe.texts).to.deep.equal(['end']);
    expect(a!.transport.counters).to.include({ receiveEmpty: 1, receiveNoFrame: 1, receivedDatagrams: 1 });
    expect(a!.transport.frames.free).to.equal(4096);
    a!.transport.frames.release(held);
    await sendFrom('127.0.0.2', 0, '127.0.0.1', [random(40000)]);
    await a!.probe.untilFrames(2);
    expect(a!.probe.frames[1]!.length).to.equal(40000);
    const again = a!.transport.frames.allocate(65536);
    expect(again).to.equal(held);
  });

  it('takes several long datagrams in one batch, each into a large frame of its own', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2'], { netmtu: 1500 });
    const texts = ['small 1', 'L'.repeat(5000), 'small 2', 'M'.repeat(9000), 'N'.repeat(2049), 'small 3'];
    multicastTexts(a!.transport, texts);
    await b!.probe.untilFrames(6);
    expect(b!.probe.texts).to.deep.equal(texts);
    const large = Array.from({ length: 16 }, () => b!.transport.frames.allocate(65536));
    expect(new Set(large).size).to.equal(16);
    expect(large).to.not.include(-1);
  });

  it('without free frames drops, counts, and goes on when there are some again', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2'], { slots: 64 });
    const held = Array.from({ length: 64 }, () => b!.transport.frames.allocate(100));
    multicastTexts(a!.transport, numbered(10));
    const noFrame = () => b!.transport.counters['receiveNoFrame'] === 10;
    while (!noFrame()) await new Promise((resolve) => setImmediate(resolve));
    for (const frame of held) b!.transport.frames.release(frame);
    multicastTexts(a!.transport, ['after']);
    await b!.probe.untilFrames(1);
    expect(b!.probe.texts).to.deep.equal(['after']);
    expect(b!.transport.frames.free).to.equal(64);
  });

  it('discards what waits: in the sockets and in the loop', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    multicastTexts(a!.transport, numbered(70));
    multicastTexts(b!.transport, numbered(5), true);
    expect(b!.transport.discardPending()).to.equal(75);
    expect(b!.transport.discardPending()).to.equal(0);
    multicastTexts(a!.transport, ['after']);
    await b!.probe.untilFrames(1);
    expect(b!.probe.texts).to.deep.equal(['after']);
    expect(b!.transport.counters).to.include({ receiveDiscarded: 70, selfDiscarded: 5 });
    expect(b!.transport.frames.free).to.equal(4096);
  });

  it('discards from inside a hand-over what is not handed over yet', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    let discarded = -1;
    b!.probe.onFrame = () => {
      discarded = b!.transport.discardPending();
      b!.probe.onFrame = undefined;
    };
    // One wake-up: the node's own frame comes first, and it throws away the ten of the other.
    multicastTexts(a!.transport, numbered(10));
    multicastTexts(b!.transport, ['own'], true);
    await b!.probe.untilFrames(1);
    expect(b!.probe.texts).to.deep.equal(['own']);
    expect(discarded).to.equal(10);
    expect(b!.transport.frames.free).to.equal(4096);
  });

  it('can be closed from inside a hand-over, and is quiet afterwards', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2']);
    b!.probe.onFrame = () => b!.transport.close();
    multicastTexts(a!.transport, numbered(3));
    await b!.probe.untilFrames(3);
    multicastTexts(b!.transport, ['late'], true);
    expect(b!.transport.unicast(0, 10, 1)).to.equal(false);
    expect(b!.transport.discardPending()).to.equal(0);
    b!.transport.close();
    expect(b!.transport.frames.free).to.equal(4096);
  });

  it('gives the port up at close', async () => {
    const port = freshPort();
    for (let i = 0; i < 3; i++) {
      const transport = await openTransport(plain(port));
      transport.close();
    }
  });

  it('counts unreachable destinations, and never throws', async () => {
    const peers = [
      { nodeId: 1, address: '127.0.0.1' },
      { nodeId: 2, address: '127.0.0.2' },
      // From a loopback address there is no way out of the machine.
      { nodeId: 3, address: '192.0.2.77' },
    ];
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2'], { peers });
    multicastTexts(a!.transport, ['x']);
    await b!.probe.untilFrames(1);
    const { counters } = a!.transport;
    expect(counters['sentDatagrams']).to.equal(1);
    expect(counters['sendUnreachable']! + counters['sendErrors']! + counters['sendForbidden']!).to.equal(1);
  });

  it('bursts with segmentation arrive as the same frames', async () => {
    const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2'], { segmentation: true });
    const texts: string[] = [];
    for (let i = 0; i < 100; i++) texts.push(String(i).padStart(i % 10 === 9 ? 40 : 500, '.'));
    texts.push('L'.repeat(3000), 'L'.repeat(3000), 'short');
    multicastTexts(a!.transport, texts);
    await b!.probe.untilFrames(texts.length);
    expect(b!.probe.texts).to.deep.equal(texts);
    expect(a!.transport.counters).to.include({ sentDatagrams: 103, sentBytes: texts.join('').length });
  });

  it('tries again while its port is taken', async () => {
    const port = freshPort();
    const blocker = createSocket('udp4');
    blocker.bind(port, '127.0.0.1');
    await once(blocker, 'listening');
    const opening = openTransport({ ...plain(port), bindAttempts: 3 });
    setTimeout(() => blocker.close(), 50);
    (await opening).close();
  });

  it('says what to do when its port stays taken or its address is not there', async () => {
    const port = freshPort();
    const blocker = createSocket('udp4');
    blocker.bind(port, '127.0.0.1');
    await once(blocker, 'listening');
    try {
      await expectRejection(
        openTransport({ ...plain(port), bindAttempts: 2 }),
        /after 2 attempts.*EADDRINUSE|mcastport/,
      );
    } finally {
      blocker.close();
    }
    await expectRejection(openTransport({ ...plain(port), localAddress: '192.0.2.200' }), /ring0_addr/);
    await expectRejection(openTransport({ ...plain(port), localAddress: 'localhost' }), /no numeric/);
  });
});

async function expectRejection(promise: Promise<unknown>, message: RegExp): Promise<void> {
  let thrown: unknown;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  expect(thrown).to.be.instanceOf(Error);
  expect((thrown as Error).message).to.match(message);
}

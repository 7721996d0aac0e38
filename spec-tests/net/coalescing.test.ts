import { expect } from 'chai';
import fc from 'fast-check';
import { FrameMemory } from '../../core/net/frame-memory.js';
import { loadNative, TRANSMIT_FIELDS } from '../../core/net/native.js';
import type { NativeUdpEndpoints } from '../../core/net/native.js';
import { closeNodes, multicastTexts, startNodes, unicastText } from './probe.js';

const SEGMENT_MOST = 1472;

const open: NativeUdpEndpoints[] = [];

/** A receiver with few and small slots. */
function receiverOf(slotBytes: number, slots: number, largeSlots: number, coalesce = true) {
  const { Arena, UdpEndpoints, counterNames } = loadNative();
  const frames = new FrameMemory(new Arena(slotBytes, slots, largeSlots));
  const got: string[] = [];
  let heard = (): void => undefined;
  const endpoints: NativeUdpEndpoints = new UdpEndpoints(frames.lent as never, (count) => {
    for (let i = 0; i < count; i++) {
      const at = frames.offsetOf(endpoints.frames[i]!);
      got.push(Buffer.from(frames.bytes.slice(at, at + endpoints.lengths[i]!)).toString());
      frames.release(endpoints.frames[i]!);
    }
    heard();
  });
  open.push(endpoints);
  const { port, coalesces } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data', coalesce });
  const counter = (name: string) => endpoints.counters[counterNames.indexOf(name)]!;
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise<void>((resolve) => (heard = resolve));
  };
  return { frames, endpoints, port, coalesces, counter, got, until };
}

/** Sends texts in bursts that the kernel is asked to segment. */
function senderTo(port: number) {
  const { Arena, UdpEndpoints } = loadNative();
  const frames = new FrameMemory(new Arena(2048, 1024, 16));
  const endpoints = new UdpEndpoints(frames.lent as never, () => undefined);
  open.push(endpoints);
  const { socket } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'send', segmentMost: SEGMENT_MOST });
  endpoints.setDestinations([{ address: '127.0.0.1', port, inAll: true }]);
  return {
    send: (texts: readonly string[]) => {
      const taken = texts.map((text, i) => {
        const frame = frames.allocate(text.length);
        frames.bytes.set(Buffer.from(text), frames.offsetOf(frame));
        endpoints.transmit.set([frame, text.length, 0, socket], i * TRANSMIT_FIELDS);
        return frame;
      });
      endpoints.flush(texts.length);
      for (const frame of taken) frames.release(frame);
    },
  };
}

const text = (i: number, length: number): string => `${i}:`.padEnd(length, String.fromCharCode(97 + (i % 26)));

describe('net: bursts that arrive in one piece (GRO)', () => {
  afterEach(() => {
    closeNodes();
    for (const endpoints of open.splice(0)) endpoints.close();
  });

  it('are asked for, and only where wanted', function () {
    const on = receiverOf(2048, 8, 1);
    const off = receiverOf(2048, 8, 1, false);
    expect(off.coalesces).to.equal(false);
    if (!on.coalesces) this.skip();
  });

  for (const coalesce of [true, false]) {
    it(`are the frames that were sent, whatever their lengths (coalesced: ${coalesce})`, async () => {
      const receiver = receiverOf(512, 300, 300, coalesce);
      const sender = senderTo(receiver.port);
      receiver.endpoints.start();
      let datagrams = 0;
      let bytes = 0;
      const run = fc.record({ length: fc.integer({ min: 6, max: 1600 }), count: fc.integer({ min: 1, max: 40 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 2 }), async (runs) => {
          const lengths = runs.flatMap(({ length, count }) => new Array<number>(count).fill(length));
          const texts = lengths.map((length, i) => text(i, length));
          receiver.got.length = 0;
          sender.send(texts);
          await receiver.until(() => receiver.got.length >= texts.length);
          expect(receiver.got).to.deep.equal(texts);
          datagrams += texts.length;
          bytes += lengths.reduce((a, b) => a + b);
        }),
        { numRuns: 150, verbose: true },
      );
      expect(receiver.counter('receivedDatagrams')).to.equal(datagrams);
      expect(receiver.counter('receivedBytes')).to.equal(bytes);
      expect(receiver.frames.free).to.equal(300);
      // A large place that was lost would be missed here.
      const large = Array.from({ length: 300 }, () => receiver.frames.allocate(513));
      expect(new Set(large).size).to.equal(300);
      expect(large).not.to.include(-1);
    });
  }

  it('lose the frames that there is no place for, which are counted, and no other', async () => {
    const receiver = receiverOf(2048, 20, 1);
    const sender = senderTo(receiver.port);
    receiver.endpoints.start();
    const texts = Array.from({ length: 30 }, (_, i) => text(i, 1000));
    sender.send(texts);
    await receiver.until(() => receiver.counter('receivedDatagrams') + receiver.counter('receiveNoFrame') >= 30);
    expect(receiver.got).to.deep.equal(texts.slice(0, receiver.got.length));
    expect(receiver.got.length).to.equal(receiver.counter('receivedDatagrams')).and.to.be.within(10, 30);
    sender.send(['after']);
    await receiver.until(() => receiver.got.includes('after'));
    expect(receiver.frames.free).to.equal(20);
  });

  it('count by their datagrams where they are dropped', async () => {
    const receiver = receiverOf(2048, 64, 1);
    const sender = senderTo(receiver.port);
    const texts = Array.from({ length: 25 }, (_, i) => text(i, 700));
    sender.send([...texts, 'tail']);
    expect(receiver.endpoints.discardPending()).to.equal(26);
    expect(receiver.counter('receiveDiscarded')).to.equal(26);
    receiver.endpoints.setSources(['127.0.0.9'], true);
    receiver.endpoints.start();
    sender.send(texts);
    while (receiver.counter('receiveUnlisted') < 25) await new Promise((resolve) => setImmediate(resolve));
    expect(receiver.counter('receiveUnlisted')).to.equal(25);
    expect(receiver.frames.free).to.equal(64);
  });

  for (const transport of ['udpu', 'udp'] as const) {
    it(`${transport}: come before a token that arrived in the same wake-up`, async () => {
      const [a, b] = await startNodes(['127.0.0.1', '127.0.0.2'], {
        transport,
        mcastAddress: '239.255.77.5',
        segmentation: true,
      });
      const texts = Array.from({ length: 40 }, (_, i) => text(i, 1400));
      // The kernel has both before the receiver's loop turns.
      unicastText(a!.transport, 'token', 2);
      multicastTexts(a!.transport, texts);
      await b!.probe.untilFrames(41);
      expect(b!.probe.texts).to.deep.equal([...texts, 'token']);
    });
  }
});

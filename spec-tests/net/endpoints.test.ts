import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import type { NativeUdpEndpoints } from '../../core/net/native.js';
import { ALL_DESTINATIONS, loadNative, TRANSMIT_FIELDS } from '../../core/net/native.js';

const SLOTS = 8;
const LARGE = 2;

/** Endpoints with two sending sockets and two destinations, one of them this test's own receiver. */
function build() {
  const { Arena, UdpEndpoints, counterNames } = loadNative();
  const arena = new Arena(2048, SLOTS, LARGE);
  const endpoints = new UdpEndpoints(arena, () => {});
  endpoints.bind({ address: '127.0.0.1', port: 0, role: 'send' });
  const { port } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
  endpoints.setDestinations([
    { address: '127.0.0.1', port, inAll: true },
    { address: '127.0.0.1', port, inAll: false },
  ]);
  const counter = (name: string) => endpoints.counters[counterNames.indexOf(name)]!;
  return { arena, endpoints, counter, port };
}

function transmit(endpoints: NativeUdpEndpoints, entries: readonly (readonly number[])[]): void {
  entries.forEach((entry, i) => endpoints.transmit.set(entry, i * TRANSMIT_FIELDS));
  endpoints.flush(entries.length);
}

describe('net: native endpoints trust nothing they are told', () => {
  it('skip and count transmit entries that name no frame, length, destination or socket', () => {
    const { endpoints, counter } = build();
    const bad = [
      [-1, 10, 0, 0],
      [SLOTS + LARGE, 10, 0, 0],
      [0x7fffffff, 10, 0, 0],
      [0, 0, 0, 0],
      [0, -5, 0, 0],
      [0, 2049, 0, 0],
      [SLOTS, 65537, 0, 0],
      [0, 10, 2, 0],
      [0, 10, -2, 0],
      [0, 10, 0, 2],
      [0, 10, 0, -1],
    ];
    transmit(endpoints, [[0, 10, 0, 0], ...bad, [SLOTS + LARGE - 1, 3000, ALL_DESTINATIONS, 1]]);
    expect(counter('sendInvalid')).to.equal(bad.length);
    expect(counter('sentDatagrams')).to.equal(2);
    expect(endpoints.discardPending()).to.equal(2);
    endpoints.close();
  });

  it('count what is longer than a datagram can be', () => {
    const { endpoints, counter } = build();
    transmit(endpoints, [[SLOTS, 65536, 0, 0]]);
    expect(counter('sendTooLong')).to.equal(1);
    endpoints.close();
  });

  it('take a count no longer than the queue', () => {
    const { endpoints, counter } = build();
    const most = endpoints.transmit.length / TRANSMIT_FIELDS;
    endpoints.flush(most + 5);
    expect(counter('sendInvalid')).to.equal(most + 5);
    endpoints.close();
    for (const wrong of ['x', undefined, {}]) expect(() => endpoints.flush(wrong as never)).to.throw(TypeError);
    expect(() => endpoints.flush.call({} as never, 1)).to.throw(TypeError);
  });

  it('survive any numbers in the transmit queue', () => {
    const { endpoints, counter } = build();
    const small = fc.integer({ min: -3, max: 70000 });
    const number = fc.oneof(small, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -1, max: 3 }));
    let sum = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, number, number), { maxLength: 40 }), (entries) => {
        transmit(endpoints, entries);
        endpoints.discardPending();
        sum += entries.length;
        const counted = ['sentDatagrams', 'sendInvalid', 'sendTooLong', 'sendBufferFull', 'sendErrors'];
        expect(counted.reduce((total, name) => total + counter(name), 0)).to.equal(sum);
      }),
      { numRuns: 2000 },
    );
    endpoints.close();
  });

  it('survive any numbers in the free stacks: a datagram is dropped or lands in a frame that exists', async () => {
    const { Arena, UdpEndpoints, counterNames } = loadNative();
    const arena = new Arena(2048, SLOTS, LARGE);
    const frames: number[] = [];
    let seen: (() => void) | undefined;
    const endpoints: NativeUdpEndpoints = new UdpEndpoints(arena, (count) => {
      for (let i = 0; i < count; i++) frames.push(endpoints.frames[i]!);
      seen?.();
    });
    const { port } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
    endpoints.setDestinations([]);
    endpoints.start();
    const sender = createSocket('udp4');
    sender.bind(0, '127.0.0.1');
    await once(sender, 'listening');
    const number = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const lost = () => endpoints.counters[counterNames.indexOf('receiveNoFrame')]!;
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: SLOTS + 1, maxLength: SLOTS + 1 }),
        fc.array(number, { minLength: LARGE + 1, maxLength: LARGE + 1 }),
        fc.constantFrom(1, 5000),
        async (small, large, bytes) => {
          arena.freeSmall.set(small);
          arena.freeLarge.set(large);
          const before = frames.length + lost();
          sender.send(new Uint8Array(bytes), port, '127.0.0.1');
          while (frames.length + lost() === before) {
            await new Promise<void>((resolve) => {
              seen = resolve;
              setImmediate(resolve);
            });
          }
          for (const frame of frames) expect(frame).to.be.within(0, SLOTS + LARGE - 1);
        },
      ),
      { numRuns: 300 },
    );
    sender.close();
    endpoints.close();
  });

  it('refuse what cannot be set up, with an error', () => {
    const { endpoints } = build();
    expect(() => endpoints.bind({ address: 'nowhere', port: 0, role: 'data' })).to.throw(TypeError, 'nowhere');
    expect(() => endpoints.bind({ address: '127.0.0.1', port: 70000, role: 'data' })).to.throw(RangeError);
    expect(() => endpoints.bind({ address: '127.0.0.1', port: 0, role: 'x' as never })).to.throw(TypeError);
    expect(() => endpoints.bind({ address: 'fe80::1%nosuchif', port: 0, role: 'data' })).to.throw(TypeError);
    expect(() => endpoints.setDestinations([{ address: '1.2.3', port: 1, inAll: true }])).to.throw(TypeError);
    expect(() => endpoints.setDestinations([{ address: '1.2.3.4', port: -1, inAll: true }])).to.throw(RangeError);
    expect(() => endpoints.setDestinations(7 as never)).to.throw(TypeError);
    expect(() => endpoints.setSources(['::', 'x'], true)).to.throw(TypeError);
    expect(() => endpoints.joinGroup(9, '239.1.1.1', '127.0.0.1')).to.throw(RangeError);
    expect(() => endpoints.joinGroup(0, '10.0.0.1', '127.0.0.1'))
      .to.throw('setsockopt')
      .with.property('code', 'EINVAL');
    expect(() => endpoints.joinGroup(0, 'ff15::1', '127.0.0.1')).to.throw(TypeError);
    expect(() => endpoints.setMulticast(0, '127.0.0.1', 256, false)).to.throw(RangeError);
    endpoints.start();
    expect(() => endpoints.start()).to.throw('once');
    expect(() => endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' })).to.throw('before start');
    endpoints.close();
    endpoints.close();
    expect(() => endpoints.start()).to.throw('once');
    expect(endpoints.discardPending()).to.equal(0);
  });

  it('report an error thrown by the receiver as an uncaught exception', async () => {
    const { Arena, UdpEndpoints } = loadNative();
    const endpoints = new UdpEndpoints(new Arena(2048, SLOTS, LARGE), () => {
      throw new Error('from the receiver');
    });
    const { port } = endpoints.bind({ address: '127.0.0.1', port: 0, role: 'data' });
    endpoints.setDestinations([{ address: '127.0.0.1', port, inAll: true }]);
    endpoints.start();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const uncaught = once(process, 'uncaughtException');
      transmit(endpoints, [[0, 10, 0, 0]]);
      expect(((await uncaught) as [Error])[0].message).to.equal('from the receiver');
    } finally {
      endpoints.close();
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  it('know the interface of an address', () => {
    const { interfaceOf } = loadNative();
    expect(interfaceOf('127.0.0.1')).to.include({ name: 'lo', index: 1, up: true });
    expect(interfaceOf('127.1.2.3')).to.include({ name: 'lo' });
    expect(interfaceOf('192.0.2.200')).to.equal(null);
    expect(interfaceOf('2001:db8::77')).to.equal(null);
    expect(() => interfaceOf('eth0')).to.throw(TypeError);
  });
});

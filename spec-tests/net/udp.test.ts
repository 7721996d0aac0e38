import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { openTransport } from '../../core/net/open-transport.js';
import { closeNodes, frameOf, freshPort, multicastTexts, plain, startNodes, unicastText } from './probe.js';

// On the loopback interface every socket of the group hears a multicast, IP_MULTICAST_LOOP or not, so that two addresses
// make two nodes. It has no IPv6 multicast route: spec-tests/interop has IPv6, on interfaces of its own.
const ADDRESSES = ['127.0.0.1', '127.0.0.2'];

for (const [kind, options] of [
  ['multicast', { transport: 'udp', mcastAddress: '239.192.77.1' }],
  ['broadcast', { transport: 'udp', broadcast: true }],
] as const) {
  describe(`net: transport udp, ${kind}`, () => {
    afterEach(closeNodes);

    it('reaches the others through the network and this node inside the process, once', async () => {
      const [a, b] = await startNodes(ADDRESSES, options);
      multicastTexts(a!.transport, ['one', 'L'.repeat(20000), 'three'], true);
      multicastTexts(a!.transport, ['not to itself']);
      await b!.probe.untilFrames(4);
      await a!.probe.untilFrames(3);
      while (a!.transport.counters['receiveOwn']! < 4) await new Promise((resolve) => setImmediate(resolve));
      expect(b!.probe.texts).to.deep.equal(['one', 'L'.repeat(20000), 'three', 'not to itself']);
      expect(a!.probe.texts).to.deep.equal(['one', 'L'.repeat(20000), 'three']);
      expect(a!.transport.counters).to.include({ sentDatagrams: 4, receivedDatagrams: 0, selfFrames: 3 });
      for (const node of [a, b]) expect(node!.transport.frames.free).to.equal(4096);
    });

    it('hands over the multicasts of a wake-up before its tokens', async () => {
      const [a, b] = await startNodes(ADDRESSES, options);
      const { transport } = a!;
      const [token, data] = [frameOf(transport, 'token'), frameOf(transport, 'data')];
      transport.unicast(token.frame, token.length, 2);
      for (let i = 0; i < 100; i++) transport.multicast(data.frame, data.length, false);
      transport.unicast(token.frame, token.length, 2);
      transport.flush();
      await b!.probe.untilFrames(102);
      expect(b!.probe.texts.slice(0, 100)).to.deep.equal(new Array(100).fill('data'));
      expect(b!.probe.texts.slice(100)).to.deep.equal(['token', 'token']);
      expect(b!.probe.batches).to.deep.equal([102]);
    });

    it('holds a token back while its data is more than one wake-up takes', async () => {
      const [a, b] = await startNodes(ADDRESSES, options);
      const { transport } = a!;
      const [token, data] = [frameOf(transport, 'token'), frameOf(transport, 'data')];
      // What the receive buffer takes of 1400 small datagrams is more than the 1024 of one wake-up if it is large enough.
      for (let i = 0; i < 1400; i++) transport.multicast(data.frame, data.length, false);
      transport.unicast(token.frame, token.length, 2);
      transport.flush();
      await b!.probe.until(() => b!.probe.texts.at(-1) === 'token');
      expect(b!.probe.texts.indexOf('token')).to.equal(b!.probe.frames.length - 1);
      const pending = b!.transport.discardPending();
      expect(pending).to.equal(0);
    });

    it('sends tokens and multicasts from the port below', async () => {
      const port = freshPort();
      const [a] = await startNodes(['127.0.0.1'], {
        ...options,
        port,
        peers: [
          { nodeId: 1, address: '127.0.0.1' },
          { nodeId: 2, address: '127.0.0.6' },
        ],
      });
      const listener = createSocket('udp4');
      listener.bind(port, '127.0.0.6');
      await once(listener, 'listening');
      try {
        const heard = once(listener, 'message');
        unicastText(a!.transport, 'token', 2);
        const [bytes, from] = (await heard) as [Buffer, { address: string; port: number }];
        expect([bytes.toString(), from.address, from.port]).to.deep.equal(['token', '127.0.0.1', port - 1]);
      } finally {
        listener.close();
      }
    });

    it('discards what waits on both sockets', async () => {
      const [a, b] = await startNodes(ADDRESSES, options);
      multicastTexts(a!.transport, ['one', 'two']);
      unicastText(a!.transport, 'token', 2);
      expect(b!.transport.discardPending()).to.equal(3);
      multicastTexts(a!.transport, ['after']);
      await b!.probe.untilFrames(1);
      expect(b!.probe.texts).to.deep.equal(['after']);
      expect(b!.transport.frames.free).to.equal(4096);
    });
  });
}

describe('net: transport udp, set-up', () => {
  it('needs a group or broadcast', async () => {
    let message = '';
    await openTransport({ ...plain(freshPort()), transport: 'udp' }).catch((error: Error) => (message = error.message));
    expect(message).to.match(/mcastaddr/);
  });

  it('gives the system error of a group that is none', async () => {
    let code: unknown;
    await openTransport({ ...plain(freshPort()), transport: 'udp', mcastAddress: '10.1.2.3' }).catch(
      (error: Error) => (code = (error.cause as NodeJS.ErrnoException).code),
    );
    expect(code).to.equal('EADDRNOTAVAIL');
  });
});

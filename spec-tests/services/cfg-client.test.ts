import { expect } from 'chai';
import { isIPv6 } from 'node:net';
import { addressText } from '../../core/services/cfg/address-text.js';
import type { CfgEvent } from '../../core/services/cfg/client.js';
import { ClientBench, refusal } from './client-bench.js';

describe('cfg client', () => {
  it('tells ids, addresses, links and nodes', async () => {
    const bench = new ClientBench();
    const cfg = bench.cfg(2);
    expect(await cfg.localNode()).to.equal(2);
    expect(await cfg.nodeAddresses()).to.deep.equal(['10.78.0.2']);
    expect(await cfg.nodeAddresses(3)).to.deep.equal(['10.78.0.3']);
    expect(await refusal(cfg.nodeAddresses(9))).to.equal('CS_ERR_NOT_EXIST');
    expect(await cfg.ringStatus()).to.deep.equal([{ link: 0, address: '10.78.0.2', status: 'OK' }]);
    const status = await cfg.nodeStatus(1);
    expect(status).to.deep.include({ nodeId: 1, reachable: true, remote: false, external: false });
    expect(status.links).to.have.length(8);
    expect(status.links[0]).to.deep.equal({
      enabled: true,
      connected: true,
      dynamicallyConnected: false,
      mtu: 1410,
      source: '10.78.0.1',
      destination: '',
    });
    expect(await cfg.nodeStatus(9)).to.deep.include({ nodeId: 9, reachable: false });
  });

  it('kills a member, and nobody else', async () => {
    const bench = new ClientBench();
    const cfg = bench.cfg(1);
    await cfg.killNode(3, 'no reason');
    await bench.quiet();
    expect(bench.nodes[2]!.shutdowns).to.deep.equal([{ code: 255, reason: 'Killed by node 1 : no reason' }]);
    expect(bench.nodes[1]!.shutdowns).to.deep.equal([]);
    expect(await refusal(cfg.killNode(9, ''))).to.equal('CS_ERR_NOT_EXIST');
  });

  it('shuts the node down when all who follow agree', async () => {
    const bench = new ClientBench();
    const [asker, follower] = [bench.cfg(1), bench.cfg(1)];
    const events = await follower.track();
    const down = asker.tryShutdown();
    expect((await events.next()).value).to.deep.equal({ kind: 'shutdown', how: 'request' });
    expect(await refusal(bench.cfg(1).tryShutdown())).to.equal('CS_ERR_EXIST');
    await follower.replyToShutdown(true);
    await down;
    await bench.quiet();
    expect(bench.nodes.map(({ shutdowns }) => shutdowns.length)).to.deep.equal([1, 0, 0]);
  });

  it('does not if one refuses; regardless and immediate are stronger', async () => {
    const bench = new ClientBench();
    const [asker, follower] = [bench.cfg(1), bench.cfg(1)];
    follower.listen((event) => void follower.replyToShutdown(event.kind === 'timeout'));
    await follower.trackStart();
    expect(await refusal(asker.tryShutdown())).to.equal('CS_ERR_BUSY');
    await bench.quiet();
    expect(bench.nodes[0]!.shutdowns).to.deep.equal([]);
    await asker.tryShutdown('regardless');
    await asker.tryShutdown('immediate');
    await bench.quiet();
    expect(bench.nodes[0]!.shutdowns).to.have.length(2);
    expect(await refusal(follower.replyToShutdown(true))).to.equal('CS_ERR_ACCESS');
  });

  it('takes silence for a refusal when time is over, and tells those who were asked', async () => {
    const bench = new ClientBench();
    const [asker, silent] = [bench.cfg(1), bench.cfg(1)];
    const events: CfgEvent[] = [];
    silent.listen((event) => events.push(event));
    await silent.trackStart();
    expect(await refusal(bench.until(asker.tryShutdown()))).to.equal('CS_ERR_BUSY');
    expect(events).to.deep.equal([
      { kind: 'shutdown', how: 'request' },
      { kind: 'timeout', how: 'request' },
    ]);
    await silent.trackStop();
    await asker.tryShutdown();
  });

  it('can stop waiting for an answer', async () => {
    const bench = new ClientBench();
    const [asker, silent] = [bench.cfg(1), bench.cfg(1)];
    await silent.trackStart();
    const aborting = new AbortController();
    const down = asker.tryShutdown('request', { signal: aborting.signal });
    aborting.abort(new Error('enough'));
    expect(await down.catch((error: Error) => error.message)).to.equal('enough');
  });

  it('reloads every node, and opens the logs of this one anew', async () => {
    const reloads: number[] = [];
    let reopened = 0;
    const bench = new ClientBench([1, 2, 3], (id) => ({
      effects: {
        reload: (progress) => {
          reloads.push(id);
          progress.finished(id === 3 ? 7 : 1);
        },
        reopenLogs: () => ++reopened,
      },
    }));
    await bench.until(bench.cfg(1).reload());
    await bench.quiet();
    expect(reloads.toSorted()).to.deep.equal([1, 2, 3]);
    expect(await refusal(bench.until(bench.cfg(3).reload()))).to.equal('CS_ERR_INVALID_PARAM');
    await bench.cfg(1).reopenLogs();
    expect(reopened).to.equal(1);
  });

  it('waits while services are synchronized', async () => {
    const bench = new ClientBench();
    const cfg = bench.cfg(1);
    bench.cluster.reform([1, 2, 3]);
    expect(bench.cluster.node(1).synchronizing).to.equal(true);
    expect(await bench.until(cfg.ringStatus())).to.have.length(1);
  });

  it('writes addresses as the field does', () => {
    const rows = ['::', '::1', 'fe80::1', '2001:db8::8:800:200c:417a', '1:2:3:4:5:6:7:8', '1:0:0:2::3'];
    for (const text of rows) {
      const [head = '', tail] = text.split('::');
      const groups = (part: string): number[] =>
        part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
      const [front, back] = [groups(head), groups(tail ?? '')];
      const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
      expect(isIPv6(text)).to.equal(true);
      expect(addressText(new Uint8Array(all.flatMap((group) => [group >> 8, group & 255])))).to.equal(text);
    }
  });
});

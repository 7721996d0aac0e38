import { expect } from 'chai';
import type { Logger } from '../../core/base/logger.js';
import { ClientKeys } from '../../core/cli/keys/client-keys.js';
import { PauseKeys } from '../../core/cli/keys/pause-keys.js';
import { RingKeys } from '../../core/cli/keys/ring-keys.js';
import { showServices } from '../../core/cli/keys/service-keys.js';
import { Icmap, StatisticsMap } from '../../core/services/cmap/index.js';
import { readNumber, textOf } from '../../core/services/cmap/values.js';
import counter from '../../examples/counter/index.js';
import { TestCluster } from '../host/cluster.js';
import { notingPlugin } from '../host/plugins.js';
import { FakeClock } from '../support/fake-clock.js';

const number = (map: StatisticsMap | Icmap, key: string): number => Number(readNumber(map.get(key)!));

function keysOf(map: StatisticsMap | Icmap, prefix: string): string[] {
  const keys: string[] = [];
  for (let key = map.nextKey(prefix, undefined); key !== undefined; key = map.nextKey(prefix, key)) keys.push(key);
  return keys;
}

describe('the keys that a daemon fills', () => {
  it('show pauses of the process, the newest first, ten at most', () => {
    const clock = new FakeClock();
    const map = new StatisticsMap(clock, () => undefined);
    const lines: string[] = [];
    const log: Logger = { enabled: () => true, log: (severity, text) => lines.push(`${severity} ${text}`) };
    const pauses = new PauseKeys(map);
    let skew = 0;
    let epoch = 1000;
    const late = { now: () => clock.now() + skew, timer: (expiry: () => void) => clock.timer(expiry) };
    pauses.start({ clock: late, log, epochMs: () => epoch++, tokenMs: () => 900 });
    clock.advance(3000);
    expect(keysOf(map, 'stats.schedmiss.')).to.deep.equal([]);
    for (let pause = 1; pause <= 12; pause++) {
      skew += 1000 * pause;
      clock.advance(300);
    }
    expect(lines).to.have.length(12);
    expect(lines[0]).to.match(
      /^warning this process was not scheduled \(@1000\) for 1300\.0000 ms \(threshold is 720\./,
    );
    expect(keysOf(map, 'stats.schedmiss.')).to.have.length(20);
    expect(number(map, 'stats.schedmiss.0.timestamp')).to.equal(1011);
    expect(number(map, 'stats.schedmiss.0.delay')).to.equal(12_300);
    expect(number(map, 'stats.schedmiss.9.delay')).to.equal(3300);
    pauses.clear();
    expect(keysOf(map, 'stats.schedmiss.')).to.deep.equal([]);
  });

  it('show services while they are loaded, and count their messages', async () => {
    const noting = notingPlugin('noting', 40);
    const cluster = new TestCluster([1], () => [{ plugin: noting.plugin }]);
    const map = new Icmap();
    cluster.startAll();
    showServices(map, cluster.node(1).host);
    await cluster.formed(1);
    expect(map.string('internal_configuration.service.40.name')).to.equal('noting');
    expect(number(map, 'runtime.services.noting.service_id')).to.equal(40);
    noting.engines[0]!.say('one');
    await cluster.clock.advance(1000);
    expect(number(map, 'runtime.services.noting.0.tx')).to.equal(1);
    expect(number(map, 'runtime.services.noting.0.rx')).to.equal(1);
    cluster.node(1).host.restart('noting');
    expect(number(map, 'runtime.services.noting.0.rx'), 'of the new engine').to.equal(0);
    cluster.node(1).host.unload('noting');
    expect([...map.keys()]).to.deep.equal([]);
  });

  it('count for the ring and for its clients, and anew when cleared', async () => {
    const cluster = new TestCluster([1, 2], () => [{ plugin: counter }]);
    const { id, name } = counter.service;
    const map = new StatisticsMap(cluster.clock, () => undefined);
    const ring = new RingKeys(cluster.clock, map);
    const clients = new ClientKeys(map, (pid) => `process ${pid}`);
    cluster.startAll();
    ring.attach(cluster.node(1));
    clients.attach(cluster.node(1));
    await cluster.formed(1, 2);
    for (const name of [
      'orf_token_rx',
      'memb_join_tx',
      'gather_entered',
      'operational_entered',
      'memb_commit_token_tx',
    ]) {
      expect(number(map, `stats.srp.${name}`), name).to.be.above(0);
    }
    expect(number(map, 'stats.srp.orf_token_tx')).to.be.within(1, number(map, 'stats.srp.operational_entered'));
    expect(number(map, 'stats.pg.msg_queue_avail')).to.be.above(100);
    ring.clear();
    expect(number(map, 'stats.srp.orf_token_rx')).to.equal(0);
    await cluster.clock.advance(1000);
    expect(number(map, 'stats.srp.orf_token_rx')).to.be.above(0);

    const connection = cluster.node(1).connect(name, { pid: 77, uid: 0, gid: 0 });
    const [key] = keysOf(map, `stats.ipcs.service${id}.77.`);
    expect(key).to.match(/^stats\.ipcs\.service\d+\.77\.0x[0-9a-f]+\.dispatched$/);
    const prefix = key!.slice(0, -'dispatched'.length);
    expect(textOf(map.get(`${prefix}procname`)!)).to.equal('process 77');
    expect(number(map, 'stats.ipcs.global.active')).to.equal(1);
    connection.close();
    await cluster.clock.advance(10);
    expect(keysOf(map, 'stats.ipcs.service')).to.deep.equal([]);
    expect([number(map, 'stats.ipcs.global.active'), number(map, 'stats.ipcs.global.closed')]).to.deep.equal([0, 1]);
  });
});

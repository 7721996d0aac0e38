import { expect } from 'chai';
import { CsError } from '../../core/base/errors.js';
import { requestMessage, responseMessage } from '../../core/base/client-message.js';
import { StartError } from '../../core/host/errors.js';
import { definePlugin } from '../../core/host/plugin.js';
import type { ServiceEngine } from '../../core/host/service-engine.js';
import { TestCluster } from './cluster.js';
import { notingPlugin } from './plugins.js';
import type { NotingEngine } from './plugins.js';

/** A cluster with one noting service on each node; `engine(n)` is node n's. */
async function notingCluster(...nodeIds: number[]) {
  const made = new Map(nodeIds.map((nodeId) => [nodeId, notingPlugin('noting', 40)]));
  const cluster = new TestCluster(nodeIds, (nodeId) => [{ plugin: made.get(nodeId)!.plugin }]);
  cluster.startAll();
  await cluster.formed(...nodeIds);
  return { cluster, made, engine: (nodeId: number): NotingEngine => made.get(nodeId)!.engines.at(-1)! };
}

describe('node', () => {
  it('shows a service its start, configurations and synchronization in order', async () => {
    const { engine } = await notingCluster(1, 2);
    expect(engine(2).notes).to.deep.equal([
      'start',
      'transitional  left  joined ',
      'regular 2 left  joined 2',
      'init  of 2',
      'process',
      'activate',
      'transitional 2 left  joined ',
      'regular 1,2 left  joined 1',
      'init 2 of 1,2',
      'process',
      'activate',
    ]);
  });

  it('delivers messages of all services in one order on every node', async () => {
    const { cluster, engine } = await notingCluster(1, 2, 3);
    for (const nodeId of [1, 2, 3]) engine(nodeId).notes.length = 0;
    for (let i = 0; i < 50; i++) {
      for (const nodeId of [1, 2, 3]) expect(engine(nodeId).say(`${i}`)).to.equal(true);
      await cluster.clock.advance(0.3);
    }
    await cluster.clock.advance(1000);
    expect(engine(1).notes).to.have.length(150);
    expect(engine(2).notes).to.deep.equal(engine(1).notes);
    expect(engine(3).notes).to.deep.equal(engine(1).notes);
  });

  it('ignores messages of a service it does not have, and counts them', async () => {
    const noting = notingPlugin('noting', 40);
    const cluster = new TestCluster([1, 2], (nodeId) => (nodeId === 1 ? [{ plugin: noting.plugin }] : []));
    cluster.startAll();
    await cluster.formed(1, 2);
    noting.engines[0]!.say('for nobody');
    await cluster.clock.advance(1000);
    expect(noting.engines[0]!.notes.at(-1)).to.equal('message 1 for nobody');
    expect(cluster.node(2).dump()['router']).to.deep.include({ unknownService: 1, malformed: 0, badHeader: 0 });
  });

  it('leaves politely: services stop, what they still send arrives, the others form a ring at once', async () => {
    const { cluster, engine } = await notingCluster(1, 2);
    const last = engine(2);
    last.stop = () => {
      last.notes.push('stop');
      last.say('goodbye');
    };
    engine(1).notes.length = 0;
    const before = cluster.clock.now();
    let left = false;
    void cluster
      .node(2)
      .leave()
      .then(() => (left = true));
    await cluster.until(() => left && cluster.node(1).members.join() === '1', 'a ring without node 2');
    expect(cluster.clock.now() - before).to.be.below(1000);
    expect(engine(1).notes.slice(0, 3)).to.deep.equal([
      'message 2 goodbye',
      'transitional 1 left 2 joined ',
      'regular 1 left  joined ',
    ]);
    expect(last.notes.at(-1)).to.equal('stop');
    expect(cluster.node(2).state).to.equal('left');
    await cluster.node(2).leave();
  });

  it('is gone without a word after a crash and comes back as the same node', async () => {
    const { cluster, engine } = await notingCluster(1, 2);
    const before = engine(2).notes.length;
    cluster.node(2).crash();
    await cluster.until(() => cluster.node(1).members.join() === '1', 'a ring without node 2');
    expect(engine(2).notes).to.have.length(before);
    cluster.start(2);
    await cluster.formed(1, 2);
    expect(engine(2).notes[0]).to.equal('start');
  });

  it('stops with exit code 21 when the ring id cannot be kept', async () => {
    const cluster = new TestCluster([1], () => []);
    cluster.stores.get(1)!.failing = true;
    cluster.start(1);
    await cluster.until(() => cluster.fatal.length > 0, 'the end of the node');
    expect(cluster.fatal[0]!.exitCode).to.equal(21);
    expect(cluster.fatal[0]!.message).to.match(/disk is full/);
    expect(cluster.node(1).state).to.equal('crashed');
  });

  it('does not start with a plugin that fails, exit code 20', () => {
    const failing = notingPlugin('noting', 40, {}, (engine) => {
      engine.start = () => {
        throw new Error('no votes');
      };
    });
    const broken = definePlugin({
      name: 'broken',
      version: '1',
      sdk: 1,
      service: { id: 41, name: 'broken' },
      create: () => {
        throw new Error('out of luck');
      },
    });
    const cluster = new TestCluster([1], () => []);
    expect(() => cluster.make(1, [{ plugin: broken }]))
      .to.throw(StartError, /plugin broken 1 could not make its engine: out of luck/)
      .with.property('exitCode', 20);
    const node = cluster.make(1, [{ plugin: failing.plugin }]);
    expect(() => node.start())
      .to.throw(StartError, /service noting of plugin noting-noting 1\.0\.0 did not start: start: no votes/)
      .with.property('exitCode', 20);
  });

  it('tells at a glance what it does', async () => {
    const { cluster } = await notingCluster(1, 2);
    const { state, members, ringId, rotationMs, services } = cluster.node(1).status;
    expect({ state, members, ringId }).to.deep.equal({ state: 'operational', members: [1, 2], ringId: '1.9' });
    expect(rotationMs).to.be.within(0.1, 50);
    expect(services[0]).to.deep.include({ service: 'noting', id: 40, state: 'running', bugs: 0, clients: 0 });
    expect(JSON.stringify(cluster.node(1).dump())).to.contain('"operationalEntered":2');
  });
});

describe('plugins at run time', () => {
  it('start a service with a new ring: configuration, synchronization, then messages', async () => {
    const { cluster } = await notingCluster(1, 2);
    const added = new Map([1, 2].map((nodeId) => [nodeId, notingPlugin('later', 50)]));
    const ringId = cluster.node(1).status.ringId;
    for (const nodeId of [1, 2]) {
      cluster.node(nodeId).host.load([{ plugin: added.get(nodeId)!.plugin }]);
      expect(cluster.node(nodeId).host.service('later')!.state).to.equal('waiting');
      expect(added.get(nodeId)!.engines[0]!.say('too early')).to.equal(false);
    }
    await cluster.until(() => cluster.node(1).status.ringId !== ringId, 'a new ring');
    await cluster.formed(1, 2);
    await cluster.clock.advance(500);
    added.get(1)!.engines[0]!.say('now');
    await cluster.clock.advance(1000);
    const { notes } = added.get(2)!.engines[0]!;
    expect(notes.slice(0, 5)).to.deep.equal([
      'start',
      'regular 1,2 left  joined 1,2',
      'init 2 of 1,2',
      'process',
      'activate',
    ]);
    expect(notes.at(-1)).to.equal('message 1 now');
  });

  it('a service that one node alone has synchronizes by barriers of the others', async () => {
    const { cluster, engine } = await notingCluster(1, 2, 3);
    const later = notingPlugin('later', 50);
    engine(3).notes.length = 0;
    cluster.node(1).host.load([{ plugin: later.plugin }]);
    await cluster.until(() => later.engines[0]!.notes.includes('activate'), 'synchronization of the new service');
    await cluster.formed(1, 2, 3);
    expect(engine(3).notes).to.include('activate');
  });

  it('unload a service: it stops, its messages are ignored, later synchronizations go without it', async () => {
    const { cluster, engine } = await notingCluster(1, 2);
    cluster.node(2).host.unload('noting');
    expect(engine(2).notes.at(-1)).to.equal('stop');
    const { length } = engine(2).notes;
    engine(1).say('alone');
    cluster.node(2).reform();
    await cluster.clock.advance(1000);
    await cluster.formed(1, 2);
    expect(engine(2).notes).to.have.length(length);
    expect(engine(2).say('nobody')).to.equal(false);
    expect(cluster.node(2).host.services).to.be.empty;
  });

  it('refuse a plugin without harm to the rest', async () => {
    const { cluster, engine } = await notingCluster(1, 2);
    const { host } = cluster.node(1);
    const twin = notingPlugin('twin', 40).plugin;
    expect(() => host.load([{ plugin: twin }])).to.throw(
      /service id 40 of plugin noting-twin is that of plugin noting-noting/,
    );
    const half = [notingPlugin('half', 51).plugin, notingPlugin('rest', 52, { requires: ['gone'] }).plugin];
    expect(() => host.load(half.map((plugin) => ({ plugin })))).to.throw(/requires "gone"/);
    const made = notingPlugin('made', 53);
    const failing = definePlugin({
      ...notingPlugin('failing', 54).plugin,
      create: () => {
        throw new Error('never');
      },
    });
    expect(() => host.load([{ plugin: made.plugin }, { plugin: failing }])).to.throw(
      /could not make its engine: never/,
    );
    expect(host.services.map((service) => service.name)).to.deep.equal(['noting']);
    expect(() => host.unload('made')).to.throw(/no service "made" \(it has: noting\)/);
    engine(1).say('still here');
    await cluster.clock.advance(1000);
    expect(engine(2).notes.at(-1)).to.equal('message 1 still here');
  });

  it('keep a service that another requires, and restart both together', async () => {
    const base = notingPlugin('base', 41);
    const user = notingPlugin('user', 42, { requires: ['base'] });
    const cluster = new TestCluster([1], () => [{ plugin: user.plugin }, { plugin: base.plugin }]);
    cluster.startAll();
    await cluster.formed(1);
    const { host } = cluster.node(1);
    expect(user.engines[0]!.context.capability('base')).to.equal(base.engines[0]);
    expect(() => user.engines[0]!.context.capability('other')).to.throw(/without requiring it/);
    expect(() => host.unload('base')).to.throw(/noting-user requires it\. Unload user first/);
    host.restart('base');
    expect(base.engines[0]!.notes.at(-1)).to.equal('stop');
    expect(user.engines[0]!.notes.at(-1)).to.equal('stop');
    await cluster.until(() => user.engines[1]?.notes.includes('activate') ?? false, 'the restart');
    expect(user.engines[1]!.context.capability('base')).to.equal(base.engines[1]);
    host.unload('user');
    host.unload('base');
    expect(host.services).to.be.empty;
  });
});

describe('bugs of plugins', () => {
  const fail = (): never => {
    throw new TypeError('x is undefined');
  };
  const places: readonly [where: string, change: (engine: NotingEngine) => void][] = [
    // Its handler notes every message.
    ['a message handler', (engine) => (engine.notes.push = fail)],
    ['configurationChanged', (engine) => (engine.configurationChanged = () => fail())],
    ['syncInit', (engine) => (engine.sync.syncInit = () => fail())],
    ['syncProcess', (engine) => (engine.sync.syncProcess = () => fail())],
    ['syncActivate', (engine) => (engine.sync.syncActivate = () => fail())],
    ['a timer', (engine) => engine.context.clock.timer(() => fail()).start(1)],
    ['a callback of the ring', (engine) => engine.context.ring.whenRoom(() => fail())],
  ];

  for (const [where, change] of places) {
    it(`in ${where} isolate the engine; the ring and the other services go on`, async () => {
      const made = new Map([1, 2].map((nodeId) => [nodeId, notingPlugin('noting', 40, {}, () => undefined)]));
      const others = new Map([1, 2].map((nodeId) => [nodeId, notingPlugin('other', 41)]));
      const cluster = new TestCluster([1, 2], (nodeId) => [
        { plugin: made.get(nodeId)!.plugin },
        { plugin: others.get(nodeId)!.plugin },
      ]);
      cluster.startAll();
      await cluster.formed(1, 2);
      const engine = made.get(2)!.engines[0]!;
      change(engine);
      made.get(1)!.engines[0]!.say('hello');
      await cluster.clock.advance(1000);
      cluster.node(1).reform();
      await cluster.clock.advance(1000);
      await cluster.formed(1, 2);
      const status = cluster.node(2).status.services.find((service) => service.service === 'noting')!;
      expect(status).to.deep.include({ state: 'failed', bugs: 1 });
      expect(status.failure).to.contain('x is undefined');
      expect(cluster.logs.find((line) => line.includes('bug in plugin noting-noting 1.0.0'))).to.contain('TypeError');
      expect(cluster.logs.join('\n')).to.match(
        /service noting is isolated on this node \(2\) for a bug in .*x is undefined.*chorale plugin restart noting/,
      );
      expect(engine.say('from the grave')).to.equal(false);
      others.get(1)!.engines[0]!.say('still');
      await cluster.clock.advance(1000);
      expect(others.get(2)!.engines[0]!.notes.at(-1)).to.equal('message 1 still');
      expect(cluster.node(1).status.services[0]).to.deep.include({ state: 'running', bugs: 0 });

      cluster.node(2).host.restart('noting');
      await cluster.until(() => made.get(2)!.engines[1]?.notes.includes('activate') ?? false, 'the restart');
      expect(cluster.node(2).host.service('noting')!.state).to.equal('running');
    });
  }

  it('in reading a message are the sender’s: counted, logged with the sender once, nothing else', async () => {
    const { cluster, engine } = await notingCluster(1, 2);
    const short = engine(1).context.ring;
    const { notes } = engine(2);
    const plugin = notingPlugin('reader', 42, {}, (reader) => {
      Object.assign(reader, { messages: [(message: { u32(at: number): number }) => void message.u32(16)] });
    });
    cluster.node(2).host.load([{ plugin: plugin.plugin }]);
    const sender = notingPlugin('reader', 42);
    cluster.node(1).host.load([{ plugin: sender.plugin }]);
    await cluster.until(() => plugin.engines[0]!.notes.includes('activate'), 'the new service');
    await cluster.formed(1, 2);
    for (let i = 0; i < 5; i++) sender.engines[0]!.context.ring.multicast(0, [new Uint8Array(3)]);
    await cluster.clock.advance(1000);
    expect(cluster.node(2).dump()['router']).to.deep.include({ malformed: 5 });
    const lines = cluster.logs.filter((line) => line.startsWith('2') && line.includes('malformed'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/node 1 sent a malformed message 0 of service reader, dropped: 4 bytes at 16/);
    expect(cluster.node(2).host.service('reader')!.state).to.equal('running');
    expect(short.multicast(0, [Buffer.from('fine')])).to.equal(true);
    await cluster.clock.advance(1000);
    expect(notes.at(-1)).to.equal('message 1 fine');
  });

  it('in a request handler cost the client its connection and nothing more', async () => {
    const made = notingPlugin('noting', 40, {}, (engine) => {
      const requests: ServiceEngine['requests'] = [
        () => fail(),
        (client) => client.respond([responseMessage(1)]),
        () => {
          throw new CsError('ERR_ACCESS', 'not you');
        },
        (_client, request) => void request.u32(16),
      ];
      Object.assign(engine, { requests });
    });
    const cluster = new TestCluster([1], () => [{ plugin: made.plugin }]);
    cluster.startAll();
    await cluster.formed(1);
    const ask = async (id: number): Promise<number> => {
      const connection = cluster.node(1).connect('noting');
      const answer = connection.request(requestMessage(id));
      await cluster.clock.advance(10);
      return new DataView((await answer).buffer).getInt32(16, true);
    };
    expect(await ask(1)).to.equal(1);
    expect(await ask(2)).to.equal(11);
    expect(await ask(3)).to.equal(7);
    expect(await ask(4)).to.equal(7);
    expect(await ask(0)).to.equal(2);
    expect(cluster.node(1).status.services[0]).to.deep.include({ state: 'running', bugs: 1, clients: 4 });
    const connection = cluster.node(1).connect('noting');
    let reason: Error | undefined;
    connection.onClose((why) => (reason = why));
    void connection.request(requestMessage(0)).catch(() => undefined);
    await cluster.clock.advance(10);
    expect(reason?.message).to.match(/handler of request 0 of service noting failed/);
  });
});

import { expect } from 'chai';
import { MessageView } from '../../core/base/message-view.js';
import { silentLogger } from '../../core/base/logger.js';
import type { ReloadProgress } from '../../core/services/cfg/effects.js';
import { killNodeBody, shutdownBody } from '../../core/services/cfg/layouts.js';
import { request } from '../../core/services/packet.js';
import { Outbox } from '../../core/services/outbox.js';
import { QuorumEngine } from '../../core/services/quorum/engine.js';
import { ValueType } from '../../core/services/cmap/values.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import { ServiceNode } from './service-node.js';
import type { ServiceNodeOptions } from './service-node.js';
import { deliver, StubRing } from './stub-ring.js';

function nodes(options: (id: number) => Partial<ServiceNodeOptions> = () => ({})): [FakeCluster, ServiceNode[]] {
  const fake = new FakeCluster({ nodes: [1, 2, 3], random: seededRandom(2) });
  const services = fake.nodes.map((node) => new ServiceNode(node, { nodelist: [1, 2, 3], ...options(node.id) }));
  return [fake, services];
}

describe('cmap on several nodes', () => {
  const together = (versions: readonly number[]): [FakeCluster, ServiceNode[]] => {
    const [fake, services] = nodes((id) => ({ keys: { 'totem.config_version': versions[id - 1]! } }));
    fake.reform([1], [2], [3]);
    fake.settle();
    fake.reform([1, 2, 3]);
    fake.settle();
    return [fake, services];
  };

  it('shows the members, their addresses and their configuration versions', () => {
    const [fake, services] = nodes((id) => ({ keys: { 'totem.config_version': id } }));
    fake.reform([1], [2], [3]);
    fake.settle();
    fake.reform([1, 2], [3]);
    fake.settle();
    fake.reform([1], [2], [3]);
    fake.settle();
    const shown = services[0]!.map.dump();
    const members = Object.entries(shown).filter(([key]) => key.startsWith('runtime.members.'));
    expect(Object.fromEntries(members)).to.deep.equal({
      'runtime.members.1.config_version': '1',
      'runtime.members.1.ip': 'r(0) ip(10.78.0.1) ',
      'runtime.members.1.join_count': '1',
      'runtime.members.1.status': 'joined',
      'runtime.members.2.config_version': '2',
      'runtime.members.2.ip': 'r(0) ip(10.78.0.2) ',
      'runtime.members.2.join_count': '1',
      'runtime.members.2.status': 'left',
    });
  });

  const rows: [versions: number[], ending: number[]][] = [
    [[5, 5, 5], []],
    [[5, 6, 6], [1]],
    [
      [4, 5, 6],
      [1, 2],
    ],
    [[0, 6, 6], []],
    [[0, 0, 0], []],
  ];
  for (const [versions, ending] of rows) {
    it(`of nodes with versions ${versions.join()} those end that have an old one: ${ending.join() || 'none'}`, () => {
      const ended = together(versions)[1].filter(({ shutdowns }) => shutdowns.length > 0);
      expect(ended.map(({ node }) => node.id)).to.deep.equal(ending);
      for (const { shutdowns } of ended) expect(shutdowns[0]).to.deep.include({ code: 0 });
    });
  }

  it('tells the others of a new version, and ends nobody for it later', () => {
    const [fake, services] = together([5, 5, 5]);
    services[0]!.map.setNumber('totem.config_version', ValueType.U64, 9);
    fake.settle();
    fake.reform([1, 2, 3]);
    fake.settle();
    expect(services.map(({ map }) => map.u64('runtime.members.1.config_version'))).to.deep.equal([9n, 9n, 9n]);
    expect(services.flatMap(({ shutdowns }) => shutdowns)).to.deep.equal([]);
  });
});

describe('cfg', () => {
  const kill = (id: number): Uint8Array => request(2, 288).u32(16, id).u8(24, 4).text(26, 'why?', 256).bytes;
  const ready = (options?: (id: number) => Partial<ServiceNodeOptions>): [FakeCluster, ServiceNode[]] => {
    const [fake, services] = nodes(options);
    fake.reform([1, 2, 3]);
    fake.settle();
    return [fake, services];
  };

  it('kills the named member, and nobody that is none', () => {
    const [fake, services] = ready();
    const client = new FakeClient(services[0]!.cfg, 9);
    expect(client.ask(kill(3))).to.equal(1);
    expect(client.ask(kill(4))).to.equal(12);
    fake.settle();
    expect(services.map(({ shutdowns }) => shutdowns)).to.deep.equal([
      [],
      [],
      [{ code: 255, reason: 'Killed by node 1 : why?' }],
    ]);
  });

  it('ends the sender of a shutdown in good order, and no other', () => {
    const { cfg, shutdowns } = ready()[1][0]!;
    deliver(cfg, 2, shutdownBody(), 2);
    expect(shutdowns).to.deep.equal([]);
    deliver(cfg, 2, shutdownBody(), 1);
    expect(shutdowns).to.deep.equal([{ code: 0, reason: 'Node 1 was shut down by sysadmin' }]);
    deliver(cfg, 1, killNodeBody(2, 'not me'), 3);
    expect(shutdowns).to.have.length(1);
  });

  it('reloads everywhere, one reload after another, and answers who asked when its node is done', () => {
    const running: ReloadProgress[] = [];
    const [fake, services] = ready((id) =>
      id === 1 ? { effects: { reload: (progress) => running.push(progress) } } : {},
    );
    const [one, two] = services as [ServiceNode, ServiceNode, ServiceNode];
    const asker = new FakeClient(one.cfg, 9);
    const other = new FakeClient(two.cfg, 9);
    asker.request(request(7).bytes);
    fake.settle();
    other.request(request(7).bytes);
    fake.settle();
    expect(MessageView.over(other.responses[0]!).i32(16)).to.equal(1);
    expect(asker.responses).to.deep.equal([]);
    expect(running).to.have.length(1);
    expect(one.map.u8('config.totemconfig_reload_in_progress')).to.equal(1);
    running[0]!.parsed();
    expect(one.map.u8('config.reload_in_progress')).to.equal(1);
    running[0]!.finished(7);
    expect(MessageView.over(asker.responses[0]!).i32(16)).to.equal(7);
    expect(one.map.number('config.reload_status', ValueType.I32)).to.equal(7);
    expect(one.map.u8('config.reload_in_progress')).to.equal(0);
    expect(running).to.have.length(2);
    running[1]!.finished(1);
    expect(one.map.u8('config.totemconfig_reload_in_progress')).to.equal(0);
    expect(asker.responses).to.have.length(1);
  });

  const tryShutdown = (flags: number): Uint8Array => request(3, 24).u32(16, flags).bytes;
  const reply = (agrees: boolean): Uint8Array => request(4, 24).u32(16, Number(agrees)).bytes;
  const track = request(10, 24).bytes;
  const error = (client: FakeClient): number | undefined =>
    client.responses.length > 0 ? MessageView.over(client.responses.at(-1)!).i32(16) : undefined;

  /** Flags, the answers of two followers (undefined: none in time), what the asker is told, whether the node goes. */
  const questions: [flags: number, answers: (boolean | undefined)[], told: number, goes: boolean][] = [
    [0, [], 1, true],
    [0, [true, true], 1, true],
    [0, [true, false], 10, false],
    [0, [false, false], 10, false],
    [0, [true, undefined], 10, false],
    [1, [true, false], 1, true],
    [1, [true, undefined], 1, true],
    [2, [false, undefined], 1, true],
  ];
  for (const [flags, answers, told, goes] of questions) {
    it(`asked to shut down with flags ${flags} and answers ${JSON.stringify(answers)}: ${goes ? 'goes' : 'stays'}`, () => {
      const clock = new FakeClock();
      const [fake, services] = ready(() => ({ clock }));
      const { cfg, shutdowns } = services[0]!;
      const followers = answers.map((_, index) => new FakeClient(cfg, 20 + index));
      for (const follower of followers) expect(follower.ask(track)).to.equal(1);
      const asker = new FakeClient(cfg, 9);
      asker.request(tryShutdown(flags));
      answers.forEach((answer, index) => {
        if (flags !== 2) expect(followers[index]!.events).to.have.length(1);
        if (answer !== undefined && flags !== 2) expect(followers[index]!.ask(reply(answer))).to.equal(1);
      });
      clock.advance(5000);
      fake.settle();
      expect(error(asker)).to.equal(told);
      // Those who did not answer in time are told that it is too late.
      const late = flags !== 2 && answers.includes(undefined);
      for (const { events } of followers) expect(events.length).to.equal(flags === 2 ? 0 : late ? 2 : 1);
      expect(shutdowns.length).to.equal(goes ? 1 : 0);
    });
  }

  it('asks one question at a time, takes who goes for a yes, and forgets it when the asker goes', () => {
    const [fake, services] = ready();
    const { cfg, shutdowns } = services[0]!;
    const [follower, late, asker, second] = [20, 21, 9, 10].map((id) => new FakeClient(cfg, id)) as [
      FakeClient,
      FakeClient,
      FakeClient,
      FakeClient,
    ];
    expect(asker.ask(reply(true))).to.equal(11);
    follower.ask(track);
    asker.request(tryShutdown(0));
    expect(second.ask(tryShutdown(0))).to.equal(14);
    asker.disconnect();
    fake.settle();
    expect([asker.responses.length, shutdowns.length]).to.deep.equal([1, 0]);

    second.request(tryShutdown(0));
    late.ask(track);
    expect(late.events).to.have.length(1);
    follower.disconnect();
    expect(error(second)).to.equal(14);
    late.ask(request(11).bytes);
    expect(error(second)).to.equal(1);
    fake.settle();
    expect(shutdowns).to.have.length(1);
  });

  it('tells addresses, links and this node', () => {
    const [, services] = ready();
    const client = new FakeClient(services[1]!.cfg, 9);
    const ask = (bytes: Uint8Array): MessageView => {
      client.request(bytes);
      return MessageView.over(client.responses.at(-1)!);
    };
    expect(ask(request(6).bytes).u32(24)).to.equal(2);
    const own = ask(request(5, 24).bytes);
    expect([own.length, own.u32(24), own.u32(28)]).to.deep.equal([48, 2, 1]);
    expect([...own.copy(32, 16)]).to.deep.equal([10, 78, 0, 2, ...new Array<number>(12).fill(0)]);
    expect(ask(request(5, 24).u32(16, 9).bytes).i32(16)).to.equal(12);
    const status = ask(request(9, 32).u32(16, 3).u32(24, 1).bytes);
    expect([status.length, status.u32(24), status.u32(28), status.u8(32), status.u32(44)]).to.deep.equal([
      4200, 1, 3, 1, 1410,
    ]);
    expect(Buffer.from(status.copy(48, 9)).toString()).to.equal('10.78.0.3');
    expect(ask(request(9, 32).u32(16, 3).u32(24, 2).bytes).i32(16)).to.equal(19);
    const ring = ask(request(0).bytes);
    expect([ring.length, ring.u32(24)]).to.deep.equal([10272, 1]);
    expect(Buffer.from(ring.copy(32, 12)).toString()).to.equal('0 10.78.0.2\0');
    expect(Buffer.from(ring.copy(2080, 3)).toString()).to.equal('OK\0');
    expect(ask(request(1).bytes).i32(16)).to.equal(19);
  });
});

describe('quorum without a provider', () => {
  it('is always quorate and knows no members', () => {
    const engine = new QuorumEngine({ logger: silentLogger, provided: false });
    const client = new FakeClient(engine, 1);
    const numbers = [0, 3].map((id) => {
      client.request(request(id).bytes);
      return MessageView.over(client.responses.at(-1)!).u32(24);
    });
    expect(numbers).to.deep.equal([1, 0]);
    client.request(request(1, 24).u32(16, 1).bytes);
    expect(client.events.map((bytes) => [bytes[0], bytes.length, MessageView.over(bytes).u32(24)])).to.deep.equal([
      [3, 48, 1],
    ]);
  });

  it('refuses an unknown model', () => {
    const client = new FakeClient(new QuorumEngine({ logger: silentLogger, provided: false }), 1);
    expect(client.ask(request(4, 24).u32(16, 2).bytes)).to.equal(7);
    expect(client.ask(request(4, 24).u32(16, 1).bytes)).to.equal(1);
  });
});

describe('outbox', () => {
  it('sends in order, keeps what the ring does not take, and sends it after a token', () => {
    const ring = new StubRing(1);
    const outbox = new Outbox(ring, true);
    const send = (value: number): void => outbox.send(value, new Uint8Array([value]));
    send(1);
    ring.full = true;
    send(2);
    expect(outbox.clear).to.equal(false);
    ring.full = false;
    send(3);
    expect(ring.sent.map(({ fn }) => fn)).to.deep.equal([1, 2, 3]);
    ring.synchronizing = true;
    send(4);
    ring.tokenPassed();
    ring.tokenPassed();
    expect([ring.sent.length, outbox.length, ring.waiting]).to.deep.equal([3, 1, 1]);
    ring.synchronizing = false;
    ring.tokenPassed();
    expect([ring.sent.length, outbox.clear, ring.waiting]).to.deep.equal([4, true, 0]);
    ring.full = true;
    send(5);
    outbox.close();
    ring.full = false;
    ring.tokenPassed();
    expect(ring.sent).to.have.length(4);
  });
});

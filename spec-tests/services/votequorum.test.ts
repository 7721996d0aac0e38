import { expect } from 'chai';
import { MessageView } from '../../core/base/message-view.js';
import { CsError } from '../../core/base/errors.js';
import { request } from '../../core/services/packet.js';
import { ValueType } from '../../core/services/cmap/values.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster, FakeNode, seededRandom } from '../support/ring-fake.js';
import { FakeStore, ServiceNode } from './service-node.js';

type Keys = Readonly<Record<string, number | string | boolean>>;

/** Nodes with votequorum on a ring whose membership the test decides. */
class Cluster {
  readonly clock = new FakeClock();
  readonly fake: FakeCluster;
  readonly services = new Map<number, ServiceNode>();
  readonly stores = new Map<number, FakeStore>();

  constructor(
    readonly ids: readonly number[],
    readonly keys: Keys = {},
  ) {
    this.fake = new FakeCluster({ nodes: ids, random: seededRandom(ids.length) });
    for (const id of ids) this.start(id, this.fake.node(id));
  }

  /** These rings form; nodes in none of them are down. A node in a ring by itself is written as [id]. */
  rings(...components: readonly (readonly number[])[]): this {
    this.fake.reform(...components);
    this.fake.settle();
    return this;
  }

  restart(id: number): this {
    this.start(id, this.fake.restart(id));
    return this;
  }

  get(id: number): ServiceNode {
    return this.services.get(id)!;
  }

  /** Quorate or not, by node. */
  quorate(...ids: readonly number[]): boolean[] {
    return ids.map((id) => {
      const { quorum, votequorum } = this.get(id);
      expect(quorum.quorate, `node ${id}: what votequorum decides and the quorum service knows`).to.equal(
        votequorum.quorate,
      );
      return quorum.quorate;
    });
  }

  /** [expected votes, votes needed] as one node sees it. */
  votes(id: number): [number, number] {
    const { electorate } = this.get(id).votequorum;
    return [electorate.us.expectedVotes, electorate.quorum];
  }

  pass(milliseconds: number): this {
    this.clock.advance(milliseconds);
    this.fake.settle();
    return this;
  }

  private start(id: number, node: FakeNode): void {
    const store = this.stores.get(id) ?? new FakeStore();
    this.stores.set(id, store);
    this.services.set(id, new ServiceNode(node, { nodelist: this.ids, keys: this.keys, clock: this.clock, store }));
  }
}

function deviceRequest(id: number, size: number, name: string): ReturnType<typeof request> {
  return request(id, size).text(16, name, 254);
}

const register = (name = 'dev'): Uint8Array => deviceRequest(5, 272, name).bytes;
const masterWins = (allow: boolean): Uint8Array => deviceRequest(9, 280, 'dev').u32(272, Number(allow)).bytes;

function poll({ votequorum }: ServiceNode, castsVote: boolean): Uint8Array {
  const { representative, seq } = votequorum.ringId;
  return deviceRequest(8, 296, 'dev').u32(272, Number(castsVote)).u32(280, representative).u64(288, seq).bytes;
}

/** A node's quorum device registers and casts its vote, or does not. */
function device(cluster: Cluster, id: number, castsVote = true): FakeClient {
  const client = new FakeClient(cluster.get(id).votequorum, 50);
  client.request(register());
  cluster.fake.settle();
  expect(MessageView.over(client.responses.at(-1)!).i32(16)).to.equal(1);
  expect(client.ask(poll(cluster.get(id), castsVote))).to.equal(1);
  cluster.fake.settle();
  return client;
}

describe('votequorum: counting', () => {
  /** Nodes with a vote each, members of this node's ring, votes needed, quorate. */
  const majorities: [nodes: number, members: number, needed: number, quorate: boolean][] = [
    [1, 1, 1, true],
    [2, 1, 2, false],
    [2, 2, 2, true],
    [3, 1, 2, false],
    [3, 2, 2, true],
    [4, 2, 3, false],
    [4, 3, 3, true],
    [5, 2, 3, false],
    [5, 3, 3, true],
    [8, 4, 5, false],
    [8, 5, 5, true],
  ];
  for (const [nodes, members, needed, quorate] of majorities) {
    it(`${members} of ${nodes} nodes are ${quorate ? '' : 'not '}quorate`, () => {
      const ids = Array.from({ length: nodes }, (_, i) => i + 1);
      const cluster = new Cluster(ids).rings(ids.slice(0, members));
      expect(cluster.votes(1)).to.deep.equal([nodes, needed]);
      expect(cluster.quorate(1)).to.deep.equal([quorate]);
    });
  }

  it('counts the votes of the nodelist', () => {
    const cluster = new Cluster([1, 2, 3], { 'nodelist.node.0.quorum_votes': 3 });
    cluster.rings([1], [2, 3]);
    expect(cluster.votes(1)).to.deep.equal([5, 3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([true, false, false]);
  });

  it('keeps quorum high when nodes go, and wins it back when they return', () => {
    const cluster = new Cluster([1, 2, 3]).rings([1, 2, 3]).rings([1], [2, 3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([false, true, true]);
    cluster.rings([1], [2], [3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([false, false, false]);
    cluster.rings([1, 2, 3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([true, true, true]);
  });

  it('expects as many votes as are there', () => {
    const cluster = new Cluster([1, 2, 3], { 'quorum.expected_votes': 2 }).rings([1], [2], [3]);
    expect(cluster.votes(1)).to.deep.equal([2, 2]);
    cluster.rings([1, 2, 3]);
    expect(cluster.votes(1)).to.deep.equal([3, 2]);
  });

  it('shows what it decides by in the map', () => {
    const { map } = new Cluster([1, 2, 3]).rings([1, 2, 3]).get(2);
    const shown = [...map.keys('runtime.votequorum.')].map((key) => [key.slice(19), map.dump()[key]]);
    expect(shown).to.deep.equal([
      ['ev_barrier', '3'],
      ['highest_node_id', '3'],
      ['lowest_node_id', '1'],
      ['this_node_id', '2'],
      ['two_node', '0'],
    ]);
  });
});

describe('votequorum: two_node and wait_for_all', () => {
  it('two_node: both are needed at the start, one is enough later', () => {
    const cluster = new Cluster([1, 2], { 'quorum.two_node': true }).rings([1], [2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([false, false]);
    cluster.rings([1, 2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
    cluster.rings([1], [2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
    expect(cluster.votes(1)[1]).to.equal(1);
    cluster.restart(2).rings([2]);
    expect(cluster.quorate(2)).to.deep.equal([false]);
    cluster.rings([1, 2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
  });

  it('two_node with wait_for_all switched off: one is enough from the start', () => {
    const cluster = new Cluster([1, 2], { 'quorum.two_node': true, 'quorum.wait_for_all': false }).rings([1]);
    expect(cluster.quorate(1)).to.deep.equal([true]);
  });

  it('wait_for_all: quorate first when all are there, then by majority', () => {
    const cluster = new Cluster([1, 2, 3], { 'quorum.wait_for_all': true }).rings([1, 2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([false, false]);
    cluster.rings([1, 2, 3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([true, true, true]);
    cluster.rings([1], [2, 3]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([false, true, true]);
    // Node 1 comes back to nodes that are quorate: it need not see all.
    cluster.restart(1).rings([1, 2], [3]);
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
  });

  it('wait_for_all: who lost quorum waits for all again, until a person says not to', () => {
    const cluster = new Cluster([1, 2, 3], { 'quorum.wait_for_all': true }).rings([1, 2, 3]).rings([1], [2], [3]);
    cluster.rings([1, 2], [3]);
    expect(cluster.quorate(1, 2)).to.deep.equal([false, false]);
    cluster.get(2).map.setNumber('quorum.cancel_wait_for_all', ValueType.U8, 1);
    cluster.fake.settle();
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
    expect(cluster.get(2).map.u8('quorum.cancel_wait_for_all')).to.equal(0);
    expect(cluster.get(1).map.u8('runtime.votequorum.wait_for_all_status')).to.equal(0);
  });
});

describe('votequorum: auto_tie_breaker', () => {
  const splits: [node: string | undefined, winner: number[], loser: number[]][] = [
    [undefined, [1, 2], [3, 4]],
    ['lowest', [1, 4], [2, 3]],
    ['highest', [3, 4], [1, 2]],
    ['3 1', [3, 4], [1, 2]],
    ['4', [2, 4], [1, 3]],
  ];
  for (const [node, winner, loser] of splits) {
    it(`${node ?? 'default'}: of an even split [${winner.join()}] goes on`, () => {
      const keys: Keys = { 'quorum.auto_tie_breaker': true, ...(node ? { 'quorum.auto_tie_breaker_node': node } : {}) };
      const cluster = new Cluster([1, 2, 3, 4], keys).rings([1, 2, 3, 4]).rings(winner, loser);
      expect(cluster.quorate(...winner)).to.deep.equal([true, true]);
      expect(cluster.quorate(...loser)).to.deep.equal([false, false]);
    });
  }

  it('a list gives the tie to nobody if its nodes are lost', () => {
    const cluster = new Cluster([1, 2, 3, 4], { 'quorum.auto_tie_breaker': true, 'quorum.auto_tie_breaker_node': '4' });
    expect(cluster.rings([1, 2, 3, 4]).rings([1, 2], [3]).quorate(1, 2)).to.deep.equal([false, false]);
  });

  it('the tie breaker does not help a part whose others may have quorum', () => {
    const cluster = new Cluster([1, 2, 3, 4, 5], { 'quorum.auto_tie_breaker': true, 'quorum.wait_for_all': true });
    cluster.rings([1, 2, 3, 4, 5]).rings([1, 2], [3, 4, 5]);
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([false, false, true]);
  });
});

describe('votequorum: last_man_standing', () => {
  it('lowers expected votes to what is left, a window after each loss, down to two of many', () => {
    const cluster = new Cluster([1, 2, 3, 4], { 'quorum.last_man_standing': true, 'quorum.wait_for_all': true });
    cluster.rings([1, 2, 3, 4]).rings([1, 2, 3]);
    expect(cluster.votes(1)).to.deep.equal([4, 3]);
    cluster.pass(9_999);
    expect(cluster.votes(1)).to.deep.equal([4, 3]);
    cluster.pass(1);
    expect(cluster.votes(1)).to.deep.equal([3, 2]);
    cluster.rings([1, 2]).pass(10_000);
    expect(cluster.votes(1)).to.deep.equal([2, 2]);
    expect(cluster.quorate(1, 2)).to.deep.equal([true, true]);
    cluster.rings([1]).pass(10_000);
    expect(cluster.quorate(1)).to.deep.equal([false]);
  });

  it('goes down to the last node with the tie breaker', () => {
    const keys: Keys = {
      'quorum.last_man_standing': true,
      'quorum.wait_for_all': true,
      'quorum.auto_tie_breaker': true,
    };
    const cluster = new Cluster([1, 2, 3, 4], keys).rings([1, 2, 3, 4]).rings([1, 2, 3]).pass(10_000);
    cluster.rings([1, 2]).pass(10_000).rings([1]).pass(10_000);
    expect(cluster.quorate(1)).to.deep.equal([true]);
  });

  it('is disabled when a node has more than one vote', () => {
    const keys: Keys = { 'quorum.last_man_standing': true, 'nodelist.node.3.quorum_votes': 2 };
    const cluster = new Cluster([1, 2, 3, 4], keys).rings([1, 2, 3, 4]).rings([1, 2, 4]).pass(20_000);
    expect(cluster.votes(1)).to.deep.equal([5, 3]);
    const client = new FakeClient(cluster.get(1).votequorum, 51);
    client.ask(request(0, 24).bytes);
    const flags = MessageView.over(client.responses.at(-1)!).u32(52);
    expect(flags & 8, 'the flag that clients see').to.equal(0);
  });
});

describe('votequorum: allow_downscale and expected votes', () => {
  it('lowers expected votes when nodes leave in order, not below what is configured', () => {
    const cluster = new Cluster([1, 2, 3, 4, 5], { 'quorum.allow_downscale': true, 'quorum.expected_votes': 3 });
    cluster.rings([1, 2, 3, 4, 5]);
    expect(cluster.votes(1)).to.deep.equal([5, 3]);
    const leave = (id: number, rest: readonly number[]): void => {
      cluster.get(id).votequorum.stop();
      cluster.fake.settle();
      cluster.rings(rest);
    };
    leave(5, [1, 2, 3, 4]);
    expect(cluster.votes(1)).to.deep.equal([4, 3]);
    leave(4, [1, 2, 3]);
    expect(cluster.votes(1)).to.deep.equal([3, 2]);
    leave(3, [1, 2]);
    expect(cluster.votes(1)[1]).to.equal(2);
    cluster.rings([1]);
    expect(cluster.quorate(1)).to.deep.equal([false]);
  });

  it('remembers tracked expected votes across a restart', () => {
    const cluster = new Cluster([1, 2, 3], { 'quorum.expected_votes_tracking': true, 'quorum.expected_votes': 1 });
    cluster.rings([1]);
    expect(cluster.quorate(1)).to.deep.equal([true]);
    cluster.rings([1, 2, 3]);
    expect(cluster.stores.get(1)!.load('ev_tracking')).to.deep.equal(new Uint8Array([3, 0, 0, 0]));
    cluster.restart(1).rings([1]);
    expect(cluster.votes(1)).to.deep.equal([3, 2]);
    expect(cluster.quorate(1)).to.deep.equal([false]);
  });
});

describe('votequorum: quorum device', () => {
  const keys: Keys = { 'quorum.device.model': 'net' };

  it('has as many votes as are missing to outvote all nodes but one', () => {
    const cluster = new Cluster([1, 2, 3, 4], keys).rings([1, 2, 3, 4]);
    expect(cluster.votes(1)).to.deep.equal([7, 4]);
  });

  it('keeps one of two nodes quorate while it casts its vote there', () => {
    const cluster = new Cluster([1, 2], keys).rings([1, 2]);
    const [one, two] = [device(cluster, 1), device(cluster, 2, false)];
    cluster.fake.reform([1], [2]);
    cluster.fake.settle();
    expect(one.ask(poll(cluster.get(1), true))).to.equal(1);
    expect(two.ask(poll(cluster.get(2), false))).to.equal(1);
    cluster.fake.settle();
    expect(cluster.quorate(1, 2)).to.deep.equal([true, false]);
  });

  it('synchronization waits for the device to see the new ring, but not for ever', () => {
    const cluster = new Cluster([1, 2, 3], keys).rings([1, 2, 3]);
    device(cluster, 1);
    cluster.rings([1, 2]);
    expect(cluster.fake.node(2).synchronizing).to.equal(true);
    cluster.pass(29_999);
    expect(cluster.fake.node(2).synchronizing).to.equal(true);
    cluster.pass(1);
    expect(cluster.fake.node(2).synchronizing).to.equal(false);
  });

  it('loses its vote when it is silent for too long', () => {
    const cluster = new Cluster([1, 2], keys).rings([1, 2]);
    device(cluster, 1);
    expect(cluster.get(2).votequorum.electorate.find(1)!.flags & 0xf0).to.equal(0x70);
    cluster.pass(10_000);
    expect(cluster.get(2).votequorum.electorate.find(1)!.flags & 0xf0).to.equal(0x10);
  });

  it('goes on when its section is taken out of the configuration, until it unregisters', () => {
    const cluster = new Cluster([1, 2], keys).rings([1, 2]);
    const client = device(cluster, 1);
    const { map } = cluster.get(1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 1);
    map.delete('quorum.device.model');
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 0);
    cluster.fake.settle();
    expect(client.ask(poll(cluster.get(1), true))).to.equal(1);
    expect(client.ask(deviceRequest(6, 272, 'dev').bytes)).to.equal(1);
    expect(map.u8('runtime.votequorum.qdevice_can_operate')).to.equal(1);
  });

  it('lets a part with a master win, where that is enabled', () => {
    const cluster = new Cluster([1, 2, 3], { ...keys, 'quorum.device.votes': 1, 'quorum.expected_votes': 5 }).rings([
      1, 2, 3,
    ]);
    const one = device(cluster, 1);
    const two = device(cluster, 2, false);
    expect(one.ask(masterWins(true))).to.equal(1);
    cluster.fake.reform([1], [2, 3]);
    cluster.fake.settle();
    expect(one.ask(poll(cluster.get(1), true))).to.equal(1);
    expect(two.ask(poll(cluster.get(2), false))).to.equal(1);
    cluster.fake.settle();
    expect(cluster.quorate(1, 2, 3)).to.deep.equal([true, false, false]);
  });

  it('knows one name in the cluster, until the last is gone', () => {
    const cluster = new Cluster([1, 2], keys).rings([1, 2]);
    const one = device(cluster, 1);
    const two = new FakeClient(cluster.get(2).votequorum, 51);
    const answer = (client: FakeClient, bytes: Uint8Array): number => {
      client.request(bytes);
      cluster.fake.settle();
      return MessageView.over(client.responses.at(-1)!).i32(16);
    };
    expect(answer(two, register('other'))).to.equal(14);
    expect(answer(one, register('other'))).to.equal(14);
    expect(answer(one, register('dev'))).to.equal(1);
    expect(answer(one, deviceRequest(6, 272, 'dev').bytes)).to.equal(1);
    expect(answer(two, register('other'))).to.equal(1);
  });

  it('refuses a second registration while one is on its way, and forgets one whose client has gone', () => {
    const cluster = new Cluster([1, 2], keys).rings([1, 2]);
    const { votequorum } = cluster.get(1);
    const [one, two] = [new FakeClient(votequorum, 50), new FakeClient(votequorum, 51)];
    one.request(register());
    expect(two.ask(register())).to.equal(6);
    one.disconnect();
    expect(one.responses).to.deep.equal([]);
    two.request(register());
    cluster.fake.settle();
    expect(MessageView.over(two.responses.at(-1)!).i32(16)).to.equal(1);
  });
});

describe('votequorum: configuration', () => {
  const bad: [text: RegExp, nodes: number, keys: Keys][] = [
    [/two_node and a quorum device/, 2, { 'quorum.two_node': true, 'quorum.device.model': 'net' }],
    [/last_man_standing/, 4, { 'quorum.last_man_standing': true, 'quorum.device.model': 'net' }],
    [/auto_tie_breaker: remove/, 4, { 'quorum.auto_tie_breaker': true, 'quorum.device.model': 'net' }],
    [/allow_downscale/, 4, { 'quorum.allow_downscale': true, 'quorum.device.model': 'net' }],
    [/set quorum.device.votes too/, 4, { 'quorum.expected_votes': 5, 'quorum.device.model': 'net' }],
    [/not every node has one vote/, 4, { 'nodelist.node.0.quorum_votes': 2, 'quorum.device.model': 'net' }],
    [/too high/, 4, { 'quorum.expected_votes': 5, 'quorum.device.model': 'net', 'quorum.device.votes': 4 }],
    [
      /wait_for_all and remove last_man_standing/,
      3,
      { 'quorum.auto_tie_breaker': true, 'quorum.last_man_standing': true },
    ],
    [/neither a nodelist nor/, 0, {}],
  ];
  for (const [text, nodes, keys] of bad) {
    it(`will not start with ${Object.keys(keys).join(', ') || 'nothing'} and ${nodes} nodes`, () => {
      const nodelist = Array.from({ length: nodes }, (_, i) => i + 1);
      expect(() => new ServiceNode(new FakeNode(1, 10), { nodelist, keys })).to.throw(CsError, text);
    });
  }

  it('disables two_node beside a tie breaker, and a tie breaker that nothing makes safe', () => {
    const both = new Cluster([1, 2], { 'quorum.two_node': true, 'quorum.auto_tie_breaker': true });
    expect(both.get(1).votequorum.options).to.deep.include({ twoNode: false, waitForAll: true });
    const odd = new Cluster([1, 2, 3], { 'quorum.auto_tie_breaker': true });
    expect(odd.get(1).votequorum.options.tieBreaker.kind).to.equal('none');
  });

  it('takes new votes over when a reload is done, and tells the others', () => {
    const cluster = new Cluster([1, 2, 3]).rings([1, 2, 3]);
    const { map } = cluster.get(1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 1);
    map.setNumber('nodelist.node.0.quorum_votes', ValueType.U32, 3);
    map.setNumber('nodelist.node.1.quorum_votes', ValueType.U32, 1);
    cluster.fake.settle();
    expect(cluster.votes(2)).to.deep.equal([3, 2]);
    map.setNumber('config.reload_status', ValueType.I32, 1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 0);
    cluster.fake.settle();
    expect([1, 2, 3].map((id) => cluster.votes(id))).to.deep.equal([[5, 3], [5, 3], [5, 3]]); // prettier-ignore
    expect(cluster.get(3).votequorum.electorate.find(1)!.votes).to.equal(3);
  });

  it('shows the tie breaker as Corosync does: if one is configured, though disabled, and after every reload', () => {
    const type = (keys: Keys, nodes = [1, 2, 3]): number | undefined =>
      new Cluster(nodes, keys).get(1).map.u32('runtime.votequorum.atb_type');
    expect(type({})).to.equal(undefined);
    expect(type({ 'quorum.auto_tie_breaker': true })).to.equal(0);
    expect(type({ 'quorum.auto_tie_breaker': true }, [1, 2])).to.equal(1);
    const highest: Keys = { 'quorum.auto_tie_breaker': true, 'quorum.auto_tie_breaker_node': 'highest' };
    expect(type(highest, [1, 2])).to.equal(2);
    const { map } = new Cluster([1, 2, 3]).rings([1, 2, 3]).get(1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 0);
    expect(map.u32('runtime.votequorum.atb_type')).to.equal(0);
  });

  it('reads the nodes of a tie breaker up to what is no number, as Corosync does', () => {
    for (const [text, expected] of [
      ['2 1', [2, 1]],
      ['  2   1 ', [2, 1]],
      ['2,1', [2]],
      ['1 x 2', [1]],
      ['x', undefined],
      ['0', undefined],
    ] as const) {
      const keys: Keys = { 'quorum.auto_tie_breaker': true, 'quorum.auto_tie_breaker_node': text };
      const { tieBreaker } = new Cluster([1, 2], keys).get(1).votequorum.options;
      expect(tieBreaker, text).to.deep.equal(
        expected === undefined ? { kind: 'none' } : { kind: 'list', nodeIds: expected },
      );
    }
  });

  it('changes nothing when a reload has failed', () => {
    const cluster = new Cluster([1, 2, 3]).rings([1, 2, 3]);
    const { map } = cluster.get(1);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 1);
    map.setNumber('nodelist.node.0.quorum_votes', ValueType.U32, 3);
    map.setNumber('config.reload_status', ValueType.I32, 7);
    map.setNumber('config.totemconfig_reload_in_progress', ValueType.U8, 0);
    cluster.fake.settle();
    expect(cluster.votes(1)).to.deep.equal([3, 2]);
  });

  it('lets no client change what is fixed at the start', () => {
    const { map } = new Cluster([1, 2, 3]).get(1);
    for (const name of ['wait_for_all', 'last_man_standing', 'auto_tie_breaker_node', 'allow_downscale']) {
      expect(map.isReadOnly(`quorum.${name}`)).to.equal(true);
    }
    expect(map.isReadOnly('quorum.expected_votes')).to.equal(false);
  });
});

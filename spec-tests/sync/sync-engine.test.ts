import { expect } from 'chai';
import type { Logger } from '../../core/base/logger.js';
import { encodeBarrier, encodeServiceBuild } from '../../core/sync/messages.js';
import type { RingId } from '../../core/totem/ring.js';
import { ManualClock, TestParticipant, syncRings } from './nodes.js';
import type { SyncNode } from './nodes.js';
import { body } from '../totem-pg/nodes.js';

/** A `sync` message as another node would send it: one in a frame. */
function inject(to: SyncNode, sender: number, message: Uint8Array): void {
  const prefix = [1, 0, 4, 0, 0x73, 0x79, 0x6e, 0x63];
  const payload = new Uint8Array(10 + prefix.length + message.length);
  const view = new DataView(payload.buffer);
  view.setUint16(6, 1, true);
  view.setUint16(8, prefix.length + message.length, true);
  payload.set(prefix, 10);
  payload.set(message, 10 + prefix.length);
  to.port.deliver({ sender, payload, littleEndian: true });
}

function ring(node: SyncNode): RingId {
  return node.port.order!.ringId;
}

describe('synchronization', () => {
  it('takes every service in order of its id through init, process and activate, on all nodes alike', () => {
    const { rings, nodes } = syncRings(
      [
        [5, 0, 2],
        [0, 2, 5],
        [2, 5, 0],
      ],
      [{}, { littleEndian: false }],
    );
    rings.form([1, 2, 3]);
    rings.settle();
    for (const node of nodes) {
      expect(node.happened()).to.deep.equal([
        'transitional 1.4 []',
        'regular 1.4 [1,2,3]',
        'init 0 1.4 [] [1,2,3]',
        'init 2 1.4 [] [1,2,3]',
        'init 5 1.4 [] [1,2,3]',
        'process 0',
        'activate 0',
        'process 2',
        'activate 2',
        'process 5',
        'activate 5',
        'complete 1.4 [1,2,3]',
      ]);
      expect(node.engine.running).to.equal(false);
      expect(node.engine.counters).to.deep.equal({ otherRing: 0, malformed: 0, violations: 0 });
      expect(node.port.transitional).to.equal(false);
    }
  });

  it('tells services who came along from the ring before', () => {
    const { rings, nodes } = syncRings([[2], [2], [2]]);
    rings.form([1, 2], [3]);
    rings.settle();
    rings.form([1, 2, 3]);
    rings.settle();
    expect(nodes[0]!.log).to.include('init 2 1.8 [1,2] [1,2,3]');
    expect(nodes[2]!.log).to.include('init 2 1.8 [3] [1,2,3]');
    rings.form([2, 3]);
    expect(nodes[2]!.log).to.include('init 2 2.c [2,3] [2,3]');
  });

  it('goes through the union of all lists; a service that is not here gets a barrier only', () => {
    const { rings, nodes } = syncRings([[0, 40], [3], []]);
    rings.form([1, 2, 3]);
    rings.settle();
    expect(nodes.map((node) => node.log.filter((line) => line.startsWith('activate')))).to.deep.equal([
      ['activate 0', 'activate 40'],
      ['activate 3'],
      [],
    ]);
    expect(nodes.map((node) => node.completed)).to.deep.equal([1, 1, 1]);
  });

  it('is complete at once when nobody has a service with state', () => {
    const { rings, nodes } = syncRings([[], []]);
    rings.form([1, 2]);
    rings.settle();
    expect(nodes.map((node) => node.completed)).to.deep.equal([1, 1]);
  });

  it('calls process after each token until it is done, and activates only when everybody is', () => {
    const { rings, nodes } = syncRings([[1], [1]]);
    let calls = 0;
    nodes[0]!.participants[0]!.process = () => ++calls === 4;
    rings.form([1, 2]);
    rings.rotate();
    rings.rotate();
    rings.rotate();
    expect(nodes[1]!.log).to.include('process 1').and.not.include('activate 1');
    rings.settle();
    expect(calls).to.equal(4);
    expect(nodes[1]!.log).to.include('activate 1');
  });

  it('delivers the state that was sent before it activates', () => {
    const { rings, nodes } = syncRings([[1], [1], [1]]);
    for (const [i, node] of nodes.entries()) node.participants[0]!.process = () => node.send(body(i + 1, 1, 20_000));
    rings.form([1, 2, 3]);
    rings.settle();
    for (const node of nodes) {
      const activated = node.log.indexOf('activate 1');
      for (const sender of [1, 2, 3]) expect(node.log.indexOf(`message ${sender}:1`)).to.be.within(0, activated);
    }
  });

  it('tries again after the next token when the queue is full', () => {
    const fill = (node: SyncNode): void => {
      while (node.send(body(node.port.nodeId, 9, 8)));
    };
    const all: SyncNode[] = [];
    const onStart = (): void => all.forEach(fill);
    const { rings, nodes } = syncRings([[1], [1]], [{ capacity: 1 }, { capacity: 1 }], { onStart });
    all.push(...nodes);
    for (const node of nodes) {
      node.participants[0]!.process = () => {
        fill(node);
        return true;
      };
    }
    rings.form([1, 2]);
    rings.settle();
    expect(nodes.map(({ completed }) => completed)).to.deep.equal([1, 1]);
    expect(nodes.map(({ packing }) => packing.counters.refused > 4)).to.deep.equal([true, true]);
  });

  it('does not let a barrier of the old ring through that comes between the two events of a change', () => {
    const { rings, nodes } = syncRings([[1], [1]]);
    rings.form([1, 2]);
    while (!nodes.every(({ log }) => log.includes('process 1'))) rings.rotate();
    // The last barrier is sent, but nobody has got it.
    for (const { port } of nodes) port.visit(17);
    const before = nodes[0]!.engine.counters.otherRing;
    rings.form([1, 2]);
    for (const { log } of nodes) expect(log).to.include('abort 1').and.not.include('activate 1');
    expect(nodes[0]!.engine.counters).to.deep.include({ otherRing: before + 1, violations: 0 });
    rings.settle();
    expect(nodes.map(({ engine }) => engine.running)).to.deep.equal([false, false]);
  });

  it('counts only members among those who came along', () => {
    const { nodes } = syncRings([[1]]);
    const { packing, log } = nodes[0]!;
    const ringId = { representative: 1, seq: 8 };
    packing.configuration({ kind: 'transitional', ringId, members: [1, 3], left: [], joined: [] });
    packing.configuration({ kind: 'regular', ringId, members: [1, 2], left: [], joined: [2] });
    expect(log).to.include('init 1 1.8 [1] [1,2]');
  });

  for (const state of ['build', 'process', 'barrier', 'later phase']) {
    it(`starts anew when the membership changes (${state})`, () => {
      const { rings, nodes } = syncRings([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]);
      const node = nodes[0]!;
      let stuck = state === 'process';
      node.participants[0]!.process = () => !stuck;
      nodes[2]!.participants[state === 'later phase' ? 1 : 0]!.process = () => false;
      rings.form([1, 2, 3]);
      if (state !== 'build') for (let i = 0; i < 6; i++) rings.rotate();
      const before = node.happened();
      rings.form([1, 2], [3]);
      stuck = false;
      const after = node.happened();
      const aborted = state === 'later phase' ? ['abort 2', 'abort 3'] : ['abort 1', 'abort 2', 'abort 3'];
      expect(after).to.deep.equal([
        'transitional 1.8 [1,2]',
        ...aborted,
        'regular 1.8 [1,2]',
        'init 1 1.8 [1,2] [1,2]',
        'init 2 1.8 [1,2] [1,2]',
        'init 3 1.8 [1,2] [1,2]',
      ]);
      expect(before.includes('activate 1')).to.equal(state === 'later phase');
      expect(before.includes('process 1')).to.equal(state === 'barrier' || state === 'later phase');
      for (let i = 0; i < 12; i++) rings.rotate();
      expect(node.happened()).to.include.members(['activate 1', 'activate 2', 'activate 3', 'complete 1.8 [1,2]']);
      expect(nodes[1]!.completed).to.equal(1);
      expect(nodes[0]!.engine.counters.violations).to.equal(0);
    });
  }

  it('does not call a process step of an interrupted round any more', () => {
    const { rings, nodes } = syncRings([[1], [1]]);
    let calls = 0;
    nodes[0]!.participants[0]!.process = () => {
      calls++;
      return false;
    };
    rings.form([1, 2]);
    for (let i = 0; i < 4; i++) rings.rotate();
    expect(calls).to.be.greaterThan(0);
    calls = 0;
    rings.form([1], [2]);
    nodes[0]!.port.passed();
    expect(calls).to.equal(0);
    rings.rotate();
    rings.rotate();
    expect(calls).to.be.within(1, 2);
  });

  it('ignores and counts what an interrupted round left behind', () => {
    const { rings, nodes } = syncRings([[1], [1]]);
    rings.form([1, 2]);
    // Their lists for the first ring are still queued.
    rings.form([1, 2]);
    rings.settle();
    for (const node of nodes) {
      expect(node.engine.counters.otherRing).to.equal(2);
      expect(node.completed).to.equal(1);
    }
  });

  it('never gets a barrier of the next phase early, however unequal the nodes are', () => {
    const { rings, nodes } = syncRings([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    let turn = 0;
    nodes[1]!.participants.forEach((participant) => (participant.process = () => ++turn % 7 === 0));
    rings.form([1, 2, 3]);
    // Node 3 gets what the others send one frame at a time.
    for (let i = 0; i < 400; i++) {
      rings.rotate(
        () => 1,
        () => 1,
      );
    }
    for (const node of nodes) {
      expect(node.completed).to.equal(1);
      expect(node.engine.counters.violations).to.equal(0);
    }
  });
});

describe('synchronization: messages that no correct node sends', () => {
  const lines: string[] = [];
  const logger: Logger = { enabled: () => true, log: (severity, text) => severity === 'warning' && lines.push(text) };

  beforeEach(() => lines.splice(0));

  /** Node 1 of three: the others are only frames. */
  function alone(): SyncNode {
    const { rings, nodes } = syncRings([[1, 2], [], []], [], {}, logger);
    rings.form([1, 2, 3]);
    // The others' part of the order is written by the test.
    for (const other of nodes.slice(1)) other.port.order = undefined;
    rings.rotate();
    return nodes[0]!;
  }

  function lists(node: SyncNode, ids: readonly number[] = [1, 2]): void {
    inject(node, 2, encodeServiceBuild(ring(node), ids, true));
    inject(node, 3, encodeServiceBuild(ring(node), ids, true));
  }

  it('counts a repeated barrier and waits for the others', () => {
    const node = alone();
    lists(node);
    inject(node, 2, encodeBarrier(ring(node), true));
    inject(node, 2, encodeBarrier(ring(node), true));
    node.port.passed();
    node.port.visit(17);
    node.port.deliverNext(1);
    expect(node.log).to.include('process 1').and.not.include('activate 1');
    expect(node.engine.counters.violations).to.equal(1);
    inject(node, 3, encodeBarrier(ring(node), true));
    expect(node.log).to.include('activate 1').and.not.include('activate 2');
    expect(lines[0]).to.equal('Ignored a synchronization message of node 2: it sent its barrier before (1 so far)');
  });

  it('counts barriers before the service lists are complete, and lists after', () => {
    const node = alone();
    inject(node, 2, encodeBarrier(ring(node), true));
    expect(node.engine.counters.violations).to.equal(1);
    lists(node);
    inject(node, 3, encodeServiceBuild(ring(node), [9], true));
    expect(node.engine.counters.violations).to.equal(2);
    expect(node.engine.dump()).to.deep.include({ state: 'process', services: [1, 2], service: 1, awaited: [1, 2, 3] });
  });

  it("counts a repeated service list, a stranger, and a barrier in this node's name", () => {
    const node = alone();
    inject(node, 2, encodeServiceBuild(ring(node), [1], true));
    inject(node, 2, encodeServiceBuild(ring(node), [1], true));
    expect(node.engine.counters.violations).to.equal(1);
    inject(node, 3, encodeServiceBuild(ring(node), [1], true));
    inject(node, 1, encodeBarrier(ring(node), true));
    expect(node.engine.counters.violations).to.equal(2);
    inject(node, 4, encodeBarrier(ring(node), true));
    expect(node.packing.counters.malformedFrames).to.equal(1);
    expect(node.log).not.to.include('activate 1');
  });

  it("does not follow service lists that would overflow a real node's table", () => {
    const node = alone();
    const many = encodeServiceBuild(ring(node), [1], true);
    new DataView(many.buffer).setInt32(32, 65, true);
    const negative = encodeServiceBuild(ring(node), [1], true);
    new DataView(negative.buffer).setInt32(32, -1, true);
    const wrong = [
      many,
      negative,
      encodeServiceBuild(ring(node), [64], true),
      encodeServiceBuild(ring(node), [-1], true),
    ];
    for (const message of [...wrong, many.subarray(0, 100), many.subarray(0, 20), many.subarray(0, 3)]) {
      inject(node, 2, message);
    }
    expect(node.engine.counters.malformed).to.equal(7);
    expect(node.engine.dump()).to.deep.include({ state: 'build', awaited: [2, 3] });
    expect(lines).to.have.length(3);
    lists(node, [63, 1, 1, 63]);
    expect(node.engine.dump()).to.deep.include({ state: 'process', services: [1, 2, 63] });
  });
});

describe('synchronization: services that come and go', () => {
  it('lets a service take part from the next round on, and never calls an unloaded one', () => {
    const { rings, nodes } = syncRings([
      [1, 2],
      [1, 2],
    ]);
    const [node] = nodes;
    rings.form([1, 2]);
    const late = new TestParticipant(7, node!.log);
    node!.engine.add(late);
    node!.participants[0]!.activate = () => node!.engine.remove(2);
    rings.settle();
    expect(node!.happened())
      .to.include('activate 1')
      .and.not.include('process 2')
      .and.not.include('init 7 1.4 [] [1,2]');
    expect(nodes.map(({ completed }) => completed)).to.deep.equal([1, 1]);
    rings.form([1, 2]);
    rings.settle();
    expect(node!.happened()).to.include.members(['activate 1', 'activate 7']).and.not.include('activate 2');
    expect(nodes[1]!.log).to.include('activate 2');
  });

  it('refuses ids outside the table and ids that are taken', () => {
    const { nodes } = syncRings([[1]]);
    for (const id of [-1, 64, 1.5]) {
      expect(() => nodes[0]!.engine.add(new TestParticipant(id, []))).to.throw(RangeError, 'choose one from 0 to 63');
    }
    expect(() => nodes[0]!.engine.add(new TestParticipant(1, []))).to.throw(
      'services service1 and service1 both have id 1',
    );
  });

  it('reports a phase that lasts, naming the service and the nodes waited for', () => {
    const clock = new ManualClock();
    const lines: string[] = [];
    const logger: Logger = { enabled: () => true, log: (severity, text) => severity === 'warning' && lines.push(text) };
    const { rings, nodes } = syncRings([[2], [2], [9]], [], { clock, slowPhaseMs: 5000 }, logger);
    let stuck = true;
    nodes[1]!.participants[0]!.process = () => !stuck;
    rings.form([1, 2, 3]);
    nodes[1]!.port.left = true;
    rings.rotate();
    rings.rotate();
    clock.advance(5000);
    expect(lines.splice(0)[0]).to.equal(
      'Synchronization of service lists has waited 5 s for node 2; its log should say why',
    );
    nodes[1]!.port.left = false;
    for (let i = 0; i < 5; i++) rings.rotate();
    clock.advance(12_000);
    const phase = (name: string, seconds: number): string =>
      `Synchronization of service ${name} has waited ${seconds} s for node 2; its log should say why`;
    expect(lines.splice(0)).to.have.members([
      phase('service2 (2)', 5),
      phase('service2 (2)', 5),
      phase('2 (not on this node)', 5),
      phase('service2 (2)', 10),
      phase('service2 (2)', 10),
      phase('2 (not on this node)', 10),
    ]);
    stuck = false;
    rings.settle();
    clock.advance(60_000);
    expect(lines).to.deep.equal([]);
    expect(nodes.map(({ completed }) => completed)).to.deep.equal([1, 1, 1]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { body, expectAgreement, indexOf } from '../totem-pg/nodes.js';
import { syncRings } from './nodes.js';
import type { SyncNode, SyncRings } from './nodes.js';

type Step =
  | { readonly do: 'send'; readonly node: number; readonly size: number }
  | {
      readonly do: 'rotate';
      readonly times: number;
      readonly allowed: readonly number[];
      readonly delivered: readonly number[];
    }
  | { readonly do: 'form'; readonly ring: readonly number[] };

const NODES = 4;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      node: fc.nat(NODES - 1),
      size: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 8, max: 400 }) },
        { weight: 3, arbitrary: fc.integer({ min: 400, max: 12_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 12_000, max: 60_000 }) },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      // Seldom long enough for a synchronization to be complete.
      times: fc.oneof(
        { weight: 6, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 20, max: 80 }) },
      ),
      allowed: fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }),
      delivered: fc.array(fc.nat(8), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('form' as const),
      // The ring of each node; nodes 1 and 2 always stay together.
      ring: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)).map(([a, b, c]) => [a, a, b, c]),
    }),
  },
);

/** A run: nodes, and how many messages each of them has multicast. */
class Run {
  readonly sent = Array<number>(NODES).fill(0);
  readonly world: SyncRings;

  constructor(steps: readonly Step[]) {
    const services = [
      [1, 2, 3],
      [1, 2, 3],
      [2, 3],
      [1, 2, 3, 33],
    ];
    const ports = [{ capacity: 90 }, { capacity: 90, littleEndian: false }, { capacity: 60 }, { capacity: 90 }];
    this.world = syncRings(services, ports);
    for (const node of this.world.nodes) this.prepare(node);
    this.form([0, 0, 0, 0]);
    for (const next of steps) this.take(next);
    this.form([0, 0, 0, 0]);
    this.world.rings.settle();
  }

  private take(next: Step): void {
    if (next.do === 'send') {
      this.send(this.world.nodes[next.node]!, next.size);
    } else if (next.do === 'form') {
      this.form(next.ring);
    } else {
      let i = 0;
      for (let turn = 0; turn < next.times; turn++) {
        this.world.rings.rotate(
          () => next.allowed[i++ % next.allowed.length]!,
          () => next.delivered[i % next.delivered.length]!,
        );
      }
    }
  }

  private form(ring: readonly number[]): void {
    const groups = [0, 1, 2].map((number) => [1, 2, 3, 4].filter((node) => ring[node - 1] === number));
    this.world.rings.form(...groups.filter((group) => group.length > 0));
  }

  private send(node: SyncNode, size: number): boolean {
    const at = node.port.nodeId - 1;
    const taken = node.send(body(node.port.nodeId, this.sent[at]!, size));
    if (taken) this.sent[at]!++;
    return taken;
  }

  /** Services multicast at every moment of synchronization, also while the last barrier is on its way. */
  private prepare(node: SyncNode): void {
    let turn = node.port.nodeId;
    for (const participant of node.participants) {
      participant.init = () => this.send(node, 30 + (++turn % 5) * 900);
      participant.process = () => ++turn % 3 !== 0 && this.send(node, 30 + (turn % 7) * 2000);
      participant.activate = () => this.send(node, 30 + (++turn % 4) * 1500);
    }
    const { received } = node;
    const push = received.push.bind(received);
    received.push = (...messages) => {
      // Each answers about one message in nine of its neighbour.
      for (const message of messages) {
        if (message.sender % NODES === node.port.nodeId - 1 && indexOf(message) % 9 === 5) this.send(node, 2000);
      }
      return push(...messages);
    };
  }
}

describe('packing and synchronization through membership changes', () => {
  it('delivers each message once, in one order, to all who go on together, and completes every round', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 150 }), (steps) => {
        const run = new Run(steps);
        const { nodes } = run.world;
        nodes.forEach((node, n) => {
          expect(node.engine.running, 'synchronization runs').to.equal(false);
          expect(node.port.leftOver, 'left in the second queue').to.equal(0);
          expect(node.engine.counters.violations).to.equal(0);
          expect(node.packing.unfinished).to.equal(0);
          expect(node.packing.counters.malformedFrames + node.packing.counters.malformedMessages).to.equal(0);
          // Self-delivery, and nothing twice.
          const own = node.received.filter(({ sender }) => sender === n + 1).map(indexOf);
          expect([...own].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: run.sent[n]! }, (_, i) => i));
          for (const sender of [1, 2, 3, 4]) {
            const mine = node.received.filter((message) => message.sender === sender).map(indexOf);
            expect(new Set(mine).size).to.equal(mine.length);
          }
        });

        expectAgreement(nodes);
      }),
      { numRuns: 150 },
    );
  });
});

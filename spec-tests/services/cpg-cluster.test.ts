import { expect } from 'chai';
import fc from 'fast-check';
import { silentLogger } from '../../core/base/logger.js';
import { CpgEngine } from '../../core/services/cpg/engine.js';
import { readEvent } from '../../core/services/cpg/client-events.js';
import type { CpgEvent } from '../../core/services/cpg/client-events.js';
import { FakeClient } from '../support/fake-client.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import type { FakeNode, Random } from '../support/ring-fake.js';
import { joinRequest, leaveRequest, multicastRequest } from './cpg-requests.js';

const NODES = [1, 2, 3, 4];
const GROUPS = ['a', 'b'];

interface Participant {
  readonly client: FakeClient;
  readonly node: FakeNode;
  readonly group: string;
  readonly sent: string[];
  /** What the cluster may not deliver to it any more because its node has crashed or it has gone. */
  gone: boolean;
  left: boolean;
}

interface ProcessShown {
  readonly nodeId: number;
  readonly pid: number;
  readonly group: string;
}

/** A cluster of CPG engines that lives through random joins, leaves, multicasts, partitions, merges, crashes. */
class World {
  readonly cluster: FakeCluster;
  readonly participants: Participant[] = [];
  /** The process list behind each place of each ring's order, as the first node that got there had it. */
  readonly lists = new Map<string, string>();
  compared = 0;
  private serial = 0;

  constructor(readonly random: Random) {
    this.cluster = new FakeCluster({ nodes: NODES, random, queueLimit: 8 });
    for (const node of this.cluster.nodes) this.equip(node);
    this.cluster.reform(...NODES.map((id) => [id]));
  }

  engine(node: FakeNode): CpgEngine {
    return node.engines.get(2) as CpgEngine;
  }

  /** Sorted: where one process is in two groups, their order is that of arrival, which nodes need not share. */
  processes(node: FakeNode): string[] {
    const { processes } = this.engine(node).dump() as { processes: ProcessShown[] };
    return processes.map(({ group, nodeId, pid }) => `${group} ${nodeId} ${pid}`).sort();
  }

  act(): void {
    const { random } = this;
    const present = this.participants.filter(({ gone, left }) => !gone && !left);
    const someone = present[random(present.length || 1)];
    switch (random(14)) {
      case 0:
      case 1:
        this.join();
        break;
      case 2:
        if (someone?.client.ask(leaveRequest(someone.group, someone.client.pid)) === 1) someone.left = true;
        break;
      case 3:
        if (someone) {
          someone.gone = true;
          someone.client.disconnect();
        }
        break;
      case 4:
        this.repartition();
        break;
      case 5:
        if (random(3) === 0) this.crash();
        break;
      default:
        if (someone) this.multicast(someone);
        break;
    }
    this.cluster.run(random(30));
  }

  /** Everybody in one ring, everything delivered. */
  heal(): void {
    this.cluster.reform(NODES);
    this.cluster.settle();
  }

  events({ client }: Participant): CpgEvent[] {
    return client.events.map((bytes) => readEvent(bytes) as CpgEvent);
  }

  private equip(node: FakeNode): void {
    node.add(new CpgEngine({ ring: node.ringOf(2), logger: silentLogger }));
    node.passed = (ring, position) => {
      if (node.synchronizing) return;
      const list = this.processes(node).join();
      const key = `${ring} ${position}`;
      const other = this.lists.get(key);
      if (other !== undefined) {
        this.compared++;
        expect(list, `node ${node.id} at ${key}`).to.equal(other);
      }
      this.lists.set(key, list);
    };
  }

  private join(): void {
    const node = this.cluster.nodes[this.random(NODES.length)]!;
    const group = GROUPS[this.random(GROUPS.length)]!;
    const serial = ++this.serial;
    const client = new FakeClient(this.engine(node), serial, serial);
    // Some processes have the same pid as one that was there before.
    const pid = this.random(4) === 0 ? 1 + this.random(serial) : serial;
    if (client.ask(joinRequest(group, pid, this.random(2))) !== 1) return;
    Object.assign(client, { pid });
    this.participants.push({ client, node, group, sent: [], gone: false, left: false });
  }

  private multicast(participant: Participant): void {
    const { client, node, sent } = participant;
    // What a host does for requests without an answer.
    if (node.synchronizing || !node.ringOf(2).canMulticast(0)) return;
    const text = `${client.id}:${sent.length}`;
    sent.push(text);
    client.request(multicastRequest(new TextEncoder().encode(text)));
  }

  private repartition(): void {
    const parts: number[][] = [[], [], []];
    for (const node of this.cluster.nodes) if (node.alive) parts[this.random(3)]!.push(node.id);
    this.cluster.reform(...parts.filter((ids) => ids.length > 0));
  }

  private crash(): void {
    const alive = this.cluster.nodes.filter(({ alive }) => alive);
    const victim = alive[this.random(alive.length)]!;
    for (const participant of this.participants) if (participant.node === victim) participant.gone = true;
    const rings = new Map<unknown, number[]>();
    for (const node of alive) {
      if (node !== victim) rings.set(node.ring, [...(rings.get(node.ring) ?? []), node.id]);
    }
    const fresh = this.cluster.restart(victim.id);
    this.equip(fresh);
    this.cluster.reform(...rings.values(), [fresh.id]);
  }
}

describe('CPG on several nodes', () => {
  it('has the same members at the same place of the order on every node, whatever happens', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const world = new World(seededRandom(seed));
        for (let i = 0; i < 60; i++) world.act();
        world.heal();
        compared += world.compared;

        const lists = world.cluster.nodes.map((node) => world.processes(node).join());
        expect(new Set(lists), 'process lists after healing').to.have.length(1);
        const alive = world.participants.filter(({ gone, left }) => !gone && !left);
        const expected = alive.map(({ client, node, group }) => `${group} ${node.id} ${client.pid}`).sort();
        expect(world.processes(world.cluster.nodes[0]!)).to.deep.equal(expected);
        for (const node of world.cluster.nodes) expect(world.engine(node).refused).to.equal(0);
      }),
      { numRuns: 150 },
    );
    expect(compared).to.be.greaterThan(0);
  });

  it('tells each member what its list says: joined and left make one membership from the one before', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const world = new World(seededRandom(seed));
        for (let i = 0; i < 60; i++) world.act();
        world.heal();
        for (const participant of world.participants) {
          let view: string[] | undefined;
          for (const event of world.events(participant)) {
            if (event.kind !== 'membership') continue;
            const name = ({ nodeId, pid }: { nodeId: number; pid: number }): string => `${nodeId}/${pid}`;
            const members = event.members.map(name);
            expect(new Set(members)).to.have.length(members.length);
            if (view) {
              const joined = event.joined.map(name);
              const left = event.left.map(name);
              const next = view.filter((member) => !left.includes(member)).concat(joined);
              expect(members.toSorted()).to.deep.equal(next.toSorted());
              expect(joined.length + left.length).to.be.greaterThan(0);
            }
            view = members;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('delivers each message of a member once to itself, in the order it was sent', () => {
    let messages = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const world = new World(seededRandom(seed));
        for (let i = 0; i < 60; i++) world.act();
        world.heal();
        for (const participant of world.participants) {
          const { client, sent, gone } = participant;
          const own: string[] = [];
          for (const event of world.events(participant)) {
            if (event.kind !== 'message') continue;
            const text = Buffer.from(event.data).toString();
            if (text.startsWith(`${client.id}:`)) own.push(text);
          }
          expect(new Set(own)).to.have.length(own.length);
          expect(own).to.deep.equal(sent.slice(0, own.length));
          if (!gone) expect(own).to.deep.equal(sent);
          messages += own.length;
        }
      }),
      { numRuns: 100 },
    );
    expect(messages).to.be.greaterThan(0);
  });

  it('delivers the same messages and changes in the same order to members that were there all along', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const world = new World(random);
        world.cluster.reform(NODES);
        world.cluster.settle();
        const watchers = NODES.map((id, index) => {
          const client = new FakeClient(world.engine(world.cluster.node(id)), 100_000 + index);
          expect(client.ask(joinRequest('a', client.pid))).to.equal(1);
          return client;
        });
        world.cluster.settle();
        for (const watcher of watchers) watcher.events.length = 0;
        for (let i = 0; i < 60; i++) {
          // Nobody crashes and nothing parts: all of them see the same.
          const { participants } = world;
          const choice = random(5);
          const someone = participants[random(participants.length || 1)];
          if (choice === 0 || !someone) {
            const node = world.cluster.nodes[random(NODES.length)]!;
            const client = new FakeClient(world.engine(node), i + 1, i + 1);
            if (client.ask(joinRequest('a', client.pid)) === 1) {
              participants.push({ client, node, group: 'a', sent: [], gone: false, left: false });
            }
          } else if (choice === 1 && !someone.gone) {
            someone.gone = true;
            someone.client.disconnect();
          } else if (!someone.gone && someone.node.ringOf(2).canMulticast(0) && !someone.node.synchronizing) {
            someone.client.request(multicastRequest(new TextEncoder().encode(String(i))));
          }
          if (random(8) === 0) world.cluster.reform(NODES);
          world.cluster.run(random(20));
        }
        world.cluster.settle();
        const logs = watchers.map(({ events }) => events.map((bytes) => Buffer.from(bytes).toString('hex')));
        for (const log of logs) expect(log).to.deep.equal(logs[0]);
        compared += logs[0]!.length;
      }),
      { numRuns: 100 },
    );
    expect(compared).to.be.greaterThan(0);
  });
});

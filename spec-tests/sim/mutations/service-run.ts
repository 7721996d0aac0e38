import { definePlugin } from '../../../core/sdk.js';
import type { Plugin } from '../../../core/sdk.js';
import { CpgClient, cpgPlugin } from '../../../core/services/cpg/index.js';
import type { CpgMembershipEvent } from '../../../core/services/cpg/index.js';
import { SimulatedCluster } from '../../../core/sim/cluster.js';
import { Random } from '../../../core/sim/random.js';
import { DEFAULT_RING_PARAMETERS } from '../../../core/totem/srp/parameters.js';

/** What a run of services broke; as the simulator's runs. */
export interface ServiceRunResult {
  readonly violations: readonly { readonly property: string; readonly text: string }[];
}

const GROUP = 'group';
const STEPS = 14;
const PARAMETERS = {
  ...DEFAULT_RING_PARAMETERS,
  tokenMs: 1000,
  tokenRetransmitMs: 238,
  holdMs: 180,
  consensusMs: 1200,
};

/** A process that is in the group, or was. */
interface Member {
  readonly nodeId: number;
  readonly pid: number;
  readonly client: CpgClient;
  alive: boolean;
  /** The group as its events tell it. */
  view: string;
}

/**
 * A cluster whose nodes run CPG, and some of them another service, with processes that come and go under partitions and
 * crashes. In the end all must agree on who is in the group, and on the way every process's events must fit together.
 */
export async function runServices(seed: number): Promise<ServiceRunResult> {
  const run = new ServiceRun(seed);
  try {
    await run.go();
  } catch (error) {
    run.violate('3.1 services come to an end', (error as Error).message.split('\n')[0]!);
  } finally {
    run.close();
  }
  return run;
}

class ServiceRun implements ServiceRunResult {
  readonly violations: { property: string; text: string }[] = [];
  private readonly random: Random;
  private readonly nodeIds: readonly number[];
  private readonly cluster: SimulatedCluster;
  private readonly down = new Set<number>();
  private members: Member[] = [];
  private lastPid = 100;

  constructor(seed: number) {
    this.random = new Random(seed, 'services');
    const { random } = this;
    this.nodeIds = Array.from({ length: random.between(3, 5) }, (_, i) => i + 1);
    const withOther = new Set(random.shuffled(this.nodeIds).slice(0, random.between(1, this.nodeIds.length - 1)));
    this.cluster = new SimulatedCluster({
      nodes: this.nodeIds,
      seed,
      parameters: PARAMETERS,
      plugins: (nodeId) => (withOther.has(nodeId) ? [cpgPlugin(), this.otherService(nodeId)] : [cpgPlugin()]),
    });
  }

  violate(property: string, text: string): void {
    this.violations.push({ property, text });
  }

  close(): void {
    this.cluster.close();
  }

  async go(): Promise<void> {
    const { cluster, random, nodeIds } = this;
    cluster.start();
    await cluster.formed(...nodeIds);
    for (const nodeId of nodeIds) this.enter(nodeId);
    await cluster.run(500);
    for (let step = 0; step < STEPS; step++) {
      this.disturb();
      await cluster.run(random.logUniform(1, 3000));
    }
    cluster.partition();
    cluster.start(...this.down);
    await cluster.formed(...nodeIds);
    await cluster.run(3000);
    await this.checkEnd();
  }

  private disturb(): void {
    const { random, cluster, nodeIds } = this;
    const up = nodeIds.filter((nodeId) => !this.down.has(nodeId));
    const nodeId = random.pick(up);
    switch (random.weighted({ enter: 3, end: 2, partition: 2, heal: 2, crash: 1, start: 2 })) {
      case 'enter':
        this.enter(nodeId);
        return;
      case 'end': {
        const member = this.members.find((one) => one.alive && one.nodeId === nodeId);
        if (member === undefined) return;
        member.alive = false;
        member.client.close();
        return;
      }
      case 'partition': {
        const side = nodeIds.filter(() => random.chance(0.5));
        cluster.partition(
          side,
          nodeIds.filter((other) => !side.includes(other)),
        );
        return;
      }
      case 'heal':
        cluster.partition();
        return;
      case 'crash':
        if (up.length < 2) return;
        cluster.crash(nodeId);
        this.down.add(nodeId);
        for (const member of this.members) if (member.nodeId === nodeId) member.alive = false;
        return;
      case 'start':
        for (const other of this.down) cluster.start(other);
        this.down.clear();
    }
  }

  /** A new process joins the group, if the node takes clients now. */
  private enter(nodeId: number): void {
    const node = this.cluster.node(nodeId);
    if (node.state !== 'operational') return;
    const pid = ++this.lastPid;
    const client = new CpgClient(node.connect('cpg'), { pid, clock: { now: () => this.cluster.now, timer: noTimer } });
    const member: Member = { nodeId, pid, client, alive: true, view: '' };
    this.members.push(member);
    client.listen((event) => {
      if (event.kind === 'membership' && member.alive) this.changed(member, event);
    });
    client.join(GROUP).catch(() => (member.alive = false));
  }

  private changed(member: Member, event: CpgMembershipEvent): void {
    const who = `process ${member.nodeId}:${member.pid}`;
    const text = named(event.members);
    const sorted = [...event.members].sort((a, b) => a.nodeId - b.nodeId || a.pid - b.pid);
    if (text !== named(sorted)) this.violate('cpg: members are in order', `${who} was told of ${text}`);
    if (member.view !== '') {
      const expected = new Set(member.view.split(' '));
      for (const gone of event.left) expected.delete(named([gone]));
      for (const come of event.joined) expected.add(named([come]));
      if ([...expected].sort().join(' ') !== text.split(' ').sort().join(' ')) {
        const change = `${named(event.joined)} joined and ${named(event.left)} left`;
        this.violate(
          'cpg: changes lead to the members',
          `${who} knew ${member.view}; ${change}; it was told of ${text}`,
        );
      }
    }
    member.view = text;
    const inRing = this.cluster.node(member.nodeId).members;
    for (const { nodeId, pid, reason } of event.left) {
      if (reason !== 'process down' || inRing.includes(nodeId)) continue;
      const text = `${who} was told that only process ${nodeId}:${pid} is down, but the ring is ${inRing.join(' ')}`;
      this.violate('cpg: reasons are true', text);
    }
    for (const { nodeId } of event.members) {
      if (!inRing.includes(nodeId) && this.cluster.node(member.nodeId).state === 'operational') {
        this.violate('cpg: members are in the ring', `${who} was told of ${text}, the ring is ${inRing.join(' ')}`);
      }
    }
  }

  private async checkEnd(): Promise<void> {
    const { cluster, nodeIds } = this;
    const alive = this.members.filter((member) => member.alive);
    const actual = named([...alive].sort((a, b) => a.nodeId - b.nodeId || a.pid - b.pid));
    for (const nodeId of nodeIds) {
      const asker = new CpgClient(cluster.node(nodeId).connect('cpg'), {
        pid: 1,
        clock: { now: () => cluster.now, timer: noTimer },
      });
      const told = named(await cluster.settled(asker.members(GROUP)));
      if (told !== actual)
        this.violate('cpg: everybody agrees on the members', `node ${nodeId} has ${told}; it is ${actual}`);
    }
    for (const { nodeId, pid, view } of alive) {
      if (view === actual) continue;
      this.violate(
        'cpg: everybody agrees on the members',
        `process ${nodeId}:${pid} was told ${view}; it is ${actual}`,
      );
    }
  }

  /** A service that only some of the nodes have. */
  private otherService(nodeId: number): Plugin {
    let running = false;
    const violate = (text: string): void =>
      this.violate('synchronization is called in order', `node ${nodeId}: ${text}`);
    return definePlugin({
      name: 'other',
      version: '1.0.0',
      sdk: 1,
      service: { id: 40, name: 'other' },
      create: () => ({
        name: 'other',
        id: 40,
        priority: 40,
        version: 1,
        messages: [],
        sync: {
          id: 40,
          name: 'other',
          syncInit: () => {
            if (running) violate('a synchronization begins, but the one before was neither activated nor aborted');
            running = true;
          },
          syncProcess: () => running,
          syncActivate: () => {
            if (!running) violate('activated without a synchronization');
            running = false;
          },
          syncAbort: () => {
            if (!running) violate('aborted without a synchronization');
            running = false;
          },
        },
      }),
    });
  }
}

function named(members: readonly { readonly nodeId: number; readonly pid: number }[]): string {
  return members.length === 0 ? 'nobody' : members.map(({ nodeId, pid }) => `${nodeId}:${pid}`).join(' ');
}

/** A busy service is asked again at once: time passes in the cluster only. */
function noTimer(onExpiry: () => void): { running: boolean; start(): void; stop(): void } {
  return { running: false, start: onExpiry, stop: () => undefined };
}

import { CsError } from '../../core/base/errors.js';
import type { ServiceConnection } from '../../core/base/service-connection.js';
import { CfgClient } from '../../core/services/cfg/client.js';
import { CmapClient } from '../../core/services/cmap/client.js';
import type { CmapMap } from '../../core/services/cmap/client.js';
import { QuorumClient } from '../../core/services/quorum/client.js';
import { VotequorumClient } from '../../core/services/votequorum/client.js';
import { EngineConnection } from '../support/engine-connection.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeCluster, seededRandom } from '../support/ring-fake.js';
import { ServiceNode } from './service-node.js';
import type { ServiceNodeOptions } from './service-node.js';

/** All the core's services on the nodes of a fake cluster, and clients of them. Time goes on while `until` waits. */
export class ClientBench {
  readonly clock = new FakeClock();
  readonly cluster: FakeCluster;
  readonly nodes: readonly ServiceNode[];
  private serial = 0;

  constructor(
    nodeIds: readonly number[] = [1, 2, 3],
    options: (id: number) => Partial<ServiceNodeOptions> = () => ({}),
  ) {
    this.cluster = new FakeCluster({ nodes: nodeIds, random: seededRandom(11) });
    this.nodes = this.cluster.nodes.map(
      (node) => new ServiceNode(node, { nodelist: nodeIds, clock: this.clock, ...options(node.id) }),
    );
    this.form(nodeIds);
  }

  /** These nodes are on one ring, and synchronized. */
  form(...rings: readonly (readonly number[])[]): void {
    this.cluster.reform(...rings);
    this.cluster.settle();
  }

  connection(nodeId: number, serviceId: number): EngineConnection {
    const node = this.cluster.node(nodeId);
    const id = ++this.serial;
    return new EngineConnection(node.engines.get(serviceId)!, node.ringOf(serviceId), { id, pid: 100 + id });
  }

  quorum(nodeId: number, connection: ServiceConnection = this.connection(nodeId, 3)): QuorumClient {
    return new QuorumClient(connection, { clock: this.clock });
  }

  votequorum(nodeId: number): VotequorumClient {
    return new VotequorumClient(this.connection(nodeId, 5), { clock: this.clock });
  }

  cfg(nodeId: number): CfgClient {
    return new CfgClient(this.connection(nodeId, 1), { clock: this.clock });
  }

  cmap(nodeId: number, map: CmapMap = 'icmap'): CmapClient {
    return new CmapClient(this.connection(nodeId, 0), { clock: this.clock, map });
  }

  /** Lets the cluster and the clients' promises go on until `promise` is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    void promise.then(
      () => (done = true),
      () => (done = true),
    );
    for (let turns = 0; !done; turns++) {
      if (turns > 100_000) throw new Error('the promise is never settled');
      this.cluster.run(10);
      this.clock.advance(1);
      await Promise.resolve();
    }
    return promise;
  }

  /** Lets everything come to rest; no time passes. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      this.cluster.settle();
      await Promise.resolve();
    }
  }
}

/** The code by which a promise is refused. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof CsError) return thrown.spec;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

/** All that an iteration gives. */
export async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

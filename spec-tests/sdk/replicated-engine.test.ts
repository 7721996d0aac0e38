import { expect } from 'chai';
import { B_01_01, SA_TIME_ONE_SECOND } from 'chorale/sdk';
import { SimulatedCluster } from 'chorale/testing';
import type { SimulatedProgram } from 'chorale/testing';
import { RegisterLibrary, registerPlugin } from './register.js';
import type { Register, RegisterCallbacks, RegisterEngine } from './register.js';

interface Program {
  readonly program: SimulatedProgram;
  readonly register: Register;
}

/** Nodes with the toy service, one program on each, and a way to let time pass until a promise is settled. */
class Registers {
  readonly engines = new Map<number, RegisterEngine>();
  readonly cluster: SimulatedCluster;

  constructor(
    readonly nodes: readonly number[],
    seed = 1,
    without: readonly number[] = [],
  ) {
    const plugin = registerPlugin((nodeId, engine) => this.engines.set(nodeId, engine));
    this.cluster = new SimulatedCluster({
      nodes,
      plugins: (nodeId) => (without.includes(nodeId) ? [] : [plugin]),
      seed,
    });
  }

  async start(...nodes: number[]): Promise<void> {
    this.cluster.start(...nodes);
    await this.cluster.formed(...(nodes.length > 0 ? nodes : this.nodes));
  }

  settled<T>(work: Promise<T>): Promise<T> {
    return this.cluster.settled(work);
  }

  async program(nodeId: number, callbacks: Partial<RegisterCallbacks> = {}): Promise<Program> {
    const program = this.cluster.program(nodeId);
    const library = new RegisterLibrary(program);
    return { program, register: await this.settled(library.initialize(callbacks, B_01_01)) };
  }

  /** The states of these nodes, which are the same; gives it. */
  same(...nodes: number[]): unknown[] {
    const [first, ...others] = nodes.map((nodeId) => this.engines.get(nodeId)!.dump());
    for (const other of others) expect(other).to.deep.equal(first);
    return first as unknown[];
  }

  keys(...nodes: number[]): string[] {
    return (this.same(...nodes) as [string][]).map(([key]) => key).sort();
  }
}

/** Rejects with an SaError of this name. */
async function refused(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown as { spec: string },
  );
  return error?.spec ?? 'OK';
}

describe('an engine with replicated state', () => {
  it('does ordered operations on every node and answers the client that asked', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start();
    const { register } = await all.program(2);
    const answers = await all.settled(Promise.all(['a', 'b', 'c'].map((key) => register.put(key, key))));
    const versions = answers.map(({ version }) => version);
    expect(versions).to.deep.equal([...versions].sort((a, b) => a - b));
    await all.cluster.run(100);
    expect(all.keys(1, 2, 3)).to.deep.equal(['a', 'b', 'c']);
    expect(await all.settled(refused(register.get('x')))).to.equal('SA_AIS_ERR_NOT_EXIST');
  });

  it('drops what a dead client held, on all nodes, and answers who waited for it', async () => {
    const all = new Registers([1, 2]);
    await all.start();
    const holder = await all.program(1);
    const waiter = await all.program(2);
    await all.settled(holder.register.put('lock', 'mine', { held: true }));
    expect(await all.settled(refused(waiter.register.put('lock', 'yours')))).to.equal('SA_AIS_ERR_BUSY');
    const free = waiter.register.wait('lock');
    holder.program.kill();
    await all.settled(free);
    expect(all.keys(1, 2)).to.deep.equal([]);
  });

  it('drops what the clients of a lost, a leaving, and a quickly restarted node held', async () => {
    const all = new Registers([1, 2, 3, 4]);
    await all.start();
    for (const node of [1, 2, 3, 4]) {
      const { register } = await all.program(node);
      await all.settled(register.put(`of ${node}`, '', { held: true }));
    }
    all.cluster.crash(4);
    await all.cluster.formed(1, 2, 3);
    expect(all.keys(1, 2, 3)).to.deep.equal(['of 1', 'of 2', 'of 3']);
    await all.cluster.leave(3);
    await all.cluster.formed(1, 2);
    expect(all.keys(1, 2)).to.deep.equal(['of 1', 'of 2']);
    all.cluster.crash(2);
    all.cluster.start(2);
    await all.cluster.until(() => all.cluster.node(2).status.state === 'operational', 'node 2 back');
    await all.cluster.formed(1, 2);
    expect(all.keys(1, 2)).to.deep.equal(['of 1']);
  });

  it('drops what the clients of a service held that was unloaded or restarted without a change of the ring', async () => {
    const all = new Registers([1, 2]);
    await all.start();
    const { register } = await all.program(2);
    await all.settled(register.put('held', '', { held: true }));
    await all.settled(register.put('kept', ''));
    all.cluster.node(2).host.unload('register');
    await all.cluster.run(500);
    expect(all.keys(1)).to.deep.equal(['kept']);
    all.cluster.node(2).host.load([{ plugin: registerPlugin((nodeId, engine) => all.engines.set(nodeId, engine)) }]);
    await all.cluster.run(2000);
    await all.cluster.formed(1, 2);
    expect(all.keys(1, 2)).to.deep.equal(['kept']);
    expect(await all.settled(refused(register.get('kept')))).to.equal('SA_AIS_ERR_LIBRARY');
  });

  it('gives a newcomer a state of many messages, with records longer than one', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start(1, 2);
    const { register } = await all.program(1);
    const long = 'x'.repeat(300_000);
    await all.settled(register.put('long', long));
    const many = Array.from({ length: 2000 }, (_, i) => register.put(`key ${i}`, 'y'.repeat(i % 200)));
    await all.settled(Promise.all(many));
    await all.settled(register.put('longer', long + long));
    all.cluster.start(3);
    await all.cluster.formed(1, 2, 3);
    expect(all.keys(1, 2, 3)).to.have.length(2002);
    const reader = await all.program(3);
    expect(await all.settled(reader.register.get('longer'))).to.equal(long + long);
  });

  it('merges two sides the same on all nodes: the larger one first, a live owner by his own side', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start();
    const one = await all.program(1);
    const two = await all.program(2);
    await all.settled(one.register.put('before', 'old'));
    await all.settled(one.register.put('held by 1', '', { held: true }));
    all.cluster.partition([1], [2, 3]);
    await all.cluster.formed(1);
    await all.cluster.formed(2, 3);
    expect(all.keys(2, 3), 'its holder is gone').to.deep.equal(['before']);
    await all.settled(one.register.put('before', 'of 1'));
    await all.settled(two.register.put('before', 'of 2'));
    await all.settled(one.register.put('only 1', ''));
    await all.settled(two.register.put('only 2', ''));
    all.cluster.partition();
    await all.cluster.formed(1, 2, 3);
    expect(all.keys(1, 2, 3)).to.deep.equal(['before', 'held by 1', 'only 1', 'only 2']);
    expect(await all.settled(one.register.get('before')), 'the larger side wins').to.equal('of 2');
  });

  it('keeps a client waiting, and loses nothing of his, while the membership changes', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start(1, 2);
    const { register } = await all.program(1);
    const puts: Promise<unknown>[] = [];
    all.cluster.start(3);
    for (let i = 0; i < 200; i++) {
      puts.push(register.put(`key ${i}`, ''));
      await all.cluster.run(3);
    }
    await all.settled(Promise.all(puts));
    await all.cluster.formed(1, 2, 3);
    await all.cluster.run(100);
    expect(all.keys(1, 2, 3)).to.have.length(200);
  });

  it('spans the nodes that have it, when others do not', async () => {
    const all = new Registers([1, 2, 3], 1, [2]);
    await all.start();
    const { register } = await all.program(3);
    await all.settled(register.put('a', ''));
    await all.cluster.run(100);
    expect(all.keys(1, 3)).to.deep.equal(['a']);
    expect([...all.engines.get(1)!.activations.at(-1)!.participants.keys()]).to.deep.equal([1, 3]);
  });

  it('lets things expire on all nodes at once, also when the node that announces is gone or new ones have come', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start(1, 2);
    const { register } = await all.program(2);
    await all.settled(register.put('short', '', { ttl: 1000 }));
    await all.settled(register.put('long', '', { ttl: 9000 }));
    await all.settled(register.put('moved', '', { ttl: 1000 }));
    await all.settled(register.put('moved', '', { ttl: 20_000 }));
    expect(all.keys(1, 2)).to.deep.equal(['long', 'moved', 'short']);
    await all.cluster.run(1500);
    expect(all.keys(1, 2)).to.deep.equal(['long', 'moved']);
    all.cluster.start(3);
    await all.cluster.formed(1, 2, 3);
    all.cluster.crash(1);
    all.cluster.crash(2);
    await all.cluster.formed(3);
    expect(all.keys(3), 'the newcomer knows the times').to.deep.equal(['long', 'moved']);
    await all.cluster.run(9000);
    expect(all.keys(3)).to.deep.equal(['moved']);
    await all.cluster.run(15_000);
    expect(all.keys(3)).to.deep.equal([]);
  });

  it('lets things of both sides of a partition expire, of one key by the time of the larger side', async () => {
    const all = new Registers([1, 2, 3]);
    await all.start();
    const [one, two] = [await all.program(1), await all.program(2)];
    all.cluster.partition([1], [2, 3]);
    await all.cluster.formed(1);
    await all.cluster.formed(2, 3);
    await all.settled(one.register.put('both', '', { ttl: 60_000 }));
    await all.settled(two.register.put('both', '', { ttl: 10_000 }));
    await all.settled(one.register.put('of 1', '', { ttl: 10_000 }));
    await all.settled(two.register.put('of 2', '', { ttl: 20_000 }));
    all.cluster.partition();
    await all.cluster.formed(1, 2, 3);
    expect(all.keys(1, 2, 3)).to.deep.equal(['both', 'of 1', 'of 2']);
    await all.cluster.run(12_000);
    expect(all.keys(1, 2, 3)).to.deep.equal(['of 2']);
    await all.cluster.run(12_000);
    expect(all.keys(1, 2, 3)).to.deep.equal([]);
  });

  it('ends a call at its timeout and undoes what came late', async () => {
    const all = new Registers([1]);
    await all.start();
    const holder = await all.program(1);
    const waiter = await all.program(1);
    await all.settled(holder.register.put('k', '', { held: true }));
    let late = 0;
    const began = all.cluster.now;
    const waiting = waiter.register.wait('k', SA_TIME_ONE_SECOND, () => late++);
    expect(await all.settled(refused(waiting))).to.equal('SA_AIS_ERR_TIMEOUT');
    expect(all.cluster.now - began).to.be.within(1000, 1100);
    holder.program.kill();
    await all.cluster.run(500);
    expect(late).to.equal(1);
    expect(await all.settled(refused(waiter.register.wait('k', 0n)))).to.equal('SA_AIS_ERR_TIMEOUT');
    expect(await all.settled(refused(waiter.register.wait('k', -1n)))).to.equal('SA_AIS_ERR_INVALID_PARAM');
  });

  // With members lost and back at random moments, most of them in the middle of a synchronization of many messages.
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`agrees after crashes, partitions and merges in the middle of synchronization (seed ${seed})`, async () => {
      const nodes = [1, 2, 3, 4];
      const all = new Registers(nodes, seed);
      await all.start();
      const { register } = await all.program(1);
      const text = 'z'.repeat(2000);
      await all.settled(Promise.all(Array.from({ length: 300 }, (_, i) => register.put(`key ${i}`, text))));
      let random = seed;
      const below = (limit: number): number => {
        random = (Math.imul(random, 1103515245) + 12345) >>> 0;
        return (random >>> 8) % limit;
      };
      const down = new Set<number>();
      for (let step = 0; step < 12; step++) {
        const node = 2 + below(3);
        const what = below(3);
        if (what === 0)
          all.cluster.partition(
            [1, node],
            nodes.filter((other) => other !== 1 && other !== node),
          );
        else if (what === 1) all.cluster.partition();
        else if (down.delete(node)) all.cluster.start(node);
        else {
          all.cluster.crash(node);
          down.add(node);
        }
        // A ring forms and synchronizes within one to two seconds: sometimes there is time for it.
        await all.cluster.run(below(2500));
      }
      all.cluster.partition();
      all.cluster.start();
      await all.cluster.formed(...nodes);
      await all.cluster.run(100);
      expect(all.keys(...nodes), 'node 1 was never down').to.have.length(300);
    });
  }
});

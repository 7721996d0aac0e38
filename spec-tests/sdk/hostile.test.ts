import { expect } from 'chai';
import fc from 'fast-check';
import { requestMessage } from 'chorale/sdk';
import { SimulatedCluster } from 'chorale/testing';
import clm from '../../plugins/clm/index.js';
import lck from '../../plugins/lck/index.js';
import type { LockRequest, OpenRequest, ResourceRequest, UnlockRequest } from '../../plugins/lck/messages.proto.js';
import { Operations } from '../../plugins/lck/operations.js';
import { RequestWriter } from '../../core/sdk/protocol.js';
import type { Operation } from 'chorale/sdk';
import { registerPlugin } from './register.js';

/** Requests of every service here that are no requests, from programs that hold to nothing. */
describe('hostile clients of services with replicated state', () => {
  for (const plugin of [clm, lck, registerPlugin()]) {
    it(`${plugin.service.name}: harm only themselves`, async () => {
      const cluster = new SimulatedCluster({ nodes: [1, 2], plugins: () => [plugin] });
      cluster.start();
      await cluster.formed(1, 2);
      const bodies = fc.sample(fc.tuple(fc.nat(5), fc.uint8Array({ maxLength: 60 })), { numRuns: 1500, seed: 11 });
      for (const [index, [id, body]] of bodies.entries()) {
        const connection = cluster.node(1 + (index % 2)).connect(plugin.service.name);
        connection.onClose(() => undefined);
        connection.send(requestMessage(id, body));
        if (index % 20 === 0) await cluster.run(20);
        if (index % 3 === 0) connection.close();
      }
      await cluster.run(2000);
      await cluster.formed(1, 2);
      for (const nodeId of [1, 2]) {
        const { services } = cluster.node(nodeId).status;
        expect(services.map(({ state }) => state)).to.deep.equal(['running']);
      }
      const [one, two] = [1, 2].map((nodeId) => cluster.node(nodeId).dump()['services']);
      expect(one).to.deep.equal(two);
    });
  }

  it('lck: may give the same numbers again and again, and modes and flags that are none', async () => {
    const cluster = new SimulatedCluster({ nodes: [1, 2], plugins: () => [lck] });
    cluster.start();
    await cluster.formed(1, 2);
    const few = fc.nat(3);
    const odd = fc.constantFrom(0, 1, 2, 3, 4, 0xffff_ffff);
    const name = fc.constantFrom(new Uint8Array(0), Uint8Array.of(65), new Uint8Array(256), new Uint8Array(300));
    const process = fc.constantFrom('', 'p', 'x'.repeat(100));
    const one = <Q>(operation: Operation<Q, unknown>, request: fc.Arbitrary<Q>): fc.Arbitrary<Uint8Array> =>
      request.map((body) => new RequestWriter().encode(operation, 1, body));
    const requests = fc.oneof(
      one(Operations.open, fc.record<OpenRequest>({ resource: few, name, create: fc.boolean(), process })),
      one(Operations.close, fc.record<ResourceRequest>({ resource: few })),
      one(
        Operations.lock,
        fc.record<LockRequest>({ resource: few, lock: few, mode: odd, flags: odd, signal: fc.bigInt(0n, 5n) }),
      ),
      one(Operations.unlock, fc.record<UnlockRequest>({ lock: few })),
      one(Operations.purge, fc.record<ResourceRequest>({ resource: few })),
    );
    const connect = (index: number): ReturnType<ReturnType<SimulatedCluster['node']>['connect']> => {
      const connection = cluster.node(1 + (index % 2)).connect('lck');
      connection.onClose(() => undefined);
      return connection;
    };
    const connections = Array.from({ length: 6 }, (_, index) => connect(index));
    for (const [index, request] of fc.sample(requests, { numRuns: 3000, seed: 5 }).entries()) {
      const which = index % connections.length;
      connections[which]!.send(request);
      if (index % 100 !== 99) continue;
      connections[which]!.close();
      connections[which] = connect(which);
      await cluster.run(50);
    }
    await cluster.run(1000);
    const [first, second] = [1, 2].map((nodeId) => cluster.node(nodeId).dump()['services']);
    expect(first).to.deep.equal(second);
    for (const connection of connections) connection.close();
    await cluster.run(1000);
    const left = (cluster.node(1).dump()['services'] as { lck: Record<string, { granted: string[] }> }).lck;
    for (const { granted } of Object.values(left)) for (const lock of granted) expect(lock).to.match(/orphan$/);
  });
});

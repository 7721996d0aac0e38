import { expect } from 'chai';
import { SA_TIME_END, SaErrorCode } from 'chorale/sdk';
import type { Operation, ServiceConnection } from 'chorale/sdk';
import { decodeEvent, RequestWriter } from '../../core/sdk/protocol.js';
import type { OpenRequest } from '../../plugins/ckpt/messages.proto.js';
import { Operations } from '../../plugins/ckpt/operations.js';
import { toWire } from '../../plugins/ckpt/records.js';
import { A1, CkptCluster, RWC, bytes } from './ckpt-cluster.js';

const {
  ERR_INVALID_PARAM: INVALID_PARAM,
  ERR_NO_SPACE: NO_SPACE,
  ERR_BAD_FLAGS: BAD_FLAGS,
  ERR_BAD_HANDLE: BAD_HANDLE,
  ERR_ACCESS: ACCESS,
  ERR_NOT_EXIST: NOT_EXIST,
  ERR_NO_RESOURCES: NO_RESOURCES,
} = SaErrorCode;

/** A client that keeps to no library: the engine is asked directly. */
class Rogue {
  private call = 0;
  private readonly waiting = new Map<number, (error: number, body: Uint8Array) => void>();

  constructor(
    private readonly all: CkptCluster,
    private readonly connection: ServiceConnection,
  ) {
    connection.onEvent((message) => {
      const event = decodeEvent(message);
      if (event.kind === 'completion') this.waiting.get(event.call)?.(event.error, event.body);
    });
  }

  /** The error that the engine answers with, and the reply. */
  async ask<Q, R>(operation: Operation<Q, R>, request: Q): Promise<{ error: number; reply: R | undefined }> {
    const call = ++this.call;
    const answer = new Promise<{ error: number; reply: R | undefined }>((resolve) => {
      this.waiting.set(call, (error, body) =>
        resolve({ error, reply: error === SaErrorCode.OK ? operation.reply.decode(body) : undefined }),
      );
    });
    this.connection.send(new RequestWriter().encode(operation, call, request));
    return this.all.settled(answer);
  }

  async error<Q>(operation: Operation<Q, unknown>, request: Q): Promise<number> {
    return (await this.ask(operation, request)).error;
  }
}

describe('CKPT engine and a hostile client', () => {
  it('refuses what no library would send, harms nobody and stays the same on every node', async () => {
    const all = await CkptCluster.of([1, 2]);
    const honest = await (await all.process(2)).open('honest');
    await all.create(honest, 's', 'content');
    const rogue = new Rogue(all, all.ais.cluster.node(1).connect('ckpt'));
    const name = bytes('rogue');
    const attributes = toWire(A1);
    const open = (request: Partial<OpenRequest>): Promise<number> =>
      rogue.error(Operations.open, { handle: 1, name, flags: RWC, attributes, ...request });

    expect(await open({ flags: 64 })).to.equal(BAD_FLAGS);
    expect(await open({ name: new Uint8Array(300) })).to.equal(INVALID_PARAM);
    expect(await open({ attributes: { ...attributes, flags: 0 } })).to.equal(INVALID_PARAM);
    expect(await open({ attributes: { ...attributes, retentionDuration: -1n } })).to.equal(INVALID_PARAM);
    const huge = { ...attributes, maxSectionSize: 2 ** 50, checkpointSize: 2 ** 50, maxSectionIdSize: 65_535 };
    expect(await open({ attributes: huge })).to.equal(SaErrorCode.OK);
    expect(await open({ attributes: huge }), 'the same handle again').to.equal(INVALID_PARAM);
    expect(await open({ handle: 2, flags: 1, ...{ attributes: undefined as never } })).to.equal(SaErrorCode.OK);

    const section = { handle: 1, id: bytes('s'), expiration: SA_TIME_END, data: bytes('x') };
    expect(await rogue.error(Operations.sectionCreate, section)).to.equal(SaErrorCode.OK);
    const longId = new Uint8Array(500_000);
    expect(await rogue.error(Operations.sectionCreate, { ...section, id: longId })).to.equal(INVALID_PARAM);
    expect(await rogue.error(Operations.sectionCreate, { ...section, handle: 2 })).to.equal(ACCESS);
    expect(await rogue.error(Operations.sectionCreate, { ...section, handle: 3 })).to.equal(BAD_HANDLE);
    const write = async (element: { id: Uint8Array; offset: number; data: Uint8Array }): Promise<number> => {
      const { error, reply } = await rogue.ask(Operations.write, { handle: 1, elements: [element] });
      return reply?.error ?? error;
    };
    const element = { id: bytes('s'), offset: 0, data: bytes('x') };
    expect(await write({ ...element, offset: 2 ** 45 }), 'more memory than there is').to.equal(NO_SPACE);
    expect(await write({ ...element, offset: 2 ** 52 })).to.equal(INVALID_PARAM);
    expect(await write({ ...element, id: longId })).to.equal(INVALID_PARAM);
    expect(await rogue.error(Operations.read, { handle: 1, elements: [{ id: longId, offset: 0 }] })).to.equal(
      INVALID_PARAM,
    );
    expect(await rogue.error(Operations.iterate, { handle: 1, iteration: 1, chosen: 77, time: 0n })).to.equal(
      INVALID_PARAM,
    );
    expect(await rogue.error(Operations.iterateNext, { iteration: 9 })).to.equal(BAD_HANDLE);
    expect(await rogue.error(Operations.readRest, { rest: 9, offset: 0 })).to.equal(NOT_EXIST);

    // More data at a time than a client may read.
    await write({ ...element, offset: 999_999 });
    const elements = Array.from({ length: 300 }, () => ({ id: bytes('s'), offset: 0 }));
    expect(await rogue.error(Operations.read, { handle: 1, elements })).to.equal(NO_RESOURCES);

    // Parts that make no request.
    expect(await rogue.error(Operations.whole, { transfer: 1, operation: 9 })).to.equal(INVALID_PARAM);
    for (const operation of [9, 0, 99]) {
      await rogue.ask(Operations.part, { transfer: 1, data: new Uint8Array([255, 255, 255]) });
      expect(await rogue.error(Operations.whole, { transfer: 1, operation })).to.equal(INVALID_PARAM);
    }

    expect(await all.read(honest, 's')).to.equal('content');
    const [one, two] = all.states(1, 2);
    expect(one).to.deep.equal(two);
    for (const node of [1, 2]) expect(all.ais.cluster.node(node).status.state).to.equal('operational');
  });
});

import { expect } from 'chai';
import { A_01_01, B_01_01, SA_TIME_ONE_SECOND, SaError } from 'chorale/sdk';
import { SimulatedCluster } from 'chorale/testing';
import ckpt, { CkptLibrary, CreationFlags, OpenFlags as CkptOpen } from 'chorale/ckpt';
import clm, { ClmLibrary } from 'chorale/clm';
import evt, { ChannelOpenFlags, EvtLibrary } from 'chorale/evt';
import lck, { LckLibrary } from 'chorale/lck';
import msg, { MsgLibrary, OpenFlags as MsgOpen } from 'chorale/msg';
import tmr, { TmrLibrary } from 'chorale/tmr';
import { RequestWriter, decodeEvent } from '../../core/sdk/protocol.js';
import { Operations } from '../../plugins/evt/operations.js';

const SECOND = SA_TIME_ONE_SECOND;
/** What types forbid, and programs in JavaScript do. */
const odd = (value: unknown): never => value as never;
/** A bit that bit operations of JavaScript do not see. */
const BEYOND = 2 ** 32;

describe('arguments that are none', () => {
  let cluster: SimulatedCluster;
  before(async () => {
    cluster = new SimulatedCluster({ nodes: [1], plugins: () => [ckpt, clm, evt, lck, msg, tmr], seed: 5 });
    cluster.start();
    await cluster.formed(1);
  });

  async function refusal(act: () => unknown): Promise<string> {
    try {
      await cluster.settled(Promise.resolve(act()));
    } catch (thrown) {
      if (thrown instanceof SaError) return thrown.spec;
      throw thrown;
    }
    return 'none';
  }
  const opened = <T>(work: Promise<T>): Promise<T> => cluster.settled(work);

  it('initialize: callbacks that are no functions, a way to dispatch that there is not', async () => {
    const program = cluster.program(1);
    for (const library of [CkptLibrary, ClmLibrary, EvtLibrary, LckLibrary, MsgLibrary, TmrLibrary]) {
      const made = new library(program);
      const version = library === TmrLibrary ? A_01_01 : B_01_01;
      expect(await refusal(() => made.initialize(odd({ lockWaiter: 'x' }), version))).to.equal(
        'SA_AIS_ERR_INVALID_PARAM',
      );
      expect(await refusal(() => made.initialize(odd({ lockWaiter: null }), version))).to.equal('none');
      const options = odd({ dispatch: 'sometimes' });
      expect(await refusal(() => made.initialize({}, version, options))).to.equal('SA_AIS_ERR_INVALID_PARAM');
    }
  });

  it('lck: flags beyond 32 bits', async () => {
    const handle = await opened(new LckLibrary(cluster.program(1)).initialize({ lockGrant: () => undefined }, B_01_01));
    expect(await refusal(() => handle.resourceOpen('a', BEYOND, SECOND))).to.equal('SA_AIS_ERR_BAD_FLAGS');
    const resource = await opened(handle.resourceOpen('a', 1, SECOND));
    expect(await refusal(() => resource.lock(1, BEYOND, 0n, SECOND))).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(await refusal(() => resource.lockAsync(0n, 1, BEYOND + 1, 0n))).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(resource.library).to.equal(handle);
  });

  it('msg: flags beyond 32 bits', async () => {
    const handle = await opened(new MsgLibrary(cluster.program(1)).initialize({}, B_01_01));
    const attributes = { creationFlags: 0, size: [9, 9, 9, 9], retentionTime: 0n };
    const open = (flags: number, creationFlags = 0): Promise<string> =>
      refusal(() => handle.queueOpen('a', { ...attributes, creationFlags }, flags, SECOND));
    expect(await open(BEYOND + MsgOpen.CREATE)).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(await open(MsgOpen.CREATE, BEYOND)).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(await refusal(() => handle.queueOpen('a', null, BEYOND, SECOND))).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(await refusal(() => handle.messageSendAsync(0n, 'a', {}, BEYOND))).to.equal('SA_AIS_ERR_BAD_FLAGS');
  });

  it('ckpt: flags beyond 32 bits, a buffer that is none', async () => {
    const handle = await opened(new CkptLibrary(cluster.program(1)).initialize({}, B_01_01));
    const sizes = { checkpointSize: 9, maxSections: 1, maxSectionSize: 9, maxSectionIdSize: 0 };
    const attributes = { creationFlags: CreationFlags.WR_ALL_REPLICAS, retentionDuration: 0n, ...sizes };
    const flags = CkptOpen.CREATE | CkptOpen.READ;
    const open = (openFlags: number, creationFlags: number): Promise<string> =>
      refusal(() => handle.checkpointOpen('a', { ...attributes, creationFlags }, openFlags, SECOND));
    expect(await open(flags + BEYOND, attributes.creationFlags)).to.equal('SA_AIS_ERR_BAD_FLAGS');
    expect(await open(flags, attributes.creationFlags + BEYOND)).to.equal('SA_AIS_ERR_INVALID_PARAM');
    const checkpoint = await opened(handle.checkpointOpen('a', attributes, flags, SECOND));
    const element = { sectionId: '', dataBuffer: odd('text') };
    expect(await refusal(() => checkpoint.read([element]))).to.equal('SA_AIS_ERR_INVALID_PARAM');
  });

  it('evt: filters and settings that are none', async () => {
    const handle = await opened(
      new EvtLibrary(cluster.program(1)).initialize({ eventDeliver: () => undefined }, B_01_01),
    );
    const { CREATE, PUBLISHER, SUBSCRIBER } = ChannelOpenFlags;
    const channel = await opened(handle.channelOpen('a', CREATE | PUBLISHER | SUBSCRIBER, SECOND));
    for (const filters of [[null], [undefined], ['text'], null]) {
      expect(await refusal(() => channel.eventSubscribe(odd(filters), 1))).to.equal('SA_AIS_ERR_INVALID_PARAM');
    }
    const event = channel.eventAllocate();
    const good = { priority: 1, retentionTime: 0n };
    for (const settings of [undefined, null, 'text', {}, { ...good, patterns: 'ab' }, { ...good, patterns: 5 }]) {
      expect(await refusal(() => event.attributesSet(odd(settings)))).to.equal('SA_AIS_ERR_INVALID_PARAM');
    }
  });

  it('evt: a client that has an event retained by the operation for those that are not', async () => {
    const connection = cluster.node(1).connect('evt');
    const errors: number[] = [];
    connection.onEvent((message) => {
      const event = decodeEvent(message);
      if (event.kind === 'completion') errors.push(event.error);
    });
    const writer = new RequestWriter();
    const name = new TextEncoder().encode('raw');
    const none = new Uint8Array(0);
    const event = { channel: 1, patterns: [], priority: 0, publisher: none, data: none };
    connection.send(writer.encode(Operations.open, 1, { channel: 1, name, flags: 7 }));
    connection.send(writer.encode(Operations.publish, 2, { ...event, retention: 0n }));
    connection.send(writer.encode(Operations.publish, 3, { ...event, retention: SECOND }));
    connection.send(writer.encode(Operations.retain, 4, { ...event, retention: SECOND }));
    await cluster.run(500);
    expect(errors).to.deep.equal([1, 1, 7, 1]);
  });
});

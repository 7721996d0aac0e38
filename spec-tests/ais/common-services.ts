import { A_01_01, B_01_01, SA_TIME_END } from 'chorale/sdk';
import type { AisHandle, AisLibrary, LibraryBindings, Plugin, SaError, SaVersion } from 'chorale/sdk';
import ckptPlugin, { CkptLibrary, CreationFlags, OpenFlags } from '../../plugins/ckpt/index.js';
import type { Ckpt, CkptCheckpoint } from '../../plugins/ckpt/index.js';
import clmPlugin, { ClmLibrary, SA_CLM_LOCAL_NODE_ID } from '../../plugins/clm/index.js';
import type { Clm } from '../../plugins/clm/index.js';
import evtPlugin, { ChannelOpenFlags, EvtLibrary } from '../../plugins/evt/index.js';
import type { Evt, EvtChannel } from '../../plugins/evt/index.js';
import lckPlugin, { LckLibrary, LockMode, ResourceOpenFlags } from '../../plugins/lck/index.js';
import type { Lck, LckResource } from '../../plugins/lck/index.js';
import msgPlugin, { MsgLibrary, OpenFlags as QueueOpenFlags } from '../../plugins/msg/index.js';
import type { Msg, MsgQueue } from '../../plugins/msg/index.js';
import tmrPlugin, { TimeType, TmrLibrary } from '../../plugins/tmr/index.js';
import type { Tmr } from '../../plugins/tmr/index.js';

export type AnyHandle = AisHandle<object>;
export type AnyLibrary = AisLibrary<object, AnyHandle>;

/**
 * What the rows that hold for all services need of one. To have them run for another service, add it to `SERVICES`.
 */
export interface CommonService {
  readonly name: string;
  readonly plugin: Plugin;
  readonly version: SaVersion;
  /** One version below and one above what is served. */
  readonly below: SaVersion;
  readonly above: SaVersion;
  library(bindings: LibraryBindings): AnyLibrary;
  /** Callbacks of which `ask` makes one run; it tells `ran` the invocation. */
  callbacks(ran: (invocation: bigint) => void): object;
  /** An asynchronous call that ends with one callback, of this invocation. Throws its return value. */
  ask(handle: AnyHandle, invocation: bigint): void;
  /** Any call that waits. */
  call(handle: AnyHandle): Promise<unknown>;
  /** Opens an object through the handle, if the service has such; gives a call to it. */
  open?(handle: AnyHandle): Promise<() => Promise<unknown>>;
  /** Makes something that others see, and that ends with the handle; gives how to ask another handle whether it is there. */
  hold?(handle: AnyHandle): Promise<(other: AnyHandle) => Promise<boolean>>;
}

const next = (version: SaVersion, by: number): SaVersion => ({
  ...version,
  releaseCode: String.fromCharCode(version.releaseCode.charCodeAt(0) + by),
});

const clm: CommonService = {
  name: 'clm',
  plugin: clmPlugin,
  version: B_01_01,
  below: A_01_01,
  above: next(B_01_01, 1),
  library: (bindings) => new ClmLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ clusterNodeGet: (invocation: bigint) => ran(invocation) }),
  ask: (handle, invocation) => (handle as unknown as Clm).clusterNodeGetAsync(invocation, SA_CLM_LOCAL_NODE_ID),
  call: (handle) => (handle as unknown as Clm).clusterNodeGet(SA_CLM_LOCAL_NODE_ID, SA_TIME_END),
};

const openResource = (handle: AnyHandle): Promise<LckResource> =>
  (handle as unknown as Lck).resourceOpen('R', ResourceOpenFlags.RESOURCE_CREATE, SA_TIME_END);

const lck: CommonService = {
  name: 'lck',
  plugin: lckPlugin,
  version: B_01_01,
  below: A_01_01,
  above: next(B_01_01, 1),
  library: (bindings) => new LckLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ resourceOpen: (invocation: bigint) => ran(invocation) }),
  ask: (handle, invocation) =>
    (handle as unknown as Lck).resourceOpenAsync(invocation, 'R', ResourceOpenFlags.RESOURCE_CREATE),
  call: openResource,
  open: async (handle) => {
    const resource = await openResource(handle);
    return () => resource.lock(LockMode.PR, 0, 0n, SA_TIME_END);
  },
  hold: async (handle) => {
    const resource = await openResource(handle);
    await resource.lock(LockMode.EX, 0, 0n, SA_TIME_END);
    return async (other) => {
      const theirs = await openResource(other);
      const { lockStatus } = await theirs.lock(LockMode.EX, 1, 0n, SA_TIME_END);
      return lockStatus !== 1;
    };
  },
};

const openChannel = (handle: AnyHandle): Promise<EvtChannel> =>
  (handle as unknown as Evt).channelOpen('C', ChannelOpenFlags.CREATE | ChannelOpenFlags.PUBLISHER, SA_TIME_END);

const evt: CommonService = {
  name: 'evt',
  plugin: evtPlugin,
  version: B_01_01,
  below: A_01_01,
  above: next(B_01_01, 1),
  library: (bindings) => new EvtLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ channelOpen: (invocation: bigint) => ran(invocation) }),
  ask: (handle, invocation) =>
    (handle as unknown as Evt).channelOpenAsync(invocation, 'C', ChannelOpenFlags.CREATE | ChannelOpenFlags.PUBLISHER),
  call: openChannel,
  open: async (handle) => {
    const channel = await openChannel(handle);
    return () => channel.eventAllocate().publish();
  },
};

const attributes = {
  creationFlags: CreationFlags.WR_ALL_REPLICAS,
  checkpointSize: 10,
  retentionDuration: 0n,
  maxSections: 1,
  maxSectionSize: 10,
  maxSectionIdSize: 0,
};
const openCheckpoint = (handle: AnyHandle): Promise<CkptCheckpoint> =>
  (handle as unknown as Ckpt).checkpointOpen('C', attributes, OpenFlags.CREATE, SA_TIME_END);

const ckpt: CommonService = {
  name: 'ckpt',
  plugin: ckptPlugin,
  version: B_01_01,
  below: A_01_01,
  above: next(B_01_01, 1),
  library: (bindings) => new CkptLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ checkpointOpen: (invocation: bigint) => ran(invocation) }),
  ask: (handle, invocation) =>
    (handle as unknown as Ckpt).checkpointOpenAsync(invocation, 'C', attributes, OpenFlags.CREATE),
  call: openCheckpoint,
  open: async (handle) => {
    const checkpoint = await openCheckpoint(handle);
    return () => checkpoint.statusGet();
  },
  hold: async (handle) => {
    await openCheckpoint(handle);
    return (other) =>
      (other as unknown as Ckpt).checkpointOpen('C', null, OpenFlags.READ, SA_TIME_END).then(
        (checkpoint) => checkpoint.close().then(() => true),
        () => false,
      );
  },
};

const ofQueue = { creationFlags: 0, size: [10, 10, 10, 10], retentionTime: 0n };
const openQueue = (handle: AnyHandle, name: string): Promise<MsgQueue> =>
  (handle as unknown as Msg).queueOpen(name, ofQueue, QueueOpenFlags.CREATE, SA_TIME_END);
let queues = 0;

const msg: CommonService = {
  name: 'msg',
  plugin: msgPlugin,
  version: B_01_01,
  below: A_01_01,
  above: next(B_01_01, 1),
  library: (bindings) => new MsgLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ queueOpen: (invocation: bigint) => ran(invocation) }),
  ask: (handle, invocation) =>
    (handle as unknown as Msg).queueOpenAsync(invocation, `Q${queues++}`, ofQueue, QueueOpenFlags.CREATE),
  call: (handle) => openQueue(handle, `Q${queues++}`),
  open: async (handle) => {
    const queue = await openQueue(handle, `Q${queues++}`);
    return () =>
      queue
        .messageGet(1n)
        .catch((thrown: SaError) => (thrown.spec === 'SA_AIS_ERR_TIMEOUT' ? 0 : Promise.reject(thrown)));
  },
  hold: async (handle) => {
    await openQueue(handle, 'Q');
    return (other) =>
      openQueue(other, 'Q').then(
        (queue) => queue.close().then(() => false),
        () => true,
      );
  },
};

const soon = { type: TimeType.DURATION, initialExpirationTime: 1_000_000n, timerPeriodDuration: 0n };

const tmr: CommonService = {
  name: 'tmr',
  plugin: tmrPlugin,
  version: A_01_01,
  below: next(A_01_01, -1),
  above: B_01_01,
  library: (bindings) => new TmrLibrary(bindings) as unknown as AnyLibrary,
  callbacks: (ran) => ({ timerExpired: (_timerId: bigint, data: unknown) => ran(data as bigint) }),
  // No call of this service has an invocation: what the callback is given stands for it.
  ask: (handle, invocation) => void (handle as unknown as Tmr).timerStart(soon, invocation),
  call: async (handle) =>
    (handle as unknown as Tmr).timerRemainingTimeGet((handle as unknown as Tmr).timerStart(soon, 0n).timerId),
};

export const SERVICES: readonly CommonService[] = [clm, lck, evt, ckpt, msg, tmr];

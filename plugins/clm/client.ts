import {
  AisHandle,
  AisLibrary,
  B_01_01,
  SaError,
  checkBuffer,
  daemonBindings,
  fillBuffer,
  readTrackFlags,
} from 'chorale/sdk';
import type { LibraryBindings, SaTime, Session, TrackBuffer, TrackMode } from 'chorale/sdk';
import type { NodeAddress } from './address.js';
import type { Member, Transition, View } from './messages.proto.js';
import { ClusterChange, LOCAL_NODE_ID, Operations, SERVICE, transition } from './operations.js';
import type { AddressFamily } from './operations.js';

export { TrackFlags } from 'chorale/sdk';
export type { NodeAddress } from './address.js';
export { AddressFamily, ClusterChange } from './operations.js';

/** SA_CLM_LOCAL_NODE_ID: the node of the calling process. */
export const SA_CLM_LOCAL_NODE_ID = LOCAL_NODE_ID;

/** SaClmClusterNodeT. */
export interface ClusterNode {
  readonly nodeId: number;
  readonly nodeAddress: NodeAddress;
  readonly nodeName: string;
  readonly member: boolean;
  /** When the node started, in nanoseconds since 1970 on its own clock. */
  readonly bootTimestamp: SaTime;
  /** Of the view in which it became a member. */
  readonly initialViewNumber: bigint;
}

/** SaClmClusterNotificationT. */
export interface ClusterNotification {
  readonly clusterNode: ClusterNode;
  readonly clusterChange: ClusterChange;
}

/** SaClmClusterNotificationBufferT. Give `capacity` for a buffer of that many entries. */
export interface ClusterNotificationBuffer extends TrackBuffer<ClusterNotification> {
  viewNumber: bigint;
}

/** An empty buffer for `clusterTrack`, of `capacity` entries or of as many as there are. */
export function notificationBuffer(capacity?: number): ClusterNotificationBuffer {
  return { viewNumber: 0n, numberOfItems: 0, notification: [], ...(capacity === undefined ? {} : { capacity }) };
}

/** SaClmCallbacksT. An error takes the place of what there is not. */
export interface ClmCallbacks {
  /** saClmClusterNodeGetCallback. */
  clusterNodeGet(invocation: bigint, clusterNode: ClusterNode | undefined, error: SaError | undefined): void;
  /** saClmClusterTrackCallback: the view, and how many of its entries are members. */
  clusterTrack(buffer: ClusterNotificationBuffer, numberOfMembers: number, error: SaError | undefined): void;
}

/** The Cluster Membership library, B.01.01: `initialize` gives handles. */
export class ClmLibrary extends AisLibrary<ClmCallbacks, Clm> {
  /** Without bindings: the daemon on this host. */
  constructor(bindings: LibraryBindings = daemonBindings()) {
    super({ service: SERVICE.name, versions: [B_01_01], create: (session) => new Clm(session) }, bindings);
  }
}

/** A handle of the Cluster Membership library (SaClmHandleT). Methods reject with an SaError. */
export class Clm extends AisHandle<ClmCallbacks> {
  /** How changes are followed. */
  private mode: TrackMode | undefined;

  constructor(session: Session<ClmCallbacks>) {
    super(session);
    this.onNotice(transition, (change) => this.changed(change));
  }

  /**
   * saClmClusterTrack. With CURRENT, the view is written to `buffer`, or comes by the callback without one. With CHANGES or
   * CHANGES_ONLY, each later transition comes by the callback, until `clusterTrackStop`.
   * ERR_BAD_FLAGS; ERR_INVALID_PARAM for a buffer without room; ERR_INIT if the callback it needs was not given; ERR_NO_SPACE
   * when the buffer is too short: `numberOfItems` is what is needed, and nothing is followed.
   */
  async clusterTrack(trackFlags: number, buffer?: ClusterNotificationBuffer | null): Promise<void> {
    const { current, mode } = readTrackFlags(trackFlags);
    const target = current ? (buffer ?? undefined) : undefined;
    if (target !== undefined) checkBuffer(target);
    this.check();
    if (mode !== undefined || (current && target === undefined)) this.needed('clusterTrack');
    const arrived = (view: View): void => {
      // The next transition is reported if the call succeeds: it may be right behind this answer.
      if (view.members.length <= (target?.capacity ?? Infinity)) this.mode = mode ?? this.mode;
      if (current && target === undefined) this.show(bufferOf(view), view.members.length);
    };
    const view = await this.call(Operations.track, { changes: mode !== undefined }, { arrived });
    if (target === undefined) return;
    fillBuffer(target, bufferOf(view).notification);
    target.viewNumber = BigInt(view.number);
  }

  /** saClmClusterTrackStop. ERR_NOT_EXIST when this handle follows no changes. */
  async clusterTrackStop(): Promise<void> {
    this.check();
    if (this.mode === undefined) {
      throw new SaError('ERR_NOT_EXIST', 'this handle follows no changes; clusterTrack with CHANGES begins that');
    }
    this.mode = undefined;
    await this.call(Operations.trackStop, {});
  }

  /**
   * saClmClusterNodeGet: what is known of a member. ERR_TIMEOUT, for a timeout of 0 at once; ERR_INVALID_PARAM when `nodeId` is
   * no member.
   */
  async clusterNodeGet(nodeId: number, timeout: SaTime): Promise<ClusterNode> {
    return nodeOf(await this.call(Operations.nodeGet, { node: checkedId(nodeId) }, { timeout }), true);
  }

  /** saClmClusterNodeGetAsync: the answer comes by the callback. Throws ERR_INIT without one. */
  clusterNodeGetAsync(invocation: bigint, nodeId: number): void {
    this.check();
    const callback = this.needed('clusterNodeGet');
    this.start(Operations.nodeGet, { node: checkedId(nodeId) }, ({ error, reply }) => {
      this.queue(() => callback(invocation, reply && nodeOf(reply, true), error));
    });
  }

  private changed({ number, changes }: Transition): void {
    if (this.mode === undefined) return;
    const all = changes.map(({ member, change }) => notificationOf(member!, change as ClusterChange));
    const members = all.filter(({ clusterNode }) => clusterNode.member).length;
    const notification =
      this.mode === 'changes' ? all : all.filter(({ clusterChange }) => clusterChange !== ClusterChange.NO_CHANGE);
    this.show({ viewNumber: BigInt(number), numberOfItems: notification.length, notification }, members);
  }

  private show(buffer: ClusterNotificationBuffer, numberOfMembers: number): void {
    const { clusterTrack } = this.callbacks;
    if (clusterTrack) this.queue(() => clusterTrack(buffer, numberOfMembers, undefined));
  }
}

function bufferOf({ number, members }: View): ClusterNotificationBuffer {
  const notification = members.map((member) => notificationOf(member, ClusterChange.NO_CHANGE));
  return { viewNumber: BigInt(number), numberOfItems: notification.length, notification };
}

function notificationOf(member: Member, clusterChange: ClusterChange): ClusterNotification {
  return { clusterNode: nodeOf(member, clusterChange !== ClusterChange.LEFT), clusterChange };
}

function nodeOf({ node, about, initialView }: Member, member: boolean): ClusterNode {
  const { family, address, name, boot } = about!;
  return {
    nodeId: node,
    nodeAddress: { family: family as AddressFamily, value: address },
    nodeName: name,
    member,
    bootTimestamp: boot,
    initialViewNumber: BigInt(initialView),
  };
}

function checkedId(nodeId: number): number {
  if (Number.isInteger(nodeId) && nodeId >= 0 && nodeId <= LOCAL_NODE_ID) return nodeId;
  throw new SaError('ERR_INVALID_PARAM', `${String(nodeId)} is no node id; give a whole number of 32 bits`);
}

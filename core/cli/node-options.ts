import type { ClusterConfig, TotemConfig } from '../config/model.js';
import type { NodeOptions } from '../host/node-options.js';
import type { TransportOptions } from '../net/options.js';
import type { Peer } from '../net/transport.js';
import type { RingParameters } from '../totem/srp/parameters.js';

/** A frame and an encapsulated copy of it have an MCAST header each. */
const MCAST_OVERHEAD = 90;

/** What the transport of the configured node is opened with. */
export function transportOptionsOf(config: ClusterConfig): TransportOptions {
  const { totem, localNode } = config;
  const link = totem.interface;
  return {
    transport: totem.transport,
    nodeId: localNode.nodeId,
    localAddress: link.bindAddress,
    port: link.mcastPort,
    peers: peersOf(config),
    blockUnlistedIps: totem.blockUnlistedIps,
    netmtu: totem.netMtu,
    downcheck: totem.downcheckMs,
    ...(link.mcastAddress === undefined ? {} : { mcastAddress: link.mcastAddress }),
    ttl: link.ttl,
    broadcast: link.broadcast,
  };
}

/** What the configured node runs with. */
export function nodeOptionsOf(config: ClusterConfig): NodeOptions {
  return {
    nodeId: config.localNode.nodeId,
    ...(config.localNode.name === undefined ? {} : { name: config.localNode.name }),
    peers: peersOf(config),
    parameters: ringParametersOf(config.totem),
    netmtu: config.totem.netMtu,
  };
}

/** The configured nodes, in file order. */
export function peersOf(config: ClusterConfig): Peer[] {
  return config.nodes.map(({ nodeId, address }) => ({ nodeId, address }));
}

/** What the ring protocol is tuned with. */
export function ringParametersOf(totem: TotemConfig): RingParameters {
  return {
    tokenMs: totem.tokenMs,
    tokenRetransmitMs: totem.tokenRetransmitMs,
    holdMs: totem.holdMs,
    joinMs: totem.joinMs,
    sendJoinMs: totem.sendJoinMs,
    consensusMs: totem.consensusMs,
    mergeMs: totem.mergeMs,
    tokenWarningPercent: totem.tokenWarningPercent,
    failRecvConst: totem.failToReceiveConst,
    seqnoUnchangedConst: totem.seqnoUnchangedConst,
    heartbeatFailuresAllowed: totem.heartbeatFailuresAllowed,
    maxNetworkDelayMs: totem.maxNetworkDelayMs,
    windowSize: totem.windowSize,
    maxMessages: totem.maxMessages,
    missCountConst: totem.missCountConst,
    cancelTokenHoldOnRetransmit: totem.cancelTokenHoldOnRetransmit,
  };
}

/** Bytes of payload in a frame: what tools show as a link's mtu. */
export function payloadBytesOf(config: ClusterConfig): number {
  return config.totem.netMtu - MCAST_OVERHEAD;
}

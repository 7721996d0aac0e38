import type { Peer } from '../net/transport.js';
import type { RingParameters } from '../totem/srp/parameters.js';

/** Corosync's default of totem.netmtu for udp and udpu. */
export const DEFAULT_NETMTU = 1500;

/** What this node can bear if all members of a ring agree to more than is configured; frames. */
export interface TuningLimits {
  /** Of all members in a rotation: the least it goes back to when frames are lost, and the most. */
  readonly windowLeast: number;
  readonly windowMost: number;
  /** Of one member at a visit of the token. */
  readonly maxMessagesMost: number;
  /** Of these, behind the token; 0: none. */
  readonly accelerated: number;
}

/**
 * What one node needs to know to run, whatever it was configured with. The daemon makes it from the configuration
 * (core/cli/compose.ts), the simulator and embedders by hand.
 */
export interface NodeOptions {
  readonly nodeId: number;
  /** Its name; missing: its address is its name. */
  readonly name?: string;
  /** All nodes of the cluster with their addresses, this one among them. */
  readonly peers: readonly Peer[];
  /** Tunables of the ring protocol; missing: Corosync's defaults for three nodes. */
  readonly parameters?: RingParameters;
  /** Packet size base in bytes: a frame carries 90 less of payload. */
  readonly netmtu?: number;
  /** Byte order this node writes in; every node reads both. Missing: true. */
  readonly littleEndian?: boolean;
  /** Missing: as Corosync, the node takes part in no agreement, and its rings stay at the configured windows. */
  readonly tuning?: TuningLimits;
  /** Sequence numbers a new ring starts after, for simulations of their wrap-around; the same on all nodes. */
  readonly firstSeq?: number;
  readonly firstTokenSeq?: number;
}

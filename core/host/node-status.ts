import type { RingTuning } from '../totem/ring.js';
import type { PluginStatus } from './plugin-host.js';

/**
 * What a node is doing: not started; waiting for its network interface; the ring protocol's states, where `operational`
 * means that services are synchronized and `synchronizing` that the ring runs and they are not yet; gone.
 */
export type NodeState =
  'new' | 'waiting' | 'gather' | 'commit' | 'recovery' | 'synchronizing' | 'operational' | 'left' | 'crashed';

/** A node at a glance: what `chorale status` and the demonstration show. */
export interface NodeStatus {
  readonly nodeId: number;
  readonly state: NodeState;
  /** Of the last regular configuration, as Corosync prints it; missing before the first. */
  readonly ringId?: string;
  /** Of the last regular configuration, ascending. */
  readonly members: readonly number[];
  /** Smoothed time between two tokens in milliseconds; 0 before the first. */
  readonly rotationMs: number;
  /** The ring's windows in use: what its members agreed on, or what is configured. Missing: an older daemon's status. */
  readonly tuning?: RingTuning & { readonly agreed: boolean };
  /** Growth per second over the last whole second. */
  readonly rates: NodeRates;
  readonly services: readonly PluginStatus[];
}

export interface NodeRates {
  /** Ordered messages of all groups that this node gave to the ring, and that were delivered to it. */
  readonly sent: number;
  readonly delivered: number;
  /** Frames sent again for others. */
  readonly retransmitted: number;
  /** Token visits. */
  readonly tokens: number;
}

/** What a ring is tuned with: Corosync's totem directives, after its automatic rules. All members should agree. */
export interface RingParameters {
  /** Silence after which the token counts as lost. Too short: pauses of a busy node or a virtual machine break the ring. */
  readonly tokenMs: number;
  /** Silence after which the last token sent is sent again; several must fit in `tokenMs`. */
  readonly tokenRetransmitMs: number;
  /** How long the representative of an idle ring keeps the token; shorter than `tokenRetransmitMs`. */
  readonly holdMs: number;
  /** Interval of JOINs while members are gathered. */
  readonly joinMs: number;
  /** Random delay before a JOIN, 0 to this, against storms in large clusters. */
  readonly sendJoinMs: number;
  /** How long to wait for consensus before the silent are declared failed; at least 1.2 times `tokenMs`. */
  readonly consensusMs: number;
  /** Delay of a MERGE on an idle ring. */
  readonly mergeMs: number;
  /** Share of `tokenMs` after which a late token is logged; 0 turns the warning off. */
  readonly tokenWarningPercent: number;
  /** Rotations without progress of the own aru after which this node takes itself out. */
  readonly failRecvConst: number;
  /** Rotations without a new message after which the token is held. */
  readonly seqnoUnchangedConst: number;
  /** Heartbeats that may be missed; 0 turns the heartbeat off. */
  readonly heartbeatFailuresAllowed: number;
  /** Slack of the heartbeat for the network. */
  readonly maxNetworkDelayMs: number;
  /** Messages all members together may send in a rotation. Too large: receive buffers overflow, retransmissions. */
  readonly windowSize: number;
  /** Messages one member may send at a token visit. */
  readonly maxMessages: number;
  /** Token visits a message may be missing before it is requested again. */
  readonly missCountConst: number;
  /** A retransmission releases a held token. */
  readonly cancelTokenHoldOnRetransmit: boolean;
}

/** Corosync's defaults for three nodes. */
export const DEFAULT_RING_PARAMETERS: RingParameters = {
  tokenMs: 3650,
  tokenRetransmitMs: 869,
  holdMs: 685,
  joinMs: 50,
  sendJoinMs: 0,
  consensusMs: 4380,
  mergeMs: 200,
  tokenWarningPercent: 75,
  failRecvConst: 2500,
  seqnoUnchangedConst: 30,
  heartbeatFailuresAllowed: 0,
  maxNetworkDelayMs: 50,
  windowSize: 50,
  maxMessages: 17,
  missCountConst: 5,
  cancelTokenHoldOnRetransmit: false,
};

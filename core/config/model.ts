import type { Severity } from '../base/logger.js';

/**
 * The one validated, typed model of a node's configuration. Whatever format went in (corosync.conf, later XML and LDAP),
 * this comes out, complete: automatic values are computed, names resolved, defaults filled in. Nothing in it changes;
 * a reload makes a new one.
 */
export interface ClusterConfig {
  /** The file it was read from, for messages. */
  readonly file: string;
  readonly totem: TotemConfig;
  /** Every node of the nodelist, in file order: position i is `nodes[i]`. At least the local one. */
  readonly nodes: readonly NodeConfig[];
  /** This node; one of `nodes`. */
  readonly localNode: NodeConfig;
  readonly quorum: QuorumConfig;
  readonly logging: LoggingConfig;
  readonly system: SystemConfig;
  /** Who may connect to the daemon besides root and the daemon's own user. */
  readonly uidgid: UidGidConfig;
  /** Third-party service engines to load, in file order. */
  readonly services: readonly ServiceConfig[];
  /** What the cmap service starts with: every key of the file and the automatic ones, under Corosync's paths. */
  readonly entries: readonly CmapEntry[];
}

/** What carries frames: `udpu` sends to each node, `udp` by multicast or broadcast. */
export type TransportName = 'udpu' | 'udp';

/** Which address family name resolution takes: one only, or the first named when both are there. */
export type IpVersion = 'ipv4' | 'ipv6' | 'ipv4-6' | 'ipv6-4';

/** The `totem` section: who this cluster is, and how its ring is tuned. Times are whole milliseconds. */
export interface TotemConfig extends TotemTuning {
  readonly version: 2;
  readonly transport: TransportName;
  /** Empty if not given. Two clusters of one name on one network share a multicast address: choose it unique. */
  readonly clusterName: string;
  /** Compared at the first synchronization with others: the node with the lower number ends. 0 takes no part in it. */
  readonly configVersion: bigint;
  readonly ipVersion: IpVersion;
  /** The family all ring addresses are of: 4 or 6. */
  readonly addressFamily: 4 | 6;
  readonly clearNodeHighBit: boolean;
  /** Link 0, the only one udp and udpu have. */
  readonly interface: InterfaceConfig;
}

/**
 * What tunes the ring protocol, after the automatic rules. All of it must be the same on every node: nodes that wait
 * for different times disagree about who is there. These may change at a reload.
 */
export interface TotemTuning {
  /**
   * A token not seen for this long is lost and a new ring is formed. Too short: a busy or paused node is thrown out
   * (and fenced) for nothing. Too long: a dead node is noticed late, and nothing is delivered until it is.
   * Already includes the token coefficient for each node above two.
   */
  readonly tokenMs: number;
  /** Percent of tokenMs after which a missing token is logged; 0 = never. Too low floods the log. */
  readonly tokenWarningPercent: number;
  /** How often a token is sent again before it counts as lost. More only divides tokenMs finer. */
  readonly tokenRetransmitsBeforeLoss: number;
  /**
   * A token passed on without a sign of progress is sent again after this. Too short doubles token traffic on a slow
   * network; near tokenMs one lost token packet already breaks the ring.
   */
  readonly tokenRetransmitMs: number;
  /**
   * How long the representative holds the token of an idle ring. Too short burns CPU when nothing happens; near
   * tokenRetransmitMs others send the token again for nothing.
   */
  readonly holdMs: number;
  /** Join messages are repeated at this interval while a membership forms. Too long makes forming slow. */
  readonly joinMs: number;
  /** A join is delayed by a random time up to this, to spread the burst of a large ring. 0 = no delay. */
  readonly sendJoinMs: number;
  /**
   * How long to wait for all to agree on a membership before those who did not answer are left out. At least
   * 1.2 * tokenMs is right; shorter lets rings form that at once break again.
   */
  readonly consensusMs: number;
  /** On an idle ring, how often to look for another ring to merge with. Long delays healing of a partition. */
  readonly mergeMs: number;
  /** How often a network interface that is down is looked at again. */
  readonly downcheckMs: number;
  /** Token rotations without progress of one node's deliveries before it counts as failed to receive. */
  readonly failToReceiveConst: number;
  /** Rotations without a new message before the token is held. Low holds it too eagerly between bursts. */
  readonly seqnoUnchangedConst: number;
  /** Heartbeats that may be missing before the token counts as lost; 0 = no heartbeat. Unsafe on lossy networks. */
  readonly heartbeatFailuresAllowed: number;
  /** Only with the heartbeat: time a packet takes between two nodes at worst. */
  readonly maxNetworkDelayMs: number;
  /**
   * Most messages in flight in one rotation, by all nodes together. Too many overflow socket buffers of slow nodes and
   * cause retransmit lists; too few leave the network idle. At most 256000 / netMtu is Corosync's advice.
   */
  readonly windowSize: number;
  /** Most messages one node sends while it has the token. High favours throughput of one, low fairness and latency. */
  readonly maxMessages: number;
  /** Times a gap may be seen before its message is asked for again. Low asks for what is only late. */
  readonly missCountConst: number;
  /**
   * Base of the frame size in bytes; a frame carries netMtu - 90 bytes of payload. Above what every switch and card on
   * the path carries, large frames are lost and the ring never gets rid of its retransmit list. Fixed at start.
   */
  readonly netMtu: number;
  /** Datagrams from addresses outside the nodelist are dropped. Off, a node with an old file can break the ring. */
  readonly blockUnlistedIps: boolean;
  /** The token is not held while something is being retransmitted. */
  readonly cancelTokenHoldOnRetransmit: boolean;
}

/** Link 0. */
export interface InterfaceConfig {
  /** The local ring address, numeric: what sockets bind to. */
  readonly bindAddress: string;
  /** As in cmap: the local node's ring0_addr as written. */
  readonly bindNetAddr: string;
  /** udp: the group (or 255.255.255.255) frames are multicast to; undefined with udpu. */
  readonly mcastAddress?: string;
  readonly broadcast: boolean;
  /** UDP port; udp also sends from mcastPort - 1. Two clusters on one network need ports at least two apart. */
  readonly mcastPort: number;
  /** Hops a multicast may make: 1 stays on the local network. */
  readonly ttl: number;
}

/** One node of the nodelist. */
export interface NodeConfig {
  /** Counts from 0 in file order. */
  readonly position: number;
  /** Unique, not 0; from the file or derived from the IPv4 address. */
  readonly nodeId: number;
  /** As written: a name or an address. */
  readonly ring0Address: string;
  /** Numeric IPv4 or IPv6 address of link 0. */
  readonly address: string;
  /** Undefined if not given. */
  readonly name?: string;
  /** Votes in quorum, 1 if not given. */
  readonly votes: number;
}

/** The `quorum` section as votequorum starts with it. */
export interface QuorumConfig {
  /** `none`: always quorate. */
  readonly provider: 'none' | 'corosync_votequorum';
  /** Votes of this node. */
  readonly votes: number;
  /**
   * Votes of the whole cluster; more than half of them are needed. Too low lets both halves of a partition work at
   * once. From the nodelist unless `quorum.expected_votes` is set.
   */
  readonly expectedVotes: number;
  /** A cluster of two goes on with one node; needs fencing, or both halves go on after a partition. */
  readonly twoNode: boolean;
  /** Quorate for the first time only when every node has been seen at once. */
  readonly waitForAll: boolean;
  /** waitForAll was not in the file: it follows twoNode, also at a reload. */
  readonly waitForAllAutomatic: boolean;
  readonly lastManStanding: boolean;
  readonly lastManStandingWindowMs: number;
  readonly autoTieBreaker: AutoTieBreaker;
  readonly allowDownscale: boolean;
  readonly expectedVotesTracking: boolean;
  readonly device?: QuorumDeviceConfig;
}

/** Who wins an even split. */
export type AutoTieBreaker =
  { readonly kind: 'none' | 'lowest' | 'highest' } | { readonly kind: 'list'; readonly nodeIds: readonly number[] };

/** An external quorum device (qdevice). */
export interface QuorumDeviceConfig {
  readonly model: string;
  readonly votes: number;
  readonly timeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly masterWins: boolean;
}

/** `debug`: on logs debug lines to every target, trace everything. */
export type DebugMode = 'off' | 'on' | 'trace';

/** Where lines of one subsystem go, and from which severity on. */
export interface LogTargets {
  readonly toStderr: boolean;
  readonly toSyslog: boolean;
  readonly toLogfile: boolean;
  /** Absolute path; undefined if none is set: then nothing goes to a file. */
  readonly logfile?: string;
  /** For the log file and standard error. */
  readonly logfilePriority: Severity;
  readonly syslogPriority: Severity;
  /** syslog's word: daemon, local0 ... */
  readonly syslogFacility: string;
  readonly debug: DebugMode;
}

/** The `logging` section. */
export interface LoggingConfig extends LogTargets {
  readonly timestamp: 'off' | 'on' | 'hires';
  readonly fileline: boolean;
  readonly functionName: boolean;
  readonly blackbox: boolean;
  /** `logger_subsys` sections by subsystem, complete: what a section does not set is the top level's. */
  readonly subsystems: ReadonlyMap<string, LogTargets>;
}

/** The `system` section: the process and its surroundings. All of it is fixed at start. */
export interface SystemConfig {
  /** Chorale's own: names one of several nodes on this host; undefined for the usual one. */
  readonly instance?: string;
  /** `choraled`, or `choraled-INSTANCE`: the base of pid file and socket names. */
  readonly runName: string;
  /** Where ring id and other state is kept; must exist. With an instance and no state_dir, a directory of its own. */
  readonly stateDir: string;
  /** Chorale's own: the recording of what the node is told; undefined without one. */
  readonly flightRecorder?: FlightRecorderConfig;
  readonly qbIpcType: 'native' | 'shm' | 'socket';
  /** Chorale's own: bytes that may wait for one client, and for all, before one is cut off. */
  readonly ipcQueueBytes: number;
  readonly ipcAllQueuesBytes: number;
  /** Run with real-time priority. Without it any busy process can delay the token past its time-out. */
  readonly schedRr: boolean;
  /** Without schedRr: a nice value, or the best or worst there is; undefined leaves it. */
  readonly priority?: number | 'min' | 'max';
  readonly moveToRootCgroup: 'yes' | 'no' | 'auto';
  /** Chorale's own: the daemon compiles its code before it joins the ring. */
  readonly rehearsal: boolean;
}

/** Where the flight recorder writes, and how much. */
export interface FlightRecorderConfig {
  /** Absolute path. */
  readonly file: string;
  readonly limitBytes: number;
}

/** The `uidgid` sections, names resolved, without duplicates. */
export interface UidGidConfig {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
}

/** One `service` section: a service engine that is not part of Chorale. */
export interface ServiceConfig {
  /** As written. */
  readonly name: string;
  /** What to import: an absolute path for names that start with `./`, `../` or `/`, otherwise a package's name. */
  readonly specifier: string;
  readonly version: number;
}

/** Types of cmap values a configuration can hold. */
export type CmapType = 'u8' | 'u16' | 'u32' | 'u64' | 'i32' | 'str';

/** One key of the cmap service. */
export type CmapEntry =
  | { readonly path: string; readonly type: 'u8' | 'u16' | 'u32' | 'i32'; readonly value: number }
  | { readonly path: string; readonly type: 'u64'; readonly value: bigint }
  | { readonly path: string; readonly type: 'str'; readonly value: string };

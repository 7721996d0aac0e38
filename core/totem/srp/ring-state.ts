import type { Clock } from '../../base/clock.js';
import type { Entropy } from '../../base/entropy.js';
import type { Logger } from '../../base/logger.js';
import type { Store } from '../../base/store.js';
import { LARGE_FRAME_BYTES, type FrameMemory } from '../../net/frame-memory.js';
import type { Transport } from '../../net/transport.js';
import type { RingId } from '../ring.js';
import { FlowControl } from './flow-control.js';
import type { RingParameters } from './parameters.js';
import type { RingPortListener } from './port.js';
import { RingOrder } from './ring-order.js';
import { SendQueue } from './send-queue.js';
import { RingStatistics } from './statistics.js';

export type RingPhase = 'operational' | 'gather' | 'commit' | 'recovery';

/** What a single ring is built from. */
export interface SingleRingOptions {
  readonly nodeId: number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly logger: Logger;
  readonly parameters: RingParameters;
  /** Packet size base: payloads are this less two MCAST headers (90). All defaults: 1500. */
  readonly netmtu: number;
  /** Node ids of the configured nodes, this one among them. Frames of others are dropped. */
  readonly nodes: readonly number[];
  /** The ring cannot go on (the ring id cannot be kept); the node has to stop. */
  readonly fatal: (error: Error) => void;
  /** Byte order of the frames this node writes; every node reads both. Default: little-endian. */
  readonly littleEndian?: boolean;
  /** Sequence numbers a new ring starts after, for tests of the wrap-around; all nodes must agree. Default 0. */
  readonly firstSeq?: number;
  readonly firstTokenSeq?: number;
}

/** Corosync's send queues: 4 MiB of packets each. */
const SEND_QUEUE_BYTES = 4 * 1024 * 1024;
const MCAST_OVERHEAD = 90;
/** Frames that messages leave free: a node that cannot receive the token or send a JOIN any more never frees a frame again. */
const FRAMES_FOR_CONTROL = 16;

/** The state of the ring protocol that its phases share. */
export class RingState {
  readonly nodeId: number;
  readonly littleEndian: boolean;
  readonly firstSeq: number;
  readonly firstTokenSeq: number;
  readonly payloadBytes: number;
  readonly transport: Transport;
  readonly frames: FrameMemory;
  readonly view: DataView;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly logger: Logger;
  readonly fatal: (error: Error) => void;
  readonly statistics = new RingStatistics();
  readonly flow = new FlowControl();
  parameters: RingParameters;
  /** The configured nodes. */
  nodes: ReadonlySet<number>;
  /** The packing layer; set at start. */
  listener!: RingPortListener;

  phase: RingPhase = 'operational';
  started = false;
  stopped = false;
  /** The ring this node is on or was last to form (my_ring_id). */
  ringId: RingId;
  /** Order of the last ring that became operational here. */
  order: RingOrder;
  /** Order of the ring being recovered. */
  forming: RingOrder;
  /** Highest ring sequence seen in any JOIN: a new ring goes 4 above it. */
  highestRingSeq = 0;

  /** Members of the last operational ring, of the ring being formed, and of both who came together; ascending. */
  members: readonly number[] = [];
  formingMembers: readonly number[] = [];
  transitional: readonly number[] = [];
  /** Whose messages are delivered past a gap of the old ring. */
  deliverMembers: ReadonlySet<number> = new Set();
  /** Old messages that are delivered past a gap whoever sent them: others may have delivered them after an attempt that failed here. */
  readonly owed = new Set<number>();

  readonly procList = new Set<number>();
  readonly failedList = new Set<number>();
  readonly consensus = new Set<number>();
  /** Who said it was leaving: only for the log. */
  readonly leavers = new Set<number>();
  failedToReceive = false;

  /** The token has come back since the ring was installed: every member has installed it. */
  installedEverywhere = false;
  /** When the present ring was installed, in the clock's milliseconds. */
  installedAt = -Infinity;
  /** ORF tokens are ignored: from GATHER until RECOVERY. */
  discardTokens = false;
  /** Between a regular configuration and the end of its synchronization. */
  waitingTransitionalAck = false;
  /** The packing layer cannot let the queue in use go yet. */
  sendingPaused = false;
  /** This node believes that the representative holds the token. */
  tokenHeld = false;
  seqUnchanged = 0;
  /** The token's seq then. */
  seqAtLastVisit = 0;
  /** The token passed last, kept to be sent again. */
  readonly storedToken: number;
  storedTokenBytes = 0;
  tokenTarget = 0;

  readonly normalQueue: SendQueue;
  readonly transitionalQueue: SendQueue;

  constructor(options: SingleRingOptions) {
    this.nodeId = options.nodeId;
    this.littleEndian = options.littleEndian ?? true;
    this.firstSeq = options.firstSeq ?? 0;
    this.firstTokenSeq = options.firstTokenSeq ?? 0;
    this.payloadBytes = options.netmtu - MCAST_OVERHEAD;
    this.transport = options.transport;
    this.frames = options.transport.frames;
    this.view = this.frames.view;
    this.clock = options.clock;
    this.entropy = options.entropy;
    this.store = options.store;
    this.logger = options.logger;
    this.fatal = options.fatal;
    this.parameters = options.parameters;
    this.nodes = new Set(options.nodes);
    this.ringId = { representative: this.nodeId, seq: 0 };
    this.order = new RingOrder(this.frames);
    this.forming = new RingOrder(this.frames);
    this.storedToken = this.frames.allocate(LARGE_FRAME_BYTES);
    const capacity = Math.floor(SEND_QUEUE_BYTES / this.payloadBytes);
    this.normalQueue = new SendQueue(capacity);
    this.transitionalQueue = new SendQueue(capacity);
  }

  reconfigure(parameters: RingParameters, nodes: readonly number[]): void {
    const { windowSize, maxMessages } = parameters;
    if (windowSize !== this.parameters.windowSize) this.flow.limit({ windowSize });
    if (maxMessages !== this.parameters.maxMessages) this.flow.limit({ maxMessages });
    this.parameters = parameters;
    this.nodes = new Set(nodes);
  }

  /** The queue new frames go to and are sent from. */
  get queueInUse(): SendQueue {
    return this.waitingTransitionalAck ? this.transitionalQueue : this.normalQueue;
  }

  get isRepresentative(): boolean {
    return this.ringId.representative === this.nodeId;
  }

  get ringText(): string {
    return `${this.ringId.representative}.${this.ringId.seq.toString(16)}`;
  }

  /** Whether the memory that is left is needed for tokens and membership: a message is as good as lost, and asked for again. */
  get isOutOfFrames(): boolean {
    return this.frames.free < FRAMES_FOR_CONTROL;
  }

  /** Encodes a short control frame into a frame of its own, multicasts it (to itself too) and flushes. */
  multicastControl(bytes: number, encode: (offset: number) => number): void {
    const frame = this.frames.allocate(bytes);
    if (frame < 0) {
      this.statistics.noFrames++;
      return;
    }
    const length = encode(this.frames.offsetOf(frame));
    this.transport.multicast(frame, length, true);
    this.transport.flush();
    this.frames.release(frame);
  }
}

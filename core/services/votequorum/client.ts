import { CsError, CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { RingId } from '../../totem/ring.js';
import type { EventStream } from '../event-stream.js';
import { request, ringIdAt, textAt, u32sAt } from '../packet.js';
import type { Packet } from '../packet.js';
import { ServiceClient, trackFlags, trackHints } from '../service-client.js';
import type { CallOptions, TrackOptions } from '../service-client.js';
import { QDEVICE_NAME_ROOM, QDEVICE_NODE_ID } from './layouts.js';

/** A node as votequorum knows it. */
export type VotequorumNodeState = 'member' | 'dead' | 'leaving';

/** What votequorum knows of a node, and of the cluster as that node sees it (votequorum_info). */
export interface VotequorumInfo {
  readonly nodeId: number;
  readonly state: VotequorumNodeState;
  /** Of the node. */
  readonly votes: number;
  /** Of the whole cluster, as the node has it configured. */
  readonly expectedVotes: number;
  /** The most that any member expects. */
  readonly highestExpected: number;
  /** Of the members, with those of the quorum device if it casts them. */
  readonly totalVotes: number;
  /** Votes that make a part of the cluster quorate. */
  readonly quorum: number;
  readonly quorate: boolean;
  readonly twoNode: boolean;
  readonly waitForAll: boolean;
  readonly lastManStanding: boolean;
  readonly autoTieBreaker: boolean;
  readonly allowDownscale: boolean;
  /** The node's quorum device; undefined if none is registered. */
  readonly qdevice:
    | {
        readonly name: string;
        readonly votes: number;
        readonly alive: boolean;
        readonly castsVote: boolean;
        readonly masterWins: boolean;
      }
    | undefined;
}

/** Quorum was decided about. */
export interface VotequorumChange {
  readonly kind: 'quorum';
  readonly quorate: boolean;
  /** Every node ever seen; and node 0, which stands for the quorum device, where one is registered. */
  readonly nodes: readonly { readonly nodeId: number; readonly state: VotequorumNodeState }[];
}

/** The membership of the ring has changed; quorum is not decided for it yet. */
export interface VotequorumNodes {
  readonly kind: 'nodes';
  readonly ringId: RingId;
  readonly members: readonly number[];
}

/** The votes of the whole cluster were set, or grew. */
export interface VotequorumExpectedVotes {
  readonly kind: 'expected votes';
  readonly expectedVotes: number;
}

export type VotequorumEvent = VotequorumChange | VotequorumNodes | VotequorumExpectedVotes;

const RequestId = {
  GET_INFO: 0,
  SET_EXPECTED: 1,
  SET_VOTES: 2,
  TRACK_START: 3,
  TRACK_STOP: 4,
  QDEVICE_REGISTER: 5,
  QDEVICE_UNREGISTER: 6,
  QDEVICE_UPDATE: 7,
  QDEVICE_POLL: 8,
  QDEVICE_MASTER_WINS: 9,
} as const;
const EventId = { QUORUM: 3, EXPECTED_VOTES: 4, NODES: 5 } as const;

/** A client of votequorum: votes of nodes and of the cluster, and the side of a quorum device. */
export class VotequorumClient extends ServiceClient<VotequorumEvent> {
  protected readonly hints = hints;

  /** What is known of a node, of this one if none is given. Rejects with ERR_NOT_EXIST for an unknown node. */
  async info(nodeId = 0, options?: CallOptions): Promise<VotequorumInfo> {
    const message = request(RequestId.GET_INFO, 24).u32(16, nodeId);
    return readInfo(await this.ask(message.bytes, `tell about node ${nodeId}`, options));
  }

  /**
   * Sets the votes that the whole cluster should have, on every node. Resolves when it is on its way.
   * Rejects with ERR_INVALID_PARAM for fewer than there are, or so many that this part would lose quorum.
   */
  async setExpectedVotes(votes: number): Promise<void> {
    await this.ask(request(RequestId.SET_EXPECTED, 24).u32(16, votes).bytes, `expect ${votes} votes`);
  }

  /**
   * Sets the votes of a node. Resolves when it is on its way.
   * Rejects with ERR_NAME_NOT_FOUND for an unknown node, ERR_INVALID_PARAM if quorum would come out impossible.
   */
  async setVotes(nodeId: number, votes: number): Promise<void> {
    const message = request(RequestId.SET_VOTES, 24).u32(16, votes).u32(20, nodeId);
    await this.ask(message.bytes, `give node ${nodeId} ${votes} votes`);
  }

  /**
   * What `trackStart` brings, as a stream: `for await (const event of await votequorum.track())`. Leaving the loop stops
   * the tracking. Rejects with ERR_EXIST while this client tracks already.
   */
  track(options: TrackOptions & CallOptions = {}): Promise<EventStream<VotequorumEvent>> {
    return this.trackedStream(
      () => this.trackStart(options),
      () => this.trackStop(),
      options.signal,
    );
  }

  /** Events begin: for `listen` and `events()`. Rejects with ERR_EXIST if this client tracks already. */
  async trackStart(options: TrackOptions & CallOptions = {}): Promise<void> {
    await this.ask(request(RequestId.TRACK_START, 32).u32(24, trackFlags(options)).bytes, 'track', options);
  }

  /** No more events. Rejects with ERR_NOT_EXIST if this client does not track. */
  async trackStop(): Promise<void> {
    await this.ask(request(RequestId.TRACK_STOP).bytes, 'stop tracking');
  }

  /**
   * Registers this program as the node's quorum device; resolves when the cluster knows it. The device then has to `poll`,
   * again and again, and at once with each new ring that a `nodes` event tells of.
   * Rejects with ERR_ACCESS where the configuration contradicts itself, ERR_EXIST where the cluster knows one by another name.
   */
  async registerQdevice(name: string, options?: CallOptions): Promise<VotequorumQdevice> {
    await this.ask(withName(RequestId.QDEVICE_REGISTER, 272, name).bytes, `register the device ${name}`, options);
    return new VotequorumQdevice(name, (message, what) => this.ask(message, what));
  }

  protected read(message: MessageView): VotequorumEvent | undefined {
    switch (message.i32(0)) {
      case EventId.QUORUM: {
        const pairs = u32sAt(message, 48, 2 * message.u32(40));
        const nodes = Array.from({ length: pairs.length / 2 }, (_, i) => ({
          nodeId: pairs[2 * i]!,
          state: stateOf(pairs[2 * i + 1]!),
        }));
        return { kind: 'quorum', quorate: message.u32(24) !== 0, nodes };
      }
      case EventId.NODES:
        return { kind: 'nodes', ringId: ringIdAt(message, 32), members: u32sAt(message, 56, message.u32(48)) };
      case EventId.EXPECTED_VOTES:
        return { kind: 'expected votes', expectedVotes: message.u32(32) };
      default:
        return undefined;
    }
  }
}

type Ask = (message: Uint8Array, what: string) => Promise<unknown>;

/** This program as the node's quorum device. `await using` unregisters it. */
export class VotequorumQdevice implements AsyncDisposable {
  private registered = true;

  /** @internal */
  constructor(
    private currentName: string,
    private readonly ask: Ask,
  ) {}

  get name(): string {
    return this.currentName;
  }

  /**
   * The device is alive, and votes on this ring or not. After a new ring, the node's synchronization waits for it.
   * Rejects with ERR_MESSAGE_ERROR if the ring is another by now: wait for the next `nodes` event.
   */
  async poll(ringId: RingId, castVote: boolean): Promise<void> {
    const message = withName(RequestId.QDEVICE_POLL, 296, this.currentName)
      .u32(272, Number(castVote))
      .u32(280, ringId.representative)
      .u64(288, ringId.seq);
    await this.ask(message.bytes, 'take the poll');
  }

  /** The part of the cluster whose device says so wins, whatever its votes. */
  async masterWins(allow: boolean): Promise<void> {
    const message = withName(RequestId.QDEVICE_MASTER_WINS, 280, this.currentName).u32(272, Number(allow));
    await this.ask(message.bytes, 'let the master win');
  }

  /** The device has another name from now on, on every node. */
  async rename(name: string): Promise<void> {
    const message = withName(RequestId.QDEVICE_UPDATE, 528, this.currentName).text(271, name, QDEVICE_NAME_ROOM - 1);
    await this.ask(message.bytes, 'rename the device');
    this.currentName = name;
  }

  /** The device is gone, and its votes. */
  async unregister(): Promise<void> {
    await this.ask(withName(RequestId.QDEVICE_UNREGISTER, 272, this.currentName).bytes, 'unregister the device');
    this.registered = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.registered) await this.unregister();
  }
}

function withName(id: number, size: number, name: string): Packet {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes >= QDEVICE_NAME_ROOM) {
    throw new CsError(
      'ERR_NAME_TOO_LONG',
      `the device's name has ${bytes} bytes: use at most ${QDEVICE_NAME_ROOM - 1}.`,
    );
  }
  return request(id, size).text(16, name, QDEVICE_NAME_ROOM - 1);
}

function stateOf(state: number): VotequorumNodeState {
  return state === 1 ? 'member' : state === 3 ? 'leaving' : 'dead';
}

/** Bits of an info answer. */
const InfoFlag = {
  TWO_NODE: 1,
  QUORATE: 2,
  WAIT_FOR_ALL: 4,
  LAST_MAN_STANDING: 8,
  AUTO_TIE_BREAKER: 16,
  ALLOW_DOWNSCALE: 32,
  QDEVICE_REGISTERED: 64,
  QDEVICE_ALIVE: 128,
  QDEVICE_CAST_VOTE: 256,
  QDEVICE_MASTER_WINS: 512,
} as const;

function readInfo(answer: MessageView): VotequorumInfo {
  const flags = answer.u32(52);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const nodeId = answer.u32(24);
  return {
    nodeId,
    state: nodeId === QDEVICE_NODE_ID ? 'member' : stateOf(answer.u32(28)),
    votes: answer.u32(32),
    expectedVotes: answer.u32(36),
    highestExpected: answer.u32(40),
    totalVotes: answer.u32(44),
    quorum: answer.u32(48),
    quorate: has(InfoFlag.QUORATE),
    twoNode: has(InfoFlag.TWO_NODE),
    waitForAll: has(InfoFlag.WAIT_FOR_ALL),
    lastManStanding: has(InfoFlag.LAST_MAN_STANDING),
    autoTieBreaker: has(InfoFlag.AUTO_TIE_BREAKER),
    allowDownscale: has(InfoFlag.ALLOW_DOWNSCALE),
    qdevice: has(InfoFlag.QDEVICE_REGISTERED)
      ? {
          name: textAt(answer, 60, QDEVICE_NAME_ROOM),
          votes: answer.u32(56),
          alive: has(InfoFlag.QDEVICE_ALIVE),
          castsVote: has(InfoFlag.QDEVICE_CAST_VOTE),
          masterWins: has(InfoFlag.QDEVICE_MASTER_WINS),
        }
      : undefined,
  };
}

const hints = new Map<number, string>([
  ...trackHints,
  [CsErrorCode.ERR_ACCESS, ': take what contradicts quorum.device out of the configuration of this node first.'],
  [CsErrorCode.ERR_NOT_EXIST, ': the node is not known, or nothing is registered or tracked.'],
  [CsErrorCode.ERR_NAME_NOT_FOUND, ': the node is not known; see the nodes of a `quorum` event.'],
  [CsErrorCode.ERR_INVALID_PARAM, ': the number of votes does not fit the votes there are, or the name is another.'],
  [CsErrorCode.ERR_MESSAGE_ERROR, ': the ring is another by now; wait for the next `nodes` event.'],
]);

import { NodeFlag, NodeState, QDEVICE_NODE_ID } from './layouts.js';
import type { TieBreaker } from './options.js';

/** What is known of one node's votes. */
export interface NodeRecord {
  readonly nodeId: number;
  votes: number;
  expectedVotes: number;
  flags: number;
  state: NodeState;
}

/** Records kept at most: as many as a ring can have members. */
const RECORD_LIMIT = 384;

function record(nodeId: number): NodeRecord {
  return { nodeId, votes: 0, expectedVotes: 0, flags: 0, state: NodeState.NEW };
}

/** The rules a count is made by; the last three change while votequorum runs. */
export interface CountingRules {
  twoNode: boolean;
  tieBreaker: TieBreaker;
  allowDownscale: boolean;
  /** Expected votes below which a shrinking cluster does not go. */
  expectedVotesBarrier: number;
  masterWins: boolean;
}

/**
 * All nodes ever seen, with their votes, and the arithmetic of quorum over them. It knows no messages and sends none.
 */
export class Electorate {
  readonly us: NodeRecord;
  /** The quorum device: only its votes matter. */
  readonly qdevice = record(QDEVICE_NODE_ID);
  /** In the order in which clients see them. */
  readonly nodes: NodeRecord[] = [];
  readonly rules: CountingRules = {
    twoNode: false,
    tieBreaker: { kind: 'none' },
    allowDownscale: false,
    expectedVotesBarrier: 0,
    masterWins: false,
  };
  /** Votes needed. */
  quorum = 0;
  /** Of the members when the node was last quorate by votes. */
  lowestNodeId = 0;
  highestNodeId = 0;
  /** Members of the ring, and of the ring before. */
  members: readonly number[] = [];
  previousMembers: readonly number[] = [];

  constructor(nodeId: number) {
    this.us = record(nodeId);
    this.us.state = NodeState.MEMBER;
    this.us.votes = 1;
    this.us.flags = NodeFlag.FIRST;
    this.nodes.push(this.us);
  }

  find(nodeId: number): NodeRecord | undefined {
    if (nodeId === QDEVICE_NODE_ID) return this.qdevice;
    return this.nodes.find((node) => node.nodeId === nodeId);
  }

  /**
   * A record for a node not seen before; undefined when there are too many and none of them is dead. Where it stands
   * is Corosync's: before the first node with a higher id, or, if there is none, before the last.
   */
  add(nodeId: number): NodeRecord | undefined {
    if (this.nodes.length >= RECORD_LIMIT) {
      const dead = this.nodes.findIndex((node) => node.state === NodeState.DEAD);
      if (dead < 0) return undefined;
      this.nodes.splice(dead, 1);
    }
    const node = record(nodeId);
    const higher = this.nodes.findIndex((other) => nodeId < other.nodeId);
    this.nodes.splice(higher < 0 ? this.nodes.length - 1 : higher, 0, node);
    return node;
  }

  get present(): NodeRecord[] {
    return this.nodes.filter((node) => node.state === NodeState.MEMBER);
  }

  /** Votes and voters here now. The device counts if it has votes, whether it casts them or not. */
  countPresent(): { votes: number; voters: number } {
    const { present, qdevice } = this;
    const votes = present.reduce((sum, node) => sum + node.votes, qdevice.votes);
    return { votes, voters: present.length + (qdevice.votes > 0 ? 1 : 0) };
  }

  /** The quorum there would be, and the votes that count towards it. `maximumExpected` 0: as the nodes expect. */
  calculate(allowDecrease: boolean, maximumExpected: number, downscale = this.rules.allowDownscale): Count {
    let maximum = maximumExpected;
    if (downscale && allowDecrease && maximum > 0) maximum = Math.max(this.rules.expectedVotesBarrier, maximum);
    const { present } = this;
    let highestExpected = present.reduce((highest, node) => Math.max(highest, node.expectedVotes), 0);
    let total = present.reduce((sum, node) => sum + node.votes, 0);
    let voters = present.length;
    if ((this.us.flags & NodeFlag.QDEVICE_CAST_VOTE) !== 0) {
      total += this.qdevice.votes;
      voters++;
    }
    if (maximum > 0) highestExpected = maximum;
    let quorum = Math.max(Math.floor((highestExpected + 2) / 2), Math.floor((total + 2) / 2));
    if (!allowDecrease) quorum = Math.max(this.quorum, quorum);
    if (this.rules.twoNode && voters <= 2) quorum = 1;
    return { quorum, total };
  }

  /** Every member node expects that many votes; 0 changes nothing. */
  expect(votes: number): void {
    if (votes > 0) for (const node of this.present) node.expectedVotes = votes;
  }

  /** Whether `total` votes suffice, by the count or by one of the rules for exceptions. */
  suffices(total: number): boolean {
    let quorate = total >= this.quorum;
    if (quorate) {
      const ids = this.present.map((node) => node.nodeId);
      this.lowestNodeId = Math.min(this.us.nodeId, ...ids);
      this.highestNodeId = Math.max(this.us.nodeId, ...ids);
    }
    const half = total === Math.floor(this.us.expectedVotes / 2);
    const others = this.previousMembers.length - this.members.length;
    if (this.rules.tieBreaker.kind !== 'none' && half && others < this.quorum && this.winsTie()) quorate = true;
    return quorate || (this.rules.masterWins && this.hasMaster());
  }

  /** The lowest node remembered from the last quorate membership is here. */
  hasLowest(): boolean {
    return this.present.some((node) => node.nodeId === this.lowestNodeId);
  }

  private winsTie(): boolean {
    const { tieBreaker } = this.rules;
    if (tieBreaker.kind !== 'list') {
      if (tieBreaker.kind === 'highest') return this.present.some((node) => node.nodeId === this.highestNodeId);
      return tieBreaker.kind === 'lowest' && this.hasLowest();
    }
    const { nodeIds } = tieBreaker;
    const first = nodeIds.findIndex((nodeId) => this.members.includes(nodeId));
    // An earlier one that was here before may live on in the other half.
    return first >= 0 && !nodeIds.slice(0, first).some((nodeId) => this.previousMembers.includes(nodeId));
  }

  private hasMaster(): boolean {
    const master = NodeFlag.QDEVICE_MASTER_WINS | NodeFlag.QDEVICE_CAST_VOTE;
    return this.present.some((node) => (node.flags & master) === master);
  }
}

/** The result of a count. */
export interface Count {
  readonly quorum: number;
  readonly total: number;
}

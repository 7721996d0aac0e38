import type { Logger } from '../../base/logger.js';
import type { Store } from '../../base/store.js';
import type { Icmap } from '../cmap/icmap.js';
import { ValueType } from '../cmap/values.js';
import type { Electorate } from './electorate.js';
import { ExpectedVotesBarrier } from './expected-votes-barrier.js';
import { NodeFlag } from './layouts.js';
import type { VotequorumOptions } from './options.js';

const TIE_BREAKER_NUMBER = { none: 0, lowest: 1, highest: 2, list: 3 } as const;

/** What a count needs and what follows from it. */
export interface CountingDependencies {
  readonly electorate: Electorate;
  readonly logger: Logger;
  readonly store: Store;
  /** Where `runtime.votequorum` is shown. */
  readonly map: Icmap;
  /** More votes are here than were expected. */
  readonly expectedVotesRaised: () => void;
  /** Quorum was won or lost. */
  readonly quorateChanged: () => void;
}

/** Decides again and again whether this part of the cluster is quorate, and shows in the map what it decides by. */
export class Counting {
  quorate = false;
  private readonly electorate: Electorate;
  private readonly barrier: ExpectedVotesBarrier;
  private waitForAll = false;
  private waiting = false;

  constructor(
    private readonly dependencies: CountingDependencies,
    options: VotequorumOptions,
  ) {
    const { electorate, store, map, logger } = dependencies;
    this.electorate = electorate;
    this.barrier = new ExpectedVotesBarrier(options.expectedVotesTracking, store, map, logger);
    this.publish('this_node_id', electorate.us.nodeId);
    this.apply(options);
    if (options.waitForAll) this.waitingForAll = true;
    this.recalculate(false, false);
  }

  /** Since the start, or since quorum was lost, not all nodes have been here at once. */
  get waitingForAll(): boolean {
    return this.waiting;
  }

  set waitingForAll(waiting: boolean) {
    const { us } = this.electorate;
    this.waiting = waiting;
    us.flags = waiting ? us.flags | NodeFlag.WAIT_FOR_ALL_STATUS : us.flags & ~NodeFlag.WAIT_FOR_ALL_STATUS;
    this.publish('wait_for_all_status', Number(waiting), ValueType.U8);
  }

  /** A node that is quorate and does not wait itself: neither need this one. */
  stopWaitingLike(flags: number): void {
    const decided = (flags & NodeFlag.WAIT_FOR_ALL_STATUS) === 0 && (flags & NodeFlag.QUORATE) !== 0;
    if (this.waitForAll && decided) this.waitingForAll = false;
  }

  /** Takes over a configuration. */
  apply(options: VotequorumOptions): void {
    const { rules, us, qdevice } = this.electorate;
    this.waitForAll = options.waitForAll;
    rules.twoNode = options.twoNode;
    rules.tieBreaker = options.tieBreaker;
    rules.allowDownscale = options.allowDownscale;
    us.votes = options.votes;
    const expected = this.barrier.value > 0 ? this.barrier.value : options.expectedVotes;
    if (expected > 0) us.expectedVotes = expected;
    if (options.device.votes !== undefined) qdevice.votes = options.device.votes;
    this.publish('two_node', Number(options.twoNode), ValueType.U8);
    this.setFloor(us.expectedVotes);
    if (!options.waitForAll && options.waitForAllAutomatic && this.waiting) this.waitingForAll = false;
  }

  /** A person has set the expected votes. */
  expectVotes(votes: number): void {
    const { electorate } = this;
    electorate.expect(votes);
    this.dependencies.expectedVotesRaised();
    this.setFloor(votes);
    electorate.us.expectedVotes = this.barrier.atLeast(electorate.us.expectedVotes);
    this.recalculate(true, false);
  }

  /** A part with a master of the quorum device in it may serve without a majority, or may not any more. */
  setMasterWins(allow: boolean): void {
    this.electorate.rules.masterWins = allow;
    this.publish('qdevice_master_wins', Number(allow), ValueType.U8);
  }

  /** Counts, and draws the consequences. */
  recalculate(allowDecrease: boolean, byCurrentNodes: boolean): void {
    const { electorate } = this;
    const { us } = electorate;
    const present = electorate.countPresent();
    const voters = byCurrentNodes ? present.voters : 0;
    if (present.votes > us.expectedVotes) {
      us.expectedVotes = present.votes;
      this.dependencies.expectedVotesRaised();
    }
    this.barrier.raise(us.expectedVotes);
    const { quorum, total } = electorate.calculate(allowDecrease, voters);
    electorate.quorum = quorum;
    electorate.expect(voters);
    this.decide(total);
  }

  /** Shows the tie breaker in use: at the start only if one is configured, after every reload in any case, as Corosync does. */
  publishTieBreaker({ tieBreaker }: VotequorumOptions): void {
    this.publish('atb_type', TIE_BREAKER_NUMBER[tieBreaker.kind]);
  }

  publish(name: string, value: number, type: typeof ValueType.U8 | typeof ValueType.U32 = ValueType.U32): void {
    this.dependencies.map.setNumber(`runtime.votequorum.${name}`, type, value);
  }

  private decide(total: number): void {
    const { electorate } = this;
    const { us } = electorate;
    if (this.waitForAll && this.waiting) {
      if (total !== us.expectedVotes) {
        const text = `Waiting for all cluster members. Current votes: ${total} expected_votes: ${us.expectedVotes}`;
        this.dependencies.logger.log('notice', text);
        return;
      }
      this.waitingForAll = false;
    }
    const quorate = electorate.suffices(total);
    if (electorate.lowestNodeId !== 0) {
      this.publish('lowest_node_id', electorate.lowestNodeId);
      this.publish('highest_node_id', electorate.highestNodeId);
    }
    const changed = quorate !== this.quorate;
    this.quorate = quorate;
    us.flags = quorate ? us.flags | NodeFlag.QUORATE : us.flags & ~NodeFlag.QUORATE;
    if (this.waitForAll) this.waitingForAll = !quorate;
    if (changed) this.dependencies.quorateChanged();
  }

  /** The expected votes below which a cluster that may shrink does not go. */
  private setFloor(expectedVotes: number): void {
    this.electorate.rules.expectedVotesBarrier = expectedVotes;
    this.publish('ev_barrier', expectedVotes);
  }
}

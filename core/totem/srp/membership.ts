import type { Timer } from '../../base/clock.js';
import { MEMBERS_MAX } from '../wire/header.js';
import { encodeJoin, encodeMergeDetect, joinBytes, MERGE_DETECT_BYTES, type Join } from '../wire/membership.js';
import { isPlausible } from './ring-seq.js';
import type { RingState } from './ring-state.js';

/** What the gathering of members sets off in the rest of the state machine. */
export interface MembershipListener {
  /** Leaves COMMIT or RECOVERY: what was recovered goes back to the old ring. */
  abandonForming(): void;
  /** GATHER was entered: every token timer stops. */
  gathering(): void;
  /** Consensus is reached and this node leads: it forms the ring of these members. */
  formRing(members: readonly number[]): void;
  /** Starts the token timer, which in GATHER ends the wait for another node's commit token. */
  awaitCommitToken(): void;
}

/** The GATHER state: who is there, and does everybody say the same? */
export class Membership {
  private readonly joinTimer: Timer;
  private readonly joinDelayTimer: Timer;
  private readonly consensusTimer: Timer;

  constructor(
    private readonly ring: RingState,
    private readonly listener: MembershipListener,
  ) {
    this.joinTimer = ring.clock.timer(() => this.repeatJoin());
    this.joinDelayTimer = ring.clock.timer(() => this.sendJoin());
    this.consensusTimer = ring.clock.timer(() => this.consensusExpired());
  }

  /** Starts over with the lists as they are; `reason` completes "entering GATHER: ...". */
  enterGather(reason: string): void {
    const { ring } = this;
    if (ring.stopped) return;
    if (ring.phase === 'commit' || ring.phase === 'recovery') this.listener.abandonForming();
    ring.discardTokens = true;
    ring.procList.add(ring.nodeId);
    ring.consensus.clear();
    ring.consensus.add(ring.nodeId);
    ring.phase = 'gather';
    ring.statistics.gatherEntered++;
    this.listener.gathering();
    this.scheduleJoin();
    this.joinTimer.start(ring.parameters.joinMs);
    this.consensusTimer.start(ring.parameters.consensusMs);
    ring.logger.log('debug', `Entering GATHER: ${reason}.`);
  }

  /** COMMIT was entered, or the ring stops. */
  stopTimers(): void {
    this.joinTimer.stop();
    this.joinDelayTimer.stop();
    this.consensusTimer.stop();
  }

  /** A node of another ring was heard. */
  foreign(from: number, what: string): void {
    const { ring } = this;
    if (ring.phase === 'operational') {
      ring.procList.add(from);
      this.enterGather(`${what} of another ring from node ${from}`);
    } else if (ring.phase === 'gather' && !ring.procList.has(from)) {
      ring.procList.add(from);
      this.enterGather(`${what} of another ring from node ${from} while gathering`);
    } else {
      ring.statistics.unexpected++;
    }
  }

  joinReceived(join: Join): void {
    const { ring } = this;
    ring.statistics.joinsReceived++;
    // The own copy counts while it says what this node still says; an older one, or one that others made up, must not
    // make this node fail itself.
    if (join.from === ring.nodeId && !(ring.phase === 'gather' && this.agreesWith(join))) {
      ring.statistics.stale++;
      return;
    }
    if (this.isTooLong(join) || !isPlausible(ring, join.ringSeq)) {
      ring.statistics.malformed++;
      return;
    }
    ring.highestRingSeq = Math.max(ring.highestRingSeq, join.ringSeq);
    switch (ring.phase) {
      case 'operational':
        if (join.failedList.includes(ring.nodeId)) {
          ring.statistics.unexpected++;
          return;
        }
        // It left before this ring was formed; its message to this node was only slower than the others' JOINs.
        if (join.sender === 0 && !ring.members.includes(join.from)) {
          ring.statistics.stale++;
          return;
        }
        // See foreign(): the others are merged when all members have installed this ring.
        if (!ring.installedEverywhere && !ring.members.includes(join.from)) return;
        if (ring.members.includes(join.from) && join.ringSeq < ring.ringId.seq) {
          ring.statistics.stale++;
          return;
        }
        break;
      case 'gather':
        break;
      case 'commit':
      case 'recovery':
        if (!ring.formingMembers.includes(join.from) || join.ringSeq < ring.ringId.seq) {
          ring.statistics.unexpected++;
          return;
        }
        this.enterGather(`a JOIN from node ${join.from} while the ring ${ring.ringText} was being formed`);
    }
    this.process(join);
  }

  private process(join: Join): void {
    const { ring } = this;
    const isLeave = join.sender === 0;
    if (isLeave) ring.leavers.add(join.from);
    if (this.agreesWith(join)) {
      if (!isLeave) ring.consensus.add(join.from);
      this.formIfAgreed();
    } else if (!contains(ring.procList, join.procList) || !contains(ring.failedList, join.failedList)) {
      if (!ring.failedList.has(join.from)) {
        this.merge(join);
        return;
      }
    }
    if (ring.phase === 'operational') this.enterGather(`a JOIN from node ${join.from}`);
  }

  private agreesWith(join: Join): boolean {
    return sameSet(this.ring.procList, join.procList) && sameSet(this.ring.failedList, join.failedList);
  }

  /** Whether the lists would grow past what a JOIN may carry; a real node writes past its tables then. */
  private isTooLong(join: Join): boolean {
    const { procList, failedList } = this.ring;
    const all = new Set([...procList, ...failedList, ...join.procList, ...join.failedList]);
    return all.size > MEMBERS_MAX;
  }

  private merge(join: Join): void {
    const { ring } = this;
    const known = ring.procList.size + ring.failedList.size;
    for (const node of join.procList) ring.procList.add(node);
    if (join.failedList.includes(ring.nodeId)) {
      // One that was sent before the ring this node has formed since answers a JOIN that is over: two nodes that formed
      // rings of their own faster than their JOINs travel would go on failing each other without end.
      if (!this.isFromBeforeRing(join)) ring.failedList.add(join.from);
    } else if (ring.members.includes(join.from)) {
      for (const node of join.failedList) ring.failedList.add(node);
    }
    // Answered at once, two JOINs with nothing new would call each other forth without end; the timer repeats ours anyway.
    if (ring.phase === 'gather' && ring.procList.size + ring.failedList.size === known) return;
    const what = join.sender === 0 ? 'leave message' : 'JOIN';
    this.enterGather(`new membership information in a ${what} from node ${join.from}`);
  }

  /**
   * Whether a JOIN of a node of another ring was on its way already when this ring was installed. The ring sequence alone
   * does not say so: rings that formed apart count apart, and one that gathers keeps its low sequence. JOINs are taken to
   * arrive within their interval. A node that took later ones for old would wait for one that has given it up, and three
   * rings that gather in turn would do so without end.
   */
  private isFromBeforeRing(join: Join): boolean {
    const { ring } = this;
    const isOfRing = ring.members.includes(join.from);
    return !isOfRing && join.ringSeq < ring.ringId.seq && ring.clock.now() - ring.installedAt < ring.parameters.joinMs;
  }

  private formIfAgreed(): void {
    const { ring } = this;
    if (ring.phase !== 'gather' || !this.agreed()) return;
    if (ring.failedToReceive) {
      ring.failedToReceive = false;
      ring.procList.clear();
      ring.procList.add(ring.nodeId);
      ring.failedList.clear();
      this.listener.formRing([ring.nodeId]);
      return;
    }
    const members = candidates(ring);
    if (members[0] === ring.nodeId) this.listener.formRing(members);
  }

  private agreed(): boolean {
    return candidates(this.ring).every((node) => this.ring.consensus.has(node));
  }

  private consensusExpired(): void {
    const { ring } = this;
    ring.statistics.consensusTimeouts++;
    if (this.agreed()) {
      ring.consensus.clear();
      ring.consensus.add(ring.nodeId);
      this.listener.awaitCommitToken();
      return;
    }
    this.failTheSilent();
  }

  /** The token timer ran out in GATHER: the commit token did not come. */
  commitTokenMissing(): void {
    this.consensusExpired();
    this.enterGather('the commit token did not come in time');
    this.ring.statistics.continuousGather++;
  }

  private failTheSilent(): void {
    const { ring } = this;
    for (const node of ring.procList) if (!ring.consensus.has(node)) ring.failedList.add(node);
    this.enterGather('consensus timed out');
  }

  private repeatJoin(): void {
    if (this.ring.phase !== 'gather' && this.ring.phase !== 'commit') return;
    this.scheduleJoin();
    this.joinTimer.start(this.ring.parameters.joinMs);
  }

  private scheduleJoin(): void {
    const { sendJoinMs } = this.ring.parameters;
    if (sendJoinMs === 0) this.sendJoin();
    // A JOIN that waits already is left to go: moved again and again by a shorter join timeout it never would.
    else if (!this.joinDelayTimer.running) this.joinDelayTimer.start(this.ring.entropy.below(sendJoinMs));
  }

  private sendJoin(): void {
    const { ring } = this;
    this.transmit({
      sender: ring.nodeId,
      target: 0,
      from: ring.nodeId,
      ringSeq: ring.ringId.seq,
      procList: [...ring.procList],
      failedList: [...ring.failedList],
    });
  }

  /** The leave message: the others form their ring without waiting for time-outs. */
  sendLeave(): void {
    const { ring } = this;
    ring.failedList.delete(ring.nodeId);
    this.transmit({
      sender: 0,
      target: 0,
      from: ring.nodeId,
      ringSeq: ring.ringId.seq,
      procList: [...ring.procList].filter((node) => node !== ring.nodeId),
      failedList: [...ring.failedList, ring.nodeId],
    });
  }

  private transmit(join: Join): void {
    const { ring } = this;
    ring.statistics.joinsSent++;
    ring.multicastControl(joinBytes(join.procList.length, join.failedList.length), (offset) =>
      encodeJoin(ring.view, offset, join, ring.littleEndian),
    );
  }

  sendMergeDetect(): void {
    const { ring } = this;
    ring.statistics.mergesSent++;
    const merge = { sender: ring.nodeId, target: 0, from: ring.nodeId, ringId: ring.ringId };
    ring.multicastControl(MERGE_DETECT_BYTES, (offset) =>
      encodeMergeDetect(ring.view, offset, merge, ring.littleEndian),
    );
  }
}

/** Who the next ring would be of: proc list less failed list, ascending. */
export function candidates(ring: RingState): number[] {
  return [...ring.procList].filter((node) => !ring.failedList.has(node)).sort((a, b) => a - b);
}

function contains(set: ReadonlySet<number>, list: readonly number[]): boolean {
  return list.every((node) => set.has(node));
}

function sameSet(set: ReadonlySet<number>, list: readonly number[]): boolean {
  return new Set(list).size === set.size && contains(set, list);
}

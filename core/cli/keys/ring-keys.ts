import type { Clock } from '../../base/clock.js';
import type { ChoraleNode } from '../../host/node.js';
import { ValueType } from '../../services/cmap/index.js';
import type { StatisticsMap } from '../../services/cmap/index.js';
import type { RingStatistics } from '../../totem/srp/statistics.js';

/** Corosync's name of each counter, and what of ours it is. */
const COUNTERS: Readonly<Record<string, readonly (keyof RingStatistics)[]>> = {
  orf_token_tx: ['tokensOriginated'],
  orf_token_rx: ['tokensReceived'],
  memb_merge_detect_tx: ['mergesSent'],
  memb_merge_detect_rx: ['mergesReceived'],
  memb_join_tx: ['joinsSent'],
  memb_join_rx: ['joinsReceived'],
  mcast_tx: ['messagesSent'],
  mcast_retx: ['retransmitted'],
  mcast_rx: ['messagesReceived'],
  memb_commit_token_tx: ['commitTokensSent'],
  memb_commit_token_rx: ['commitTokensReceived'],
  token_hold_cancel_tx: ['holdCancelsSent'],
  token_hold_cancel_rx: ['holdCancelsReceived'],
  operational_entered: ['operationalEntered'],
  operational_token_lost: ['operationalTokenLost'],
  gather_entered: ['gatherEntered'],
  gather_token_lost: ['gatherTokenLost'],
  commit_entered: ['commitEntered'],
  commit_token_lost: ['commitTokenLost'],
  recovery_entered: ['recoveryEntered'],
  recovery_token_lost: ['recoveryTokenLost'],
  consensus_timeouts: ['consensusTimeouts'],
  rx_msg_dropped: ['malformed', 'unexpected', 'noFrames', 'droppedAfterPause'],
};

/** So many vain attempts in a row to agree on a membership mean that this node hears nobody, as Corosync judges. */
const DEAF_AFTER = 3;
const SEND_FAILURES = ['sendErrors', 'sendUnreachable', 'sendForbidden'];

/** The statistics of the ring: `stats.srp.*`, `stats.pg.*`, and `stats.tuning.*`, which Corosync does not have. */
export class RingKeys {
  private readonly bases = new Map<string, number>();
  private node: ChoraleNode | undefined;
  /** Send failures, and tokens, when a token had last come. */
  private failuresBefore = 0;
  private tokensBefore = 0;

  constructor(
    private readonly clock: Clock,
    private readonly statistics: StatisticsMap,
  ) {}

  attach(node: ChoraleNode): void {
    this.node = node;
    const { statistics } = this;
    const ring = (): Readonly<RingStatistics> => node.ringCounters.ring;
    const srp = (name: string, read: () => number, type: 2 | 6 | 8 = ValueType.U32): void =>
      statistics.supplyNumber(`stats.srp.${name}`, type, () => Math.round(read()));
    for (const name of Object.keys(COUNTERS)) {
      srp(name, () => this.sum(name) - (this.bases.get(name) ?? 0), ValueType.U64);
    }
    const sinceToken = (): number => (ring().lastTokenAt > 0 ? this.clock.now() - ring().lastTokenAt : 0);
    srp('time_since_token_last_received', sinceToken, ValueType.U64);
    srp('continuous_gather', () => ring().continuousGather);
    srp('continuous_sendmsg_failures', () => this.failuresSinceToken());
    srp('firewall_enabled_or_nic_failure', () => Number(ring().continuousGather > DEAF_AFTER), ValueType.U8);
    srp('mtt_rx_token', () => ring().rotationMs);
    srp('avg_token_workload', () => ring().workloadMs);
    srp('avg_backlog_calc', () => ring().backlog);
    const pg = (name: string, read: () => number): void =>
      statistics.supplyNumber(`stats.pg.${name}`, ValueType.U32, read);
    pg('msg_queue_avail', () => node.ringCounters.available);
    pg('msg_reserved', () => node.ringCounters.waiting);
    const tuning = (name: string, read: () => number): void =>
      statistics.supplyNumber(`stats.tuning.${name}`, ValueType.U32, read);
    tuning('agreed', () => Number(node.tuning !== undefined));
    tuning('window_size', () => node.window.windowSize);
    tuning('max_messages', () => node.window.maxMessages);
    tuning('accelerated', () => node.window.accelerated);
  }

  /** Counters begin at 0 anew for who reads them; the ring's own go on. */
  clear(): void {
    if (this.node === undefined) return;
    for (const name of Object.keys(COUNTERS)) this.bases.set(name, this.sum(name));
  }

  /** While tokens come, what was sent has arrived: failures count from the last reading that saw a new one. */
  private failuresSinceToken(): number {
    const { ring, transport } = this.node!.ringCounters;
    const failures = SEND_FAILURES.reduce((sum, name) => sum + (transport[name] ?? 0), 0);
    if (ring.tokensReceived !== this.tokensBefore) {
      this.tokensBefore = ring.tokensReceived;
      this.failuresBefore = failures;
    }
    return failures - this.failuresBefore;
  }

  private sum(name: string): number {
    const counters = this.node!.ringCounters.ring;
    return COUNTERS[name]!.reduce((sum, counter) => sum + counters[counter], 0);
  }
}

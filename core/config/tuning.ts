import type { Origin, Report } from './errors.js';
import type { TotemTuning } from './model.js';
import type { ConfigStore } from './store.js';

/** No timer is shorter (Corosync's MINIMUM_TIMEOUT). */
const MIN_TIMER_MS = 30;
const MIN_HOLD_MS = 14;
/** No timer is longer: what a 32-bit signed number of milliseconds holds. */
const MAX_TIMER_MS = 2147483647;

/** Corosync's defaults. */
const DEFAULTS = {
  token: 3000,
  tokenCoefficient: 650,
  tokenWarning: 75,
  retransmitsBeforeLoss: 4,
  join: 50,
  merge: 200,
  downcheck: 1000,
  failToReceive: 2500,
  seqnoUnchanged: 30,
  maxNetworkDelay: 50,
  windowSize: 50,
  maxMessages: 17,
  missCount: 5,
  netMtu: 1500,
} as const;

/**
 * The ring's tuning: what the file sets, and for the rest Corosync's defaults and formulas.
 * @param nodeCount nodes in the nodelist; the token time-out grows with them
 */
export function tuningOf(store: ConfigStore, nodeCount: number, file: Origin, report: Report): TotemTuning {
  /** The value of a key; absent or zero it is the default. */
  const orDefault = (key: string, value: number): number => store.number(`totem.${key}`) || value;
  const flag = (key: string, value: boolean): boolean => {
    const word = store.string(`totem.${key}`);
    return word === 'yes' || (word !== 'no' && value);
  };
  const fail = (key: string, text: string): void => {
    const set = store.find(`totem.${key}`);
    report.problem('totem', { origin: set?.origin ?? file, key: `totem.${key}`, ...shown(set?.entry.value) }, text);
  };

  const coefficient = store.number('totem.token_coefficient') ?? DEFAULTS.tokenCoefficient;
  const tokenMs = orDefault('token', DEFAULTS.token) + Math.max(0, nodeCount - 2) * coefficient;
  const tokenRetransmitsBeforeLoss = orDefault('token_retransmits_before_loss_const', DEFAULTS.retransmitsBeforeLoss);
  const tokenRetransmitMs = orDefault('token_retransmit', Math.trunc(tokenMs / (tokenRetransmitsBeforeLoss + 0.2)));
  const holdMs = orDefault('hold', Math.trunc(tokenRetransmitMs * 0.8 - 10));
  const joinMs = orDefault('join', DEFAULTS.join);
  // Corosync computes this one in single precision.
  const consensusMs = orDefault('consensus', Math.trunc(Math.fround(1.2 * tokenMs)));

  if (tokenMs < MIN_TIMER_MS || consensusMs > MAX_TIMER_MS) {
    const text = `the token time-out comes to ${tokenMs} ms; set totem.token so that it is ${MIN_TIMER_MS} or more and 1.2 times it is at most ${MAX_TIMER_MS}`;
    fail('token', text);
  } else if (tokenRetransmitMs < MIN_TIMER_MS) {
    const text = `a token would be sent again after ${tokenRetransmitMs} ms, less than ${MIN_TIMER_MS}; raise totem.token or lower totem.token_retransmits_before_loss_const`;
    fail('token_retransmit', text);
  } else if (holdMs < MIN_HOLD_MS) {
    fail('hold', `the token would be held ${holdMs} ms, less than ${MIN_HOLD_MS}; raise totem.token_retransmit`);
  }
  // A consensus computed from a token that is too short is not a second error.
  if (consensusMs < joinMs && (tokenMs >= MIN_TIMER_MS || store.has('totem.consensus'))) {
    const text = `consensus (${consensusMs} ms) may not be shorter than join (${joinMs} ms); raise totem.consensus`;
    fail('consensus', text);
  }

  return {
    tokenMs,
    tokenWarningPercent: store.number('totem.token_warning') ?? DEFAULTS.tokenWarning,
    tokenRetransmitsBeforeLoss,
    tokenRetransmitMs,
    holdMs,
    joinMs,
    sendJoinMs: store.number('totem.send_join') ?? 0,
    consensusMs,
    mergeMs: orDefault('merge', DEFAULTS.merge),
    downcheckMs: orDefault('downcheck', DEFAULTS.downcheck),
    failToReceiveConst: orDefault('fail_recv_const', DEFAULTS.failToReceive),
    seqnoUnchangedConst: orDefault('seqno_unchanged_const', DEFAULTS.seqnoUnchanged),
    heartbeatFailuresAllowed: store.number('totem.heartbeat_failures_allowed') ?? 0,
    maxNetworkDelayMs: orDefault('max_network_delay', DEFAULTS.maxNetworkDelay),
    windowSize: orDefault('window_size', DEFAULTS.windowSize),
    maxMessages: orDefault('max_messages', DEFAULTS.maxMessages),
    missCountConst: orDefault('miss_count_const', DEFAULTS.missCount),
    netMtu: orDefault('netmtu', DEFAULTS.netMtu),
    blockUnlistedIps: flag('block_unlisted_ips', true),
    cancelTokenHoldOnRetransmit: flag('cancel_token_hold_on_retransmit', false),
  };
}

const shown = (value: unknown): { value?: string } => (value === undefined ? {} : { value: String(value) });

import { CsError } from '../../base/errors.js';
import type { Icmap } from '../cmap/icmap.js';

/** Who wins an even split. */
export type TieBreaker =
  { readonly kind: 'none' | 'lowest' | 'highest' } | { readonly kind: 'list'; readonly nodeIds: readonly number[] };

/** How votequorum is configured. */
export interface VotequorumOptions {
  /** Votes of this node. */
  readonly votes: number;
  /** Votes of the whole cluster; 0 if the configuration does not say. */
  readonly expectedVotes: number;
  readonly twoNode: boolean;
  readonly waitForAll: boolean;
  /** waitForAll was not configured: it follows twoNode. */
  readonly waitForAllAutomatic: boolean;
  readonly lastManStanding: boolean;
  readonly lastManStandingWindowMs: number;
  readonly tieBreaker: TieBreaker;
  readonly allowDownscale: boolean;
  readonly expectedVotesTracking: boolean;
  readonly device: {
    /** Undefined: keep what is in use. */
    readonly votes: number | undefined;
    readonly timeoutMs: number;
    readonly syncTimeoutMs: number;
    /**
     * Nothing in the configuration speaks against the device; undefined if none is configured: one that is registered may
     * go on then.
     */
    readonly canOperate: boolean | undefined;
  };
}

/** What stays as it was at the start, however the configuration changes. */
export interface FixedOptions {
  readonly waitForAll: boolean;
  readonly waitForAllAutomatic: boolean;
  readonly lastManStanding: boolean;
  readonly lastManStandingWindowMs: number;
  readonly tieBreaker: TieBreaker;
  readonly allowDownscale: boolean;
  readonly expectedVotesTracking: boolean;
}

/** A reading of the configuration. */
export interface Reading {
  readonly options: VotequorumOptions;
  readonly fixed: FixedOptions;
  /** What is wrong but does not keep votequorum from running, as sentences for the log. */
  readonly problems: readonly string[];
}

interface Nodelist {
  readonly own: number;
  readonly count: number;
  readonly sum: number;
}

/** Read-only for clients once votequorum runs. */
export const READ_ONLY_KEYS = [
  'quorum.allow_downscale',
  'quorum.wait_for_all',
  'quorum.last_man_standing',
  'quorum.last_man_standing_window',
  'quorum.expected_votes_tracking',
  'quorum.auto_tie_breaker',
  'quorum.auto_tie_breaker_node',
];

/**
 * Reads `quorum.*` and `nodelist.*`. At the start (`running` undefined) a contradiction throws a CsError that says what
 * to change. Later, contradictions disable the quorum device and are told as problems; the result is undefined if there
 * is nothing to go on from.
 */
export function readOptions(map: Icmap): Reading;
export function readOptions(
  map: Icmap,
  running: { readonly fixed: FixedOptions; readonly deviceRegistered: boolean },
): Reading | undefined;
export function readOptions(
  map: Icmap,
  running?: { readonly fixed: FixedOptions; readonly deviceRegistered: boolean },
): Reading | undefined {
  const problems: string[] = [];
  const flag = (name: string): boolean => (map.u8(`quorum.${name}`) ?? 0) !== 0;
  const configuredVotes = map.u32('quorum.expected_votes') ?? 0;
  const nodelist = readNodelist(map);
  const device = (map.string('quorum.device.model') ?? '') !== '';
  let deviceVotes = device ? map.u32('quorum.device.votes') : 0;
  let canOperate: boolean | undefined = device || undefined;
  let twoNode = flag('two_node');

  if (!nodelist && configuredVotes === 0) {
    if (running) return undefined;
    throw fatal('neither a nodelist nor quorum.expected_votes is configured: configure one of them');
  }
  const fixed = running?.fixed ?? readFixed(map, flag, problems);
  const contradiction = (text: string): void => {
    if (!running) throw fatal(text);
    problems.push(`${text}; the quorum device is disabled`);
    canOperate = false;
  };

  if (twoNode && device) {
    if (running?.deviceRegistered) {
      problems.push('quorum.two_node and a quorum device exclude each other: two_node is disabled');
      twoNode = false;
    } else {
      contradiction('quorum.two_node and a quorum device exclude each other: remove one of them');
    }
  }
  const waitForAll = fixed.waitForAllAutomatic ? twoNode : fixed.waitForAll;
  if (twoNode && fixed.tieBreaker.kind !== 'none') {
    problems.push('quorum.two_node and auto_tie_breaker exclude each other: two_node is disabled; remove one of them');
    twoNode = false;
  }
  const tieBreaker = checkTieBreaker(fixed, waitForAll, nodelist?.sum ?? 0, running ? undefined : fatal, problems);

  if (device) {
    const { lastManStanding, allowDownscale } = fixed;
    if (lastManStanding) contradiction('a quorum device does not go with last_man_standing: remove one of them');
    if (tieBreaker.kind !== 'none')
      contradiction('a quorum device does not go with auto_tie_breaker: remove one of them');
    if (allowDownscale) contradiction('a quorum device does not go with allow_downscale: remove one of them');
    if (configuredVotes > 0 && deviceVotes === undefined) {
      contradiction('quorum.expected_votes is set: set quorum.device.votes too');
    }
    if (deviceVotes === undefined && nodelist && nodelist.count !== nodelist.sum) {
      contradiction('not every node has one vote: set quorum.device.votes');
    }
    if (deviceVotes !== undefined && deviceVotes > 0 && configuredVotes > 0 && configuredVotes - deviceVotes < 2) {
      contradiction('quorum.device.votes is too high or quorum.expected_votes too low: nodes need two votes at least');
    }
  }
  let fromNodes = nodelist?.sum ?? 0;
  if (device && deviceVotes === undefined && configuredVotes === 0 && nodelist?.count === nodelist?.sum) {
    deviceVotes = fromNodes - 1;
    fromNodes += deviceVotes;
  }
  const options = {
    votes: nodelist?.own ?? map.u32('quorum.votes') ?? 1,
    expectedVotes: configuredVotes > 0 ? configuredVotes : fromNodes,
    twoNode,
    waitForAll,
    waitForAllAutomatic: fixed.waitForAllAutomatic,
    lastManStanding: fixed.lastManStanding,
    lastManStandingWindowMs: fixed.lastManStandingWindowMs,
    tieBreaker,
    allowDownscale: fixed.allowDownscale,
    expectedVotesTracking: fixed.expectedVotesTracking,
    device: {
      votes: deviceVotes,
      timeoutMs: map.u32('quorum.device.timeout') ?? 10000,
      syncTimeoutMs: map.u32('quorum.device.sync_timeout') ?? 30000,
      canOperate,
    },
  };
  return { options, fixed, problems };
}

function readFixed(map: Icmap, flag: (name: string) => boolean, problems: string[]): FixedOptions {
  const allowDownscale = flag('allow_downscale');
  const waitForAll = map.u8('quorum.wait_for_all');
  const wanted = map.string('quorum.auto_tie_breaker_node');
  let tieBreaker: TieBreaker = { kind: 'none' };
  if (flag('auto_tie_breaker')) {
    tieBreaker = wanted === undefined ? { kind: 'lowest' } : parseTieBreaker(wanted);
    const rest = wanted?.replace(/^(\s*\d+)*\s*/, '') ?? '';
    if (tieBreaker.kind === 'list' && rest !== '') {
      problems.push(`quorum.auto_tie_breaker_node is "${wanted}": "${rest}" is not read; separate node ids by blanks`);
    }
    if (tieBreaker.kind === 'none') {
      problems.push(
        `quorum.auto_tie_breaker_node is "${wanted}": give lowest, highest or node ids; auto_tie_breaker is disabled`,
      );
    }
  } else if (wanted !== undefined) {
    problems.push('quorum.auto_tie_breaker_node has no effect: set auto_tie_breaker to 1 or remove it');
  }
  return {
    waitForAll: (waitForAll ?? 0) !== 0,
    waitForAllAutomatic: waitForAll === undefined,
    lastManStanding: flag('last_man_standing'),
    lastManStandingWindowMs: map.u32('quorum.last_man_standing_window') ?? 10000,
    tieBreaker,
    allowDownscale,
    expectedVotesTracking: allowDownscale || flag('expected_votes_tracking'),
  };
}

function parseTieBreaker(text: string): TieBreaker {
  if (text === 'lowest' || text === 'highest') return { kind: text };
  // As Corosync reads it: numbers up to the first thing that is none. All nodes of a cluster have to read the same.
  const nodeIds: number[] = [];
  for (const match of text.matchAll(/\s*(\d+)/gy)) {
    const nodeId = Number(match[1]);
    if (nodeId === 0) break;
    nodeIds.push(nodeId);
  }
  return nodeIds.length > 0 ? { kind: 'list', nodeIds } : { kind: 'none' };
}

/** A tie breaker in a cluster of an odd number of votes is safe only if a restarted part waits for all. */
function checkTieBreaker(
  fixed: FixedOptions,
  waitForAll: boolean,
  sum: number,
  refuse: ((text: string) => Error) | undefined,
  problems: string[],
): TieBreaker {
  if (fixed.tieBreaker.kind === 'none' || sum % 2 === 0 || waitForAll) return fixed.tieBreaker;
  const text = 'auto_tie_breaker needs wait_for_all where the number of votes is odd';
  if (fixed.lastManStanding && refuse) throw refuse(`${text}: set wait_for_all and remove last_man_standing`);
  problems.push(`${text}: auto_tie_breaker is disabled; set wait_for_all`);
  return { kind: 'none' };
}

function readNodelist(map: Icmap): Nodelist | undefined {
  const ownPosition = map.u32('nodelist.local_node_pos');
  if (ownPosition === undefined) return undefined;
  const positions = new Set<number>();
  for (const key of map.keys('nodelist.node.')) {
    const match = /^nodelist\.node\.(\d+)\./.exec(key);
    if (match) positions.add(Number(match[1]));
  }
  let own = 0;
  let sum = 0;
  for (const position of positions) {
    const votes = map.u32(`nodelist.node.${position}.quorum_votes`) ?? 1;
    sum += votes;
    if (position === ownPosition) own = votes;
  }
  return { own, count: positions.size, sum };
}

function fatal(text: string): CsError {
  return new CsError('ERR_INVALID_PARAM', `the quorum configuration contradicts itself: ${text}.`);
}

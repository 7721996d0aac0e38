import type { Origin, Report } from './errors.js';
import type { AutoTieBreaker, NodeConfig, QuorumConfig, QuorumDeviceConfig } from './model.js';
import type { NodeList } from './nodes.js';
import type { ConfigStore } from './store.js';

const DEFAULT_WINDOW_MS = 10000;
const DEFAULT_DEVICE_TIMEOUT_MS = 10000;
const DEFAULT_DEVICE_SYNC_TIMEOUT_MS = 30000;

/** Reads the quorum section and checks what votequorum refuses to start with; what is wrong is in the report. */
export function quorumOf(store: ConfigStore, list: NodeList, file: Origin, report: Report): QuorumConfig {
  return new QuorumReader(store, list, file, report).read();
}

class QuorumReader {
  private readonly nodeVotes: number;

  constructor(
    private readonly store: ConfigStore,
    private readonly list: NodeList,
    private readonly file: Origin,
    private readonly report: Report,
  ) {
    this.nodeVotes = list.nodes.reduce((sum: number, node: NodeConfig) => sum + node.votes, 0);
  }

  read(): QuorumConfig {
    const device = this.device();
    const configuredVotes = this.store.number('quorum.expected_votes') ?? 0;
    const votes = this.deviceVotes(device !== undefined, configuredVotes);
    const lastManStanding = this.flag('last_man_standing');
    let autoTieBreaker = this.autoTieBreaker();
    let twoNode = this.flag('two_node');
    if (twoNode && device !== undefined)
      this.fail('two_node', 'cannot be used with a quorum device; remove one of them');
    const waitForAllAutomatic = !this.store.has('quorum.wait_for_all');
    const waitForAll = waitForAllAutomatic ? twoNode : this.flag('wait_for_all');
    if (twoNode && autoTieBreaker.kind !== 'none') {
      this.warn('two_node', 'is off, because auto_tie_breaker is on; remove one of them');
      twoNode = false;
    }
    if (autoTieBreaker.kind !== 'none' && this.nodeVotes % 2 === 1 && !waitForAll) {
      if (lastManStanding) {
        const text =
          'with last_man_standing and an odd number of votes needs "wait_for_all: 1"; set it, or remove last_man_standing';
        this.fail('auto_tie_breaker', text);
      } else {
        this.warn('auto_tie_breaker', 'is off: with an odd number of votes it needs "wait_for_all: 1"');
        autoTieBreaker = { kind: 'none' };
      }
    }
    const allowDownscale = this.flag('allow_downscale');
    if (device !== undefined) this.checkDevice({ lastManStanding, autoTieBreaker, allowDownscale });
    return {
      provider: this.store.string('quorum.provider') === 'corosync_votequorum' ? 'corosync_votequorum' : 'none',
      votes: this.list.localNode.votes,
      expectedVotes: configuredVotes || this.nodeVotes + votes.added,
      twoNode,
      waitForAll: waitForAllAutomatic ? twoNode : waitForAll,
      waitForAllAutomatic,
      lastManStanding,
      lastManStandingWindowMs: this.store.number('quorum.last_man_standing_window') ?? DEFAULT_WINDOW_MS,
      autoTieBreaker,
      allowDownscale,
      expectedVotesTracking: allowDownscale || this.flag('expected_votes_tracking'),
      ...(device === undefined ? {} : { device: { ...device, votes: votes.device } }),
    };
  }

  private flag(key: string): boolean {
    return (this.store.number(`quorum.${key}`) ?? 0) !== 0;
  }

  private device(): Omit<QuorumDeviceConfig, 'votes'> | undefined {
    const model = this.store.string('quorum.device.model');
    if (model === undefined || model === '') return undefined;
    return {
      model,
      timeoutMs: this.store.number('quorum.device.timeout') ?? DEFAULT_DEVICE_TIMEOUT_MS,
      syncTimeoutMs: this.store.number('quorum.device.sync_timeout') ?? DEFAULT_DEVICE_SYNC_TIMEOUT_MS,
      masterWins: this.flag('device.master_wins'),
    };
  }

  /** Votes of the device, and what they add to the votes expected from the nodelist. */
  private deviceVotes(present: boolean, configuredVotes: number): { device: number; added: number } {
    if (!present) return { device: 0, added: 0 };
    const given = this.store.number('quorum.device.votes');
    if (given !== undefined) {
      if (given > 0 && configuredVotes > 0 && configuredVotes - given < 2) {
        const text = `leaves fewer than 2 of the ${configuredVotes} expected votes to the nodes; lower it or raise quorum.expected_votes`;
        this.fail('device.votes', text);
      }
      return { device: given, added: 0 };
    }
    if (configuredVotes > 0) {
      this.fail('device.votes', 'must be set when quorum.expected_votes is');
    } else if (this.nodeVotes !== this.list.nodes.length) {
      this.fail('device.votes', 'must be set when not every node has one vote');
    }
    const votes = this.nodeVotes - 1;
    return { device: votes, added: votes };
  }

  private autoTieBreaker(): AutoTieBreaker {
    const node = this.store.string('quorum.auto_tie_breaker_node');
    if (!this.flag('auto_tie_breaker')) {
      if (node !== undefined) this.warn('auto_tie_breaker_node', 'has no meaning without "auto_tie_breaker: 1"');
      return { kind: 'none' };
    }
    if (node === undefined || node === 'lowest') return { kind: 'lowest' };
    if (node === 'highest') return { kind: 'highest' };
    const nodeIds = node.split(/[ \t]+/).map(Number);
    if (nodeIds.every((id) => Number.isInteger(id) && id > 0 && id <= 0xffffffff)) return { kind: 'list', nodeIds };
    const text =
      'is no tie breaker, so auto_tie_breaker is off; write "lowest", "highest" or node ids separated by blanks';
    this.warn('auto_tie_breaker_node', text);
    return { kind: 'none' };
  }

  private checkDevice(with_: {
    lastManStanding: boolean;
    autoTieBreaker: AutoTieBreaker;
    allowDownscale: boolean;
  }): void {
    const text = 'cannot be used with a quorum device; remove one of them';
    if (with_.lastManStanding) this.fail('last_man_standing', text);
    if (with_.autoTieBreaker.kind !== 'none') this.fail('auto_tie_breaker', text);
    if (with_.allowDownscale) this.fail('allow_downscale', text);
  }

  /** votequorum checks these only when it runs; without it they harm nobody. */
  private fail(key: string, text: string): void {
    if (this.store.string('quorum.provider') === 'corosync_votequorum')
      this.report.problem('quorum', this.at(key), text);
    else this.warn(key, text);
  }

  private warn(key: string, text: string): void {
    this.report.warn(this.at(key), text);
  }

  private at(key: string): { origin: Origin; key: string; value?: string } {
    const stored = this.store.find(`quorum.${key}`);
    if (stored === undefined) return { origin: this.file, key: `quorum.${key}` };
    return { origin: stored.origin, key: `quorum.${key}`, value: String(stored.entry.value) };
  }
}

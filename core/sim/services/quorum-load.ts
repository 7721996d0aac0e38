import type { Clock, Timer } from '../../base/clock.js';
import { CsError, CsErrorCode } from '../../base/errors.js';
import type { Plugin } from '../../host/plugin.js';
import { cfgPlugin } from '../../services/cfg/index.js';
import { cmapPlugin, Icmap, StatisticsMap, ValueType } from '../../services/cmap/index.js';
import { evsPlugin } from '../../services/evs/index.js';
import { monPlugin } from '../../services/mon/index.js';
import { ploadPlugin } from '../../services/pload/index.js';
import { QuorumClient } from '../../services/quorum/client.js';
import type { QuorumChange } from '../../services/quorum/client.js';
import { quorumPlugin } from '../../services/quorum/index.js';
import { votequorumPlugin } from '../../services/votequorum/index.js';
import { wdPlugin } from '../../services/wd/index.js';
import type { Property } from '../checker/violation.js';
import { simulatedMachine, simulatedPower, WATCHED_KEYS } from './machine.js';
import type { ServiceLife, ServiceLog, ServiceUsers, SimService } from './service-load.js';

/** What a client was told about quorum. */
interface Word {
  readonly at: number;
  readonly process: number;
  readonly nodeId: number;
  readonly ring: string;
  readonly quorate: boolean;
  readonly members: readonly number[];
}

/**
 * Quorum by votes, and with it the services it stands on or that take part in every cluster: cmap, cfg, pload, mon, wd and
 * evs. On each node a client follows quorum.
 */
export const quorumService: SimService = {
  name: 'quorum',
  plugins: (nodeId, nodeIds) => corePlugins(nodeId, nodeIds),
  begin: (log) => {
    const words: Word[] = [];
    return { users: (life) => new Follower(life, log, words), properties: quorumProperties(words, log) };
  },
};

function corePlugins(nodeId: number, nodeIds: readonly number[]): Plugin[] {
  const map = new Icmap();
  for (const [position, id] of nodeIds.entries()) {
    map.setNumber(`nodelist.node.${position}.nodeid`, ValueType.U32, id);
    if (id === nodeId) map.setNumber('nodelist.local_node_pos', ValueType.U32, position);
  }
  map.setString('quorum.provider', 'corosync_votequorum');
  for (const [key, value] of WATCHED_KEYS) map.setString(key, value);
  const machine = simulatedMachine();
  const power = simulatedPower((what) => {
    // The host tells of what a service throws, and the run is broken.
    throw new Error(`the watchdog ${what}, whose resources are well`);
  });
  const statistics = new StatisticsMap(stoppedClock, () => undefined);
  const effects = {
    shutdown: () => undefined,
    reload: (progress: { finished(error: number): void }) => progress.finished(CsErrorCode.OK),
    reopenLogs: () => CsErrorCode.OK,
  };
  return [
    cmapPlugin({ map, statistics, entries: [], addressOf: String, shutdown: () => undefined }),
    cfgPlugin(effects, { addressesOf: () => undefined, linkOf: () => undefined }),
    quorumPlugin(true),
    votequorumPlugin(),
    ploadPlugin(),
    monPlugin(() => machine),
    wdPlugin(power, () => machine),
    evsPlugin(),
  ];
}

/** There are no statistics to look at from time to time. */
const stoppedClock: Clock = {
  now: () => 0,
  timer: (): Timer => ({ running: false, start: () => undefined, stop: () => undefined }),
};

/** A client that follows quorum, in a node's process. */
class Follower implements ServiceUsers {
  pending = 0;
  private client: QuorumClient | undefined;

  constructor(
    private readonly life: ServiceLife,
    private readonly log: ServiceLog,
    private readonly words: Word[],
  ) {}

  /** Begins to follow, as soon as the node takes clients; then asks. */
  act(): void {
    if (this.client === undefined) this.connect();
    else this.follow(this.client.quorate());
  }

  private connect(): void {
    const { node, clock } = this.life;
    try {
      this.client = new QuorumClient(node.connect('quorum'), { clock });
    } catch (error) {
      if (error instanceof CsError) return;
      throw error;
    }
    this.client.listen((event) => {
      if (event.kind === 'quorum') this.told(event);
    });
    this.follow(this.client.trackStart());
  }

  private told({ quorate, ringId, members }: QuorumChange): void {
    const { log, words } = this;
    const { index, nodeId } = this.life.process;
    const ring = log.ringName(ringId);
    log.saw(index, `quorum ${quorate} in ring ${ring} of ${members.join(' ')}`);
    words.push({ at: log.now, process: index, nodeId, ring, quorate, members });
  }

  private follow(work: Promise<unknown>): void {
    this.pending++;
    work.then(
      () => this.pending--,
      (error: Error) => {
        this.pending--;
        if (!this.log.isAlive(this.life.process.index) || this.life.node.state === 'left') return;
        this.log.problem(
          'quorum: clients are served',
          `a client of node ${this.life.process.nodeId}: ${error.message}`,
        );
      },
    );
  }
}

/** What holds for quorum by votes, with one vote a node, in every run. */
function quorumProperties(words: readonly Word[], log: ServiceLog): Property[] {
  return [
    {
      name: 'quorum: nobody without a majority is quorate',
      check: ({ history }, report) => {
        const majority = majorityOf(new Set(history.processes.map(({ nodeId }) => nodeId)).size);
        for (const { at, nodeId, ring, quorate, members } of words) {
          if (!quorate || members.length >= majority) continue;
          const text = `node ${nodeId} is quorate in ring ${ring} of ${members.join(' ')}; a majority is ${majority}`;
          if (!report(at, text)) return;
        }
      },
    },
    {
      name: 'quorum: members of a ring decide alike',
      check: (_, report) => {
        const decided = new Map<string, Word>();
        for (const word of words) {
          // None before the first decision.
          if (word.members.length === 0) continue;
          const key = `${word.ring} of ${word.members.join(' ')}`;
          const first = decided.get(key);
          decided.set(key, first ?? word);
          if (first === undefined || first.quorate === word.quorate) continue;
          const text = `in ring ${key} node ${first.nodeId} is ${name(first)}, node ${word.nodeId} ${name(word)}`;
          if (!report(word.at, text)) return;
        }
      },
    },
    {
      name: 'quorum: a majority is quorate in the end',
      check: ({ history, ending }, report) => {
        if (ending === undefined) return;
        const majority = majorityOf(new Set(history.processes.map(({ nodeId }) => nodeId)).size);
        for (const nodes of ending.components) {
          for (const word of lastWords(words, log).filter(({ nodeId }) => nodes.includes(nodeId))) {
            if (word.quorate === nodes.length >= majority) continue;
            const text = `node ${word.nodeId} is ${name(word)} in the end, in a part of ${nodes.length}; a majority is ${majority}`;
            if (!report(log.now, text)) return;
          }
        }
      },
    },
  ];
}

/** The last word to each client that lived to the end. */
function lastWords(words: readonly Word[], log: ServiceLog): Word[] {
  const last = new Map<number, Word>();
  for (const word of words) if (log.isAlive(word.process)) last.set(word.process, word);
  return [...last.values()];
}

function name({ quorate }: Word): string {
  return quorate ? 'quorate' : 'not quorate';
}

function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

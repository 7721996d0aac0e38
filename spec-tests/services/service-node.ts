import type { Clock } from '../../core/base/clock.js';
import type { Logger } from '../../core/base/logger.js';
import { silentLogger } from '../../core/base/logger.js';
import type { Store } from '../../core/base/store.js';
import { CfgEngine } from '../../core/services/cfg/engine.js';
import type { CfgEffects, CfgNetwork } from '../../core/services/cfg/effects.js';
import { markReadOnlyKeys } from '../../core/services/cmap/configuration.js';
import { CmapEngine } from '../../core/services/cmap/engine.js';
import { Icmap } from '../../core/services/cmap/icmap.js';
import { StatisticsMap } from '../../core/services/cmap/statistics.js';
import { ValueType } from '../../core/services/cmap/values.js';
import { CpgEngine } from '../../core/services/cpg/engine.js';
import { QuorumEngine } from '../../core/services/quorum/engine.js';
import { VotequorumEngine } from '../../core/services/votequorum/engine.js';
import { FakeClock } from '../support/fake-clock.js';
import type { FakeNode } from '../support/ring-fake.js';

/** Bytes kept in memory. */
export class FakeStore implements Store {
  readonly files = new Map<string, Uint8Array>();

  load(key: string): Uint8Array | undefined {
    return this.files.get(key);
  }

  save(key: string, bytes: Uint8Array): void {
    this.files.set(key, bytes.slice());
  }
}

export interface ServiceNodeOptions {
  /** Nodes of the nodelist, in order; the node itself among them. */
  readonly nodelist: readonly number[];
  /** Keys of the configuration: numbers are stored as u32, truth values as u8, as Corosync stores them. */
  readonly keys?: Readonly<Record<string, number | string | boolean>>;
  readonly store?: Store;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly effects?: Partial<CfgEffects>;
}

/** All the core's services on one node of a fake cluster. */
export class ServiceNode {
  readonly map = new Icmap();
  readonly clock: Clock;
  readonly statistics: StatisticsMap;
  readonly cmap: CmapEngine;
  readonly cfg: CfgEngine;
  readonly cpg: CpgEngine;
  readonly quorum: QuorumEngine;
  readonly votequorum: VotequorumEngine;
  readonly shutdowns: { readonly code: number; readonly reason: string }[] = [];

  constructor(
    readonly node: FakeNode,
    options: ServiceNodeOptions,
  ) {
    const logger = options.logger ?? silentLogger;
    const { map } = this;
    this.clock = options.clock ?? new FakeClock();
    this.statistics = new StatisticsMap(this.clock, () => undefined);
    options.nodelist.forEach((nodeId, position) => {
      map.setNumber(`nodelist.node.${position}.nodeid`, ValueType.U32, nodeId);
      if (nodeId === node.id) map.setNumber('nodelist.local_node_pos', ValueType.U32, position);
    });
    for (const [key, value] of Object.entries(options.keys ?? {})) {
      if (typeof value === 'string') map.setString(key, value);
      else if (typeof value === 'boolean') map.setNumber(key, ValueType.U8, Number(value));
      else map.setNumber(key, key === 'totem.config_version' ? ValueType.U64 : ValueType.U32, value);
    }
    markReadOnlyKeys(map);
    const shutdown = (code: number, reason: string): void => void this.shutdowns.push({ code, reason });
    const effects: CfgEffects = {
      shutdown,
      reload: (progress) => progress.finished(1),
      reopenLogs: () => 1,
      ...options.effects,
    };
    const addressOf = (nodeId: number): string => `10.78.0.${nodeId}`;
    const network: CfgNetwork = {
      addressesOf: (nodeId) => (options.nodelist.includes(nodeId) ? [new Uint8Array([10, 78, 0, nodeId])] : undefined),
      linkOf: (nodeId) =>
        options.nodelist.includes(nodeId)
          ? { reachable: true, enabled: true, mtu: 1410, address: addressOf(nodeId) }
          : undefined,
    };
    this.cmap = node.add(
      new CmapEngine({
        ring: node.ringOf(0),
        logger,
        map,
        statistics: this.statistics,
        addressOf: (nodeId) => `r(0) ip(${addressOf(nodeId)}) `,
        shutdown: (reason) => shutdown(0, reason),
      }),
    );
    this.cfg = node.add(new CfgEngine({ ring: node.ringOf(1), logger, clock: this.clock, map, network, effects }));
    this.cpg = node.add(new CpgEngine({ ring: node.ringOf(2), logger }));
    this.quorum = node.add(new QuorumEngine({ logger, provided: true }));
    this.votequorum = node.add(
      new VotequorumEngine({
        ring: node.ringOf(5),
        logger,
        clock: this.clock,
        store: options.store ?? new FakeStore(),
        map,
        report: (report) => this.quorum.decide(report),
      }),
    );
    for (const engine of node.engines.values()) engine.start?.();
  }

  /** Messages and requests that any engine refused. */
  get refused(): number {
    return this.cmap.refused + this.cfg.refused + this.cpg.refused + this.votequorum.refused;
  }
}

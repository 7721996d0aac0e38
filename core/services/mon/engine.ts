import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Machine } from '../../base/machine.js';
import type { ServiceEngine } from '../../host/service-engine.js';
import type { Icmap } from '../cmap/icmap.js';
import { ValueType } from '../cmap/values.js';
import { MonitoredResource } from './resource.js';

/** What the engine needs from its surroundings. */
export interface MonDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Has the limits, and shows what is read. */
  readonly map: Icmap;
  readonly machine: Machine;
}

/**
 * The resource monitor (service 6): shows how full memory is and how loaded the machine, each while a `max` is set for it
 * in `resources.system.*`. It sends nothing and has no clients: the watchdog and cmap's clients read its keys.
 */
export class MonEngine implements ServiceEngine {
  readonly name = 'mon';
  readonly id = 6;
  readonly priority = 1;
  readonly version = 1;
  readonly messages = [];
  private readonly resources: readonly MonitoredResource[];

  constructor({ logger, clock, map, machine }: MonDependencies) {
    const now = (): bigint => machine.monotonicNs();
    const memory = {
      name: 'memory_used',
      firstType: ValueType.I32,
      type: ValueType.U32,
      read: () => machine.memoryUsedPercent(),
      now,
    };
    const load = {
      name: 'load_15min',
      firstType: ValueType.DOUBLE,
      type: ValueType.DOUBLE,
      read: () => machine.load15(),
      now,
    };
    this.resources = [memory, load].map((watched) => new MonitoredResource(watched, map, logger, clock));
  }

  start(): void {
    for (const resource of this.resources) resource.start();
  }

  stop(): void {
    for (const resource of this.resources) resource.stop();
  }
}

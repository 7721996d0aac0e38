import type { Clock, Timer } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Machine } from '../../base/machine.js';
import type { ServiceEngine } from '../../host/service-engine.js';
import type { Icmap } from '../cmap/icmap.js';
import type { Tracker } from '../cmap/key-trackers.js';
import { TrackEvent } from '../cmap/key-trackers.js';
import { ValueType } from '../cmap/values.js';
import { GuardedResource } from './resource.js';
import type { Watchdog, WatchdogPower } from './watchdog.js';

/** What the engine needs from its surroundings. */
export interface WdDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Has the resources and the device's name. */
  readonly map: Icmap;
  readonly power: WatchdogPower;
  readonly machine: Machine;
}

const TIMEOUT_KEY = 'resources.watchdog_timeout';
const DEVICE_KEY = 'resources.watchdog_device';
const DEFAULT_TIMEOUT_S = 6;
const LEAST_TIMEOUT_S = 2;
const MOST_TIMEOUT_S = 120;
const STATE_KEY = /^resources\.(system|process)\.[^.]+\.state$/;

/**
 * The watchdog (service 7): keeps the machine's watchdog device alive, if one is configured, as long as the resources in
 * cmap that have a `recovery` are well. It sends nothing and has no clients.
 */
export class WdEngine implements ServiceEngine {
  readonly name = 'wd';
  readonly id = 7;
  readonly priority = 1;
  readonly version = 1;
  readonly messages = [];
  private readonly resources = new Map<string, GuardedResource>();
  private readonly tickle: Timer;
  private trackers: Tracker[] = [];
  private dog: Watchdog | undefined;
  private timeoutSeconds = DEFAULT_TIMEOUT_S;
  private tickleMs = (DEFAULT_TIMEOUT_S * 1000) / 2;
  /** False once a resource has failed that is recovered by the watchdog. */
  private well = true;

  constructor(private readonly dependencies: WdDependencies) {
    this.tickle = dependencies.clock.timer(() => this.keepAlive());
  }

  start(): void {
    const { map } = this.dependencies;
    this.openDevice();
    this.readTimeout();
    for (const key of [...map.keys('resources.')]) this.guard(key);
    const { ADD, MODIFY, PREFIX } = TrackEvent;
    const follow = (key: string, events: number, listener: (key: string) => void): void => {
      const tracker = map.track(key, events, (change) => listener(change.key));
      if (tracker) this.trackers.push(tracker);
    };
    follow(TIMEOUT_KEY, MODIFY, () => this.readTimeout());
    follow('resources.', ADD | PREFIX, (key) => this.guard(key));
    const guarded = [...this.resources.values()].some((resource) => resource.guarded);
    if (!guarded) this.dependencies.logger.log('info', 'no resources configured.');
  }

  stop(): void {
    this.tickle.stop();
    for (const tracker of this.trackers) this.dependencies.map.untrack(tracker);
    this.trackers = [];
    for (const resource of this.resources.values()) resource.close();
    // A node that is to be restarted does not get away by leaving.
    if (this.well) this.dog?.close();
  }

  dump(): unknown {
    return { device: this.dog !== undefined, timeout: this.timeoutSeconds, well: this.well };
  }

  private openDevice(): void {
    const { map, logger, power } = this.dependencies;
    const device = map.string(DEVICE_KEY);
    if (device === undefined || device === '' || device === 'off') {
      logger.log(
        'info',
        `the watchdog is ${device === undefined ? 'not configured' : 'disabled by the configuration'}`,
      );
      return;
    }
    try {
      this.dog = power.open(device);
      logger.log('info', `watchdog ${device} is now kept alive by this daemon`);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      logger.log('warning', `watchdog ${device} cannot be used: ${why}. The node runs without it`);
    }
  }

  private readTimeout(): void {
    const { map, logger } = this.dependencies;
    const wanted = map.u32(TIMEOUT_KEY);
    if (wanted !== undefined && wanted >= LEAST_TIMEOUT_S && wanted <= MOST_TIMEOUT_S) {
      this.useTimeout(wanted);
      return;
    }
    if (map.get(TIMEOUT_KEY)) {
      const range = `${LEAST_TIMEOUT_S} to ${MOST_TIMEOUT_S}`;
      logger.log('warning', `${TIMEOUT_KEY} has to be ${range} seconds; ${this.timeoutSeconds} stays in use`);
    }
    this.useTimeout(this.timeoutSeconds);
    map.setNumber(TIMEOUT_KEY, ValueType.U32, this.timeoutSeconds);
  }

  private useTimeout(seconds: number): void {
    this.timeoutSeconds = seconds;
    const used = this.dog?.setTimeout(seconds) ?? seconds;
    if (used !== seconds) {
      this.dependencies.logger.log(
        'warning',
        `the watchdog acts after ${used} seconds, not ${seconds}: it cannot be changed`,
      );
    }
    this.tickleMs = (Math.min(used, seconds) * 1000) / 2;
    if (this.well) this.tickle.start(this.tickleMs);
  }

  private keepAlive(): void {
    if (!this.well) return;
    this.dog?.keepAlive();
    this.tickle.start(this.tickleMs);
  }

  private guard(key: string): void {
    if (!STATE_KEY.test(key)) return;
    const prefix = key.slice(0, -'state'.length);
    if (this.resources.has(prefix)) return;
    const { map, logger, clock, machine } = this.dependencies;
    const resource = new GuardedResource(prefix, {
      map,
      logger,
      clock,
      now: () => machine.monotonicNs(),
      failed: (recovery) => this.failed(recovery),
      gone: (gone) => this.resources.delete(gone),
    });
    this.resources.set(prefix, resource);
  }

  private failed(recovery: string): void {
    const { logger, power } = this.dependencies;
    if (recovery === 'reboot') power.restartMachine();
    else if (recovery === 'shutdown') power.powerOff();
    else if (recovery === 'watchdog' || recovery === 'quit') {
      this.well = false;
      this.tickle.stop();
      logger.log('alert', 'the watchdog is not kept alive any more: the machine is about to be restarted by it');
    }
  }
}

import type { Logger } from '../../base/logger.js';
import { messageOf } from '../../host/errors.js';
import type { NativeAddon } from '../../net/native.js';

/** The environment systemd gives; see sd_notify(3) and sd_watchdog_enabled(3). */
export interface NotifyEnvironment {
  readonly watchdogUsec?: string | undefined;
  readonly watchdogPid?: string | undefined;
  readonly pid: number;
  /** CLOCK_MONOTONIC in microseconds. */
  monotonicUsec(): bigint;
}

/** This process's. */
export function notifyEnvironment(): NotifyEnvironment {
  return {
    watchdogUsec: process.env['WATCHDOG_USEC'],
    watchdogPid: process.env['WATCHDOG_PID'],
    pid: process.pid,
    monotonicUsec: () => process.hrtime.bigint() / 1000n,
  };
}

/** Tells systemd how the daemon is: does nothing where the daemon was started otherwise. */
export class Systemd {
  private isReady = false;
  private failed = false;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(
    private readonly native: Pick<NativeAddon, 'sdNotify'>,
    private readonly environment: NotifyEnvironment,
    private readonly log: Logger,
  ) {
    const periodMs = this.watchdogPeriodMs();
    if (periodMs === undefined) return;
    // Sent by the loop that passes the token: if it hangs, so does the node.
    this.watchdog = setInterval(() => this.send('WATCHDOG=1'), periodMs);
    this.watchdog.unref();
  }

  /** The services of this node can be used, for the first time. */
  ready(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.send('READY=1');
  }

  /** One line for `systemctl status`. */
  status(text: string): void {
    this.send(`STATUS=${text.replaceAll('\n', ' ')}`);
  }

  /** The configuration is being read again; `reloaded` ends it. */
  reloading(): void {
    if (this.isReady) this.send(`RELOADING=1\nMONOTONIC_USEC=${this.environment.monotonicUsec()}`);
  }

  reloaded(): void {
    if (this.isReady) this.send('READY=1');
  }

  stopping(): void {
    clearInterval(this.watchdog);
    this.send('STOPPING=1');
  }

  private send(state: string): void {
    try {
      this.native.sdNotify(state);
      this.failed = false;
    } catch (error) {
      if (!this.failed) this.log.log('warning', `systemd cannot be told "${state}": ${messageOf(error)}`);
      this.failed = true;
    }
  }

  private watchdogPeriodMs(): number | undefined {
    const { watchdogUsec, watchdogPid, pid } = this.environment;
    const usec = Number(watchdogUsec);
    if (watchdogUsec === undefined || !(usec > 0)) return undefined;
    if (watchdogPid !== undefined && Number(watchdogPid) !== pid) return undefined;
    return usec / 2000;
  }
}

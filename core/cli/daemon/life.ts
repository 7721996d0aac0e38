import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../base/logger.js';
import { messageOf } from '../../host/errors.js';
import type { Logging } from '../../log/logging.js';
import { formatRingId } from '../../totem/ring.js';
import type { Configuration } from '../../totem/ring.js';
import type { Daemon, DaemonEnd } from '../compose.js';
import { DaemonExit } from './exit-codes.js';
import { stateLines } from './state-dump.js';
import type { Systemd } from './systemd.js';

/** Longest time a polite leave may take; then the process ends, and the others notice by their time-outs. */
const LEAVE_DEADLINE_MS = 5000;

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/** A running daemon as a process: its signals, what systemd is told, its end. */
export class DaemonLife {
  private readonly log: Logger;
  private readonly stopped: Promise<DaemonEnd>;
  private reloading: Promise<void> = Promise.resolve();

  /** @param stdin leave when it ends; missing: it means nothing */
  constructor(
    private readonly daemon: Daemon,
    private readonly logging: Logging,
    private readonly systemd: Systemd,
    stdin: Readable | undefined,
  ) {
    this.log = logging.loggerOf('MAIN');
    this.stopped = new Promise((resolve) => {
      for (const signal of STOP_SIGNALS) {
        process.on(signal, () => this.stop(`Node was shut down by a signal (${signal})`, resolve));
      }
      stdin?.resume().on('close', () => this.stop('Node was shut down: standard input has ended', resolve));
      process.on('uncaughtException', (error) => resolve(this.bug(error)));
      process.on('unhandledRejection', (error) => resolve(this.bug(error)));
    });
    process.on('SIGHUP', () => (this.reloading = this.reloading.then(() => this.reload())));
    process.on('SIGUSR2', () => this.dump());
    daemon.node.onConfiguration((configuration) => this.configured(configuration));
    daemon.node.onSynchronized(() => this.synchronized());
  }

  /** Resolves to the exit code when the daemon has ended, for whatever reason. */
  async end(): Promise<number> {
    const { exitCode, reason } = await Promise.race([this.daemon.ended, this.stopped]);
    this.systemd.stopping();
    for (const line of reason?.split('\n') ?? []) this.log.log('error', line);
    return exitCode;
  }

  private stop(why: string, ended: (end: DaemonEnd) => void): void {
    this.log.log('notice', why);
    this.systemd.stopping();
    void this.leave().then(ended);
  }

  private async leave(): Promise<DaemonEnd> {
    const late: DaemonEnd = {
      exitCode: DaemonExit.OK,
      reason: `Leaving took longer than ${LEAVE_DEADLINE_MS} ms; the other nodes will see a failure`,
    };
    const failed = (error: unknown): DaemonEnd => ({ exitCode: DaemonExit.FATAL, reason: messageOf(error) });
    const left = this.daemon.leave().then(() => this.daemon.ended, failed);
    return Promise.race([left, sleep(LEAVE_DEADLINE_MS, late, { ref: false })]);
  }

  /** Something was thrown that nothing expected: what this node holds may be wrong, so the others get no more of it. */
  private bug(error: unknown): DaemonEnd {
    this.daemon.node.crash();
    const trace = error instanceof Error ? error.stack : String(error);
    return { exitCode: DaemonExit.FATAL, reason: `bug, please report it: ${trace}` };
  }

  private async reload(): Promise<void> {
    this.systemd.reloading();
    try {
      await this.daemon.reload();
    } catch (error) {
      for (const line of messageOf(error).split('\n')) this.log.log('error', line);
      this.log.log('error', 'The configuration stays as it was: correct the file and reload again');
    }
    await this.logging.reopen();
    this.systemd.reloaded();
  }

  private dump(): void {
    for (const line of stateLines(this.daemon.node.dump())) this.log.log('notice', line);
  }

  private configured({ kind, ringId, members }: Configuration): void {
    if (kind === 'regular')
      this.systemd.status(`Synchronizing ring ${formatRingId(ringId)}, nodes ${members.join(' ')}`);
  }

  private synchronized(): void {
    const { ringId, members } = this.daemon.node.status;
    this.systemd.ready();
    this.systemd.status(`On ring ${ringId} with nodes ${members.join(' ')}`);
  }
}

import { CsError } from '../base/errors.js';
import type { FromSupervisor, Supervised, ToSupervisor } from './channel.js';

/** Health checks in one interval, so that a late one is not a failure. */
const CHECKS = 4;

/** Without the number that tells which call an answer belongs to. */
type Call = ToSupervisor extends infer T ? (T extends { call: number } ? Omit<T, 'call'> : never) : never;

/**
 * A supervised process, seen from within. Every call rejects with ERR_LIBRARY when the supervisor is gone.
 */
export class SamProcess {
  /** How often this program has been started: 1 the first time (instance_id of sam_register). */
  readonly instance: number;
  private readonly intervalMs: number;
  private stored: Uint8Array | undefined;
  private started = false;
  private calls = 0;
  private readonly open = new Map<number, { resolve(): void; reject(error: Error): void }>();
  private check: (() => boolean | Promise<boolean>) | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(private readonly supervised: Supervised) {
    this.instance = supervised.instance;
    this.intervalMs = supervised.intervalMs;
    this.stored = supervised.data === undefined ? undefined : new Uint8Array(Buffer.from(supervised.data, 'base64'));
    process.on('message', (message: FromSupervisor) => this.answered(message));
    process.on('disconnect', () => this.supervisorGone());
    // The channel alone keeps no process alive.
    process.channel?.unref();
  }

  /**
   * From now on heartbeats have to come (sam_start). With `quorum` it resolves when the node is quorate.
   * Rejects with ERR_BAD_HANDLE if it has started already.
   */
  async start(): Promise<void> {
    if (this.started) throw new CsError('ERR_BAD_HANDLE', 'it has started already: stop it first.');
    await this.call({ sam: 'start' });
    this.started = true;
    this.armCheck();
  }

  /** Heartbeats need not come until the next `start` (sam_stop). Rejects with ERR_BAD_HANDLE if it has not started. */
  async stop(): Promise<void> {
    this.needStart();
    this.disarmCheck();
    await this.call({ sam: 'stop' });
    this.started = false;
  }

  /** This process is well (sam_hc_send). At least once in each interval. Throws ERR_BAD_HANDLE if it has not started. */
  heartbeat(): void {
    this.needStart();
    send({ sam: 'heartbeat' });
  }

  /**
   * Sends the heartbeats by itself, as long as `healthy` says yes, about once an interval (sam_hc_callback_register).
   * Undefined: by hand again. Throws ERR_INVALID_PARAM if there is no interval.
   */
  onHealthCheck(healthy: (() => boolean | Promise<boolean>) | undefined): void {
    if (this.intervalMs === 0)
      throw new CsError('ERR_INVALID_PARAM', 'there is no interval to check in: give intervalMs.');
    this.disarmCheck();
    this.check = healthy;
    if (this.started) this.armCheck();
  }

  /**
   * It has failed and must not be started again (sam_mark_failed); it is killed. Needs `cmap`, where it is marked as
   * failed: rejects with ERR_INVALID_PARAM without.
   */
  async markFailed(): Promise<never> {
    if (!this.supervised.cmap)
      throw new CsError('ERR_INVALID_PARAM', 'failures are marked in cmap: register with cmap.');
    await this.call({ sam: 'failed' });
    return new Promise<never>(() => undefined);
  }

  /** Keeps data for the next instance (sam_data_store); undefined forgets them. */
  async storeData(data: Uint8Array | undefined): Promise<void> {
    const copy = data && new Uint8Array(data);
    await this.call({ sam: 'store', data: copy });
    this.stored = copy;
  }

  /** What this instance or one before has stored last; undefined if nothing (sam_data_restore). The caller's to keep. */
  restoreData(): Uint8Array | undefined {
    return this.stored && new Uint8Array(this.stored);
  }

  /** What is sent to this process when it is late, before it is killed (sam_warn_signal_set); SIGTERM at first. */
  async setWarnSignal(signal: NodeJS.Signals): Promise<void> {
    await this.call({ sam: 'warn signal', signal });
  }

  private needStart(): void {
    if (!this.started) throw new CsError('ERR_BAD_HANDLE', 'it has not started: call start().');
  }

  private call(call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const number = ++this.calls;
      this.open.set(number, { resolve, reject });
      // Until the answer is there the channel keeps the process.
      process.channel?.ref();
      try {
        send({ ...call, call: number } as ToSupervisor);
      } catch (error) {
        this.open.delete(number);
        reject(error as Error);
      }
    });
  }

  private answered(message: FromSupervisor): void {
    if (message?.sam !== 'answer') return;
    const call = this.open.get(message.call);
    this.open.delete(message.call);
    if (this.open.size === 0) process.channel?.unref();
    if (message.error) call?.reject(new CsError(message.error.code, message.error.advice));
    else call?.resolve();
  }

  private supervisorGone(): void {
    this.disarmCheck();
    for (const { reject } of this.open.values()) reject(supervisorGone());
    this.open.clear();
  }

  private armCheck(): void {
    if (!this.check) return;
    this.timer = setInterval(() => void this.checkHealth(), this.intervalMs / CHECKS);
  }

  private disarmCheck(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** A check that throws or says no is the end of the heartbeats. */
  private async checkHealth(): Promise<void> {
    let healthy = false;
    try {
      healthy = (await this.check?.()) ?? false;
    } catch {
      healthy = false;
    }
    if (!healthy) this.disarmCheck();
    else if (this.started && this.timer && process.connected) this.heartbeat();
  }
}

function send(message: ToSupervisor): void {
  if (!process.connected) throw supervisorGone();
  process.send!(message);
}

function supervisorGone(): CsError {
  return new CsError('ERR_LIBRARY', 'the supervisor is gone: end this process, and start the program again.');
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { LogIdentity } from './line.js';
import type { Sink } from './sink.js';

/** syslog's numbers of facilities. */
export const FACILITY_NUMBERS: Readonly<Record<string, number>> = {
  ...{
    kern: 0,
    user: 1,
    mail: 2,
    daemon: 3,
    auth: 4,
    syslog: 5,
    lpr: 6,
    news: 7,
    uucp: 8,
    cron: 9,
    authpriv: 10,
    ftp: 11,
  },
  ...{ local0: 16, local1: 17, local2: 18, local3: 19, local4: 20, local5: 21, local6: 22, local7: 23 },
};

/** Bytes of the longest line; logger's own limit of 1024 would cut long ones in pieces. */
const MAX_LINE_BYTES = 8192;
/** Pause before a logger that ended is started again. */
const RESTART_MS = 5000;
/** How long a logger may take to hand over its last lines. */
const CLOSE_MS = 2000;

type LoggerProcess = ChildProcessByStdio<Writable, null, Readable>;

/**
 * The system log. Node.js has no Unix datagram sockets, so lines go through `logger` of util-linux, which every
 * distribution has: one process for the life of the daemon, one line of its input a message, with the priority in
 * front (`<30>text`). It connects again when the system log is restarted.
 *
 * A host without system log is not asked again for every line: lines are lost until the socket is there.
 */
export class SyslogSink implements Sink {
  private logger: LoggerProcess | undefined;
  private nextStartMs = 0;
  private lastError = '';

  /**
   * @param socket the system log's socket
   * @param program the logger to run
   */
  constructor(
    private readonly identity: LogIdentity,
    private readonly socket = '/dev/log',
    private readonly program = 'logger',
  ) {}

  async write(lines: readonly string[]): Promise<void> {
    const logger = await this.running();
    await new Promise<void>((resolve, reject) => {
      logger.stdin.write(`${lines.join('\n')}\n`, (error) => (error ? reject(this.failure(error.message)) : resolve()));
    });
  }

  reopen(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    const logger = this.logger;
    this.logger = undefined;
    if (logger === undefined || logger.exitCode !== null) return;
    const ended = once(logger, 'close');
    logger.stdin.end();
    const killer = setTimeout(() => logger.kill('SIGKILL'), CLOSE_MS);
    await ended.catch(() => undefined);
    clearTimeout(killer);
  }

  private async running(): Promise<LoggerProcess> {
    if (this.logger !== undefined) return this.logger;
    const now = Date.now();
    if (now < this.nextStartMs) throw this.failure('');
    this.nextStartMs = now + RESTART_MS;
    await access(this.socket).catch(() => {
      throw this.failure(`there is no ${this.socket}`);
    });
    return this.start();
  }

  private async start(): Promise<LoggerProcess> {
    const { program, pid } = this.identity;
    const options = ['--prio-prefix', `--tag=${program}`, `--id=${pid}`, `--size=${MAX_LINE_BYTES}`];
    // A session of its own: Ctrl-C in a terminal is for the daemon, whose last lines still have to get through.
    const logger = spawn(this.program, [...options, '--socket', this.socket, '--socket-errors=on'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    let complaint = '';
    logger.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-500)));
    logger.stdin.on('error', () => undefined);
    logger.on('error', (error) => this.ended(logger, error.message));
    logger.on('close', (code, signal) => this.ended(logger, complaint.trim() || `it ended with ${code ?? signal}`));
    logger.unref();
    (logger.stderr as unknown as { unref(): void }).unref();
    (logger.stdin as unknown as { unref(): void }).unref();
    await once(logger, 'spawn').catch((error: Error) => {
      throw this.failure(error.message);
    });
    this.logger = logger;
    return logger;
  }

  private ended(logger: LoggerProcess, reason: string): void {
    this.lastError = reason;
    if (this.logger === logger) this.logger = undefined;
  }

  private failure(reason: string): Error {
    if (reason !== '') this.lastError = reason;
    return new Error(`the system log cannot be reached: ${this.lastError}; start one, or set "to_syslog: no"`);
  }
}

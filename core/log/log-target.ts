import { createLogger } from 'winston';
import Transport from 'winston-transport';
import { LineQueue } from './line-queue.js';
import { SEVERITIES } from '../base/logger.js';
import type { Logger as WinstonLogger } from 'winston';
import type { LogLine } from './line.js';
import type { Sink } from './sink.js';

/** Lines that may wait for one target; more are lost and counted. */
const QUEUE_LIMIT = 8192;
/** Lines handed over in one turn of the event loop, so that a burst of them does not hold up the ring. */
const LINES_A_TURN = 64;

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const levels = Object.fromEntries(SEVERITIES.map((severity, rank) => [severity, rank]));

/** What winston carries from a target's queue to its transport. */
interface Info {
  level: string;
  message: string;
  [LEVEL]: string;
  [MESSAGE]: string;
}

/** A winston transport that writes what has gathered in one call of its sink. */
class SinkTransport extends Transport {
  constructor(private readonly deliver: (lines: string[]) => Promise<void>) {
    super({ level: SEVERITIES[SEVERITIES.length - 1]! });
  }

  override log(info: Info, next: () => void): void {
    void this.deliver([info[MESSAGE]]).then(next);
  }

  override logv(writes: readonly { chunk: Info }[], next: () => void): void {
    void this.deliver(writes.map((write) => write.chunk[MESSAGE])).then(next);
  }
}

/**
 * One place lines go to. Whoever logs only puts a line in its queue; winston formats and writes it on later turns of the
 * event loop. Each target has a queue and a winston logger of its own, so that one that is stuck holds up no other.
 */
export class LogTarget {
  private readonly queue: LineQueue;
  private readonly winston: WinstonLogger;
  private scheduled = false;
  private blocked = false;
  /** Lines lost since the last report of it. */
  private unreported = 0;
  /** Lines taken and neither written nor lost yet. */
  private pending = 0;
  private waiting: (() => void)[] = [];
  /** Why the sink took no lines when it was last tried; undefined if it took them. */
  failure: string | undefined;
  /** Lines lost so far: the queue was full or the sink failed. */
  lost = 0;

  /**
   * @param format makes a line's text for this target
   * @param onFailure told once when writing begins to fail
   */
  constructor(
    private readonly sink: Sink,
    private readonly format: (line: LogLine) => string,
    private readonly onFailure: (error: Error) => void,
    queueLimit = QUEUE_LIMIT,
  ) {
    this.queue = new LineQueue(queueLimit);
    this.winston = createLogger({
      levels,
      level: SEVERITIES[SEVERITIES.length - 1]!,
      // The text is made when a line leaves the queue; what winston gets is finished.
      format: { transform: (info) => info },
      transports: [new SinkTransport((lines) => this.deliver(lines))],
    });
    this.winston.on('drain', () => {
      this.blocked = false;
      this.schedule();
    });
  }

  push(line: LogLine): void {
    if (this.unreported > 0 && this.failure === undefined) this.reportLost(line);
    if (this.enqueue(line)) return;
    this.lost++;
    this.unreported++;
  }

  /** Settles when every line taken so far is written or lost. */
  flush(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  reopen(): Promise<void> {
    return this.sink.reopen();
  }

  async close(): Promise<void> {
    await this.flush();
    this.winston.close();
    await this.sink.close();
  }

  private schedule(): void {
    if (this.scheduled || this.blocked) return;
    this.scheduled = true;
    setImmediate(() => this.drain());
  }

  private drain(): void {
    this.scheduled = false;
    for (let turn = 0; turn < LINES_A_TURN && !this.blocked; turn++) {
      const line = this.queue.shift();
      if (line === undefined) return;
      this.hand(line);
    }
    if (this.queue.length > 0) this.schedule();
  }

  /** Lost lines are reported once, where they are missing: before the first line there is room for again. */
  private reportLost(next: LogLine): void {
    const text = `${this.unreported} lines of this log were lost, because they could not be written as fast as they came`;
    const report = { ...next, rank: SEVERITIES.indexOf('warning'), subsystem: 'MAIN', text };
    if (this.enqueue(report)) this.unreported = 0;
  }

  private enqueue(line: LogLine): boolean {
    if (!this.queue.push(line)) return false;
    this.pending++;
    this.schedule();
    return true;
  }

  private hand(line: LogLine): void {
    const level = SEVERITIES[line.rank]!;
    const info: Info = { level, message: line.text, [LEVEL]: level, [MESSAGE]: this.format(line) };
    this.blocked = !this.winston.write(info);
  }

  private async deliver(lines: string[]): Promise<void> {
    try {
      await this.sink.write(lines);
      this.failure = undefined;
    } catch (error) {
      this.lost += lines.length;
      this.unreported += lines.length;
      if (this.failure === undefined) this.onFailure(error as Error);
      this.failure = (error as Error).message;
    }
    this.pending -= lines.length;
    if (this.pending > 0) return;
    for (const done of this.waiting.splice(0)) done();
  }
}

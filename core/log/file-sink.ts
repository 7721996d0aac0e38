import { close, open, openSync, write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Sink } from './sink.js';

const closeFile = promisify(close);
const openFile = promisify(open);
const writeFile = promisify(write);

/** Pause before trying again to write where a reader is slow. */
const RETRY_MS = 20;
const STDERR = 2;

/**
 * Writes through the thread pool, so that a slow disk or a reader that does not read never stops the ring:
 * `process.stderr` and its like write synchronously.
 */
abstract class DescriptorSink implements Sink {
  /** What is being done with the descriptor; the next thing waits for it. */
  private last: Promise<void> = Promise.resolve();

  constructor(protected descriptor: number) {}

  write(lines: readonly string[]): Promise<void> {
    return this.inTurn(() => this.writeAll(Buffer.from(`${lines.join('\n')}\n`)));
  }

  abstract reopen(): Promise<void>;
  abstract close(): Promise<void>;

  protected inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.last.then(action);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async writeAll(bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      try {
        const { bytesWritten } = await writeFile(this.descriptor, bytes, offset, bytes.length - offset, null);
        offset += bytesWritten;
      } catch (error) {
        // Somebody else may have made our standard error non-blocking: it is full for now, not gone.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await sleep(RETRY_MS);
      }
    }
  }
}

/** A log file; lines are appended. */
export class FileSink extends DescriptorSink {
  /** @throws the system's error if the file cannot be written */
  constructor(private readonly path: string) {
    super(openSync(path, 'a'));
  }

  override reopen(): Promise<void> {
    return this.inTurn(async () => {
      const old = this.descriptor;
      this.descriptor = await openFile(this.path, 'a');
      await closeFile(old);
    });
  }

  override close(): Promise<void> {
    return this.inTurn(() => closeFile(this.descriptor));
  }
}

/** Standard error. */
export class StderrSink extends DescriptorSink {
  constructor() {
    super(STDERR);
  }

  override reopen(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    return this.inTurn(() => Promise.resolve());
  }
}

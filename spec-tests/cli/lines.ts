import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const PATIENCE_MS = 60_000;
const SHOWN = 25;

/** The lines of a stream, with waiting for one that fits. */
export class Lines {
  readonly all: string[] = [];
  private ended = false;
  private watchers: (() => void)[] = [];

  constructor(stream: Readable) {
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      this.all.push(line);
      this.wake();
    });
    lines.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  get text(): string {
    return this.all.join('\n');
  }

  /** Lines from number `from` on. */
  since(from: number): string {
    return this.all.slice(from).join('\n');
  }

  /** The first line from number `from` on that fits; rejects with the last lines when none comes. */
  find(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        stop();
        reject(new Error(`${why} ${pattern}; the last lines:\n${this.all.slice(-SHOWN).join('\n')}`));
      };
      let next = from;
      const look = (): void => {
        for (; next < this.all.length; next++) {
          if (!pattern.test(this.all[next]!)) continue;
          stop();
          resolve(this.all[next]!);
          return;
        }
        if (this.ended) fail('the output ended without');
      };
      const timer = setTimeout(() => fail(`waited ${PATIENCE_MS} ms for`), PATIENCE_MS);
      const stop = (): void => {
        clearTimeout(timer);
        this.watchers = this.watchers.filter((watcher) => watcher !== look);
      };
      this.watchers.push(look);
      look();
    });
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

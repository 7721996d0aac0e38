const BAR_WIDTH = 30;
/** Time between two drawings of the bar, and between two lines where there is no terminal. */
const BAR_MS = 100;
const LINE_MS = 10_000;

/** How far it has come: a bar at the end of a terminal, else a line from time to time. Written to standard error. */
export class Progress {
  private readonly isTerminal = process.stderr.isTTY === true;
  private readonly began = performance.now();
  private last = this.began;
  private drawn = false;

  /** Shows it, not more often than makes sense; `share` from 0 to 1. */
  show(share: number, text: string): void {
    const now = performance.now();
    if (now - this.last < (this.isTerminal ? BAR_MS : LINE_MS)) return;
    this.last = now;
    if (!this.isTerminal) {
      process.stderr.write(`${text}\n`);
      return;
    }
    const filled = Math.round(BAR_WIDTH * Math.min(1, share));
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    process.stderr.write(`\r\x1b[K${bar} ${text}`);
    this.drawn = true;
  }

  /** Writes whole lines to standard output; the bar makes room. */
  print(text: string): void {
    this.clear();
    process.stdout.write(`${text}\n`);
  }

  clear(): void {
    if (this.drawn) process.stderr.write('\r\x1b[K');
    this.drawn = false;
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }
}

import type { WriteStream } from 'node:tty';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Terminals that know it show a frame only when it is whole. */
const FRAME_BEGINS = '\u001b[?2026h';
const FRAME_ENDS = '\u001b[?2026l';
const CLEAR = '\u001b[2J';
const CLEAR_LINE = '\u001b[K';

/** The part of a terminal that a screen needs. */
export type Terminal = Pick<WriteStream, 'write' | 'columns' | 'rows'>;

/**
 * Draws whole frames on a terminal's alternate screen: only lines that differ from the last frame are written, so that
 * nothing flickers.
 */
export class Screen {
  private shown: string[] = [];
  private active = false;

  constructor(private readonly terminal: Terminal) {}

  get width(): number {
    return this.terminal.columns || 80;
  }

  get height(): number {
    return this.terminal.rows || 24;
  }

  enter(): void {
    this.active = true;
    this.shown = [];
    this.terminal.write(`${ENTER}${CLEAR}`);
  }

  /** Shows these lines, cut to the size of the terminal. */
  draw(lines: readonly string[]): void {
    if (!this.active) return;
    const frame = Array.from({ length: this.height }, (_, row) => clip(lines[row] ?? '', this.width));
    const changes = frame.map((line, row) =>
      line === this.shown[row] ? '' : `\u001b[${row + 1};1H${line}${CLEAR_LINE}`,
    );
    this.shown = frame;
    const text = changes.join('');
    if (text !== '') this.terminal.write(`${FRAME_BEGINS}${text}${FRAME_ENDS}`);
  }

  /** What is on the terminal is not what was drawn: its size has changed, or something else wrote on it. */
  forget(): void {
    if (!this.active) return;
    this.shown = [];
    this.terminal.write(CLEAR);
  }

  /** Gives the terminal back as it was. Doing it twice is harmless. */
  leave(): void {
    if (!this.active) return;
    this.active = false;
    this.terminal.write(LEAVE);
  }
}

const RESET = '\u001b[0m';

/** The first `width` columns of a line; escape sequences take none. */
export function clip(line: string, width: number): string {
  let columns = 0;
  let styled = false;
  for (let i = 0; i < line.length;) {
    if (line[i] === '\u001b') {
      const end = line.indexOf('m', i);
      if (end === -1) return line.slice(0, i);
      styled = true;
      i = end + 1;
      continue;
    }
    if (columns === width) return `${line.slice(0, i)}${styled ? RESET : ''}`;
    columns++;
    i++;
  }
  return line;
}

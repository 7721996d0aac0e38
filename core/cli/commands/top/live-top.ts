import type { Overview } from '../../../ipc/overview.js';
import { Screen } from '../../demo/screen.js';
import type { CountOption, JsonOption } from '../options.js';
import type { DrawingTerminal, Surroundings } from '../surroundings.js';
import { ratesBetween } from './rates.js';
import type { Rates } from './rates.js';
import { problemOf } from './overview-source.js';
import type { OverviewSource } from './overview-source.js';
import { SORTS, topView } from './top-view.js';

export interface TopOptions extends JsonOption, CountOption {
  /** Seconds. */
  readonly delay: number;
}

const CTRL_C = '\u0003';
/** What + and - go through: seconds between two pictures. */
const DELAYS = [0.2, 0.5, 1, 2, 5, 10, 30] as const;

/** `chorale top` on a terminal: draws, and does what the keys say. */
export class LiveTop {
  private readonly screen: Screen;
  private overview: Overview | undefined;
  private rates: Rates | undefined;
  private problem: string | undefined;
  private paused = false;
  private help = false;
  private sort = 0;
  private delaySeconds: number;
  private shown = 0;
  private asking = false;
  private timer: NodeJS.Timeout | undefined;
  private quit: () => void = () => undefined;

  constructor(
    private readonly source: OverviewSource,
    private readonly options: TopOptions,
    private readonly here: Surroundings,
    private readonly terminal: DrawingTerminal,
  ) {
    this.screen = new Screen(terminal);
    this.delaySeconds = options.delay;
  }

  /** Resolves when the person quits, `stop` is aborted, or all pictures that were asked for are shown. */
  async run(first: Overview, stop: AbortSignal): Promise<void> {
    const { stdin } = this.here;
    process.on('exit', this.giveBack);
    stdin.setRawMode(true).resume();
    this.screen.enter();
    stdin.on('data', this.typed);
    this.terminal.on('resize', this.redraw);
    process.on('SIGCONT', this.resume);
    try {
      await new Promise<void>((resolve) => {
        this.quit = resolve;
        stdin.on('end', resolve);
        stop.addEventListener('abort', () => resolve(), { once: true });
        if (stop.aborted) resolve();
        this.take(first);
        this.schedule();
      });
    } finally {
      clearTimeout(this.timer);
      stdin.off('data', this.typed);
      this.terminal.off('resize', this.redraw);
      process.off('SIGCONT', this.resume);
      process.off('exit', this.giveBack);
      this.giveBack();
      stdin.pause();
    }
  }

  /** Whatever ends the process, the terminal is as it was. */
  private readonly giveBack = (): void => {
    this.screen.leave();
    this.here.stdin.setRawMode(false);
  };

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), this.delaySeconds * 1000);
  }

  private async ask(): Promise<void> {
    this.schedule();
    if (this.paused || this.asking) return;
    this.asking = true;
    try {
      this.take(await this.source.next());
    } catch (error) {
      this.problem = `${problemOf(error)}; trying again`;
      this.draw();
    } finally {
      this.asking = false;
    }
  }

  private take(overview: Overview): void {
    this.rates = ratesBetween(this.overview, overview);
    this.overview = overview;
    this.problem = undefined;
    this.draw();
    if (++this.shown === this.options.count) this.quit();
  }

  private readonly typed = (bytes: Buffer): void => {
    const text = bytes.toString();
    // Arrow keys and the like come as escape sequences, which mean nothing here.
    if (text.startsWith('\u001b')) return;
    for (const key of text) this.key(key);
    this.draw();
  };

  private key(key: string): void {
    if (key === 'q' || key === 'Q' || key === CTRL_C) this.quit();
    else if (key === 'p' || key === ' ') this.paused = !this.paused;
    else if (key === 's') this.sort = (this.sort + 1) % SORTS.length;
    else if (key === 'h' || key === '?') this.help = !this.help;
    else if (key === '+') this.changeDelay(DELAYS.filter((delay) => delay < this.delaySeconds).at(-1));
    else if (key === '-') this.changeDelay(DELAYS.find((delay) => delay > this.delaySeconds));
  }

  private changeDelay(seconds: number | undefined): void {
    if (seconds === undefined) return;
    this.delaySeconds = seconds;
    this.schedule();
  }

  private readonly redraw = (): void => {
    this.screen.forget();
    this.draw();
  };

  /** A shell that stopped and continued this process has reset the terminal. */
  private readonly resume = (): void => {
    this.here.stdin.setRawMode(true);
    this.screen.enter();
    this.draw();
  };

  private draw(): void {
    const { overview, rates, problem, paused, help, delaySeconds, screen } = this;
    const model = { overview, rates, problem, paused, help, delaySeconds, sort: SORTS[this.sort]! };
    screen.draw(topView(model, screen.width, screen.height, this.here.style));
  }
}

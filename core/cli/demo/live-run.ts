import type { Style } from '../commands/style.js';
import type { DemoCluster, Verdict } from './demo-cluster.js';
import type { EventLog } from './event-log.js';
import { addressOf } from './places.js';
import { Screen } from './screen.js';
import { view } from './view.js';

const FRAME_MS = 200;
/** What the key for the speed goes through: messages per second and node. */
const RATES: readonly number[] = [100, 500, 2000, 0, 10];
const MOST_EVENTS = 100;
const CTRL_C = '\u0003';

/** The demonstration for a person at a terminal, until they quit. */
export async function runLive(
  cluster: DemoCluster,
  options: { readonly rate: number },
  log: EventLog,
  style: Style,
  stop: AbortSignal,
): Promise<Verdict> {
  const screen = new Screen(process.stdout);
  const giveBack = (): void => {
    screen.leave();
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
  };
  // Whatever ends the process, a bug included, the terminal is as it was.
  process.on('exit', giveBack);
  process.stdin.setRawMode(true).resume();
  screen.enter();
  cluster.rate = options.rate;
  try {
    await new Controls(cluster, log, style, screen).run(stop);
  } finally {
    giveBack();
    process.off('exit', giveBack);
    process.stdin.pause();
  }
  process.stdout.write('the nodes leave ...\n');
  return cluster.judge();
}

/** Draws, and does what the keys say. */
class Controls {
  private leaving = false;
  private quit: () => void = () => undefined;

  constructor(
    private readonly cluster: DemoCluster,
    private readonly log: EventLog,
    private readonly style: Style,
    private readonly screen: Screen,
  ) {}

  /** Resolves when the person quits, or `stop` is aborted. */
  async run(stop: AbortSignal): Promise<void> {
    const { stdin, stdout } = process;
    const frames = setInterval(this.draw, FRAME_MS);
    stdin.on('data', this.typed);
    stdout.on('resize', this.redraw);
    process.on('SIGCONT', this.resume);
    try {
      await new Promise<void>((resolve) => {
        this.quit = resolve;
        stdin.on('end', resolve);
        stop.addEventListener('abort', () => resolve(), { once: true });
        if (stop.aborted) resolve();
        this.draw();
      });
    } finally {
      clearInterval(frames);
      stdin.off('data', this.typed);
      stdout.off('resize', this.redraw);
      process.off('SIGCONT', this.resume);
    }
  }

  private readonly typed = (bytes: Buffer): void => {
    const text = bytes.toString();
    // Arrow keys and the like come as escape sequences, which mean nothing here.
    if (text.startsWith('\u001b')) return;
    for (const key of text) this.key(key);
    this.draw();
  };

  private key(key: string): void {
    if (key === 'q' || key === 'Q' || key === CTRL_C) {
      this.quit();
    } else if (key >= '1' && key <= '3') {
      this.toggle(Number(key));
      this.leaving = false;
    } else {
      this.leaving = key === 't' && !this.leaving;
      if (key === 's') this.faster();
    }
  }

  private toggle(id: number): void {
    if (!this.cluster.node(id).runs) this.cluster.startAgain(id);
    else if (this.leaving) this.cluster.leave(id);
    else this.cluster.kill(id);
  }

  private faster(): void {
    const place = RATES.indexOf(this.cluster.rate);
    this.cluster.rate = RATES[(place + 1) % RATES.length]!;
  }

  private readonly redraw = (): void => {
    this.screen.forget();
    this.draw();
  };

  /** A shell that stopped and continued this process has reset the terminal. */
  private readonly resume = (): void => {
    process.stdin.setRawMode(true);
    this.screen.enter();
    this.draw();
  };

  private readonly draw = (): void => {
    const { cluster, screen } = this;
    const nodes = cluster.nodes.map(({ id, pid, life, status }) => {
      return { id, pid, life, status, address: addressOf(id), progress: cluster.check.progress(id) };
    });
    const { compared, faults } = cluster.check;
    const { elapsedMs, rate } = cluster;
    const model = {
      nodes,
      compared,
      faults,
      elapsedMs,
      rate,
      leaving: this.leaving,
      events: this.log.last(MOST_EVENTS),
    };
    screen.draw(view(model, screen.width, screen.height, this.style));
  };
}

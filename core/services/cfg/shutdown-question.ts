import type { Clock, Timer } from '../../base/clock.js';
import type { Client } from '../../host/service-engine.js';

/** Flags of a request to shut down, compared as whole numbers. */
export const ShutdownFlag = { REQUEST: 0, REGARDLESS: 1, IMMEDIATE: 2 } as const;

/** How a question ended: whether the node goes, and whether answers were still missing. Those count as refusals. */
export interface Outcome {
  readonly goes: boolean;
  readonly timedOut: boolean;
}

/** The question whether this node may shut down, put to the clients that follow cfg. One at a time. */
export class ShutdownQuestion {
  private readonly timer: Timer;
  private readonly open = new Set<Client>();
  private refusals = 0;
  /** Who asked; undefined when no question is open. */
  asker: Client | undefined;
  flags = 0;

  constructor(
    clock: Clock,
    private readonly decided: (asker: Client, outcome: Outcome) => void,
  ) {
    this.timer = clock.timer(() => this.decide(true));
  }

  ask(asker: Client, flags: number, asked: Iterable<Client>, timeoutMs: number): void {
    this.asker = asker;
    this.flags = flags;
    this.refusals = 0;
    this.open.clear();
    for (const client of asked) this.open.add(client);
    this.timer.start(timeoutMs);
    this.check();
  }

  /** One more is asked while the question is open. */
  alsoAsk(client: Client): void {
    this.open.add(client);
  }

  answer(client: Client, agrees: boolean): void {
    if (!this.open.delete(client)) return;
    if (!agrees) this.refusals++;
    this.check();
  }

  /** Who goes agrees; if the asker goes, the question is forgotten. */
  forget(client: Client): void {
    if (this.asker === client) {
      this.close();
      return;
    }
    this.answer(client, true);
  }

  close(): void {
    this.timer.stop();
    this.asker = undefined;
    this.open.clear();
  }

  private check(): void {
    if (this.asker && this.open.size === 0) this.decide(false);
  }

  private decide(timedOut: boolean): void {
    const { asker } = this;
    if (!asker) return;
    const agreed = this.refusals === 0 && !timedOut;
    this.close();
    this.decided(asker, { goes: agreed || this.flags === ShutdownFlag.REGARDLESS, timedOut });
  }
}

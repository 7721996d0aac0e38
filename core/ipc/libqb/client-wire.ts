import type { ClientConnection, Wire } from '../../base/client-connection.js';
import { CsError } from '../../base/errors.js';

/** Events taken in one go; then others get their turn. */
const EVENT_BATCH = 64;
/** How often it is looked whether the service takes requests again. libqb has no signal for it. */
const RETRY_MS = 1;

/** What there is of an event or response: nothing, or what cannot be one. */
export const NOTHING = undefined;
export const BROKEN = null;

/**
 * What connections over shared memory and over sockets have in common: a request that finds no room waits, and nothing is
 * taken behind it; events are taken in batches, and only as the listener takes them.
 */
export abstract class LibqbWire implements Wire {
  private held: { readonly message: Uint8Array; readonly answered: boolean } | undefined;
  private retry: NodeJS.Timeout | undefined;
  private paused = false;
  private turn: NodeJS.Immediate | undefined;
  protected closed = false;

  constructor(
    protected readonly connection: ClientConnection,
    readonly most: number,
  ) {}

  write(message: Uint8Array, answered: boolean): boolean {
    if (this.trySend(message)) {
      if (answered) this.awaitResponse();
      return true;
    }
    if (this.closed) return true;
    this.held = { message: message.slice(), answered };
    this.retry = setTimeout(this.again, RETRY_MS);
    return false;
  }

  pauseEvents(): void {
    this.paused = true;
  }

  resumeEvents(): void {
    this.paused = false;
    this.takeEventsSoon();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.retry);
    clearImmediate(this.turn);
    this.release();
  }

  /** False, and nothing is sent: the service takes nothing now. */
  protected abstract trySend(message: Uint8Array): boolean;
  /** A request has been sent: `responded` will be called. */
  protected abstract awaitResponse(): void;
  /** The next event, the listener's to keep; NOTHING, or BROKEN. */
  protected abstract takeEvent(): Uint8Array | typeof NOTHING | typeof BROKEN;
  /** Why the connection cannot go on, if it cannot. */
  protected abstract readonly fault: string | undefined;
  /** Gives everything back. */
  protected abstract release(): void;

  /** There may be events. */
  protected takeEvents(): void {
    for (let taken = 0; !this.paused && !this.closed; taken++) {
      if (taken === EVENT_BATCH) {
        this.takeEventsSoon();
        return;
      }
      const event = this.takeEvent();
      if (event === NOTHING) break;
      if (event === BROKEN) {
        this.broken('it sent an event that is none');
        return;
      }
      this.connection.occurred(event);
    }
    const { fault } = this;
    if (fault !== undefined) this.broken(fault);
  }

  /** The daemon is gone: what it said before is still told. */
  protected hungUp(): void {
    for (let event = this.takeEvent(); event; event = this.takeEvent()) this.connection.occurred(event);
    this.broken('it has ended the connection');
  }

  protected broken(why: string): void {
    this.connection.ended(new CsError('ERR_LIBRARY', `the daemon is not there any more (${why}): connect again.`));
  }

  private takeEventsSoon(): void {
    if (this.closed) return;
    clearImmediate(this.turn);
    this.turn = setImmediate(() => this.takeEvents());
  }

  private readonly again = (): void => {
    const { held } = this;
    if (!held || this.closed) return;
    if (!this.trySend(held.message)) {
      this.retry = setTimeout(this.again, RETRY_MS);
      return;
    }
    this.held = undefined;
    if (held.answered) this.awaitResponse();
    this.connection.drained();
  };
}

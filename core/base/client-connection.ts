import { CsError } from './errors.js';
import type { ServiceConnection } from './service-connection.js';

/** Bytes that may wait to be sent before `send` refuses more. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** What carries the bytes of a connection to the service. */
export interface Wire {
  /**
   * Takes one message, which has a response or not; copies what it keeps. False: it takes no more until
   * `ClientConnection.drained`. This one is taken.
   */
  write(message: Uint8Array, answered: boolean): boolean;
  /** Longest message it takes, in bytes; any if missing. */
  readonly most?: number;
  close(): void;
  /** Events may wait in the wire from now on; a wire that cannot hold them back leaves this out. */
  pauseEvents?(): void;
  resumeEvents?(): void;
}

interface Waiting {
  readonly message: Uint8Array;
  readonly resolve: ((response: Uint8Array) => void) | undefined;
  readonly reject: (reason: Error) => void;
}

/**
 * The part of a ServiceConnection that is the same over every wire: order, one request under way, back-pressure, and
 * what becomes of waiting callers at the end. The wire calls `responded`, `occurred`, `drained` and `ended`.
 */
export class ClientConnection implements ServiceConnection {
  private wire: Wire | undefined;
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private underWay: Waiting | undefined;
  private wireFull = false;
  private end: { reason: Error | undefined } | undefined;
  private readonly writableWaiters: { resolve: () => void; reject: (reason: Error) => void }[] = [];
  private eventListener: ((message: Uint8Array) => void) | undefined;
  private readonly earlyEvents: Uint8Array[] = [];
  private paused = false;
  private closeListener: ((reason?: Error) => void) | undefined;

  constructor(private readonly service: string) {}

  /** The wire is there; what was sent before goes out now. */
  attach(wire: Wire): void {
    this.wire = wire;
    this.pump();
  }

  request(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.end !== undefined) {
        reject(this.closedError());
        return;
      }
      const tooBig = this.tooBig(message);
      if (tooBig) reject(tooBig);
      else this.enqueue({ message, resolve, reject });
    });
  }

  send(message: Uint8Array): void {
    if (this.end !== undefined) throw this.closedError();
    const tooBig = this.tooBig(message);
    if (tooBig) throw tooBig;
    if (this.full) {
      throw new CsError('ERR_TRY_AGAIN', `too much waits to be sent to service ${this.service}; await writable()`);
    }
    if (this.waiting.length === 0 && this.underWay === undefined && !this.wireFull && this.wire !== undefined) {
      this.wireFull = !this.wire.write(message, false);
      return;
    }
    this.enqueue({ message: new Uint8Array(message), resolve: undefined, reject: () => undefined });
  }

  writable(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.end !== undefined) reject(this.closedError());
      else if (!this.full) resolve();
      else this.writableWaiters.push({ resolve, reject });
    });
  }

  onEvent(listener: (message: Uint8Array) => void): void {
    this.eventListener = listener;
    this.giveEarlyEvents();
  }

  pauseEvents(): void {
    if (this.paused) return;
    this.paused = true;
    this.wire?.pauseEvents?.();
  }

  resumeEvents(): void {
    if (!this.paused) return;
    this.paused = false;
    this.giveEarlyEvents();
    if (!this.isPaused) this.wire?.resumeEvents?.();
  }

  onClose(listener: (reason?: Error) => void): void {
    this.closeListener = listener;
  }

  close(): void {
    this.finish(undefined);
  }

  /** The response to the request under way has come; it is not shared with anybody. */
  responded(response: Uint8Array): void {
    const request = this.underWay;
    if (request === undefined) {
      this.ended(new CsError('ERR_MESSAGE_ERROR', `service ${this.service} answered without being asked; report this`));
      return;
    }
    this.underWay = undefined;
    request.resolve!(response);
    this.pump();
  }

  /** An event has come; it is not shared with anybody. */
  occurred(event: Uint8Array): void {
    if (this.eventListener === undefined || this.paused) this.earlyEvents.push(event);
    else this.eventListener(event);
  }

  /** The wire takes messages again. */
  drained(): void {
    this.wireFull = false;
    this.pump();
  }

  /** The other side, or what lies between, has ended the connection. */
  ended(reason: Error): void {
    this.paused = false;
    this.giveEarlyEvents();
    this.finish(reason);
  }

  /** A listener may pause again while it is given what waited. */
  private get isPaused(): boolean {
    return this.paused;
  }

  private giveEarlyEvents(): void {
    while (this.eventListener !== undefined && !this.paused && this.earlyEvents.length > 0) {
      this.eventListener(this.earlyEvents.shift()!);
    }
  }

  private get full(): boolean {
    return this.waitingBytes >= WAITING_BYTES;
  }

  private tooBig({ length }: Uint8Array): CsError | undefined {
    const most = this.wire?.most ?? Infinity;
    if (length <= most) return undefined;
    return new CsError(
      'ERR_TOO_BIG',
      `a message of ${length} bytes is longer than the ${most} that ${this.service} takes`,
    );
  }

  private enqueue(item: Waiting): void {
    this.waiting.push(item);
    this.waitingBytes += item.message.length;
    this.pump();
  }

  private pump(): void {
    let taken = 0;
    while (this.wire !== undefined && this.underWay === undefined && !this.wireFull && taken < this.waiting.length) {
      const item = this.waiting[taken++]!;
      this.waitingBytes -= item.message.length;
      if (item.resolve !== undefined) this.underWay = item;
      this.wireFull = !this.wire.write(item.message, item.resolve !== undefined);
    }
    this.waiting.splice(0, taken);
    if (!this.full) for (const waiter of this.writableWaiters.splice(0)) waiter.resolve();
  }

  private finish(reason: Error | undefined): void {
    if (this.end !== undefined) return;
    this.end = { reason };
    const error = this.closedError();
    this.underWay?.reject(error);
    this.underWay = undefined;
    for (const item of this.waiting.splice(0)) item.reject(error);
    for (const waiter of this.writableWaiters.splice(0)) waiter.reject(error);
    this.wire?.close();
    this.closeListener?.(reason);
  }

  private closedError(): Error {
    if (this.end?.reason instanceof CsError) return this.end.reason;
    const why = this.end?.reason === undefined ? 'was closed' : `ended: ${this.end.reason.message}`;
    return new CsError('ERR_LIBRARY', `the connection to service ${this.service} ${why}; connect again`);
  }
}

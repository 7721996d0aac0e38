import { CsError, CsErrorCode } from '../../core/base/errors.js';
import { MessageView } from '../../core/base/message-view.js';
import type { ServiceConnection } from '../../core/base/service-connection.js';
import type { Client, ServiceEngine, ServiceRing } from '../../core/host/service-engine.js';
import { response } from '../../core/services/packet.js';

/** Who a connection within the process is. */
export interface EngineIdentity {
  /** Unique among the engine's clients. */
  readonly id: number;
  readonly pid: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Bytes of messages that may wait for room on the ring before `send` pushes back. */
const WAITING_LIMIT = 1 << 20;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly settle?: { resolve(answer: Uint8Array): void; reject(error: Error): void };
}

/**
 * A client library's connection straight to an engine: requests go to its handlers and events to the listener in the same
 * call. It keeps the rules that a server keeps: one request at a time, and flow control of the requests that multicast.
 */
export class EngineConnection implements ServiceConnection {
  private readonly client: Client;
  private readonly queue: Waiting[] = [];
  private waitingBytes = 0;
  private underWay: Waiting | undefined;
  private working = false;
  private armed = false;
  private closed = false;
  private listener: ((message: Uint8Array) => void) | undefined;
  private readonly early: Uint8Array[] = [];
  private paused = false;
  private closeListener: ((reason?: Error) => void) | undefined;
  private closeReason: Error | undefined;
  private writers: { resolve(): void; reject(error: Error): void }[] = [];

  constructor(
    private readonly engine: ServiceEngine,
    private readonly ring: Pick<ServiceRing, 'canMulticast' | 'synchronizing' | 'whenRoom'>,
    identity: EngineIdentity,
  ) {
    this.client = {
      id: identity.id,
      pid: identity.pid,
      uid: identity.uid ?? 0,
      gid: identity.gid ?? 0,
      respond: (parts) => this.answered(concat(parts)),
      event: (parts) => this.deliver(concat(parts)),
    };
    engine.clientConnected?.(this.client);
  }

  request(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.closed) reject(ended());
      else this.enqueue({ bytes: message, settle: { resolve, reject } });
    });
  }

  send(message: Uint8Array): void {
    if (this.closed) throw ended();
    if (this.waitingBytes >= WAITING_LIMIT) {
      throw new CsError('ERR_TRY_AGAIN', 'the ring is full: await writable() and send the message again.');
    }
    this.enqueue({ bytes: message.slice() });
  }

  writable(): Promise<void> {
    if (this.closed) return Promise.reject(ended());
    if (this.waitingBytes < WAITING_LIMIT) return Promise.resolve();
    return new Promise((resolve, reject) => this.writers.push({ resolve, reject }));
  }

  onEvent(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
    this.deliverEarly();
  }

  pauseEvents(): void {
    this.paused = true;
  }

  resumeEvents(): void {
    this.paused = false;
    this.deliverEarly();
  }

  /** Events that wait on the service's side of the connection. */
  get held(): number {
    return this.early.length;
  }

  onClose(listener: (reason?: Error) => void): void {
    this.closeListener = listener;
    if (this.closed) listener(this.closeReason);
  }

  close(): void {
    this.end();
  }

  /** Ends the connection from the service's side: the node stops. */
  end(reason?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.closeReason = reason;
    this.engine.clientDisconnected?.(this.client);
    const error = reason ?? ended();
    this.underWay?.settle?.reject(error);
    for (const { settle } of this.queue.splice(0)) settle?.reject(error);
    for (const writer of this.writers.splice(0)) writer.reject(error);
    this.closeListener?.(reason);
  }

  private enqueue(message: Waiting): void {
    this.queue.push(message);
    this.waitingBytes += message.bytes.length;
    this.work();
  }

  /** Shows the engine what waits, until a request is under way or the ring has no room for what never has an answer. */
  private work(): void {
    if (this.working) return;
    this.working = true;
    this.showWaiting();
    this.working = false;
    if (this.waitingBytes < WAITING_LIMIT) for (const writer of this.writers.splice(0)) writer.resolve();
  }

  private showWaiting(): void {
    while (!this.closed && !this.underWay && this.queue.length > 0) {
      const next = this.queue[0]!;
      const id = new DataView(next.bytes.buffer, next.bytes.byteOffset, next.bytes.byteLength).getInt32(0, true);
      const unanswered = this.engine.unanswered?.has(id) ?? false;
      const open = !this.engine.flowControlled?.has(id) || this.open(next.bytes.length);
      if (!open && unanswered) {
        this.waitForRoom();
        return;
      }
      this.queue.shift();
      this.waitingBytes -= next.bytes.length;
      if (!unanswered) this.underWay = next;
      const handler = this.engine.requests?.[id];
      if (!open) this.answered(response(0, CsErrorCode.ERR_TRY_AGAIN).bytes);
      else if (!handler) this.answered(response(0, CsErrorCode.ERR_INVALID_PARAM).bytes);
      else handler(this.client, MessageView.over(next.bytes));
    }
  }

  private open(length: number): boolean {
    return !this.ring.synchronizing && this.ring.canMulticast(length);
  }

  private waitForRoom(): void {
    if (this.armed) return;
    this.armed = true;
    this.ring.whenRoom(() => {
      this.armed = false;
      this.work();
    });
  }

  private answered(answer: Uint8Array): void {
    const { underWay } = this;
    this.underWay = undefined;
    underWay?.settle?.resolve(answer);
    this.work();
  }

  private deliver(message: Uint8Array): void {
    if (this.closed) return;
    this.early.push(message);
    this.deliverEarly();
  }

  private deliverEarly(): void {
    while (this.listener && !this.paused && this.early.length > 0) {
      try {
        this.listener(this.early.shift()!);
      } catch (thrown) {
        this.end(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    }
  }
}

function ended(): CsError {
  return new CsError('ERR_LIBRARY', 'the connection has ended: connect again.');
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

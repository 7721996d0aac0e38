import { concat } from '../base/bytes.js';
import { ClientConnection } from '../base/client-connection.js';
import type { Wire } from '../base/client-connection.js';
import type { Clock, Timer } from '../base/clock.js';
import type { CsError } from '../base/errors.js';
import type { ServiceConnection } from '../base/service-connection.js';
import type { ClientChannel, ClientGate, ClientPort, Credentials } from './client-hub.js';

/** Requests that may wait in the wire before the connection holds them back. */
const WIRE_MESSAGES = 64;

/**
 * A connection to a service of a node in the same process: for tests, the simulator and programs that embed a node.
 * Requests are handled and events handed out on a turn of their own, never inside a call of the application or of an
 * engine. Throws a CsError when the service takes no clients now.
 */
export function connectLocally(
  gate: ClientGate,
  service: string,
  credentials: Credentials,
  clock: Clock,
): ServiceConnection {
  return new LocalWire(gate, service, credentials, clock).connection;
}

class LocalWire implements Wire, ClientChannel {
  readonly connection: ClientConnection;
  private readonly session: ClientPort;
  private readonly turn: Timer;
  private readonly requests: Uint8Array[] = [];
  private readonly answers: { message: Uint8Array; isEvent: boolean }[] = [];
  private held = false;
  private full = false;
  private reason: CsError | undefined;

  constructor(gate: ClientGate, service: string, credentials: Credentials, clock: Clock) {
    this.turn = clock.timer(() => this.work());
    this.connection = new ClientConnection(service);
    this.session = gate.open(service, credentials, this);
    this.connection.attach(this);
  }

  write(message: Uint8Array): boolean {
    this.requests.push(new Uint8Array(message));
    this.full = this.requests.length >= WIRE_MESSAGES;
    if (!this.held) this.turn.start(0);
    return !this.full;
  }

  close(): void {
    this.turn.stop();
    this.session.close();
  }

  respond(parts: readonly Uint8Array[]): void {
    this.queue(parts, false);
  }

  event(parts: readonly Uint8Array[]): void {
    this.queue(parts, true);
  }

  resume(): void {
    this.held = false;
    this.offer();
  }

  end(reason: CsError): void {
    this.reason = reason;
    this.turn.start(0);
  }

  private queue(parts: readonly Uint8Array[], isEvent: boolean): void {
    this.answers.push({ message: concat(parts), isEvent });
    this.turn.start(0);
  }

  private work(): void {
    if (!this.held) this.offer();
    for (const { message, isEvent } of this.answers.splice(0)) {
      if (isEvent) this.connection.occurred(message);
      else this.connection.responded(message);
    }
    if (this.reason !== undefined) this.connection.ended(this.reason);
  }

  private offer(): void {
    let done = 0;
    for (const bytes of this.requests) {
      const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.held = !this.session.request(bytes, data, 0, bytes.length);
      if (this.held) break;
      done++;
    }
    this.requests.splice(0, done);
    if (this.full && this.requests.length < WIRE_MESSAGES) {
      this.full = false;
      this.connection.drained();
    }
  }
}

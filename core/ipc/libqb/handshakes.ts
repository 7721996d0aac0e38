import type { Credentials } from '../../host/client-hub.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';
import { CONNECTION_REQUEST_BYTES, readConnectionRequest } from './handshake.js';

/** Connections that have not said what they want, at most: the oldest has to go then. */
const MOST = 256;
/** A client that has not said what it wants by then is cut off. */
const TIMEOUT_MS = 5_000;

const EAGAIN = -11;

interface Pending {
  readonly service: string;
  readonly since: number;
  readonly request: Uint8Array;
  got: number;
  credentials: Credentials | undefined;
}

/** What comes of what a new connection has sent. */
export type Greeting =
  | { readonly kind: 'wait' }
  | { readonly kind: 'close'; readonly why: string }
  | {
      readonly kind: 'request';
      readonly service: string;
      readonly maxMessage: number;
      readonly credentials: Credentials;
    };

const WAIT: Greeting = { kind: 'wait' };

/** New connections until each has sent its connection request (ipc.md 2, steps 4 to 6). Bounded in number and time. */
export class Handshakes {
  /** In the order of their arrival. */
  private readonly pending = new Map<number, Pending>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly poller: NativeIpcPoller,
    private readonly log: (text: string) => void,
  ) {}

  get count(): number {
    return this.pending.size;
  }

  has(socket: number): boolean {
    return this.pending.has(socket);
  }

  begin(socket: number, service: string): void {
    if (this.pending.size >= MOST) {
      this.giveUp(this.pending.keys().next().value!, `${MOST} others wait to be let in`);
    }
    const request = new Uint8Array(CONNECTION_REQUEST_BYTES);
    this.pending.set(socket, { service, since: performance.now(), request, got: 0, credentials: undefined });
    this.timer ??= setInterval(() => this.expire(), TIMEOUT_MS / 4);
  }

  /** Reads what has come; anything but `wait` ends the handshake, and the socket is the caller's. */
  read(socket: number): Greeting {
    const pending = this.pending.get(socket)!;
    while (pending.got < CONNECTION_REQUEST_BYTES) {
      const got = this.poller.receive(socket, pending.request.subarray(pending.got));
      if (got === EAGAIN) return WAIT;
      if (got <= 0) return this.finish(socket, { kind: 'close', why: 'it went away' });
      // The first bytes' sender is the client.
      const [known, pid, uid, gid] = this.poller.credentials;
      if (known === 1) pending.credentials ??= { pid: pid!, uid: uid! >>> 0, gid: gid! >>> 0 };
      pending.got += got;
    }
    const maxMessage = readConnectionRequest(pending.request);
    const { service, credentials } = pending;
    if (maxMessage === undefined || credentials === undefined) {
      return this.finish(socket, { kind: 'close', why: 'its first message is no connection request' });
    }
    return this.finish(socket, { kind: 'request', service, maxMessage, credentials });
  }

  /** Cuts off those who wait for a service that goes. */
  withdraw(service: string): void {
    for (const [socket, one] of this.pending) if (one.service === service) this.giveUp(socket);
  }

  close(): void {
    for (const socket of this.pending.keys()) this.giveUp(socket);
    clearInterval(this.timer);
  }

  private finish(socket: number, greeting: Greeting): Greeting {
    this.forget(socket);
    return greeting;
  }

  private forget(socket: number): void {
    this.pending.delete(socket);
    if (this.pending.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private giveUp(socket: number, why?: string): void {
    const { service } = this.pending.get(socket)!;
    if (why !== undefined) {
      this.poller.peerCredentials(socket);
      this.log(`process ${this.poller.credentials[1]!} connected to ${service} and sent no request: cut off, ${why}`);
    }
    this.forget(socket);
    this.poller.closeSocket(socket);
  }

  private expire(): void {
    const now = performance.now();
    for (const [socket, { since }] of this.pending) {
      if (now - since >= TIMEOUT_MS) this.giveUp(socket, `${TIMEOUT_MS / 1000} s are over`);
    }
  }
}

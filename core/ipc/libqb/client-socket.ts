import { rmdirSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { ClientConnection } from '../../base/client-connection.js';
import { CsError } from '../../base/errors.js';
import { loadNative } from '../../net/native.js';
import { IPC_READY } from '../../net/native-ipc.js';
import type { NativeSharedMemory } from '../../net/native-ipc.js';
import type { ClientPoller } from './client-poller.js';
import { isHungUp } from './client-poller.js';
import type { Offered } from './client-shm.js';
import { LibqbWire, NOTHING } from './client-wire.js';
import { FlowControl } from './layout.js';

const CONTROL_BYTES = 24;
/** Words of the control file: messages under way by direction, and the flow control value. */
const ControlWord = { REQUESTS: 0, FLOW_CONTROL: 1, RESPONSES: 2, EVENTS: 4 } as const;
const { EAGAIN, ENOBUFS, EMSGSIZE } = constants.errno;

/** The client's side of a connection over datagram sockets. */
export class SocketWire extends LibqbWire {
  protected fault: string | undefined;
  private readonly control: NativeSharedMemory;
  private readonly words: Int32Array;
  private readonly requests: number;
  private readonly events: number;
  private readonly buffer: Uint8Array;
  private awaiting = false;

  /** Throws the system's Error if its sockets cannot be made. */
  constructor(
    connection: ClientConnection,
    private readonly poller: ClientPoller,
    private readonly offered: Offered,
  ) {
    const { offer, socket } = offered;
    super(connection, offer.maxMessage);
    const { native } = poller;
    const addon = loadNative();
    this.buffer = new Uint8Array(offer.maxMessage);
    this.control = new addon.SharedMemory(offer.request, CONTROL_BYTES);
    this.words = new Int32Array(this.control.buffer);
    const bound: number[] = [];
    const bind = (own: string, peer: string): number => {
      const end = native.bindDatagram(`@${offer.response}-${own}`, offer.maxMessage);
      bound.push(end);
      const error = native.connectDatagram(end, `@${offer.response}-${peer}`);
      if (error !== 0) throw new Error(`its socket ${peer} cannot be reached (errno ${-error})`);
      return end;
    };
    try {
      this.requests = bind('response', 'request');
      this.events = bind('event', 'event-tx');
    } catch (error) {
      this.control.close();
      for (const end of bound) native.closeSocket(end);
      throw error;
    }
    poller.watch(socket, (ready) => {
      if (isHungUp(ready)) this.peerGone();
    });
    poller.watch(this.requests, (ready) => {
      if ((ready & IPC_READY.READABLE) !== 0) this.takeResponse();
    });
    poller.watch(this.events, (ready) => {
      if ((ready & IPC_READY.READABLE) !== 0) this.takeEvents();
    });
    native.attach(socket, {});
  }

  protected trySend(message: Uint8Array): boolean {
    if (Atomics.load(this.words, ControlWord.FLOW_CONTROL) !== FlowControl.OPEN) return false;
    const sent = this.poller.native.send(this.requests, message);
    if (sent === message.length) {
      Atomics.add(this.words, ControlWord.REQUESTS, 1);
      return true;
    }
    if (sent === -EAGAIN || sent === -ENOBUFS) return false;
    const why = `a message of ${message.length} bytes could not be sent (errno ${-sent})`;
    if (sent !== -EMSGSIZE) this.broken(why);
    else this.connection.ended(new CsError('ERR_TOO_BIG', `${why}: raise net.core.wmem_max, or use shm.`));
    return false;
  }

  protected awaitResponse(): void {
    this.awaiting = true;
    this.takeResponse();
  }

  protected takeEvent(): Uint8Array | typeof NOTHING {
    return this.receive(this.events, ControlWord.EVENTS);
  }

  protected release(): void {
    for (const socket of [this.requests, this.events, this.offered.socket]) this.poller.close(socket);
    this.control.close();
    // As libqb's clients do; the server removes it too.
    for (const remove of [
      () => unlinkSync(this.offered.offer.request),
      () => rmdirSync(dirname(this.offered.offer.request)),
    ]) {
      try {
        remove();
      } catch {
        // It is gone already, or the server still has something in it.
      }
    }
  }

  private takeResponse(): void {
    if (!this.awaiting || this.closed) return;
    const response = this.receive(this.requests, ControlWord.RESPONSES);
    if (response === NOTHING) return;
    this.awaiting = false;
    this.connection.responded(response);
  }

  private receive(socket: number, counter: number): Uint8Array | undefined {
    const length = this.poller.native.receive(socket, this.buffer);
    if (length < 0) return NOTHING;
    Atomics.sub(this.words, counter, 1);
    return this.buffer.slice(0, Math.min(length, this.buffer.length));
  }

  private peerGone(): void {
    if (!this.closed) this.hungUp();
  }
}

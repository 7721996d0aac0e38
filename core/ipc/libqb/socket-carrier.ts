import { unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { NativeAddon } from '../../net/native.js';
import type { NativeIpcPoller, NativeSharedMemory } from '../../net/native-ipc.js';
import { BAD_MESSAGE, NO_MESSAGE } from './carrier.js';
import type { Carrier, CarrierOptions, Scratch } from './carrier.js';
import { ConnectionType } from './handshake.js';
import type { ConnectionResponse } from './handshake.js';

/** Three records of the control file: messages under way, and (of the requests) the flow control value. */
const CONTROL_BYTES = 24;
const ControlWord = { REQUESTS: 0, FLOW_CONTROL: 1, RESPONSES: 2, EVENTS: 4 } as const;
/** What `send` says when it may be tried again, also because the client has not made its end yet. */
const { EAGAIN, ENOBUFS, ECONNREFUSED } = constants.errno;
const LATER: ReadonlySet<number> = new Set([EAGAIN, ENOBUFS, ECONNREFUSED]);

/** One direction's socket; it is connected to the client's at the first send. */
class DatagramEnd {
  readonly socket: number;
  private connected = false;

  constructor(
    private readonly poller: NativeIpcPoller,
    own: string,
    private readonly peer: string,
    buffer: number,
  ) {
    this.socket = poller.bindDatagram(`@${own}`, buffer);
  }

  /** True, a text that says why never, or false: later. */
  send(message: Uint8Array): boolean | string {
    if (!this.connected) {
      const error = -this.poller.connectDatagram(this.socket, `@${this.peer}`);
      if (error !== 0) return LATER.has(error) ? false : `its socket cannot be reached (errno ${error})`;
      this.connected = true;
    }
    const sent = this.poller.send(this.socket, message);
    if (sent === message.length) return true;
    if (LATER.has(-sent)) return false;
    return `a message of ${message.length} bytes could not be sent (errno ${-sent}): raise net.core.wmem_max, or use shm`;
  }
}

/** A connection over datagram sockets (ipc.md 8), the server's side. Long messages need a large net.core.wmem_max. */
export class SocketCarrier implements Carrier {
  readonly offer: ConnectionResponse;
  fault: string | undefined;
  more = false;
  readonly offset = 0;
  readonly shared = false;
  /** The sockets that the poller tells of. */
  readonly sockets: readonly number[];
  /** Of the request shown: its length, and its copy if it waits. */
  private length = 0;
  private kept: Scratch | undefined;
  private readonly control: NativeSharedMemory;
  private readonly words: Int32Array;
  private readonly path: string;
  private readonly requests: DatagramEnd;
  private readonly events: DatagramEnd;

  constructor(
    private readonly native: NativeAddon,
    private readonly poller: NativeIpcPoller,
    private readonly options: CarrierOptions,
  ) {
    const { directory, service, maxMessage, uid, gid } = options;
    const base = join(directory, `qb-${service}`);
    this.path = join(directory, `qb-control-${service}`);
    this.control = new native.SharedMemory(this.path, CONTROL_BYTES, { create: true, uid, gid });
    this.words = new Int32Array(this.control.buffer);
    try {
      this.requests = new DatagramEnd(poller, `${base}-request`, `${base}-response`, maxMessage);
    } catch (error) {
      this.control.close();
      throw error;
    }
    try {
      this.events = new DatagramEnd(poller, `${base}-event-tx`, `${base}-event`, maxMessage);
    } catch (error) {
      this.control.close();
      poller.closeSocket(this.requests.socket);
      throw error;
    }
    poller.passCredentials(this.requests.socket, true);
    this.sockets = [this.requests.socket, this.events.socket];
    this.offer = {
      error: 0,
      type: ConnectionType.SOCKET,
      maxMessage,
      request: this.path,
      response: base,
      event: '',
    };
  }

  /** The stream socket only tells of the client's end. */
  attach(): void {
    this.poller.attach(this.options.socket, {});
  }

  next(): number {
    const { scratch, maxMessage, uid } = this.options;
    for (;;) {
      const got = this.poller.receive(this.requests.socket, scratch.bytes);
      this.more = got >= 0;
      if (got < 0) return NO_MESSAGE;
      // Anybody on this machine who knows the name may send a datagram to it: only the client's count.
      const [known, , from] = this.poller.credentials;
      if (known !== 1 || from! >>> 0 !== uid) continue;
      Atomics.sub(this.words, ControlWord.REQUESTS, 1);
      this.length = Math.min(got, maxMessage);
      return got > maxMessage ? BAD_MESSAGE : got;
    }
  }

  get bytes(): Uint8Array {
    return (this.kept ?? this.options.scratch).bytes;
  }

  get data(): DataView {
    return (this.kept ?? this.options.scratch).data;
  }

  /** Others' requests come to the scratch memory meanwhile. */
  keep(): void {
    const bytes = this.options.scratch.bytes.slice(0, this.length);
    this.kept = { bytes, data: new DataView(bytes.buffer) };
  }

  done(): void {
    this.kept = undefined;
  }

  postpone(): void {
    this.more = true;
  }

  respond(parts: readonly Uint8Array[]): boolean {
    return this.send(this.requests, ControlWord.RESPONSES, parts);
  }

  event(parts: readonly Uint8Array[]): boolean {
    return this.send(this.events, ControlWord.EVENTS, parts);
  }

  setFlowControl(value: number): void {
    Atomics.store(this.words, ControlWord.FLOW_CONTROL, value);
  }

  close(): void {
    for (const socket of this.sockets) this.poller.closeSocket(socket);
    try {
      unlinkSync(this.path);
    } catch {
      // The client removes it too.
    }
    this.control.close();
  }

  private send(end: DatagramEnd, counter: number, parts: readonly Uint8Array[]): boolean {
    const sent = end.send(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    if (typeof sent === 'string') {
      this.fault = sent;
      return false;
    }
    if (sent) Atomics.add(this.words, counter, 1);
    if (this.native.sharedMemoryFaults[this.control.place] !== 0) this.fault = 'it made the control file shorter';
    return sent;
  }
}

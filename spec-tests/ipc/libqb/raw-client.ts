import { requestMessage } from '../../../core/base/client-message.js';
import {
  CONNECTION_RESPONSE_BYTES,
  readConnectionResponse,
  writeConnectionRequest,
} from '../../../core/ipc/libqb/handshake.js';
import type { ConnectionResponse } from '../../../core/ipc/libqb/handshake.js';
import { RingReader, RingWriter } from '../../../core/ipc/libqb/ring.js';
import { RingFiles } from '../../../core/ipc/libqb/ring-files.js';
import { loadNative } from '../../../core/net/native.js';
import { IPC_READY, READY_FIELDS } from '../../../core/net/native-ipc.js';
import type { NativeIpcPoller } from '../../../core/net/native-ipc.js';

const native = loadNative();

/**
 * A client that speaks libqb's protocol by hand, so that it can also break it. It looks at its rings when it is asked to,
 * and never by itself.
 */
export class RawClient {
  readonly poller: NativeIpcPoller;
  hungUp = false;
  answer: ConnectionResponse | undefined;
  requests!: RingFiles;
  responses!: RingFiles;
  events!: RingFiles;
  private writer!: RingWriter;
  private responseReader!: RingReader;
  private eventReader!: RingReader;
  private readonly greeting = new Uint8Array(CONNECTION_RESPONSE_BYTES);
  private got = 0;
  private closed = false;
  private notify: () => void = () => undefined;
  readonly socket: number;

  private constructor(name: string) {
    this.poller = new native.IpcPoller((count) => {
      for (let i = 0; i < count; i++) {
        if ((this.poller.ready[i * READY_FIELDS + 1]! & IPC_READY.HUNG_UP) !== 0) this.hungUp = true;
      }
      if (this.answer === undefined) this.hear();
      this.notify();
    });
    this.poller.start();
    try {
      this.socket = this.poller.connect(name);
    } catch (error) {
      this.poller.close();
      throw error;
    }
  }

  /** Only the socket: nothing is said yet. */
  static silent(name: string): RawClient {
    return new RawClient(name);
  }

  static async connect(name: string, maxMessage = 1048576): Promise<RawClient> {
    const client = new RawClient(name);
    client.poller.send(client.socket, writeConnectionRequest(maxMessage));
    await client.until('an answer', () => client.answer !== undefined || client.hungUp);
    const { answer } = client;
    if (answer === undefined || answer.error !== 0) return client;
    if (answer.type === 0) return client;
    client.requests = RingFiles.open(native, answer.request, answer.maxMessage, true);
    client.responses = RingFiles.open(native, answer.response, answer.maxMessage, false);
    client.events = RingFiles.open(native, answer.event, answer.maxMessage, false);
    client.writer = new RingWriter(client.requests);
    client.responseReader = new RingReader(client.responses);
    client.eventReader = new RingReader(client.events);
    client.poller.attach(client.socket, { loud: client.requests.semaphore });
    return client;
  }

  /** Waits for something that happens in this process or at the socket. */
  async until(what: string, holds: () => boolean, patienceMs = 60_000): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`waited for ${what}`);
      await new Promise<void>((resolve) => {
        this.notify = resolve;
        setTimeout(resolve, 2);
      });
    }
  }

  /** Puts a request in the ring without ringing; false: no room. */
  put(request: Uint8Array): boolean {
    return this.writer.write([request]);
  }

  /** The same, in parts, and without garbage. */
  putParts(parts: readonly Uint8Array[]): boolean {
    return this.writer.write(parts);
  }

  /** Takes all events that are there unseen; returns how many, without garbage. */
  skipEvents(): number {
    const reader = this.eventReader;
    let count = 0;
    for (; reader.tryWait(); count++) {
      if (reader.peek(1048576) < 0) throw new Error('the server left no complete chunk');
      reader.reclaim();
    }
    return count;
  }

  ring(times = 1): void {
    this.poller.bells.set([this.socket, 0, times]);
    this.poller.ring(1);
  }

  send(id: number, body?: Uint8Array): boolean {
    if (!this.put(requestMessage(id, body))) return false;
    this.ring();
    return true;
  }

  takeResponse(): Uint8Array | undefined {
    return take(this.responseReader);
  }

  takeEvent(): Uint8Array | undefined {
    return take(this.eventReader);
  }

  async response(): Promise<Uint8Array> {
    let message: Uint8Array | undefined;
    await this.until('a response', () => (message = this.takeResponse()) !== undefined || this.hungUp);
    if (message === undefined) throw new Error('hung up');
    return message;
  }

  async event(): Promise<Uint8Array> {
    let message: Uint8Array | undefined;
    await this.until('an event', () => (message = this.takeEvent()) !== undefined || this.hungUp);
    if (message === undefined) throw new Error('hung up');
    return message;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.poller.close();
    for (const files of [this.requests, this.responses, this.events]) files?.close();
  }

  private hear(): void {
    while (this.got < CONNECTION_RESPONSE_BYTES) {
      const got = this.poller.receive(this.socket, this.greeting.subarray(this.got));
      if (got <= 0) return;
      this.got += got;
    }
    this.answer = readConnectionResponse(this.greeting);
  }
}

function take(reader: RingReader): Uint8Array | undefined {
  if (!reader.tryWait()) return undefined;
  const length = reader.peek(1048576);
  if (length < 0) throw new Error('the server left no complete chunk');
  const message = reader.bytes.slice(reader.offset, reader.offset + length);
  reader.reclaim();
  return message;
}

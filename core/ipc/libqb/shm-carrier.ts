import { join } from 'node:path';
import type { NativeAddon } from '../../net/native.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';
import { Bell } from './bells.js';
import type { Bells } from './bells.js';
import { BAD_MESSAGE, NO_MESSAGE } from './carrier.js';
import type { Carrier, CarrierOptions } from './carrier.js';
import { ConnectionType } from './handshake.js';
import type { ConnectionResponse } from './handshake.js';
import { BAD_CHUNK, RingReader, RingWriter } from './ring.js';
import { RingFiles } from './ring-files.js';

/** A connection over three rings in shared memory (ipc.md 3, 4), the server's side. */
export class ShmCarrier implements Carrier {
  readonly offer: ConnectionResponse;
  readonly shared = true;
  private readonly requests: RingFiles;
  private readonly responses: RingFiles;
  private readonly events: RingFiles;
  private readonly reader: RingReader;
  private readonly responder: RingWriter;
  private readonly eventer: RingWriter;
  private readonly bell: Bell;
  private readonly maxMessage: number;

  /** Throws the system's Error; what was made is the directory's owner's to remove. */
  constructor(
    native: NativeAddon,
    private readonly poller: NativeIpcPoller,
    private readonly bells: Bells,
    options: CarrierOptions,
  ) {
    const { directory, service, maxMessage, uid, gid } = options;
    const made: RingFiles[] = [];
    const create = (kind: string): RingFiles => {
      const files = RingFiles.create(native, join(directory, `qb-${kind}-${service}`), maxMessage, uid, gid);
      made.push(files);
      return files;
    };
    try {
      this.requests = create('request');
      this.responses = create('response');
      this.events = create('event');
    } catch (error) {
      for (const files of made) files.close();
      throw error;
    }
    this.reader = new RingReader(this.requests);
    this.responder = new RingWriter(this.responses);
    this.eventer = new RingWriter(this.events);
    this.bell = new Bell(options.socket);
    this.maxMessage = maxMessage;
    this.offer = {
      error: 0,
      type: ConnectionType.SHM,
      maxMessage,
      request: join(directory, `qb-request-${service}`),
      response: join(directory, `qb-response-${service}`),
      event: join(directory, `qb-event-${service}`),
    };
  }

  attach(): void {
    this.poller.attach(this.bell.socket, {
      loud: this.events.semaphore,
      quiet: this.responses.semaphore,
      watched: this.requests.semaphore,
    });
  }

  next(): number {
    const { reader } = this;
    if (!reader.tryWait()) return NO_MESSAGE;
    return reader.peek(this.maxMessage) === BAD_CHUNK ? BAD_MESSAGE : reader.length;
  }

  get bytes(): Uint8Array {
    return this.reader.bytes;
  }

  get data(): DataView {
    return this.reader.data;
  }

  get offset(): number {
    return this.reader.offset;
  }

  keep(): void {
    // The chunk stays where it is.
  }

  done(): void {
    this.reader.reclaim();
  }

  get more(): boolean {
    return this.reader.waiting > 0;
  }

  postpone(): void {
    // The semaphore still tells.
  }

  respond(parts: readonly Uint8Array[]): boolean {
    if (!this.responder.write(parts)) return false;
    this.bells.quiet(this.bell);
    return true;
  }

  event(parts: readonly Uint8Array[]): boolean {
    if (!this.eventer.write(parts)) return false;
    this.bells.loud(this.bell);
    return true;
  }

  setFlowControl(value: number): void {
    this.requests.flowControl = value;
  }

  get fault(): string | undefined {
    if (this.responder.broken || this.eventer.broken) return 'its read pointer is outside the ring';
    const cut = this.requests.faulted || this.responses.faulted || this.events.faulted;
    return cut ? 'it made a file of the connection shorter' : undefined;
  }

  close(): void {
    // What was said before the end is still to be heard.
    this.bells.ring();
    this.responses.close();
    this.events.close();
    this.requests.close();
  }
}

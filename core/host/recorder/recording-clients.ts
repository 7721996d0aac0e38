import type { CsError } from '../../base/errors.js';
import type { ClientChannel, ClientGate, ClientPort, Credentials } from '../client-hub.js';
import { ClientDigest } from './client-digest.js';
import type { FlightRecorder } from './flight-recorder.js';
import { Tag } from './format.js';

/** Stands between clients and the node: connections, requests and ends are recorded, what clients get is digested. */
export class RecordingClients implements ClientGate {
  private connections = 0;

  constructor(
    private readonly gate: ClientGate,
    private readonly recorder: FlightRecorder,
  ) {}

  open(service: string, credentials: Credentials, channel: ClientChannel): ClientPort {
    const { recorder, gate } = this;
    const number = this.connections++;
    const digest = recorder.outside.has(service) ? undefined : new ClientDigest(recorder.digest);
    const recording = new RecordingChannel(channel, recorder, digest, number);
    const fields = (): void => {
      recorder.text(service);
      recorder.number(credentials.pid >>> 0);
      recorder.number(credentials.uid >>> 0);
      recorder.number(credentials.gid >>> 0);
    };
    return recorder.input(Tag.OPEN, fields, () => {
      try {
        const port = gate.open(service, credentials, recording);
        digest?.letIn(number);
        return digest === undefined
          ? new OutsidePort(port, recorder, number)
          : new RecordingPort(port, recorder, digest, number);
      } catch (error) {
        digest?.refused(number);
        throw error;
      }
    });
  }
}

/** A connection to a service of the program around the node: what is asked there is no input, what comes of it may be. */
class OutsidePort implements ClientPort {
  constructor(
    protected readonly port: ClientPort,
    protected readonly recorder: FlightRecorder,
    protected readonly number: number,
  ) {}

  get service(): { readonly name: string } {
    return this.port.service;
  }

  get pid(): number {
    return this.port.pid;
  }

  request(bytes: Uint8Array, data: DataView, offset: number, length: number, shared?: boolean): boolean {
    return this.port.request(bytes, data, offset, length, shared);
  }

  close(): void {
    const fields = (): void => this.recorder.number(this.number);
    this.recorder.input(Tag.CLOSE, fields, () => this.port.close());
  }
}

class RecordingPort extends OutsidePort {
  private waiting = false;
  /** What is recorded of a request in shared memory, and handled: the client could change what it was copied from. */
  private copy: Uint8Array | undefined;

  constructor(
    port: ClientPort,
    recorder: FlightRecorder,
    private readonly digest: ClientDigest,
    number: number,
  ) {
    super(port, recorder, number);
  }

  override request(bytes: Uint8Array, data: DataView, offset: number, length: number, shared = false): boolean {
    const { recorder } = this;
    if (shared && (recorder.on || this.copy !== undefined)) {
      if (!this.waiting) this.copy = Uint8Array.prototype.slice.call(bytes, offset, offset + length);
      const copy = this.copy!;
      const done = this.request(copy, new DataView(copy.buffer), 0, length);
      if (done) this.copy = undefined;
      return done;
    }
    recorder.begin(this.waiting ? Tag.REQUEST_AGAIN : Tag.REQUEST);
    try {
      if (recorder.on) {
        recorder.number(this.number);
        if (!this.waiting) recorder.field(bytes, offset, length);
      }
      const done = this.port.request(bytes, data, offset, length, shared);
      this.waiting = !done;
      if (!done && recorder.on) this.digest.held(this.number);
      return done;
    } finally {
      recorder.end();
    }
  }
}

class RecordingChannel implements ClientChannel {
  constructor(
    private readonly channel: ClientChannel,
    private readonly recorder: FlightRecorder,
    private readonly digest: ClientDigest | undefined,
    private readonly number: number,
  ) {}

  respond(parts: readonly Uint8Array[]): void {
    if (this.recorder.on) this.digest?.responded(this.number, parts);
    this.channel.respond(parts);
  }

  event(parts: readonly Uint8Array[]): void {
    if (this.recorder.on) this.digest?.event(this.number, parts);
    this.channel.event(parts);
  }

  /** The channel offers requests at once. */
  resume(): void {
    this.recorder.out(() => this.channel.resume());
  }

  end(reason: CsError): void {
    if (this.recorder.on) this.digest?.ended(this.number, reason.code);
    this.channel.end(reason);
  }
}

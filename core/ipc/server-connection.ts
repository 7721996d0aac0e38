import type { Socket } from 'node:net';
import { responseMessage } from '../base/client-message.js';
import { concat } from '../base/bytes.js';
import { CsError, CsErrorCode } from '../base/errors.js';
import type { ClientChannel, ClientGate, ClientPort } from '../host/client-hub.js';
import { BadFrame, FrameKind, FrameReader, FrameWriter, HELLO_BYTES, PROTOCOL_VERSION } from './frames.js';

/** A client that has not said what it wants by then is cut off. */
const HELLO_TIMEOUT_MS = 5_000;
/** A client that has been told goodbye and does not close its end is cut off after this. */
const GOODBYE_TIMEOUT_MS = 1_000;

export interface ServerConnectionOptions {
  readonly hub: ClientGate;
  /** Bytes that may wait for a client that does not read them; one more and it is cut off. */
  readonly queueBytes: number;
  readonly log: (text: string) => void;
  /** Called once at the end. */
  readonly closed: () => void;
}

/** The server's end of one client's socket. It never waits for the client: what it cannot take is the client's end. */
export class ServerConnection implements ClientChannel {
  private readonly reader = new FrameReader();
  private readonly writer: FrameWriter;
  private readonly helloTimer: NodeJS.Timeout;
  private session: ClientPort | undefined;
  private held = false;
  private ending = false;
  /** What the service sends before the client is let in, which goes out after the welcome. */
  private early: [FrameKind, Uint8Array][] | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly options: ServerConnectionOptions,
  ) {
    this.writer = new FrameWriter({ write: (block, written) => void socket.write(block, written) });
    this.helloTimer = setTimeout(
      () => this.refuse('ERR_TIMEOUT', 'no hello came; use the client library'),
      HELLO_TIMEOUT_MS,
    );
    socket.on('data', (chunk) => {
      this.reader.push(chunk);
      this.serve();
    });
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('close', () => this.closed());
  }

  respond(parts: readonly Uint8Array[]): void {
    this.queue(FrameKind.RESPONSE, parts);
  }

  event(parts: readonly Uint8Array[]): void {
    this.queue(FrameKind.EVENT, parts);
  }

  resume(): void {
    this.held = false;
    this.socket.resume();
    this.serve();
  }

  end(reason: CsError): void {
    if (this.ending) return;
    this.ending = true;
    this.writer.add(FrameKind.GOODBYE, [refusal(reason)]);
    this.writer.flush();
    this.socket.end();
    setTimeout(() => this.socket.destroy(), GOODBYE_TIMEOUT_MS).unref();
  }

  private queue(kind: FrameKind, parts: readonly Uint8Array[]): void {
    if (this.ending) return;
    if (this.early !== undefined) {
      this.early.push([kind, concat(parts)]);
      return;
    }
    this.writer.add(kind, parts);
    if (this.writer.queued > this.options.queueBytes) {
      this.ending = true;
      const { session } = this;
      this.options.log(
        `client ${session?.pid ?? '?'} of service ${session?.service.name ?? '?'} does not read its messages: ` +
          `${this.writer.queued} bytes wait, it is disconnected`,
      );
      this.socket.destroy();
    }
  }

  /** Handles every request that is here. */
  private serve(): void {
    try {
      while (!this.ending && !this.held && this.reader.peek()) this.handle();
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      this.refuse('ERR_MESSAGE_ERROR', `${error.message}; use the client library`);
    }
  }

  private handle(): void {
    const { reader, session } = this;
    if (session === undefined) {
      this.hello();
      reader.next();
      return;
    }
    if (reader.kind !== FrameKind.REQUEST)
      throw new BadFrame(`a frame of kind ${reader.kind} came where a request belongs`);
    if (session.request(reader.bytes, reader.data, reader.offset, reader.length)) {
      reader.next();
      return;
    }
    this.held = true;
    this.socket.pause();
  }

  private hello(): void {
    const { kind, data, offset, length, bytes } = this.reader;
    if (kind !== FrameKind.HELLO || length < HELLO_BYTES) throw new BadFrame('the first frame is no hello');
    clearTimeout(this.helloTimer);
    const version = data.getUint32(offset + 16, true);
    if (version !== PROTOCOL_VERSION) {
      this.refuse(
        'ERR_VERSION',
        `this daemon speaks version ${PROTOCOL_VERSION}, not ${version}; match their versions`,
      );
      return;
    }
    const pid = data.getUint32(offset + 20, true);
    const service = Buffer.from(bytes.buffer, bytes.byteOffset + offset + HELLO_BYTES, length - HELLO_BYTES).toString();
    // Whoever could open the socket is the daemon's own user (see server.ts), so the ids are the daemon's.
    const credentials = { pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    this.early = [];
    try {
      this.session = this.options.hub.open(service, credentials, this);
    } catch (error) {
      if (!(error instanceof CsError)) throw error;
      this.end(error);
      return;
    }
    this.writer.add(FrameKind.WELCOME, [responseMessage(-1)]);
    const { early } = this;
    this.early = undefined;
    for (const [kindOfFrame, message] of early) this.queue(kindOfFrame, [message]);
  }

  private refuse(code: 'ERR_TIMEOUT' | 'ERR_VERSION' | 'ERR_MESSAGE_ERROR', advice: string): void {
    this.end(new CsError(code, advice));
  }

  private closed(): void {
    this.ending = true;
    clearTimeout(this.helloTimer);
    this.session?.close();
    this.options.closed();
  }
}

/** A goodbye: response header with the error, then the advice. */
function refusal(reason: CsError): Uint8Array {
  const code = reason.code === CsErrorCode.OK ? CsErrorCode.ERR_LIBRARY : reason.code;
  return responseMessage(-1, Buffer.from(reason.message.replace(/^CS_\w+: /, '')), code);
}

import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { ClientConnection } from '../base/client-connection.js';
import type { Wire } from '../base/client-connection.js';
import { RESPONSE_HEADER_BYTES, requestMessage } from '../base/client-message.js';
import { CsError } from '../base/errors.js';
import type { ServiceConnection } from '../base/service-connection.js';
import { BadFrame, FrameKind, FrameReader, FrameWriter, PROTOCOL_VERSION } from './frames.js';
import { socketPath } from './socket-path.js';

/** Bytes on their way to the daemon before the connection holds more back. */
const IN_FLIGHT_BYTES = 1024 * 1024;

export interface ConnectOptions {
  /** Of the daemon's socket; see `socketPath`. */
  readonly path?: string;
  /** How long the daemon may take to answer; 5 s if not given. */
  readonly timeoutMs?: number;
}

/**
 * Connects to a service of the daemon on this host. Rejects with a CsError: CS_ERR_LIBRARY when no daemon listens there,
 * CS_ERR_ACCESS when it belongs to somebody else, CS_ERR_TRY_AGAIN when the node is not on a ring yet,
 * CS_ERR_NOT_SUPPORTED when it does not have the service, CS_ERR_TIMEOUT when it does not answer.
 */
export function connect(service: string, options: ConnectOptions = {}): Promise<ServiceConnection> {
  const path = options.path ?? socketPath();
  const timeoutMs = options.timeoutMs ?? 5_000;
  return new Promise((resolve, reject) => {
    const wire: SocketWire = new SocketWire(connectSocket(path), service, {
      welcomed: () => {
        clearTimeout(timer);
        resolve(wire.connection);
      },
      failed: (error) => {
        clearTimeout(timer);
        reject(error instanceof CsError ? error : connectError(path, error));
      },
    });
    const timer = setTimeout(() => {
      wire.abandon();
      reject(new CsError('ERR_TIMEOUT', `the daemon at ${path} did not answer within ${timeoutMs} ms; see its log`));
    }, timeoutMs);
  });
}

interface Outcome {
  welcomed(): void;
  failed(error: Error): void;
}

class SocketWire implements Wire {
  readonly connection: ClientConnection;
  private readonly reader = new FrameReader();
  private readonly writer: FrameWriter;
  private welcome = false;
  private full = false;

  constructor(
    private readonly socket: Socket,
    service: string,
    private readonly outcome: Outcome,
  ) {
    this.connection = new ClientConnection(service);
    this.writer = new FrameWriter({
      write: (block, written) => {
        socket.write(block, () => {
          written();
          if (this.full && this.writer.queued <= IN_FLIGHT_BYTES / 2) {
            this.full = false;
            this.connection.drained();
          }
        });
      },
    });
    socket.on('connect', () => this.writer.add(FrameKind.HELLO, [hello(service)]));
    socket.on('data', (chunk) => this.arrived(chunk));
    socket.on('error', (error) => this.ended(error));
    socket.on('close', () =>
      this.ended(
        new CsError('ERR_LIBRARY', `the daemon has closed the connection to service ${service}; connect again`),
      ),
    );
  }

  write(message: Uint8Array): boolean {
    this.writer.add(FrameKind.REQUEST, [message]);
    this.full = this.writer.queued > IN_FLIGHT_BYTES;
    return !this.full;
  }

  close(): void {
    this.writer.flush();
    this.socket.destroySoon();
  }

  /** Ends it without sending what waits. */
  abandon(): void {
    this.socket.destroy();
  }

  private arrived(chunk: Uint8Array): void {
    const { reader } = this;
    reader.push(chunk);
    try {
      while (reader.peek()) {
        const message = reader.copy();
        const { kind } = reader;
        reader.next();
        this.frame(kind, message);
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      this.ended(new CsError('ERR_MESSAGE_ERROR', `the daemon sent no frame: ${error.message}; match the versions`));
      this.socket.destroy();
    }
  }

  private frame(kind: number, message: Uint8Array): void {
    if (kind === FrameKind.RESPONSE) this.connection.responded(message);
    else if (kind === FrameKind.EVENT) this.connection.occurred(message);
    else if (kind === FrameKind.GOODBYE) this.ended(goodbye(message));
    else if (kind === FrameKind.WELCOME && !this.welcome) {
      this.welcome = true;
      this.connection.attach(this);
      this.outcome.welcomed();
    } else throw new BadFrame(`kind ${kind}`);
  }

  private ended(error: Error): void {
    if (this.welcome) this.connection.ended(error);
    else {
      this.outcome.failed(error);
      this.socket.destroy();
    }
  }
}

function hello(service: string): Uint8Array {
  const name = Buffer.from(service);
  const body = Buffer.alloc(8 + name.length);
  body.writeUInt32LE(PROTOCOL_VERSION, 0);
  body.writeUInt32LE(process.pid, 4);
  body.set(name, 8);
  return requestMessage(-1, body);
}

function goodbye(message: Uint8Array): CsError {
  if (message.length < RESPONSE_HEADER_BYTES) throw new BadFrame('the goodbye is too short');
  const code = new DataView(message.buffer, message.byteOffset, message.byteLength).getInt32(16, true);
  return new CsError(code, Buffer.from(message.subarray(RESPONSE_HEADER_BYTES)).toString());
}

function connectError(path: string, error: Error): CsError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new CsError('ERR_ACCESS', `the daemon at ${path} belongs to another user: connect as that user or as root`);
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new CsError('ERR_LIBRARY', `no daemon listens at ${path}: start choraled, or name another socket`);
  }
  return new CsError('ERR_LIBRARY', `cannot connect to ${path}: ${error.message}`);
}

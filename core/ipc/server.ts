import { chmodSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Logger } from '../base/logger.js';
import type { ClientGate } from '../host/client-hub.js';
import { ServerConnection } from './server-connection.js';
import { prepareDirectory } from './socket-path.js';

export interface IpcServerOptions {
  /** Of the Unix socket. */
  readonly path: string;
  readonly hub: ClientGate;
  readonly log: Logger;
  /** Bytes that may wait for one client; 64 MiB if not given. */
  readonly queueBytes?: number;
  /** Most clients at a time; 1024 if not given. */
  readonly maxClients?: number;
}

/** What a fast ring delivers in about a second: a client may pause for as long as a garbage collection takes. */
const QUEUE_BYTES = 64 * 1024 * 1024;
const MAX_CLIENTS = 1024;

/**
 * Where the client programs of this host connect: a Unix stream socket, one connection a client and service.
 *
 * Who may connect is decided by the file system alone: the socket has mode 0600 and its directory, where the server made
 * it, 0700, so only the daemon's own user and root get in.
 */
export class IpcServer {
  private readonly server: Server;
  private readonly connections = new Set<ServerConnection>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly options: IpcServerOptions) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
  }

  /** Listens. Rejects with an Error that says what to do, also when another daemon has the socket. */
  static async listen(options: IpcServerOptions): Promise<IpcServer> {
    prepareDirectory(options.path);
    const ipc = new IpcServer(options);
    try {
      await ipc.bind();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cannotListen(options.path, error as Error);
      if (await answers(options.path)) {
        throw new Error(
          `another daemon listens at ${options.path}: stop it, or give this one an instance name of its own.`,
          { cause: error },
        );
      }
      unlinkSync(options.path);
      await ipc.bind();
    }
    return ipc;
  }

  /** How many clients are connected. */
  get clientCount(): number {
    return this.connections.size;
  }

  /** Stops listening and cuts off who is still connected. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private bind(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      // The socket exists when listen returns; nobody else gets a moment at it.
      const mask = process.umask(0o177);
      try {
        this.server.listen(this.options.path, () => {
          this.server.off('error', reject);
          this.server.on('error', (error) => this.options.log.log('error', `clients' socket: ${error.message}`));
          resolve();
        });
        if (this.server.listening) chmodSync(this.options.path, 0o600);
      } finally {
        process.umask(mask);
      }
    });
  }

  private accept(socket: Socket): void {
    if (this.connections.size >= (this.options.maxClients ?? MAX_CLIENTS)) {
      this.options.log.log(
        'warning',
        `a client was turned away: ${this.connections.size} are connected, the most allowed`,
      );
      socket.destroy();
      return;
    }
    const connection: ServerConnection = new ServerConnection(socket, {
      hub: this.options.hub,
      queueBytes: this.options.queueBytes ?? QUEUE_BYTES,
      log: (text) => this.options.log.log('warning', text),
      closed: () => {
        this.connections.delete(connection);
        this.sockets.delete(socket);
      },
    });
    this.connections.add(connection);
    this.sockets.add(socket);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function cannotListen(path: string, error: Error): Error {
  return new Error(
    `clients cannot be served at ${path}: ${error.message}. Set CHORALE_RUN_DIR to a directory that this user can write to.`,
    { cause: error },
  );
}

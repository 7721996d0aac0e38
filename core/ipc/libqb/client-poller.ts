import { loadNative } from '../../net/native.js';
import { IPC_READY, READY_FIELDS } from '../../net/native-ipc.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';

/** What a socket of a client's connection is told: IPC_READY bits. */
export type SocketListener = (ready: number) => void;

/**
 * The one poller of all connections of this process to daemons. It runs, and keeps the process alive, while there is a
 * connection.
 */
class ClientPoller {
  readonly native: NativeIpcPoller;
  private readonly listeners = new Map<number, SocketListener>();

  constructor(private readonly idle: () => void) {
    const addon = loadNative();
    this.native = new addon.IpcPoller((count) => this.wake(count));
    this.native.start();
  }

  watch(socket: number, listener: SocketListener): void {
    this.listeners.set(socket, listener);
  }

  /** Closes the socket; the poller with the last. */
  close(socket: number): void {
    if (!this.listeners.delete(socket)) return;
    this.native.closeSocket(socket);
    if (this.listeners.size === 0) {
      this.idle();
      this.native.close();
    }
  }

  /** Nobody has come to watch after all. */
  closeIfIdle(): void {
    if (this.listeners.size > 0) return;
    this.idle();
    this.native.close();
  }

  private wake(count: number): void {
    const { ready } = this.native;
    // A listener may make connections and end them: what it changes concerns later wake-ups.
    const told: [SocketListener, number][] = [];
    for (let i = 0; i < count; i++) {
      const listener = this.listeners.get(ready[i * READY_FIELDS]!);
      if (listener) told.push([listener, ready[i * READY_FIELDS + 1]!]);
    }
    for (const [listener, bits] of told) listener(bits);
  }
}

let shared: ClientPoller | undefined;

/** The poller, made when it is needed. Throws an Error if the native addon is not built. */
export function clientPoller(): ClientPoller {
  shared ??= new ClientPoller(() => (shared = undefined));
  return shared;
}
export type { ClientPoller };

export const isHungUp = (ready: number): boolean => (ready & IPC_READY.HUNG_UP) !== 0;

import { loadNative } from '../../net/native.js';
import { IPC_READY, READY_FIELDS } from '../../net/native-ipc.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';
import { Bells } from './bells.js';

/** What a socket of a client's connection is told: IPC_READY bits. */
export type SocketListener = (ready: number) => void;

/**
 * The one poller of all connections of this process to daemons. It runs, and keeps the process alive, while there is a
 * connection.
 */
class ClientPoller {
  readonly native: NativeIpcPoller;
  /** Of all connections of this process: daemons are woken once for what a turn has sent. */
  readonly bells: Bells;
  private readonly listeners = new Map<number, SocketListener>();

  constructor(private readonly idle: () => void) {
    const addon = loadNative();
    this.native = new addon.IpcPoller((count) => this.wake(count));
    this.native.start();
    this.bells = new Bells(this.native);
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
    // A listener may make connections and end them: who came meanwhile is told later, who went is told nothing.
    const told = Array.from({ length: count }, (_, i) => {
      const socket = ready[i * READY_FIELDS]!;
      return [socket, this.listeners.get(socket), ready[i * READY_FIELDS + 1]!] as const;
    });
    for (const [socket, listener, bits] of told) {
      if (listener && this.listeners.get(socket) === listener) listener(bits);
    }
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

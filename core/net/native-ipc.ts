/** Where a semaphore is: a process-shared `sem_t` of the C library, 32 bytes. */
export interface SemaphorePlace {
  readonly memory: NativeSharedMemory;
  /** Bytes from the memory's start, a multiple of 8. */
  readonly offset: number;
}

/**
 * A mapped file that another process may write, and shorten, at any time. A touch behind the end of a shortened file finds
 * zeros and is counted in `NativeAddon.sharedMemoryFaults`. System errors are Errors with `code`, `errno` and `syscall`.
 */
export interface NativeSharedMemory {
  /** The mapped bytes; those of a file mapped `twice` come two times, one behind the other. Detached by `close`. */
  readonly buffer: ArrayBuffer;
  /** Its place in `sharedMemoryFaults`; another mapping may get the place after `close`. */
  readonly place: number;
  close(): void;
  /** `offset`: see `SemaphorePlace`. The value is in the 32 bits at `offset`: Atomics may look at it and take from it. */
  initSemaphore(offset: number): void;
  postSemaphore(offset: number, times?: number): void;
  tryWaitSemaphore(offset: number): boolean;
  semaphoreValue(offset: number): number;
}

/** How a file is mapped. */
export interface SharedMemoryOptions {
  /** Makes the file, which must not exist, with mode 0600 and all its blocks; else it must exist and be long enough. */
  readonly create?: boolean;
  /** Owner of a file that is made; the process's own if missing. Failing to give it away matters to root only. */
  readonly uid?: number;
  readonly gid?: number;
  /** Two times, one behind the other; the length must be whole pages. */
  readonly twice?: boolean;
}

/** Fields of one entry of `NativeIpcPoller.ready`, in order: socket, IPC_READY bits. */
export const READY_FIELDS = 2;
/** Fields of one entry of `NativeIpcPoller.bells`, in order: socket, posts of `quiet`, posts of `loud` with a byte each. */
export const BELL_FIELDS = 3;

/** What a wake-up tells of a socket. */
export const IPC_READY = {
  /** There is something to read; of a listening socket, to accept; of an attached stream, `watched` is above 0. */
  READABLE: 1,
  /** The peer is gone, or has stopped sending. */
  HUNG_UP: 2,
  /** The unit asked for with `awaitSemaphore` has been taken. */
  WAITED: 4,
  /** A `send` that found no room may be tried again. */
  WRITABLE: 8,
} as const;

/** What `accept` returns besides a socket. */
export const ACCEPT_NONE = -1;
export const ACCEPT_TURNED_AWAY = -2;

/** The semaphores of an attached stream socket. */
export interface SocketSemaphores {
  /** Posted by a bell, together with one byte on the socket for each post. */
  readonly loud?: SemaphorePlace;
  /** Posted by a bell, without a byte. */
  readonly quiet?: SemaphorePlace;
  /** Read before JavaScript is woken for bytes: at 0 it is not. */
  readonly watched?: SemaphorePlace;
  /** What `awaitSemaphore` waits for. */
  readonly awaited?: SemaphorePlace;
}

/**
 * Unix sockets polled together. A socket is a number, which is not given to another one before the next wake-up. A name
 * is a path if it begins with '/', else abstract (the whole address, 110 bytes; an '@' in front is no part of it). Readiness is told once (edge-triggered):
 * receive until -EAGAIN. Set-up throws Errors with `code`, `errno` and `syscall`; what is part of a connection's life is
 * a negative errno number. The arrays are shared with native code for the life of the object.
 */
export interface NativeIpcPoller {
  /** What a call of `onReady(count)` is about: READY_FIELDS numbers an entry. */
  readonly ready: Int32Array;
  /** What `ring(count)` is about: BELL_FIELDS numbers an entry. */
  readonly bells: Int32Array;
  /** Who sent what `receive` returned or is at the other end: 1 if known, pid, uid, gid (as signed numbers). */
  readonly credentials: Int32Array;
  start(): void;
  /** Closes all sockets. */
  close(): void;
  /** `mode`: of a path's file. Accepted sockets, too, ask for credentials (SO_PASSCRED). */
  listen(name: string, backlog?: number, mode?: number): number;
  /** A socket, ACCEPT_NONE, or ACCEPT_TURNED_AWAY when descriptors have run out. */
  accept(listening: number): number;
  connect(name: string): number;
  /** `buffer`: wished bytes of both buffers. */
  bindDatagram(name: string, buffer?: number): number;
  /** 0 or a negative errno. */
  connectDatagram(socket: number, name: string): number;
  /** Bytes sent, or a negative errno; after -EAGAIN WRITABLE is told. */
  send(socket: number, bytes: Uint8Array): number;
  /** Bytes received (of a datagram: its whole length, even if more than there was room for), 0 at the end, or a negative errno. */
  receive(socket: number, bytes: Uint8Array): number;
  passCredentials(socket: number, on: boolean): void;
  /** SO_PEERCRED, into `credentials`. */
  peerCredentials(socket: number): void;
  /** The system's number of the socket. */
  descriptor(socket: number): number;
  /** From now on bytes on the socket only mean "look": they are dropped. What is there already is told again. Once. */
  attach(socket: number, semaphores: SocketSemaphores): void;
  /** Waits for one unit of `awaited` in a thread; then WAITED is told. One at a time. */
  awaitSemaphore(socket: number): void;
  closeSocket(socket: number): void;
  /** Posts and sends for the first `count` bells. Bytes that the peer has no room for follow by themselves. */
  ring(count: number): void;
}

/** What the native addon has for programs that talk to each other on one machine. */
export interface NativeIpc {
  readonly SharedMemory: new (path: string, bytes: number, options?: SharedMemoryOptions) => NativeSharedMemory;
  readonly IpcPoller: new (onReady: (count: number) => void) => NativeIpcPoller;
  /** By `NativeSharedMemory.place`: how often the mapping was touched where its file has no bytes any more. */
  readonly sharedMemoryFaults: Int32Array;
}

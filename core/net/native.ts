import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { FrameBuffers } from './frame-memory.js';
import type { NativeIpc } from './native-ipc.js';

/** What a socket is read for: `data` before `token` within one wake-up; a `send` socket is not read. */
export type SocketRole = 'data' | 'token' | 'send';

/** How a socket is opened. Addresses are numeric; sizes are bytes. */
export interface NativeSocketOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly role: SocketRole;
  readonly reuseAddress?: boolean;
  readonly broadcast?: boolean;
  /** SO_PRIORITY. */
  readonly priority?: number;
  readonly receiveBuffer?: number;
  readonly sendBuffer?: number;
  /** A link-local `address` without a scope id gets the one of the interface that has this address. */
  readonly scopeOf?: string;
  /** Longest datagram that may leave in a burst segmented by the kernel (GSO); 0 sends each by itself. */
  readonly segmentMost?: number;
  /** The kernel may hand over a burst of one sender in one piece (GRO); it is taken apart here. */
  readonly coalesce?: boolean;
}

/** A bound socket: its number, its port, and what the system granted: buffer sizes, and whether it coalesces. */
export interface NativeSocket {
  readonly socket: number;
  readonly port: number;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly coalesces: boolean;
}

/** Where frames can be sent; its place in the list is its number. */
export interface NativeDestination {
  readonly address: string;
  readonly port: number;
  /** Whether a frame for ALL_DESTINATIONS goes here. */
  readonly inAll: boolean;
  readonly scopeOf?: string;
}

/** Fields of one entry of `NativeUdpEndpoints.transmit`, in order: frame, length, destination, socket. */
export const TRANSMIT_FIELDS = 4;
/** As a transmit entry's destination: every destination that is `inAll`. */
export const ALL_DESTINATIONS = -1;

/**
 * The UDP sockets of one node, polled together. System errors are Errors with `code`, `errno` and `syscall`; those of a
 * single send or receive are counted instead. The arrays are shared with native code for the life of the object.
 */
export interface NativeUdpEndpoints {
  /** What a call of `onReceive(count)` is about, by place: frame number, bytes, place in `setSources` or -1, socket. */
  readonly frames: Int32Array;
  readonly lengths: Int32Array;
  readonly sources: Int32Array;
  readonly sockets: Int32Array;
  /** The transmit queue, TRANSMIT_FIELDS numbers an entry. */
  readonly transmit: Int32Array;
  /** By the names of `NativeAddon.counterNames`. */
  readonly counters: Float64Array;
  /** Before `start` only. */
  bind(options: NativeSocketOptions): NativeSocket;
  /** `local` names the interface: the one that has this address. */
  joinGroup(socket: number, group: string, local: string): void;
  leaveGroup(socket: number, group: string, local: string): void;
  setMulticast(socket: number, local: string, hops: number, loop: boolean): void;
  setDestinations(destinations: readonly NativeDestination[]): void;
  /** Whose datagrams `sources` numbers; with `only` all others are dropped and counted. Ports are not compared. */
  setSources(addresses: readonly string[], only: boolean): void;
  /** Drops datagrams from exactly this address and port: this node's own, coming back. */
  dropOwn(address: string, port: number): void;
  start(): void;
  /** Sends the first `count` transmit entries. */
  flush(count: number): void;
  /** Reads and drops what waits; returns how many datagrams. */
  discardPending(): number;
  close(): void;
}

/** An interface of this machine. */
export interface NativeInterface {
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  readonly multicast: boolean;
}

/** The native addon. It knows no protocol. */
export interface NativeAddon extends NativeIpc {
  readonly Arena: new (slotBytes: number, slots: number, largeSlots: number) => FrameBuffers;
  readonly UdpEndpoints: new (arena: FrameBuffers, onReceive: (count: number) => void) => NativeUdpEndpoints;
  readonly counterNames: readonly string[];
  /** The interface that has a numeric address, or null. */
  interfaceOf(address: string): NativeInterface | null;
  /** Priorities that `setRoundRobin` takes. */
  roundRobinRange(): { min: number; max: number };
  /** SCHED_RR for every thread of the process. Throws EPERM where that is not allowed. */
  setRoundRobin(priority: number): void;
  /** Nice value, -20 (first) to 19, for every thread of the process. */
  setNice(value: number): void;
  /**
   * Keeps the program, the C heap and all frame memory (also what is made later) in memory once it is touched; not the
   * JavaScript heap, whose pages V8 must be able to give back. Throws EPERM, ENOMEM or EAGAIN where that is not allowed.
   */
  lockMemory(): void;
  /** Tells systemd (`READY=1`); false if nobody listens (no NOTIFY_SOCKET). */
  sdNotify(state: string): boolean;
  /** Out of the control group that may deny real-time priority. */
  moveToRootCgroup(): void;
  /**
   * Creates, locks and fills a pid file, for the life of the process. If another process has it, `locked` is false and
   * `pid` that process (0 if unknown). Reading the file in this process gives the lock up: POSIX locks work that way.
   */
  lockPidFile(path: string): { locked: boolean; pid: number };
}

/** What a UDP transport needs of the addon. */
export type UdpAddon = Pick<NativeAddon, 'Arena' | 'UdpEndpoints' | 'counterNames' | 'interfaceOf'>;

let loaded: NativeAddon | undefined;

/** Loads the addon once. Throws an Error that says what to do if it cannot. */
export function loadNative(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new Error(
      `Chorale runs on Linux x86-64 and arm64 only, and this is ${process.platform} ${process.arch}; ` +
        'run it on one of those (a container or a virtual machine will do).',
    );
  }
  // This file is core/net/native.ts in the sources and dist/core/net/native.js in a build.
  const path = ['../../native/build/Release/chorale.node', '../../../native/build/Release/chorale.node']
    .map((relative) => fileURLToPath(new URL(relative, import.meta.url)))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new Error(
      'The native addon (native/build/Release/chorale.node) has not been built; ' +
        'run `npm run build:native` in the package (it needs a C++ compiler, make and Python 3).',
    );
  }
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (error) {
    throw new Error(
      `The native addon ${path} does not load on this ${process.arch} machine with Node ${process.versions.node} ` +
        `(${(error as Error).message}); build it here with \`npm run build:native\`.`,
      { cause: error },
    );
  }
}

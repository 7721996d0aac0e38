import { unlinkSync } from 'node:fs';
import { CsError, CsErrorCode } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { ClientGate, ClientPort, Credentials } from '../../host/client-hub.js';
import { MAX_CLIENT_MESSAGE_BYTES } from '../../host/client-hub.js';
import { messageOf } from '../../host/errors.js';
import { loadNative } from '../../net/native.js';
import { ACCEPT_NONE, ACCEPT_TURNED_AWAY, IPC_READY, READY_FIELDS } from '../../net/native-ipc.js';
import type { NativeIpcPoller } from '../../net/native-ipc.js';
import { descriptorLimit, errnoOf, granted, procnameOf } from './admission.js';
import { AdmissionQueue } from './admission-queue.js';
import { mayConnect } from './authorization.js';
import type { AuthorizationRules } from './authorization.js';
import { Bells } from './bells.js';
import type { Carrier, CarrierOptions, Scratch } from './carrier.js';
import { Connection } from './connection.js';
import type { ConnectionHost, ConnectionStatus } from './connection.js';
import { makeDirectory, removeDirectory, removeLeftovers } from './directories.js';
import { CONNECTION_RESPONSE_BYTES, ConnectionType, writeConnectionResponse } from './handshake.js';
import { Handshakes } from './handshakes.js';
import type { Greeting } from './handshakes.js';
import { QueueBudget } from './message-queue.js';
import { RateControl } from './rate-control.js';
import { ShmCarrier } from './shm-carrier.js';
import { SocketCarrier } from './socket-carrier.js';

/** What a client of every service of this server may use. */
export interface LibqbServerOptions {
  readonly gate: ClientGate;
  readonly log: Logger;
  /** Of a service's socket, as `socketName` gives it. */
  readonly nameOf: (service: string) => string;
  readonly rules: AuthorizationRules;
  /** Services that change the daemon's program: not for whom `uidgid` lets in. */
  readonly restricted?: ReadonlySet<string>;
  /** Clients are let in: the first synchronization is complete. */
  readonly isReady: (service: string) => boolean;
  /** Fill of the ring's queue, in percent. */
  readonly queueUsed: () => number;
  readonly type?: 'native' | 'shm' | 'socket';
  /** Bytes that may wait for one client, and for all together; then a client is cut off. */
  readonly queueBytes?: number;
  readonly allQueuesBytes?: number;
}

const QUEUE_BYTES = 64 * 1024 * 1024;
const ALL_QUEUES_BYTES = 256 * 1024 * 1024;
/** Parts of a client's limit: with more waiting it is told not to multicast, with less it may again. */
const BEHIND = 0.25;
const CAUGHT_UP = 0.125;
const BACKLOG = 128;
/** What a file system's socket may be opened by: the daemon asks who comes. */
const PATH_MODE = 0o777;
/** New clients of one service in one wake-up. */
const ACCEPT_MOST = 16;
/** Rounds for what a client sent before it ended: more than a ring has room for. */
const LAST_ROUNDS = 2000;
/** Descriptors that are kept for the daemon itself. */
const SPARE_DESCRIPTORS = 32;
/** How often it is looked whether a client has made room, or the ring's queue has drained; and for those that do not read. */
const RETRY_MS = 1;
const SLOWEST_RETRY_MS = 16;

type Request = Greeting & { readonly kind: 'request' };

/** A connection, and what goes with it. */
interface Place {
  readonly connection: Connection;
  readonly directory: string;
  /** What the poller may tell of. */
  readonly sockets: readonly number[];
}

/** What `LibqbServer.counters` counts. */
export interface LibqbCounters {
  /** Connections let in and ended. */
  accepted: number;
  closed: number;
  /** Refused, by whom is in the log. */
  refused: number;
  /** Cut off for what the client did. */
  dropped: number;
}

/**
 * The server of libqb's protocol: a listening socket for each service, and the connections of programs that use Corosync's
 * client libraries. One wake-up of the poller handles all clients that have something; one bell at its end wakes all that
 * got something.
 */
export class LibqbServer implements ConnectionHost {
  handling = false;
  readonly budget = new QueueBudget();
  readonly counters: LibqbCounters = { accepted: 0, closed: 0, refused: 0, dropped: 0 };
  private readonly scratch: Scratch;
  private readonly native = loadNative();
  private readonly poller: NativeIpcPoller;
  private readonly bells: Bells;
  private readonly handshakes: Handshakes;
  private readonly admissions = new AdmissionQueue<Request>((socket, request) => this.admit(socket, request));
  private readonly rate = new RateControl();
  private readonly listening = new Map<number, string>();
  /** By every socket the poller may tell of. */
  private readonly places = new Map<number, Place>();
  private readonly connections = new Map<Connection, Place>();
  private readonly waiting = new Set<Connection>();
  private readonly ready = new Set<Connection>();
  private roundIsDue = false;
  private retry: NodeJS.Timeout | undefined;
  private retryMs = RETRY_MS;
  private recheck: NodeJS.Timeout | undefined;
  private readonly descriptorLimit = descriptorLimit();
  private closed = false;

  constructor(private readonly options: LibqbServerOptions) {
    const bytes = new Uint8Array(MAX_CLIENT_MESSAGE_BYTES);
    this.scratch = { bytes, data: new DataView(bytes.buffer) };
    this.poller = new this.native.IpcPoller((count) => this.wake(count));
    this.bells = new Bells(this.poller);
    this.handshakes = new Handshakes(this.poller, (text) => this.options.log.log('warning', text));
    const removed = removeLeftovers();
    if (removed > 0) options.log.log('info', `removed ${removed} client directories of daemons that are gone`);
    this.poller.start();
  }

  /** Exactly these services can be connected to from now on. Throws an Error that says what to do; all or none. */
  offer(services: readonly string[]): void {
    const made: number[] = [];
    try {
      for (const service of services) {
        if ([...this.listening.values()].includes(service)) continue;
        const socket = this.listen(service);
        this.listening.set(socket, service);
        made.push(socket);
      }
    } catch (error) {
      for (const socket of made) this.withdraw(socket);
      throw error;
    }
    for (const [socket, service] of this.listening) if (!services.includes(service)) this.withdraw(socket);
  }

  /** The services are being synchronized, from the transitional configuration on; or they are synchronized again. */
  set synchronizing(value: boolean) {
    this.rate.synchronizing = value;
    this.applyFlowControl();
  }

  /** All connections as plain data. */
  get status(): ConnectionStatus[] {
    return [...this.connections.keys()].map((connection) => connection.status);
  }

  /** Disconnects everybody and removes every file. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const connection of this.connections.keys()) this.takeAway(connection);
    for (const socket of this.listening.keys()) this.withdraw(socket);
    this.handshakes.close();
    this.admissions.close();
    clearTimeout(this.retry);
    clearTimeout(this.recheck);
    this.poller.close();
  }

  get requestsAtOnce(): number {
    return this.rate.budget;
  }

  queued(connection: Connection): void {
    const { queueBytes = QUEUE_BYTES, allQueuesBytes = ALL_QUEUES_BYTES } = this.options;
    if (connection.queuedBytes === 0) return;
    if (connection.queuedBytes > queueBytes * BEHIND) connection.behind = true;
    if (connection.queuedBytes > queueBytes) {
      this.drop(connection, `it does not read its messages: ${connection.queuedBytes} bytes wait`);
      return;
    }
    this.waiting.add(connection);
    if (this.budget.bytes > allQueuesBytes) {
      const longest = [...this.waiting].reduce((a, b) => (b.queuedBytes > a.queuedBytes ? b : a));
      const all = `${this.budget.bytes} bytes wait for all clients`;
      this.drop(longest, `it does not read its messages: ${longest.queuedBytes} bytes wait, and ${all}`);
    }
    this.retry ??= setTimeout(this.flushWaiting, RETRY_MS);
  }

  drop(connection: Connection, why: string): void {
    if (!connection.open) return;
    this.counters.dropped++;
    this.options.log.log('warning', `${connection.name} is disconnected: ${why}`);
    connection.cutOff();
    setImmediate(() => this.takeAway(connection));
  }

  ended(connection: Connection): void {
    this.takeAway(connection);
  }

  private listen(service: string): number {
    const name = this.options.nameOf(service);
    const isPath = name.startsWith('/');
    try {
      if (isPath) this.clearPath(name);
      return this.poller.listen(name, BACKLOG, isPath ? PATH_MODE : undefined);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const advice =
        code === 'EADDRINUSE'
          ? 'corosync or another choraled runs on this host: stop it, or give this one an instance name of its own.'
          : `${messageOf(error)}. Set CHORALE_RUN_DIR to a directory that this user can write to.`;
      throw new Error(`clients of service ${service} cannot be served at ${name}: ${advice}`, { cause: error });
    }
  }

  /** Removes what a daemon that is gone left in the file system; throws EADDRINUSE if it is not gone. */
  private clearPath(path: string): void {
    try {
      this.poller.closeSocket(this.poller.connect(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') unlinkSync(path);
      return;
    }
    throw Object.assign(new Error(`${path} is in use`), { code: 'EADDRINUSE' });
  }

  private withdraw(socket: number): void {
    const service = this.listening.get(socket)!;
    this.listening.delete(socket);
    this.poller.closeSocket(socket);
    this.handshakes.withdraw(service);
    const name = this.options.nameOf(service);
    if (!name.startsWith('/')) return;
    try {
      unlinkSync(name);
    } catch {
      // Gone already.
    }
  }

  private wake(count: number): void {
    const { ready } = this.poller;
    for (let i = 0; i < count && !this.closed; i++) {
      const socket = ready[i * READY_FIELDS]!;
      const what = ready[i * READY_FIELDS + 1]!;
      const place = this.places.get(socket);
      if (place !== undefined) this.told(place.connection, socket, what);
      else if (this.listening.has(socket)) this.accept(socket);
      else if (this.handshakes.has(socket)) this.greet(socket);
      if ((what & IPC_READY.HUNG_UP) !== 0 && this.admissions.remove(socket)) this.poller.closeSocket(socket);
    }
    this.updateLevel();
  }

  private told(connection: Connection, socket: number, what: number): void {
    if ((what & IPC_READY.HUNG_UP) !== 0 && socket === connection.socket) connection.dying = true;
    if ((what & IPC_READY.WRITABLE) !== 0) connection.flush();
    connection.serve();
    this.goOn(connection);
  }

  /** Another round for who has more; the end for a dead client that has no more, or cannot be served now. */
  private goOn(connection: Connection): void {
    if (!connection.open) return;
    if (connection.dying && (!connection.ready || ++connection.lastRounds > LAST_ROUNDS)) this.takeAway(connection);
    else if (connection.ready) this.due(connection);
  }

  due(connection: Connection): void {
    this.ready.add(connection);
    if (this.roundIsDue) return;
    this.roundIsDue = true;
    setImmediate(this.round);
  }

  private readonly round = (): void => {
    this.roundIsDue = false;
    // Who is put in again has its turn in the next round.
    let left = this.ready.size;
    for (const connection of this.ready) {
      if (left-- === 0) break;
      this.ready.delete(connection);
      if (!connection.open) continue;
      connection.serve();
      this.goOn(connection);
    }
    this.updateLevel();
  };

  private readonly flushWaiting = (): void => {
    this.retry = undefined;
    const before = this.budget.bytes;
    const { queueBytes = QUEUE_BYTES } = this.options;
    for (const connection of this.waiting) {
      if (!connection.open || connection.flush()) this.waiting.delete(connection);
      if (connection.queuedBytes < queueBytes * CAUGHT_UP) connection.behind = false;
    }
    if (this.waiting.size === 0 || this.closed) return;
    this.retryMs = this.budget.bytes < before ? RETRY_MS : Math.min(2 * this.retryMs, SLOWEST_RETRY_MS);
    this.retry = setTimeout(this.flushWaiting, this.retryMs);
  };

  private updateLevel(): void {
    if (this.closed) return;
    if (this.rate.used(this.options.queueUsed())) this.applyFlowControl();
    if (this.rate.level === 'critical') this.recheck ??= setTimeout(this.checkAgain, RETRY_MS);
  }

  private readonly checkAgain = (): void => {
    this.recheck = undefined;
    this.updateLevel();
  };

  private applyFlowControl(): void {
    for (const connection of this.connections.keys()) {
      connection.setFlowControl(this.rate.valueFor(connection.service));
    }
  }

  private accept(listening: number): void {
    const service = this.listening.get(listening)!;
    for (let i = 0; i < ACCEPT_MOST; i++) {
      const socket = this.poller.accept(listening);
      if (socket === ACCEPT_NONE) return;
      if (socket === ACCEPT_TURNED_AWAY) {
        this.counters.refused++;
        this.options.log.log('warning', 'a client was turned away: no file descriptor is left (see LimitNOFILE)');
        return;
      }
      this.handshakes.begin(socket, service);
      this.greet(socket);
    }
  }

  private greet(socket: number): void {
    const greeting = this.handshakes.read(socket);
    if (greeting.kind === 'wait') return;
    if (greeting.kind === 'close') this.poller.closeSocket(socket);
    else this.admissions.add(socket, greeting);
  }

  private admit(socket: number, { service, maxMessage, credentials }: Request): void {
    this.poller.passCredentials(socket, false);
    const { log, gate } = this.options;
    const connection = new Connection(this, service, socket, credentials, procnameOf(credentials.pid));
    let port: ClientPort | undefined;
    let directory: string | undefined;
    let carrier: Carrier | undefined;
    try {
      this.check(socket, service, credentials);
      port = gate.open(service, credentials, connection);
      directory = makeDirectory(credentials.pid, this.poller.descriptor(socket), credentials.gid);
      const own = { service, directory, socket, maxMessage: granted(maxMessage), scratch: this.scratch };
      carrier = this.carrier({ ...own, ...credentials });
      if (this.poller.send(socket, writeConnectionResponse(carrier.offer)) !== CONNECTION_RESPONSE_BYTES) {
        throw new Error('it went away');
      }
    } catch (error) {
      carrier?.close();
      port?.close();
      if (directory !== undefined) removeDirectory(directory);
      this.refuse(socket, error);
      const severity = error instanceof CsError && error.code === CsErrorCode.ERR_TRY_AGAIN ? 'debug' : 'error';
      log.log(
        severity,
        `${connection.name} (uid ${credentials.uid}, gid ${credentials.gid}) is refused: ${messageOf(error)}`,
      );
      return;
    }
    const sockets = [socket, ...(carrier instanceof SocketCarrier ? carrier.sockets : [])];
    const place = { connection, directory, sockets };
    this.connections.set(connection, place);
    for (const one of [socket, ...(carrier instanceof SocketCarrier ? carrier.sockets : [])])
      this.places.set(one, place);
    this.counters.accepted++;
    connection.attach(port, carrier);
  }

  /** Corosync's checks in their order (ipc.md 11), as far as the gate does not make them. Throws a CsError. */
  private check(socket: number, service: string, credentials: Credentials): void {
    const { isReady, rules, restricted } = this.options;
    if (!isReady(service)) {
      throw new CsError('ERR_TRY_AGAIN', 'the node has not joined a ring and synchronized yet');
    }
    if (this.poller.descriptor(socket) >= this.descriptorLimit - SPARE_DESCRIPTORS) {
      throw new CsError(
        'ERR_NO_RESOURCES',
        `all but ${SPARE_DESCRIPTORS} file descriptors are in use (see LimitNOFILE)`,
      );
    }
    if (!mayConnect(credentials, rules, restricted?.has(service))) {
      throw new CsError('ERR_ACCESS', 'neither uid nor gid is allowed by uidgid in the configuration or cmap');
    }
  }

  private carrier(options: CarrierOptions): Carrier {
    return this.options.type === 'socket'
      ? new SocketCarrier(this.native, this.poller, options)
      : new ShmCarrier(this.native, this.poller, this.bells, options);
  }

  private refuse(socket: number, error: unknown): void {
    this.counters.refused++;
    const offer = { type: ConnectionType.SOCKET, maxMessage: 0, request: '', response: '', event: '' };
    this.poller.send(socket, writeConnectionResponse({ ...offer, error: -errnoOf(error) }));
    this.poller.closeSocket(socket);
  }

  private takeAway(connection: Connection): void {
    const place = this.connections.get(connection);
    // Ended by its service before it was let in.
    if (place === undefined) return;
    this.connections.delete(connection);
    this.waiting.delete(connection);
    this.ready.delete(connection);
    this.counters.closed++;
    for (const socket of place.sockets) this.places.delete(socket);
    connection.close();
    this.poller.closeSocket(connection.socket);
    removeDirectory(place.directory);
  }
}

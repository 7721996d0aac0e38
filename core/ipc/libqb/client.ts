import { constants } from 'node:os';
import { ClientConnection } from '../../base/client-connection.js';
import { CsError, CsErrorCode } from '../../base/errors.js';
import type { CsErrorName } from '../../base/errors.js';
import type { ServiceConnection } from '../../base/service-connection.js';
import { MAX_CLIENT_MESSAGE_BYTES } from '../../host/client-hub.js';
import { messageOf } from '../../host/errors.js';
import { clientPoller, isHungUp } from './client-poller.js';
import type { ClientPoller } from './client-poller.js';
import { ShmWire } from './client-shm.js';
import { SocketWire } from './client-socket.js';
import {
  CONNECTION_RESPONSE_BYTES,
  ConnectionType,
  readConnectionResponse,
  writeConnectionRequest,
} from './handshake.js';
import type { ConnectionResponse } from './handshake.js';

/** What a connection is asked for with. */
export interface LibqbConnectOptions {
  /** Of the service's socket, as `socketName` gives it. */
  readonly name: string;
  /** Of the daemon's own socket: if that is there and the service's is not, the daemon does not have the service. */
  readonly daemon?: string;
  readonly timeoutMs: number;
}

/**
 * Connects to a service of the daemon on this host by libqb's protocol: Corosync's or Chorale's. Rejects with a CsError:
 * see `connect`.
 */
export function connectLibqb(
  service: string,
  { name, daemon, timeoutMs }: LibqbConnectOptions,
): Promise<ServiceConnection> {
  return new Promise((resolve, reject) => {
    const poller = clientPoller();
    let socket: number;
    try {
      socket = poller.native.connect(name);
    } catch (error) {
      poller.closeIfIdle();
      const refused = connectError(name, error);
      const withoutService = refused.code === CsErrorCode.ERR_LIBRARY && daemon !== undefined && answers(daemon);
      reject(withoutService ? lacks(service) : refused);
      return;
    }
    const greeting = new Greeting(poller, socket, (outcome) => {
      clearTimeout(timer);
      if (outcome instanceof CsError) {
        poller.close(socket);
        reject(outcome);
        return;
      }
      const connection = new ClientConnection(service);
      try {
        const Wire = outcome.type === ConnectionType.SHM ? ShmWire : SocketWire;
        const wire = new Wire(connection, poller, { socket, offer: outcome, serverPid: greeting.serverPid });
        connection.attach(wire);
        resolve(connection);
      } catch (error) {
        poller.close(socket);
        reject(new CsError('ERR_LIBRARY', `the connection to ${service} cannot be set up: ${messageOf(error)}.`));
      }
    });
    const timer = setTimeout(() => {
      greeting.settle(
        new CsError('ERR_TIMEOUT', `the daemon at ${name} did not answer within ${timeoutMs} ms; see its log`),
      );
    }, timeoutMs);
    poller.watch(socket, (ready) => greeting.ready(ready));
    greeting.begin();
  });
}

/** Whether anybody listens there. */
export function answers(name: string): boolean {
  const poller = clientPoller();
  try {
    poller.native.closeSocket(poller.native.connect(name));
    return true;
  } catch {
    return false;
  } finally {
    poller.closeIfIdle();
  }
}

/** The set-up: one message there and one back. */
class Greeting {
  serverPid = 0;
  private readonly answer = new Uint8Array(CONNECTION_RESPONSE_BYTES);
  private received = 0;
  private settled = false;

  constructor(
    private readonly poller: ClientPoller,
    private readonly socket: number,
    private readonly outcome: (outcome: ConnectionResponse | CsError) => void,
  ) {}

  begin(): void {
    const sent = this.poller.native.send(this.socket, writeConnectionRequest(MAX_CLIENT_MESSAGE_BYTES));
    if (sent < 0) this.settle(gone());
  }

  ready(ready: number): void {
    while (this.received < this.answer.length) {
      const got = this.poller.native.receive(this.socket, this.answer.subarray(this.received));
      if (got <= 0) {
        if (got === 0 || isHungUp(ready)) this.settle(gone());
        return;
      }
      const [known, pid] = this.poller.native.credentials;
      if (this.received === 0 && known === 1) this.serverPid = pid!;
      this.received += got;
    }
    this.poller.native.passCredentials(this.socket, false);
    this.settle(this.read());
  }

  settle(outcome: ConnectionResponse | CsError): void {
    if (this.settled) return;
    this.settled = true;
    this.outcome(outcome);
  }

  private read(): ConnectionResponse | CsError {
    const response = readConnectionResponse(this.answer);
    if (response === undefined)
      return new CsError('ERR_MESSAGE_ERROR', 'what listens there does not speak this protocol');
    if (response.error !== 0) return refusal(-response.error);
    if (response.type !== ConnectionType.SHM && response.type !== ConnectionType.SOCKET) {
      return new CsError(
        'ERR_NOT_SUPPORTED',
        `the daemon offers connections of type ${response.type}; set qb_ipc_type to shm`,
      );
    }
    if (response.maxMessage < CONNECTION_RESPONSE_BYTES || response.maxMessage > MAX_CLIENT_MESSAGE_BYTES) {
      return new CsError('ERR_MESSAGE_ERROR', `the daemon offers messages of ${response.maxMessage} bytes`);
    }
    return response;
  }
}

function lacks(service: string): CsError {
  return new CsError('ERR_NOT_SUPPORTED', `this node has no service "${service}" for clients: see "chorale status"`);
}

function gone(): CsError {
  return new CsError('ERR_LIBRARY', 'the daemon ended the connection before it was set up; connect again');
}

/** What the server answers with (ipc.md 2). */
function refusal(errno: number): CsError {
  const { EAGAIN, EACCES, ENOSYS, ENOMEM, EMFILE, EIO } = constants.errno;
  const known = new Map<number, [CsErrorName, string]>([
    [EAGAIN, ['ERR_TRY_AGAIN', 'the node has not joined a ring and synchronized yet; try again in a second']],
    [
      EACCES,
      ['ERR_ACCESS', 'this user may not connect: be root, or allow it by a uidgid section of the configuration'],
    ],
    [ENOSYS, ['ERR_NOT_SUPPORTED', 'this node does not have the service']],
    [ENOMEM, ['ERR_NO_MEMORY', 'the daemon has no memory left for another client']],
    [EIO, ['ERR_LIBRARY', "the service cannot take clients on this node; chorale status and the daemon's log say why"]],
    [EMFILE, ['ERR_LIBRARY', 'the daemon has no file descriptors left for another client']],
  ]);
  const [name, advice] = known.get(errno) ?? ['ERR_LIBRARY', `the daemon refused (errno ${errno}); see its log`];
  return new CsError(name, advice);
}

function connectError(name: string, error: unknown): CsError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new CsError('ERR_ACCESS', `the daemon at ${name} belongs to another user: connect as that user or as root`);
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new CsError('ERR_LIBRARY', `no daemon listens at ${name}: start choraled or corosync`);
  }
  return new CsError('ERR_LIBRARY', `cannot connect to ${name}: ${messageOf(error)}`);
}

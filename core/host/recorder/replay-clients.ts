import { CsError } from '../../base/errors.js';
import type { ClientChannel, ClientGate, ClientPort, ClientService, Credentials } from '../client-hub.js';
import { ClientDigest } from './client-digest.js';
import type { ReplayFeed } from './replay-feed.js';

interface Connection {
  readonly port: ClientPort;
  readonly digest: ClientDigest | undefined;
  /** The request that had to wait. */
  held: Uint8Array | undefined;
}

/** The clients of a replayed node: they ask what they asked in the recording, and what they get is digested. */
export class ReplayClients {
  /** By number; a connection that was refused has none. */
  private readonly connections = new Map<number, Connection>();
  private opened = 0;
  private readonly outside: ReadonlySet<string>;

  /** @param resume called when the node offers a waiting client to go on */
  constructor(
    private readonly gate: ClientGate,
    private readonly feed: ReplayFeed,
    outside: readonly string[],
    private readonly resume: () => void,
  ) {
    this.outside = new Set(outside);
  }

  open(service: string, credentials: Credentials): void {
    const number = this.opened++;
    const digest = this.outside.has(service) ? undefined : new ClientDigest(this.feed.digest);
    const channel: ClientChannel = {
      respond: (parts) => digest?.responded(number, parts),
      event: (parts) => digest?.event(number, parts),
      resume: () => this.resume(),
      end: (reason) => digest?.ended(number, reason.code),
    };
    try {
      const port = this.gate.open(service, credentials, channel);
      digest?.letIn(number);
      this.connections.set(number, { port, digest, held: undefined });
    } catch (error) {
      if (!(error instanceof CsError)) throw error;
      digest?.refused(number);
    }
  }

  /** @param request missing: the one that had to wait is offered again */
  request(number: number, request: Uint8Array | undefined): void {
    const connection = this.connections.get(number);
    const bytes = request ?? connection?.held;
    if (connection === undefined || bytes === undefined) {
      this.feed.differ('inputs', `connection ${number} asks, which is not there or has nothing to ask`);
      return;
    }
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const done = connection.port.request(bytes, data, 0, bytes.length);
    connection.held = done ? undefined : bytes;
    if (!done) connection.digest?.held(number);
  }

  close(number: number): void {
    const connection = this.connections.get(number);
    this.connections.delete(number);
    if (connection === undefined) this.feed.differ('inputs', `connection ${number} ends, which is not there`);
    else connection.port.close();
  }
}

/** Stands for a service of the program around the recorded node: clients come and go, nothing is answered. */
export class OutsideService implements ClientService {
  readonly alwaysOpen = true;

  constructor(readonly name: string) {}

  isFlowControlled(): boolean {
    return false;
  }

  isUnanswered(): boolean {
    return true;
  }

  isKept(): boolean {
    return false;
  }

  clientConnected(): void {
    // Its clients are counted with the others; that is all the node knows of them.
  }

  clientDisconnected(): void {
    // As above.
  }

  request(): void {
    // Requests to it are not in the recording.
  }
}

import { CsError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { MalformedMessage } from '../base/message-view.js';
import type { MessageView } from '../base/message-view.js';
import type { SyncParticipant } from '../sync/participant.js';
import type { Configuration, RingId } from '../totem/ring.js';
import { RequestFailure } from './client-hub.js';
import type { ClientService } from './client-hub.js';
import type { ClockScope } from './clock-scope.js';
import { messageOf } from './errors.js';
import type { Plugin } from './plugin.js';
import type { FunctionCounters, MessageTarget } from './router.js';
import type { Client, ServiceEngine } from './service-engine.js';

/**
 * What a loaded service is doing:
 * - `loaded`: its engine exists and has not started;
 * - `waiting`: it was loaded into a running node and starts with the next regular configuration;
 * - `running`;
 * - `failed`: a bug in it came to light, it is isolated until it is restarted or unloaded;
 * - `stopped`: it was unloaded, or the node left.
 */
export type ServiceState = 'loaded' | 'waiting' | 'running' | 'failed' | 'stopped';

/**
 * One service of a node: its engine, and the fence around it. Whatever an engine throws stays here:
 * - a MalformedMessage from a message handler is the sender's fault: the router counts it and drops the message;
 * - a CsError from a request handler is the answer to the client;
 * - any other exception of a request handler or of clientConnected is a bug that costs the client its connection, no
 *   more, because requests change no replicated state;
 * - any other exception anywhere else leaves the engine's state unknown. It is isolated: it gets no more messages,
 *   requests or configurations, its timers and clients end, and its synchronization phases are barriers only, so that
 *   the ring goes on. The ring forms again, so that the others learn of it. A restart makes a new engine, which gets its
 *   state from the others.
 */
export class HostedService implements MessageTarget, SyncParticipant, ClientService {
  readonly alwaysOpen = false;
  state: ServiceState = 'loaded';
  /** Exceptions of the engine that were its own fault. */
  bugs = 0;
  /** Why it failed. */
  failure: string | undefined;
  readonly counters: FunctionCounters;
  readonly id: number;
  readonly name: string;
  readonly functions: number;
  private readonly messages: ServiceEngine['messages'];
  private readonly requests: NonNullable<ServiceEngine['requests']>;
  /** No synchronization has given this engine its state yet, though the node may have come from an older ring. */
  private fresh = true;

  /** `failed` is told once when the engine is isolated. */
  constructor(
    readonly plugin: Plugin,
    readonly engine: ServiceEngine,
    private readonly nodeId: number,
    private readonly clock: ClockScope,
    private readonly log: Logger,
    private readonly failed: (service: HostedService) => void,
  ) {
    this.id = engine.id;
    this.name = engine.name;
    this.messages = [...engine.messages];
    this.functions = engine.messages.length;
    this.counters = { rx: new Float64Array(this.functions), tx: new Float64Array(this.functions) };
    this.requests = [...(engine.requests ?? [])];
  }

  /** Whether request `id` waits for the ring, and the client with it. */
  isKept(id: number): boolean {
    return this.isUnanswered(id) || (this.engine.patient?.has(id) ?? false);
  }

  get running(): boolean {
    return this.state === 'running';
  }

  /** Whether clients can connect to it at all. */
  get hasClients(): boolean {
    return this.requests.length > 0;
  }

  /** Whether request `id` multicasts, so that it has to wait for room on the ring and for synchronization. */
  isFlowControlled(id: number): boolean {
    return this.engine.flowControlled?.has(id) ?? false;
  }

  /** Whether request `id` never has a response. */
  isUnanswered(id: number): boolean {
    return this.engine.unanswered?.has(id) ?? false;
  }

  /** Whether the handler of request `id` may be shown memory that the client can change. */
  readsOnce(id: number): boolean {
    return this.engine.readOnce?.has(id) ?? false;
  }

  start(): void {
    this.state = 'running';
    this.guarded('start', () => this.engine.start?.());
  }

  /** Ends the engine: it is asked to release everything, then its timers are stopped. */
  stop(): void {
    if (this.state === 'running') {
      try {
        this.engine.stop?.();
      } catch (error) {
        this.bug('stop', error);
      }
    }
    this.state = 'stopped';
    this.clock.close();
  }

  deliver(fn: number, message: MessageView, sender: number): void {
    if (this.state !== 'running') return;
    try {
      this.messages[fn]!.call(this.engine, message, sender);
    } catch (error) {
      if (isMalformed(error)) throw error;
      this.isolate(`message handler ${fn}`, error);
    }
  }

  /** A waiting service starts with a regular configuration, in which, for it, everybody is new. */
  configurationChanged(configuration: Configuration): void {
    if (this.state === 'waiting' && configuration.kind === 'regular') {
      this.start();
      configuration = { ...configuration, joined: configuration.members };
    }
    if (this.state !== 'running') return;
    this.guarded('configurationChanged', () => this.engine.configurationChanged?.(configuration));
  }

  /** The engine's state as plain data, or what went wrong in asking for it. */
  dump(): unknown {
    try {
      return this.engine.dump?.();
    } catch (error) {
      return `dump failed: ${messageOf(error)}`;
    }
  }

  get synchronizes(): boolean {
    return this.engine.sync !== undefined;
  }

  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    const came = this.fresh ? transitional.filter((nodeId) => nodeId === this.nodeId) : transitional;
    this.guarded('syncInit', () => this.engine.sync!.syncInit(came, members, ringId));
  }

  syncProcess(): boolean {
    let done = true;
    this.guarded('syncProcess', () => {
      done = this.engine.sync!.syncProcess();
    });
    return done || this.state !== 'running';
  }

  syncActivate(): void {
    this.guarded('syncActivate', () => {
      this.engine.sync!.syncActivate();
      this.fresh = false;
    });
  }

  syncAbort(): void {
    this.guarded('syncAbort', () => this.engine.sync!.syncAbort());
  }

  clientConnected(client: Client): void {
    try {
      this.engine.clientConnected?.(client);
    } catch (error) {
      this.bug('clientConnected', error);
      throw new CsError('ERR_LIBRARY', `service ${this.name} could not take the connection; see the daemon's log`);
    }
  }

  clientDisconnected(client: Client): void {
    if (this.state === 'running') this.guarded('clientDisconnected', () => this.engine.clientDisconnected?.(client));
  }

  /**
   * Hands a request to its handler. Throws a CsError that is the answer; one with ERR_LIBRARY means that the handler has a
   * bug, the client's state is unknown and its connection has to end.
   */
  request(id: number, client: Client, request: MessageView): void {
    const handler = this.requests[id];
    if (handler === undefined) {
      throw new CsError('ERR_INVALID_PARAM', `service ${this.name} has no request ${id}; use its own client library`);
    }
    try {
      handler.call(this.engine, client, request);
    } catch (error) {
      if (error instanceof CsError) throw error;
      if (isForeignCsError(error)) throw new CsError(error.code, messageOf(error).replace(/^CS_\w+: /, ''));
      if (isMalformed(error)) throw new CsError('ERR_INVALID_PARAM', `malformed request: ${messageOf(error)}`);
      this.bug(`request handler ${id}`, error);
      throw new RequestFailure(`the handler of request ${id} of service ${this.name} failed; see the daemon's log`);
    }
  }

  /** Runs a timer's or the ring's callback of the engine, unless the engine has ended; an exception isolates it. */
  fenced(what: string, callback: () => void): void {
    if (this.state === 'failed' || this.state === 'stopped') return;
    try {
      callback();
    } catch (error) {
      this.isolate(what, error);
    }
  }

  private guarded(what: string, callback: () => void): void {
    if (this.state !== 'running') return;
    try {
      callback();
    } catch (error) {
      this.isolate(what, error);
    }
  }

  private isolate(what: string, error: unknown): void {
    this.bug(what, error);
    this.state = 'failed';
    this.failure = `${what}: ${messageOf(error)}`;
    this.log.log(
      'crit',
      `service ${this.name} is isolated on this node (${this.nodeId}) for a bug in ${this.failure}. It gets no more ` +
        'messages, its clients are disconnected, and the other nodes drop what those held. ' +
        `Restart it: chorale plugin restart ${this.name}`,
    );
    this.clock.close();
    this.failed(this);
  }

  private bug(what: string, error: unknown): void {
    this.bugs++;
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.log('error', `bug in plugin ${this.plugin.name} ${this.plugin.version}, ${what}: ${trace}`);
  }
}

/** By name, so that a plugin with its own copy of the SDK is understood too. */
function isMalformed(error: unknown): boolean {
  return error instanceof MalformedMessage || (error instanceof Error && error.name === 'MalformedMessage');
}

function isForeignCsError(error: unknown): error is CsError {
  return error instanceof Error && error.name === 'CsError' && typeof (error as CsError).code === 'number';
}

import { Container } from 'inversify';
import type { Clock, Timer } from '../base/clock.js';
import type { Entropy } from '../base/entropy.js';
import type { Logger, LoggerOf } from '../base/logger.js';
import type { ServiceConnection } from '../base/service-connection.js';
import type { Store } from '../base/store.js';
import type { Peer, Transport } from '../net/transport.js';
import { SyncEngine } from '../sync/sync-engine.js';
import { formatRingId } from '../totem/ring.js';
import type { Configuration, RingId, RingTuning } from '../totem/ring.js';
import type { Packing } from '../totem/pg/packing.js';
import type { RingParameters } from '../totem/srp/parameters.js';
import type { SingleRing } from '../totem/srp/single-ring.js';
import type { RingStatistics } from '../totem/srp/statistics.js';
import type { ClientGate, ClientHub, Credentials } from './client-hub.js';
import { ClockScope } from './clock-scope.js';
import { ExitCode, StartError, messageOf } from './errors.js';
import { connectLocally } from './local-connection.js';
import { nodeModule } from './node-module.js';
import type { NodeOptions, TuningLimits } from './node-options.js';
import type { NodeRates, NodeState, NodeStatus } from './node-status.js';
import type { PluginHost, PluginHostListener } from './plugin-host.js';
import type { LoadRequest } from './plugin-instance.js';
import { RateMeter } from './rate-meter.js';
import type { Router } from './router.js';
import { nodeTokens } from './tokens.js';

/** Longest wait, when leaving, for what services send at their end. */
const FAREWELL_MS = 500;
/** Rotations whose messages a node may hold at once: they are released when the token's aru has covered them in two. */
const ROTATIONS_KEPT = 4;

/** What one node is made of. Nothing else reaches it: no global, no environment, no file. */
export interface NodeBindings {
  /** Not opened yet; the node closes it. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly loggerOf: LoggerOf;
  readonly options: NodeOptions;
  /** The services it starts with. */
  readonly plugins: readonly LoadRequest[];
  /** The node cannot go on and has stopped without leaving; the daemon exits with the error's code. */
  readonly fatal?: (error: StartError) => void;
}

/** What `stats.srp` and `stats.pg` are made of. */
export interface RingCounters {
  readonly ring: Readonly<RingStatistics>;
  readonly packing: Packing['counters'];
  readonly transport: Transport['counters'];
  readonly available: number;
  readonly waiting: number;
}

/**
 * One node of a cluster: ring, packing, synchronization, routing and services, put together from bindings. The daemon
 * gives it sockets, files and the event loop; the simulator gives it a virtual network, a virtual clock and a seed.
 *
 * Services see a membership change in this order: the transitional configuration, the regular one, synchronization.
 */
export class ChoraleNode {
  readonly nodeId: number;
  /** Loads and unloads services, also while the node runs. */
  readonly host: PluginHost;
  /** What clients can connect to. */
  readonly hub: ClientHub;
  private readonly bindings: NodeBindings;
  private readonly clock: ClockScope;
  private readonly log: Logger;
  private readonly ring: SingleRing;
  private readonly packing: Packing;
  private readonly router: Router;
  private readonly sync: SyncEngine;
  private readonly rates: RateMeter;
  private readonly configurationListeners: ((configuration: Configuration) => void)[] = [];
  private readonly synchronizedListeners: (() => void)[] = [];
  private life: 'new' | 'running' | 'leaving' | 'left' | 'crashed' = 'new';
  private configuration: Configuration | undefined;
  private reformAsked = false;
  private readonly reformTimer: Timer;

  /** Throws a StartError if a plugin cannot be loaded; the transport is closed then. */
  constructor(bindings: NodeBindings) {
    this.bindings = bindings;
    this.nodeId = bindings.options.nodeId;
    this.log = bindings.loggerOf('MAIN');
    this.clock = new ClockScope(bindings.clock);

    const container = new Container();
    container.bind(nodeTokens.Container).toConstantValue(container);
    container.bind(nodeTokens.Clock).toConstantValue(this.clock);
    container.bind(nodeTokens.Entropy).toConstantValue(bindings.entropy);
    container.bind(nodeTokens.Store).toConstantValue(bindings.store);
    container.bind(nodeTokens.LoggerOf).toConstantValue(bindings.loggerOf);
    container.bind(nodeTokens.Transport).toConstantValue(bindings.transport);
    container.bind(nodeTokens.NodeOptions).toConstantValue(bindings.options);
    container.bind(nodeTokens.Fatal).toConstantValue((error) => this.ringFailed(error));
    container.bind(nodeTokens.PluginHostListener).toConstantValue(this.hostListener);
    container.load(nodeModule);
    this.ring = container.get(nodeTokens.Ring);
    this.packing = container.get(nodeTokens.Packing);
    this.router = container.get(nodeTokens.Router);
    this.hub = container.get(nodeTokens.ClientHub);
    this.host = container.get(nodeTokens.PluginHost);

    // Before the synchronization engine, which begins its work at the same event.
    this.packing.onConfiguration((configuration) => this.configurationChanged(configuration));
    this.sync = new SyncEngine({
      totem: this.packing,
      participants: [],
      logger: bindings.loggerOf('SYNC'),
      clock: this.clock,
      littleEndian: bindings.options.littleEndian ?? true,
      onComplete: () => this.synchronizationComplete(),
    });
    this.reformTimer = this.clock.timer(() => this.ring.reform());
    this.rates = new RateMeter(this.clock, () => ({
      sent: this.packing.counters.sent,
      delivered: this.packing.counters.delivered,
      retransmitted: this.ring.statistics.retransmitted,
      tokens: this.ring.statistics.tokensReceived,
    }));
    this.whileStarting(() => this.host.load(bindings.plugins));
  }

  /**
   * Starts the services and begins to form a ring as soon as the network interface is up. Throws a StartError if
   * something cannot start; the node is stopped then.
   */
  start(): void {
    if (this.life !== 'new') throw new Error('a node is started once; make a new one');
    this.life = 'running';
    this.packing.start();
    this.whileStarting(() => this.host.start());
    this.rates.start();
  }

  /**
   * Leaves politely: services stop and may say so, then the others are told and form a ring without this node at once.
   * Resolves when it is done; a second call is harmless.
   */
  async leave(): Promise<void> {
    if (this.life === 'new') this.shutDown('left');
    if (this.life !== 'running') return;
    this.life = 'leaving';
    const sentBefore = this.packing.counters.sent;
    this.host.stop();
    if (this.packing.counters.sent > sentBefore) await this.nextToken();
    if (this.life === 'leaving') this.farewell();
  }

  /** The second half of `leave`: what the services said is on its way. */
  protected farewell(): void {
    this.life = 'left';
    this.packing.leave();
    this.clock.close();
  }

  /** Stops without a word, as a killed process does; what the simulator calls a crash. */
  crash(): void {
    if (this.life !== 'left' && this.life !== 'crashed') this.shutDown('crashed');
  }

  /** New tunables and nodes of the cluster, after a reload of the configuration. */
  reconfigure(peers: readonly Peer[], parameters: RingParameters): void {
    this.bindings.transport.setPeers(peers);
    this.ring.reconfigure(
      parameters,
      peers.map((peer) => peer.nodeId),
    );
  }

  /** Forms the ring again with the same members, so that all services synchronize again. */
  reform(): void {
    this.ring.reform();
  }

  /** Where what carries clients (sockets, calls in this process) connects them to services. */
  get clients(): ClientGate {
    return this.hub;
  }

  /** Connects a client in this process to a service. Throws a CsError when the service takes no clients now. */
  connect(service: string, credentials: Credentials = { pid: 0, uid: 0, gid: 0 }): ServiceConnection {
    return connectLocally(this.clients, service, credentials, this.clock);
  }

  /** Both events of every membership change, after the services have seen them. */
  onConfiguration(listener: (configuration: Configuration) => void): void {
    this.configurationListeners.push(listener);
  }

  /** Called each time that all services are synchronized. */
  onSynchronized(listener: () => void): void {
    this.synchronizedListeners.push(listener);
  }

  get state(): NodeState {
    if (this.life === 'new' || this.life === 'crashed') return this.life;
    if (this.life !== 'running') return 'left';
    if (this.ring.phase !== 'operational') return this.ring.phase;
    if (this.configuration === undefined) return 'waiting';
    return this.sync.running ? 'synchronizing' : 'operational';
  }

  /** The last regular configuration. */
  get members(): readonly number[] {
    return this.configuration?.members ?? [];
  }

  /** Whether the local address is on an interface that is up. */
  get interfaceUp(): boolean {
    return this.ring.interfaceUp;
  }

  /** What this node can bear now: queues that have filled its memory leave less for what others send. */
  get tuningLimits(): TuningLimits | undefined {
    const { options, transport } = this.bindings;
    if (options.tuning === undefined) return undefined;
    const { windowLeast, windowMost, maxMessagesMost } = options.tuning;
    const most = Math.max(windowLeast, Math.min(windowMost, Math.floor(transport.frames.free / ROTATIONS_KEPT)));
    return { ...options.tuning, windowMost: most, maxMessagesMost: Math.min(maxMessagesMost, most) };
  }

  get littleEndian(): boolean {
    return this.bindings.options.littleEndian ?? true;
  }

  get framesRequested(): number {
    return this.ring.statistics.retransmitRequests;
  }

  tune(ringId: RingId, tuning: RingTuning): void {
    this.ring.tune(ringId, tuning);
  }

  /** What the members of the ring agreed on in place of the configured windows; undefined: nothing (yet). */
  get tuning(): RingTuning | undefined {
    return this.ring.phase === 'operational' ? this.ring.tuning : undefined;
  }

  /** The windows in use, agreed or configured. */
  get window(): RingTuning {
    const { windowSize, maxMessages } = this.ring.parameters;
    return this.tuning ?? { windowSize, maxMessages, accelerated: 0 };
  }

  get status(): NodeStatus {
    return {
      nodeId: this.nodeId,
      state: this.state,
      ...(this.configuration === undefined ? {} : { ringId: formatRingId(this.configuration.ringId) }),
      members: this.members,
      rotationMs: this.ring.statistics.rotationMs,
      tuning: { agreed: this.tuning !== undefined, ...this.window },
      rates: this.rates.rates as unknown as NodeRates,
      services: this.host.status,
    };
  }

  /** What ring, packing and transport have counted, and the frames that wait to be sent or still find a place. */
  get ringCounters(): RingCounters {
    const { statistics, available, waiting } = this.ring;
    const { transport } = this.bindings;
    return { ring: statistics, packing: this.packing.counters, transport: transport.counters, available, waiting };
  }

  /** Everything, as plain data: for a state dump and for tests. */
  dump(): Record<string, unknown> {
    return {
      status: this.status,
      ring: { ...this.ring.statistics },
      packing: { ...this.packing.counters },
      transport: { ...this.bindings.transport.counters },
      router: { ...this.router.counters },
      sync: this.sync.dump(),
      clients: this.hub.clientCount(),
      services: Object.fromEntries(this.host.services.map((service) => [service.name, service.dump()])),
    };
  }

  private readonly hostListener: PluginHostListener = {
    participantAdded: (participant) => this.sync.add(participant),
    participantRemoved: (participant) => this.sync.remove(participant.id),
    reformNeeded: () => this.reformWhenSettled(),
  };

  private configurationChanged(configuration: Configuration): void {
    this.router.synchronizing = true;
    if (configuration.kind === 'regular') this.configuration = configuration;
    this.host.configurationChanged(configuration);
    for (const listener of this.configurationListeners) listener(configuration);
  }

  private synchronizationComplete(): void {
    this.router.synchronizing = false;
    this.hub.ready = true;
    this.log.log('notice', 'Completed service synchronization, ready to provide service.');
    for (const listener of this.synchronizedListeners) listener();
    if (this.reformAsked) this.reformWhenSettled();
  }

  /** A ring that is being formed, or services that are being synchronized, come first. */
  private reformWhenSettled(): void {
    this.reformAsked = this.host.needsReform;
    if (!this.reformAsked || this.router.synchronizing || this.life !== 'running') return;
    this.reformAsked = false;
    // On a turn of its own: the ring may be in the middle of delivering.
    this.reformTimer.start(0);
  }

  private nextToken(): Promise<void> {
    return new Promise((resolve) => {
      const deadline = this.clock.timer(resolve);
      deadline.start(FAREWELL_MS);
      this.router.whenRoom(() => {
        deadline.stop();
        resolve();
      });
    });
  }

  private ringFailed(error: Error): void {
    const fatal = new StartError(ExitCode.RING_ID, error.message, { cause: error });
    this.log.log('emerg', fatal.message);
    this.shutDown('crashed');
    this.bindings.fatal?.(fatal);
  }

  private whileStarting(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.shutDown('crashed');
      throw new StartError(ExitCode.SERVICE_ENGINE, messageOf(error), { cause: error });
    }
  }

  private shutDown(life: 'left' | 'crashed'): void {
    this.life = life;
    this.clock.close();
    this.bindings.transport.close();
  }
}

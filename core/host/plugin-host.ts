import type { Container } from 'inversify';
import { CsError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { SyncParticipant } from '../sync/participant.js';
import type { Configuration } from '../totem/ring.js';
import type { ClientHub } from './client-hub.js';
import { PluginError } from './errors.js';
import type { HostedService, ServiceState } from './hosted-service.js';
import { loadOrder, provided } from './load-order.js';
import { checkManifest } from './plugin.js';
import type { Plugin } from './plugin.js';
import { createInstance, describePlugin, withdraw } from './plugin-instance.js';
import type { LoadRequest, PluginInstance } from './plugin-instance.js';
import type { Router } from './router.js';

/** One plugin of a node, for status and `chorale plugin list`. */
export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  readonly service: string;
  readonly id: number;
  readonly state: ServiceState;
  /** Exceptions that were the plugin's own fault. */
  readonly bugs: number;
  /** Why it is isolated; only if it is. */
  readonly failure?: string;
  readonly clients: number;
  /** Messages received and sent, by function number. */
  readonly rx: readonly number[];
  readonly tx: readonly number[];
}

/** What the host tells the node it is part of. */
export interface PluginHostListener {
  /** It takes part from the next synchronization on. */
  participantAdded(participant: SyncParticipant): void;
  /** It is not called again; a running synchronization keeps its phase. */
  participantRemoved(participant: SyncParticipant): void;
  /** The ring has to be formed again with the same members: see `PluginHost.needsReform`. */
  reformNeeded(): void;
}

/**
 * The services of one node and their life: load, start, stop, unload.
 *
 * A service loaded into a running node starts with the next regular configuration, for which the ring is formed again
 * with the same members: so it goes through configuration and synchronization like every service at the start of a node,
 * and no message of an old configuration reaches an engine that has no state yet. A service that only some nodes have is
 * legal: nodes agree on the union of the service ids, a node without the service keeps step with barriers in that phase
 * and ignores its messages.
 */
export class PluginHost {
  /** By service name, in the order of starting. */
  private loaded = new Map<string, PluginInstance>();
  private started = false;
  /** A service with shared state was isolated since the ring formed: the other nodes do not know it yet. */
  private hasNews = false;
  private readonly followers: (() => void)[] = [];

  constructor(
    private readonly container: Container,
    private readonly router: Router,
    private readonly hub: ClientHub,
    private readonly log: Logger,
    private readonly listener: PluginHostListener,
  ) {}

  /** All services, in the order of starting. */
  get services(): HostedService[] {
    return [...this.loaded.values()].map((instance) => instance.service);
  }

  service(name: string): HostedService | undefined {
    return this.loaded.get(name)?.service;
  }

  /** Called each time that services came or went. */
  onServicesChanged(listener: () => void): void {
    this.followers.push(listener);
  }

  get status(): PluginStatus[] {
    return this.services.map((service) => ({
      name: service.plugin.name,
      version: service.plugin.version,
      service: service.name,
      id: service.id,
      state: service.state,
      bugs: service.bugs,
      ...(service.failure === undefined ? {} : { failure: service.failure }),
      clients: this.hub.clientCount(service),
      rx: [...service.counters.rx],
      tx: [...service.counters.tx],
    }));
  }

  /**
   * Loads plugins together, so that they may require each other in any order. All or none: throws a PluginError and
   * leaves everything as it was. In a running node they start with the next regular configuration.
   */
  load(requests: readonly LoadRequest[]): void {
    for (const { plugin } of requests) checkManifest(plugin, 'a plugin');
    const order = loadOrder(
      requests,
      [...this.loaded.values()].map((instance) => instance.request.plugin),
    );
    const made: PluginInstance[] = [];
    try {
      for (const request of order) made.push(createInstance(this.container, this.router, request, this.isolated));
    } catch (error) {
      for (const { request, service } of made.reverse()) {
        service.stop();
        withdraw(this.container, request.plugin);
      }
      throw error;
    }
    for (const instance of made) {
      const { service } = instance;
      this.loaded.set(service.name, instance);
      if (this.started) service.state = 'waiting';
      this.router.attach(service);
      if (service.hasClients) this.hub.register(service);
      if (service.synchronizes) this.listener.participantAdded(service);
      this.log.log('info', `service ${service.name} (id ${service.id}) loaded: ${describePlugin(service.plugin)}`);
    }
    this.sort();
    for (const follower of this.followers) follower();
    if (this.started && made.length > 0) this.listener.reformNeeded();
  }

  /** Starts what was loaded, by priority. Throws a PluginError if one cannot start. */
  start(): void {
    this.started = true;
    for (const service of this.services) {
      service.start();
      if (service.state === 'failed') {
        throw new PluginError(
          'PLUGIN_START_FAILED',
          `service ${service.name} of plugin ${describePlugin(service.plugin)} did not start: ${service.failure!}. ` +
            'Correct it, or take it out of the configuration.',
        );
      }
    }
  }

  /**
   * Stops a service and forgets it; its clients are disconnected. Throws a PluginError if there is no such service or
   * another one requires it.
   */
  unload(name: string): void {
    const instance = this.find(name);
    const dependent = this.dependents(instance)[0];
    if (dependent !== undefined) {
      throw new PluginError(
        'PLUGIN_IN_USE',
        `service ${name} cannot be unloaded: plugin ${dependent.request.plugin.name} requires it. Unload ` +
          `${dependent.service.name} first.`,
      );
    }
    this.remove(instance, `service ${name} was unloaded`);
    this.log.log('info', `service ${name} unloaded`);
  }

  /**
   * Makes a new engine for a service (one that failed, above all) and for those that require it; they get their state
   * from the other nodes. With `plugin` that one takes the service's place, with the same settings.
   */
  restart(name: string, plugin?: Plugin): void {
    const instance = this.find(name);
    const others = this.dependents(instance);
    for (const one of [...others, instance]) this.remove(one, `service ${one.service.name} is being restarted`);
    const first = plugin === undefined ? instance.request : { ...instance.request, plugin };
    this.load([first, ...others.map((one) => one.request)]);
  }

  /**
   * Stops everything, in the reverse order of starting: the node leaves. Engines stop before their clients are
   * disconnected: the others hear of a node that is gone, not of processes that ended.
   */
  stop(): void {
    for (const instance of [...this.loaded.values()].reverse()) {
      instance.service.stop();
      this.remove(instance, 'the node is leaving the ring');
    }
    this.started = false;
  }

  /** The ring has to be formed again: for services that wait for a first configuration, or to tell of one that failed. */
  get needsReform(): boolean {
    return this.hasNews || this.services.some((service) => service.state === 'waiting');
  }

  configurationChanged(configuration: Configuration): void {
    if (configuration.kind === 'regular') this.hasNews = false;
    for (const { service } of this.loaded.values()) service.configurationChanged(configuration);
  }

  /** The other nodes are told by a new ring, in whose synchronization the service of this node is not. */
  private readonly isolated = (service: HostedService): void => {
    this.hub.fail(
      service,
      new CsError(
        'ERR_LIBRARY',
        `service ${service.name} has failed on this node; its log says why, chorale plugin restart ${service.name} mends it`,
      ),
    );
    if (!service.synchronizes || !this.started) return;
    this.hasNews = true;
    this.listener.reformNeeded();
  };

  private find(name: string): PluginInstance {
    const instance = this.loaded.get(name);
    if (instance === undefined) {
      const known = [...this.loaded.keys()].join(', ') || 'none';
      throw new PluginError('PLUGIN_NOT_LOADED', `this node has no service "${name}" (it has: ${known}).`);
    }
    return instance;
  }

  /** Those that require `instance`, directly or not; each before the ones it requires. */
  private dependents(instance: PluginInstance): PluginInstance[] {
    const gone = new Set(provided(instance.request.plugin));
    const found: PluginInstance[] = [];
    for (const one of this.loaded.values()) {
      if (!one.request.plugin.requires?.some((name) => gone.has(name))) continue;
      found.unshift(one);
      for (const name of provided(one.request.plugin)) gone.add(name);
    }
    return found;
  }

  private remove({ request, service }: PluginInstance, why: string): void {
    this.hub.unregister(service, new CsError('ERR_LIBRARY', why));
    service.stop();
    this.router.detach(service.id);
    if (service.synchronizes) this.listener.participantRemoved(service);
    withdraw(this.container, request.plugin);
    this.loaded.delete(service.name);
    for (const follower of this.followers) follower();
  }

  /** Brings the services into the order of starting: by priority, then id, but after what they require. */
  private sort(): void {
    const byPriority = [...this.loaded.values()].sort(
      (a, b) => a.service.engine.priority - b.service.engine.priority || a.service.id - b.service.id,
    );
    const requests = byPriority.map((instance) => ({ plugin: instance.request.plugin, instance }));
    this.loaded = new Map(loadOrder(requests, []).map(({ instance }) => [instance.service.name, instance]));
  }
}

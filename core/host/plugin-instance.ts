import { Container } from 'inversify';
import { ClockScope } from './clock-scope.js';
import { checkEngine } from './engine-check.js';
import { PluginError, messageOf } from './errors.js';
import { HostedService } from './hosted-service.js';
import type { Plugin, PluginContext, PluginSettings, QuorumView } from './plugin.js';
import type { Router } from './router.js';
import { StoredPluginMachine } from './plugin-machine.js';
import { ScopedStore } from './scoped-store.js';
import { FIRST_OWN_SERVICE_ID } from './service-engine.js';
import { ServiceGate } from './service-gate.js';
import { capability, nodeTokens, tokens } from './tokens.js';

/** A plugin to load and how. */
export interface LoadRequest {
  readonly plugin: Plugin;
  /** The service version that the engine must have; missing: any. */
  readonly serviceVersion?: number;
  readonly settings?: PluginSettings;
}

/** A plugin with its engine, in a node. */
export interface PluginInstance {
  readonly request: LoadRequest;
  readonly service: HostedService;
}

/**
 * Makes a plugin's engine in a container of its own, a child of the node's, and publishes the capabilities it provides
 * in the node's container. Throws a PluginError and leaves nothing behind.
 */
export function createInstance(
  node: Container,
  router: Router,
  request: LoadRequest,
  failed: (service: HostedService) => void,
): PluginInstance {
  const { plugin } = request;
  const { id, name } = plugin.service;
  const gate = new ServiceGate();
  const options = node.get(nodeTokens.NodeOptions);
  const { nodeId } = options;
  const log = node.get(nodeTokens.LoggerOf)(name.toUpperCase());
  const clock = new ClockScope(node.get(nodeTokens.Clock), (callback) => gate.run(callback));
  const store = node.get(nodeTokens.Store);

  const container = new Container({ parent: node });
  container.bind(tokens.NodeId).toConstantValue(nodeId);
  container.bind(tokens.Clock).toConstantValue(clock);
  container.bind(tokens.Entropy).toConstantValue(node.get(nodeTokens.Entropy));
  container.bind(tokens.Store).toConstantValue(id < FIRST_OWN_SERVICE_ID ? store : new ScopedStore(store, name));
  container.bind(tokens.Machine).toConstantValue(new StoredPluginMachine(options, store, clock));
  container.bind(tokens.Logger).toConstantValue(log);
  container.bind(tokens.ServiceRing).toConstantValue(router.ringOf(id, gate));
  container.bind(tokens.Settings).toConstantValue(request.settings ?? {});
  container.bind(tokens.Quorum).toConstantValue(quorumOf(node));
  try {
    if (plugin.module !== undefined) container.load(plugin.module);
    else container.bind(tokens.ServiceEngine).toConstantValue(plugin.create!(contextOf(container, plugin)));
    const engine = container.get(tokens.ServiceEngine);
    checkEngine(plugin, engine, request.serviceVersion);
    const service = new HostedService(plugin, engine, nodeId, clock, log, failed);
    gate.bind(service);
    publish(node, container, plugin);
    return { request, service };
  } catch (error) {
    clock.close();
    withdraw(node, plugin);
    if (error instanceof PluginError) throw error;
    throw new PluginError(
      'PLUGIN_CREATE_FAILED',
      `plugin ${describePlugin(plugin)} could not make its engine: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Takes a plugin's capabilities out of the node's container again. */
export function withdraw(node: Container, plugin: Plugin): void {
  for (const name of [plugin.service.name, ...(plugin.provides ?? [])]) {
    if (node.isBound(capability(name))) node.unbind(capability(name));
  }
}

/** A plugin in logs and errors. */
export function describePlugin(plugin: Plugin): string {
  return `${plugin.name} ${plugin.version}`;
}

function publish(node: Container, container: Container, plugin: Plugin): void {
  node.bind(capability(plugin.service.name)).toConstantValue(container.get(tokens.ServiceEngine));
  for (const name of plugin.provides ?? []) {
    if (!container.isBound(capability(name))) {
      throw new PluginError(
        'PLUGIN_CREATE_FAILED',
        `plugin ${describePlugin(plugin)} provides "${name}" by its manifest, but its module does not bind ` +
          `capability('${name}'): bind it, or take it out of provides.`,
      );
    }
    node.bind(capability(name)).toConstantValue(container.get(capability(name)));
  }
}

function contextOf(container: Container, plugin: Plugin): PluginContext {
  return {
    nodeId: container.get(tokens.NodeId),
    clock: container.get(tokens.Clock),
    entropy: container.get(tokens.Entropy),
    store: container.get(tokens.Store),
    machine: container.get(tokens.Machine),
    log: container.get(tokens.Logger),
    ring: container.get(tokens.ServiceRing),
    settings: container.get(tokens.Settings),
    quorum: container.get(tokens.Quorum),
    capability: <T>(name: string): T => {
      if (!plugin.requires?.includes(name)) {
        throw new PluginError(
          'PLUGIN_UNKNOWN_REQUIREMENT',
          `plugin ${describePlugin(plugin)} uses capability "${name}" without requiring it: add it to requires.`,
        );
      }
      return container.get(capability<T>(name));
    },
  };
}

/** The quorum service is every cluster's, but a node may be put together without it: then nobody counts. */
function quorumOf(node: Container): QuorumView {
  const service = capability<QuorumView>('quorum');
  return {
    get quorate() {
      return !node.isBound(service) || node.get(service).quorate;
    },
  };
}

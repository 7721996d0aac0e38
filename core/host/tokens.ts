import type { Container, ServiceIdentifier } from 'inversify';
import type { Clock } from '../base/clock.js';
import type { Entropy } from '../base/entropy.js';
import type { Logger, LoggerOf } from '../base/logger.js';
import type { Store } from '../base/store.js';
import type { Transport } from '../net/transport.js';
import type { Packing } from '../totem/pg/packing.js';
import type { Totem } from '../totem/ring.js';
import type { SingleRing } from '../totem/srp/single-ring.js';
import type { ClientHub } from './client-hub.js';
import type { NodeOptions } from './node-options.js';
import type { PluginSettings, QuorumView } from './plugin.js';
import type { PluginHost, PluginHostListener } from './plugin-host.js';
import type { PluginMachine } from './plugin-machine.js';
import type { Router } from './router.js';
import type { ServiceEngine, ServiceRing } from './service-engine.js';

/** A token of inversify: the type is for the compiler only. `Symbol.for`, so that two copies of the SDK agree. */
function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`chorale:${name}`);
}

/** What a node's container holds. Everything is injected by these: no class is ever its own token. */
export const nodeTokens = {
  /** The node's own container: the parent of the plugins' containers. */
  Container: token<Container>('Container'),
  Clock: token<Clock>('Clock'),
  Entropy: token<Entropy>('Entropy'),
  Store: token<Store>('Store'),
  LoggerOf: token<LoggerOf>('LoggerOf'),
  Transport: token<Transport>('Transport'),
  NodeOptions: token<NodeOptions>('NodeOptions'),
  /** Called when the ring cannot go on: the node has to stop. */
  Fatal: token<(error: Error) => void>('Fatal'),
  Ring: token<SingleRing>('Ring'),
  Packing: token<Packing>('Packing'),
  Totem: token<Totem>('Totem'),
  Router: token<Router>('Router'),
  ClientHub: token<ClientHub>('ClientHub'),
  PluginHostListener: token<PluginHostListener>('PluginHostListener'),
  PluginHost: token<PluginHost>('PluginHost'),
} as const;

/**
 * What a plugin's module may inject. Each plugin has its own: its clock's timers end with it, its log carries its name,
 * its ring carries its messages. `ServiceEngine` is what the module has to bind.
 */
export const tokens = {
  /** This node's id. */
  NodeId: token<number>('plugin:NodeId'),
  Clock: token<Clock>('plugin:Clock'),
  Entropy: token<Entropy>('plugin:Entropy'),
  /** The plugin's own keys of the state directory (services 0 to 31: the plain keys, as Corosync names them). */
  Store: token<Store>('plugin:Store'),
  /** The machine's names and its calendar. */
  Machine: token<PluginMachine>('plugin:Machine'),
  /** The log of the subsystem named like the service, in capitals. */
  Logger: token<Logger>('plugin:Logger'),
  /** Multicasts to this service on every node. */
  ServiceRing: token<ServiceRing>('plugin:ServiceRing'),
  /** The other keys of the plugin's `service` section. */
  Settings: token<PluginSettings>('plugin:Settings'),
  Quorum: token<QuorumView>('plugin:Quorum'),
  /** What the plugin's module binds its engine to. */
  ServiceEngine: token<ServiceEngine>('plugin:ServiceEngine'),
} as const;

/** The token of a capability: bound by the plugin whose manifest provides it, injected by those that require it. */
export function capability<T>(name: string): ServiceIdentifier<T> {
  return token<T>(`capability:${name}`);
}

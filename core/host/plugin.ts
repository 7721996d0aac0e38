import type { ContainerModule } from 'inversify';
import type { Clock } from '../base/clock.js';
import type { Entropy } from '../base/entropy.js';
import type { Logger } from '../base/logger.js';
import type { ServiceConnection } from '../base/service-connection.js';
import type { Store } from '../base/store.js';
import { PluginError } from './errors.js';
import type { PluginMachine } from './plugin-machine.js';
import { FIRST_OWN_SERVICE_ID, SERVICE_ID_LIMIT } from './service-engine.js';
import type { ServiceEngine, ServiceRing } from './service-engine.js';

/** The contract of plugins that this host offers: the major number changes when a plugin would have to. */
export const SDK_VERSION = { major: 1, minor: 0 } as const;

/** The keys of the plugin's `service` section besides name and ver. */
export type PluginSettings = Readonly<Record<string, string>>;

/** What a plugin may know of quorum. */
export interface QuorumView {
  /** Whether this node's part of the cluster may serve: as of the last synchronization, or what changed since. True without a provider. */
  readonly quorate: boolean;
}

/** What `create` gets: all that an engine may touch. The same things that a module injects by `tokens`. */
export interface PluginContext {
  readonly nodeId: number;
  /** Its timers end when the plugin is unloaded. */
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: Store;
  /** The machine's names and its calendar. */
  readonly machine: PluginMachine;
  readonly log: Logger;
  readonly ring: ServiceRing;
  readonly settings: PluginSettings;
  readonly quorum: QuorumView;
  /** What another plugin provides under a name that this plugin's manifest requires. */
  capability<T>(name: string): T;
}

/** What a plugin is and needs. `definePlugin` checks it. */
export interface PluginManifest<Client = unknown> {
  /** Of the plugin, for people and logs, usually its package's name. */
  readonly name: string;
  /** Of the plugin's code, for people and logs. */
  readonly version: string;
  /** The SDK it was written for: a major number (1) or the least version of one ('1.0', '^1.0'). */
  readonly sdk: number | string;
  /** The service id on the ring and the name clients connect to. Own services: 32 to 63. */
  readonly service: { readonly id: number; readonly name: string };
  /** Capabilities that must be there: names of services, or what other plugins provide. They are created first. */
  readonly requires?: readonly string[];
  /** Capabilities its module binds (`capability(name)`), besides its own service's name, which is its engine. */
  readonly provides?: readonly string[];
  /** Binds `tokens.ServiceEngine`. Either this or `create`. */
  readonly module?: ContainerModule;
  /** Makes the engine. Either this or `module`. */
  readonly create?: (context: PluginContext) => ServiceEngine;
  /** Makes the API an application uses from a connection to the service. */
  readonly client?: (connection: ServiceConnection) => Client;
}

/** A checked manifest. */
export type Plugin<Client = unknown> = PluginManifest<Client>;

/**
 * Checks a manifest and gives it back: what a plugin's module exports as its default.
 * Throws a PluginError that says which field is wrong and what would be right.
 */
export function definePlugin<Client>(manifest: PluginManifest<Client>): Plugin<Client> {
  checkManifest(manifest, 'definePlugin');
  return Object.freeze(manifest);
}

const NAME = /^[a-z@][a-z0-9@/._-]*$/;
const SERVICE_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const SDK_RANGE = /^\^?(\d+)(?:\.(\d+))?(?:\.\d+)?$/;
const FIELDS = ['name', 'version', 'sdk', 'service', 'requires', 'provides', 'module', 'create', 'client'];

/**
 * Checks that `value` is a manifest for this SDK. `where` begins the error's text: the plugin's file or name.
 * Throws a PluginError.
 */
export function checkManifest(value: unknown, where: string): asserts value is Plugin {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PluginError(
      'PLUGIN_NOT_A_PLUGIN',
      `${where}: ${describe(value)} is no plugin. Export definePlugin({ name, version, sdk, service, create }) as the default.`,
    );
  }
  const manifest = value as Partial<Record<keyof PluginManifest, unknown>>;
  const bad = (field: string, found: unknown, wanted: string): PluginError =>
    new PluginError('PLUGIN_BAD_MANIFEST', `${where}: ${field} is ${describe(found)}; give ${wanted}.`);

  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    throw new PluginError(
      'PLUGIN_BAD_MANIFEST',
      `${where}: a manifest has no field "${unknown}"; its fields are ${FIELDS.join(', ')}.`,
    );
  }
  if (typeof manifest.name !== 'string' || !NAME.test(manifest.name)) {
    throw bad('name', manifest.name, 'the name of the package or folder, like "my-engine"');
  }
  if (typeof manifest.version !== 'string' || manifest.version === '') {
    throw bad('version', manifest.version, 'the version of the plugin as text, like "1.0.0"');
  }
  checkSdk(manifest.sdk, `${where} (${manifest.name} ${manifest.version})`);
  checkService(manifest.service, where, bad);
  checkCapabilities('requires', manifest.requires, bad);
  checkCapabilities('provides', manifest.provides, bad);
  if ((manifest.module === undefined) === (manifest.create === undefined)) {
    throw new PluginError(
      'PLUGIN_BAD_MANIFEST',
      `${where}: ${manifest.module ? 'both module and create are given' : 'neither module nor create is given'}; give one of them.`,
    );
  }
  if (manifest.create !== undefined && typeof manifest.create !== 'function') {
    throw bad('create', manifest.create, 'a function that makes the engine from its context');
  }
  if (manifest.module !== undefined && typeof (manifest.module as { load?: unknown }).load !== 'function') {
    throw bad('module', manifest.module, 'an inversify ContainerModule that binds tokens.ServiceEngine');
  }
  if (manifest.client !== undefined && typeof manifest.client !== 'function') {
    throw bad('client', manifest.client, 'a function that makes the client from a connection');
  }
}

type Bad = (field: string, found: unknown, wanted: string) => PluginError;

function checkService(service: unknown, where: string, bad: Bad): void {
  if (typeof service !== 'object' || service === null) throw bad('service', service, '{ id, name }');
  const { id, name } = service as { id?: unknown; name?: unknown };
  if (typeof name !== 'string' || !SERVICE_NAME.test(name)) {
    throw bad('service.name', name, 'up to 32 of a-z, 0-9, _ and -, a letter first');
  }
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= SERVICE_ID_LIMIT) {
    throw new PluginError(
      'PLUGIN_ID_OUT_OF_RANGE',
      `${where}: service.id is ${describe(id)}; give a whole number from ${FIRST_OWN_SERVICE_ID} to ${SERVICE_ID_LIMIT - 1} ` +
        'that no other service of the cluster has.',
    );
  }
}

function checkCapabilities(field: string, value: unknown, bad: Bad): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw bad(field, value, 'an array of names');
  value.forEach((entry: unknown, index) => {
    if (typeof entry !== 'string' || entry === '') throw bad(`${field}[${index}]`, entry, 'a name');
  });
  if (new Set(value).size !== value.length) throw bad(field, value, 'every name once');
}

function checkSdk(sdk: unknown, where: string): void {
  const match = SDK_RANGE.exec(String(sdk));
  const { major, minor } = SDK_VERSION;
  if (match === null || (typeof sdk !== 'number' && typeof sdk !== 'string')) {
    throw new PluginError(
      'PLUGIN_BAD_MANIFEST',
      `${where}: sdk is ${describe(sdk)}; give the SDK's major number (${major}) or the least version it needs ("${major}.${minor}").`,
    );
  }
  if (Number(match[1]) !== major || Number(match[2] ?? 0) > minor) {
    const newer = Number(match[1]) > major || (Number(match[1]) === major && Number(match[2] ?? 0) > minor);
    throw new PluginError(
      'PLUGIN_WRONG_SDK',
      `${where} is written for SDK ${String(sdk)}, this is SDK ${major}.${minor}: ` +
        (newer ? 'install a newer Chorale or an older plugin.' : 'install a newer version of the plugin.'),
    );
  }
}

/** What was found, for an error: short, with its type. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (Array.isArray(value)) return `an array (${value.length === 0 ? 'empty' : value.map(String).join(', ')})`;
  if (typeof value === 'object') return `an object with ${Object.keys(value).join(', ') || 'no fields'}`;
  return `the ${typeof value} ${String(value)}`;
}

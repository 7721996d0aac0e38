import { PluginError } from './errors.js';
import { describe } from './plugin.js';
import type { Plugin } from './plugin.js';
import type { ServiceEngine } from './service-engine.js';

/** Checks that what a plugin made is the engine its manifest announces. Throws a PluginError. */
export function checkEngine(
  plugin: Plugin,
  value: unknown,
  serviceVersion: number | undefined,
): asserts value is ServiceEngine {
  const bad = (field: string, found: unknown, wanted: string): PluginError =>
    new PluginError(
      'PLUGIN_BAD_ENGINE',
      `the engine of plugin ${plugin.name}: ${field} is ${describe(found)}; it has to be ${wanted}.`,
    );
  if (typeof value !== 'object' || value === null) {
    throw new PluginError(
      'PLUGIN_BAD_ENGINE',
      `plugin ${plugin.name} made ${describe(value)} instead of an engine; return (or bind) an object with ` +
        'name, id, priority, version and messages.',
    );
  }
  if (typeof (value as { then?: unknown }).then === 'function') {
    throw new PluginError(
      'PLUGIN_BAD_ENGINE',
      `plugin ${plugin.name} made a promise instead of an engine; engines are made at once, without await.`,
    );
  }
  const engine = value as ServiceEngine;
  if (engine.name !== plugin.service.name) throw bad('name', engine.name, `the manifest's "${plugin.service.name}"`);
  if (engine.id !== plugin.service.id) throw bad('id', engine.id, `the manifest's ${plugin.service.id}`);
  if (!Number.isFinite(engine.priority)) throw bad('priority', engine.priority, 'a number');
  if (!Number.isInteger(engine.version) || engine.version < 0) throw bad('version', engine.version, 'a whole number');
  if (!Array.isArray(engine.messages) || !engine.messages.every(isFunction)) {
    throw bad('messages', engine.messages, 'an array of handlers without gaps');
  }
  if (engine.requests !== undefined) {
    if (!Array.isArray(engine.requests) || !engine.requests.every((one) => one === undefined || isFunction(one))) {
      throw bad('requests', engine.requests, 'an array of handlers (undefined where there is none)');
    }
  }
  const { sync } = engine;
  if (sync !== undefined) {
    if (sync.id !== engine.id) throw bad('sync.id', sync.id, `its service id ${engine.id}`);
    for (const hook of ['syncInit', 'syncProcess', 'syncActivate', 'syncAbort'] as const) {
      if (!isFunction(sync[hook])) throw bad(`sync.${hook}`, sync[hook], 'a function');
    }
  }
  if (serviceVersion !== undefined && engine.version !== serviceVersion) {
    throw new PluginError(
      'PLUGIN_WRONG_VERSION',
      `the configuration asks for version ${serviceVersion} of service ${engine.name}, plugin ${plugin.name} has ` +
        `version ${engine.version}: correct "ver" or install the other version.`,
    );
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

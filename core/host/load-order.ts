import { PluginError } from './errors.js';
import type { Plugin } from './plugin.js';

/** The capabilities a plugin provides: its service by name, and what its manifest lists. */
export function provided(plugin: Plugin): readonly string[] {
  return [plugin.service.name, ...(plugin.provides ?? [])];
}

/**
 * Orders plugins so that each comes after those whose capabilities it requires; otherwise their order is kept.
 * `present` are those that are loaded already. Throws a PluginError on a conflict, a requirement that nobody provides,
 * or a cycle.
 */
export function loadOrder<T extends { readonly plugin: Plugin }>(added: readonly T[], present: readonly Plugin[]): T[] {
  const all = [...present, ...added.map((request) => request.plugin)];
  checkConflicts(all);
  const provider = new Map<string, Plugin>();
  for (const plugin of all) for (const name of provided(plugin)) provider.set(name, plugin);

  const ordered: T[] = [];
  const done = new Set<Plugin>(present);
  const requestOf = new Map(added.map((request) => [request.plugin, request]));

  const visit = (plugin: Plugin, path: readonly Plugin[]): void => {
    if (done.has(plugin)) return;
    if (path.includes(plugin)) {
      const cycle = [...path.slice(path.indexOf(plugin)), plugin].map((one) => one.name).join(' -> ');
      throw new PluginError(
        'PLUGIN_CYCLE',
        `plugins require each other in a circle: ${cycle}. One requirement has to go.`,
      );
    }
    for (const name of plugin.requires ?? []) {
      const found = provider.get(name);
      if (found === undefined) {
        const known = [...provider.keys()].join(', ') || 'nothing';
        throw new PluginError(
          'PLUGIN_UNKNOWN_REQUIREMENT',
          `plugin ${plugin.name} requires "${name}", which no plugin of this node provides (there is: ${known}). ` +
            'Load the plugin that provides it, or correct the name in requires.',
        );
      }
      visit(found, [...path, plugin]);
    }
    done.add(plugin);
    ordered.push(requestOf.get(plugin)!);
  };
  for (const request of added) visit(request.plugin, []);
  return ordered;
}

function checkConflicts(plugins: readonly Plugin[]): void {
  const ids = new Map<number, Plugin>();
  const names = new Map<string, Plugin>();
  const capabilities = new Map<string, Plugin>();
  for (const plugin of plugins) {
    const { id, name } = plugin.service;
    const sameId = ids.get(id);
    if (sameId !== undefined) {
      throw new PluginError(
        'PLUGIN_ID_TAKEN',
        `service id ${id} of plugin ${plugin.name} is that of plugin ${sameId.name} (service ${sameId.service.name}). ` +
          'Change the id of one of them, on all nodes, or load one only.',
      );
    }
    ids.set(id, plugin);
    const sameName = names.get(name);
    if (sameName !== undefined) {
      throw new PluginError(
        'PLUGIN_NAME_TAKEN',
        `the service name "${name}" of plugin ${plugin.name} is that of plugin ${sameName.name}. Load one of them only.`,
      );
    }
    names.set(name, plugin);
    for (const capability of provided(plugin)) {
      const sameCapability = capabilities.get(capability);
      if (sameCapability !== undefined) {
        throw new PluginError(
          'PLUGIN_CAPABILITY_TAKEN',
          `plugins ${sameCapability.name} and ${plugin.name} both provide "${capability}". Load one of them only.`,
        );
      }
      capabilities.set(capability, plugin);
    }
  }
}

import { dirname } from 'node:path';
import type { ClusterConfig, ServiceConfig } from '../config/model.js';
import { ExitCode, StartError, messageOf } from '../host/errors.js';
import { importPlugin } from '../host/import-plugin.js';
import type { PluginHost } from '../host/plugin-host.js';
import type { LoadRequest } from '../host/plugin-instance.js';

/** A `service` section and the plugin it named. */
export interface ConfiguredService {
  readonly section: ServiceConfig;
  readonly request: LoadRequest;
}

export function sameService(a: ServiceConfig, b: ServiceConfig): boolean {
  return a.specifier === b.specifier && a.version === b.version;
}

/** Imports the plugins that sections name. Rejects with a StartError. */
export async function importServices(
  config: ClusterConfig,
  services: readonly ServiceConfig[],
): Promise<ConfiguredService[]> {
  const imported: ConfiguredService[] = [];
  for (const section of services) {
    try {
      const plugin = await importPlugin(section.specifier, { directory: dirname(config.file) });
      imported.push({ section, request: { plugin, serviceVersion: section.version } });
    } catch (error) {
      throw new StartError(ExitCode.SERVICE_ENGINE, `service "${section.name}": ${messageOf(error)}`, { cause: error });
    }
  }
  return imported;
}

/** Unloads and loads services; all or nothing. Throws a PluginError. */
export function exchangeServices(
  host: PluginHost,
  gone: readonly ConfiguredService[],
  added: readonly ConfiguredService[],
): void {
  for (const { request } of gone) host.unload(request.plugin.service.name);
  try {
    host.load(added.map((service) => service.request));
  } catch (error) {
    host.load(gone.map((service) => service.request));
    throw error;
  }
}

import { ConfigError } from '../../config/errors.js';
import { thisHost } from '../../config/host.js';
import { loadConfig } from '../../config/load.js';

/** What `choraled -t` says: the lines to print, and the exit code. */
export interface CheckResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/** Reads a configuration as the daemon would, and starts nothing. */
export async function checkConfiguration(file: string, instance: string | undefined): Promise<CheckResult> {
  try {
    const { config, warnings } = await loadConfig(file, thisHost(instance));
    const { localNode, nodes, totem } = config;
    const count = nodes.length === 1 ? 'one node' : `${nodes.length} nodes`;
    return {
      exitCode: 0,
      lines: [
        ...warnings.map((warning) => `warning: ${warning}`),
        `${config.file}: good: ${count} over ${totem.transport}; this is node ${localNode.nodeId} (${localNode.address})`,
      ],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { exitCode: error.exitCode, lines: error.message.split('\n') };
  }
}

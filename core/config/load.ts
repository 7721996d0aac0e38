import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buildConfig } from './build.js';
import { collect, collectUidGid } from './collect.js';
import { ConfigError, Report } from './errors.js';
import { thisHost } from './host.js';
import { parseCorosyncConf } from './parser.js';
import type { NamedId } from './collect.js';
import type { Environment } from './environment.js';
import type { ClusterConfig } from './model.js';

/** A configuration and the remarks on it, each a line that says what to do. */
export interface LoadedConfig {
  readonly config: ClusterConfig;
  readonly warnings: readonly string[];
}

/**
 * Reads a corosync.conf, and the files of `uidgid.d` beside it, into the model.
 * @throws ConfigError naming every problem there is; its `exitCode` is the process's
 */
export async function loadConfig(file: string, environment: Environment = thisHost()): Promise<LoadedConfig> {
  const path = resolve(environment.workingDirectory, file);
  const report = new Report();
  const collected = collect(parseCorosyncConf(await readText(path, report), path, report), report);
  const namedIds = [...collected.namedIds, ...(await readUidGidDirectory(join(dirname(path), 'uidgid.d'), report))];
  const { store, nodes, services } = collected;
  const config = await buildConfig({ store, nodes, services, namedIds }, path, environment, report);
  return { config, warnings: report.warnings };
}

async function readText(path: string, report: Report): Promise<string> {
  const origin = { file: path, line: 0 };
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const text = `the configuration cannot be read: ${(error as Error).message}; write it, or name another with -c FILE`;
    throw new ConfigError([{ origin, stage: 'parse', key: '', text }]);
  }
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !bytes.equals(Buffer.from(text))) {
    report.warn({ origin, key: '' }, 'the file is not UTF-8; letters that cannot be read are replaced');
  }
  return text;
}

/** Every regular file of the directory; there need not be one. */
async function readUidGidDirectory(directory: string, report: Report): Promise<NamedId[]> {
  const names = await readdir(directory).catch(() => []);
  const found: NamedId[] = [];
  for (const name of names.sort()) {
    const path = join(directory, name);
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isFile) continue;
    try {
      const text = await readFile(path, 'utf8');
      found.push(...collectUidGid(parseCorosyncConf(text, path, report), report));
    } catch (error) {
      report.warn({ origin: { file: path, line: 0 }, key: 'uidgid' }, `is skipped: ${(error as Error).message}`);
    }
  }
  return found;
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PluginError, messageOf } from './errors.js';
import { checkManifest, describe } from './plugin.js';
import type { Plugin } from './plugin.js';
import { FIRST_OWN_SERVICE_ID, SERVICE_ID_LIMIT } from './service-engine.js';

export interface ImportOptions {
  /** Paths are relative to it and packages are looked for from it: the directory of the configuration file. */
  readonly directory: string;
  /**
   * Reads the file again even if it was imported before: for a plugin that was changed on disk. Only its entry file:
   * what that imports stays as it was. Node keeps the old module in memory.
   */
  readonly fresh?: boolean;
}

let freshImports = 0;

/** A service as openais' configuration names it. Chorale's own has the same name: `openais_x` is `chorale/x`. */
const OPENAIS_NAME = /^openais_([a-z]+)$/;

/**
 * Imports a plugin that a configuration names: one of Chorale's own (`chorale/x`, or `openais_x` as openais has it), a file
 * or folder (./, ../, / or file:), or an npm package found in a node_modules folder at or above `directory`, or beside
 * Chorale itself. Rejects with a PluginError that says what was looked for and what to do.
 */
export async function importPlugin(named: string, options: ImportOptions): Promise<Plugin> {
  const specifier = named.replace(OPENAIS_NAME, 'chorale/$1');
  const isPath = /^(\.{1,2}\/|\/|file:)/.test(specifier) || isAbsolute(specifier);
  const file = isPath ? locateFile(specifier, options.directory) : locatePackage(specifier, options.directory);
  const where = file ?? specifier;
  let namespace: Record<string, unknown>;
  try {
    const url = file === undefined ? specifier : pathToFileURL(file).href;
    // A name takes no query. What comes with Chorale changes with Chorale, so the daemon is restarted for it anyway.
    const isFresh = options.fresh === true && file !== undefined;
    namespace = (await import(isFresh ? `${url}?fresh=${++freshImports}` : url)) as typeof namespace;
  } catch (error) {
    throw importError(specifier, where, file === undefined, options.directory, error);
  }
  const found = namespace['default'];
  // A CommonJS file's default export is its module.exports, which may hold the plugin as its own `default`.
  const nested = (found as { default?: unknown } | undefined | null)?.default;
  const manifest = nested ?? found;
  if (manifest === undefined) {
    const names = Object.keys(namespace).join(', ') || 'nothing';
    throw new PluginError(
      'PLUGIN_NOT_A_PLUGIN',
      `${where} exports ${names}, but no default. Export definePlugin({ name, version, sdk, service, create }) as the default.`,
    );
  }
  checkManifest(manifest, where);
  if (manifest.service.id < FIRST_OWN_SERVICE_ID) {
    throw new PluginError(
      'PLUGIN_ID_OUT_OF_RANGE',
      `${where}: service.id is ${manifest.service.id}; 0 to ${FIRST_OWN_SERVICE_ID - 1} are Corosync's. Give one from ` +
        `${FIRST_OWN_SERVICE_ID} to ${SERVICE_ID_LIMIT - 1} that no other service of the cluster has.`,
    );
  }
  return manifest;
}

function locateFile(specifier: string, directory: string): string {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(directory, specifier);
  if (!existsSync(path)) {
    throw new PluginError(
      'PLUGIN_NOT_FOUND',
      `there is no plugin at ${path} (named "${specifier}"). Build it, or correct the name; paths are relative to ${directory}.`,
    );
  }
  return statSync(path).isDirectory() ? entryOf(path, '.') : path;
}

/** The entry file of a package, or undefined if no node_modules folder at or above `directory` has it. */
function locatePackage(specifier: string, directory: string): string | undefined {
  // Chorale's own come with this Chorale, not with another that may be installed there.
  if (specifier.startsWith('chorale/')) return undefined;
  const parts = specifier.split('/');
  const name = parts.splice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return entryOf(candidate, ['.', ...parts].join('/'));
    if (folder === dirname(folder)) return undefined;
  }
}

interface PackageJson {
  readonly exports?: unknown;
  readonly main?: unknown;
}

/** The file that `import` of a package's `subpath` (`.` or `./x`) means: by its exports, its main, or index.js. */
function entryOf(folder: string, subpath: string): string {
  const manifest = join(folder, 'package.json');
  let json: PackageJson = {};
  if (existsSync(manifest)) {
    try {
      json = JSON.parse(readFileSync(manifest, 'utf8')) as PackageJson;
    } catch (error) {
      throw new PluginError('PLUGIN_IMPORT_FAILED', `${manifest} cannot be read: ${messageOf(error)}. Correct it.`);
    }
  }
  const target =
    json.exports === undefined || json.exports === null
      ? withoutExports(json, subpath)
      : conditional(subpathOf(json.exports, subpath));
  const file = target === undefined ? undefined : join(folder, target);
  if (file === undefined || !existsSync(file)) {
    const tried = file ?? `"${subpath}" in the exports of ${manifest}`;
    throw new PluginError(
      'PLUGIN_NOT_FOUND',
      `the folder ${folder} has no plugin: ${tried} does not exist. Build it, or correct main or exports in its package.json.`,
    );
  }
  return file;
}

function withoutExports(json: PackageJson, subpath: string): string {
  if (subpath !== '.') return subpath;
  return typeof json.main === 'string' ? json.main : 'index.js';
}

function subpathOf(exports: unknown, subpath: string): unknown {
  const isMap =
    typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key.startsWith('.'));
  if (isMap) return (exports as Record<string, unknown>)[subpath];
  return subpath === '.' ? exports : undefined;
}

/** The target for an import in Node: the first condition that applies. */
function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (!['import', 'node', 'default', 'module-sync'].includes(condition)) continue;
    const found = conditional(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function importError(
  specifier: string,
  where: string,
  byName: boolean,
  directory: string,
  error: unknown,
): PluginError {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (byName && specifier.startsWith('chorale/') && code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    return new PluginError('PLUGIN_NOT_FOUND', `Chorale has no service "${specifier}". Correct its name.`, {
      cause: error,
    });
  }
  if (byName && code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${specifier}'`)) {
    return new PluginError(
      'PLUGIN_NOT_FOUND',
      `there is no package ${describe(specifier)} in a node_modules folder at or above ${directory}, nor beside Chorale. ` +
        'Install it there (npm install), or write ./ before the name of a file.',
      { cause: error },
    );
  }
  const advice =
    code === 'ERR_UNKNOWN_FILE_EXTENSION'
      ? 'Build it to JavaScript and name the .js file (or start the daemon with a loader: node --import tsx).'
      : 'Correct the plugin, or take it out of the configuration.';
  return new PluginError('PLUGIN_IMPORT_FAILED', `plugin ${where} cannot be imported: ${messageOf(error)}. ${advice}`, {
    cause: error,
  });
}

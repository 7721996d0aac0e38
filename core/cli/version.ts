import { existsSync, readFileSync } from 'node:fs';
import { CORE_SERVICE_NAMES } from './core-services.js';

/** The release whose protocols and client interfaces this one speaks. */
const SPEAKS = 'Corosync 3.1.7';

/** The version of the package. */
export function packageVersion(): string {
  // This file is core/cli/version.ts in the sources and dist/core/cli/version.js in a build.
  const file = ['../../package.json', '../../../package.json']
    .map((relative) => new URL(relative, import.meta.url))
    .find((url) => existsSync(url));
  if (file === undefined) return 'unknown';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** One line: what this build can do. */
export function builtInFeatures(): string {
  return `transports: udp udpu; services: ${CORE_SERVICE_NAMES.join(' ')}; systemd`;
}

/** What `choraled -v` prints. */
export function versionText(): string {
  return [
    `Chorale Cluster Engine, version '${packageVersion()}'`,
    `Speaks the protocols of ${SPEAKS}`,
    `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
    '',
    `Built-in features: ${builtInFeatures()}`,
  ].join('\n');
}

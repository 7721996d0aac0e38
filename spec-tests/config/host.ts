import type { Environment, LocalAddress } from '../../core/config/environment.js';
import { buildConfig } from '../../core/config/build.js';
import { collect } from '../../core/config/collect.js';
import { ConfigError, Report } from '../../core/config/errors.js';
import { parseCorosyncConf } from '../../core/config/parser.js';
import type { LoadedConfig } from '../../core/config/load.js';

/** What a test's host is made of; everything else is missing from it. */
export interface FakeHost {
  hostname?: string;
  instance?: string;
  stateHome?: string;
  local?: readonly string[];
  /** Addresses of names. */
  names?: Readonly<Record<string, readonly string[]>>;
  /** Names of addresses. */
  reverse?: Readonly<Record<string, string>>;
  users?: Readonly<Record<string, number>>;
  groups?: Readonly<Record<string, number>>;
}

const address = (text: string): LocalAddress => ({ address: text, family: text.includes(':') ? 6 : 4 });

/** A host without a network: it knows what it is told. */
export function fakeHost(host: FakeHost = {}): Environment {
  return {
    hostname: host.hostname ?? 'nobody',
    workingDirectory: '/work-dir',
    ...(host.instance === undefined ? {} : { instance: host.instance }),
    ...(host.stateHome === undefined ? {} : { stateHome: host.stateHome }),
    localAddresses: () => (host.local ?? ['127.0.0.1', '10.0.0.1']).map(address),
    resolve: (name) => Promise.resolve((host.names?.[name] ?? []).map(address)),
    reverse: (text) => Promise.resolve(host.reverse?.[text]),
    userId: (name) => Promise.resolve(host.users?.[name]),
    groupId: (name) => Promise.resolve(host.groups?.[name]),
  };
}

export const FILE = '/etc/chorale/test.conf';

/** Reads the text of a configuration on a fake host. */
export async function load(text: string, host: FakeHost = {}): Promise<LoadedConfig> {
  const report = new Report();
  const collected = collect(parseCorosyncConf(text, FILE, report), report);
  return { config: await buildConfig(collected, FILE, fakeHost(host), report), warnings: report.warnings };
}

/** The error reading `text` ends with. */
export async function failure(text: string, host: FakeHost = {}): Promise<ConfigError> {
  try {
    await load(text, host);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** Lines of a section. */
const block = (name: string, lines: string): string => (lines === '' ? '' : `${name} {\n${lines}\n}\n`);

/** A configuration of this host's only node, with lines added to its sections. */
export function conf(
  added: { totem?: string; node?: string; quorum?: string; logging?: string; rest?: string } = {},
): string {
  return (
    block('totem', `version: 2\ntransport: udpu\n${added.totem ?? ''}`) +
    block('nodelist', block('node', `ring0_addr: 10.0.0.1\nnodeid: 1\n${added.node ?? ''}`)) +
    block('quorum', added.quorum ?? '') +
    block('logging', added.logging ?? '') +
    (added.rest ?? '')
  );
}

/** A nodelist of addresses, with node ids from 1. */
export function nodelist(...addresses: string[]): string {
  const nodes = addresses.map((ring0, index) => block('node', `ring0_addr: ${ring0}\nnodeid: ${index + 1}`));
  return block('nodelist', nodes.join(''));
}

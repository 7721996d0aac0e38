import { execFile } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment, LocalAddress } from './environment.js';

const run = promisify(execFile);

/**
 * This host, as a configuration sees it.
 * @param instance names one of several nodes of this host, as `system.instance` does
 */
export function thisHost(instance?: string): Environment {
  return {
    ...(instance === undefined ? {} : { instance }),
    ...stateHome(),
    hostname: hostname(),
    workingDirectory: process.cwd(),
    localAddresses,
    resolve: resolveName,
    reverse: reverseName,
    userId: (name) => lookUp('passwd', name),
    groupId: (name) => lookUp('group', name),
  };
}

/** By the XDG base directory specification: $XDG_STATE_HOME, or ~/.local/state. */
function stateHome(): Pick<Environment, 'stateHome'> {
  if (process.getuid?.() === 0) return {};
  const named = process.env['XDG_STATE_HOME'];
  return { stateHome: join(named && isAbsolute(named) ? named : join(homedir(), '.local/state'), 'chorale') };
}

function localAddresses(): readonly LocalAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address, family }) => ({ address, family: family === 'IPv6' ? 6 : 4 })),
  );
}

async function resolveName(name: string): Promise<readonly LocalAddress[]> {
  try {
    const addresses = await dns.lookup(name, { all: true, verbatim: true });
    return addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch {
    // Whatever the reason, the name cannot be used; who asked says so.
    return [];
  }
}

async function reverseName(address: string): Promise<string | undefined> {
  try {
    return (await dns.lookupService(address, 0)).hostname;
  } catch {
    return undefined;
  }
}

/** The number of a user or group: from the file in /etc, otherwise from whatever else the host asks (LDAP, sssd). */
async function lookUp(database: 'passwd' | 'group', name: string): Promise<number | undefined> {
  if (/[^A-Za-z0-9_.@\\$-]|^-/.test(name)) return undefined;
  const line = (text: string): string[] | undefined =>
    text
      .split('\n')
      .map((entry) => entry.split(':'))
      .find((fields) => fields[0] === name);
  const local = line(await readFile(`/etc/${database}`, 'utf8').catch(() => ''));
  const found = local ?? line((await run('getent', [database, name]).catch(() => ({ stdout: '' }))).stdout);
  const number = Number(found?.[2]);
  return found !== undefined && Number.isInteger(number) ? number : undefined;
}

import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What was compared, and on what. */
export interface Machine {
  readonly processors: string;
  readonly memoryGigabytes: number;
  readonly linux: string;
  readonly node: string;
  /** The commit; `+` if there were changes, `unknown` outside a checkout. */
  readonly chorale: string;
  readonly corosync: string;
  readonly knet: string;
}

export function thisMachine(): Machine {
  const processors = cpus();
  const checkout = fileURLToPath(new URL('.', import.meta.url));
  const commit = said('git', '-C', checkout, 'describe', '--always', '--dirty=+', '--exclude=*');
  return {
    processors: `${processors.length} x ${processors[0]?.model ?? 'unknown'}`,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    linux: release(),
    node: process.version.slice(1),
    chorale: commit ?? 'unknown',
    corosync: /version '([^']+)'/.exec(said('corosync', '-v') ?? '')?.[1] ?? 'unknown',
    knet: said('dpkg-query', '-W', '-f', '${Version}', 'libknet1') ?? 'unknown',
  };
}

/** What a program prints; undefined if it is not there or fails. */
function said(program: string, ...words: string[]): string | undefined {
  try {
    return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { accessSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the nodes of a benchmark run: one host a node, numbered from 1. */
export interface Hosts {
  readonly kind: 'netlab' | 'loopback';
  /** What `bindnetaddr` is. */
  readonly network: string;
  addressOf(host: number): string;
  /** Starts a program on a host; the child's process id is the program's. */
  spawn(host: number, command: readonly string[], stdio: StdioOptions): ChildProcess;
  close(): void;
}

/** Addresses 127.0.0.1, 127.0.0.2 ... of this machine's loopback interface. Needs nothing. */
export class LoopbackHosts implements Hosts {
  readonly kind = 'loopback';
  readonly network = '127.0.0.0';

  addressOf(host: number): string {
    return `127.0.0.${host}`;
  }

  spawn(_host: number, command: readonly string[], stdio: StdioOptions): ChildProcess {
    return spawn(command[0]!, command.slice(1), { stdio });
  }

  close(): void {
    // The interface is the machine's.
  }
}

/** The laboratory's hosts: network namespaces on one bridge, made by `../shared/lab/netlab`. Needs root. */
export class NetlabHosts implements Hosts {
  readonly kind = 'netlab';
  readonly network = '10.77.0.0';
  readonly netlab: string;

  constructor(count: number) {
    this.netlab = findNetlab();
    if (process.getuid?.() !== 0) {
      throw new Error('network namespaces need root: run this as root, or with --loopback (Chorale only)');
    }
    this.run('up', `${count}`);
  }

  addressOf(host: number): string {
    return `10.77.0.${host}`;
  }

  spawn(host: number, command: readonly string[], stdio: StdioOptions): ChildProcess {
    return spawn(this.netlab, ['exec', `${host}`, ...command], { stdio });
  }

  close(): void {
    this.run('down');
  }

  private run(...words: string[]): void {
    execFileSync(this.netlab, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** Beside the checkout, also when this file runs from `dist`. */
function findNetlab(): string {
  for (const up of ['../../', '../../../']) {
    const path = fileURLToPath(new URL(`${up}../shared/lab/netlab`, import.meta.url));
    try {
      accessSync(path);
      return path;
    } catch {
      // Not there.
    }
  }
  throw new Error(
    'the laboratory (../shared/lab/netlab beside the checkout) is missing: use --loopback (Chorale only)',
  );
}

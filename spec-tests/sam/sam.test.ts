import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDaemonNode } from '../../core/cli/compose.js';
import type { Daemon } from '../../core/cli/compose.js';
import { openCmap } from '../../core/cmap.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { createLogging } from '../../core/log/logging.js';
import type { SamOptions } from '../../core/sam.js';

const PROGRAM = join(import.meta.dirname, 'program.ts');

/** A program under a supervisor, and what it printed. */
class Supervised {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  private readonly exit: Promise<unknown[]>;
  private waiting: (() => void)[] = [];

  constructor(mode: string, options: SamOptions) {
    const args = ['--import', 'tsx', PROGRAM, mode, JSON.stringify(options)];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const wake of this.waiting.splice(0)) wake();
    });
    this.exit = once(this.child, 'close');
  }

  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async ended(): Promise<number> {
    const [code] = await this.exit;
    return code as number;
  }
}

describe('SAM', () => {
  it('starts a program again that ends while it runs, with the data it stored, until it ends well', async () => {
    const program = new Supervised('data', { recovery: 'restart' });
    expect(await program.ended()).to.equal(7);
    expect(program.lines).to.deep.equal([
      '1 restored nothing',
      '2 restored data of 1',
      '3 restored data of 2',
      '3 forgot true',
    ]);
  });

  it('ends with the program where the policy is to quit', async () => {
    const program = new Supervised('data', { recovery: 'quit' });
    expect(await program.ended()).to.equal(3);
    expect(program.lines).to.deep.equal(['1 restored nothing']);
  });

  it('warns a program that sends no heartbeat, then kills it and starts it again', async () => {
    const program = new Supervised('silent', { intervalMs: 1000 });
    expect(await program.ended()).to.equal(0);
    expect(program.lines).to.deep.equal(['1 started', '1 warned']);
  });

  it('sends heartbeats as long as the program is healthy', async () => {
    const program = new Supervised('healthy', { intervalMs: 1000 });
    expect(await program.ended()).to.equal(5);
    expect(program.lines).to.deep.equal(['1 started', '1 checked', '2 started']);
  });

  it('says by name what is refused', async () => {
    const program = new Supervised('refused', {});
    expect(await program.ended()).to.equal(0);
    expect(program.lines).to.deep.equal([
      '1 CS_ERR_BAD_HANDLE',
      '1 CS_ERR_INVALID_PARAM',
      '1 CS_ERR_BAD_HANDLE',
      '1 CS_ERR_INVALID_PARAM',
      '1 CS_ERR_BAD_HANDLE',
      '1 done',
    ]);
  });

  it('shows the program in cmap, and leaves it there as failed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'chorale-sam-'));
    const path = join(directory, 'node.sock');
    const daemon = await node(directory, path);
    try {
      const program = new Supervised('shown', { intervalMs: 60_000, cmap: true, quorum: true, daemon: { path } });
      const pid = (await program.line(/started/)).split(' ')[2]!;
      expect(pid).to.equal(String(program.child.pid));
      await using cmap = await openCmap({ path });
      const prefix = `resources.process.${pid}.`;
      expect(await cmap.get(`${prefix}recovery`, 'string')).to.equal('restart');
      expect(await cmap.get(`${prefix}poll_period`, 'u64')).to.equal(60_000n);
      expect(await cmap.get(`${prefix}state`, 'string')).to.equal('running');
      expect(Number(await cmap.get(`${prefix}last_updated`, 'u64'))).to.be.greaterThan(0);
      program.child.stdin!.write('fail');
      expect(await program.ended()).to.equal(1);
      expect(await cmap.get(`${prefix}state`, 'string')).to.equal('failed');
    } finally {
      await daemon.leave();
      rmSync(directory, { recursive: true });
    }
  });
});

/** A daemon of one node without a quorum provider, on a ring. */
async function node(directory: string, path: string): Promise<Daemon> {
  mkdirSync(join(directory, 'state'));
  const file = join(directory, 'node.conf');
  const lines = [
    `totem {\n version: 2\n transport: udpu\n interface {\n  mcastport: ${20_000 + (process.pid % 20_000)}\n }\n}`,
    'nodelist {\n node {\n  nodeid: 1\n  name: n1\n  ring0_addr: 127.0.0.1\n }\n}',
    `system {\n state_dir: ${join(directory, 'state')}\n}`,
    'logging {\n to_stderr: no\n to_syslog: no\n}',
  ];
  writeFileSync(file, lines.join('\n'));
  const { config } = await loadConfig(file, thisHost('n1'));
  const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
  const daemon = await createDaemonNode({ config, logging, socketPath: path });
  await new Promise<void>((resolve) => daemon.node.onSynchronized(() => resolve()));
  return daemon;
}

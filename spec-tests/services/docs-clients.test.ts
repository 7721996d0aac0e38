import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createDaemonNode } from '../../core/cli/compose.js';
import type { Daemon } from '../../core/cli/compose.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { createLogging } from '../../core/log/logging.js';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCS = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8');
const run = promisify(execFile);

/** Each program of the page, with what it prints. */
const examples = [...DOCS.matchAll(/^## (\S+)\n[^]*?```ts\n([^]*?)```\n\n```text\n([^]*?)```/gm)].map(
  ([, name, program, output]) => ({ name: name!, program: program!, output: output! }),
);

describe('docs/clients.md', () => {
  let directory: string;
  let daemon: Daemon;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-docs-'));
    mkdirSync(join(directory, 'state'));
    const file = join(directory, 'node.conf');
    const lines = [
      `totem {\n version: 2\n transport: udpu\n interface {\n  mcastport: ${21_000 + (process.pid % 20_000)}\n }\n}`,
      'nodelist {\n node {\n  nodeid: 1\n  name: n1\n  ring0_addr: 127.0.0.1\n }\n}',
      'quorum {\n provider: corosync_votequorum\n}',
      `system {\n state_dir: ${join(directory, 'state')}\n}`,
      'logging {\n to_stderr: no\n to_syslog: no\n}',
    ];
    writeFileSync(file, lines.join('\n'));
    const { config } = await loadConfig(file, thisHost('n1'));
    const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
    daemon = await createDaemonNode({ config, logging, socketPath: join(directory, 'choraled.sock') });
    await new Promise<void>((done) => daemon.node.onSynchronized(() => done()));
  });
  after(async () => {
    await daemon.leave();
    rmSync(directory, { recursive: true });
  });

  it('has an example of every client', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    const names = ['cpg', 'quorum', 'votequorum', 'cfg', 'cmap', 'evs', 'confdb', 'sam'];
    expect(examples.map(({ name }) => name)).to.deep.equal(names.map((name) => `chorale/${name}`));
    expect(Object.keys(manifest.exports)).to.include.members(names.map((name) => `./${name}`));
  });

  for (const { name, program, output } of examples) {
    it(`shows what the example of ${name} prints`, async () => {
      const file = join(ROOT, `.docs-${process.pid}-${name.replace('/', '-')}.mts`);
      writeFileSync(file, program);
      try {
        const env = { ...process.env, CHORALE_RUN_DIR: directory, NO_COLOR: '1' };
        const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, env, timeout: 20_000 });
        expect(stdout).to.equal(output);
      } finally {
        rmSync(file);
      }
    });
  }
});

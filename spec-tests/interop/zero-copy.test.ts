import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';
import type { Daemon } from './lab.js';

const SOURCE = fileURLToPath(new URL('zero-copy-program.c', import.meta.url));

describe("interop: libcpg's zero-copy buffers", function () {
  needsLab(this);

  let directory: string;
  let lab: Lab;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-zero-copy-'));
    const program = join(directory, 'program');
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, SOURCE, '-lcpg'], { stdio: 'inherit' });
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await lab?.close();
  });

  it('carry messages on a Chorale node as on a Corosync node', async () => {
    lab = new Lab({ nodes: 2, transport: 'udpu' });
    const daemons = lab.start('chorale', 'corosync') as [Daemon, Daemon];
    await lab.oneRing();
    for (const daemon of daemons) {
      for (const [bytes, count] of [
        [1, 10],
        [1000, 200],
        [1_000_000, 5],
      ] as const) {
        const text = daemon.exec(join(directory, 'program'), `${bytes}`, `${count}`);
        expect(JSON.parse(text || '{}'), `${bytes} bytes on ${daemon.name}`).to.deep.equal({
          arrived: count,
          wrong: 0,
        });
      }
    }
    expect(readdirSync('/dev/shm').filter((name) => /zero-?copy/.test(name))).to.deep.equal([]);
  });
});

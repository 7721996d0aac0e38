import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Lab, needsLab, TSX } from './lab.js';
import type { Daemon, Kind } from './lab.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(CHECKOUT, 'spec-tests/interop/typescript-client.ts');
const run = promisify(execFile);

/** What a daemon answers is the same for Chorale's and Corosync's. */
describe("Chorale's TypeScript clients with both daemons", function () {
  this.timeout(180_000);
  needsLab(this);

  let lab: Lab | undefined;
  afterEach(() => lab?.close());

  /** Runs all scenarios on host 1 of a ring of two daemons. */
  async function scenarios(kind: Kind): Promise<Record<string, unknown>> {
    lab = new Lab({ nodes: 2, transport: 'udpu' });
    const [first] = lab.start(kind, kind) as [Daemon, Daemon];
    await lab.oneRing();
    const command = [process.execPath, '--import', TSX, PROGRAM];
    const inNamespaces = ['-t', `${first.pid}`, '-m', '-n', '--uts', ...command];
    const { stdout } = await run('nsenter', inNamespaces, { cwd: CHECKOUT, timeout: 120_000, maxBuffer: 64 << 20 });
    await lab.oneRing();
    await lab.close();
    lab = undefined;
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('do the same with each, call by call', async () => {
    const [corosync, chorale] = [await scenarios('corosync'), await scenarios('chorale')];
    for (const [name, result] of Object.entries(corosync)) {
      expect(result, `${name} with Corosync`).to.not.have.property('failed');
      expect(chorale[name], name).to.deep.equal(result);
    }
    expect(corosync['slowReader']).to.deep.equal({ inOrder: 3000 });
    expect((corosync['cpg'] as { got: unknown[] }).got).to.have.length(411);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Lab, needsLab } from './lab.js';

const SOURCE = fileURLToPath(new URL('./cpg-scenario.c', import.meta.url));

describe('A libcpg program on the nodes of a mixed ring', function () {
  this.timeout(180_000);
  needsLab(this);
  let directory: string;
  let lab: Lab;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-scenario-'));
    execFileSync('cc', ['-O1', '-w', '-o', join(directory, 'scenario'), SOURCE, '-lcpg'], { stdio: 'inherit' });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(() => lab?.close());

  it('is answered and told the same by Corosync and by Chorale (services-ipc.md 1.3 to 1.7)', async () => {
    lab = new Lab({ nodes: 2, transport: 'udpu' });
    const daemons = lab.start('corosync', 'chorale');
    for (const daemon of daemons) {
      await daemon.output.find(/Members\[2\]: 1 2/, 0, daemon.name);
      await daemon.output.find(/ready to provide service/, 0, daemon.name);
    }
    const [corosync, chorale] = daemons.map((daemon) => daemon.exec('timeout', '60', join(directory, 'scenario')));
    expect(corosync)
      .to.match(/deliver a node self pid self len 3000000/)
      .and.not.match(/timeout/);
    expect(chorale!.split('\n')).to.deep.equal(corosync!.split('\n'));
  });
});

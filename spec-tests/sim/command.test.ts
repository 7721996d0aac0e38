import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { generatePlan } from '../../core/sim/generate.js';
import { readPlan, writePlan } from '../../core/sim/plan-file.js';

const MAIN = new URL('../../core/sim/command/main.ts', import.meta.url).pathname;

function sim(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', MAIN, ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('sim: npm run sim', function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chorale-sim-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A plan whose ring has no time to form: it fails. */
  function failing(): string {
    const file = join(folder, 'plan.json');
    writeFileSync(file, writePlan({ ...generatePlan(10), quietAt: 0, boundMs: 0, endAt: 3000 }));
    return file;
  }

  it('runs seeds in several processes, says the same each time, and ends with 0 and one line', async () => {
    const runs = await Promise.all([
      sim('--seeds', '3', '--from', '8', '--jobs', '2'),
      sim('--seeds', '3', '--from', '8', '--jobs', '1'),
    ]);
    const lines = runs.map(({ out }) => out.trim().split('\n'));
    for (const [i, { code }] of runs.entries()) {
      expect(code).to.equal(0);
      expect(lines[i]).to.have.length(1);
      expect(lines[i]![0]).to.match(/^3 seeds from 8 on in \d+ s \(\d+ a minute\), digest [0-9a-f]{16}: no violation$/);
    }
    const [one, other] = lines.map(([line]) => /digest (\w+)/.exec(line!)![1]);
    expect(other).to.equal(one);
  });

  it('stops when the time is up', async () => {
    const { code, out } = await sim('--minutes', '0.02', '--from', '8');
    expect(code).to.equal(0);
    expect(out).to.match(/^\d+ seeds from 8 on in \d+ s/);
  });

  it('one seed prints its digest', async () => {
    const { code, out } = await sim('--seed', '8');
    expect(code).to.equal(0);
    expect(out).to.match(/digest [0-9a-f]{16}\nno violation\n$/);
  });

  it('a plan that fails ends with 1 and what runs it again; shrunk it fails in the same way', async () => {
    const small = join(folder, 'small.json');
    const file = failing();
    const { code, out } = await sim('--plan', file, '--shrink', small);
    expect(code).to.equal(1);
    expect(out).to.contain('2.2 stability');
    expect(out).to.contain(`again: npm run sim -- --plan ${file}`);
    expect(out).to.contain(`again: npm run sim -- --plan ${small}`);
    expect(readPlan(readFileSync(small, 'utf8')).nodes.length).to.be.at.most(generatePlan(10).nodes.length);
    const again = await sim('--plan', small, '--log');
    expect(again.code).to.equal(1);
    expect(again.out).to.contain('2.2 stability');
    expect(again.out).to.contain('TOTEM');
  });

  it('says what is wrong with a file and with an option, and ends with 2 or 1', async () => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, '{}');
    const bad = await sim('--plan', file);
    expect(bad.code).to.equal(2);
    expect(bad.err).to.match(/^sim: the plan: seed is missing\n$/);
    const missing = await sim('--plan', join(folder, 'nothing.json'));
    expect(missing.code).to.equal(2);
    expect(missing.err).to.contain('ENOENT');
    const option = await sim('--seeds', 'many');
    expect(option.code).to.equal(1);
    expect(option.err).to.contain('Give a whole number.');
    expect((await sim('--seeds', '0')).err).to.contain('Give a number above 0.');
    expect((await sim('--seed', '9'.repeat(20))).err).to.contain('Give at most 9007199254740991.');
  });
});

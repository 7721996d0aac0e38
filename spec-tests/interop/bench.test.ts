import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Report } from '../../bench/compare/report.js';
import { needsLab } from './lab.js';

const COMPARE = fileURLToPath(new URL('../../dist/bench/compare.js', import.meta.url));

/** The comparison with Corosync as a person starts it: that it measures, not what. */
describe('npm run bench', function () {
  this.timeout(180_000);
  needsLab(this);

  let directory: string;
  let json: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    json = join(directory, 'result.json');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Its temporary files go where the test sees what is left of them. */
  function start(...options: string[]): { child: ChildProcess; said: { out: string; progress: string } } {
    const picture = ['--picture', join(directory, 'picture.svg')];
    const child = spawn(process.execPath, [COMPARE, '--json', json, ...picture, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: directory },
    });
    const said = { out: '', progress: '' };
    child.stdout!.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (said.progress += chunk.toString()));
    return { child, said };
  }

  function expectNothingLeft(): void {
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).to.not.include('nl-n');
    expect(readdirSync(directory).filter((name) => !/^(result|picture)\./.test(name))).to.deep.equal([]);
  }

  it('measures both systems, and shows it as tables, as JSON and as a picture', async () => {
    const { child, said } = start('--only', 'ping,engine', '--quick', '--seconds', '0.3');
    const [code] = (await once(child, 'close')) as [number];
    expect(code, said.progress).to.equal(0);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.scheduling).to.match(/^SCHED_OTHER, nice -?\d+$/);
    for (const work of ['ping 64 B', 'ping 64 B beside a flood of 1000 B', 'load 64 B', 'load 1000 B']) {
      const row = report.rows.find((one) => one.work === work)!;
      expect(row.systems.chorale!.median, work).to.be.above(0);
      expect(row.systems.corosync!.median, work).to.be.above(0);
      const costs = report.costs.find((one) => one.work === work)!;
      expect(costs.cpuMicroseconds.corosync!.median, work).to.be.above(0);
      expect(costs.dropped.chorale!.most, work).to.be.a('number');
      expect(said.out).to.include(work);
    }
    expect(existsSync(join(directory, 'picture.svg'))).to.equal(true);
    expectNothingLeft();
  });

  it('ends on Ctrl-C with what it has, leaves nothing behind, and goes on from there', async () => {
    const { child, said } = start('--only', 'ping', '--quick');
    while (!said.progress.includes('  ping 64 B:')) await once(child.stderr!, 'data');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code, said.progress).to.equal(130);
    expect(said.out).to.include('ping 64 B');
    const before = (JSON.parse(readFileSync(json, 'utf8')) as Report).measurements;
    expect(before).to.not.be.empty;
    expectNothingLeft();

    const second = start('--resume', json);
    const [end] = (await once(second.child, 'close')) as [number];
    expect(end, second.said.progress).to.equal(0);
    const after = (JSON.parse(readFileSync(json, 'utf8')) as Report).measurements;
    expect(after.slice(0, before.length)).to.deep.equal(before);
    expect(after.filter(({ work }) => work === 'ping 64 B').map(({ system }) => system)).to.have.members([
      'chorale',
      'corosync',
    ]);
    expectNothingLeft();
  });
});

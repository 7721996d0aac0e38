import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { expect } from 'chai';

const TEXT = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');

const ROOT = new URL('../../', import.meta.url).pathname;
/** The example itself takes milliseconds; how long a loaded machine takes for them is not its subject. */
const EXAMPLE_MS = 100_000;

/** Runs a test file in a process of its own, without the configuration, colours and limits of this one. */
function mocha(file: string): Promise<{ code: number; out: string }> {
  const args = ['node_modules/mocha/bin/mocha.js', '--no-config', '--no-color', '--reporter', 'tap'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', ...args, '--timeout', `${EXAMPLE_MS}`, file],
      { cwd: ROOT },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr }),
    );
  });
}

describe('docs/simulator.md', function () {
  this.timeout(2 * EXAMPLE_MS);
  const file = new URL(`./.from-docs-${process.pid}.ts`, import.meta.url);
  afterEach(() => rm(file, { force: true }));

  it('has a partition test of less than thirty lines that passes', async () => {
    const blocks = [...TEXT.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);
    expect(blocks).to.have.length(1);
    expect(blocks[0]!.split('\n')).to.have.lengthOf.below(30);
    await writeFile(file, blocks[0]!);
    const { code, out } = await mocha(file.pathname);
    expect(code, out).to.equal(0);
    expect(out).to.match(/^ok 1 counter loses nothing in a partition$/m);
    expect(out).to.match(/^# pass 1$/m);
  });

  it('names only options that the command has', async () => {
    const options = [...TEXT.matchAll(/^npm run sim --(.*?)(?:#|$)/gm)].flatMap(([, line]) =>
      line!.match(/--[a-z-]+/g)!,
    );
    expect(new Set(options).size).to.be.above(6);
    const help = await new Promise<string>((resolve) => {
      const main = new URL('../../core/sim/command/main.ts', import.meta.url).pathname;
      execFile(process.execPath, ['--import', 'tsx', main, '--help'], (_, stdout) => resolve(stdout));
    });
    for (const option of options) expect(help).to.contain(`${option} `);
  });
});

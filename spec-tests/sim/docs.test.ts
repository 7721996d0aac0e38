import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { expect } from 'chai';

const TEXT = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');

describe('docs/simulator.md', function () {
  this.timeout(120_000);
  const file = new URL(`./.from-docs-${process.pid}.ts`, import.meta.url);
  afterEach(() => rm(file, { force: true }));

  it('has a partition test of less than thirty lines that passes', async () => {
    const blocks = [...TEXT.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);
    expect(blocks).to.have.length(1);
    expect(blocks[0]!.split('\n')).to.have.lengthOf.below(30);
    await writeFile(file, blocks[0]!);
    const out = await new Promise<string>((resolve) => {
      const mocha = new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url).pathname;
      execFile(
        process.execPath,
        [mocha, '--no-config', file.pathname],
        { env: { ...process.env, NODE_OPTIONS: '--import tsx' } },
        (_, stdout, stderr) => resolve(stdout + stderr),
      );
    });
    expect(out).to.match(/✔ loses nothing in a partition/);
    expect(out).to.match(/1 passing/);
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

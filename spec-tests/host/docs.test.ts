import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SimulatedCluster } from 'chorale/testing';
import ts from 'typescript';
import { requestMessage } from '../../core/base/client-message.js';
import { PLUGIN_ERROR_CODES } from '../../core/host/errors.js';
import { importPlugin } from '../../core/host/import-plugin.js';

const ROOT = resolve(import.meta.dirname, '../..');
const TEXT = readFileSync(join(ROOT, 'docs/plugins.md'), 'utf8');

describe('docs/plugins.md', () => {
  let directory: string;
  const files: string[] = [];

  before(() => {
    // Inside the checkout, where `chorale/sdk` is found.
    directory = mkdtempSync(join(ROOT, 'spec-tests/host/.docs-'));
    for (const [, code] of TEXT.matchAll(/```(?:js|ts)\n([^]*?)```/g)) {
      const name = /^\/\/ (\S+)\n/.exec(code!)?.[1];
      expect(name, `a block without a file name:\n${code}`).to.be.a('string');
      const file = join(directory, name!);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code!);
      files.push(file);
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  it('has code that compiles under the strictest rules', () => {
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => readFileSync(file, 'utf8'));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
    const sources = files.filter((file) => file.endsWith('.ts'));
    expect(sources).to.have.length(7);
    const program = ts.createProgram(sources, { ...options, noEmit: true });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .filter((problem) => problem.file?.fileName.startsWith(directory))
      .map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
    expect(problems).to.deep.equal([]);
  });

  it('has a notice board that is the same on every node', async () => {
    const board = await importPlugin('./board.mjs', { directory });
    const cluster = new SimulatedCluster({ nodes: [1, 2], plugins: () => [board] });
    cluster.start();
    await cluster.formed(1, 2);
    cluster
      .node(1)
      .connect('board')
      .send(requestMessage(0, Buffer.from('lost: one token')));
    cluster
      .node(2)
      .connect('board')
      .send(requestMessage(0, Buffer.from('found')));
    await cluster.run(2000);
    const boards = [1, 2].map((nodeId) => (cluster.node(nodeId).dump()['services'] as { board: string[] }).board);
    expect([...boards[0]!].sort()).to.deep.equal(['1: lost: one token', '2: found']);
    expect(boards[1]).to.deep.equal(boards[0]);
  });

  it('has a greeter whose test works', async () => {
    const file = pathToFileURL(join(directory, 'greeter/greeter.test.ts')).href;
    const { test } = (await import(file)) as { test(): Promise<unknown[]> };
    expect(await test()).to.deep.equal(Array(3).fill('0: good morning'));
  });

  it('has a baton whose test works', async () => {
    const file = pathToFileURL(join(directory, 'baton/baton.test.ts')).href;
    const { test } = (await import(file)) as { test(): Promise<unknown[]> };
    expect(await test()).to.deep.equal([['second'], [1, 1, 1]]);
  });

  it('names only error codes that there are', () => {
    for (const [code] of TEXT.matchAll(/PLUGIN_[A-Z_]+/g)) expect(PLUGIN_ERROR_CODES).to.include(code);
  });
});

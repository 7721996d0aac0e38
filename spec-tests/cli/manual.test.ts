import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { allCommands, commandTree } from '../../core/cli/completion/tree.js';
import { DaemonExit } from '../../core/cli/daemon/exit-codes.js';
import { manualPages } from '../../core/cli/manual/pages.js';
import { ManualPage } from '../../core/cli/manual/roff.js';
import { DIRECTIVES } from '../../core/config/directives/index.js';
import { testProgram } from './program.js';

const ROOT = new URL('../../', import.meta.url);
const hasMan = spawnSync('man', ['--version']).status === 0;

/** What a reader sees of a page. */
function rendered(file: string): { readonly text: string; readonly warnings: string } {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100', MANROFFSEQ: '' };
  const { stdout, stderr } = spawnSync('man', ['--warnings', '-P', 'cat', file], { encoding: 'utf8', env });
  return { text: stdout.replace(/.\u0008/g, ''), warnings: stderr };
}

describe('cli: manual pages', () => {
  const pages = manualPages(ROOT);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-man-'));
    for (const page of pages) writeFileSync(join(directory, page.file), page.text);
  });
  after(() => rmSync(directory, { recursive: true }));

  const page = (file: string): string => pages.find((one) => one.file === file)!.text.replace(/\\-/g, '-');

  it('are those that the package names', () => {
    const { man } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { man: string[] };
    expect(man).to.have.members(pages.map(({ file }) => `./dist/man/${file}`));
  });

  it('have every command with its arguments and options', () => {
    for (const command of allCommands(commandTree(testProgram().program))) {
      const family = command.path[0];
      if (family === undefined || family === 'help') continue;
      const text = page(`chorale-${family}.1`);
      if (command.children.length === 0) expect(text).to.contain(`\\fBchorale ${command.path.join(' ')}\\fP`);
      for (const { flags, long } of command.options) if (long !== '--help') expect(text).to.contain(flags);
    }
  });

  it('have every exit code of the daemon, and every directive', () => {
    for (const code of Object.values(DaemonExit)) expect(page('choraled.8')).to.contain(`\\fB${code}\\fP`);
    for (const { path } of DIRECTIVES) expect(page('choraled.conf.5')).to.contain(`\\fB${path.split('.').at(-1)!}\\fP`);
  });

  it('are shown without a warning', function () {
    if (!hasMan) this.skip();
    for (const { file } of pages) expect(rendered(join(directory, file)).warnings, file).to.equal('');
  }).timeout(60_000);

  it('show text as it is, whatever it begins with or has in it', function () {
    if (!hasMan) this.skip();
    const strange = '.dot \'quote\' back\\slash "double" a-b ^caret ~tilde %percent';
    const test = new ManualPage('strange', 1, 'a "strange" \\ page', '1');
    test
      .heading('Text')
      .paragraph(strange)
      .entry('-x, --long-option', "'tis")
      .example(["'one", '.two', 'three \\n `four`']);
    const file = join(directory, test.file);
    writeFileSync(file, test.text);
    const { text, warnings } = rendered(file);
    expect(warnings).to.equal('');
    for (const part of [strange, '-x, --long-option', "'tis", "'one", '.two', 'three \\n `four`']) {
      expect(text).to.contain(part);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { completionScript } from '../../core/cli/commands/completion.js';
import { allCommands, commandTree } from '../../core/cli/completion/tree.js';
import { testProgram } from './program.js';

const { program } = testProgram();
const installed = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe('cli: completion', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-completion-'));
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      writeFileSync(join(directory, shell), completionScript(program, shell));
    }
    // What the scripts ask for what only a daemon knows.
    const asked = `#!/bin/sh\n[ "$*" = "-i n1 complete keys totem." ] && echo totem.token totem.version\n`;
    writeFileSync(join(directory, 'chorale'), asked, { mode: 0o755 });
  });
  after(() => rmSync(directory, { recursive: true }));

  const completed = (...words: string[]): string[] => {
    const script = `source ${join(directory, 'bash')}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _chorale; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${directory}:${process.env['PATH']!}` };
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'chorale', ...words], {
      encoding: 'utf8',
      env,
    });
    expect(stderr).to.equal('');
    return stdout.trim().split('\n');
  };

  it('in bash knows every command and option', () => {
    for (const { path, children, options } of allCommands(commandTree(program))) {
      if (children.length > 0) {
        expect(completed(...path, '')).to.include.members(children.map((child) => child.path.at(-1)!));
      }
      expect(completed(...path, '--')).to.include.members(options.map(({ long }) => long));
    }
  }).timeout(60_000);

  it('in bash completes beginnings, values of options, files, and what the daemon knows', () => {
    expect(completed('quo')).to.deep.equal(['quorum']);
    expect(completed('-i', 'n1', 'quorum', 'st')).to.deep.equal(['status']);
    expect(completed('quorum', 'nodes', '--order', '')).to.deep.equal(['id', 'name', 'address']);
    expect(completed('cmap', 'set', 'a.b', 'u')).to.deep.equal(['u8', 'u16', 'u32', 'u64']);
    expect(completed('cmap', 'set', 'a.b', 'u8', '')).to.deep.equal(['']);
    expect(completed('keygen', '--key-file', join(directory, 'zs'))).to.deep.equal([join(directory, 'zsh')]);
    expect(completed('-i', 'n1', 'cmap', 'get', 'totem.')).to.deep.equal(['totem.token', 'totem.version']);
    expect(completed('cfg', 'links', '--js')).to.deep.equal(['--json']);
  });

  it('takes an option for one kind everywhere: with a value, or without', () => {
    const options = allCommands(commandTree(program)).flatMap((command) => command.options);
    const names = (takes: boolean): Set<string> =>
      new Set(
        options.filter(({ takesValue }) => takesValue === takes).flatMap(({ short, long }) => [short ?? long, long]),
      );
    expect([...names(true)].filter((name) => names(false).has(name))).to.deep.equal([]);
  });

  it('is a script that zsh reads', function () {
    if (!installed('zsh')) this.skip();
    const { stderr, status } = spawnSync('zsh', ['-n', join(directory, 'zsh')], { encoding: 'utf8' });
    expect({ stderr, status }).to.deep.equal({ stderr: '', status: 0 });
  });

  it('in fish completes commands and values', function () {
    if (!installed('fish')) this.skip();
    const fish = (line: string): string[] => {
      const script = `source ${join(directory, 'fish')}; complete -C '${line}'`;
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
      expect(stderr).to.equal('');
      return stdout
        .trim()
        .split('\n')
        .map((one) => one.split('\t')[0]!);
    };
    expect(fish('chorale quorum st')).to.deep.equal(['status']);
    expect(fish('chorale quorum nodes --order ')).to.have.members(['id', 'name', 'address']);
    expect(fish('chorale cmap list -m ')).to.have.members(['icmap', 'stats']);
  });
});

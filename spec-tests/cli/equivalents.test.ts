import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { allCommands, commandTree } from '../../core/cli/completion/tree.js';
import type { CommandNode } from '../../core/cli/completion/tree.js';
import { testProgram } from './program.js';

/** Every option of Corosync's tools but those for help and version: their manual pages, Corosync 3.1.7. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'corosync-quorumtool': ['-s', '-m', '-l', '-a', '-p', '-v', '-n', '-e', '-H', '-i', '-o', '-f'],
  'corosync-cmapctl': ['-b', '-m', '-s', '-C', '-p', '-d', '-D', '-g', '-q', '-t', '-T'],
  'corosync-cfgtool': ['-i', '-s', '-n', '-b', '-R', '-L', '-k', '-a', '-H', '--force'],
  'corosync-cpgtool': ['-d', '-e', '-n'],
  'corosync-keygen': ['-k', '-r', '-l', '-s'],
  'corosync-blackbox': [],
};

const TEXT = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
const root = commandTree(testProgram().program);

/** Commands in backquotes in the tables. */
function named(program: string): string[] {
  return [...TEXT.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!).filter((text) => text.startsWith(program));
}

/** The command that the words are for, and its options among them. */
function resolve(words: readonly string[]): { node: CommandNode; rest: readonly string[] } {
  let node = root;
  let place = 0;
  for (; place < words.length; place++) {
    const child = node.children.find((one) => one.path.at(-1) === words[place]);
    if (child === undefined) break;
    node = child;
  }
  return { node, rest: words.slice(place) };
}

describe('cli: docs/commands.md', () => {
  it('names only commands and options that there are, with enough arguments', () => {
    const commands = named('chorale ').filter((text) => !text.includes('COMMAND') && text !== 'chorale -h');
    expect(commands.length).to.be.greaterThan(60);
    for (const text of commands) {
      const { node, rest } = resolve(text.split(' ').slice(1));
      expect(node.path, text).to.not.be.empty;
      expect(node.children, `${text} is a whole command`).to.be.empty;
      const options = rest.filter((word) => word.startsWith('-'));
      for (const option of options) {
        const known = node.options.some(({ short, long }) => option === short || option === long);
        expect(known, `${text}: ${option}`).to.equal(true);
      }
    }
  });

  it('has every command there is', () => {
    const known = new Set(named('chorale ').map((text) => resolve(text.split(' ').slice(1)).node));
    const leaves = allCommands(root).filter(({ children, path }) => children.length === 0 && path[0] !== 'help');
    for (const leaf of leaves) expect(known.has(leaf), leaf.path.join(' ')).to.equal(true);
  });

  for (const [tool, options] of Object.entries(TOOLS)) {
    it(`says what to use for every option of ${tool}`, () => {
      const rows = TEXT.split('\n').filter((line) => line.startsWith(`| \`${tool}`));
      expect(rows).to.not.be.empty;
      const words = rows.flatMap((row) => row.split('|')[1]!.replace(/[`,]/g, ' ').split(/\s+/));
      expect(words).to.include.members([tool, ...options]);
      for (const row of rows) expect(row.split('|')[2], row).to.match(/`chorale \w/);
    });
  }
});

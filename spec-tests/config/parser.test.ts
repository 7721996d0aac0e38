import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigError, Report } from '../../core/config/errors.js';
import { parseCorosyncConf } from '../../core/config/parser.js';
import { collect } from '../../core/config/collect.js';
import { buildConfig } from '../../core/config/build.js';
import { fakeHost } from './host.js';
import type { Section } from '../../core/config/directive-tree.js';

/** A tree as nested arrays: `[name, ...]` for sections, `key=value@line` for keys. */
function shape(section: Section): unknown[] {
  return section.items.map((item) =>
    item.kind === 'section' ? [item.name, ...shape(item)] : `${item.key}=${item.value}@${item.origin.line}`,
  );
}

function parse(text: string): { tree: unknown[]; problems: string[] } {
  const report = new Report();
  const root = parseCorosyncConf(text, 'f', report);
  return { tree: shape(root), problems: report.problems.map((problem) => `${problem.origin.line}: ${problem.text}`) };
}

/** The tree of a text without errors. */
function tree(text: string): unknown[] {
  const { tree, problems } = parse(text);
  expect(problems).to.deep.equal([]);
  return tree;
}

describe('the grammar of corosync.conf', () => {
  it('reads sections and keys with their lines', () => {
    expect(tree('a {\n\tb: 1\n\n  c {\n d : 2\n }\n}\ntop: 3\n')).to.deep.equal([
      ['a', 'b=1@2', ['c', 'd=2@5']],
      'top=3@8',
    ]);
  });

  it('needs no newline at the end', () => {
    expect(tree('a: 1')).to.deep.equal(['a=1@1']);
  });

  it('takes a carriage return and blanks off the end', () => {
    expect(tree('a: 1\r\nb: 2 \t\r\nc {\r\n}\r\n')).to.deep.equal(['a=1@1', 'b=2@2', ['c']]);
  });

  it('takes only lines that begin with # as comments', () => {
    expect(tree('# a: 1\n \t# b {\nc: 1 # not one')).to.deep.equal(['c=1 # not one@3']);
  });

  it('splits at the first colon and keeps the others', () => {
    expect(tree('a: ::1\nb:c:d')).to.deep.equal(['a=::1@1', 'b=c:d@2']);
  });

  it('allows an empty value', () => {
    expect(tree('a:\nb: ')).to.deep.equal(['a=@1', 'b=@2']);
  });

  it('takes a line with { as a section although it has a colon', () => {
    expect(tree('a: {\n}\nb :{\n}')).to.deep.equal([['a'], ['b']]);
  });

  it('takes a line with } and a colon as a key', () => {
    expect(tree('a: }')).to.deep.equal(['a=}@1']);
  });

  it('takes blanks off both sides of a section name', () => {
    expect(tree(' \tab c \t{  \n}')).to.deep.equal([['ab c']]);
  });

  it('ignores what is empty', () => {
    expect(tree('')).to.deep.equal([]);
    expect(tree('\n \n\t\r\n')).to.deep.equal([]);
  });

  for (const [name, text, line, problem] of [
    ['a section without a name', '\n{\n}', 2, 'name of a section'],
    ['text after {', 'a { b\n}', 1, 'nothing may follow'],
    ['a section and its end on one line', 'a { }\n}', 1, 'nothing may follow'],
    ['text before }', 'a {\n x }\n', 2, 'alone on its line'],
    ['text after }', 'a {\n} x\n', 2, 'alone on its line'],
    ['a } too many', 'a {\n}\n}\n', 3, 'closes nothing'],
    ['a } missing', 'x: 1\na {\n b: 1\n', 2, 'never closed'],
    ['a line that is nothing', 'a {\nhello\n}', 2, '"hello" is neither'],
    ['a key without a name', 'a {\n : 1\n}', 2, 'name of a key'],
    ['a NUL byte', 'a: \0', 1, 'NUL'],
  ] as const) {
    it(`reports ${name}`, () => {
      const { problems } = parse(text);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(new RegExp(`^${line}: .*${problem}`));
    });
  }

  it('reports every error, not only the first', () => {
    expect(parse('hello\na {\nb }\n}\n{\n').problems.map((problem) => problem.split(':')[0])).to.deep.equal([
      '1',
      '3',
      '4',
      '5',
      '5',
    ]);
  });

  it('takes a line of 510 bytes and refuses one of 511, with or without newline', () => {
    const line = `a: ${'x'.repeat(507)}`;
    expect(parse(line).problems).to.deep.equal([]);
    expect(parse(`${line}\n`).problems).to.deep.equal([]);
    expect(parse(`${line}y`).problems[0]).to.contain('511 bytes');
    expect(parse(`${line}y\n`).problems[0]).to.contain('511 bytes');
    expect(parse(`# ${'é'.repeat(255)}`).problems[0]).to.contain('512 bytes');
  });

  it('takes a path of 254 bytes and refuses one of 255', () => {
    const path = (length: number) => `s {\n${'k'.repeat(length - 2)}: 1\n}`;
    expect(parse(path(254)).problems).to.deep.equal([]);
    expect(parse(path(255)).problems[0]).to.contain('longer than 254');
    const deep = `${'abcdefghi {\n'.repeat(26)}${'}\n'.repeat(26)}`;
    expect(parse(deep).problems[0]).to.match(/^26: .*longer than 254/);
  });

  it('stops at a file that is no configuration', () => {
    const { problems } = parse('x\n'.repeat(100000));
    expect(problems).to.have.length(51);
    expect(problems[50]).to.contain('too many errors');
  });
});

describe('any text', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  const runs = { seed, numRuns: 3000 };

  /** Lines that look like a configuration's more often than not. */
  const word = fc.oneof(
    fc.constantFrom('totem', 'interface', 'nodelist', 'node', 'logging', 'logger_subsys', 'quorum', 'device', 'uidgid'),
    fc.constantFrom(
      'transport',
      'version',
      'ring0_addr',
      'nodeid',
      'subsys',
      'debug',
      'uid',
      'service',
      'name',
      'token',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const value = fc.oneof(
    fc.constantFrom('udpu', 'udp', '2', '10.0.0.1', '::1', 'yes', 'on', '-1', '99999999999999999999', 'root'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const line = fc.oneof(
    { weight: 3, arbitrary: word.map((name) => `${name} {`) },
    { weight: 5, arbitrary: fc.tuple(word, value).map(([key, text]) => `${key}: ${text}`) },
    { weight: 3, arbitrary: fc.constant('}') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 600 }) },
  );
  const text = fc.oneof(
    fc.array(line, { maxLength: 40 }).map((lines) => lines.join('\n')),
    fc.string({ unit: 'binary', maxLength: 2000 }),
  );

  it(`ends in a model or a ConfigError (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        const report = new Report();
        try {
          const collected = collect(parseCorosyncConf(input, 'f', report), report);
          await buildConfig(collected, 'f', fakeHost(), report);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.problems.length).to.be.greaterThan(0);
          expect(error.message).to.have.length.greaterThan(0);
        }
      }),
      runs,
    );
  });

  it(`keeps the number of every line (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const report = new Report();
        const input = lines.join('\n');
        const root = parseCorosyncConf(input, 'f', report);
        const physical = input.split('\n');
        const check = (section: Section): void => {
          for (const item of section.items) {
            const written = physical[item.origin.line - 1]!;
            if (item.kind === 'section') check(item);
            else expect(written).to.contain(item.key);
          }
        };
        check(root);
      }),
      runs,
    );
  });
});

import { Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { entryJson, entryLine } from '../../core/cli/commands/cmap/entries.js';
import { inputOf, plainInput } from '../../core/cli/commands/cmap/input.js';
import { loadKeys, readKeyFile } from '../../core/cli/commands/cmap/load.js';
import { CommandError } from '../../core/cli/commands/context.js';
import type { CmapClient } from '../../core/cmap.js';

const failure = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
  return 'nothing';
};
const read = (text: string) => readKeyFile('-', Readable.from([text]));

describe('cli: values of cmap keys', () => {
  it('take every number that their type has, and none beyond', () => {
    for (const bits of [8, 16, 32, 64]) {
      for (const [type, least, most] of [
        [`u${bits}`, 0n, 2n ** BigInt(bits) - 1n],
        [`i${bits}`, -(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n],
      ] as const) {
        const property = fc.property(fc.bigInt(least, most), (number) => {
          expect(BigInt(plainInput(type, `${number}`).value as number)).to.equal(number);
        });
        fc.assert(property, { examples: [[least], [most]] });
        expect(failure(() => plainInput(type, `${most + 1n}`))).to.contain(`from ${least} to ${most}`);
        expect(failure(() => plainInput(type, `${least - 1n}`))).to.contain(`from ${least} to ${most}`);
      }
    }
    expect(plainInput('u16', '0x10').value).to.equal(16);
    expect(plainInput('flt', '-1.5e3').value).to.equal(-1500);
    for (const wrong of ['', 'x', '1.5', '1e3', '--1', '0x']) {
      expect(
        failure(() => plainInput('u32', wrong)),
        wrong,
      ).to.contain('no u32');
    }
    expect(failure(() => plainInput('dbl', 'x'))).to.contain('no number');
    expect(failure(() => plainInput('u9', '1'))).to.contain('use one of i8, u8');
  });

  it('of bytes come from a file or standard input', async () => {
    expect(await inputOf('bin', '-', Readable.from([Buffer.from([1, 0, 2])]))).to.deep.equal({
      type: 'binary',
      value: Buffer.from([1, 0, 2]),
    });
    const missing = (await inputOf('bin', '/nowhere/x', Readable.from([])).catch((error: unknown) => error)) as Error;
    expect(missing.message).to.contain('ENOENT').and.to.contain('Name a file');
  });

  it('are shown as corosync-cmapctl shows them', () => {
    expect(entryLine('a.b', { type: 'u32', value: 7 }, false)).to.equal('a.b (u32) = 7');
    expect(entryLine('a.b', { type: 'float', value: 1.5 }, false)).to.equal('a.b (flt) = 1.500000');
    expect(entryLine('a.b', { type: 'string', value: 'x\ny' }, false)).to.equal('a.b (str) = x\\x0ay');
    expect(entryLine('a.b', { type: 'binary', value: Uint8Array.of(1, 255) }, false)).to.equal('a.b (bin)');
    expect(entryLine('a.b', { type: 'binary', value: Uint8Array.of(1, 255) }, true)).to.equal('a.b (bin) = 01ff');
  });

  it('are numbers in JSON where JSON can hold them', () => {
    expect(entryJson('k', { type: 'u64', value: 5n })).to.deep.equal({ key: 'k', type: 'u64', value: 5 });
    const most = 2n ** 64n - 1n;
    expect(entryJson('k', { type: 'u64', value: most })).to.deep.equal({ key: 'k', type: 'u64', value: `${most}` });
  });
});

describe('cli: key files', () => {
  it('set, delete, and delete below', async () => {
    const text = '# a comment\n\nmy.key u32 7\n  my.text str two words \nmy.empty str\n^gone\n^^below. ignored 1\n';
    expect(await read(text)).to.deep.equal([
      { kind: 'set', key: 'my.key', input: { type: 'u32', value: 7 } },
      { kind: 'set', key: 'my.text', input: { type: 'string', value: 'two words' } },
      { kind: 'set', key: 'my.empty', input: { type: 'string', value: '' } },
      { kind: 'delete', key: 'gone', prefix: false },
      { kind: 'delete', key: 'below.', prefix: true },
    ]);
  });

  for (const [line, problem] of [
    ['my.key', /KEY TYPE VALUE/],
    ['my.key u8 256', /from 0 to 255/],
    ['^', /no key/],
    ['my.key bin x', /cmap set KEY bin FILE/],
  ] as const) {
    it(`are refused whole, with the line, for "${line}"`, async () => {
      const error = (await read(`ok.key u8 1\n${line}\n`).catch((thrown: unknown) => thrown)) as CommandError;
      expect(error).to.be.instanceOf(CommandError);
      expect(error.exitCode).to.equal(2);
      expect(error.message)
        .to.match(/^standard input:2: /)
        .and.to.match(problem);
    });
  }

  it('are done in their order', async () => {
    const calls: string[] = [];
    const client = {
      set: async (key: string) => void calls.push(`set ${key}`),
      delete: async (key: string) => void calls.push(`delete ${key}`),
      keys: async function* (prefix: string) {
        yield { key: `${prefix}1` };
        yield { key: `${prefix}2` };
      },
    } as unknown as CmapClient;
    expect(await loadKeys(client, await read('b u8 1\n^^x.\na u8 2\n'))).to.deep.equal({ set: 2, deleted: 2 });
    expect(calls).to.deep.equal(['set b', 'delete x.1', 'delete x.2', 'set a']);
  });
});

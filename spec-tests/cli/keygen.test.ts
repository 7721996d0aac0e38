import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandError } from '../../core/cli/commands/context.js';
import { testProgram } from './program.js';

describe('cli: chorale keygen', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-keygen-'));
    file = join(directory, 'etc', 'authkey');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const keygen = async (...args: string[]): Promise<string[]> => {
    const { run, out } = testProgram();
    await run('keygen', '-k', file, ...args);
    return out;
  };
  const refusal = (...args: string[]): Promise<unknown> => keygen(...args).then(String, (error: unknown) => error);

  it('writes 256 bytes that only the owner can read, whatever the umask is', async () => {
    const umask = process.umask(0o777);
    try {
      // The directory is made first: with this umask it could not be entered.
      process.umask(0o022);
      const lines = await keygen();
      expect(lines.join()).to.contain('256 bytes').and.to.contain(file).and.to.contain('every node');
    } finally {
      process.umask(umask);
    }
    expect(statSync(file).mode & 0o7777).to.equal(0o400);
    expect(readFileSync(file).length).to.equal(256);
  });

  it('makes another key each time, of the size asked for', async () => {
    const keys: string[] = [];
    for (const size of ['128', '1024', '4096', '4096']) {
      await keygen('-s', size, '--force');
      const key = readFileSync(file);
      expect(key.length).to.equal(Number(size));
      // 128 random bytes have at least 40 different ones but with odds of less than 1 to 10^40.
      expect(new Set(key).size).to.be.greaterThan(40);
      keys.push(key.toString('hex'));
    }
    expect(new Set(keys).size).to.equal(4);
  });

  it('never touches a key that is there, unless it is forced', async () => {
    await keygen();
    const before = readFileSync(file);
    const error = (await refusal()) as CommandError;
    expect(error).to.be.instanceOf(CommandError);
    expect(error.exitCode).to.equal(1);
    expect(error.message).to.contain(file).and.to.contain('--force');
    expect(readFileSync(file)).to.deep.equal(before);
    await keygen('--force');
    expect(readFileSync(file)).to.not.deep.equal(before);
    expect(statSync(file).mode & 0o7777).to.equal(0o400);
    expect(readdirSync(join(directory, 'etc'))).to.deep.equal(['authkey']);
  });

  it('refuses sizes that Corosync does not take', async () => {
    for (const size of ['127', '4097', '0', 'x', '1e3', '']) {
      expect(await refusal('-s', size), size).to.have.property('code', 'commander.invalidArgument');
    }
  });

  it('says what to do where it cannot write', async () => {
    writeFileSync(join(directory, 'etc'), '');
    const error = (await refusal()) as CommandError;
    expect(error.message).to.match(/cannot be written: .*Be root, or name another file with --key-file/);
  });

  it('tells programs what it did', async () => {
    const [line] = await keygen('--json');
    expect(JSON.parse(line!)).to.include({ done: true, file, bytes: 256 });
  });
});

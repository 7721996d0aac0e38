import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../core/config/errors.js';
import { FileSink } from '../../core/log/file-sink.js';
import { createLogging } from '../../core/log/logging.js';
import { IDENTITY, logging } from './sinks.js';

describe('a log file', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'chorale-log-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('is appended to', async () => {
    const path = join(directory, 'log');
    for (const line of ['one', 'two']) {
      const sink = new FileSink(path);
      await sink.write([line]);
      await sink.close();
    }
    expect(await readFile(path, 'utf8')).to.equal('one\ntwo\n');
  });

  it('keeps the order of writes that were not waited for, and of a reopening among them', async () => {
    const path = join(directory, 'log');
    const sink = new FileSink(path);
    const done: Promise<void>[] = [];
    for (let i = 0; i < 100; i++) {
      done.push(sink.write([`${i} a`, `${i} b`]));
      if (i === 50) done.push(sink.reopen());
    }
    await Promise.all(done);
    await sink.close();
    const expected = [...Array(100).keys()].map((i) => `${i} a\n${i} b\n`).join('');
    expect(await readFile(path, 'utf8')).to.equal(expected);
  });

  it('is left behind when it is rotated, once it is reopened', async () => {
    const path = join(directory, 'log');
    const log = createLogging(logging({ toStderr: false, toLogfile: true, logfile: path }), IDENTITY);
    const main = log.loggerOf('MAIN');
    main.log('info', 'old');
    await log.flush();
    await rename(path, `${path}.1`);
    main.log('info', 'still old');
    await log.flush();
    await log.reopen();
    main.log('info', 'new');
    await log.close();
    const texts = (text: string) => text.match(/[^ ]+(?=\n)/g);
    expect(texts(await readFile(`${path}.1`, 'utf8'))).to.deep.equal(['old', 'old']);
    expect(texts(await readFile(path, 'utf8'))).to.deep.equal(['new']);
  });

  it('goes on in the old file if the new one cannot be opened', async () => {
    const below = join(directory, 'below');
    const path = join(below, 'log');
    await mkdir(below);
    const sink = new FileSink(path);
    await rename(below, `${below}.moved`);
    const failed = await sink.reopen().then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failed).to.contain('ENOENT');
    await sink.write(['kept']);
    await sink.close();
    expect(await readFile(join(`${below}.moved`, 'log'), 'utf8')).to.equal('kept\n');
  });

  it('must be in a directory that exists', () => {
    const path = join(directory, 'missing', 'log');
    const start = () => createLogging(logging({ toLogfile: true, logfile: path }), IDENTITY);
    expect(start).to.throw(ConfigError, /ENOENT.*make it writable or name another/);
  });

  it('is not made before it is used', async () => {
    const path = join(directory, 'log');
    const log = createLogging(logging({ logfile: path }), IDENTITY);
    await log.close();
    expect(await stat(path).catch(() => 'missing')).to.equal('missing');
  });
});

describe('standard error', () => {
  it('that nobody reads stops no event loop', async () => {
    const root = new URL('../../', import.meta.url);
    const script = `
      import { createLogging } from ${JSON.stringify(new URL('core/log/logging.ts', root).href)};
      import { logging, IDENTITY } from ${JSON.stringify(new URL('spec-tests/log/sinks.ts', root).href)};
      const log = createLogging(logging(), IDENTITY);
      for (let i = 0; i < 8000; i++) log.loggerOf('TOTEM').log('notice', \`\${i} \${'x'.repeat(200)}\`);
      setTimeout(() => { process.stdout.write('turning'); process.stdin.resume(); }, 200);
      process.stdin.on('end', () => void log.close().then(() => process.exit(0)));
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: 'pipe',
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).to.equal('turning');
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stdin.end();
    await once(child, 'close');
    const numbers = text.match(/(?<=\] )\d+(?= x)/g)?.map(Number);
    expect(numbers, text.slice(0, 500)).to.deep.equal([...Array(8000).keys()]);
  });
});

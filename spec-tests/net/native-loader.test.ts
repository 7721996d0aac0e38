import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

describe('net: finding the native addon', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-native-'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Loads the addon from a copy of native.ts at `place` of an otherwise empty package; what it printed or threw. */
  function load(place: string, before = ''): string {
    const module = join(directory, place);
    mkdirSync(dirname(module), { recursive: true });
    copyFileSync(join(ROOT, 'core/net/native.ts'), module);
    const script = join(directory, 'script.mts');
    writeFileSync(
      script,
      `${before}
       const { loadNative } = await import(${JSON.stringify(module)});
       try { console.log(typeof loadNative().Arena, loadNative() === loadNative()); }
       catch (error) { console.log((error as Error).message); }`,
    );
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', TSX, script], { encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
    return stdout.trim();
  }

  function placeAddon(content?: string): void {
    const release = join(directory, 'native/build/Release');
    mkdirSync(release, { recursive: true });
    if (content === undefined) {
      copyFileSync(join(ROOT, 'native/build/Release/chorale.node'), join(release, 'chorale.node'));
    } else {
      writeFileSync(join(release, 'chorale.node'), content);
    }
  }

  it('works from the sources and from the build, once', () => {
    placeAddon();
    expect(load('core/net/native.ts')).to.equal('function true');
    expect(load('dist/core/net/native.ts')).to.equal('function true');
  });

  it('says how to build it where it is missing', () => {
    expect(load('core/net/native.ts')).to.match(/has not been built; run `npm run build:native`/);
  });

  it('says what is wrong with one that does not load', () => {
    placeAddon('not a library');
    expect(load('core/net/native.ts')).to.match(/does not load on this \w+ machine .*build it here/);
  });

  for (const [key, value] of [
    ['platform', 'darwin'],
    ['arch', 'riscv64'],
  ] as const) {
    it(`refuses ${key} ${value} in a sentence`, () => {
      placeAddon();
      const foreign = `Object.defineProperty(process, '${key}', { value: '${value}' });`;
      expect(load('core/net/native.ts', foreign)).to.match(
        new RegExp(`Linux x86-64 and arm64 only, and this is .*${value}`),
      );
    });
  }

  it('is refused by its build, too', () => {
    copyFileSync(join(ROOT, 'native/binding.gyp'), join(directory, 'binding.gyp'));
    // Node's own headers, so that none are fetched.
    const nodedir = `--nodedir=${dirname(dirname(process.execPath))}`;
    const { status, stderr } = spawnSync('npx', ['node-gyp', 'configure', '-C', directory, '--arch=ia32', nodedir], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(status).to.not.equal(0);
    expect(stderr).to.match(/Linux x86-64 and arm64 only/);
  });
});

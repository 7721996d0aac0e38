import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PluginError } from '../../core/host/errors.js';
import { importPlugin } from '../../core/host/import-plugin.js';

/** A plugin as plain JavaScript: it needs nothing from Chorale to be one. */
const source = (name: string, id = 40): string =>
  `export default { name: '${name}', version: '1.0.0', sdk: 1, service: { id: ${id}, name: '${name}' }, create: () => ({}) };`;

describe('import of plugins', () => {
  let directory: string;
  const write = (path: string, text: string): string => {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const load = async (specifier: string, from = directory): Promise<string> =>
    (await importPlugin(specifier, { directory: from })).name;
  const refused = async (specifier: string, from = directory): Promise<{ code: string; text: string }> => {
    const error: unknown = await importPlugin(specifier, { directory: from }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PluginError);
    return { code: (error as PluginError).code, text: (error as PluginError).message };
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-plugins-'));
    write('package.json', '{ "type": "module" }');
  });
  after(() => rmSync(directory, { recursive: true }));

  it('finds a file by a path relative to the configuration, by its absolute path and by its URL', async () => {
    const file = write('etc/one.js', source('one'));
    expect(await load('./etc/one.js')).to.equal('one');
    expect(await load('../one.js', join(directory, 'etc/conf.d'))).to.equal('one');
    expect(await load(file)).to.equal('one');
    expect(await load(pathToFileURL(file).href)).to.equal('one');
  });

  it('finds a service of its own by its name, and by the one that openais gave it', async () => {
    expect(await load('chorale/clm')).to.equal('clm');
    expect((await importPlugin('chorale/clm', { directory, fresh: true })).name, 'in a running node').to.equal('clm');
    expect(await load('openais_clm')).to.equal('clm');
    const { code, text } = await refused('openais_nothing');
    expect(code).to.equal('PLUGIN_NOT_FOUND');
    expect(text).to.include('chorale/nothing');
  });

  it('finds a folder by its package.json or its index.js', async () => {
    write('folder/index.js', source('folder'));
    write('built/package.json', '{ "type": "module", "main": "out/main.js" }');
    write('built/out/main.js', source('built'));
    expect(await load('./folder')).to.equal('folder');
    expect(await load('./built')).to.equal('built');
  });

  it('finds a package at or above the configuration, through its exports', async () => {
    write('node_modules/plain/package.json', '{ "type": "module" }');
    write('node_modules/plain/index.js', source('plain'));
    const exports = { '.': { require: './no.cjs', import: { default: './esm.js' } }, './engine': './engine.js' };
    write('node_modules/@org/fancy/package.json', JSON.stringify({ type: 'module', exports }));
    write('node_modules/@org/fancy/esm.js', source('fancy'));
    write('node_modules/@org/fancy/engine.js', source('fancy-engine'));
    write('node_modules/short/package.json', '{ "type": "module", "exports": "./main.js" }');
    write('node_modules/short/main.js', source('short'));
    expect(await load('plain', join(directory, 'deep/inside'))).to.equal('plain');
    expect(await load('@org/fancy')).to.equal('fancy');
    expect(await load('@org/fancy/engine')).to.equal('fancy-engine');
    expect(await load('short')).to.equal('short');
    expect((await refused('@org/fancy/other')).text).to.match(/"\.\/other" in the exports of .* does not exist/);
  });

  it('takes a CommonJS plugin', async () => {
    const plugin = source('common').replace('export default', 'module.exports =');
    write('common.cjs', plugin);
    write('transpiled.cjs', plugin.replace('module.exports', 'exports.default').replace("'common'", "'transpiled'"));
    expect(await load('./common.cjs')).to.equal('common');
    expect(await load('./transpiled.cjs')).to.equal('transpiled');
  });

  it('reads a changed file again when asked to', async () => {
    const file = write('changing.js', source('before'));
    expect(await load('./changing.js')).to.equal('before');
    writeFileSync(file, source('after'));
    expect(await load('./changing.js')).to.equal('before');
    expect((await importPlugin('./changing.js', { directory, fresh: true })).name).to.equal('after');
  });

  it('says where it looked for what is not there', async () => {
    const file = await refused('./missing.js');
    expect(file.code).to.equal('PLUGIN_NOT_FOUND');
    expect(file.text).to.contain(join(directory, 'missing.js')).and.contain('relative to');
    const missing = await refused('chorale-plugin-that-nobody-has');
    expect(missing.code).to.equal('PLUGIN_NOT_FOUND');
    expect(missing.text).to.match(/there is no package "chorale-plugin-that-nobody-has".*npm install.*write \.\//);
    mkdirSync(join(directory, 'empty'));
    expect((await refused('./empty')).text).to.match(/has no plugin: .*index\.js does not exist\. Build it/);
  });

  it('passes on what is wrong in the file', async () => {
    write('broken.js', 'export default {;');
    write('throwing.js', "throw new Error('no licence');");
    write('importing.js', "import 'left-pad-of-nobody'; export default {};");
    write('broken/package.json', '{');
    for (const [specifier, text] of [
      ['./broken.js', /cannot be imported: Unexpected token/],
      ['./throwing.js', /cannot be imported: no licence\. Correct the plugin/],
      ['./importing.js', /left-pad-of-nobody/],
      ['./broken', /package\.json cannot be read/],
    ] as const) {
      const error = await refused(specifier);
      expect(error.code).to.equal('PLUGIN_IMPORT_FAILED');
      expect(error.text).to.match(text);
    }
  });

  it('says what was found instead of a plugin', async () => {
    write('named.js', 'export const plugin = 1; export const other = 2;');
    write('number.js', 'export default 5;');
    write('low.js', source('low', 5));
    expect(await refused('./named.js')).to.deep.include({ code: 'PLUGIN_NOT_A_PLUGIN' });
    expect((await refused('./named.js')).text).to.contain('exports other, plugin, but no default');
    expect((await refused('./number.js')).text).to.contain('the number 5 is no plugin');
    const low = await refused('./low.js');
    expect(low.code).to.equal('PLUGIN_ID_OUT_OF_RANGE');
    expect(low.text).to.match(/service\.id is 5; 0 to 31 are Corosync's\. Give one from 32 to 63/);
  });
});

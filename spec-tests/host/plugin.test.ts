import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { PluginError } from '../../core/host/errors.js';
import { loadOrder } from '../../core/host/load-order.js';
import { checkManifest, definePlugin } from '../../core/host/plugin.js';
import type { PluginManifest } from '../../core/host/plugin.js';
import { checkEngine } from '../../core/host/engine-check.js';

const create = (): never => {
  throw new Error('not made in this test');
};
const good: PluginManifest = { name: 'mine', version: '1.0.0', sdk: 1, service: { id: 40, name: 'mine' }, create };

/** The error's code and text. */
function refused(work: () => unknown): { code: string; text: string } {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(PluginError);
    const { code, message } = error as PluginError;
    return { code, text: message };
  }
  throw new Error('nothing was refused');
}

describe('plugin manifest', () => {
  it('accepts a manifest with create or with a module, and each form of sdk', () => {
    expect(definePlugin(good)).to.equal(good);
    const { name, version, sdk, service } = good;
    definePlugin({ name, version, sdk, service, module: new ContainerModule(() => undefined) });
    for (const range of [1, '1', '1.0', '^1.0', '^1', '1.0.7']) definePlugin({ ...good, sdk: range });
  });

  const cases: readonly [what: string, value: unknown, code: string, text: RegExp][] = [
    ['nothing', undefined, 'PLUGIN_NOT_A_PLUGIN', /missing is no plugin\. Export definePlugin/],
    ['a function', create, 'PLUGIN_NOT_A_PLUGIN', /the function create is no plugin/],
    ['an array', [1], 'PLUGIN_NOT_A_PLUGIN', /an array \(1\) is no plugin/],
    ['an unknown field', { ...good, engine: 1 }, 'PLUGIN_BAD_MANIFEST', /no field "engine"; its fields are name/],
    ['a bad name', { ...good, name: 'My Engine' }, 'PLUGIN_BAD_MANIFEST', /name is "My Engine"; give/],
    ['no version', { ...good, version: undefined }, 'PLUGIN_BAD_MANIFEST', /version is missing; give/],
    ['no service', { ...good, service: undefined }, 'PLUGIN_BAD_MANIFEST', /service is missing; give \{ id, name \}/],
    [
      'a bad service name',
      { ...good, service: { id: 40, name: 'A b' } },
      'PLUGIN_BAD_MANIFEST',
      /service\.name is "A b"/,
    ],
    [
      'an id that is too high',
      { ...good, service: { id: 64, name: 'x' } },
      'PLUGIN_ID_OUT_OF_RANGE',
      /is the number 64/,
    ],
    ['a fraction as id', { ...good, service: { id: 1.5, name: 'x' } }, 'PLUGIN_ID_OUT_OF_RANGE', /32 to 63/],
    ['neither module nor create', { ...good, create: undefined }, 'PLUGIN_BAD_MANIFEST', /neither module nor create/],
    [
      'both',
      { ...good, module: new ContainerModule(() => undefined) },
      'PLUGIN_BAD_MANIFEST',
      /both module and create/,
    ],
    ['a module that is none', { ...good, create: undefined, module: {} }, 'PLUGIN_BAD_MANIFEST', /ContainerModule/],
    [
      'requires that is no array',
      { ...good, requires: 'cpg' },
      'PLUGIN_BAD_MANIFEST',
      /requires is "cpg"; give an array/,
    ],
    ['a name twice', { ...good, requires: ['a', 'a'] }, 'PLUGIN_BAD_MANIFEST', /every name once/],
    [
      'a strange sdk',
      { ...good, sdk: 'latest' },
      'PLUGIN_BAD_MANIFEST',
      /sdk is "latest"; give the SDK's major number \(1\)/,
    ],
    [
      'a newer sdk',
      { ...good, sdk: 2 },
      'PLUGIN_WRONG_SDK',
      /written for SDK 2, this is SDK 1\.0: install a newer Chorale/,
    ],
    ['a newer minor', { ...good, sdk: '1.4' }, 'PLUGIN_WRONG_SDK', /install a newer Chorale/],
    ['an older sdk', { ...good, sdk: 0 }, 'PLUGIN_WRONG_SDK', /install a newer version of the plugin/],
  ];
  for (const [what, value, code, text] of cases) {
    it(`refuses ${what} and says what would be right`, () => {
      const error = refused(() => checkManifest(value, '/etc/my-engine.js'));
      expect(error.code).to.equal(code);
      expect(error.text).to.match(text);
      expect(error.text).to.match(/^\/etc\/my-engine\.js/);
    });
  }
});

describe('load order', () => {
  const plugin = (name: string, id: number, requires: string[] = [], provides: string[] = []) => ({
    plugin: definePlugin({ ...good, name, service: { id, name }, requires, provides }),
  });
  const names = (requests: readonly { plugin: PluginManifest }[]): string => requests.map((r) => r.plugin.name).join();

  it('puts what is required first and keeps the order otherwise', () => {
    expect(
      names(loadOrder([plugin('a', 40, ['b']), plugin('b', 41, ['clock']), plugin('c', 42, [], ['clock'])], [])),
    ).to.equal('c,b,a');
    expect(names(loadOrder([plugin('x', 43), plugin('y', 44)], []))).to.equal('x,y');
  });

  it('counts what is loaded already', () => {
    expect(names(loadOrder([plugin('a', 40, ['b'])], [plugin('b', 41).plugin]))).to.equal('a');
  });

  it('names a requirement that nobody provides, and what there is', () => {
    const error = refused(() => loadOrder([plugin('a', 40, ['quorum'])], [plugin('b', 41).plugin]));
    expect(error.code).to.equal('PLUGIN_UNKNOWN_REQUIREMENT');
    expect(error.text).to.match(/a requires "quorum", which no plugin .* \(there is: b, a\)/);
  });

  it('shows a cycle', () => {
    const error = refused(() =>
      loadOrder([plugin('a', 40, ['b']), plugin('b', 41, ['c']), plugin('c', 42, ['a'])], []),
    );
    expect(error.code).to.equal('PLUGIN_CYCLE');
    expect(error.text).to.contain('a -> b -> c -> a');
  });

  it('names both plugins of a conflict', () => {
    const twice = (b: ReturnType<typeof plugin>) => refused(() => loadOrder([plugin('a', 40, [], ['x'])], [b.plugin]));
    expect(twice(plugin('b', 40))).to.deep.include({ code: 'PLUGIN_ID_TAKEN' });
    expect(twice(plugin('b', 41, [], ['x']))).to.deep.include({ code: 'PLUGIN_CAPABILITY_TAKEN' });
    const sameName = definePlugin({ ...good, name: 'other', service: { id: 41, name: 'a' } });
    const error = refused(() => loadOrder([plugin('a', 40)], [sameName]));
    expect(error.code).to.equal('PLUGIN_NAME_TAKEN');
    expect(error.text).to.match(/other.* a|a.* other/);
  });
});

describe('engine check', () => {
  const plugin = definePlugin(good);
  const hooks = { syncInit: create, syncProcess: create, syncActivate: create, syncAbort: create };
  const engine = { id: 40, name: 'mine', priority: 1, version: 0, messages: [] };
  const cases: readonly [what: string, value: unknown, text: RegExp][] = [
    ['nothing', undefined, /made missing instead of an engine/],
    ['a promise', Promise.resolve(engine), /made a promise/],
    ['another name', { ...engine, name: 'other' }, /name is "other"; it has to be the manifest's "mine"/],
    ['another id', { ...engine, id: 41 }, /id is the number 41/],
    ['no priority', { ...engine, priority: undefined }, /priority is missing/],
    ['a gap in messages', { ...engine, messages: [create, undefined] }, /messages/],
    ['a request that is no function', { ...engine, requests: [1] }, /requests/],
    ['another id in sync', { ...engine, sync: { ...hooks, id: 1, name: 'mine' } }, /sync\.id is the number 1/],
    [
      'no syncAbort',
      { ...engine, sync: { ...hooks, id: 40, name: 'mine', syncAbort: undefined } },
      /sync\.syncAbort is missing/,
    ],
  ];
  for (const [what, value, text] of cases) {
    it(`refuses ${what}`, () => {
      const error = refused(() => checkEngine(plugin, value, undefined));
      expect(error.code).to.equal('PLUGIN_BAD_ENGINE');
      expect(error.text).to.match(text);
    });
  }

  it('compares the version that the configuration asks for', () => {
    checkEngine(plugin, engine, 0);
    expect(refused(() => checkEngine(plugin, engine, 1))).to.deep.include({ code: 'PLUGIN_WRONG_VERSION' });
  });
});

import { expect } from 'chai';
import { ConfdbClient } from '../../core/services/confdb/client.js';
import type { ConfdbEvent } from '../../core/services/confdb/client.js';
import { all, ClientBench, refusal } from './client-bench.js';

function open(bench: ClientBench): ConfdbClient {
  const cmap = bench.cmap(1);
  const cfg = bench.cfg(1);
  return new ConfdbClient({ cmap, reload: (options) => cfg.reload(options), close: () => cmap.close() });
}

function told(event: ConfdbEvent): string {
  if ('key' in event) return `${event.kind} ${event.object.path} ${event.key} ${event.value?.value}`;
  return 'object' in event ? `${event.kind} ${event.object.path}` : event.kind;
}

describe('confdb client', () => {
  it('makes objects with keys, finds and lists them', async () => {
    const bench = new ClientBench();
    const { root } = open(bench);
    const app = root.create('app');
    expect(await app.exists()).to.equal(false);
    await app.keyCreate('size', 'u32', 5);
    await app.create('one').keyCreate('name', 'string', 'first');
    await app.create('two').keyCreate('name', 'string', 'second');
    expect(await bench.cmap(1).get('app.one.name')).to.deep.equal({ type: 'string', value: 'first' });
    expect((await all(app.children())).map(({ name }) => name)).to.deep.equal(['one', 'two']);
    expect((await app.find('two'))?.path).to.equal('app.two');
    expect(await app.find('three')).to.equal(undefined);
    expect((await root.find('app'))?.parent?.path).to.equal('');
    expect(root.parent).to.equal(undefined);
    expect(await all(app.keys())).to.deep.equal([['size', { type: 'u32', value: 5 }]]);
  });

  it('creates, replaces, counts and deletes keys', async () => {
    const app = open(new ClientBench()).root.create('app');
    await app.keyCreate('size', 'u32', 5);
    expect(await refusal(app.keyCreate('size', 'u32', 6))).to.equal('CS_ERR_EXIST');
    await app.keyReplace('size', 7);
    expect(await refusal(app.keyReplace('none', 7))).to.equal('CS_ERR_NOT_EXIST');
    expect(await app.keyIncrement('size')).to.equal(8);
    expect(await app.keyDecrement('size')).to.equal(7);
    expect(await app.keyGet('size', 'u32')).to.equal(7);
    await app.keyDelete('size');
    expect(await app.keyGet('size')).to.equal(undefined);
    expect(await app.exists()).to.equal(false);
  });

  it('destroys an object with all below it', async () => {
    const { root } = open(new ClientBench());
    const app = root.create('app');
    await app.keyCreate('size', 'u32', 5);
    await app.create('one').keyCreate('name', 'string', 'first');
    await root.create('apple').keyCreate('size', 'u32', 5);
    await app.destroy();
    expect(await root.find('app')).to.equal(undefined);
    expect(await root.find('apple')).to.not.equal(undefined);
    expect(await refusal(app.destroy())).to.equal('CS_ERR_NOT_EXIST');
    expect(() => root.create('a.b')).to.throw('CS_ERR_INVALID_PARAM');
  });

  it('tells changes, with the objects that come and go', async () => {
    const bench = new ClientBench();
    const confdb = open(bench);
    const app = confdb.object('app');
    await app.keyCreate('size', 'u32', 5);
    const events = await confdb.track(app);
    const near = await confdb.track(app, { depth: 'one' });
    await app.create('one').keyCreate('name', 'string', 'x');
    await app.keyReplace('size', 6);
    await app.create('one').destroy();
    const read = async (stream: typeof events, count: number): Promise<string[]> => {
      const lines: string[] = [];
      while (lines.length < count) lines.push(told((await stream.next()).value as ConfdbEvent));
      return lines;
    };
    expect(await read(events, 5)).to.deep.equal([
      'object created app.one',
      'key created app.one name x',
      'key replaced app size 6',
      'key deleted app.one name undefined',
      'object destroyed app.one',
    ]);
    expect(await read(near, 3)).to.deep.equal([
      'object created app.one',
      'key replaced app size 6',
      'object destroyed app.one',
    ]);
    await bench.until(confdb.reload());
    expect(await read(events, 2)).to.deep.equal(['reload started', 'reload ended']);
  });

  it('writes no file, and says so', async () => {
    expect(await refusal(open(new ClientBench()).write())).to.equal('CS_ERR_NOT_SUPPORTED');
  });
});

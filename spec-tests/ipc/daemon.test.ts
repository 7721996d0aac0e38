import { once } from 'node:events';
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CsError } from '../../core/base/errors.js';
import { createDaemonNode } from '../../core/cli/compose.js';
import { TrackEvent } from '../../core/services/cmap/index.js';
import type { CmapEngine } from '../../core/services/cmap/index.js';
import type { Daemon } from '../../core/cli/compose.js';
import { thisHost } from '../../core/config/host.js';
import { loadConfig } from '../../core/config/load.js';
import { StartError } from '../../core/host/errors.js';
import { ControlClient } from '../../core/ipc/control-client.js';
import { createLogging } from '../../core/log/logging.js';
import { CounterClient } from '../../examples/counter/client.js';

const COUNTER = resolve(import.meta.dirname, '../../examples/counter/index.ts');

/** A plugin that needs nothing but the host. */
const PLAIN = `export default {
  name: 'plain', version: '1.0.0', sdk: 1, service: { id: 50, name: 'plain' },
  create: () => ({ id: 50, name: 'plain', priority: 1, version: 0, messages: [] }),
};`;

describe('daemon', () => {
  let directory: string;
  let port: number;
  const daemons: Daemon[] = [];
  const path = (name: string): string => join(directory, name);

  /** The file of node `nodeId` of three on loopback addresses. */
  const configure = (nodeId: number, services: readonly string[]): string => {
    mkdirSync(path(`state${nodeId}`), { recursive: true });
    const file = path(`${nodeId}.conf`);
    writeFileSync(
      file,
      [
        `totem {\n version: 2\n transport: udpu\n token: 1000\n interface {\n  mcastport: ${port}\n }\n}`,
        'nodelist {',
        ...[1, 2, 3].map((id) => ` node {\n  nodeid: ${id}\n  name: n${id}\n  ring0_addr: 127.0.0.${id}\n }`),
        '}',
        `system {\n state_dir: ${path(`state${nodeId}`)}\n}`,
        'logging {\n to_stderr: no\n to_syslog: no\n}',
        ...services.map((name) => `service {\n name: ${name}\n ver: 0\n}`),
      ].join('\n'),
    );
    return file;
  };
  const start = async (nodeId: number, services: readonly string[]): Promise<Daemon> => {
    const read = async (): Promise<Awaited<ReturnType<typeof loadConfig>>['config']> =>
      (await loadConfig(path(`${nodeId}.conf`), thisHost(`n${nodeId}`))).config;
    configure(nodeId, services);
    const config = await read();
    const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
    const daemon = await createDaemonNode({ config, logging, socketPath: path(`${nodeId}.sock`), readConfig: read });
    daemons.push(daemon);
    return daemon;
  };
  const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await done())) await new Promise((wake) => setTimeout(wake, 10));
  };
  const formed = (...nodeIds: number[]): Promise<void> =>
    until(() =>
      daemons
        .filter(({ node }) => nodeIds.includes(node.nodeId))
        .every(({ node }) => node.state === 'operational' && node.members.join() === nodeIds.join()),
    );
  const refused = async (work: Promise<unknown>): Promise<string> =>
    ((await work.catch((error: unknown) => error)) as Error).message;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'chorale-daemon-'));
    port = 20_000 + (process.pid % 20_000);
  });
  after(() => rmSync(directory, { recursive: true }));
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.leave();
  });

  it('runs a plugin that its configuration names, on every node, for clients of each', async () => {
    for (const nodeId of [1, 2, 3]) await start(nodeId, [COUNTER]);
    await formed(1, 2, 3);
    const clients = await Promise.all(
      [1, 2, 3].map((nodeId) => CounterClient.connect({ path: path(`${nodeId}.sock`) })),
    );
    const values = await Promise.all(
      clients.flatMap((client) => [1, 10, 100].map((amount) => client.add('hits', amount))),
    );
    expect(Math.max(...values)).to.equal(333);
    expect(new Set(values).size, 'each addition had its place in the order').to.equal(9);
    await until(async () => (await Promise.all(clients.map((client) => client.get('hits')))).join() === '333,333,333');
    for (const client of clients) client.close();
  });

  it('keeps what was counted when a node leaves and comes back', async () => {
    for (const nodeId of [1, 2]) await start(nodeId, [COUNTER]);
    await formed(1, 2);
    const first = await CounterClient.connect({ path: path('1.sock') });
    await first.add('hits', 7);
    await daemons.splice(0, 1)[0]!.leave();
    await formed(2);
    await start(1, [COUNTER]);
    await formed(1, 2);
    const again = await CounterClient.connect({ path: path('1.sock') });
    expect(await again.get('hits')).to.equal(7);
    again.close();
  });

  it('writes the ring id as Corosync does', async () => {
    await start(1, []);
    await formed(1);
    const file = readFileSync(join(path('state1'), 'ringid_1'));
    expect(file.length).to.equal(8);
    expect(file.readBigUInt64LE().toString(16)).to.equal(daemons[0]!.node.status.ringId!.slice(2));
  });

  it('is commanded over its socket', async () => {
    await start(1, []);
    await start(2, []);
    await formed(1, 2);
    const control = await ControlClient.connect({ path: path('1.sock') });
    const status = await control.status();
    expect(status).to.deep.include({ nodeId: 1, state: 'operational', members: [1, 2] });
    const names = async (): Promise<string[]> => (await control.status()).services.map((service) => service.service);
    const before = await names();

    writeFileSync(path('plain.js'), PLAIN);
    writeFileSync(path('package.json'), '{ "type": "module" }');
    expect(await control.load('./plain.js')).to.match(/service plain \(id 50\) loaded/);
    await until(async () =>
      (await control.status()).services.some(({ service, state }) => service === 'plain' && state === 'running'),
    );
    expect(await refused(control.load('./plain.js'))).to.match(/service id 50 of plugin plain is that of plugin plain/);
    expect(await control.restart('plain')).to.match(/service plain restarted/);
    expect(await control.unload('plain')).to.equal('service plain unloaded');
    expect(await names()).to.deep.equal(before);
    expect(await refused(control.unload('cpg'))).to.match(/belongs to Chorale itself/);
    expect(await refused(control.unload('gone'))).to.match(/this node has no service "gone"/);
    expect(await refused(control.restart('cpg', true))).to.match(/is not named in/);
    expect(((await control.dump()) as { clients: number }).clients).to.equal(1);

    await formed(1, 2);
    expect(await control.leave()).to.equal('node 1 leaves the ring');
    expect(await daemons[0]!.ended).to.deep.equal({ exitCode: 0 });
    await formed(2);
  });

  it('does reloads that are asked for together one after the other, and each has its own outcome', async () => {
    const daemon = await start(1, []);
    await formed(1);
    const cmap = daemon.node.host.service('cmap')!.engine as CmapEngine;
    let running = 0;
    const most: number[] = [];
    cmap.map.track('config.totemconfig_reload_in_progress', TrackEvent.ADD | TrackEvent.MODIFY, () => {
      running += cmap.map.u8('config.totemconfig_reload_in_progress') === 1 ? 1 : -1;
      most.push(running);
    });
    configure(1, ['./gone.js']);
    const bad = daemon.reload();
    const alsoBad = daemon.reload();
    expect(await refused(bad)).to.match(/gone\.js/);
    configure(1, []);
    const outcomes = await Promise.allSettled([alsoBad, daemon.reload(), daemon.reload()]);
    expect(outcomes.slice(1).map((one) => one.status)).to.deep.equal(['fulfilled', 'fulfilled']);
    expect((outcomes[2] as PromiseFulfilledResult<string>).value).to.match(/configuration reloaded/);
    expect(most).to.deep.equal([1, 0, 1, 0, 1, 0, 1, 0]);
    expect(cmap.map.u8('config.reload_in_progress')).to.equal(0);
  });

  it('loads and unloads plugins at a reload, and stays as it was when one is refused', async () => {
    const daemon = await start(1, []);
    await formed(1);
    writeFileSync(path('plain.js'), PLAIN);
    configure(1, ['./plain.js']);
    await daemon.reload();
    await until(() => daemon.node.host.service('plain')?.running ?? false);

    configure(1, ['./gone.js']);
    expect(await refused(daemon.reload())).to.match(/there is no plugin at .*gone\.js/);
    configure(1, [COUNTER, path('twin.js')]);
    writeFileSync(path('twin.js'), PLAIN.replaceAll('50', '60').replaceAll("'plain'", "'twin'"));
    expect(await refused(daemon.reload())).to.match(/service id 60/);
    await until(() => daemon.node.host.service('plain')?.running ?? false);
    expect(daemon.node.host.service('counter')).to.equal(undefined);

    configure(1, ['./plain.js']);
    const control = await ControlClient.connect({ path: path('1.sock') });
    await control.unload('plain');
    await control.reload();
    await until(() => daemon.node.host.service('plain')?.running ?? false);
    await control.unload('plain');
    configure(1, []);
    await control.reload();
    expect(daemon.node.host.service('plain')).to.equal(undefined);
    control.close();
  });

  it('does not start without its plugins or its state directory, and leaves nothing behind', async () => {
    const failure = async (work: Promise<unknown>): Promise<StartError> =>
      (await work.catch((error: unknown) => error)) as StartError;
    const missing = await failure(start(1, ['./missing.js']));
    expect(missing).to.be.instanceOf(StartError);
    expect(missing.exitCode).to.equal(20);
    expect(missing.message).to.match(/service "\.\/missing\.js": there is no plugin at/);
    const config = (await loadConfig(configure(1, []), thisHost('n1'))).config;
    rmSync(path('state1'), { recursive: true });
    const logging = createLogging(config.logging, { program: 'choraled', hostname: 'test', pid: process.pid });
    const stateless = await failure(createDaemonNode({ config, logging, socketPath: path('1.sock') }));
    expect(stateless.exitCode).to.equal(16);
    await start(1, []);
    await formed(1);
  });

  it('does not start where another daemon serves the clients of a service', async () => {
    const other = createServer().listen(path('1.cpg'));
    await once(other, 'listening');
    const error = (await start(1, []).catch((thrown: unknown) => thrown)) as StartError;
    expect(error).to.be.instanceOf(StartError);
    expect(error.exitCode).to.equal(20);
    expect(error.message).to.match(/clients of service cpg cannot be served at .*1\.cpg: corosync or another choraled/);
    other.close();
    await once(other, 'close');
    await start(1, []);
    await formed(1);
  });

  it('refuses clients of services it does not have', async () => {
    await start(1, []);
    await formed(1);
    const error = (await CounterClient.connect({ path: path('1.sock') }).catch((thrown: unknown) => thrown)) as CsError;
    expect(error.message).to.match(/CS_ERR_NOT_SUPPORTED: this node has no service "counter" for clients/);
  });
});

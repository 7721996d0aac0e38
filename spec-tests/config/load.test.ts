import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ConfigError } from '../../core/config/errors.js';
import { loadConfig } from '../../core/config/load.js';
import { fakeHost } from './host.js';
import type { ClusterConfig } from '../../core/config/model.js';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const host = fakeHost({ hostname: 'somewhere', local: ['127.0.0.1', '::1'], users: { root: 0 } });

/** The cmap keys of a configuration as `path (type) = value`, as corosync-cmapctl prints them. */
function dump(config: ClusterConfig): string[] {
  return config.entries.map((entry) => `${entry.path} (${entry.type}) = ${entry.value}`).sort();
}

describe('files people have', () => {
  it('a distribution ships: knet is refused, and what to write is said', async () => {
    const error = await loadConfig(fixture('debian-default.conf'), host).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).exitCode).to.equal(8);
    expect((error as ConfigError).problems).to.have.length(1);
    expect((error as Error).message).to.match(/debian-default\.conf: totem\.transport: .*knet.*add "transport: udpu"/);
  });

  it('the same with udpu', async () => {
    const { config, warnings } = await loadConfig(fixture('debian-udpu.conf'), host);
    expect(warnings).to.deep.equal([]);
    expect(config.totem.clusterName).to.equal('debian');
    expect(config.localNode).to.deep.equal({
      position: 0,
      nodeId: 1,
      ring0Address: '127.0.0.1',
      address: '127.0.0.1',
      name: 'node1',
      votes: 1,
    });
    expect(config.quorum.provider).to.equal('corosync_votequorum');
    expect(config.logging.subsystems.get('QUORUM')?.debug).to.equal('off');
    expect(dump(config)).to.deep.equal(
      [
        'logging.debug (str) = off',
        'logging.fileline (str) = off',
        'logging.logger_subsys.QUORUM.debug (str) = off',
        'logging.logger_subsys.QUORUM.subsys (str) = QUORUM',
        'logging.to_logfile (str) = no',
        'logging.to_stderr (str) = yes',
        'logging.to_syslog (str) = yes',
        'nodelist.local_node_pos (u32) = 0',
        'nodelist.node.0.name (str) = node1',
        'nodelist.node.0.nodeid (u32) = 1',
        'nodelist.node.0.ring0_addr (str) = 127.0.0.1',
        'quorum.provider (str) = corosync_votequorum',
        'totem.cluster_name (str) = debian',
        'totem.crypto_cipher (str) = none',
        'totem.crypto_hash (str) = none',
        'totem.interface.0.bindnetaddr (str) = 127.0.0.1',
        'totem.transport (str) = udpu',
        'totem.version (u32) = 2',
      ].sort(),
    );
  });

  it('pcs writes for three nodes', async () => {
    const { config, warnings } = await loadConfig(fixture('pcs-three-nodes.conf'), host);
    expect(warnings).to.deep.equal([]);
    expect(config.nodes.map((node) => [node.position, node.nodeId, node.address, node.name])).to.deep.equal([
      [0, 1, '127.0.0.1', 'db1.example.com'],
      [1, 2, '192.0.2.12', 'db2.example.com'],
      [2, 3, '192.0.2.13', 'db3.example.com'],
    ]);
    expect(config.totem).to.include({ tokenMs: 3650, tokenRetransmitMs: 869, holdMs: 685, consensusMs: 4380 });
    expect(config.totem).to.include({ transport: 'udpu', ipVersion: 'ipv4', configVersion: 7n, addressFamily: 4 });
    expect(config.quorum).to.include({ expectedVotes: 3, votes: 1, twoNode: false, waitForAll: false });
    expect(config.logging).to.include({
      toLogfile: true,
      logfile: '/tmp/chorale-fixture-cluster.log',
      timestamp: 'on',
    });
    expect(dump(config)).to.include('totem.config_version (u64) = 7');
  });

  it('pcs writes for two nodes with IPv6', async () => {
    const { config } = await loadConfig(fixture('pcs-two-nodes-ipv6.conf'), host);
    expect(config.totem).to.include({ ipVersion: 'ipv6', addressFamily: 6, tokenMs: 3000 });
    expect(config.totem.interface.bindAddress).to.equal('::1');
    expect(config.quorum).to.include({ twoNode: true, waitForAll: true, waitForAllAutomatic: true, expectedVotes: 2 });
    expect(dump(config)).to.include('quorum.two_node (u8) = 1');
  });

  it('crm writes for broadcast', async () => {
    const { config, warnings } = await loadConfig(fixture('crm-udp-broadcast.conf'), host);
    expect(config.totem).to.include({
      transport: 'udp',
      ipVersion: 'ipv4',
      tokenMs: 5000,
      consensusMs: 6000,
      joinMs: 60,
    });
    expect(config.totem.tokenRetransmitMs).to.equal(Math.trunc(5000 / 10.2));
    expect(config.totem.interface).to.deep.equal({
      bindAddress: '127.0.0.1',
      bindNetAddr: '127.0.0.1',
      mcastAddress: '255.255.255.255',
      broadcast: true,
      mcastPort: 5407,
      ttl: 1,
    });
    expect(config.nodes.map((node) => node.nodeId)).to.deep.equal([0x7f000001, 0xc0000215 & 0x7fffffff]);
    expect(warnings.join()).to.contain('totem.interface.bindnetaddr: "127.0.0.0": is ignored');
    expect(warnings).to.have.length(1);
    expect(config.logging).to.include({ toStderr: false, syslogFacility: 'local4' });
    expect(dump(config)).to.include.members([
      'nodelist.node.0.nodeid (u32) = 2130706433',
      'totem.interface.0.bindnetaddr (str) = 127.0.0.1',
      'totem.interface.0.broadcast (str) = yes',
      'totem.interface.0.mcastaddr (str) = 255.255.255.255',
      'totem.interface.0.mcastport (u16) = 5407',
      'totem.interface.0.ttl (u8) = 1',
    ]);
  });

  it("the manual's multicast", async () => {
    const { config, warnings } = await loadConfig(fixture('man-udp-multicast.conf'), host);
    expect(warnings).to.deep.equal([]);
    expect(config.totem.interface).to.include({
      mcastAddress: '239.255.1.1',
      mcastPort: 5405,
      ttl: 2,
      broadcast: false,
    });
    expect(config.quorum).to.include({ provider: 'none', votes: 3, expectedVotes: 3 });
    expect(config.system).to.include({ qbIpcType: 'shm', schedRr: true, moveToRootCgroup: 'no' });
  });

  it('an editor of another system saved', async () => {
    const { config } = await loadConfig(fixture('dos-line-ends.conf'), host);
    expect([config.totem.transport, config.localNode.nodeId]).to.deep.equal(['udpu', 9]);
  });
});

describe('loading a configuration', () => {
  let directory: string;
  let file: string;
  const text = 'totem {\nversion: 2\ntransport: udpu\n}\nnodelist {\nnode {\nring0_addr: 127.0.0.1\n}\n}\n';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chorale-load-'));
    file = join(directory, 'corosync.conf');
    await writeFile(file, text);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const fails = async (name: string): Promise<ConfigError> => {
    const error = await loadConfig(name, users).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    return error as ConfigError;
  };
  const users = fakeHost({ local: ['127.0.0.1'], users: { hacluster: 189 }, groups: { haclient: 188 } });

  it('says when the file cannot be read', async () => {
    const error = await fails(join(directory, 'missing.conf'));
    expect(error.message).to.match(/missing\.conf: the configuration cannot be read: ENOENT.*-c FILE/);
    expect(error.exitCode).to.equal(8);
    expect((await fails(directory)).message).to.contain('EISDIR');
  });

  it('reads uidgid.d beside the file', async () => {
    await mkdir(join(directory, 'uidgid.d', 'directory'), { recursive: true });
    await writeFile(join(directory, 'uidgid.d', 'pacemaker'), 'uidgid {\n uid: hacluster\n gid: haclient\n}\n');
    await writeFile(join(directory, 'uidgid.d', 'other'), '# x\nuidgid {\n uid: 17\n}\nuidgid {\nuid: 189\n}\n');
    const { config } = await loadConfig(file, users);
    expect(config.uidgid).to.deep.equal({ uids: [17, 189], gids: [188] });
    expect(dump(config)).to.include.members([
      'uidgid.config.uid.17 (u8) = 1',
      'uidgid.config.uid.189 (u8) = 1',
      'uidgid.config.gid.188 (u8) = 1',
    ]);
  });

  it('allows nothing but uidgid in uidgid.d, and names its file', async () => {
    await mkdir(join(directory, 'uidgid.d'));
    await writeFile(join(directory, 'uidgid.d', 'a'), 'uid: 1\n');
    await writeFile(join(directory, 'uidgid.d', 'b'), 'uidgid {\nuid: nobody-here\nuser: x\n}\ntotem {\n}\n');
    const { problems } = await fails(file);
    const found = problems.map(({ origin, key }) => `${origin.file.slice(directory.length)}:${origin.line} ${key}`);
    expect(found).to.deep.equal([
      '/uidgid.d/a:1 uid',
      '/uidgid.d/b:3 uidgid.user',
      '/uidgid.d/b:5 totem',
      '/uidgid.d/b:2 uidgid.uid',
    ]);
  });

  it('remarks on a file that is not UTF-8', async () => {
    await writeFile(file, Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9, 10]), Buffer.from(text)]));
    const { warnings } = await loadConfig(file, users);
    expect(warnings.join()).to.contain('not UTF-8');
  });

  it('takes a relative path from the working directory', async () => {
    const { config } = await loadConfig('corosync.conf', { ...users, workingDirectory: directory });
    expect(config.file).to.equal(file);
  });

  it('resolves names of services and logs', async () => {
    const added =
      'service {\nname: ./my-engine.js\nver: 3\n}\nservice {\nname: @acme/engine\n}\nlogging {\nlogfile: log/x\nto_logfile: yes\n}\n';
    await writeFile(file, text + added);
    const { config, warnings } = await loadConfig(file, users);
    expect(warnings).to.deep.equal([]);
    expect(config.services).to.deep.equal([
      { name: './my-engine.js', specifier: join(directory, 'my-engine.js'), version: 3 },
      { name: '@acme/engine', specifier: '@acme/engine', version: 0 },
    ]);
    expect(config.logging.logfile).to.equal('/work-dir/log/x');
    expect(dump(config)).to.include.members(['service.0.name (str) = ./my-engine.js', 'service.0.ver (u32) = 3']);
  });

  it('reads this host', async () => {
    const { config } = await loadConfig(file);
    expect(config.localNode.address).to.equal('127.0.0.1');
    await writeFile(file, `${text}uidgid {\nuid: root\ngid: root\n}\n`);
    expect((await loadConfig(file)).config.uidgid).to.deep.equal({ uids: [0], gids: [0] });
    await writeFile(file, `${text}uidgid {\nuid: no-such-user\n}\n`);
    const error = await loadConfig(file).catch((reason: unknown) => reason);
    expect((error as Error).message).to.match(/:11: uidgid\.uid: "no-such-user": there is no such user/);
  });
});

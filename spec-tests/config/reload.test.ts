import { expect } from 'chai';
import { ConfigError } from '../../core/config/errors.js';
import { reloadConfig } from '../../core/config/reload.js';
import { load } from './host.js';
import type { ReloadResult } from '../../core/config/reload.js';

interface Parts {
  totem?: string;
  transport?: string;
  nodes?: readonly string[];
  rest?: string;
}

const ONE = 'ring0_addr: 10.0.0.1\nnodeid: 1';
const TWO = 'ring0_addr: 10.0.0.2\nnodeid: 2';

function text({ totem = '', transport = 'udpu', nodes = [ONE], rest = '' }: Parts): string {
  const list = nodes.map((lines) => `node {\n${lines}\n}\n`).join('');
  return `totem {\nversion: 2\ntransport: ${transport}\n${totem}\n}\nnodelist {\n${list}}\n${rest}`;
}

async function reload(before: Parts, after: Parts): Promise<ReloadResult> {
  return reloadConfig((await load(text(before))).config, (await load(text(after))).config);
}

const changed = (result: ReloadResult): string[] =>
  result.changes.map(({ kind, path, entry }) => `${kind} ${path}${entry === undefined ? '' : ` ${entry.value}`}`);

describe('a reload', () => {
  it('of the same file changes nothing', async () => {
    const parts = { totem: 'token: 5000', nodes: [ONE, TWO], rest: 'quorum {\ntwo_node: 1\n}\n' };
    const result = await reload(parts, parts);
    expect([result.changes, result.notApplied]).to.deep.equal([[], []]);
  });

  it('changes timers', async () => {
    const result = await reload({ totem: 'token: 5000' }, { totem: 'token: 6000\njoin: 60' });
    expect(changed(result)).to.deep.equal(['added totem.join 60', 'modified totem.token 6000']);
    expect(result.config.totem).to.include({ tokenMs: 6000, consensusMs: 7200, joinMs: 60 });
  });

  it('goes back to defaults for what is gone', async () => {
    const result = await reload({ totem: 'token: 5000', rest: 'uidgid {\nuid: 5\n}\n' }, {});
    expect(changed(result)).to.deep.equal(['removed totem.token', 'removed uidgid.config.uid.5']);
    expect(result.config.totem.tokenMs).to.equal(3000);
  });

  it('adds and removes nodes', async () => {
    const added = await reload({}, { nodes: [TWO, ONE] });
    expect(changed(added)).to.deep.equal([
      'modified nodelist.local_node_pos 1',
      'modified nodelist.node.0.nodeid 2',
      'modified nodelist.node.0.ring0_addr 10.0.0.2',
      'added nodelist.node.1.nodeid 1',
      'added nodelist.node.1.ring0_addr 10.0.0.1',
    ]);
    expect(added.config.nodes.map((node) => node.nodeId)).to.deep.equal([2, 1]);
    expect(added.config.quorum.expectedVotes).to.equal(2);
    const removed = await reload({ nodes: [ONE, TWO] }, {});
    expect(changed(removed)).to.deep.equal(['removed nodelist.node.1.nodeid', 'removed nodelist.node.1.ring0_addr']);
  });

  it('leaves what is fixed at the start, and says so', async () => {
    const before = {
      totem: 'cluster_name: a\nnetmtu: 1400\ninterface {\nmcastport: 6000\n}',
      rest: 'quorum {\nprovider: corosync_votequorum\n}\nsystem {\nstate_dir: /a\n}\n',
    };
    const after = {
      totem: 'cluster_name: b\nip_version: ipv4\nclear_node_high_bit: yes\ninterface {\nmcastport: 7000\n}',
      transport: 'udp',
      rest: 'system {\nstate_dir: /b\nsched_rr: no\n}\n',
    };
    const result = await reload(before, after);
    expect(
      result.notApplied.map((line) => /: ([a-z0-9._]+): stays (\S+), not (\S+):/.exec(line)?.slice(1)),
    ).to.have.deep.members([
      ['totem.cluster_name', '"a"', '"b"'],
      ['totem.transport', '"udpu"', '"udp"'],
      ['totem.netmtu', '"1400"', 'unset'],
      ['totem.ip_version', 'unset', '"ipv4"'],
      ['totem.clear_node_high_bit', 'unset', '"yes"'],
      ['totem.interface.0.mcastport', '"6000"', '"7000"'],
      ['totem.interface.0.mcastaddr', 'unset', '"239.192.0.98"'],
      ['quorum.provider', '"corosync_votequorum"', 'unset'],
      ['system.state_dir', '"/a"', '"/b"'],
      ['system.sched_rr', 'unset', '"no"'],
    ]);
    expect(result.changes).to.deep.equal([]);
    const { totem, quorum, system } = result.config;
    expect(totem).to.include({ clusterName: 'a', transport: 'udpu', netMtu: 1400, ipVersion: 'ipv6-4' });
    expect(totem.interface.mcastPort).to.equal(6000);
    expect(quorum.provider).to.equal('corosync_votequorum');
    expect(system).to.include({ stateDir: '/a', schedRr: true });
  });

  it('reloads again from what it left', async () => {
    const first = await reload({ totem: 'cluster_name: a' }, { totem: 'cluster_name: b\ntoken: 5000' });
    const again = reloadConfig(first.config, (await load(text({ totem: 'cluster_name: a\ntoken: 5000' }))).config);
    expect([again.changes, again.notApplied]).to.deep.equal([[], []]);
  });

  it('changes logging, quorum and services', async () => {
    const result = await reload(
      { rest: 'logging {\ndebug: on\n}\n' },
      { rest: 'logging {\ndebug: off\n}\nquorum {\nexpected_votes: 3\n}\nservice {\nname: x\n}\n' },
    );
    expect(changed(result)).to.deep.equal([
      'modified logging.debug off',
      'added quorum.expected_votes 3',
      'added service.0.name x',
    ]);
    expect(result.config.logging.debug).to.equal('off');
    expect(result.config.quorum.expectedVotes).to.equal(3);
    expect(result.config.services.map((service) => service.name)).to.deep.equal(['x']);
  });

  it('refuses another address of a node that stays', async () => {
    const moved = reload({ nodes: [ONE, TWO] }, { nodes: [ONE, TWO.replace('10.0.0.2', '10.0.0.3')] });
    const error = await moved.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as Error).message).to.contain('node id 2 may not change from 10.0.0.2 to 10.0.0.3; remove the node');
  });

  it('refuses another id of this node', async () => {
    const error = await reload({}, { nodes: [ONE.replace('nodeid: 1', 'nodeid: 7')] }).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).message).to.contain("this node's id may not change from 1 to 7");
  });
});

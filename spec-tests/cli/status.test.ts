import { expect } from 'chai';
import { statusData, statusText } from '../../core/cli/commands/status/status-text.js';
import { warningsOf } from '../../core/cli/commands/status/warnings.js';
import { ansiStyle, plainStyle } from '../../core/cli/commands/style.js';
import { clip } from '../../core/cli/demo/screen.js';
import type { Overview } from '../../core/ipc/overview.js';
import { client, overview, without } from './overviews.js';

const withStatus = (changes: Partial<Overview['status']>): Overview =>
  overview({ status: { ...overview().status, ...changes } });
const withTotals = (changes: Partial<Overview['totals']>): Overview =>
  overview({ totals: { ...overview().totals, ...changes } });
const withQuorum = (changes: Partial<Overview['quorum']>): Overview =>
  overview({ quorum: { ...overview().quorum, ...changes } });

describe('cli: chorale status', () => {
  it('is the whole picture on a screen of 80 by 24 for a cluster of three', () => {
    const lines = statusText(overview({ clients: [], groups: [] }), plainStyle).split('\n');
    expect(lines.length).to.be.at.most(23);
    for (const line of lines) expect(line.length, line).to.be.at.most(80);
  });

  it('names node, ring, members, votes, quorum, links, clients and groups', () => {
    const text = statusText(overview(), plainStyle);
    expect(text).to.match(/^node +2 \(n2\) of cluster home$/m);
    expect(text).to.match(/^daemon +Chorale 0\.1\.0, up 1 h 1 min$/m);
    expect(text).to.match(/^state +operational \(on a ring\)$/m);
    expect(text).to.match(/^quorum +quorate: 3 of 3 votes, 2 needed$/m);
    expect(text).to.match(/^ring +1\.9$/m);
    expect(text).to.match(/^members +1 2 3$/m);
    expect(text).to.match(/^change +joined 1 3, 1 h 0 min ago \(.*\); 2 since the start$/m);
    expect(text).to.match(/^token +rotation 0\.25 ms, seen 12 ms ago, lost after 1000 ms \(never so far\)$/m);
    expect(text).to.match(/^link 0 +udpu at 10\.0\.0\.2 port 5405, 2 of 2 other nodes reached$/m);
    expect(text).to.match(/^ +2 +n2 +10\.0\.0\.2 +1 +member, this node$/m);
    expect(text).to.match(/^cpg +1007 +app +100 +400 +0 +g$/m);
    expect(text).to.match(/^g +2 +1 2$/m);
    expect(text).to.not.contain('\u001b');
    expect(text).to.not.match(/^!/m);
  });

  it('has the same columns with colors', () => {
    const colored = statusText(overview(), ansiStyle)
      .split('\n')
      .map((line) => clip(line, 1000).replace(/\u001b\[\d+m/g, ''));
    expect(colored.join('\n')).to.equal(statusText(overview(), plainStyle));
  });

  it('shows a node that is on no ring yet', () => {
    const status = without(withStatus({ state: 'gather', members: [], rotationMs: 0 }).status, 'ringId');
    const rest = without(overview(), 'lastChange', 'tokenAgeMs');
    const text = statusText({ ...rest, status }, plainStyle);
    expect(text).to.match(/^state +gather \(looks for other nodes\)$/m);
    expect(text).to.match(/^ring +none yet$/m);
    expect(text).to.match(/^token +not seen yet$/m);
  });

  it('shows the first clients, and all if asked', () => {
    const clients = Array.from({ length: 50 }, (_, i) => client(i, 'g', i, i));
    const text = statusText(overview({ clients }), plainStyle);
    expect(text.match(/^cpg +\d+ +app/gm)).to.have.length(8);
    expect(text).to.contain('and 42 more clients (--all shows them)');
    expect(statusText(overview({ clients }), plainStyle, { all: true }).match(/^cpg +\d+ +app/gm)).to.have.length(50);
  });

  it('lets no program name move the cursor', () => {
    const clients = [{ ...client(1, 'g', 1, 1), program: 'a\u001b[2Jb' }];
    expect(statusText(overview({ clients }), plainStyle)).to.contain('a\\x1b[2Jb');
  });

  it('gives programs the status flat, with everything else and the warnings', () => {
    const data = statusData(withQuorum({ quorate: false })) as Record<string, unknown>;
    expect(data).to.include({ nodeId: 2, state: 'operational', ringId: '1.9', clusterName: 'home' });
    expect(data).to.include.keys('members', 'nodes', 'quorum', 'links', 'clients', 'groups', 'totals', 'services');
    expect(data['warnings']).to.have.length(1);
  });
});

describe('cli: what is worth attention', () => {
  it('is nothing where all is well, nor what is over', () => {
    expect(warningsOf(overview())).to.deep.equal([]);
    expect(warningsOf(withTotals({ tokensLost: 2, sendErrors: 3, retransmitted: 100, dropped: 5 }))).to.deep.equal([]);
    const first = { timeMs: 4_650_000, joined: [], left: [], count: 1 };
    expect(warningsOf(overview({ lastChange: first }))).to.deep.equal([]);
  });

  const missing = overview().nodes.map((node) => (node.nodeId === 3 ? { ...node, member: false } : node));
  const stranger = [...overview().nodes, { nodeId: 9, addresses: [], local: false, member: true }];
  const failed = { ...overview().status.services[0]!, state: 'failed' as const, failure: 'threw too often', bugs: 3 };
  const qdevice = { name: 'Qdevice', votes: 1, alive: false, castsVote: false, masterWins: false };
  const cases: readonly [what: string, overview: Overview, text: RegExp][] = [
    ['no ring', withStatus({ state: 'gather' }), /state gather/],
    ['an interface that is down', withStatus({ state: 'waiting' }), /interface .* is down/],
    ['a node that nobody hears', overview({ continuousGather: 4 }), /firewall/],
    ['no quorum', withQuorum({ quorate: false, totalVotes: 1 }), /not quorate: 1 of 2 votes needed/],
    ['wait_for_all', withQuorum({ quorate: false, waitingForAll: true }), /wait_for_all/],
    ['a dead quorum device', withQuorum({ qdevice }), /Qdevice is not alive/],
    ['a missing node', overview({ nodes: missing }), /not on this ring: node 3 \(n3\)/],
    ['a node that is not configured', overview({ nodes: stranger }), /not in the nodelist: node 9/],
    [
      'a node that left just now',
      overview({ lastChange: { timeMs: 4_650_000, joined: [], left: [3], count: 3 } }),
      /node 3 left 10 s ago/,
    ],
    [
      'retransmits',
      withStatus({ rates: { sent: 0, delivered: 0, retransmitted: 5, tokens: 1 } }),
      /5 frames a second are sent again/,
    ],
    ['a slow token', withStatus({ rotationMs: 400 }), /token takes 400 of 1000 ms/],
    [
      'a ring that broke just now and has the same members',
      overview({ lastChange: { timeMs: 4_650_000, joined: [], left: [], count: 3 } }),
      /the ring broke 10 s ago/,
    ],
    ['a failed service', withStatus({ services: [failed] }), /chorale plugin restart cpg/],
    ['lost log lines', overview({ logLinesLost: 7 }), /7 log lines were lost: a target of the log was too slow/],
    [
      'a log that cannot be written',
      overview({ logLinesLost: 7, logFailure: 'there is no /dev/log; start one' }),
      /7 log lines were lost: there is no \/dev\/log; start one$/,
    ],
    ['a client that does not read', overview({ clients: [{ ...client(1, 'g', 1, 1), queued: 5000 }] }), /process 1001/],
  ];
  for (const [what, seen, text] of cases) {
    it(`is ${what}`, () => {
      const warnings = warningsOf(seen);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(text);
      expect(statusText(seen, plainStyle)).to.contain(`\n! ${warnings[0]!}`);
    });
  }
});

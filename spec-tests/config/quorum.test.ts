import { expect } from 'chai';
import { failure, load } from './host.js';
import type { QuorumConfig } from '../../core/config/model.js';

const VOTEQUORUM = 'provider: corosync_votequorum\n';

/** A cluster whose nodes have these votes. */
function cluster(quorum: string, votes: readonly number[]): string {
  const nodes = votes.map((count, i) => `node {\nring0_addr: 10.0.0.${i + 1}\nquorum_votes: ${count}\n}\n`);
  return `totem {\nversion: 2\ntransport: udpu\n}\nnodelist {\n${nodes.join('')}}\nquorum {\n${quorum}\n}\n`;
}

async function quorum(lines: string, votes: readonly number[] = [1, 1]): Promise<QuorumConfig> {
  return (await load(cluster(VOTEQUORUM + lines, votes))).config.quorum;
}

async function refusal(lines: string, votes: readonly number[] = [1, 1]): Promise<string> {
  const error = await failure(cluster(VOTEQUORUM + lines, votes));
  expect(error.exitCode).to.equal(20);
  expect(error.problems).to.have.length(1);
  return error.message;
}

const DEVICE = 'device {\nmodel: net\n}\n';
const withVotes = (votes: number): string => `device {\nmodel: net\nvotes: ${votes}\n}\n`;

describe('the quorum section', () => {
  it('counts the votes of the nodes', async () => {
    expect(await quorum('', [2, 1, 4])).to.include({ votes: 2, expectedVotes: 7, provider: 'corosync_votequorum' });
    expect(await quorum('expected_votes: 9', [2, 1, 4])).to.include({ votes: 2, expectedVotes: 9 });
  });

  it('without a provider leaves everybody quorate', async () => {
    const { config } = await load(cluster('', [1]));
    expect(config.quorum.provider).to.equal('none');
  });

  it('turns wait_for_all on with two_node, unless it is set', async () => {
    expect(await quorum('two_node: 1')).to.include({ twoNode: true, waitForAll: true, waitForAllAutomatic: true });
    expect(await quorum('two_node: 1\nwait_for_all: 0')).to.include({ waitForAll: false, waitForAllAutomatic: false });
    expect(await quorum('wait_for_all: 1')).to.include({ twoNode: false, waitForAll: true });
  });

  it('turns two_node off with auto_tie_breaker', async () => {
    const { config, warnings } = await load(cluster(`${VOTEQUORUM}two_node: 1\nauto_tie_breaker: 1`, [1, 1]));
    expect(config.quorum).to.deep.include({ twoNode: false, waitForAll: false, autoTieBreaker: { kind: 'lowest' } });
    expect(warnings.join()).to.contain('two_node');
  });

  it('reads who breaks a tie', async () => {
    const tieBreaker = async (lines: string) => (await quorum(lines)).autoTieBreaker;
    expect(await tieBreaker('')).to.deep.equal({ kind: 'none' });
    expect(await tieBreaker('auto_tie_breaker: 1')).to.deep.equal({ kind: 'lowest' });
    const node = (value: string) => tieBreaker(`auto_tie_breaker: 1\nauto_tie_breaker_node: ${value}`);
    expect(await node('highest')).to.deep.equal({ kind: 'highest' });
    expect(await node('3 1  4294967295')).to.deep.equal({ kind: 'list', nodeIds: [3, 1, 4294967295] });
    expect(await node('first')).to.deep.equal({ kind: 'none' });
  });

  it('turns auto_tie_breaker off with an odd number of votes, unless all are waited for', async () => {
    expect((await quorum('auto_tie_breaker: 1', [1, 1, 1])).autoTieBreaker.kind).to.equal('none');
    const waits = await quorum('auto_tie_breaker: 1\nwait_for_all: 1', [1, 1, 1]);
    expect(waits.autoTieBreaker.kind).to.equal('lowest');
    expect(await refusal('auto_tie_breaker: 1\nlast_man_standing: 1', [1, 1, 1])).to.contain('wait_for_all: 1');
  });

  it('turns expected_votes_tracking on with allow_downscale', async () => {
    expect(await quorum('allow_downscale: 1')).to.include({ allowDownscale: true, expectedVotesTracking: true });
    expect(await quorum('')).to.include({ allowDownscale: false, expectedVotesTracking: false });
  });

  it('reads a device', async () => {
    const lines = 'device {\nmodel: net\nvotes: 2\ntimeout: 5\nsync_timeout: 6\nmaster_wins: 1\n}';
    const { device, expectedVotes } = await quorum(lines);
    expect(device).to.deep.equal({ model: 'net', votes: 2, timeoutMs: 5, syncTimeoutMs: 6, masterWins: true });
    expect(expectedVotes).to.equal(2);
  });

  it('gives a device one vote less than there are nodes', async () => {
    const { device, expectedVotes } = await quorum(DEVICE, [1, 1, 1]);
    expect(device).to.deep.equal({ model: 'net', votes: 2, timeoutMs: 10000, syncTimeoutMs: 30000, masterWins: false });
    expect(expectedVotes).to.equal(5);
  });

  it('has no device without a model', async () => {
    expect(await quorum('device {\nvotes: 1\n}')).to.not.have.property('device');
  });

  for (const [lines, votes, text] of [
    [`two_node: 1\n${DEVICE}`, [1, 1], 'two_node: "1": cannot be used with a quorum device'],
    [`last_man_standing: 1\n${DEVICE}`, [1, 1], 'last_man_standing: "1": cannot be used with a quorum device'],
    [`auto_tie_breaker: 1\n${DEVICE}`, [1, 1], 'auto_tie_breaker: "1": cannot be used with a quorum device'],
    [`allow_downscale: 1\n${DEVICE}`, [1, 1], 'allow_downscale: "1": cannot be used with a quorum device'],
    [`expected_votes: 4\n${DEVICE}`, [1, 1], 'device.votes: must be set when quorum.expected_votes is'],
    [DEVICE, [2, 1], 'device.votes: must be set when not every node has one vote'],
    [`expected_votes: 4\n${withVotes(3)}`, [1, 1], 'leaves fewer than 2 of the 4 expected votes'],
  ] as const) {
    it(`refuses ${lines.trim().replaceAll(/\s+/g, ' ')} with votes of ${votes.join(', ')}`, async () => {
      expect(await refusal(lines, votes)).to.contain(text);
    });
  }

  it('only warns of these without a provider', async () => {
    const { warnings } = await load(cluster(`two_node: 1\n${DEVICE}`, [1, 1]));
    expect(warnings.join()).to.contain('cannot be used with a quorum device');
  });

  it('refuses a provider by name', async () => {
    expect((await failure(cluster('provider: corosync_ykd', [1]))).message).to.contain('ykd provider is not supported');
    expect((await failure(cluster('provider: x', [1]))).exitCode).to.equal(20);
  });
});

import type { QuorumConfig } from '../../config/model.js';
import type { ChoraleNode } from '../../host/node.js';
import type { NodeView, QuorumView } from '../../ipc/control.proto.js';
import type { QuorumEngine } from '../../services/quorum/engine.js';
import type { VotequorumEngine } from '../../services/votequorum/engine.js';
import { NodeFlag } from '../../services/votequorum/layouts.js';

/** Quorum as the node's own services see it. */
export function quorumView(node: ChoraleNode, { provider }: QuorumConfig): QuorumView {
  const votequorum = votequorumOf(node);
  if (votequorum === undefined) {
    const quorate = (node.host.service('quorum')?.engine as QuorumEngine | undefined)?.quorate ?? false;
    const none = { needed: 0, totalVotes: 0, expectedVotes: 0, highestExpected: 0, waitingForAll: false };
    return { provider, quorate, ...none, flags: quorate ? ['Quorate'] : [] };
  }
  const { electorate, quorate } = votequorum;
  const { us, present, qdevice } = electorate;
  const castsVote = (us.flags & NodeFlag.QDEVICE_CAST_VOTE) !== 0;
  return {
    provider,
    quorate,
    needed: electorate.quorum,
    totalVotes: present.reduce((sum, { votes }) => sum + votes, castsVote ? qdevice.votes : 0),
    expectedVotes: us.expectedVotes,
    highestExpected: present.reduce((most, { expectedVotes }) => Math.max(most, expectedVotes), 0),
    flags: flagsOf(votequorum),
    waitingForAll: (us.flags & NodeFlag.WAIT_FOR_ALL_STATUS) !== 0,
    ...((us.flags & NodeFlag.QDEVICE_REGISTERED) === 0
      ? {}
      : {
          qdevice: {
            name: votequorum.qdevice.name,
            votes: qdevice.votes,
            alive: (us.flags & NodeFlag.QDEVICE_ALIVE) !== 0,
            castsVote,
            masterWins: (us.flags & NodeFlag.QDEVICE_MASTER_WINS) !== 0,
          },
        }),
  };
}

/** Votes that votequorum counts for a node; nothing without votequorum, or for a node it has not seen. */
export function votesOf(node: ChoraleNode, nodeId: number): Pick<NodeView, 'votes'> {
  const record = votequorumOf(node)?.electorate.find(nodeId);
  return record === undefined ? {} : { votes: record.votes };
}

/** Its engine is another after a restart of the service. */
function votequorumOf(node: ChoraleNode): VotequorumEngine | undefined {
  return node.host.service('votequorum')?.engine as VotequorumEngine | undefined;
}

/** Names and order are those of corosync-quorumtool. */
function flagsOf({ options, quorate, electorate }: VotequorumEngine): string[] {
  const flags: readonly [boolean, string][] = [
    [options.twoNode, '2Node'],
    [quorate, 'Quorate'],
    [options.waitForAll, 'WaitForAll'],
    [options.lastManStanding, 'LastManStanding'],
    [options.tieBreaker.kind !== 'none', 'AutoTieBreaker'],
    [options.allowDownscale, 'AllowDownscale'],
    [(electorate.us.flags & NodeFlag.QDEVICE_REGISTERED) !== 0, 'Qdevice'],
  ];
  return flags.filter(([holds]) => holds).map(([, name]) => name);
}

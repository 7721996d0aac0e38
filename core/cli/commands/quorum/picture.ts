import { formatRingId } from '../../../totem/ring.js';
import { openQuorum } from '../../../quorum.js';
import type { VotequorumInfo } from '../../../votequorum.js';
import { openCfg } from '../../../cfg.js';
import { openVotes } from './votes.js';
import { decisions } from './decisions.js';
import type { QuorumDecision } from './decisions.js';
import { readNodes } from '../cluster-nodes.js';
import type { ClusterNode } from '../cluster-nodes.js';
import { withService } from '../context.js';
import type { DaemonChoice } from '../context.js';
import type { Style } from '../style.js';
import { fieldLines, tableLines } from '../table.js';

/** How nodes may be ordered. */
export const NODE_ORDERS = ['id', 'name', 'address'] as const;

export interface PictureOptions {
  /** Node ids in hexadecimal. */
  readonly hex?: true;
  readonly order: (typeof NODE_ORDERS)[number];
}

/** A member, or node 0 for the quorum device. */
export interface QuorumNode {
  readonly nodeId: number;
  readonly name: string | null;
  readonly addresses: readonly string[];
  /** Null without votequorum. */
  readonly votes: number | null;
  readonly local: boolean;
  /** Corosync's words: A or NA (alive), V or NV (votes), MW or NMW (master wins); NR: not registered. */
  readonly qdevice: string;
}

/** What `chorale quorum status --json` prints. */
export interface QuorumPicture {
  readonly provider: 'corosync_votequorum' | 'none';
  readonly nodeId: number;
  readonly ringId: string;
  readonly quorate: boolean;
  /** Null without votequorum. */
  readonly votes: {
    readonly expected: number;
    readonly highestExpected: number;
    readonly total: number;
    readonly needed: number;
    readonly flags: readonly string[];
  } | null;
  readonly nodes: readonly QuorumNode[];
}

/** Asks the services for all of it. */
export async function readQuorum(choice: DaemonChoice): Promise<QuorumPicture> {
  const decision = await withService(choice, openQuorum, async (client) => {
    const provided = (await client.type()) === 'set';
    for await (const decision of decisions(await client.track({ changes: false }), provided)) return decision;
    throw new Error("the quorum service told nothing: see the daemon's log");
  });
  return pictureOf(choice, decision);
}

/** The picture that belongs to a decision about quorum. */
export async function pictureOf(choice: DaemonChoice, decision: QuorumDecision): Promise<QuorumPicture> {
  const { quorate, ringId, members, provided } = decision;
  const [known, local] = await Promise.all([
    readNodes(choice),
    withService(choice, openCfg, (client) => client.localNode()),
  ]);
  const infos = provided ? await readInfos(choice, members) : [];
  const own = infos.find(({ nodeId }) => nodeId === local) ?? infos[0];
  const nodes = members.map((nodeId) => nodeOf(nodeId, known.get(nodeId), infos, local));
  return {
    provider: provided ? 'corosync_votequorum' : 'none',
    nodeId: local,
    ringId: formatRingId(ringId),
    quorate,
    votes:
      own === undefined
        ? null
        : {
            expected: own.expectedVotes,
            highestExpected: own.highestExpected,
            total: own.totalVotes,
            needed: own.quorum,
            flags: flagsOf(own),
          },
    nodes: own?.qdevice === undefined ? nodes : [...nodes, deviceOf(own.qdevice)],
  };
}

/** Lines for a person. */
export function statusLines(picture: QuorumPicture, options: PictureOptions, style: Style): string[] {
  const { votes, quorate } = picture;
  const fields: [string, string][] = [
    ['node', idText(picture.nodeId, options)],
    ['ring', picture.ringId],
    ['nodes', `${picture.nodes.filter(({ nodeId }) => nodeId !== 0).length}`],
    ['provider', picture.provider],
    ['quorate', quorate ? style.green('yes') : style.red('no: activity is blocked')],
  ];
  if (votes !== null) {
    fields.push(
      ['expected', `${votes.expected} votes`],
      ['highest', `${votes.highestExpected} votes, that any member expects`],
      ['total', `${votes.total} votes`],
      ['needed', `${votes.needed} votes`],
      ['flags', votes.flags.join(' ') || 'none'],
    );
  }
  return [...fieldLines(fields, style), '', ...nodeRows(picture, options, style)];
}

/** The table of nodes. */
export function nodeRows({ nodes, votes }: QuorumPicture, options: PictureOptions, style: Style): string[] {
  const device = nodes.some(({ nodeId, qdevice }) => nodeId === 0 || qdevice !== 'NR');
  const columns = [
    { title: 'nodeid', right: true },
    ...(votes === null ? [] : [{ title: 'votes', right: true } as const]),
    ...(device ? [{ title: 'qdevice' }] : []),
    { title: 'name' },
    { title: 'address' },
    { title: '' },
  ] as const;
  const rows = [...nodes]
    .sort(order(options))
    .map((node) => [
      idText(node.nodeId, options),
      ...(votes === null ? [] : [`${node.votes ?? '-'}`]),
      ...(device ? [node.nodeId === 0 ? '' : node.qdevice] : []),
      node.name ?? '-',
      node.addresses.join(' ') || '-',
      node.local ? 'this node' : node.nodeId === 0 ? 'quorum device' : '',
    ]);
  return tableLines(columns, rows, style);
}

async function readInfos(choice: DaemonChoice, members: readonly number[]): Promise<VotequorumInfo[]> {
  return withService(choice, openVotes, async (client) => {
    const infos = await Promise.allSettled(members.map((nodeId) => client.info(nodeId)));
    // A member that votequorum does not know yet has no votes.
    return infos.flatMap((info) => (info.status === 'fulfilled' ? [info.value] : []));
  });
}

function nodeOf(
  nodeId: number,
  known: ClusterNode | undefined,
  infos: readonly VotequorumInfo[],
  local: number,
): QuorumNode {
  const info = infos.find((one) => one.nodeId === nodeId);
  return {
    nodeId,
    name: known?.name ?? null,
    addresses: known?.addresses ?? [],
    votes: info?.votes ?? null,
    local: nodeId === local,
    qdevice: deviceText(info?.qdevice),
  };
}

function deviceOf({ name, votes, castsVote }: NonNullable<VotequorumInfo['qdevice']>): QuorumNode {
  return { nodeId: 0, name, addresses: [], votes: castsVote ? votes : 0, local: false, qdevice: '' };
}

function deviceText(device: VotequorumInfo['qdevice']): string {
  if (device === undefined) return 'NR';
  return [device.alive ? 'A' : 'NA', device.castsVote ? 'V' : 'NV', device.masterWins ? 'MW' : 'NMW'].join(',');
}

/** Corosync's words, in its order. */
function flagsOf(info: VotequorumInfo): string[] {
  const flags: readonly [boolean, string][] = [
    [info.twoNode, '2Node'],
    [info.quorate, 'Quorate'],
    [info.waitForAll, 'WaitForAll'],
    [info.lastManStanding, 'LastManStanding'],
    [info.autoTieBreaker, 'AutoTieBreaker'],
    [info.allowDownscale, 'AllowDownscale'],
    [info.qdevice !== undefined, 'Qdevice'],
  ];
  return flags.filter(([holds]) => holds).map(([, word]) => word);
}

function idText(nodeId: number, { hex }: PictureOptions): string {
  return hex ? `0x${nodeId.toString(16).padStart(8, '0')}` : `${nodeId}`;
}

/** The quorum device, node 0, is always last. */
function order({ order: by }: PictureOptions): (a: QuorumNode, b: QuorumNode) => number {
  const key = (node: QuorumNode): string => (by === 'name' ? (node.name ?? '') : (node.addresses[0] ?? ''));
  return (a, b) => {
    if ((a.nodeId === 0) !== (b.nodeId === 0)) return a.nodeId === 0 ? 1 : -1;
    return (by === 'id' ? 0 : key(a).localeCompare(key(b), 'en', { numeric: true })) || a.nodeId - b.nodeId;
  };
}

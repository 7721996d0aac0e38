import { onlySafe, silent } from '../changes.js';
import type { Mutation } from '../mutation.js';

const RING = 'core/totem/srp/single-ring.ts';
const MEMBERSHIP = 'core/totem/srp/membership.ts';
const COMMIT = 'core/totem/srp/commit.ts';
const RING_SEQ = 'core/totem/srp/ring-seq.ts';

const LIVENESS = ['2.2', '3.1', 'no storm'];
const CONFIGURATIONS = ['2.1', '2.3', '2.4'];
const DELIVERED_ALIKE = ['1.', '3 ', '4 ', '5 ', '6.', '7.', 'service state', 'synchronization is complete'];

/** Mistakes in the forming of a ring: JOINs, consensus, the commit token and ring ids. */
export const membershipMutations: readonly Mutation[] = [
  {
    id: 'ring-id-not-stored',
    breaks: 'a ring id is on stable storage before it is used (totem.md, ring id)',
    file: RING,
    find: 'storeRingSeq(ring, token.ringId.seq);',
    replace: '',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'ring-id-not-loaded',
    breaks: 'a node that comes back goes on with its stored ring sequence (evs 2.1)',
    file: RING_SEQ,
    find: 'return { representative: ring.nodeId, seq: seq + 1 };',
    replace: 'return { representative: ring.nodeId, seq: 1 };',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'ring-id-not-above-joins',
    breaks: 'a new ring is above every ring sequence heard of (totem.md, commit token)',
    file: COMMIT,
    find: 'seq: ring.highestRingSeq + RING_SEQ_STEP }',
    replace: 'seq: ring.ringId.seq + RING_SEQ_STEP }',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'ring-id-reused-by-next-attempt',
    breaks: 'each attempt to form a ring has a ring id of its own (evs 2.1)',
    file: COMMIT,
    find: 'seq: ring.highestRingSeq + RING_SEQ_STEP }',
    replace: 'seq: ring.order.ringId.seq + RING_SEQ_STEP }',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'commit-confirmed-too-early',
    breaks: 'a commit token is confirmed when it is back, filled by all and by this node (totem.md, COMMIT)',
    file: COMMIT,
    find: '    token.filled === token.members.length &&\n    token.members.length === formingMembers.length &&\n    token.members.every((node, i) => node === formingMembers[i]) &&\n    sameRing(token.entries[formingMembers.indexOf(nodeId)]!.ringId, order.ringId)',
    replace: '    token.members.length === formingMembers.length && nodeId > 0 && sameRing(order.ringId, order.ringId)',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['duplicate', 'lossByType', 'partition', 'reorder'] },
  },
  {
    id: 'commit-claims-too-much',
    breaks: 'the commit token tells up to where a member has everything (totem.md, commit token entries)',
    file: COMMIT,
    find: '    aru: order.aru,\n    highDelivered',
    replace: '    aru: order.highSeq,\n    highDelivered',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'commit-delivered-wrong',
    breaks: 'the commit token tells up to where a member has delivered (totem.md, commit token entries)',
    file: COMMIT,
    find: 'highDelivered: order.highDelivered,',
    replace: 'highDelivered: order.aru,',
    properties: ['7.', '6.2', '4 '],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: onlySafe,
  },
  {
    id: 'commit-names-wrong-ring',
    breaks: 'a member names the ring whose order it has, not the attempt after it (totem.md, commit token entries)',
    file: COMMIT,
    find: '    ringId: order.ringId,\n    aru',
    replace: '    ringId: ring.ringId,\n    aru',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'transitional-of-strangers',
    breaks: 'a transitional configuration has those who come from the same ring (evs 2.4)',
    file: 'core/totem/srp/recovery.ts',
    find: 'ring.members.includes(node) && sameRing(entry.ringId, order.ringId)',
    replace: 'ring.members.includes(node)',
    properties: [...CONFIGURATIONS, ...DELIVERED_ALIKE],
  },
  {
    id: 'members-out-of-order',
    breaks: 'members are in ascending order: the ring has one direction (totem.md, COMMIT)',
    file: MEMBERSHIP,
    find: '.sort((a, b) => a - b)',
    replace: '.sort((a, b) => (`${a}` < `${b}` ? -1 : 1))',
    properties: [...CONFIGURATIONS, ...LIVENESS],
  },
  {
    id: 'join-ignored-while-operational',
    breaks: 'a JOIN of another ring begins a merge (totem.md, JOIN in OPERATIONAL)',
    file: MEMBERSHIP,
    find: 'if (join.failedList.includes(ring.nodeId)) {\n          ring.statistics',
    replace: 'if (join.ringSeq >= 0) {\n          ring.statistics',
    properties: LIVENESS,
  },
  {
    id: 'consensus-not-reset',
    breaks: 'consensus begins anew when the lists change (totem.md, GATHER)',
    file: MEMBERSHIP,
    find: '    ring.consensus.clear();\n    ring.consensus.add(ring.nodeId);\n    ring.phase',
    replace: '    ring.consensus.add(ring.nodeId);\n    ring.phase',
    properties: [...CONFIGURATIONS, ...LIVENESS],
  },
  {
    id: 'proc-list-not-merged',
    breaks: 'the proc lists are united (totem.md, JOIN)',
    file: MEMBERSHIP,
    find: 'for (const node of join.procList) ring.procList.add(node);',
    replace: 'if (ring.members.includes(join.from)) for (const node of join.procList) ring.procList.add(node);',
    properties: LIVENESS,
  },
  {
    id: 'failed-for-ever',
    breaks:
      'who was failed may come back: the failed list ends with the ring being formed (totem.md, RECOVERY to OPERATIONAL)',
    file: 'core/totem/srp/install.ts',
    find: '  ring.failedList.clear();\n',
    replace: '',
    properties: LIVENESS,
  },
  {
    id: 'failed-list-holds-oneself',
    breaks: 'who is failed by another fails that one, never itself (totem.md, JOIN)',
    file: MEMBERSHIP,
    find: 'if (join.failedList.includes(ring.nodeId)) {\n      // One that',
    replace: 'if (join.failedList.includes(ring.nodeId) && join.failedList.length < 0) {\n      // One that',
    properties: [...LIVENESS, ...CONFIGURATIONS, 'no exception'],
  },
  {
    id: 'silent-not-failed',
    breaks: 'who is silent until consensus times out is failed (totem.md, GATHER)',
    file: MEMBERSHIP,
    find: 'for (const node of ring.procList) if (!ring.consensus.has(node)) ring.failedList.add(node);',
    replace: '',
    properties: LIVENESS,
  },
  {
    id: 'no-merge-message',
    breaks: 'an idle ring makes itself known, so that rings find each other (totem.md, MERGE)',
    file: RING,
    find: "if (ring.phase === 'operational' && ring.isRepresentative) this.membership.sendMergeDetect();",
    replace: '',
    properties: LIVENESS,
    options: { faults: ['partition', 'bridge', 'oneWayCut'] },
    change: silent,
  },
  {
    id: 'foreign-message-ignored',
    breaks: 'a ring that hears of another merges with it (totem.md, foreign message and MERGE)',
    file: MEMBERSHIP,
    find: "if (ring.phase === 'operational') {\n      ring.procList.add(from);",
    replace: "if (ring.phase === 'operational' && from < 0) {\n      ring.procList.add(from);",
    properties: LIVENESS,
  },
];

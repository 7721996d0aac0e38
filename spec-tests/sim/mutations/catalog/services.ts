import { withAis } from '../changes.js';
import type { Mutation } from '../mutation.js';

const SYNC = 'core/sync/sync-engine.ts';
const CPG = 'core/services/cpg/synchronization.ts';
const PROCESSES = 'core/services/cpg/processes.ts';

const SYNCHRONIZED = ['synchronization', 'service state', '3.1', '1.', '4 ', '6.'];

const VOTES = ['quorum'];

const AIS = ['ais', 'lck', 'clm'];

const SERVICES = ['cpg', 'synchronization', '3.1'];

/** Mistakes above the ring: in synchronization, in CPG and in votequorum. */
export const serviceMutations: readonly Mutation[] = [
  {
    id: 'barrier-counted-twice',
    breaks: 'a phase ends with the barriers of all members (totem.md 8)',
    file: SYNC,
    find: "if (!this.awaited.delete(sender)) return this.violation(sender, 'it sent its barrier before');\n    if (this.awaited.size > 0) return;",
    replace:
      "if (!this.awaited.delete(sender)) return this.violation(sender, 'it sent its barrier before');\n    if (this.awaited.size > 1) return;",
    properties: SYNCHRONIZED,
  },
  {
    id: 'barrier-skipped',
    breaks: 'a service is activated after everybody has sent its state (totem.md 8)',
    file: SYNC,
    find: "if (!this.awaited.delete(sender)) return this.violation(sender, 'it sent its barrier before');\n    if (this.awaited.size > 0) return;",
    replace: 'if (sender !== this.options.totem.nodeId) return;',
    properties: SYNCHRONIZED,
  },
  {
    id: 'synchronization-not-aborted',
    breaks: 'a service is told that its synchronization was interrupted (totem.md 8)',
    file: SYNC,
    find: 'for (const phase of unfinished) phase.participant?.syncAbort();',
    replace: 'void unfinished;',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'service-lists-not-united',
    breaks: 'all go through the phases of the services that any of them has (totem.md 8)',
    file: SYNC,
    find: 'if (!this.phases.some((phase) => phase.id === id)) this.phases.push({ id, participant: undefined });',
    replace: 'void id;',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-join-list-not-applied',
    breaks: "a newcomer's processes join their groups (services-ipc.md, CPG synchronization)",
    file: CPG,
    find: 'membership.addAll([...this.told.values()].reverse(), Reason.NODE_UP);',
    replace: '',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-own-processes-not-told',
    breaks: 'every node tells of all its processes (services-ipc.md, CPG synchronization)',
    file: CPG,
    find: 'const own = table.all.filter((process) => process.nodeId === nodeId);',
    replace: 'const own = table.all.filter((process) => process.nodeId === nodeId).slice(0, 1);',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-down-list-wrong',
    breaks: 'processes of nodes that left are down with their nodes (services-ipc.md, CPG down list)',
    file: CPG,
    find: '    const down = new Set(membership.completed.members.filter((node) => !this.survivors.has(node)));',
    replace:
      '    const down = new Set(membership.completed.members.filter((node) => this.survivors.has(node) && node < 0));',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-down-list-too-long',
    breaks: 'nobody is taken for down who came along (services-ipc.md, CPG down list)',
    file: CPG,
    find: '    const down = new Set(membership.completed.members.filter((node) => !this.survivors.has(node)));',
    replace: '    const down = new Set(membership.completed.members);',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-members-out-of-order',
    breaks: "a group's members are in the order of node and process ids everywhere (services-ipc.md, CPG)",
    file: PROCESSES,
    find: 'if (greater) high = middle;',
    replace: 'if (!greater) high = middle;',
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'cpg-leave-not-told',
    breaks: 'a process that ends leaves its group everywhere (services-ipc.md, CPG leave)',
    file: 'core/services/cpg/engine.ts',
    find: "if (group && state !== 'leave started') {",
    replace: "if (group && state === 'leave started') {",
    properties: SERVICES,
    runs: 'services',
  },
  {
    id: 'half-is-a-majority',
    breaks: 'only more than half of the votes are a quorum (votequorum(5))',
    file: 'core/services/votequorum/electorate.ts',
    find: 'Math.floor((highestExpected + 2) / 2)',
    replace: 'Math.floor((highestExpected + 1) / 2)',
    properties: VOTES,
  },
  {
    id: 'the-departed-vote',
    breaks: 'votes of nodes that left are not counted (votequorum(5))',
    file: 'core/services/votequorum/engine.ts',
    find: 'if (node) node.state = NodeState.DEAD;',
    replace: 'void node;',
    properties: VOTES,
  },
  {
    id: 'sides-not-told-apart',
    breaks: 'members who came on different ways are taken to have different states (ARCHITECTURE.md, replicated state)',
    file: 'core/sdk/engine/state-transfer.ts',
    find: "if (this.lineage !== '') this.lineage += `|${transitional.join()}`;",
    replace: 'void transitional;',
    properties: AIS,
    options: { nodes: 4, faults: ['partition'] },
    change: withAis,
  },
  {
    id: 'conflicting-grants-kept',
    breaks: 'of locks that two sides of a partition granted apart one stays (plugins/lck/README.md)',
    file: 'plugins/lck/merge.ts',
    find: 'if (kept.some((one) => conflict(one.mode, lock.mode))) stripped.push(lock);',
    replace: 'if (kept.some((one) => conflict(one.mode, lock.mode) && kept.length < 0)) stripped.push(lock);',
    properties: ['lck'],
    options: { nodes: 4, faults: ['partition'] },
    change: withAis,
  },
];

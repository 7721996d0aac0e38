import { onlySafe, talkative } from '../changes.js';
import type { Mutation } from '../mutation.js';

const RECOVERY = 'core/totem/srp/recovery.ts';
const INSTALL = 'core/totem/srp/install.ts';
const COMMIT = 'core/totem/srp/commit.ts';
const DELIVERY = 'core/totem/srp/delivery.ts';

const LIVENESS = ['2.2', '3.1'];
const DELIVERED_ALIKE = ['3 ', '4 ', '5 ', '6.', '7.', 'service state', 'synchronization is complete'];

/** Mistakes in what happens between two rings: recovery, and the two configurations of a change. */
export const recoveryMutations: readonly Mutation[] = [
  {
    id: 'no-transitional-configuration',
    breaks: 'a transitional configuration comes between two regular ones (evs 2.3)',
    file: INSTALL,
    find: "listener.configuration({\n    kind: 'transitional',",
    replace: "void ({\n    kind: 'transitional',",
    properties: ['2.3', '6.2', '7.'],
  },
  {
    id: 'late-what-is-certain',
    breaks: 'what companions have delivered is delivered before the transitional configuration (evs 6.2)',
    file: INSTALL,
    find: '  recovery.trustCompanions();\n  deliverInOrder(ring, order);\n',
    replace: '  recovery.trustCompanions();\n',
    properties: ['6.'],
  },
  {
    id: 'companions-not-trusted',
    breaks: 'a safe message that a companion has delivered belongs to the old configuration (evs 6.2)',
    file: RECOVERY,
    find: 'order.safeThrough = later(order.safeThrough, this.deliveredByCompanions);',
    replace: 'order.safeThrough = later(order.safeThrough, order.highDelivered);',
    properties: ['6.'],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: onlySafe,
  },
  {
    id: 'early-what-is-uncertain',
    breaks: 'a safe message that not all have belongs behind the transitional configuration (evs 7.1)',
    file: RECOVERY,
    find: 'order.safeThrough = later(order.safeThrough, this.deliveredByCompanions);',
    replace: 'order.safeThrough = order.highSeq;',
    properties: ['7.'],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: onlySafe,
  },
  {
    id: 'rest-after-regular-configuration',
    breaks: 'old messages are not delivered in the new regular configuration (evs 1.3)',
    file: INSTALL,
    find: "  deliverRest(ring, order);\n  listener.assemblyChanging();\n  listener.configuration({ kind: 'regular', ringId: ring.ringId, members: ring.members, left: [], joined });",
    replace:
      "  listener.assemblyChanging();\n  listener.configuration({ kind: 'regular', ringId: ring.ringId, members: ring.members, left: [], joined });\n  deliverRest(ring, order);",
    properties: ['1.3', '1.2', ...DELIVERED_ALIKE],
  },
  {
    id: 'rest-forgotten',
    breaks: 'own messages are delivered before the next regular configuration (evs 3)',
    file: INSTALL,
    find: '  deliverRest(ring, order);\n',
    replace: '',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'originate-nothing',
    breaks: 'members give each other what some of them lack (totem.md, RECOVERY)',
    file: RECOVERY,
    find: 'if (order.queue.has(seq)) this.waitingCount++;',
    replace: '',
    properties: DELIVERED_ALIKE,
  },
  {
    id: 'originate-only-own',
    breaks: 'a member gives others also what departed ones had sent (totem.md, RECOVERY)',
    file: RECOVERY,
    find: 'if (!queue.has(old) || this.restored.has(old)) {\n',
    replace:
      'const foreign = queue.has(old) && ring.view.getUint32(queue.offsetAt(old) + 13, true) !== ring.nodeId;\n' +
      'if (foreign) this.waitingCount--;\n' +
      'if (!queue.has(old) || this.restored.has(old) || foreign) {\n',
    properties: DELIVERED_ALIKE,
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
  {
    id: 'originate-from-own-aru',
    breaks: 'members give what follows the lowest aru of them all (totem.md, RECOVERY)',
    file: RECOVERY,
    find: 'companions.map(({ entry }) => entry.aru),\n',
    replace: '[order.aru],\n',
    properties: DELIVERED_ALIKE,
  },
  {
    id: 'obligations-forgotten',
    breaks: 'past a gap the messages of all who come along are delivered (evs 3 and 4)',
    file: RECOVERY,
    find: 'ring.deliverMembers = new Set(ring.transitional);',
    replace: 'ring.deliverMembers = new Set();',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['fade'] },
  },
  {
    id: 'strangers-past-gap',
    breaks: 'past a gap nothing is delivered of those who left: its causes may be missing (evs 5)',
    file: DELIVERY,
    find: 'if (gap && !isDue) continue;',
    replace: 'if (gap && seq < 0) continue;',
    properties: ['1.', '5 ', '6.'],
    options: { faults: ['fade'], nodes: 3 },
    change: talkative,
  },
  {
    id: 'received-flag-always',
    breaks: 'a member with a gap says that it has not received everything (totem.md, commit token entries)',
    file: COMMIT,
    find: 'order.aru === order.highSeq ? 1 : 0',
    replace: '1',
    properties: DELIVERED_ALIKE,
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
  {
    id: 'received-flag-not-compared',
    breaks: 'a member with less than another of its ring has not received everything (totem.md, commit token entries)',
    file: COMMIT,
    find: 'for (const entry of companions) if (before(entry.aru, highest)) entry.receivedFlag = 0;',
    replace: 'void highest;',
    properties: DELIVERED_ALIKE,
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
  {
    id: 'recovered-released-unsaved',
    breaks: 'what was recovered gets its place in the old order before its frame is free (totem.md, RECOVERY)',
    file: RECOVERY,
    find: '    this.restoreOldMessages(through);\n',
    replace: '',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
  {
    id: 'recovery-ends-at-once',
    breaks: 'recovery ends when the aru has covered its messages for two rotations (totem.md, RECOVERY)',
    file: RECOVERY,
    find: 'return this.rotations === ROTATIONS_TO_FINISH;',
    replace: 'return token.tokenSeq !== this.ring.firstTokenSeq && this.waitingCount === 0;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'recovery-ignores-aru',
    breaks: 'recovery does not end before every member has its messages (totem.md, RECOVERY)',
    file: RECOVERY,
    find: '&& notAfter(this.installSeq, token.aru);\n    this.rotations',
    replace: ';\n    this.rotations',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
  {
    id: 'retrans-flag-ignored',
    breaks: 'recovery does not end while somebody has old messages to send (totem.md, retrans_flg)',
    file: RECOVERY,
    find: 'this.quietVisits = token.retransFlag === 0 ? this.quietVisits + 1 : 0;',
    replace: 'this.quietVisits++;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
];

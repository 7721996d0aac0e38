import { largeMessages, smallMixed } from '../changes.js';
import type { Mutation } from '../mutation.js';

const PACKING = 'core/totem/pg/packing.ts';
const RECEIVER = 'core/totem/pg/receiver.ts';
const PACKET = 'core/totem/pg/packet.ts';

const LOST_OR_WRONG = ['1.', '3', '4 ', '5 ', '6.', '7.', 'service state', 'synchronization is complete'];

/** Mistakes in the packing of messages into frames, and in what happens to fragments when the members change. */
export const packingMutations: readonly Mutation[] = [
  {
    id: 'fragment-lost-at-change',
    breaks: 'a message that a change interrupts goes on where it was (totem.md 7.4)',
    file: RECEIVER,
    find: 'this.assemblies = transitional ? this.transitional : this.normal;',
    replace:
      'if (transitional) this.normal.clear();\nthis.assemblies = transitional ? this.transitional : this.normal;',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'one-assembly-set',
    breaks: 'during synchronization the second assembly set is used (totem.md 7.4)',
    file: PACKING,
    find: 'this.receiver.useTransitional(true);',
    replace: 'this.receiver.useTransitional(false);',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'assembly-set-not-changed-back',
    breaks: 'after synchronization the first assembly set is used again (totem.md 7.4)',
    file: PACKING,
    find: 'if (!transitional) this.receiver.useTransitional(false);',
    replace: '',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'fragments-of-departed-kept',
    breaks: 'the unfinished message of a node that left is forgotten (totem.md 7.4)',
    file: PACKING,
    find: 'for (const node of this.left) this.receiver.forget(node);',
    replace: '',
    properties: LOST_OR_WRONG,
    options: { faults: ['crash'] },
    change: largeMessages,
  },
  {
    id: 'cut-message-not-sent-again',
    breaks: 'who joins in the middle of a message gets all of it: its beginning is sent again (totem.md 7.4, evs 4)',
    file: 'core/totem/pg/stream-repair.ts',
    find: 'if (joined.length > 0) this.newcomers = { normal: true, transitional: true };',
    replace: '',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'cut-message-not-taken-back',
    breaks: 'before the beginning is sent again, those who have it drop it (totem.md 7.4)',
    file: 'core/totem/pg/sender.ts',
    find: 'this.prepend(RESET, nextFragment(lastFragment), 0);',
    replace: '',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'continuation-not-compared',
    breaks: 'a fragment continues the one before it (totem.md 7.4)',
    file: PACKET,
    find: 'return number === 255 ? 1 : number + 1;',
    replace: 'return (number + 1) & 255;',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'one-send-queue',
    breaks: 'what services send in synchronization goes before what waits (totem.md 7.3)',
    file: 'core/totem/srp/ring-state.ts',
    find: 'return this.waitingTransitionalAck ? this.transitionalQueue : this.normalQueue;',
    replace: 'return this.normalQueue;',
    properties: LOST_OR_WRONG,
  },
  {
    id: 'guarantee-of-last-message',
    breaks: 'a frame is as safe as the strictest message in it (evs 7.1)',
    file: 'core/totem/pg/filling-frame.ts',
    find: 'if (guarantee > this.guarantee) this.guarantee = guarantee;',
    replace: 'this.guarantee = guarantee;',
    properties: ['7.'],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: smallMixed,
  },
];

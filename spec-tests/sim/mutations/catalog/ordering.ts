import { mixedByteOrder, onlySafe } from '../changes.js';
import type { Mutation } from '../mutation.js';

const VISIT = 'core/totem/srp/token-visit.ts';
const RETRANSMISSION = 'core/totem/srp/retransmission.ts';
const NEW_MESSAGES = 'core/totem/srp/new-messages.ts';
const DELIVERY = 'core/totem/srp/delivery.ts';
const RING = 'core/totem/srp/single-ring.ts';
const SEQUENCE = 'core/totem/srp/sequence.ts';

const LIVENESS = ['2.2', '3.1'];
const DELIVERED_ALIKE = ['1.', '3 ', '4 ', '5 ', '6.', '7.1', 'service state', 'synchronization is complete'];

/** Mistakes in the order of messages on a ring: the work of a token visit. */
export const orderingMutations: readonly Mutation[] = [
  {
    id: 'no-retransmit-request',
    breaks: 'a message that stays missing is asked for (totem.md, requests on the token)',
    file: RETRANSMISSION,
    find: 'token.addRequest(ring.ringId.representative, ring.ringId.seq, seq);',
    replace: '',
    properties: LIVENESS,
    options: { faults: ['lossBurst', 'loss', 'lossOneWay'] },
  },
  {
    id: 'retransmit-wrong-frame',
    breaks: 'what is sent again is what was asked for (totem.md, retransmission)',
    file: RETRANSMISSION,
    find: 'ring.transport.multicast(order.queue.frameAt(seq), order.queue.bytesAt(seq), false);\n      token.removeRequest',
    replace:
      'const wrong = order.queue.has(next(seq)) ? next(seq) : seq;\n' +
      'ring.transport.multicast(order.queue.frameAt(wrong), order.queue.bytesAt(wrong), false);\n      token.removeRequest',
    properties: LIVENESS,
    options: { faults: ['lossBurst', 'loss', 'lossOneWay'] },
  },
  {
    id: 'deliver-past-gap',
    breaks: 'nothing is delivered before what it follows (evs 6.3)',
    file: DELIVERY,
    find: 'if (!order.queue.has(seq)) return;\n',
    replace: 'if (!order.queue.has(seq)) {\n order.highDelivered = seq;\n continue;\n }\n',
    properties: DELIVERED_ALIKE,
  },
  {
    id: 'safe-is-agreed',
    breaks: 'a safe message waits until every member has it (evs 7.1)',
    file: DELIVERY,
    find: 'if (mcastGuarantee(ring.view, offset, littleEndian) === Guarantee.SAFE && before(order.safeThrough, seq)) return;',
    replace: '',
    properties: ['7.'],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: onlySafe,
  },
  {
    id: 'safe-after-one-rotation',
    breaks: 'what is safe was covered by the aru of two rotations (evs 7.1)',
    file: VISIT,
    find: 'order.safeThrough = everywhere;',
    replace: 'order.safeThrough = token.aru;',
    properties: ['7.', '6.2', '4 '],
    options: { faults: ['lossBurst', 'partition', 'loss', 'fade'] },
    change: onlySafe,
  },
  {
    id: 'accept-token-of-old-ring',
    breaks: 'a token of another ring is stale (totem.md, token)',
    file: VISIT,
    find: 'if (token.representative !== ring.ringId.representative || token.ringSeq !== ring.ringId.seq) {',
    replace: 'if (token.representative !== ring.ringId.representative) {',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
    options: { faults: ['duplicate', 'leave', 'crash'] },
  },
  {
    id: 'accept-message-of-old-ring',
    breaks: 'a message of another ring has no place in this one (evs 1.3)',
    file: RING,
    find: 'if (!mcastIsOf(ring.view, offset, ring.ringId, littleEndian)) {',
    replace:
      'if (!mcastIsOf(ring.view, offset, ring.ringId, littleEndian) && !ring.members.includes(mcastOriginator(ring.view, offset, littleEndian))) {',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
  },
  {
    id: 'accept-duplicate-token',
    breaks: 'a token that was seen is not handled again (totem.md, token_seq)',
    file: VISIT,
    find: 'if (notAfter(token.tokenSeq, this.myTokenSeq)) {',
    replace: 'if (before(token.tokenSeq, this.myTokenSeq)) {',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception', 'no storm'],
  },
  {
    id: 'plain-compare',
    breaks: 'sequence numbers are compared across their wrap-around (totem.md, sequence numbers)',
    file: SEQUENCE,
    find: 'return ((a - b) | 0) < 0;',
    replace: 'return a < b;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
  },
  {
    id: 'plain-compare-or-equal',
    breaks: 'token and message numbers are compared across their wrap-around (totem.md, sequence numbers)',
    file: SEQUENCE,
    find: 'return ((a - b) | 0) <= 0;',
    replace: 'return a <= b;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
  },
  {
    id: 'aru-never-lowered',
    breaks: 'who lacks a message lowers the aru of the token (totem.md, aru)',
    file: VISIT,
    find: 'if (before(order.aru, token.aru) || token.aruAddr === ring.nodeId || token.aruAddr === 0) {',
    replace: 'if (token.aruAddr === ring.nodeId || (token.aruAddr === 0 && !before(order.aru, token.aru))) {',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, '7.'],
  },
  {
    id: 'aru-raised-by-others',
    breaks: 'only who lowered the aru raises it again (totem.md, aru_addr)',
    file: VISIT,
    find: 'if (before(order.aru, token.aru) || token.aruAddr === ring.nodeId || token.aruAddr === 0) {',
    replace: 'if (order.aru !== token.aru || token.aruAddr === ring.nodeId || token.aruAddr === 0) {',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, '7.'],
    options: { faults: ['lossBurst', 'loss', 'lossOneWay'] },
  },
  {
    id: 'release-too-early',
    breaks: 'a frame is kept until every member has it (totem.md, release of messages)',
    file: VISIT,
    find: 'const releasable = earlier(everywhere, order.highDelivered);',
    replace: 'const releasable = order.highDelivered;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
    options: { faults: ['lossBurst', 'loss', 'lossOneWay'] },
  },
  {
    id: 'release-before-delivery',
    breaks: 'a frame is kept until it is delivered (totem.md, release of messages)',
    file: VISIT,
    find: 'const releasable = earlier(everywhere, order.highDelivered);',
    replace: 'const releasable = everywhere;',
    properties: [...DELIVERED_ALIKE, ...LIVENESS],
  },
  {
    id: 'foreign-sender-number',
    breaks: 'two members never give one number to two messages (evs 6.2)',
    file: NEW_MESSAGES,
    find: '      token.seq = next(token.seq);\n      writeMcastHeader(\n        ring.view,\n        ring.frames.offsetOf(frame),\n        Encapsulation.NORMAL,',
    replace:
      '      if (sent > 0 || ring.members.length < 3) token.seq = next(token.seq);\n      writeMcastHeader(\n        ring.view,\n        ring.frames.offsetOf(frame),\n        Encapsulation.NORMAL,',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
  },
  {
    id: 'byte-order-of-token-ignored',
    breaks: "every number is read in its sender's byte order (totem.md, headers)",
    file: 'core/totem/wire/orf-token.ts',
    find: 'this.aru = view.getUint32(offset + 21, littleEndian);',
    replace: 'this.aru = view.getUint32(offset + 21, true);',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception', 'no storm'],
    change: mixedByteOrder,
  },
  {
    id: 'byte-order-of-packing-ignored',
    breaks: "every number is read in its sender's byte order (totem.md 7.1)",
    file: 'core/totem/pg/receiver.ts',
    find: 'const count = view.getUint16(offset + COUNT_AT, littleEndian);',
    replace: 'const count = view.getUint16(offset + COUNT_AT, true);',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
    change: mixedByteOrder,
  },
  {
    id: 'byte-order-of-recovered-ignored',
    breaks: 'a recovered message keeps the byte order of its first sender (totem.md, RECOVERY)',
    file: 'core/totem/srp/recovery.ts',
    find: 'const oldSeq = mcastSeq(ring.view, inner, byteOrderOf(ring.view, inner, bytes)!);',
    replace: 'const oldSeq = mcastSeq(ring.view, inner, true);',
    properties: [...DELIVERED_ALIKE, ...LIVENESS, 'no exception'],
    change: mixedByteOrder,
    options: { faults: ['lossBurst', 'loss', 'fade'] },
  },
];

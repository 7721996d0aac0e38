import { accelerated, acceleratedAndCalm, oneSilentAboutWindows } from '../changes.js';
import type { Mutation } from '../mutation.js';

const ENGINE = 'core/services/tuning/engine.ts';
const WINDOWS = ['windows', 'service state'];

/** Mistakes in the agreement on a ring's windows, and on a ring whose messages follow the token. */
export const windowMutations: readonly Mutation[] = [
  {
    id: 'windows-before-all-agreed',
    breaks: 'a ring is tuned when all its members have said what they can (docs/windows.md)',
    file: ENGINE,
    find: 'if (this.said.size === configuration.members.length) this.agree(configuration);',
    replace: 'this.agree(configuration);',
    properties: WINDOWS,
    change: oneSilentAboutWindows,
  },
  {
    id: 'windows-of-one-alone',
    breaks: 'all members use the same values (docs/windows.md)',
    file: ENGINE,
    find: 'windowSize: Math.min(...all.map(({ windowSize }) => windowSize)),',
    replace: 'windowSize: said.get(dependencies.ring.nodeId)!.windowSize,',
    properties: WINDOWS,
  },
  {
    id: 'windows-outlive-their-ring',
    breaks: 'each ring begins with the configured values (docs/windows.md)',
    file: 'core/totem/srp/flow-control.ts',
    find: 'this.sentBefore = this.backlogBefore = this.backlog = 0;\n    this.agreed = undefined;',
    replace: 'this.sentBefore = this.backlogBefore = this.backlog = 0;',
    properties: WINDOWS,
    change: accelerated,
  },
  {
    id: 'requests-for-what-follows-the-token',
    breaks: 'on an accelerated ring only what was counted a round ago can be missing (docs/windows.md)',
    file: 'core/totem/srp/retransmission.ts',
    find: 'return ring.flow.accelerated > 0 ? earlier(this.passedSeq, token.seq) : token.seq;',
    replace: 'return token.seq;',
    properties: ['windows'],
    change: acceleratedAndCalm,
  },
  {
    id: 'messages-behind-the-token-forgotten',
    breaks: 'what the token counts is sent (docs/windows.md)',
    file: 'core/totem/srp/token-visit.ts',
    find: '    this.newMessages.queueRest(order);\n    this.retransmission.passed();',
    replace: '    this.retransmission.passed();',
    properties: ['2.2', '3.1', 'windows', 'no exception'],
    change: acceleratedAndCalm,
  },
];

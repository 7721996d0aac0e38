import { expect } from 'chai';
import type { RingBench } from '../support/ring-bench.js';
import { decodeFrame } from '../support/totem-frames.js';
import { datagramsOf } from '../totem-wire/captured.js';
import { replay, type Beginning } from './replay.js';

const all = { members: [1, 2, 3] };
const both = ['udp', 'udpu'] as const;

/** What node 1 had sent before it was killed in the recovery captures; node 2 has it, and node 3 does not. */
function unrecovered(name: string): Uint8Array[] {
  const inner = new Map<number, Uint8Array>();
  for (const { payload } of datagramsOf(name)) {
    const frame = decodeFrame(payload)!;
    if (frame.type !== 'mcast' || frame.mcast.encapsulated !== 1) continue;
    const message = decodeFrame(frame.mcast.payload)!;
    if (message.type === 'mcast') inner.set(message.mcast.seq, frame.mcast.payload);
  }
  return [...inner].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
}

/** aru of the first token: node 3's, which lowered it. */
function aruToldFirst(name: string): number {
  for (const { payload } of datagramsOf(name)) {
    const frame = decodeFrame(payload)!;
    if (frame.type === 'token' && frame.token.aruAddr === 3) return frame.token.aru;
  }
  throw new Error(`${name} shows no token of node 3`);
}

interface Row {
  what: string;
  capture: string;
  node: number;
  beginning: Beginning;
  /** The real node stopped, or the capture did, while ours would have gone on: only so much is compared. */
  cut?: boolean;
}

const rows: Row[] = [];
const row = (what: string, capture: string, node: number, beginning: Beginning = {}, cut = false): void =>
  void rows.push({ what, capture: `${capture}.pcap`, node, beginning, cut });

for (const transport of both) {
  // On udpu node 1 had the others' first messages in its socket when it started: it never was alone.
  row('first start', `${transport}-form`, 1, transport === 'udpu' ? { listening: 1 } : {});
  row('first start', `${transport}-form`, 2);
  row('first start', `${transport}-form`, 3);
  for (const node of [1, 2]) row('node 3 killed', `${transport}-kill`, node, all);
  for (const node of [1, 2]) row('node 3 leaves', `${transport}-leave`, node, all);
  row('leaving itself', `${transport}-leave`, 3, all, true);
  row('split from the others', `${transport}-partition`, 1, { ...all, lost: { from: [2, 3], after: 0.1 } });
  for (const node of [2, 3]) {
    row('split from node 1', `${transport}-partition`, node, { ...all, lost: { from: [1], after: 0.1 } });
  }
  row('merged with node 1', `${transport}-merge`, 2, { members: [2, 3] });
  row('node 3 comes back', `${transport}-rejoin`, 2, { members: [1, 2] });
  row('coming back', `${transport}-rejoin`, 3, { listening: 0.0005 });
  for (const node of [1, 2]) row('node 3 loses frames: retransmissions', `${transport}-loss`, node, all);
  // The captures begin with a retransmission of the last token.
  const tokenAge = 0.869;
  const messages = unrecovered(`${transport}-recovery.pcap`);
  row('recovery, as the one that has the messages', `${transport}-recovery`, 2, { ...all, messages, tokenAge });
  const aru = aruToldFirst(`${transport}-recovery.pcap`);
  // On udp node 3 had missed the messages up to 30 at four visits.
  const before = (bench: RingBench): void => {
    for (let i = 0; i < 4 && transport === 'udp'; i++) bench.visit({ seq: 30, aru, aruAddr: 3, requests: [] });
  };
  row('recovery, as the one that lacks them', `${transport}-recovery`, 3, { ...all, aru, before, tokenAge });
}
for (const node of [1, 2, 3]) row('CPG messages of up to 100000 bytes', 'udp-cpg', node, all);
row('CPG messages of up to 100000 bytes', 'udpu-cpg', 2, all);
row('node 3 killed by an operator', 'udpu-exec', 2, all);
for (const node of [1, 3]) row('node 2 shut down', 'udpu-shutdown', node, all);
row('shut down itself', 'udpu-shutdown', 2, all, true);
row('start of a message of 2500000 bytes: flow control under load', 'udpu-partial', 1, all, true);
for (const node of [2, 3]) row('somebody else’s large message', 'udpu-partial', node, all);

describe('totem srp: in the place of a real Corosync node of a capture (totem.md 5, 6)', () => {
  for (const { what, capture, node, beginning, cut } of rows) {
    it(`${capture}, node ${node} (${what}): sends the same tokens, commit tokens, messages and JOINs`, () => {
      const { real, ours } = replay(capture, node, beginning);
      expect(real.ordered).not.to.be.empty;
      const sent = cut ? ours.ordered.slice(0, real.ordered.length) : ours.ordered;
      // Line by line: a difference is shown where it begins.
      for (const [i, line] of real.ordered.entries()) expect(sent[i], `frame ${i}`).to.equal(line);
      expect(sent).to.have.length(real.ordered.length);
      expect(ours.joins).to.deep.equal(real.joins);
    });
  }
});

import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { silentLogger } from '../../core/base/logger.js';
import { Packing } from '../../core/totem/pg/packing.js';
import { CAPTURES } from '../support/pcap.js';
import { capturedRings, swapPacket } from './captured-rings.js';
import type { CapturedRing } from './captured-rings.js';
import { FakePort } from './fake-ring.js';

const files = readdirSync(CAPTURES).filter((name) => name.endsWith('.pcap'));

interface Replayed {
  readonly sender: number;
  /** `service id << 16 | function` in group `a`, the message id in group `sync`. */
  readonly id: number;
  readonly size: number;
  readonly length: number;
  readonly group: string;
  readonly bytes: Uint8Array;
}

/** What a Chorale node hands up that hears one captured ring from its first captured frame on. */
function replay(ring: CapturedRing, swapped = false): { messages: Replayed[]; packing: Packing } {
  const port = new FakePort(9);
  const packing = new Packing(port, { logger: silentLogger });
  const messages: Replayed[] = [];
  for (const group of ['a', 'sync']) {
    packing.join(group, (message, sender) => {
      const bytes = message.copy(0, message.length);
      const view = new DataView(bytes.buffer);
      const [id, size] = [view.getInt32(0, true), view.getInt32(8, true)];
      messages.push({ sender, id, size, length: message.length, group, bytes });
    });
  }
  packing.start();
  packing.configuration({ kind: 'regular', ringId: ring, members: ring.senders, left: [], joined: ring.senders });
  for (const { sender, payload } of ring.frames) {
    const littleEndian = !swapped;
    port.deliver({ sender, payload: swapped ? swapPacket(payload) : payload, littleEndian });
  }
  return { messages, packing };
}

/** The first ids of group `a` are these; of votequorum the QDEVICE messages are the last. */
const KNOWN_IDS = [0, 0x10000, 0x10001, 0x10002, 0x10003, 0x20000, 0x20001, 0x20002, 0x20003, 0x20005, 0x20006].concat([
  0x50000, 0x50001, 0x50002, 0x50003,
]);
const CPG_MCAST = 0x20003;
const CPG_PARTIAL_MCAST = 0x20006;

describe('packing: frames of real Corosync nodes', () => {
  it('finds the captures', () => {
    expect(files).to.have.length(21);
  });

  for (const file of files) {
    it(`unpacks every frame of ${file} into messages that decode`, () => {
      const { rings, recovered } = capturedRings(file);
      expect(rings).not.to.deep.equal([]);
      for (const ring of rings) {
        const { messages, packing } = replay(ring);
        expect(packing.counters).to.deep.include({
          delivered: messages.length,
          unknownGroup: 0,
          malformedFrames: 0,
          malformedMessages: 0,
          thrownAwayFrames: 0,
          incompleteMessages: 0,
        });
        expect(messages.length + packing.unfinished).to.be.greaterThan(0);
        for (const { group, id, size, length } of messages) {
          // A message says its own length in its header.
          expect(size).to.equal(length);
          if (group === 'a') expect(KNOWN_IDS).to.include(id);
          else
            expect([id, length]).to.be.deep.oneOf([
              [0, 32],
              [1, 552],
            ]);
        }
        expect(replay(ring, true).messages).to.deep.equal(messages);
      }
      for (const frame of recovered) {
        const view = new DataView(frame.payload.buffer);
        const lengths = Array.from({ length: view.getUint16(6, true) }, (_, i) => view.getUint16(8 + 2 * i, true));
        expect(lengths.reduce((sum, length) => sum + length, 8 + 2 * lengths.length)).to.equal(frame.payload.length);
      }
    });
  }

  it('has encapsulated frames to look at', () => {
    expect(capturedRings('udp-recovery.pcap').recovered).to.have.length(8);
  });

  for (const file of ['udp-cpg.pcap', 'udpu-cpg.pcap']) {
    it(`puts the fragmented CPG messages of ${file} together`, () => {
      const { messages, packing } = replay(capturedRings(file).rings[0]!);
      const data = messages.filter(({ id, group }) => group === 'a' && id === CPG_MCAST);
      expect(data.map(({ length }) => length - 184)).to.deep.equal([10, 1000, 5000, 100_000]);
      for (const { bytes, length } of data) {
        expect(new DataView(bytes.buffer).getUint32(152, true)).to.equal(length - 184);
        // The longer ones are filled with one letter each.
        if (length > 194) expect(new Set(bytes.subarray(184))).to.have.length(1);
      }
      expect(packing.unfinished).to.equal(0);
    });
  }

  it('follows a CPG message of 2500000 bytes as far as it was captured: it is sent in parts of 1 MB, none is whole', () => {
    const ring = capturedRings('udpu-partial.pcap').rings[0]!;
    const { messages, packing } = replay(ring);
    expect(messages).to.deep.equal([]);
    expect(packing.unfinished).to.equal(1);
    const head = new DataView(ring.frames[0]!.payload.buffer, 15);
    expect([head.getUint32(0, true), head.getUint32(152, true)]).to.deep.equal([CPG_PARTIAL_MCAST, 2_500_000]);
    expect(head.getUint32(160, true)).to.be.greaterThan(ring.frames.length * 1402);
  });
});

import { expect } from 'chai';
import { byteOrderOf } from '../../core/totem/wire/header.js';
import { decodeFrame, encodeFrame, type Frame } from '../support/totem-frames.js';
import { datagramsOf, nodeAt, ringCaptures } from './captured.js';

/** A decoded frame's values, without the byte order they travelled in. */
function valuesOf(frame: Frame): object {
  return { ...frame, littleEndian: undefined };
}

describe("totem wire: Corosync's captured frames (totem.md 2, 3)", () => {
  const seen: Record<string, number> = {};

  for (const name of ringCaptures()) {
    it(`${name}: every frame decodes and encodes to the same bytes`, () => {
      for (const [place, { payload, src }] of datagramsOf(name).entries()) {
        const frame = decodeFrame(payload);
        if (frame === undefined) expect.fail(`frame ${place} of ${payload.length} bytes was refused`);
        expect(encodeFrame(frame), `frame ${place}, ${frame.type}`).to.deep.equal(payload);
        expect(frame.littleEndian).to.equal(true);
        expectSender(frame, nodeAt(src));
        seen[frame.type] = (seen[frame.type] ?? 0) + 1;
      }
    });

    it(`${name}: the same frames in the other byte order decode to the same values`, () => {
      for (const [place, { payload }] of datagramsOf(name).entries()) {
        const frame = decodeFrame(payload)!;
        const swapped = encodeFrame({ ...frame, littleEndian: false });
        expect(byteOrderOf(new DataView(swapped.buffer), 0, swapped.length)).to.equal(false);
        expect([...swapped.subarray(0, 2)]).to.deep.equal([0xc0, 0x70]);
        const back = decodeFrame(swapped);
        expect(back && valuesOf(back), `frame ${place}, ${frame.type}`).to.deep.equal(valuesOf(frame));
      }
    });
  }

  it('the captures hold all six types', () => {
    expect(Object.keys(seen).sort()).to.deep.equal(['cancel', 'commit', 'join', 'mcast', 'merge', 'token']);
  });

  it('an encapsulated MCAST carries a whole MCAST of the old ring (5.8)', () => {
    let encapsulated = 0;
    for (const name of ['udpu-recovery.pcap', 'udp-recovery.pcap']) {
      for (const { payload, src } of datagramsOf(name)) {
        const outer = decodeFrame(payload)!;
        if (outer.type !== 'mcast' || outer.mcast.encapsulated !== 1) continue;
        encapsulated++;
        expect(outer.mcast).to.include({ sender: nodeAt(src), originator: nodeAt(src), nodeId: 0, guarantee: 0 });
        const inner = decodeFrame(outer.mcast.payload);
        if (inner?.type !== 'mcast') expect.fail('the payload is no MCAST');
        expect(encodeFrame(inner)).to.deep.equal(outer.mcast.payload);
        expect(inner.mcast.encapsulated).to.equal(2);
        expect(inner.mcast.ringId.seq).to.be.below(outer.mcast.ringId.seq);
        const swapped = encodeFrame({ ...inner, littleEndian: false });
        expect(decodeFrame(swapped)).to.deep.include({ type: 'mcast', mcast: inner.mcast });
      }
    }
    expect(encapsulated).to.be.above(0);
  });
});

/** Who the header names: the sending node; in a retransmission the originator, in a leave message nobody (3.2, 3.4). */
function expectSender(frame: Frame, node: number): void {
  switch (frame.type) {
    case 'token':
      expect(frame.token.sender).to.equal(node);
      break;
    case 'mcast':
      expect(frame.mcast.sender).to.equal(frame.mcast.originator);
      expect(frame.mcast).to.include({ target: 0, nodeId: 0, guarantee: 0 });
      break;
    case 'merge':
      expect(frame.merge).to.include({ sender: node, from: node });
      break;
    case 'join':
      expect(frame.join.from).to.equal(node);
      if (frame.join.sender === 0) {
        expect(frame.join.failedList.at(-1)).to.equal(node);
        expect(frame.join.procList).not.to.include(node);
      } else {
        expect(frame.join.sender).to.equal(node);
      }
      break;
    case 'commit':
      expect(frame.commit).to.include({ sender: node, target: 0, retransFlag: 0 });
      break;
    case 'cancel':
      expect(frame.cancel.sender).to.equal(node);
  }
}

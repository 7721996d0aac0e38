import { expect } from 'chai';
import { decodeFrame, encodeFrame, frameOf, type Frame } from '../support/totem-frames.js';
import { datagramsOf, ringCaptures } from './captured.js';

const ringId = { representative: 1, seq: 9 };
const other = { representative: 2, seq: 0x1_0000_0005 };

/** The longest captured frame of each type: the one with the most in its lists. */
function longestOfEachType(): Map<string, Uint8Array> {
  const longest = new Map<string, Uint8Array>();
  for (const name of ringCaptures()) {
    for (const { payload } of datagramsOf(name)) {
      const { type } = decodeFrame(payload)!;
      if (payload.length > (longest.get(type)?.length ?? 0)) longest.set(type, payload);
    }
  }
  return longest;
}

function withU32(bytes: Uint8Array, at: number, value: number, littleEndian = true): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, littleEndian);
  return copy;
}

function withU64(bytes: Uint8Array, at: number, value: bigint, littleEndian = true): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(at, value, littleEndian);
  return copy;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(Math.max(length, bytes.length));
  copy.set(bytes);
  return copy;
}

const members = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

function commitOf(count: number, filled = 0): Uint8Array {
  return frameOf.commit({
    sender: 1,
    target: 0,
    tokenSeq: 1,
    ringId,
    retransFlag: 0,
    filled,
    members: members(count),
    entries: members(count).map((node) => ({
      ringId: { representative: node, seq: 5 },
      aru: node,
      highDelivered: node,
      receivedFlag: 1,
    })),
  });
}

function tokenWith(requests: number): Uint8Array {
  return frameOf.token({
    sender: 1,
    target: 0,
    seq: 100,
    tokenSeq: 7,
    aru: 50,
    aruAddr: 2,
    ringId,
    backlog: 3,
    fcc: 4,
    retransFlag: 0,
    requests: members(Math.min(requests, 30)).map((seq) => ({ ringId: other, seq })),
  });
}

/** Corosync's own check multiplies counts in 32 bits; these are where that wraps (field-lessons.md 1). */
const ABSURD = [2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, Math.ceil(2 ** 32 / 28), 2 ** 28];

describe('totem wire: frames that are too short or say too much (totem.md 2, field-lessons.md 1)', () => {
  const longest = longestOfEachType();

  for (const type of ['token', 'commit', 'join', 'merge', 'cancel'] as const) {
    it(`a ${type} frame is refused when it is cut short at any byte, in both byte orders`, () => {
      const frame = decodeFrame(longest.get(type)!)!;
      for (const littleEndian of [true, false]) {
        const bytes = encodeFrame({ ...frame, littleEndian });
        for (let length = 0; length < bytes.length; length++) {
          // As a view of exactly that length: a read past the end would throw.
          expect(decodeFrame(bytes.slice(0, length)), `${length} of ${bytes.length} bytes`).to.equal(undefined);
          expect(decodeFrame(bytes.subarray(0, length))).to.equal(undefined);
        }
        expect(decodeFrame(bytes)).to.deep.equal({ ...frame, littleEndian });
      }
    });
  }

  it('an MCAST is refused when its header is cut short; any payload length is taken', () => {
    const bytes = longest.get('mcast')!;
    for (let length = 0; length < 45; length++) expect(decodeFrame(bytes.slice(0, length))).to.equal(undefined);
    const whole = decodeFrame(bytes) as Extract<Frame, { type: 'mcast' }>;
    for (const payload of [0, 1, 100, bytes.length - 45]) {
      const cut = decodeFrame(bytes.slice(0, 45 + payload)) as Extract<Frame, { type: 'mcast' }>;
      expect(cut.mcast).to.deep.equal({ ...whole.mcast, payload: whole.mcast.payload.slice(0, payload) });
    }
  });

  it('longer datagrams are accepted: what follows the announced lists is ignored', () => {
    for (const type of ['token', 'commit', 'join', 'merge', 'cancel']) {
      const bytes = longest.get(type)!;
      expect(decodeFrame(padded(bytes, bytes.length + 33)), type).to.deep.equal(decodeFrame(bytes));
    }
  });

  it('another magic, version or type is refused', () => {
    for (const bytes of longest.values()) {
      for (const [at, good] of [
        [0, [0x70, 0xc0]],
        [1, [0xc0, 0x70]],
        [2, [3]],
      ] as const) {
        for (let value = 0; value < 256; value++) {
          const copy = bytes.slice();
          copy[at] = value;
          if (!(good as readonly number[]).includes(value)) expect(decodeFrame(copy)).to.equal(undefined);
        }
      }
      for (let type = 6; type < 256; type++) {
        const copy = bytes.slice();
        copy[3] = type;
        expect(decodeFrame(copy)).to.equal(undefined);
      }
    }
  });
});

describe('totem wire: counts at their bounds (totem.md 3)', () => {
  for (const littleEndian of [true, false]) {
    const order = littleEndian ? 'little-endian' : 'big-endian';

    it(`ORF token, ${order}: 0 to 30 retransmit requests, no more (3.1)`, () => {
      for (const requests of [0, 1, 29, 30]) {
        const bytes = encodeFrame({ ...decodeFrame(tokenWith(requests))!, littleEndian });
        expect(bytes.length).to.equal(57 + 16 * requests);
        const frame = decodeFrame(bytes) as Extract<Frame, { type: 'token' }>;
        expect(frame.token.requests).to.have.length(requests);
      }
      const full = padded(encodeFrame({ ...decodeFrame(tokenWith(30))!, littleEndian }), 65536);
      for (const requests of [31, 384, 385, 2048, ...ABSURD]) {
        expect(decodeFrame(withU32(full, 53, requests, littleEndian)), String(requests)).to.equal(undefined);
      }
    });

    it(`JOIN, ${order}: lists of 0 to 384 nodes, no more (3.4)`, () => {
      for (const [procs, failed] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [30, 31],
        [384, 0],
        [0, 384],
        [384, 384],
      ] as const) {
        const bytes = frameOf.join(1, members(procs), members(failed), 9, littleEndian);
        expect(bytes.length).to.equal(33 + 4 * procs + 4 * failed);
        const frame = decodeFrame(bytes) as Extract<Frame, { type: 'join' }>;
        expect(frame.join).to.deep.include({ procList: members(procs), failedList: members(failed) });
      }
      const ones = new Uint8Array(65536).fill(1);
      ones.set(frameOf.join(1, members(3), members(1), 9, littleEndian));
      for (const count of [385, 16000, ...ABSURD]) {
        expect(decodeFrame(withU32(ones, 17, count, littleEndian)), `procs ${count}`).to.equal(undefined);
        expect(decodeFrame(withU32(ones, 21, count, littleEndian)), `failed ${count}`).to.equal(undefined);
      }
      // CVE-2026-35092: two counts whose 32-bit sum is small.
      const wrapping = withU32(withU32(ones, 17, 2 ** 31, littleEndian), 21, 2 ** 31 + 4, littleEndian);
      expect(decodeFrame(wrapping)).to.equal(undefined);
    });

    it(`COMMIT token, ${order}: 1 to 384 members, no more, and no more filled than members (3.5)`, () => {
      for (const count of [1, 2, 30, 31, 384]) {
        const bytes = encodeFrame({ ...decodeFrame(commitOf(count, count))!, littleEndian });
        expect(bytes.length).to.equal(41 + 28 * count);
        const frame = decodeFrame(bytes) as Extract<Frame, { type: 'commit' }>;
        expect(frame.commit.members).to.deep.equal(members(count));
        expect(frame.commit.filled).to.equal(count);
        for (const filled of [count + 1, 384 + 1, ...ABSURD]) {
          expect(decodeFrame(withU32(bytes, 33, filled, littleEndian)), `filled ${filled}`).to.equal(undefined);
        }
      }
      const ones = new Uint8Array(65536).fill(1);
      ones.set(encodeFrame({ ...decodeFrame(commitOf(3))!, littleEndian }));
      for (const count of [0, 385, 2000, ...ABSURD]) {
        expect(decodeFrame(withU32(ones, 37, count, littleEndian)), `members ${count}`).to.equal(undefined);
      }
    });
  }

  it('node id 0 is nobody: no sender or member of a JOIN, COMMIT or MERGE (1)', () => {
    expect(decodeFrame(frameOf.join(1, [1, 0], [], 9))).to.equal(undefined);
    expect(decodeFrame(frameOf.join(1, [1], [0], 9))).to.equal(undefined);
    expect(decodeFrame(frameOf.join(0, [1], [], 9))).to.equal(undefined);
    expect(decodeFrame(frameOf.merge(0, ringId))).to.equal(undefined);
    expect(decodeFrame(withU32(commitOf(3), 41 + 4, 0))).to.equal(undefined);
  });

  it('ring sequences are whole up to 2^53 - 1; what is past it is refused wherever it stands (4)', () => {
    const places: [string, Uint8Array, number][] = [
      ['MERGE', frameOf.merge(1, ringId), 21],
      ['JOIN', frameOf.join(1, [1], [], 9), 25],
      ['HOLD CANCEL', frameOf.holdCancel(1, ringId), 17],
      ['ORF token', tokenWith(0), 33],
      ['retransmit request', tokenWith(3), 57 + 16 + 4],
      ['COMMIT token', commitOf(3, 3), 21],
      ['COMMIT entry', commitOf(3, 3), 41 + 12 + 24 + 4],
    ];
    for (const [what, bytes, at] of places) {
      for (const seq of [0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n]) {
        const frame = decodeFrame(withU64(bytes, at, seq));
        expect(frame, `${what} ${seq}`).not.to.equal(undefined);
        expect(encodeFrame(frame!), `${what} ${seq}`).to.deep.equal(withU64(bytes, at, seq));
      }
      for (const seq of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
        expect(decodeFrame(withU64(bytes, at, seq)), `${what} ${seq}`).to.equal(undefined);
      }
    }
  });
});

import type { RingId } from '../../core/totem/ring.js';
import { byteOrderOf, Encapsulation, FrameType, frameTypeOf } from '../../core/totem/wire/header.js';
import {
  decodeMcastHeader,
  MCAST_HEADER_BYTES,
  setMcastGuarantee,
  writeMcastHeader,
  type McastHeader,
} from '../../core/totem/wire/mcast.js';
import {
  commitTokenBytes,
  decodeCommitToken,
  decodeHoldCancel,
  decodeJoin,
  decodeMergeDetect,
  encodeCommitToken,
  encodeHoldCancel,
  encodeJoin,
  encodeMergeDetect,
  HOLD_CANCEL_BYTES,
  joinBytes,
  MERGE_DETECT_BYTES,
  type CommitToken,
  type HoldCancel,
  type Join,
  type MergeDetect,
} from '../../core/totem/wire/membership.js';
import { ORF_TOKEN_BYTES_MAX, OrfToken } from '../../core/totem/wire/orf-token.js';

/** An ORF token as plain values. */
export interface Token {
  sender: number;
  target: number;
  seq: number;
  tokenSeq: number;
  aru: number;
  aruAddr: number;
  ringId: RingId;
  backlog: number;
  fcc: number;
  retransFlag: number;
  requests: { ringId: RingId; seq: number }[];
}

export interface Mcast extends McastHeader {
  /** What follows the header. */
  payload: Uint8Array;
}

/** A frame of any type, decoded. */
export type Frame = { littleEndian: boolean } & (
  | { type: 'token'; token: Token }
  | { type: 'mcast'; mcast: Mcast }
  | { type: 'merge'; merge: MergeDetect }
  | { type: 'join'; join: Join }
  | { type: 'commit'; commit: CommitToken }
  | { type: 'cancel'; cancel: HoldCancel }
);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Tokens pass through here one at a time, as they do in a node. */
const scratch = new OrfToken();

/** Decodes a frame; undefined if it is refused. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const view = viewOf(bytes);
  const littleEndian = byteOrderOf(view, 0, bytes.length);
  if (littleEndian === undefined) return undefined;
  switch (frameTypeOf(view, 0)) {
    case FrameType.ORF_TOKEN:
      if (!scratch.read(view, 0, bytes.length, littleEndian)) return undefined;
      return { littleEndian, type: 'token', token: tokenOf(scratch) };
    case FrameType.MCAST:
      if (bytes.length < MCAST_HEADER_BYTES) return undefined;
      return {
        littleEndian,
        type: 'mcast',
        mcast: { ...decodeMcastHeader(view, 0, littleEndian), payload: bytes.slice(MCAST_HEADER_BYTES) },
      };
    case FrameType.MERGE_DETECT: {
      const merge = decodeMergeDetect(view, 0, bytes.length, littleEndian);
      return merge && { littleEndian, type: 'merge', merge };
    }
    case FrameType.JOIN: {
      const join = decodeJoin(view, 0, bytes.length, littleEndian);
      return join && { littleEndian, type: 'join', join };
    }
    case FrameType.COMMIT_TOKEN: {
      const commit = decodeCommitToken(view, 0, bytes.length, littleEndian);
      return commit && { littleEndian, type: 'commit', commit };
    }
    case FrameType.HOLD_CANCEL: {
      const cancel = decodeHoldCancel(view, 0, bytes.length, littleEndian);
      return cancel && { littleEndian, type: 'cancel', cancel };
    }
    default:
      return undefined;
  }
}

/** Encodes a frame in the byte order it names. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { littleEndian } = frame;
  switch (frame.type) {
    case 'token':
      return encoded(ORF_TOKEN_BYTES_MAX, (view) => orfTokenOf(frame.token).write(view, 0, littleEndian));
    case 'mcast':
      return mcastBytes(frame.mcast, littleEndian);
    case 'merge':
      return encoded(MERGE_DETECT_BYTES, (view) => encodeMergeDetect(view, 0, frame.merge, littleEndian));
    case 'join': {
      const { procList, failedList } = frame.join;
      return encoded(joinBytes(procList.length, failedList.length), (view) =>
        encodeJoin(view, 0, frame.join, littleEndian),
      );
    }
    case 'commit':
      return encoded(commitTokenBytes(frame.commit.members.length), (view) =>
        encodeCommitToken(view, 0, frame.commit, littleEndian),
      );
    case 'cancel':
      return encoded(HOLD_CANCEL_BYTES, (view) => encodeHoldCancel(view, 0, frame.cancel, littleEndian));
  }
}

function encoded(bytes: number, encode: (view: DataView) => number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  return buffer.slice(0, encode(viewOf(buffer)));
}

function mcastBytes(mcast: Mcast, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(MCAST_HEADER_BYTES + mcast.payload.length);
  const view = viewOf(bytes);
  const { encapsulated, sender, seq, counter, ringId } = mcast;
  writeMcastHeader(view, 0, encapsulated, sender, seq, counter, ringId, littleEndian);
  setMcastGuarantee(view, 0, mcast.guarantee, littleEndian);
  // What the encoder has no argument for, because Corosync always sends 0 or, for the originator, the sender.
  view.setUint32(9, mcast.target, littleEndian);
  view.setUint32(13, mcast.originator, littleEndian);
  view.setUint32(37, mcast.nodeId, littleEndian);
  bytes.set(mcast.payload, MCAST_HEADER_BYTES);
  return bytes;
}

function tokenOf(token: OrfToken): Token {
  const { sender, target, seq, tokenSeq, aru, aruAddr, backlog, fcc, retransFlag } = token;
  return {
    sender,
    target,
    seq,
    tokenSeq,
    aru,
    aruAddr,
    ringId: { representative: token.representative, seq: token.ringSeq },
    backlog,
    fcc,
    retransFlag,
    requests: Array.from({ length: token.requests }, (_, i) => ({
      ringId: { representative: token.requestRepresentative[i]!, seq: token.requestRingSeq[i]! },
      seq: token.requestSeq[i]!,
    })),
  };
}

function orfTokenOf({ ringId, requests, ...fields }: Token): OrfToken {
  Object.assign(scratch, fields);
  scratch.representative = ringId.representative;
  scratch.ringSeq = ringId.seq;
  scratch.requests = 0;
  for (const request of requests) scratch.addRequest(request.ringId.representative, request.ringId.seq, request.seq);
  return scratch;
}

const text = new TextEncoder();

/** Frames as a peer writes them, from what matters to a test; the rest is what a Corosync node would send. */
export const frameOf = {
  join(
    from: number,
    procList: readonly number[],
    failedList: readonly number[],
    ringSeq: number,
    littleEndian = true,
  ): Uint8Array {
    return encodeFrame({
      littleEndian,
      type: 'join',
      join: { sender: from, target: 0, from, ringSeq, procList, failedList },
    });
  },

  /** `from` says good-bye: it is not in the proc list and last in the failed list. */
  leave(
    from: number,
    procList: readonly number[],
    failedList: readonly number[],
    ringSeq: number,
    littleEndian = true,
  ): Uint8Array {
    return encodeFrame({
      littleEndian,
      type: 'join',
      join: { sender: 0, target: 0, from, ringSeq, procList, failedList: [...failedList, from] },
    });
  },

  merge(from: number, ringId: RingId, littleEndian = true): Uint8Array {
    return encodeFrame({ littleEndian, type: 'merge', merge: { sender: from, target: 0, from, ringId } });
  },

  holdCancel(from: number, ringId: RingId, littleEndian = true): Uint8Array {
    return encodeFrame({ littleEndian, type: 'cancel', cancel: { sender: from, target: 0, ringId } });
  },

  commit(token: CommitToken, littleEndian = true): Uint8Array {
    return encodeFrame({ littleEndian, type: 'commit', commit: token });
  },

  token(token: Token, littleEndian = true): Uint8Array {
    return encodeFrame({ littleEndian, type: 'token', token });
  },

  mcast(
    from: number,
    ringId: RingId,
    seq: number,
    payload: string | Uint8Array,
    { guarantee = 0, littleEndian = true } = {},
  ): Uint8Array {
    return mcastOf(Encapsulation.NORMAL, from, ringId, seq, payload, guarantee, littleEndian);
  },

  /** `inner`, a whole MCAST of an old ring, as a message of the ring being recovered. */
  encapsulated(from: number, ringId: RingId, seq: number, inner: Uint8Array, littleEndian = true): Uint8Array {
    return mcastOf(Encapsulation.RECOVERY, from, ringId, seq, inner, 0, littleEndian);
  },
};

function mcastOf(
  encapsulated: number,
  from: number,
  ringId: RingId,
  seq: number,
  payload: string | Uint8Array,
  guarantee: number,
  littleEndian: boolean,
): Uint8Array {
  return encodeFrame({
    littleEndian,
    type: 'mcast',
    mcast: {
      sender: from,
      target: 0,
      encapsulated,
      originator: from,
      seq,
      counter: seq | 0,
      ringId,
      nodeId: 0,
      guarantee,
      payload: typeof payload === 'string' ? text.encode(payload) : payload,
    },
  });
}

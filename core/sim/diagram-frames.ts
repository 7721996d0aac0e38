import { Encapsulation, FrameType, byteOrderOf } from '../totem/wire/header.js';
import { decodeMcastHeader, MCAST_HEADER_BYTES } from '../totem/wire/mcast.js';
import { decodeCommitToken, decodeJoin, decodeMergeDetect } from '../totem/wire/membership.js';
import { OrfToken } from '../totem/wire/orf-token.js';
import { formatRingId } from '../totem/ring.js';
import type { FrameTrace } from './frame-trace.js';

/** How a diagram draws a frame: its class there, and what it says when pointed at. */
export interface FrameLook {
  readonly kind: FrameKind;
  readonly text: string;
}

/** The kinds of frames that a diagram tells apart, in the order of its legend. */
export const FRAME_KINDS = ['token', 'message', 'recovered', 'join', 'commit', 'merge', 'cancel', 'broken'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

const token = new OrfToken();

/** What a traced frame is. One whose kept beginning cannot be read is told by its kind alone. */
export function lookOf({ head, type, bytes }: FrameTrace): FrameLook {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const littleEndian = byteOrderOf(view, 0, head.length);
  if (littleEndian === undefined) return { kind: 'broken', text: `${bytes} bytes that are no frame` };
  switch (type) {
    case FrameType.ORF_TOKEN: {
      if (!token.read(view, 0, head.length, littleEndian)) return { kind: 'token', text: 'token' };
      const ring = formatRingId({ representative: token.representative, seq: token.ringSeq });
      const asked = [...token.requestSeq.subarray(0, token.requests)];
      const requests = asked.length > 0 ? `, asks for ${asked.join(' ')}` : '';
      const flag = token.retransFlag === 0 ? '' : ', old messages are waiting';
      const text = `token ${token.tokenSeq} of ring ${ring}: seq ${token.seq}, aru ${token.aru}${requests}${flag}`;
      return { kind: 'token', text };
    }
    case FrameType.MCAST: {
      if (head.length < MCAST_HEADER_BYTES) return { kind: 'broken', text: 'a cut message' };
      const { originator, seq, ringId, encapsulated } = decodeMcastHeader(view, 0, littleEndian);
      const kind = encapsulated === Encapsulation.RECOVERY ? 'recovered' : 'message';
      const what = kind === 'message' ? 'message' : 'old message as message';
      return { kind, text: `${what} ${seq} of ring ${formatRingId(ringId)} from ${originator}, ${bytes} bytes` };
    }
    case FrameType.JOIN: {
      const join = decodeJoin(view, 0, head.length, littleEndian);
      if (join === undefined) return { kind: 'join', text: 'JOIN' };
      const what = join.sender === 0 ? 'leave message' : 'JOIN';
      const failed = join.failedList.length > 0 ? `, failed ${join.failedList.join(' ')}` : '';
      return {
        kind: 'join',
        text: `${what} of ${join.from}, ring seq ${join.ringSeq}: ${join.procList.join(' ')}${failed}`,
      };
    }
    case FrameType.COMMIT_TOKEN: {
      const commit = decodeCommitToken(view, 0, head.length, littleEndian);
      if (commit === undefined) return { kind: 'commit', text: 'commit token' };
      const { ringId, members, filled } = commit;
      const text = `commit token of ring ${formatRingId(ringId)} of ${members.join(' ')}, ${filled} entries filled`;
      return { kind: 'commit', text };
    }
    case FrameType.MERGE_DETECT: {
      const merge = decodeMergeDetect(view, 0, head.length, littleEndian);
      return { kind: 'merge', text: merge === undefined ? 'MERGE' : `MERGE of ring ${formatRingId(merge.ringId)}` };
    }
    case FrameType.HOLD_CANCEL:
      return { kind: 'cancel', text: 'hold cancel' };
    default:
      return { kind: 'broken', text: `a frame of type ${type}` };
  }
}

/** What became of one copy of a frame. */
export interface FrameFate {
  /** Position of the node that it was for. */
  readonly to: number;
  /** When it arrived, or was lost: for what is lost on its way, when it was sent. */
  readonly at: number;
  /** Why it is lost; '' if it arrived. */
  readonly lost: string;
}

/** A frame's way, for pictures. */
export interface FrameTrace {
  readonly at: number;
  readonly from: number;
  /** A node's position, or -1 for all. */
  readonly to: number;
  readonly type: number;
  readonly bytes: number;
  /** Its beginning: all of what headers have. */
  readonly head: Uint8Array;
  readonly fates: FrameFate[];
}

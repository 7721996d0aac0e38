import type { QuorumChange, QuorumEvent, QuorumNodes } from '../../../quorum.js';

/** Whether the node may serve, and for which members that holds. */
export interface QuorumDecision extends Pick<QuorumChange, 'quorate' | 'ringId' | 'members'> {
  /** Somebody decides. Otherwise every ring is quorate. */
  readonly provided: boolean;
}

/** The decisions in a stream of the quorum service's events, the present one first. */
export async function* decisions(
  events: AsyncIterable<QuorumEvent>,
  provided: boolean,
): AsyncGenerator<QuorumDecision, void, undefined> {
  let quorum: QuorumChange | undefined;
  let nodes: QuorumNodes | undefined;
  for await (const event of events) {
    if (event.kind === 'quorum') quorum = event;
    else nodes = event;
    if (provided) {
      if (event.kind === 'quorum') yield { ...event, provided };
    } else if (quorum !== undefined && nodes !== undefined) {
      // Where nobody decides, only the membership changes.
      yield { quorate: quorum.quorate, ringId: nodes.ringId, members: nodes.members, provided };
    }
  }
}
